"""Whatever comes between, a reversal never opens more than its own close has filled (C8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.domain import commands as c
from terminal.domain.fact.facts import OrderFilled, OrderRecorded, ReversalOpened
from terminal.domain.ids import OrderId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.orders.reversal import ReversalState
from terminal.domain.reports import Accepted, QueryAnswer, Removed, Traded
from terminal.domain.words.risk import Scope
from terminal.engine.records.journal import Entry, JournalError, Record
from terminal.engine.records.memory import MemoryJournal
from terminal.engine.reversal.reversals import TAG
from tests.engine_market import terms
from tests.engine_world import ONE, RB, RISK, TENANT, TRADER, DiedError, World
from tests.scenario.conftest import Begin

ACTS = (
    *("up", "down", "thin", "cut", "restart", "silent", "heard", "wait", "hold", "lose", "repeat"),
    *("reverse", "back", "finish", "give up", "cancel", "power off", "lost on the way", "stop"),
)
OFTEN = (*ACTS, *("thin", "cancel", "finish") * 3)  # a close that fills in part is what it is all about
PLAYS = st.lists(st.sampled_from(OFTEN), min_size=3, max_size=14)


def ask(world: World, side: Side, lots: int, price: int) -> None:
    world.do(TRADER, c.ReversePosition(account=ONE, terms=terms(side, lots, price, offset=Offset.CLOSE)))


def about_standing(world: World, *, finish: bool) -> None:
    for row in list(world.account.reversals.rows.values()):
        if row.stands and finish:
            world.do(TRADER, c.FinishReversal(account=ONE, reversal=row.reversal, price=Decimal(3700)))
        elif row.stands:
            world.do(TRADER, c.GiveUpReversal(account=ONE, reversal=row.reversal))


def played(world: World, act: str) -> None:  # noqa: C901, PLR0912 - one arm per act
    match act:
        case "up":
            world.show({RB: (3705, 3706)})
        case "down":
            world.show({RB: (3690, 3691)})
        case "thin":
            world.show({RB: (3702, 3703)}, lots=1)
        case "cut":
            world.cut()
        case "restart":
            world.restart()
        case "silent":
            world.wire.lose = (QueryAnswer,)
        case "heard":
            world.wire.lose, world.wire.repeat = (), False
            world.tell_held()
            world.wait(6)
        case "wait":
            world.wait(4)
        case "hold":
            world.wire.hold = (Accepted, Traded, Removed)
        case "lose":
            world.wire.lose = (Traded, Removed)
        case "repeat":
            world.wire.repeat = True
        case "reverse":
            ask(world, Side.SELL, 3, 3702)
        case "back":
            ask(world, Side.BUY, 2, 3700)
        case "finish" | "give up":
            about_standing(world, finish=act == "finish")
        case "cancel":
            world.do(TRADER, c.CancelAll(account=ONE))
        case "power off":
            world.wire.die = "after"
        case "lost on the way":
            world.wire.lose_orders = not world.wire.lose_orders
        case "stop":
            world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练"))


def judge(world: World) -> None:
    """Count from the facts alone: what each reversal's own orders closed and opened."""
    wanted: dict[OrderId, tuple[str, bool]] = {
        one.order: (one.cause.tag, one.terms.is_opening)
        for one in world.facts(OrderRecorded)
        if one.cause.tag.startswith(TAG)
    }
    lots: Counter[tuple[str, bool]] = Counter()
    for fill in world.facts(OrderFilled):
        if fill.order in wanted:
            lots[wanted[fill.order]] += fill.lots
    for tag, _ in list(lots):
        assert lots[tag, True] <= lots[tag, False], f"{tag} opened {lots[tag, True]} of {lots[tag, False]} closed lots"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=PLAYS)
def test_opened_never_exceeds_closed_whatever_the_order_of_fills_cuts_crashes_and_wishes(acts: list[str]) -> None:
    world = World()
    world.buy(4, 3701)
    world.wait(2)
    ask(world, Side.SELL, 4, 3702)
    for act in acts:
        try:
            played(world, act)
        except DiedError:
            world.restart()
        judge(world)
    world.wire.lose, world.wire.repeat, world.wire.lose_orders, world.wire.die = (), False, False, ""
    world.tell_held()
    world.cut()  # the fills that were lost are told once more at a login
    world.wait(45)
    judge(world)
    world.check()
    keys = [one.wire_key for one in world.wire.sent]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("die", ["before", "after"])
def test_power_off_around_the_opening_neither_repeats_nor_loses_it(begin: Begin, die: str) -> None:
    world = begin()
    world.buy(4, 3701)
    ask(world, Side.SELL, 4, 3702)
    world.wire.die = die
    with pytest.raises(DiedError):
        world.show({RB: (3702, 3703)})
    world.restart()
    world.wait(45)
    (row,) = world.account.reversals.rows.values()
    assert len(world.facts(ReversalOpened)) == len(row.opens) == 1
    if die == "after":
        assert (row.state, world.net()) == (ReversalState.DONE, -4)
    else:  # it never left: nobody sends it again by itself, and the remainder says so
        assert (row.state, world.net()) == (ReversalState.UNFINISHED, 0)
        assert "没有报出" in row.note
        done = world.do(TRADER, c.FinishReversal(account=ONE, reversal=row.reversal, price=Decimal(3700)))
        assert (done.ok, done.code) == (False, "NOTHING_LEFT")


@pytest.mark.parametrize("after", range(1, 6))
def test_a_crash_after_any_record_of_the_reversal_leaves_a_state_that_goes_on(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    journal = MemoryJournal(TENANT)
    world = begin(journal=journal)
    world.buy(4, 3701)
    append, appended = journal.append, 0

    def full(records: Sequence[Record], *, batch: int | None = None) -> Sequence[Entry]:
        nonlocal appended
        appended += 1
        if appended == after:
            raise JournalError("磁盘已满")
        return append(records, batch=batch)

    monkeypatch.setattr(journal, "append", full)
    crashed = False
    try:
        ask(world, Side.SELL, 4, 3700)
        world.show()
        world.wait(2)
    except JournalError:
        crashed = True
    world.restart()
    world.wait(45)
    judge(world)
    rows = world.account.reversals.rows.values()
    assert crashed
    assert [row.state for row in rows if row.stands] == []
    assert world.net() == (-4 if rows else 4)
