"""Orders on combinations: both legs trade together or not at all, at prices that differ by the price of the match."""

from __future__ import annotations

from decimal import Decimal
from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.days.calendar import instant
from terminal.domain.ids import AccountId, InstrumentId, WireKey
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Offset, OrderState, PriceKind, Side, TimeCondition
from terminal.domain.reports import Accepted, CancelRejected, CombinationTold, Report, Traded
from tests.unit.gateways.sim.made import DAY, ME, NEXT_NIGHT, NIGHT, OTHER, I, Shown, exchange, order
from tests.unit.gateways.sim.spreads import (
    APPLES,
    FAR,
    FAR_APPLE,
    LEGS,
    NEAR_APPLE,
    ORE,
    Leg,
    Pit,
    codes,
    ends,
    told,
    trades,
)


class More(TypedDict, total=False):
    """Hold what an order says besides its contract, side, lots and price."""

    condition: TimeCondition
    price_kind: PriceKind
    offset: Offset


D = Decimal
BUY, SELL = Side.BUY, Side.SELL
FAK, FOK = TimeCondition.FAK, TimeCondition.FOK
OFFERED = D("30.5")  # 830.5 asked less 800 bid: four lots are shown of the one, six of the other
BID = D("29.5")  # 830 bid less 800.5 asked
BANDS = (
    DayFacts(instrument=I, trading_day=DAY, pre_settlement=1660, upper_limit=1700, lower_limit=1620),
    DayFacts(instrument=FAR, trading_day=DAY, pre_settlement=1600, upper_limit=1640, lower_limit=1560),
)


def test_a_buyer_gets_the_first_legs_ask_and_the_seconds_bid_for_the_lots_both_show() -> None:
    pit = Pit()
    reports = pit.place(order("a", BUY, 9, "31", instrument=ORE, condition=FAK))
    assert trades(reports) == [Leg(I, "BUY", 4, D("830.5")), Leg(FAR, "SELL", 4, D(800))]
    assert ends(reports) == [(5, "FAK 未成交部分已撤销")]
    assert (pit.lots(I), pit.lots(FAR)) == ((4, 0), (0, 4))
    numbers = {(one.trade, one.sys_id) for one in reports if isinstance(one, Traded)}
    assert len(numbers) == 2
    assert len({number for _, number in numbers}) == 1


def test_a_seller_gets_the_first_legs_bid_and_the_seconds_ask() -> None:
    pit = Pit()
    reports = pit.place(order("a", SELL, 9, "29.5", instrument=ORE, condition=FAK))
    assert trades(reports) == [Leg(I, "SELL", 8, D(830)), Leg(FAR, "BUY", 8, D("800.5"))]
    assert (pit.lots(I), pit.lots(FAR)) == ((0, 8), (8, 0))


@pytest.mark.parametrize(("side", "price"), [(BUY, OFFERED - D("0.5")), (SELL, BID + D("0.5"))])
def test_a_limit_the_quotes_do_not_reach_rests_whole(side: Side, price: Decimal) -> None:
    pit = Pit()
    reports = pit.place(order("a", side, 2, str(price), instrument=ORE))
    assert [type(one) for one in reports] == [Accepted]
    assert pit.lots(I) == (0, 0)


def test_one_leg_without_an_offer_is_no_trade_at_all() -> None:
    pit = Pit()
    pit.show({FAR: (None, 0, 1601, 8)})
    assert trades(pit.place(order("a", BUY, 1, "40", instrument=ORE))) == []
    assert trades(pit.place(order("b", SELL, 1, "20", instrument=ORE))) != []


def test_a_lot_that_was_taken_as_a_leg_is_not_there_for_anybody_else() -> None:
    pit = Pit()
    pit.place(order("a", BUY, 3, "31", instrument=ORE))
    reports = pit.place(order("b", BUY, 9, 831, instrument=I, condition=FAK))
    assert trades(reports) == [Leg(I, "BUY", 1, D("830.5"))]
    assert trades(pit.place(order("c", BUY, 9, "31", instrument=ORE, condition=FAK))) == []
    pit.show({I: (1660, 10, 1661, 5)})
    assert trades(pit.place(order("d", BUY, 9, "31", instrument=ORE, condition=FAK)))[0].lots == 3  # of six, three gone


def test_a_price_may_be_zero_or_negative() -> None:
    pit = Pit()
    pit.show({NEAR_APPLE: (7400, 5, 7401, 5), FAR_APPLE: (7600, 5, 7601, 5)})
    reports = pit.place(order("a", BUY, 2, -199, instrument=APPLES))
    assert trades(reports) == [Leg(NEAR_APPLE, "BUY", 2, D(7401)), Leg(FAR_APPLE, "SELL", 2, D(7600))]
    assert codes(pit.place(order("b", BUY, 2, 0, instrument=APPLES, condition=FAK))) == []


def test_all_or_nothing_counts_both_legs() -> None:
    pit = Pit()
    assert ends(pit.place(order("a", BUY, 5, "31", instrument=ORE, condition=FOK))) == [(5, "FOK 不能全部成交，已撤销")]
    assert pit.lots(I) == (0, 0)
    assert len(trades(pit.place(order("b", BUY, 4, "31", instrument=ORE, condition=FOK)))) == 2


def test_a_resting_order_trades_at_its_own_limit_once_both_quotes_reach_it() -> None:
    pit = Pit()
    pit.place(order("a", BUY, 3, "29", instrument=ORE))
    reports = pit.show({I: (1656, 10, 1657, 2)})  # 828.5 less 800 is 28.5
    assert trades(reports) == [Leg(I, "BUY", 2, D(829)), Leg(FAR, "SELL", 2, D(800))]
    assert trades(pit.show({FAR: (1600, 6, 1601, 8)})) == []
    assert trades(pit.show({I: (1656, 10, 1658, 2)})) == [Leg(I, "BUY", 1, D(829)), Leg(FAR, "SELL", 1, D(800))]
    assert pit.exchange._ledger.orders[WireKey("a")].state is OrderState.FILLED
    assert isinstance(pit.cancel("a")[0], CancelRejected)


def test_a_resting_order_never_trades_a_leg_beyond_the_days_limit_price() -> None:
    pit = Pit()
    pit.show({I: (1660, 10, 1661, 4)}, facts=BANDS)
    pit.place(order("a", SELL, 1, "40", instrument=ORE))
    reports = pit.show({I: (1700, 10, 1701, 1), FAR: (1560, 1, 1561, 1)})  # 850 less 780.5 is 69.5
    assert trades(reports) == [Leg(I, "SELL", 1, D("820.5")), Leg(FAR, "BUY", 1, D("780.5"))]
    pit.place(order("b", SELL, 1, "100", instrument=ORE))
    assert codes(pit.place(order("c", BUY, 1, "70.5", instrument=ORE))) == ["PRICE_ABOVE_UPPER_LIMIT"]
    assert codes(pit.place(order("d", SELL, 1, "-10.5", instrument=ORE))) == ["PRICE_BELOW_LOWER_LIMIT"]


def test_our_own_orders_meet_at_the_price_of_the_one_that_was_there_and_better_ones_first() -> None:
    pit = Pit()
    pit.place(order("a", SELL, 1, "30.5", instrument=ORE, account=OTHER))
    pit.place(order("b", SELL, 2, "30", instrument=ORE, account=OTHER))
    reports = pit.place(order("c", BUY, 2, "30", instrument=ORE))
    # Nothing of the feed says a last price or a previous settlement, so nobody knows at what price the legs would be.
    assert trades(reports) == []
    pit.cancel("c")
    pit.show({I: (1660, 10, 1661, 4)}, facts=BANDS)
    reports = pit.place(order("d", BUY, 3, "30", instrument=ORE))
    assert trades(reports, "b") == [Leg(I, "SELL", 2, D(830)), Leg(FAR, "BUY", 2, D(800))]
    assert trades(reports, "d") == [Leg(I, "BUY", 2, D(830)), Leg(FAR, "SELL", 2, D(800))]
    assert pit.lots(I, OTHER) == (0, 2)


def test_two_products_of_one_month_are_a_combination_too() -> None:
    beans, meal = InstrumentId("DCE.a2101"), InstrumentId("DCE.m2101")
    pit = Pit(universe=(*LEGS, beans, meal))
    pit.show({beans: (4400, 5, 4401, 5), meal: (2900, 5, 2901, 5)})
    crush = InstrumentId("DCE.SPC a2101&m2101")
    assert trades(pit.place(order("a", BUY, 2, 1501, instrument=crush))) == [
        Leg(beans, "BUY", 2, D(4401)),
        Leg(meal, "SELL", 2, D(2900)),
    ]


# --- what is not taken ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "side", "lots", "price", "more", "code"),
    [
        ("DCE.SP i2101&i2109", BUY, 1, "30", {}, "INSTRUMENT_NOT_FOUND"),  # a leg that is not of this market
        ("DCE.SP i2101&j2101", BUY, 1, "30", {}, "INSTRUMENT_NOT_FOUND"),
        ("DCE.SPC i2101&i2105", BUY, 1, "30", {}, "INSTRUMENT_NOT_FOUND"),
        ("DCE.XY i2101&i2105", BUY, 1, "30", {}, "INSTRUMENT_NOT_FOUND"),
        ("CZCE.SPD AP101&AP105", BUY, 1, "30", {"condition": FOK}, "ORDER_KIND_NOT_SUPPORTED"),
        (ORE, BUY, 1, "30", {"price_kind": PriceKind.MARKET}, "ORDER_KIND_NOT_SUPPORTED"),
        (ORE, BUY, 501, "30", {}, "VOLUME_OVER_MAXIMUM"),
        (ORE, BUY, 0, "30", {}, "BAD_VOLUME"),
        (ORE, BUY, 1, "30.3", {}, "BAD_PRICE_TICK"),
        (ORE, BUY, 1, "NaN", {}, "BAD_PRICE_TICK"),
        (ORE, SELL, 1, "30", {"offset": Offset.CLOSE}, "OVER_CLOSE_POSITION"),
        (ORE, SELL, 1, "30", {"offset": Offset.CLOSE_TODAY}, "BAD_OFFSET_FLAG"),
    ],
)
def test_each_reason_to_refuse_has_the_counters_code(
    name: str, side: Side, lots: int, price: str, more: More, code: str
) -> None:
    pit = Pit()
    wire = order("a", side, lots, price, instrument=InstrumentId(name), **more)
    assert codes(pit.place(wire)) == [code]
    assert codes(pit.place(wire)) == ["DUPLICATE_ORDER_REF"]
    assert pit.combined() == []


def test_an_exchange_that_lists_no_combinations_finds_none() -> None:
    assert codes(exchange().place(order("a", BUY, 1, 30, instrument=ORE))) == ["INSTRUMENT_NOT_FOUND"]


def test_no_order_on_a_combination_is_taken_in_an_auction_or_a_break() -> None:
    for at in (instant(20200820, 20, 56), instant(DAY, 10, 20)):
        pit = Pit(at=at)
        assert codes(pit.place(order("a", BUY, 1, "31", instrument=ORE))) == ["CONTINUOUS_ONLY"]


def test_what_rests_from_the_night_takes_no_part_in_the_mornings_auction_and_goes_on_after_it() -> None:
    # Since 2023-05-26 Dalian gathers an auction at 08:55 even after a night (DOMAIN 4.2).
    day, near, far = 20240109, InstrumentId("DCE.i2405"), InstrumentId("DCE.i2409")
    spread = InstrumentId("DCE.SP i2405&i2409")
    pit = Pit(at=instant(20240108, 21), day=day, universe=(I, FAR, near, far))
    pit.show({near: (2000, 5, 2001, 5), far: (1900, 5, 1901, 5)})
    pit.place(order("a", BUY, 1, "50", instrument=spread))
    good: dict[InstrumentId, Shown] = {near: (1990, 5, 1991, 5), far: (1910, 5, 1911, 5)}
    assert pit.show(good, at=instant(day, 8, 56)) == []
    assert codes(pit.place(order("b", BUY, 1, "50", instrument=spread))) == ["CONTINUOUS_ONLY"]
    assert pit.show(good, at=instant(day, 8, 59, 30)) == []
    assert [one.instrument for one in trades(pit.show(good, at=instant(day, 9, 0, 1)))] == [near, far]


def test_a_resting_order_expires_with_its_day_and_can_be_taken_out() -> None:
    pit = Pit(at=NIGHT)
    pit.place(order("a", BUY, 1, "20", instrument=ORE))
    pit.place(order("b", BUY, 2, "20", instrument=ORE))
    assert ends(pit.cancel("b")) == [(2, "用户撤单")]
    assert ends(pit.show({I: (1660, 1, 1661, 1)}, at=NEXT_NIGHT)) == [(1, "收盘后自动撤单")]
    assert trades(pit.show({I: (1600, 1, 1601, 1), FAR: (1600, 6, 1601, 8)})) == []


# --- what is held ---------------------------------------------------------------------------------------------------


def test_what_opens_is_held_as_a_combination_and_its_close_takes_it_apart() -> None:
    pit = Pit()
    assert told(pit.place(order("a", BUY, 4, "31", instrument=ORE))) == [4]
    assert [(one.first, one.second, one.side) for one in pit.exchange.combined.of(ME)] == [(I, FAR, BUY)]
    reports = pit.place(order("b", SELL, 3, "29", instrument=ORE, offset=Offset.CLOSE))
    assert trades(reports) == [Leg(I, "SELL", 3, D(830)), Leg(FAR, "BUY", 3, D("800.5"))]
    assert told(reports) == [1]
    assert (pit.lots(I), pit.lots(FAR)) == ((1, 0), (0, 1))
    assert pit.exchange.combined.of(OTHER) == ()


def test_single_lots_go_before_combined_ones_and_then_the_combination_breaks() -> None:
    pit = Pit()
    pit.place(order("a", BUY, 2, "31", instrument=ORE))
    pit.show({I: (1660, 10, 1661, 5)})
    pit.place(order("b", BUY, 1, 831, instrument=I))
    assert told(pit.place(order("c", SELL, 1, 830, instrument=I, offset=Offset.CLOSE))) == []
    assert pit.combined() == [2]
    assert told(pit.place(order("d", SELL, 1, 830, instrument=I, offset=Offset.CLOSE))) == [1]
    assert told(pit.place(order("e", SELL, 1, 830, instrument=I, offset=Offset.CLOSE))) == [0]
    assert pit.combined() == []


def test_what_ends_at_another_exchange_breaks_and_mixes_nothing() -> None:
    pit = Pit()
    pit.show({NEAR_APPLE: (7400, 5, 7401, 5), FAR_APPLE: (7600, 5, 7601, 5)})
    reports = pit.place(order("a", BUY, 2, "31", instrument=ORE)) + pit.place(
        order("b", SELL, 2, -201, instrument=APPLES)
    )
    held = [one for one in reports if isinstance(one, CombinationTold)]
    assert [(one.exchange, one.combined.side, one.combined.lots) for one in held] == [
        ("DCE", BUY, 2),
        ("CZCE", SELL, 2),
    ]
    reports = pit.place(order("c", BUY, 1, 7401, instrument=NEAR_APPLE, offset=Offset.CLOSE))
    held = [one for one in reports if isinstance(one, CombinationTold)]
    assert [(one.exchange, one.combined.lots) for one in held] == [("CZCE", 1)]
    assert pit.combined() == [2, 1]


def test_a_resting_close_promises_the_lots_of_both_legs_once() -> None:
    pit = Pit()
    pit.place(order("a", BUY, 2, "31", instrument=ORE))
    pit.place(order("b", SELL, 2, "40", instrument=ORE, offset=Offset.CLOSE))
    for name, side in ((I, SELL), (FAR, BUY)):
        refused = pit.place(order(f"c {name}", side, 1, 815, instrument=name, offset=Offset.CLOSE))
        assert codes(refused) == ["OVER_CLOSE_POSITION"]
    pit.cancel("b")
    assert trades(pit.place(order("d", SELL, 1, 830, instrument=I, offset=Offset.CLOSE))) != []


def test_money_is_asked_of_both_legs_and_charged_of_the_larger() -> None:
    pit = Pit(funds={ME: D(20_000)})
    pit.show({}, facts=BANDS)
    # At the day's limit prices a lot of each leg binds 8 500 and 8 200 and pays three yuan.
    assert codes(pit.place(order("a", BUY, 2, "31", instrument=ORE))) == ["INSUFFICIENT_MONEY"]
    assert codes(pit.place(order("b", BUY, 1, "20", instrument=ORE))) == []
    book = pit.exchange._funds.books[ME]
    assert book.view(lambda _: None).available == D(20_000) - 8503 - 8203
    assert codes(pit.place(order("c", BUY, 1, "31", instrument=ORE))) == ["INSUFFICIENT_MONEY"]
    pit.cancel("b")
    assert book.view(lambda _: None).available == D(20_000)
    pit.place(order("d", BUY, 1, "31", instrument=ORE))
    assert book.view(lambda _: None).margin == D("8305.00")  # and not 16 305.00
    assert book.check() == []


Act = tuple[str, Side, Offset, int, int, TimeCondition, AccountId]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(("spread", "near", "far", "show")),
        st.sampled_from((BUY, SELL)),
        st.sampled_from((Offset.OPEN, Offset.CLOSE)),
        st.integers(1, 5),
        st.integers(-4, 4),
        st.sampled_from(tuple(TimeCondition)),
        st.sampled_from((ME, OTHER)),
    ),
    max_size=25,
)


@given(ACTS)
def test_whatever_is_sent_both_legs_trade_alike_and_nothing_is_combined_that_is_not_held(acts: list[Act]) -> None:
    pit = Pit(funds={ME: D(10_000_000), OTHER: D(10_000_000)})
    pit.show({}, facts=BANDS)
    reports: list[Report] = []
    limits: dict[str, tuple[Side, Decimal]] = {}
    for number, (what, side, offset, lots, step, condition, account) in enumerate(acts):
        key = str(number)
        if what == "show":
            reports += pit.show({I: (1660 + step, lots, 1661 + step, lots), FAR: (1600, lots, 1601, lots)})
            continue
        name = {"spread": ORE, "near": I, "far": FAR}[what]
        price = {"spread": D(30), "near": D(830), "far": D(800)}[what] + D(step) / 2
        limits[key] = (side, price)
        wire = order(key, side, lots, str(price), instrument=name, offset=offset, condition=condition, account=account)
        reports += pit.place(wire)
    for key, (side, limit) in limits.items():
        own = trades(reports, key)
        if pit.exchange._ledger.orders[WireKey(key)].terms.instrument != ORE:
            continue
        for first, second in zip(own[::2], own[1::2], strict=True):
            assert (first.instrument, second.instrument, first.lots) == (I, FAR, second.lots)
            assert (first.price - second.price - limit) * side.sign <= 0
        assert pit.exchange._ledger.orders[WireKey(key)].filled == sum(one.lots for one in own[::2])
    for account in (ME, OTHER):
        assert pit.exchange._funds.books[account].check() == []
        for one in pit.exchange.combined.of(account):
            for leg, way in one.pair.legs:
                assert pit.lots(leg, account)[way is SELL] >= one.lots
        kept = {one.pair: one.lots for one in pit.exchange._funds.books[account].combinations()}
        assert kept == {one.pair: one.lots for one in pit.exchange.combined.of(account)}
