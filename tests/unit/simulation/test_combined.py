"""What an order on a combination does in its legs, as the judges of a simulation read it off the wire."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain.fact.facts import OrderRecorded
from terminal.domain.ids import InstrumentId, OrderId, StrategyId, TradeId, WireKey
from terminal.domain.orders.combined_order import LegOf
from terminal.domain.orders.order import OrderState, PriceKind, Side, TimeCondition
from terminal.domain.reports import Removed, Traded
from terminal.gateways.sim.matching.book import Order
from terminal.gateways.sim.store.file import Books
from terminal.simulation.combined import legs_named, on_wire, parts_of
from terminal.simulation.judge import Seen, compare
from terminal.simulation.rough.combination_judge import CombinationJudge
from terminal.simulation.rough.tally import Tally
from terminal.simulation.wire import Kept
from tests.unit.simulation.made import CAUSE, DAY, DCE, IRON, KEY, ONE, STRATEGY, TERMS, A, one_account, record, row

FAR = InstrumentId("DCE.i2601")
PAIR = InstrumentId("DCE.SP i2509&i2601")
WHOLE = replace(TERMS, instrument=PAIR, price=Decimal(20), time_condition=TimeCondition.FAK)
SECOND_KEY = WireKey("second")
SECOND = 1_000_000_000


def legs():
    """Return both legs of an order that buys the pair, as they are recorded."""
    found = []
    for number, name, side, price in ((1, IRON, Side.BUY, 900), (2, FAR, Side.SELL, 700)):
        key, order = (KEY, "first") if number == 1 else (SECOND_KEY, "second")
        other = OrderId("second" if number == 1 else "first")
        terms = replace(WHOLE, instrument=name, side=side, price=Decimal(price), price_kind=PriceKind.LEG)
        leg = LegOf(combination=PAIR, number=number, side=Side.BUY, price=Decimal(20), other=other, wire_key=KEY)
        found.append(
            OrderRecorded(
                order=OrderId(order),
                wire_key=key,
                reference=number,
                terms=terms,
                cause=CAUSE,
                trading_day=DAY,
                leg=leg,
            )
        )
    return found


def trade(name, side, lots):
    return Traded(
        account=A,
        wire_key=KEY,
        exchange=DCE,
        sys_id=ONE,
        trade=TradeId(name),
        trading_day=DAY,
        side=side,
        instrument=name,
        lots=lots,
        price=Decimal(800),
        exchange_at=1,
    )


def test_a_combination_buys_its_first_leg_and_sells_its_second_at_any_price():
    assert [(one.instrument, one.side, one.lots, str(one.price)) for one in parts_of(WHOLE)] == [
        (IRON, Side.BUY, 2, "Infinity"),
        (FAR, Side.SELL, 2, "-Infinity"),
    ]
    assert parts_of(TERMS) == (TERMS,)
    assert legs_named(InstrumentId("CZCE.IPS SF101&SM101")) == ("CZCE.SF101", "CZCE.SM101")


def test_both_records_of_a_combination_are_one_order_on_the_wire():
    kept, (first, second) = Kept(), legs()
    kept.take([record(first), record(second)])
    assert on_wire(first) == on_wire(second) == (KEY, WHOLE)
    assert (kept.intents, kept.seconds) == ({KEY: WHOLE}, {SECOND_KEY})


def test_each_leg_counts_what_its_own_trade_says_and_one_leg_proves_the_other():
    tally = Tally()
    tally.sent(KEY, STRATEGY, WHOLE, 0)
    tally.heard(trade(FAR, Side.SELL, 1))
    assert (tally.net(STRATEGY, IRON), tally.net(STRATEGY, FAR)) == (0, -1)
    assert (tally.working(STRATEGY, IRON, Side.BUY), tally.working(STRATEGY, FAR, Side.SELL)) == (2, 1)
    assert tally.stands_beside(STRATEGY, IRON, combined=False)
    assert not tally.stands_beside(StrategyId("other"), IRON, combined=True)


def test_a_leg_alone_is_blamed_at_its_end_and_before_it_only_after_its_time():
    for ends in (True, False):
        tally = Tally()
        judge = CombinationJudge(tally, lambda *_: None)
        tally.sent(KEY, STRATEGY, WHOLE, 0)
        tally.heard(trade(IRON, Side.BUY, 1))
        assert not list(judge.look(0))
        if ends:
            tally.heard(Removed(account=A, wire_key=KEY, exchange=DCE, sys_id=ONE, unfilled=1, expired=False, why=""))
        early, late = (list(judge.look(seconds * SECOND)) for seconds in (29, 31))
        assert (len(early), len(late)) == ((1, 0) if ends else (0, 1))
        assert f"1 lots of {IRON}, 0 of {FAR}" in [*early, *late][0]


def test_the_exchanges_one_order_is_compared_with_both_legs():
    for lots in (2, 1):
        state, account = one_account()
        kept, seen, trades = Kept(), Seen(), [trade(IRON, Side.BUY, 2), trade(FAR, Side.SELL, lots)]
        kept.take([record(one) for one in legs()])
        for fact, told in zip(legs(), trades, strict=True):
            here = row(fact.wire_key, fact.terms, OrderState.FILLED)
            here.order, here.leg, here.filled = fact.order, fact.leg, 2
            account.orders[here.order] = here
            account.fills[DAY, DCE, told.trade, ONE, told.side] = here.order
        there = Order(wire_key=KEY, terms=WHOLE, exchange=DCE, trading_day=DAY, sequence=1, state=OrderState.FILLED)
        there.filled = 2
        found = compare(state, Books((there,), tuple(trades), {}, 0), kept, (), seen, quiet=False)
        assert found == ([] if lots == 2 else [f"I8 {SECOND_KEY} filled 2, its trades say 1"])
