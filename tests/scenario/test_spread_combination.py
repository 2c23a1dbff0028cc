"""A spread that trades as the combination its exchange lists: one order, both legs together or not at all (E2)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact.facts import CancelRecorded, OrderFilled, OrderRecorded, OrderRefused, StrategyMarked
from terminal.domain.fact.marks import LegBroken
from terminal.domain.orders.order import Offset, OrderState, PriceKind, Side, TimeCondition
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.reports import Rejected, Traded
from terminal.domain.words.risk import Scope
from terminal.engine.records.snapshot import freeze, thaw
from terminal.engine.wording import order_title
from terminal.strategies.spread.route import choose
from terminal.strategies.table import SPREAD as SPREAD_KIND
from tests.engine_market import FAR_ORE, ORE_SPREAD, WITH_FAR_ORE
from tests.engine_world import DAY, LIMITS, ONE, RISK, TRADER, DiedError, I, run
from tests.scenario.combining import children, memory, nets, ore, ore_settings, show, start
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, spread_settings
from tests.unit.engine.foreseen import ask as foreseen


def test_a_spread_is_bought_as_one_order_whose_two_legs_fill_together(begin: Begin) -> None:
    # Given a spread of the two months by way of their combination
    world = ore(begin)
    assert start(world, ore_settings(SpreadRoute.COMBINATION)).ok
    # When its price is there
    show(world)
    # Then one order has gone out, for the combination, at the difference that shows
    (sent,) = world.wire.sent
    assert (sent.terms.instrument, sent.terms.side, sent.terms.price) == (ORE_SPREAD, Side.BUY, Decimal("30.5"))
    assert (sent.terms.lots, sent.terms.time_condition, sent.terms.price_kind) == (
        3,
        TimeCondition.FAK,
        PriceKind.LIMIT,
    )
    # And both legs are booked, each with its own price and fee.
    assert nets(world) == (3, -3)
    fills = [(one.instrument, one.side, one.lots, one.price, one.fee) for one in world.facts(OrderFilled)]
    assert fills == [(I, Side.BUY, 3, Decimal("830.5"), 9), (FAR_ORE, Side.SELL, 3, Decimal(800), 9)]
    assert not memory(world).ledger.busy
    assert {row.state for row in world.account.orders.values()} == {OrderState.FILLED}
    assert [one.lots for one in world.account.book.combinations()] == [3]
    assert "组合 SP i2101&i2105" in children(world)[0].cause.reason


def test_it_is_closed_as_one_order_too(begin: Begin) -> None:
    world = ore(begin)
    start(world, ore_settings(SpreadRoute.COMBINATION))
    show(world)
    # When the spread has risen to where it is sold
    for _ in range(8):
        show(world, near=("865", "865.5"))
    # Then both legs are closed by one order, and what was held is gone.
    closing = [one for one in children(world) if one.terms.offset is Offset.CLOSE]
    assert [(one.terms.instrument, one.terms.side) for one in closing[:2]] == [(I, Side.SELL), (FAR_ORE, Side.BUY)]
    closed = [one.terms for one in world.wire.sent if one.terms.offset is Offset.CLOSE]
    assert [(one.instrument, one.lots, one.price) for one in closed] == [(ORE_SPREAD, 3, Decimal("64.5"))]


# --- what is told late, lost, or half -----------------------------------------------------------------------------


def test_between_the_words_of_both_legs_nothing_is_hedged_and_nothing_is_alone(begin: Begin) -> None:
    # Given an order on the combination whose trades are on their way
    world = ore(begin)
    start(world, ore_settings(SpreadRoute.COMBINATION))
    world.wire.hold = (Traded,)
    show(world)
    first, second = world.wire.take_held()
    # When only the near month's trade has come, or only the far month's
    for told in (first, second):
        world.tell(told)
        show(world)
        # Then no second order goes out and no leg counts as alone.
        assert len(world.wire.sent) == 1
        assert SPREAD_KIND.naked_lots(ore_settings(SpreadRoute.COMBINATION), memory(world)) == 0
    assert nets(world) == (3, -3)
    assert world.wire.cancelled == []
    assert not any(isinstance(one.mark, LegBroken) for one in world.facts(StrategyMarked))


def test_a_leg_whose_trade_was_lost_is_brought_by_the_next_complete_answer(begin: Begin) -> None:
    world = ore(begin)
    start(world, ore_settings(SpreadRoute.COMBINATION))
    world.wire.hold = (Traded,)
    show(world)
    near, _ = world.wire.take_held()
    world.tell(near)
    assert nets(world) == (3, 0)
    world.wire.hold = ()
    world.cut()
    assert nets(world) == (3, -3)
    assert len(world.wire.sent) == 1


def test_the_exchange_is_asked_for_a_leg_whose_trade_was_lost_with_the_next_quote(begin: Begin) -> None:
    # Given a combination of which the exchange has told one leg's trade, and the other one's was lost
    world = ore(begin)
    start(world, ore_settings(SpreadRoute.COMBINATION))
    for _ in range(8):
        show(world, near=("840", "840.5"))
    world.wire.hold = (Traded,)
    show(world)
    near, _ = world.wire.take_held()
    world.wire.hold = ()
    world.tell(near)
    assert (nets(world), len(world.account.live)) == ((3, 0), 1)
    # When the market goes on for a second
    show(world)
    # Then its complete answer has brought the leg.
    assert (nets(world), len(world.account.live)) == ((3, -3), 0)


def test_of_a_partly_filled_combination_both_legs_have_the_same_lots_and_the_rest_ends(begin: Begin) -> None:
    # Given an order that finds only two lots of the far month when it arrives
    world = ore(begin)
    world.wire.hold_orders = True
    start(world, ore_settings(SpreadRoute.COMBINATION))
    show(world)
    show(world, lots=2)
    world.arrive()
    # Then both legs have two, and the third has ended in both.
    assert nets(world) == (2, -2)
    assert {(row.filled, row.state) for row in world.account.orders.values()} == {(2, OrderState.CANCELLED)}
    # And the round goes on for the third.
    for _ in range(4):
        show(world)
    assert nets(world) == (3, -3)


def test_an_order_that_was_lost_on_its_way_is_unknown_in_both_legs_and_then_void_in_both(begin: Begin) -> None:
    world = ore(begin)
    start(world, ore_settings(SpreadRoute.COMBINATION))
    world.wire.lose_orders = True
    show(world)
    world.wire.lose_orders = False
    for _ in range(5):
        show(world, far=("790", "790.5"))  # the price is gone
    rows = list(world.account.orders.values())
    assert [row.state for row in rows] == [OrderState.UNKNOWN, OrderState.UNKNOWN]
    # Both legs go on reserving while nobody knows.
    assert set(world.account.book.reserved()) == {row.order for row in rows}
    for _ in range(60):
        show(world, far=("790", "790.5"))
    assert [row.state for row in rows] == [OrderState.VOID, OrderState.VOID]
    assert world.account.book.reserved() == {}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_after_a_crash_around_the_sending_no_leg_is_alone_and_nothing_is_sent_twice(begin: Begin, moment: str) -> None:
    world = ore(begin)
    start(world, ore_settings(SpreadRoute.COMBINATION))
    world.wire.die = moment
    with pytest.raises(DiedError):
        show(world)
    world.restart()
    world.wait(3)
    near, far = nets(world)
    assert near == -far == (3 if moment == "after" else 0)
    for _ in range(60):
        show(world)
    assert nets(world) == (3, -3)
    assert sum(one.terms.lots for one in world.wire.sent) == 3


# --- what the rules say of one leg ----------------------------------------------------------------------------------


def test_a_limit_that_one_leg_fails_refuses_the_whole_order(begin: Begin) -> None:
    # Given a limit of the far month that a person lowers once the spread runs
    world = ore(begin)
    start(world, ore_settings(SpreadRoute.COMBINATION))
    changed = replace(LIMITS, position_lots_by_instrument={FAR_ORE: 2})
    world.do(RISK, c.ChangeLimits(account=ONE, limits=changed, base_version=LIMITS.version))
    # When its price is there
    show(world)
    # Then nothing was sent of either leg, and the far month's limit is said why.
    assert world.wire.sent == [] == world.facts(OrderRecorded)
    refused = world.facts(OrderRefused)[0]
    assert refused.terms.instrument == FAR_ORE
    worst = max(refused.findings, key=lambda one: one.verdict)
    assert worst.control == "C4"
    assert "i2105" in worst.sentence
    assert "组合 SP i2101&i2105" in refused.cause.reason
    assert nets(world) == (0, 0)


def test_without_the_days_limit_prices_it_waits_or_goes_leg_after_leg(begin: Begin) -> None:
    for route, lots in ((SpreadRoute.COMBINATION, 0), (SpreadRoute.CHEAPER, 3)):
        world = begin(universe=WITH_FAR_ORE)
        show(world)
        start(world, ore_settings(route))
        for _ in range(8):
            show(world)
        assert nets(world) == (lots, -lots)
        assert {one.terms.instrument for one in world.wire.sent} == ({I, FAR_ORE} if lots else set())


# --- cheaper --------------------------------------------------------------------------------------------------------


def test_cheaper_takes_the_combination_while_hedges_cost_and_says_so(begin: Begin) -> None:
    world = ore(begin)
    start(world, ore_settings(SpreadRoute.CHEAPER))
    show(world)
    (sent,) = world.wire.sent
    assert sent.terms.instrument == ORE_SPREAD
    assert "预计对冲滑点 0.5 元（按追价一次计），组合不付" in children(world)[0].cause.reason


def test_cheaper_goes_leg_after_leg_where_the_combination_found_nothing_in_the_round(begin: Begin) -> None:
    # Given an order on the combination that comes when the far month shows less than it asks
    world = ore(begin)
    world.wire.hold_orders = True
    start(world, ore_settings(SpreadRoute.CHEAPER, buy_at="31"))
    show(world)
    show(world, far=("799.5", "800.5"))
    world.arrive()
    assert nets(world) == (0, 0)
    # When its price is there again
    for _ in range(8):
        show(world)
    # Then the round is done leg after leg, and says why.
    assert nets(world) == (3, -3)
    assert [one.terms.instrument for one in world.wire.sent] == [ORE_SPREAD, FAR_ORE, I]
    assert "组合 SP i2101&i2105 本轮没有成交" in children(world)[2].cause.reason


def test_cheaper_goes_leg_after_leg_where_the_exchange_does_not_take_the_combination(begin: Begin) -> None:
    world = ore(begin)
    world.wire.lose_orders = True
    start(world, ore_settings(SpreadRoute.CHEAPER))
    show(world)
    world.wire.lose_orders = False
    key = world.wire.sent[0].wire_key
    world.tell(Rejected(account=ONE, wire_key=key, code="INSTRUMENT_NOT_FOUND", text="合约不存在"))
    assert [row.state for row in world.account.orders.values()] == [OrderState.REJECTED, OrderState.REJECTED]
    for _ in range(8):
        show(world)
    assert nets(world) == (3, -3)
    assert [one.terms.instrument for one in world.wire.sent] == [ORE_SPREAD, FAR_ORE, I]


# --- sessions and money ---------------------------------------------------------------------------------------------


def test_it_trades_nearer_to_a_break_than_legs_would_for_nothing_is_to_be_hedged(begin: Begin) -> None:
    break_at = instant(DAY, 10, 15)
    world = ore(begin, at=break_at - 30 * SECOND_NS)
    world.show_at(break_at - 12 * SECOND_NS)
    start(world, ore_settings(SpreadRoute.COMBINATION))
    world.show_at(break_at - 10 * SECOND_NS)
    assert nets(world) == (3, -3)


def test_at_the_last_seconds_before_a_break_nothing_is_sent(begin: Begin) -> None:
    break_at = instant(DAY, 10, 15)
    world = ore(begin, at=break_at - 5 * SECOND_NS)
    start(world, ore_settings(SpreadRoute.COMBINATION))
    world.wait_until(break_at + 2 * SECOND_NS)
    assert world.wire.sent == []


def test_one_order_is_one_message_and_freezes_both_legs(begin: Begin) -> None:
    world = ore(begin)
    world.wire.hold_orders = True
    start(world, ore_settings(SpreadRoute.COMBINATION))
    show(world)
    assert [len(stamps) for stamps in world.account.message_stamps.values()] == [1]
    near, far = world.account.live.values()
    known = world.state.tenant.instruments
    book = world.account.book
    # Bought at the upper limit at most; what is sold binds the more the higher it fills.
    frozen = sum(
        book.margin_of(known[name], near.terms.hedge_flag, side, 3, price) or 0
        for name, side, price in ((I, Side.BUY, Decimal(896)), (FAR_ORE, Side.SELL, Decimal(864)))
    )
    assert book.view(world.engine.columns.last_price).frozen_margin == frozen
    assert far.leg is not None
    assert far.leg.wire_key == near.wire_key == world.wire.sent[0].wire_key
    world.arrive()


def test_a_person_who_cancels_one_leg_takes_both_back_with_one_cancel(begin: Begin) -> None:
    world = ore(begin)
    world.wire.hold_orders = True
    start(world, ore_settings(SpreadRoute.COMBINATION))
    show(world)
    near, far = world.account.live
    world.do(TRADER, c.CancelOrder(account=ONE, order=far))
    assert [one.order for one in world.facts(CancelRecorded)] == [far, near]
    (cancel,) = world.wire.cancelled
    assert cancel.wire_key == world.wire.sent[0].wire_key
    assert [len(stamps) for stamps in world.account.message_stamps.values()] == [2]
    world.arrive()


def test_a_leg_whose_trade_is_still_to_be_told_is_not_cancelled_for_its_order_has_ended(begin: Begin) -> None:
    # Given an order on the combination of which the near month's trade has been told
    world = ore(begin)
    start(world, ore_settings(SpreadRoute.COMBINATION))
    world.wire.hold = (Traded,)
    show(world)
    near, far = world.wire.take_held()
    world.tell(near)
    # When a person stops everything, and cancels what the list still shows
    (left,) = world.account.live
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="演练"))
    world.do(TRADER, c.CancelOrder(account=ONE, order=left))
    # Then nothing is asked of the exchange, which has nothing of it any more.
    assert world.wire.cancelled == [] == world.facts(CancelRecorded)
    world.tell(far)
    assert nets(world) == (3, -3)


def test_it_outlives_a_restart_a_snapshot_and_a_night(begin: Begin) -> None:
    world = ore(begin)
    start(world, ore_settings(SpreadRoute.COMBINATION))
    show(world)
    copy = thaw(freeze(world.state, accounts=None, persons=frozenset()))
    assert copy.state_hash() == world.state.state_hash()
    world.restart()
    show(world)
    assert nets(world) == (3, -3)
    assert memory(world).nets == [-3, 3]


# --- settings -------------------------------------------------------------------------------------------------------


def test_a_pair_that_no_exchange_lists_cannot_be_started_as_a_combination(begin: Begin) -> None:
    world = ore(begin)
    rebar = replace(spread_settings(), route=SpreadRoute.COMBINATION)
    done = start(world, rebar)
    assert not done.ok
    assert "没有组合合约" in done.sentence
    assert start(world, replace(rebar, route=SpreadRoute.CHEAPER)).ok


def test_the_preview_says_what_both_ways_cost_and_what_goes_first(begin: Begin) -> None:
    world = ore(begin)
    found = foreseen(world, c.StartStrategy(account=ONE, strategy=SPREAD, settings=ore_settings(SpreadRoute.CHEAPER)))
    # 6 yuan of fees for both legs; one chase is half a yuan of 100 tonnes.
    both = "买一套，组合 SP i2101&i2105：价差 30.5 元，手续费 6.00 元，两腿一起成交；"
    legs = "拆腿：价差 30.5 元，手续费 6.00 元，预计对冲滑点 50.00 元（按追价一次计，满 20 次后按实际）"
    assert both + legs in found.details
    assert "下单方式：取便宜的" in found.details
    assert "现在启动会先报：买开 SP i2101&i2105 3 手 @30.5（组合合约）" in found.details


def test_the_lists_say_of_which_combination_an_order_is_which_leg(begin: Begin) -> None:
    world = ore(begin)
    start(world, ore_settings(SpreadRoute.COMBINATION))
    show(world)
    near, far = world.account.orders.values()
    assert order_title(near.terms, near.leg) == "买开 i2101 3 手 @30.5（组合 SP i2101&i2105 第一腿） FAK"
    assert order_title(far.terms, far.leg) == "卖开 i2105 3 手 @30.5（组合 SP i2101&i2105 第二腿） FAK"


def test_measured_hedges_decide_once_there_are_enough_of_them(begin: Begin) -> None:
    settings = ore_settings(SpreadRoute.CHEAPER)
    world = ore(begin)
    start(world, settings)
    look = world.engine.look
    for paid, combined in (("0.5", True), ("0", True), ("-0.5", False)):
        held = SPREAD_KIND.begin(settings)
        held.slips = [Decimal(paid)] * 20
        way = choose(settings, held, look, 1)
        assert way is not None
        assert (way.combination is not None) is combined
        assert "近 20 次对冲的平均" in way.why


def test_what_hedges_slip_is_what_they_pay_beyond_their_first_price(begin: Begin) -> None:
    # Given a spread that goes leg after leg, whose hedge is still on its way
    world = ore(begin)
    world.wire.hold_orders = True
    start(world, replace(ore_settings(SpreadRoute.SYNTHETIC), hedge_seconds=1))
    show(world)
    run(world.wire.arrive())
    world.wire.hold_orders = True
    world.drain()
    # When the near month has risen by a yuan before it arrives, and a chase pays that
    show(world, near=("831", "831.5"))
    world.arrive()
    for _ in range(8):
        show(world, near=("831", "831.5"))
    # Then the yuan is what hedges slip.
    assert nets(world) == (3, -3)
    assert memory(world).slips == [Decimal(1)]
