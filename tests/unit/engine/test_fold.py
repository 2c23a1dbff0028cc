"""A fact that contradicts the state is a broken invariant, whoever says it and however it got into the journal."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.errors import InvariantError
from terminal.domain.fact import facts as f
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.marks import Finished
from terminal.domain.ids import (
    CommandId,
    ConfirmationId,
    DeviceId,
    InstrumentId,
    OrderId,
    StrategyId,
    TenantId,
    TradeId,
    WireKey,
)
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.words.risk import Level, Scope
from terminal.engine.check import check_all
from terminal.engine.fold import OPEN_ALERTS, apply
from terminal.engine.records.journal import JournalError, stream_of
from terminal.engine.state import State
from tests.engine_world import CHECKER, ONE, RB, RISK, SECOND_RISK, TRADER, I, World, instruments

GRID = StrategyId("grid")
ASKED = ConfirmationId("A1-C000001")


@pytest.fixture(scope="module")
def played() -> World:
    """Hold a filled order, a resting one, a pending confirmation and a running grid."""
    world = World()
    world.buy(2, 3701)
    world.buy(3, 3650)
    world.order(Side.BUY, 100, "830.5", instrument=I)
    grid = GridSettings(
        account=ONE,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3600),
        step=Decimal(10),
        lines=2,
        lots_per_line=1,
        stop=Decimal(3500),
        lower=Decimal(3550),
        upper=Decimal(3800),
    )
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid))
    world.wait(2)
    return world


@pytest.fixture
def state(played: World) -> State:
    return played.refolded()


def recorded(world: World, **changes: object) -> f.OrderRecorded:
    fresh = {"order": OrderId("A1-00000099"), "wire_key": WireKey("wire/99"), "reference": 99}
    return msgspec.structs.replace(world.facts(f.OrderRecorded)[0], **{**fresh, **changes})


def filled(world: World, **changes: object) -> f.OrderFilled:
    return msgspec.structs.replace(world.facts(f.OrderFilled)[0], **changes)


def decided(event: ConfirmationEvent, **changes: object) -> f.ConfirmationDecided:
    made = f.ConfirmationDecided(
        account=ONE, confirmation=ASKED, decision=event, person=CHECKER, device=None, signature="00"
    )
    return msgspec.structs.replace(made, **changes)


def settled(world: World, **changes: object) -> f.DaySettled:
    made = f.DaySettled(
        account=ONE, trading_day=world.account.trading_day, next_day=20200824, prices={RB: Decimal(3700)}
    )
    return msgspec.structs.replace(made, **changes)


IMPOSSIBLE: list[tuple[str, str, Callable[[World], f.Fact]]] = [
    ("an account is opened once", "opened twice", lambda w: w.facts(f.AccountOpened)[0]),
    ("a command takes effect once", "took effect twice", lambda w: w.facts(f.CommandDone)[0]),
    ("an order is recorded once", "recorded twice", lambda w: w.facts(f.OrderRecorded)[0]),
    ("a wire key is used once", "recorded twice", lambda w: recorded(w, wire_key=w.wire.sent[0].wire_key)),
    ("a fill is booked once", "booked twice", lambda w: w.facts(f.OrderFilled)[0]),
    (
        "an order fills no more than it has",
        "beyond its 3 remaining",
        lambda w: filled(w, order=OrderId("A1-00000002"), trade=TradeId("77"), lots=4),
    ),
    (
        "a filled order is not rejected",
        "from FILLED on REJECT",
        lambda w: f.OrderRejected(account=ONE, order=OrderId("A1-00000001"), code="X", text="X"),
    ),
    (
        "what the exchange has is not void",
        "from LIVE on VOID",
        lambda w: f.OrderVoided(account=ONE, order=OrderId("A1-00000002"), why="X"),
    ),
    ("a maker does not approve", "approved by its maker", lambda _: decided(ConfirmationEvent.APPROVE, person=TRADER)),
    ("nobody does not approve", "approved by its maker", lambda _: decided(ConfirmationEvent.APPROVE, person=None)),
    ("what is pending is not consumed", "from PENDING on CONSUME", lambda _: decided(ConfirmationEvent.CONSUME)),
    ("a strategy is started once", "started twice", lambda w: w.facts(f.StrategyStarted)[0]),
    ("a day is settled that is open", "cannot be settled", lambda w: settled(w, trading_day=20200820)),
    ("the next day is later", "cannot be settled", lambda w: settled(w, next_day=20200821)),
    ("what is held has a price", "no settlement price of SHFE.rb2101", lambda w: settled(w, prices={})),
]


@pytest.mark.parametrize(("sentence", "fact"), [one[1:] for one in IMPOSSIBLE], ids=[one[0] for one in IMPOSSIBLE])
def test_it_is_impossible_that(played: World, state: State, sentence: str, fact: Callable[[World], f.Fact]) -> None:
    with pytest.raises(InvariantError, match=sentence):
        apply(state, fact(played), played.at)


def test_more_is_not_closed_than_is_held(played: World, state: State) -> None:
    # A close of older lots where there are none, put past the gate.
    first = played.facts(f.OrderRecorded)[0].terms
    close = msgspec.structs.replace(first, side=Side.SELL, offset=Offset.CLOSE_YESTERDAY)
    apply(state, recorded(played, terms=close), played.at)
    with pytest.raises(InvariantError, match="a close of 2 lots"):
        apply(state, filled(played, order=OrderId("A1-00000099"), trade=TradeId("88")), played.at)


# --- the last door: where an opening order is recorded ---------------------------------------------------------


def raise_level(scope: Scope) -> f.LevelChanged:
    return f.LevelChanged(
        account=ONE,
        scope=scope,
        signal="made",
        value="1",
        threshold="1",
        before=Level.NORMAL,
        after=Level.RED,
        at=1,
    )


def kill(scope: Scope) -> f.KillSwitched:
    return f.KillSwitched(account=ONE, scope=scope, person=TRADER, device=DeviceId("desk"), reason="")


LOCKED: list[tuple[str, f.Fact]] = [
    ("before the barrier was passed", f.LinkLost(account=ONE, why="断线")),
    ("at a red level", raise_level(Scope())),
    ("at a red level", raise_level(Scope(instrument=RB))),
    ("under a kill switch", kill(Scope())),
    ("under a kill switch", kill(Scope(instrument=RB))),
]


@pytest.mark.parametrize(("sentence", "lock"), LOCKED)
def test_an_opening_order_is_not_even_recorded_where_opening_is_locked(
    played: World, state: State, sentence: str, lock: f.Fact
) -> None:
    apply(state, lock, played.at)
    with pytest.raises(InvariantError, match=sentence):
        apply(state, recorded(played), played.at)


def test_nor_in_an_account_without_limits(played: World, state: State) -> None:
    state.accounts[ONE].limits = None
    with pytest.raises(InvariantError, match="without limits"):
        apply(state, recorded(played), played.at)


@pytest.mark.parametrize("lock", [lock for _, lock in LOCKED])
def test_a_close_is_recorded_whatever_is_locked(played: World, state: State, lock: f.Fact) -> None:
    apply(state, lock, played.at)
    close = msgspec.structs.replace(played.facts(f.OrderRecorded)[0].terms, side=Side.SELL, offset=Offset.CLOSE_TODAY)
    apply(state, recorded(played, terms=close), played.at)
    assert state.accounts[ONE].live[OrderId("A1-00000099")].state is OrderState.RECORDED


def test_another_contract_is_not_locked_by_this_one(played: World, state: State) -> None:
    apply(state, raise_level(Scope(instrument=I)), played.at)
    apply(state, kill(Scope(strategy=GRID)), played.at)
    apply(state, recorded(played), played.at)


# --- small folds -----------------------------------------------------------------------------------------------


def test_counters_of_the_rules_forget_what_is_too_old(played: World, state: State) -> None:
    account = state.accounts[ONE]
    apply(state, recorded(played), played.at + 7 * 10**9)
    exchange = instruments()[RB].exchange
    assert len(account.message_stamps[exchange]) == len(account.recent) == 5, "two by hand, two of the grid, this one"
    later = recorded(played, order=OrderId("A1-00000100"), wire_key=WireKey("wire/100"))
    apply(state, later, played.at + 61 * 10**9)
    assert len(account.message_stamps[exchange]) == 1
    assert len(account.recent) == 2


def test_a_strategy_that_has_finished_says_why(state: State) -> None:
    mark = f.StrategyMarked(account=ONE, strategy=GRID, at=1, mark=Finished(summary="网格已停止。"))
    apply(state, mark, 1)
    row = state.accounts[ONE].strategies[GRID]
    assert (row.status, row.reason) == (StrategyStatus.FINISHED, "网格已停止。")


def test_new_terms_of_an_instrument_reach_every_book(state: State) -> None:
    book = state.accounts[ONE].book
    before = book.view(lambda _: None).margin
    dearer = msgspec.structs.replace(instruments()[RB], margin_rate=Decimal("0.16"))
    apply(state, f.InstrumentListed(instrument=dearer), 1)
    assert book.view(lambda _: None).margin == 2 * before
    assert state.tenant.instruments[InstrumentId(RB)].margin_rate == Decimal("0.16")


def alert(level: Level) -> f.AlertRaised:
    return f.AlertRaised(account=ONE, level=level, code="X", instrument=RB, sentence="看一看")


def test_open_alerts_are_bounded_and_the_mildest_and_oldest_make_room(state: State) -> None:
    account = state.accounts[ONE]
    for level in (Level.RED, Level.YELLOW, Level.ORANGE, Level.YELLOW):
        apply(state, alert(level), 1)
    for at in range(OPEN_ALERTS - 4):
        apply(state, alert(Level.YELLOW), at)
    assert len(account.open_alerts) == OPEN_ALERTS
    apply(state, alert(Level.YELLOW), 9)  # the first yellow one goes
    apply(state, alert(Level.ORANGE), 9)  # and the second
    assert len(account.open_alerts) == OPEN_ALERTS
    assert [number in account.open_alerts for number in (1, 2, 3, 4, 5)] == [True, False, True, False, True]
    for _ in range(OPEN_ALERTS):
        apply(state, alert(Level.RED), 10)
    assert {row.level for row in account.open_alerts.values()} == {Level.RED}
    assert account.alerts == 2 * OPEN_ALERTS + 2


def test_an_alert_is_acknowledged_once(state: State) -> None:
    apply(state, alert(Level.ORANGE), 1)
    number = state.accounts[ONE].alerts
    seen = f.AlertAcknowledged(account=ONE, alert=number, person=TRADER)
    apply(state, seen, 2)
    with pytest.raises(InvariantError, match="not open"):
        apply(state, seen, 3)


def seen(level: Level, signal: str = "made") -> f.LevelAcknowledged:
    return f.LevelAcknowledged(account=ONE, scope=Scope(instrument=RB), signal=signal, level=level, person=TRADER)


def test_a_level_is_seen_once_until_it_is_another(state: State) -> None:
    apply(state, raise_level(Scope(instrument=RB)), 1)
    (row,) = state.accounts[ONE].levels.values()
    for other in (seen(Level.ORANGE), seen(Level.RED, "another")):
        with pytest.raises(InvariantError, match="does not wait to be seen"):
            apply(state, other, 2)
    apply(state, seen(Level.RED), 2)
    assert (row.level, row.since, row.seen_by, row.seen_at) == (Level.RED, 1, TRADER, 2)
    with pytest.raises(InvariantError, match="does not wait to be seen"):
        apply(state, seen(Level.RED), 3)
    released = f.LevelReleased(account=ONE, scope=Scope(instrument=RB), first=RISK, second=SECOND_RISK, reason="已减仓")
    apply(state, released, 4)
    assert (row.level, row.since, row.seen_by, row.seen_at) == (Level.ORANGE, 4, None, 0)
    apply(state, seen(Level.ORANGE), 5)
    apply(state, msgspec.structs.replace(raise_level(Scope(instrument=RB)), before=Level.ORANGE), 6)
    (row,) = state.accounts[ONE].levels.values()
    assert (row.level, row.seen_by) == (Level.RED, None)


@pytest.mark.parametrize("version", [1, 3])
def test_settings_go_from_version_to_version(state: State, version: int) -> None:
    row = state.accounts[ONE].strategies[GRID]
    changed = f.StrategyChanged(account=ONE, strategy=GRID, settings=row.settings, version=version, person=TRADER)
    with pytest.raises(InvariantError, match="cannot go from version 1"):
        apply(state, changed, 1)


def test_a_document_that_was_removed_is_gone_and_one_never_there_does_not_hurt(state: State) -> None:
    for version, body in ((1, "[1]"), (2, ""), (1, "")):
        apply(state, f.DocumentSaved(person=TRADER, name="layout", version=version, body=body), 1)
    assert state.persons[TRADER].documents == {}


def test_a_command_of_a_person_takes_effect_once_and_is_the_persons_own(state: State) -> None:
    done = f.CommandDone(account=None, person=TRADER, command=CommandId("p1"), ok=True, code="OK", sentence="")
    apply(state, done, 1)
    assert list(state.persons[TRADER].commands) == ["p1"]
    with pytest.raises(InvariantError, match="took effect twice"):
        apply(state, done, 2)


def test_an_answer_that_is_nobodys_has_no_place(state: State) -> None:
    done = f.CommandDone(account=None, command=CommandId("t1"), ok=True, code="OK", sentence="")
    with pytest.raises(InvariantError, match="belongs to nobody"):
        apply(state, done, 1)
    with pytest.raises(JournalError, match="既不属于账户也不属于人员"):
        stream_of(done, TenantId("t"))


def test_what_a_person_may_do_is_what_was_granted_last_and_holds_for_that_account(state: State) -> None:
    granted = f.RolesGranted(account=ONE, person=TRADER, name="赵", roles=(f.Role.CHECKER,))
    apply(state, granted, 1)
    assert state.accounts[ONE].roles(TRADER) == (f.Role.CHECKER,)
    assert state.roles_of(TRADER) == {ONE: (f.Role.CHECKER,)}
    apply(state, msgspec.structs.replace(granted, roles=()), 2)
    assert state.roles_of(TRADER) == {}
    assert state.accounts[ONE].members[TRADER].name == "赵", "who has left is still called by a name in what was said"


def test_a_device_and_a_name_belong_to_their_person(state: State) -> None:
    enrolled = f.DeviceEnrolled(device=DeviceId("d9"), person=TRADER, public_key="ab")
    for fact in (f.PersonEnrolled(person=TRADER, name="赵"), enrolled):
        apply(state, fact, 1)
    assert state.persons[TRADER].name == "赵"
    assert state.persons[TRADER].devices[DeviceId("d9")] == enrolled
    assert TRADER in state.enrolled()
    apply(state, msgspec.structs.replace(enrolled, person=RISK), 2)
    assert check_all(state) == [f"I24 device d9 belongs to {TRADER} and to {RISK}"]
