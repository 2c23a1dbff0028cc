"""A snapshot is the fold, put away: what comes back goes on as the original does, or nothing comes back at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain.books.account import AccountBook
from terminal.domain.books.held_lots import HeldLots
from terminal.domain.books.held_money import HeldMoney
from terminal.domain.books.positions import Positions
from terminal.domain.fact import facts as f
from terminal.domain.ids import AccountId, CommandId, DeviceId, PersonId, TenantId
from terminal.domain.parameters.strategy import GridSettings, RollSettings, SpreadSettings
from terminal.domain.words.risk import Level
from terminal.engine.check import check_all
from terminal.engine.fold import apply
from terminal.engine.person import PersonState
from terminal.engine.records import snapshot
from terminal.engine.records.journal import Record, stream_of
from terminal.engine.records.snapshot import SnapshotError, freeze, thaw
from terminal.engine.state import FOLD_VERSION, State, TenantState
from terminal.simulation.luck import derived
from terminal.simulation.world import World
from tests.engine_world import reference

NOBODY: Final[frozenset[PersonId]] = frozenset()
LI: Final = PersonId("li")
WANG: Final = PersonId("wang")
EVERYBODY: Final = frozenset({LI, WANG})
CUTS: Final = 24  # places at which a run is put away


@cache
def run_of(number: int) -> list[tuple[f.Fact, int]]:
    """Return the facts of two days of the simulation: crashes, lost links, strategies, levels, kills, approvals."""
    world = World(derived(7, "world", number), number, 2, reference())
    outcome = asyncio.run(world.play())
    assert outcome.faults == []
    records = [entry.record for entry in world._journal.replay()]
    return [(record.fact, record.utc) for record in records if isinstance(record, Record)]


def with_a_desk(run: list[tuple[f.Fact, int]]) -> list[tuple[f.Fact, int]]:
    """Let persons keep documents and take accounts among what happened."""
    told = []
    for place, (fact, at) in enumerate(run):
        told.append((fact, at))
        if isinstance(fact, f.AccountOpened):
            taken = f.AccountTaken(account=fact.account, person=LI, device=DeviceId("li-1"))
            alert = f.AlertRaised(account=fact.account, level=Level.RED, code="X", instrument=None, sentence="看一看")
            told += [(taken, at), (alert, at)]
        if place % 50 == 0:
            done = f.CommandDone(
                account=None, person=LI, command=CommandId(f"d{place}"), ok=True, code="OK", sentence=""
            )
            told += [(saved(LI, place // 50 + 1, f'{{"at": {at}}}'), at), (done, at)]
    return told


def saved(person: PersonId, version: int, body: str, name: str = "layout") -> f.DocumentSaved:
    return f.DocumentSaved(person=person, name=name, version=version, body=body)


def folded(run: Sequence[tuple[f.Fact, int]], onto: State | None = None) -> State:
    state = State() if onto is None else onto
    for fact, at in run:
        apply(state, fact, at)
    return state


def everything(state: State) -> bytes:
    return freeze(state, accounts=None, persons=EVERYBODY)


@pytest.fixture(scope="module")
def run() -> list[tuple[f.Fact, int]]:
    return with_a_desk(run_of(1))


@pytest.mark.parametrize("number", [1, 2])
def test_a_run_that_was_put_away_anywhere_ends_as_if_it_had_not_been(number: int) -> None:
    run = with_a_desk(run_of(number))
    whole = folded(run)
    end, faults = everything(whole), check_all(whole)
    original = State()
    for place, (fact, at) in enumerate(run, start=1):
        apply(original, fact, at)
        if place % (len(run) // CUTS) == 0:
            data = everything(original)
            back = thaw(data)
            assert back.state_hash() == original.state_hash()
            assert everything(back) == data
            folded(run[place:], back)
            assert back.state_hash() == whole.state_hash()
            assert everything(back) == end  # what no hash covers is the same too
            assert check_all(back) == faults


def test_the_runs_put_away_hold_every_kind_of_strategy_order_and_decision() -> None:
    facts = [fact for number in (1, 2) for fact, _ in with_a_desk(run_of(number))]
    kinds = {type(fact) for fact in facts}
    started = {type(fact.settings) for fact in facts if isinstance(fact, f.StrategyStarted)}
    assert started == {GridSettings, RollSettings, SpreadSettings}
    assert {f.StrategyMarked, f.OrderFilled, f.ExternalOrderSeen, f.DaySettled, f.KillSwitched} <= kinds
    assert {f.ConfirmationDecided, f.LevelChanged, f.OrderUnknown, f.AccountTaken, f.OrderRefused} <= kinds


def test_a_snapshot_made_in_pieces_has_the_bytes_of_one_made_at_once(
    run: list[tuple[f.Fact, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = folded(run)
    most = max(len(account.orders) for account in state.accounts.values())
    assert most > 7
    made = set()
    for rows in (1, 7, most, most + 1):
        monkeypatch.setattr(snapshot, "AT_ONCE", rows)
        made.add(everything(state))
    assert len(made) == 1
    assert thaw(made.pop()).state_hash() == state.state_hash()


def test_everything_a_state_holds_has_its_place_in_a_snapshot(run: list[tuple[f.Fact, int]]) -> None:
    state = folded(run)
    account = next(iter(state.accounts.values()))
    derived = {"by_wire", "combined", "pending"}  # from orders, from confirmations
    assert vars(account).keys() - derived == set(snapshot._AccountForm.__struct_fields__)
    assert vars(TenantState()).keys() == set(snapshot._TenantForm.__struct_fields__)
    assert vars(PersonState()).keys() | {"person"} == set(snapshot._PersonForm.__struct_fields__)
    counted = {"folded"}  # by this object, for whoever leans on it
    assert vars(state).keys() - counted | {"fold"} == set(snapshot._Form.__struct_fields__)
    slots = (*HeldLots.__slots__, *HeldMoney.__slots__, *AccountBook.__slots__, *Positions.__slots__)
    kept = {name.removeprefix("_") for name in slots} - {
        "held",
        "of",
        "options",
        "futures",
    }
    assert kept - {"reserved"} | {"positions"} == set(type(account.book.form()).__struct_fields__) - {
        "reserved_fees",
        "reservations",
        "settled_day",  # with the next, of `unsettled`
        "unsettled_before",
    }


def test_what_came_back_shares_nothing_with_the_original(run: list[tuple[f.Fact, int]]) -> None:
    half = len(run) // 2
    original = folded(run[:half])
    before = everything(original)
    folded(run[half:], thaw(before))
    assert everything(original) == before


def test_a_desk_gets_its_own_accounts_and_documents_and_no_trace_of_the_others(run: list[tuple[f.Fact, int]]) -> None:
    state = folded([*run, (saved(WANG, 1, "{}", "secret"), 1)])
    mine, *others = state.accounts
    data = freeze(state, accounts=frozenset({mine}), persons=frozenset({LI}))
    back = thaw(data)
    assert list(back.accounts) == [mine]
    assert list(back.persons) == [LI]
    assert b"secret" not in data
    assert all(f'"{state.accounts[other].account}"'.encode() not in data.split(b'"accounts"')[1] for other in others)
    assert back.visible_hash({mine}, {LI}) == state.visible_hash({mine}, {LI})


def test_a_desk_that_folds_only_its_streams_has_the_hash_of_what_it_may_see(run: list[tuple[f.Fact, int]]) -> None:
    whole = folded([*run, (saved(WANG, 1, "{}"), 1)])
    mine = next(iter(whole.accounts))
    half = len(run) // 2
    desk = thaw(freeze(folded(run[:half]), accounts=frozenset({mine}), persons=frozenset({LI})))
    folded([(fact, at) for fact, at in run[half:] if concerns(fact, mine)], desk)
    assert desk.visible_hash({mine}, {LI}) == whole.visible_hash({mine}, {LI})
    assert desk.visible_hash({mine}, {LI}) != whole.visible_hash({mine}, {LI, WANG})
    assert desk.visible_hash({mine}, {LI}) != whole.visible_hash(whole.accounts, {LI})


def concerns(fact: f.Fact, account: AccountId) -> bool:
    return stream_of(fact, TenantId("T")) in {"tenant:T", f"account:{account}", f"person:{LI}"}


def test_a_document_changes_what_its_person_sees_and_not_the_hash_of_the_house(run: list[tuple[f.Fact, int]]) -> None:
    state = folded(run)
    house, seen, unseen = state.state_hash(), state.visible_hash((), {LI}), state.visible_hash((), {WANG})
    apply(state, saved(LI, 99, '{"panel": "grid"}'), 5)
    assert state.state_hash() == house
    assert state.visible_hash((), {LI}) != seen
    assert state.visible_hash((), {WANG}) == unseen


def test_a_snapshot_of_another_fold_is_refused_and_says_so() -> None:
    data = everything(State()).replace(b'"fold":%d' % FOLD_VERSION, b'"fold":%d' % (FOLD_VERSION + 1))
    with pytest.raises(SnapshotError, match=f"第 {FOLD_VERSION + 1} 版"):
        thaw(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"fold":4}', b"[" * 100_000, b'{"fold":4,"tenant":' + b"[" * 100_000],
)
def test_what_is_no_snapshot_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(SnapshotError, match="快照"):
        thaw(data)


def test_a_snapshot_with_something_more_or_something_missing_is_refused(run: list[tuple[f.Fact, int]]) -> None:
    data = everything(folded(run))
    with pytest.raises(SnapshotError, match="读不出来"):
        thaw(data.replace(b'"linked":', b'"backdoor":1,"linked":', 1))
    with pytest.raises(SnapshotError, match="读不出来"):
        thaw(data.replace(b'"had_zombie":', b'"had_zombi":', 1))
    with pytest.raises(SnapshotError, match="自相矛盾"):
        thaw(msgspec.json.encode(without_instruments(data)))


def without_instruments(data: bytes) -> object:
    raw = msgspec.json.decode(data)
    raw["tenant"]["instruments"] = []
    return raw


@pytest.fixture(scope="module")
def small(run: list[tuple[f.Fact, int]]) -> bytes:
    return everything(folded(run[:90]))


@settings(deadline=None)
@given(st.data())
def test_damaged_bytes_are_refused_or_give_a_state_and_never_anything_else(small: bytes, data: st.DataObject) -> None:
    whole = bytearray(small)
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(SnapshotError):
        assert isinstance(thaw(bytes(whole)), State)
