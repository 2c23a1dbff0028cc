"""A person changes a running strategy: over a version, within what lasts, with a checker where it grows (SAFETY 7)."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import CommandDone, ConfirmationDecided, LevelChanged, OrderRecorded, StrategyChanged
from terminal.domain.ids import PersonId, StrategyId
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState, Stored
from terminal.domain.orders.order import Origin, Side
from terminal.domain.parameters.strategy import (
    Combine,
    DaysToExpiry,
    GridSettings,
    Manual,
    RollSettings,
    SpreadLeg,
    SpreadSettings,
    StrategySettings,
)
from terminal.domain.words.risk import Level, Scope
from terminal.engine.fold import apply
from terminal.engine.records.journal import records_of
from terminal.engine.state import StrategyRow
from terminal.engine.turn import Said
from terminal.store.journal import SqliteJournal
from terminal.store.refold import Refold
from terminal.store.verify import Verification, verify
from tests.engine_world import CHECKER, COLLEAGUE, FAR, ONE, RB, RISK, TENANT, TRADER, VIEWER, I, World
from tests.scenario.conftest import Begin
from tests.unit.engine.foreseen import ask

NAME: Final = StrategyId("s-1")
GRID: Final = GridSettings(
    account=ONE,
    instrument=RB,
    side=Side.BUY,
    anchor=Decimal(3700),
    step=Decimal(10),
    lines=4,
    lots_per_line=10,
    stop=Decimal(3500),
    lower=Decimal(3550),
    upper=Decimal(3800),
)
SPREAD: Final = SpreadSettings(
    account=ONE,
    legs=(
        SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=1, active=True),
        SpreadLeg(instrument=FAR, coefficient=Decimal(-1), lots=-1),
    ),
    buy_at=Decimal(101),
    sell_at=Decimal(150),
    sets=3,
    max_sets=3,
    naked_lots=6,
)
ROLL: Final = RollSettings(
    account=ONE, near=RB, far=FAR, side=Side.BUY, lots=10, batch_lots=5, timings=(DaysToExpiry(days=2),)
)


def start(world: World, settings: StrategySettings = GRID) -> StrategyRow:
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=NAME, settings=settings))
    assert done.code == "OK", done.sentence
    return world.account.strategies[NAME]


def change(world: World, settings: StrategySettings, *, over: int = 1, by: PersonId = TRADER) -> CommandDone:
    body = c.ChangeStrategy(account=ONE, strategy=NAME, base_version=over, settings=settings)
    return world.do(by, body)


def other(settings: StrategySettings, **fields: object) -> StrategySettings:
    return msgspec.structs.replace(settings, **fields)


# --- the plain case ----------------------------------------------------------------------------------------------


def test_other_settings_hold_from_the_next_decision_on_and_its_orders_name_their_version(world: World) -> None:
    row = start(world)
    world.show({RB: (3695, 3696)})
    # When the trader makes the lines of a running grid smaller
    done = change(world, other(GRID, lots_per_line=8))
    assert done.ok
    assert "第 2 版" in done.sentence
    assert (row.version, row.settings, row.status) == (2, other(GRID, lots_per_line=8), StrategyStatus.RUNNING)
    # Then what it sends from then on is of the new size, and says of which version it is.
    world.show({RB: (3685, 3686)})
    world.wait(10)
    world.show({RB: (3705, 3706)})
    world.wait(10)
    sent = [(one.cause.parameter_version, one.terms.lots) for one in world.facts(OrderRecorded)]
    assert set(sent) == {(1, 10), (2, 8), (2, 10)}  # an exit is for what its entry bought
    assert world.facts(StrategyChanged)[0].person == TRADER


def test_a_grid_made_smaller_enters_no_line_beyond_its_new_whole(world: World) -> None:
    # Given a grid of four lines of ten lots with three of them on their way
    row = start(world)
    world.show({RB: (3695, 3696)})
    # When its lines become eight lots, 32 in all, and the price falls through all four
    assert change(world, other(GRID, lots_per_line=8)).ok
    for price in (3685, 3675, 3665, 3655):
        world.show({RB: (price, price + 1)})
        world.wait(5)
    # Then the three lines filled, and the fourth waits for one of them to sell.
    assert row.lots[RB].lots == 30
    assert {one.terms.lots for one in world.account.live.values()} == {10}


def test_a_restart_goes_on_with_the_changed_settings(world: World) -> None:
    start(world)
    change(world, other(GRID, lots_per_line=7))
    world.restart()
    row = world.account.strategies[NAME]
    assert (row.version, row.settings) == (2, other(GRID, lots_per_line=7))


def test_a_paused_strategy_may_be_changed_and_stays_paused(world: World) -> None:
    row = start(world)
    world.do(TRADER, c.PauseStrategy(account=ONE, strategy=NAME))
    assert change(world, other(GRID, upper=Decimal(3900))).ok
    assert row.status is StrategyStatus.PAUSED


def test_the_same_settings_are_no_change(world: World) -> None:
    row = start(world)
    assert change(world, GRID).ok
    assert row.version == 1
    assert world.facts(StrategyChanged) == []


def test_a_preview_names_what_changes_as_it_is_written_by_hand(world: World) -> None:
    two = (DaysToExpiry(days=2), Manual())
    weighted = other(ROLL, timings=two, combine=Combine.WEIGHTED, weights=(1, 1), needed_weight=2)
    start(world, weighted)
    body = c.ChangeStrategy(account=ONE, strategy=NAME, base_version=1, settings=other(weighted, needed_weight=1))
    assert ask(world, body).details[0] == "所需权重 2 → 1"


# --- two persons edit one strategy -------------------------------------------------------------------------------


def test_who_edited_an_older_version_is_told_both_versions_and_what_differs(world: World) -> None:
    # Given that two traders have opened the same grid, and one has changed it
    row = start(world)
    assert change(world, other(GRID, lots_per_line=8, lower=Decimal(3600))).ok
    # When the other one saves
    lost = change(world, other(GRID, lots_per_line=11), by=COLLEAGUE)
    # Then nothing changes, and the sentence says what stands and what was wanted.
    assert lost.code == "CONFLICT"
    assert "第 2 版" in lost.sentence
    assert "第 1 版" in lost.sentence
    assert "每格手数现为 8 手、您填 11 手" in lost.sentence
    assert "下限现为 3600 元、您填 3550 元" in lost.sentence
    assert (row.version, row.settings) == (2, other(GRID, lots_per_line=8, lower=Decimal(3600)))


def test_a_version_that_does_not_exist_yet_is_a_conflict_too(world: World) -> None:
    start(world)
    assert change(world, other(GRID, lots_per_line=8), over=2).code == "CONFLICT"
    assert change(world, SPREAD, over=2).code == "CONFLICT"


# --- what cannot be changed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (GRID, SPREAD, "BAD_SETTINGS"),
        (GRID, other(GRID, lots_per_line=0), "BAD_SETTINGS"),
        (GRID, other(GRID, account="A2"), "WRONG_ACCOUNT"),
        (GRID, other(GRID, anchor=Decimal(3710)), "NOT_CHANGEABLE"),
        (GRID, other(GRID, lines=3), "NOT_CHANGEABLE"),
        (SPREAD, other(SPREAD, legs=SPREAD.legs[::-1]), "NOT_CHANGEABLE"),
        (ROLL, other(ROLL, far=I), "NOT_CHANGEABLE"),
        (GRID, other(GRID, lots_per_line=2_000), "PARENT_VALUE"),
    ],
)
def test_what_a_strategy_cannot_become_is_refused_and_nothing_changes(
    world: World, before: StrategySettings, after: StrategySettings, code: str
) -> None:
    row = start(world, before)
    assert change(world, after).code == code
    assert (row.version, row.settings) == (1, before)


def test_a_strategy_that_is_over_or_was_never_there_is_not_changed(world: World) -> None:
    assert change(world, GRID).code == "NO_STRATEGY"
    start(world)
    world.do(TRADER, c.StopStrategy(account=ONE, strategy=NAME))
    assert change(world, other(GRID, lots_per_line=9)).code == "NO_STRATEGY"


def test_only_traders_change_a_strategy(world: World) -> None:
    start(world)
    for person in (RISK, CHECKER, VIEWER):
        assert change(world, other(GRID, lots_per_line=9), by=person).code == "NO_ROLE"


def test_a_target_never_falls_below_the_lots_that_are_there(world: World) -> None:
    # Given a spread that holds three sets
    row = start(world, SPREAD)
    world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    world.wait(8)
    assert row.lots[RB].lots == 3
    # When its most sets are made two, it is refused; three may stay.
    assert change(world, other(SPREAD, sets=1, max_sets=2)).code == "NOT_CHANGEABLE"
    assert change(world, other(SPREAD, sets=1)).ok


def test_a_grid_that_holds_more_than_its_new_lines_may_is_not_made_smaller(world: World) -> None:
    row = start(world)
    world.show({RB: (3695, 3696)})
    world.wait(10)
    world.show({RB: (3680, 3681)})
    world.wait(3)
    held = sum(one.remaining for one in world.account.live.values() if one.terms.is_opening) + row.lots[RB].lots
    assert row.lots[RB].lots > 0
    done = change(world, other(GRID, lots_per_line=1))
    assert done.code == "HELD_MORE"
    assert str(held) in done.sentence


def test_at_orange_no_target_grows_and_a_smaller_one_is_welcome(world: World) -> None:
    row = start(world)
    orange(world)
    assert change(world, other(GRID, lots_per_line=11)).code == "LEVEL"
    assert change(world, other(GRID, lots_per_line=9)).ok
    assert row.version == 2


def orange(world: World) -> None:
    # A level of another instrument's own making would clear by itself; one said here stays for the moment.
    fact = LevelChanged(
        account=ONE,
        scope=Scope(),
        signal="test",
        value="1",
        threshold="0",
        before=Level.NORMAL,
        after=Level.ORANGE,
        at=world.at,
    )
    apply(world.state, fact, world.at)
    world.sound = False  # it is in no journal


# --- a second person ---------------------------------------------------------------------------------------------


def test_a_size_that_grows_by_more_than_a_fifth_waits_for_another_person(world: World) -> None:
    row = start(world)
    assert change(world, other(GRID, lots_per_line=12)).code == "OK"  # exactly a fifth
    done = change(world, other(GRID, lots_per_line=15), over=2)
    assert done.code == "CONFIRM2"
    assert "每格手数由 10 增至 15" in done.sentence
    assert row.version == 2
    stored = msgspec.json.decode(world.parked.confirmation.stored, type=Stored)
    assert (stored.strategy, stored.settings_version) == (NAME, 3)
    # When another person approves, the settings hold, and the orders cite the approval.
    assert world.decide(CHECKER, world.parked).code == "OK"
    assert (row.version, row.settings) == (3, other(GRID, lots_per_line=15))
    assert world.parked.state is ConfirmationState.CONSUMED
    assert row.envelope == world.parked.confirmation.confirmation
    (first, second) = world.facts(StrategyChanged)
    assert (first.envelope, second.envelope, second.person) == (None, row.envelope, TRADER)
    world.show({RB: (3695, 3696)})
    sent = [one for one in world.facts(OrderRecorded) if one.cause.origin is Origin.STRATEGY]
    assert {(one.cause.parameter_version, one.confirmation) for one in sent} == {(3, row.envelope)}


def test_many_small_steps_are_one_large_one_and_wait_for_another_person(world: World) -> None:
    row = start(world)
    assert change(world, other(GRID, lots_per_line=11)).code == "OK"
    assert change(world, other(GRID, lots_per_line=12), over=2).code == "OK"
    assert change(world, other(GRID, lots_per_line=13), over=3).code == "CONFIRM2"
    # What another person agreed to is where the next steps are counted from; making it smaller moves nothing.
    assert world.decide(CHECKER, world.parked).code == "OK"
    assert change(world, other(GRID, lots_per_line=15), over=4).code == "OK"
    assert change(world, other(GRID, lots_per_line=9), over=5).code == "OK"
    assert change(world, other(GRID, lots_per_line=15), over=6).code == "OK"
    assert (row.version, row.agreed) == (7, other(GRID, lots_per_line=13))


def test_a_task_above_five_million_yuan_waits_for_another_person_whatever_grows(world: World) -> None:
    start(world, other(GRID, lots_per_line=30))  # 120 lots of 37 000 yuan are 4.4 million
    done = change(world, other(GRID, lots_per_line=35))
    assert done.code == "CONFIRM2"
    assert "总价值" in done.sentence


def test_the_journal_of_an_approved_change_is_whole_and_leans_on_its_approval(
    world_on_disk: World, tmp_path: Path
) -> None:
    world = world_on_disk
    start(world)
    world.show({RB: (3695, 3696)})
    change(world, other(GRID, lots_per_line=15))
    change(world, other(GRID, lots_per_line=16), by=COLLEAGUE)
    overtaken = world.parked
    world.decide(CHECKER, next(iter(world.account.pending.values())))
    assert overtaken.state is ConfirmationState.SUPERSEDED
    assert change(world, other(GRID, lots_per_line=14), over=2).ok
    world.show({RB: (3685, 3686)})
    world.wait(5)
    found = verify(tmp_path, witnesses=(Refold(),))
    assert found.ok, found.sentence
    versions = {one.cause.parameter_version for one in world.facts(OrderRecorded)}
    assert versions >= {1, 3}


def test_a_rewritten_journal_whose_chain_fits_shows_a_growth_nobody_approved(
    world_on_disk: World, tmp_path: Path
) -> None:
    # Given the true journal of a change by exactly a fifth
    world = world_on_disk
    start(world)
    assert change(world, other(GRID, lots_per_line=12)).code == "OK"
    world.show({RB: (3695, 3696)})
    assert rewritten(world, tmp_path / "true", 12).ok
    # When somebody with the program writes it anew, hashes and guard rows and all, with one lot more
    found = rewritten(world, tmp_path / "forged", 13)
    # Then the chain holds, and the growth is found.
    assert found.sentence.startswith("链完整，但有 1 处缺依据")
    assert "第 2 版没有复核：每格手数由 10 增至 13" in found.sentence


def rewritten(world: World, data: Path, lots: int) -> Verification:
    with closing(SqliteJournal(data, TENANT)) as journal:
        for record in world.records():
            fact = record.fact
            if isinstance(fact, StrategyChanged):
                fact = msgspec.structs.replace(fact, settings=other(GRID, lots_per_line=lots))
            said = Said(fact, record.cause, record.actor)
            batch = record.cause.partition("batch:")[2]
            journal.append(
                records_of([said], journal.heads(), tenant=TENANT, epoch=journal.epoch, utc=record.utc),
                batch=int(batch) if batch else None,
            )
    return verify(data, witnesses=(Refold(),))


def test_the_maker_does_not_approve_the_own_change(world: World) -> None:
    row = start(world)
    change(world, other(GRID, lots_per_line=20), by=COLLEAGUE)
    assert world.decide(COLLEAGUE, world.parked).code == "MAKER_IS_CHECKER"
    assert row.version == 1


def test_a_change_that_waits_is_void_as_soon_as_another_one_is_made(world: World) -> None:
    row = start(world)
    change(world, other(GRID, lots_per_line=20))
    assert change(world, other(GRID, upper=Decimal(3900))).ok
    assert (row.version, world.parked.state) == (2, ConfirmationState.SUPERSEDED)
    assert world.decide(CHECKER, world.parked).code == "NOT_PENDING"
    assert row.settings == other(GRID, upper=Decimal(3900))


def test_of_two_pending_changes_the_first_approved_wins_and_ends_the_other_with_both_values(world: World) -> None:
    row = start(world)
    change(world, other(GRID, lots_per_line=20))
    first = world.parked
    change(world, other(GRID, lots_per_line=30), by=COLLEAGUE)
    second = world.parked
    assert world.decide(CHECKER, second).code == "OK"
    assert first.state is ConfirmationState.SUPERSEDED
    ended = [one for one in world.facts(ConfirmationDecided) if one.decision is ConfirmationEvent.SUPERSEDE]
    assert [(one.confirmation, one.person) for one in ended] == [(first.confirmation.confirmation, None)]
    assert ended[0].reason == (
        f"策略 {NAME} 已先改为第 2 版，这一项改的是第 1 版；不同之处：每格手数现为 30 手、这一项为 20 手"
    )
    assert row.settings == other(GRID, lots_per_line=30)
    # What is asked over the new version waits on its own.
    assert change(world, other(GRID, lots_per_line=40), over=2).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).code == "OK"
    assert row.version == 3


def test_a_pending_change_that_says_what_has_been_made_meanwhile_is_said_to_be_needless(world: World) -> None:
    start(world)
    change(world, other(GRID, lots_per_line=20))
    first = world.parked
    change(world, other(GRID, lots_per_line=20), by=COLLEAGUE)
    assert world.decide(CHECKER, first).code == "OK"
    assert world.parked.state is ConfirmationState.SUPERSEDED
    assert world.facts(ConfirmationDecided)[-1].reason.endswith("内容与现行设置相同，无需再改")


def test_of_two_pending_starts_under_one_name_the_first_approved_ends_the_other(world: World) -> None:
    for lots in (40, 45):
        body = c.StartStrategy(account=ONE, strategy=NAME, settings=other(GRID, lots_per_line=lots))
        assert world.do(TRADER, body).code == "CONFIRM2"
    first, second = world.account.pending.values()
    assert world.decide(CHECKER, second).code == "OK"
    assert first.state is ConfirmationState.SUPERSEDED
    assert not world.account.pending


def test_what_waits_for_another_strategy_goes_on_waiting(world: World) -> None:
    start(world)
    elsewhere = StrategyId("s-2")
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=elsewhere, settings=GRID)).ok
    waits = c.ChangeStrategy(account=ONE, strategy=elsewhere, base_version=1, settings=other(GRID, lots_per_line=20))
    world.do(TRADER, waits)
    assert change(world, other(GRID, upper=Decimal(3900))).ok
    assert world.parked.state is ConfirmationState.PENDING


def test_a_change_of_a_strategy_that_ended_meanwhile_is_stale(world: World) -> None:
    start(world)
    change(world, other(GRID, lots_per_line=20))
    world.do(TRADER, c.StopStrategy(account=ONE, strategy=NAME))
    assert world.decide(CHECKER, world.parked).code == "STALE"


def test_what_was_asked_before_the_lots_were_there_is_judged_again_at_the_approval(begin: Begin) -> None:
    world = begin()
    row = start(world, SPREAD)
    # Rounds may grow, while the most sets shrink: at first there is nothing to hold on to.
    assert change(world, other(SPREAD, sets=4, max_sets=2)).code == "CONFIRM2"
    world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    world.wait(8)
    assert row.lots[RB].lots == 3
    assert world.decide(CHECKER, world.parked).code == "STALE"
    assert row.settings == SPREAD
