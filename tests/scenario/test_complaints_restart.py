"""The complaints ledger's theme *restart loses state*: what other programs forgot when they came back, played here.

Each test is named after a thread: a bare number is one of vnpy/vnpy, `hb` of hummingbot, `nt` of nautilus_trader, and
`bbgo` and `dexbot` of their own. The journal is on disk, and every restart opens it again from there.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import CancelRecorded, ExternalOrderSeen, OrderFilled, OrderRecorded, RunnerStarted
from terminal.domain.ids import WireKey
from terminal.domain.orders.order import HedgeFlag, Offset, OrderState, Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.reports import Accepted, Traded
from terminal.domain.words.risk import Level
from terminal.engine.ports import WireOrder
from terminal.store.journal import SqliteJournal
from tests.engine_world import DAY, FAR, NEXT_DAY, NEXT_NIGHT, ONE, RB, TENANT, TRADER, World, terms
from tests.scenario.conftest import Begin
from tests.scenario.legs import GRID, SPREAD, start_spread
from tests.scenario.test_grid import grid
from tests.scenario.waiting_orders import BELOW, close, place, reaches, wanted


def running_grid(world: World) -> None:
    """Start a grid whose three lines rest at 3695, 3685 and 3675."""
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid())).ok
    world.wait(10)
    assert working(world) == [(Side.BUY, price, 2) for price in (3675, 3685, 3695)]


def working(world: World) -> list[tuple[Side, int, int]]:
    return sorted((row.terms.side, int(row.terms.price), row.remaining) for row in world.account.live.values())


def held(world: World) -> int:
    lots = world.account.strategies[GRID].lots.get(RB)
    return lots.lots if lots is not None else 0


def working_there(world: World) -> int:
    """Return how many orders work by the exchange's own books."""
    orders, _, _ = world.host._exchange.answer(ONE)
    return sum(order.state in {"LIVE", "PARTIAL"} for order in orders)


def fall_while_dead(world: World, price: int = 3694) -> None:
    """Let the market fall, so that resting orders fill of which the runner is told nothing before it dies."""
    world.wire.lose = (Accepted, Traded)
    world.show({RB: (price, price + 1)})
    assert (world.net(RB), world.lots_there(RB)) == (0, 2)


def test_1118_a_fill_that_came_while_the_program_was_dead_still_reaches_its_strategy(world_on_disk: World) -> None:
    # 1118: "I send an order, the machine hangs, meanwhile it fills. Does my strategy hear of it when I am back?"
    world = world_on_disk
    running_grid(world)
    fall_while_dead(world)
    world.restart()
    assert (world.net(RB), held(world)) == (2, 2)
    # And it does with it what it does with any fill: its profit rests one line above.
    world.wait(5)
    assert (Side.SELL, 3705, 2) in working(world)


def test_1118_an_order_of_the_night_that_fills_by_day_after_a_restart_is_its_strategys(world_on_disk: World) -> None:
    # 1118: "orders placed in the night that trade by day match no strategy any more".
    world = world_on_disk
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid())).ok
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
    world.wait(10)
    assert len(working(world)) == 3
    world.restart()
    world.show_at(instant(NEXT_DAY, 9), {RB: (3694, 3695)})
    world.wait(5)
    assert (held(world), world.net(RB)) == (2, 2)
    assert (Side.SELL, 3705, 2) in working(world)


def test_1370_what_should_rest_after_a_restart_rests_without_a_new_signal(world_on_disk: World) -> None:
    # 1370: after a restart no stop order was placed although its condition held all the time.
    world = world_on_disk
    world.buy(2, 3701)
    place(world, wanted(reaches(3680, BELOW), close(2)))
    world.restart()
    world.show({RB: (3679, 3680)}, last={RB: 3679})
    world.wait(3)
    assert world.net(RB) == 0


def test_114_a_night_session_after_a_reconnect_counts_no_lot_twice_and_none_less(world_on_disk: World) -> None:
    # 114: lots of the day, the night comes, the link is made anew, and the strategy's position is wrong.
    world = world_on_disk
    running_grid(world)
    world.show({RB: (3694, 3695)})
    world.buy(1, 3695)
    world.show_at(instant(DAY, 15, 1))
    world.show_at(NEXT_NIGHT, {RB: (3696, 3697)})
    world.buy(1, 3697)
    for _ in range(3):
        world.cut()
        world.wait(2)
        position = world.account.book.position(RB, HedgeFlag.SPECULATION)
        assert (position.long_yesterday, position.long_today, held(world)) == (3, 1, 2)
    assert world.account.barrier.passed


def test_hb_366_orders_whose_cancel_was_lost_can_still_be_cancelled_after_a_restart(world_on_disk: World) -> None:
    # hb 366: cancels failed on the way out, and afterwards nobody knew the orders any more.
    world = world_on_disk
    running_grid(world)
    world.wire.lose_cancels = True
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=GRID)).ok
    world.restart()
    world.wait(1)
    assert working_there(world) == 3
    world.do(TRADER, c.CancelAll(account=ONE))
    world.wait(40)
    assert working(world) == []
    assert {row.state for row in world.account.orders.values()} == {OrderState.CANCELLED}


def test_hb_2941_the_orders_from_before_are_shown_and_no_others_beside_them(world_on_disk: World) -> None:
    # hb 2941: after resuming, only the new orders are shown; the old ones live on unseen.
    world = world_on_disk
    running_grid(world)
    before = list(world.account.live)
    world.restart()
    world.wait(20)
    assert list(world.account.live) == before
    assert working_there(world) == len(before)


def test_hb_3117_what_was_paused_before_a_restart_goes_on_from_there_when_resumed(world_on_disk: World) -> None:
    # hb 3117: paused, left, started again with restore: no order comes back.
    world = world_on_disk
    running_grid(world)
    wanted = working(world)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    world.wait(3)
    assert working(world) == []
    world.restart()
    assert world.account.strategies[GRID].status is StrategyStatus.PAUSED
    world.wait(5)
    assert working(world) == []
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID)).ok
    world.wait(80)
    assert working(world) == wanted


def test_hb_3324_a_position_is_known_after_a_restart_and_nothing_is_opened_as_if_there_were_none(
    world_on_disk: World,
) -> None:
    # hb 3324: after a restart the open position is not seen, and orders go out as if the account were flat.
    world = world_on_disk
    start_spread(world)
    world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    world.wait(10)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    sent = len(world.wire.sent)
    world.restart()
    world.wait(60)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    assert len(world.wire.sent) == sent
    assert world.account.strategies[SPREAD].lots[RB].lots == 3


def test_hb_4428_a_restart_cancels_nothing(world_on_disk: World) -> None:
    # hb 4428: the orders are found again, and cancelled at once.
    world = world_on_disk
    running_grid(world)
    by_hand = world.buy(1, 3650)
    wanted = working(world)
    world.restart()
    world.wait(30)
    assert world.facts(CancelRecorded) == []
    assert working(world) == wanted
    assert world.account.orders[by_hand.order].state is OrderState.LIVE


def test_nt_838_what_changed_at_the_exchange_meanwhile_counts_and_not_the_copy_on_disk(world_on_disk: World) -> None:
    # nt 838: "why ask the exchange, the cache knows?" Because orders fill while nobody is there.
    world = world_on_disk
    running_grid(world)
    fall_while_dead(world, 3694)
    world.restart()
    starts = [record for record in world.records() if isinstance(record.fact, RunnerStarted)]
    fills = [record for record in world.records() if isinstance(record.fact, OrderFilled)]
    assert fills[0].utc >= starts[-1].utc
    assert world.account.barrier.passed
    assert (world.net(RB), world.lots_there(RB)) == (2, 2)


def closed_elsewhere(world: World) -> None:
    """Close one of our lots at another terminal."""
    wanted = replace(terms(Side.SELL, 1, 3690), offset=Offset.CLOSE_TODAY)
    world.host.place(WireOrder(account=ONE, wire_key=WireKey("elsewhere/1"), terms=wanted))


def test_nt_1190_what_is_traded_elsewhere_is_seen_while_we_run_and_not_only_at_a_start(begin: Begin) -> None:
    # nt 1190: a position closed at another terminal goes unnoticed until the next start.
    world = begin(sound=False)  # the books differ, and that is the point
    world.buy(3, 3701)
    closed_elsewhere(world)
    world.wait(70)
    assert (world.net(RB), world.lots_there(RB)) == (3, 2)
    (seen,) = world.facts(ExternalOrderSeen)
    assert (seen.wire_key, seen.terms.lots) == ("elsewhere/1", 1)
    assert Level.RED in {row.level for row in world.account.levels.values() if row.signal == "reconcile"}
    assert not world.order(Side.BUY, 1, 3701).ok


def test_nt_5000_a_working_order_is_kept_when_the_position_does_not_add_up(begin: Begin, tmp_path: Path) -> None:
    # nt 5000: fills that do not give the exchange's position make the start drop an order that still works.
    world = begin(journal=SqliteJournal(tmp_path, TENANT), sound=False)
    world.buy(3, 3701)
    resting = world.buy(2, 3650)
    closed_elsewhere(world)
    world.restart()
    world.wait(10)
    assert world.account.barrier.differences
    assert world.account.orders[resting.order].state is OrderState.LIVE
    # It can be cancelled although nothing may be opened.
    assert not world.order(Side.BUY, 1, 3701).ok
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=resting.order)).ok
    world.wait(3)
    assert world.account.orders[resting.order].state is OrderState.CANCELLED
    world.journal.close()


def test_nt_5057_orders_of_an_earlier_session_are_followed_and_managed(world_on_disk: World) -> None:
    # nt 5057: orders of the process before come back under an owner nobody knows, and cannot be cancelled.
    world = world_on_disk
    fills, goes = world.buy(2, 3690), world.buy(1, 3680)
    for _ in range(3):
        world.restart()
    world.show({RB: (3688, 3689)})
    assert world.account.orders[fills.order].state is OrderState.FILLED
    assert world.account.orders[fills.order].cause == fills.cause
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=goes.order)).ok
    world.wait(2)
    assert world.account.orders[goes.order].state is OrderState.CANCELLED


def test_bbgo_77_a_grid_is_on_disk_and_comes_back_line_by_line(world_on_disk: World) -> None:
    # bbgo 77: a grid should be kept on disk, so that it can be restored.
    world = world_on_disk
    running_grid(world)
    world.show({RB: (3684, 3685)})
    world.wait(5)
    before, memory = working(world), world.account.strategies[GRID].memory
    assert held(world) == 4
    for _ in range(2):
        world.restart()
        world.wait(10)
    assert (working(world), held(world)) == (before, 4)
    assert world.account.strategies[GRID].memory == memory
    # Each line takes its own profit, once.
    world.show({RB: (3706, 3707)})
    world.wait(10)
    assert (held(world), world.net(RB)) == (0, 0)


def test_dexbot_442_lines_that_hold_no_order_yet_are_the_same_after_changed_settings_and_a_restart(
    world_on_disk: World,
) -> None:
    # dexbot 442: orders kept in mind are worked out anew at each start, from other settings, and closer to the price.
    world = world_on_disk
    settings = grid(lines=6, lower=Decimal(3605), stop=Decimal(3600))
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=settings)).ok
    world.wait(10)
    world.show({RB: (3694, 3695)})
    world.wait(5)
    row = world.account.strategies[GRID]
    changed = replace(settings, lots_per_line=2, upper=Decimal(3810))
    body = c.ChangeStrategy(account=ONE, strategy=GRID, base_version=row.version, settings=changed)
    assert world.do(TRADER, body).ok
    world.restart()
    world.wait(10)
    # The line that has bought stays bought and takes its profit; far lines come to rest as the price comes near.
    assert held(world) == 2
    assert (Side.SELL, 3705, 2) in working(world)
    placed = [price for side, price, _ in working(world) if side is Side.BUY]
    assert set(placed) <= {3685, 3675, 3665, 3655}
    world.show({RB: (3664, 3665)})
    world.wait(10)
    assert held(world) == 8
    settings_now = world.account.strategies[GRID].settings
    assert isinstance(settings_now, GridSettings)
    assert settings_now.upper == 3810
    tags = [one.cause.tag for one in world.facts(OrderRecorded) if one.terms.side is Side.BUY]
    assert len(tags) == len(set(tags)), "no line bought twice"
