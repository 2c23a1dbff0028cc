"""自动化率与差错率: what the audit log says of who sent the orders and what went wrong with them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from terminal.backtest.performance import Performance, StrategyPerformance, performance
from terminal.backtest.report import Activity
from terminal.domain import commands as c
from terminal.domain.fact.facts import OrderFilled, OrderRecorded
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings, OutOfRange
from terminal.domain.reports import Traded
from terminal.domain.words.risk import Scope
from terminal.runner.statement_box import AssignUnit, StatementBox, StatementRequest, put_request, read_answer
from tests.engine_world import FAR, ONE, RB, TRADER, World, reference, run
from tests.scenario.legs import GRID, SPREAD, show, start_grid, start_spread
from tests.scenario.waiting_orders import place, reaches, send, wanted
from tests.sync_rig import Rig


def told(world: World) -> Performance:
    return performance(world.journal.replay(), reference().calendar)


def by_hand(world: World) -> Activity:
    return _of(world, None).activity


def _of(world: World, strategy: StrategyId | None) -> StrategyPerformance:
    (found,) = [one for one in told(world).strategies if (one.account, one.strategy) == (ONE, strategy)]
    return found


def test_a_conditional_order_is_automatic_and_an_order_by_hand_is_not(world: World) -> None:
    world.buy(1, 3690)
    place(world, wanted(reaches(3705), send(price=3707)))
    world.show({RB: (3705, 3706)})
    activity = by_hand(world)
    assert (activity.orders, activity.automatic, activity.auto_rate) == (2, 1, Decimal("0.5"))
    assert (activity.wrong, activity.error_rate) == ({}, 0)


def test_an_order_keeps_the_middle_it_was_decided_at_and_slippage_is_told_from_it(world: World) -> None:
    world.show({RB: (3700, 3703)})
    world.buy(2, 3710)
    (recorded,) = world.facts(OrderRecorded)
    assert recorded.mid == Decimal("3701.5")
    world.wait(1)
    slippage = by_hand(world).slippage
    assert (slippage.lots, slippage.yuan) == (2, Decimal("1.5") * 2 * 10)


def test_a_stop_over_many_lines_of_a_grid_is_a_loss_on_each_of_them(world: World) -> None:
    # Given a grid that wins on its first line once, is in on all four, and is stopped out of them by two fills
    settings = GridSettings(
        account=ONE, instrument=RB, side=Side.BUY, anchor=Decimal(3700), step=Decimal(5), lines=4, lots_per_line=2,
        stop=Decimal(3670), lower=Decimal(3680), upper=Decimal(3750), out_of_range=OutOfRange.FLATTEN,
    )  # fmt: skip
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=settings)).ok
    for price in (3700, 3694, 3699, 3702, 3694, 3689, 3684, 3669):
        for _ in range(8):
            world.show({RB: (price, price + 1)}, last={RB: price})
    sold = [fact.lots for fact in world.facts(OrderFilled) if fact.side is Side.SELL]
    assert (sold, world.net(RB)) == ([2, 2, 6], 0)
    # Then it has won one round of five, not one of three.
    rounds = _of(world, GRID).activity.rounds
    assert (rounds.closed, rounds.won, rounds.win_rate) == (5, 1, Decimal("0.2"))


def test_what_is_closed_by_hand_is_one_round_however_it_was_opened(world: World) -> None:
    # Given a lot bought by hand, and one that a conditional order bought after it
    world.buy(1, 3701)
    place(world, wanted(reaches(3705), send(lots=1, price=3707)))
    world.show({RB: (3705, 3706)})
    world.wait(2)
    assert world.net(RB) == 2
    # When both are sold at once
    assert world.close_long(2, 3705).ok
    assert world.net(RB) == 0
    # Then that is one round.
    assert by_hand(world).rounds.closed == 1


def put_into_a_unit(world: World, folder: Path, unit: str) -> None:
    """Say it at the command line of the machine the runner is on."""
    rig = Rig(world=world)
    box = StatementBox(folder, rig.living, rig.logged.append)
    where = put_request(folder, "u", StatementRequest(user="zhang", wish=AssignUnit(account=ONE, unit=unit)))
    assert run(box.take()) == 1
    answer = read_answer(where)
    assert answer is not None
    assert answer.ok
    world.drain()


def test_a_broken_leg_is_one_wrong_order_and_its_time_is_measured(world: World, tmp_path: Path) -> None:
    # Given a spread whose far month nobody bids for, until the ladder comes to its end
    start_spread(world)
    world.wire.hold = (Traded,)
    show(world)
    show(world, (None, 3602))
    world.tell_held()
    began = world.at
    world.wait(1)
    assert (world.net(RB), world.net(FAR)) == (3, 0)
    for _ in range(45):
        show(world, (None, 3602))
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    # Then the order that bared a leg nothing could follow is the one error among all.
    found = _of(world, SPREAD)
    assert found.activity.wrong == {"LEGGED": 1}
    assert found.activity.error_rate == (Decimal(1) / found.activity.orders).quantize(Decimal("0.0001"))
    assert found.activity.auto_rate == 1
    assert found.naked is not None
    assert 0 < found.naked.seconds <= (world.at - began) // 1_000_000_000 + 1
    assert found.naked.lot_seconds == 3 * found.naked.seconds
    # And the unit the account is put into has that error, that rate, that time, and all the account earned.
    assert told(world).units == ()
    put_into_a_unit(world, tmp_path, "套保部")
    whole = told(world)
    unit, *_ = whole.units
    (account,) = [one for one in whole.accounts if one.account == ONE]
    assert (unit.unit, unit.accounts, unit.naked) == ("套保部", (ONE,), found.naked)
    assert (unit.activity, unit.earned) == (account.activity, account.earned)
    assert (unit.activity.wrong, unit.activity.auto_rate) == ({"LEGGED": 1}, 1)


def test_what_the_gate_refuses_counts_among_what_was_wanted(world: World) -> None:
    world.buy(1, 3690)
    assert not world.order(Side.BUY, 1, 9000).ok
    activity = by_hand(world)
    assert activity.wrong == {"REFUSED": 1}
    assert (activity.orders, activity.error_rate, activity.auto_rate) == (1, Decimal("0.5"), 0)


def test_an_order_nobody_could_say_anything_of_was_wrong_once_whatever_came_of_it(world: World) -> None:
    world.wire.hold_orders = True
    world.order(Side.BUY, 1, 3690)
    world.cut()
    world.wait(90)
    assert not world.account.live, "the exchange has proven that it never came"
    activity = by_hand(world)
    assert (activity.states, activity.wrong) == ({"VOID": 1}, {"UNKNOWN": 1})
    world.wire.hold_orders = False


def test_what_a_kill_switch_takes_back_was_wrong_and_what_a_person_takes_back_was_not(world: World) -> None:
    start_grid(world)
    working = [row for row in world.account.live.values() if row.cause.strategy == GRID]
    assert working
    mine = world.buy(1, 3600)
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=mine.order)).ok
    assert world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="行情异常")).ok
    world.wait(5)
    assert not world.account.live
    assert by_hand(world).wrong == {}
    assert _of(world, GRID).activity.wrong == {"KILLED": len(working)}
