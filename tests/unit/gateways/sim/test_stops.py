"""Stop orders at the exchange: out of every queue until the last price touches their trigger."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.ids import AccountId, InstrumentId, WireKey
from terminal.domain.orders.order import Offset, OrderState, PriceKind, Side, TimeCondition
from terminal.domain.orders.stop import Stop, Trigger
from terminal.domain.reports import Accepted, Rejected, Removed, Report, Traded
from terminal.engine.ports import WireCancel, WireOrder
from terminal.gateways.sim.exchange import Exchange
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store.file import FILE_NAME, ExchangeStore
from tests.unit.gateways.sim.made import (
    AP,
    DAY,
    ME,
    MORNING,
    NEXT_NIGHT,
    NIGHT,
    RB,
    UNIVERSE,
    I,
    MadeMarket,
    Shown,
    batch,
    calendar,
    instruments,
    order,
    reference,
)
from tests.unit.gateways.sim.spreads import legs

BUY, SELL, LOSS, PROFIT = Side.BUY, Side.SELL, Stop.LOSS, Stop.PROFIT
BESIDE: Shown = (1660, 9, 1661, 9)  # ore at 830 - 830.5


def stop(
    key: str,
    side: Side,
    price: str,
    at: str,
    *,
    kind: Stop = LOSS,
    lots: int = 1,
    instrument: InstrumentId = I,
    offset: Offset = Offset.OPEN,
    condition: TimeCondition = TimeCondition.GFD,
    price_kind: PriceKind = PriceKind.LIMIT,
) -> WireOrder:
    plain = order(
        key, side, lots, price, instrument=instrument, offset=offset, condition=condition, price_kind=price_kind
    )
    return msgspec.structs.replace(plain, trigger=Trigger(stop=kind, price=Decimal(at)))


class Floor:
    """Drive an exchange that takes stop orders; ore shows 830 - 830.5, last 830."""

    def __init__(self, at: int = MORNING, funds: dict[AccountId, Decimal] | None = None) -> None:
        self.exchange = Exchange(
            universe=UNIVERSE,
            instruments=legs(universe=UNIVERSE),
            calendar=calendar(),
            funds=funds,
            stops=reference().stops,
        )
        self.exchange.begin(at)
        self.at, self.index, self.volume = at, 0, 0
        self.show(1660)

    def show(self, last: int, shown: Shown = BESIDE, *, at: int | None = None) -> list[Report]:
        self.at = self.at + SECOND_NS if at is None else at
        self.index += 1
        self.volume += 1
        made = batch(self.index - 1, self.at, {I: shown}, traded={I: (last, self.volume)})
        passed = self.exchange.advance(made)
        return [*passed.before, *passed.after]

    def state(self, key: str) -> OrderState:
        return self.exchange._ledger.orders[WireKey(key)].state


def prices(reports: list[Report]) -> list[tuple[WireKey, int, Decimal]]:
    return [(one.wire_key, one.lots, one.price) for one in reports if isinstance(one, Traded)]


def codes(reports: list[Report]) -> list[str]:
    return [one.code for one in reports if isinstance(one, Rejected)]


def test_a_stop_loss_to_buy_waits_until_the_price_has_risen_to_its_trigger() -> None:
    floor = Floor()
    # Its limit reaches what is displayed, and it takes nothing.
    assert [type(one) for one in floor.exchange.place(stop("a", BUY, "832", "831"))] == [Accepted]
    assert prices(floor.show(1661)) == []
    assert prices(floor.show(1662, (1661, 9, 1663, 9))) == [("a", 1, Decimal("831.5"))]
    assert floor.state("a") is OrderState.FILLED


def test_once_triggered_it_is_a_limit_order_and_stays_one_when_the_price_goes_back() -> None:
    floor = Floor()
    floor.exchange.place(stop("a", SELL, "828", "829", lots=2))
    assert prices(floor.show(1658, (1655, 9, 1658, 9))) == []  # 827.5 is bid: its limit is 828
    assert prices(floor.show(1662, (1656, 1, 1662, 9))) == [("a", 1, Decimal(828))]
    assert prices(floor.show(1664, (1660, 1, 1662, 9))) == [("a", 1, Decimal(828))]


@pytest.mark.parametrize(("kind", "first", "then"), [(LOSS, 1659, 1664), (PROFIT, 1664, 1659)])
def test_a_market_stop_takes_what_is_offered_at_that_moment(kind: Stop, first: int, then: int) -> None:
    floor = Floor()
    floor.exchange.place(
        stop("a", BUY, "900", "831" if kind is LOSS else "829.5", kind=kind, price_kind=PriceKind.MARKET)
    )
    assert prices(floor.show(first, (1668, 9, 1670, 9))) == []
    assert prices(floor.show(then, (1668, 9, 1671, 9))) == [("a", 1, Decimal("835.5"))]


def test_one_that_is_touched_when_it_comes_trades_at_once() -> None:
    assert prices(Floor().exchange.place(stop("a", BUY, "832", "830"))) == [("a", 1, Decimal("830.5"))]


def test_it_takes_its_place_in_time_when_it_is_triggered() -> None:
    floor = Floor()
    floor.exchange.place(stop("a", BUY, "829", "829", kind=PROFIT))
    floor.exchange.place(order("b", BUY, 1, 829, instrument=I))
    floor.show(1658, (1657, 9, 1659, 9))
    assert prices(floor.show(1658, (1656, 9, 1658, 1))) == [("b", 1, Decimal(829))]


def test_the_auction_neither_triggers_nor_fills_it() -> None:
    floor = Floor(at=instant(20200820, 20, 55, 30))
    assert codes(floor.exchange.place(stop("a", BUY, "840", "831"))) == []
    assert prices(floor.show(1670, (1670, 9, 1670, 9), at=instant(20200820, 20, 59, 30))) == []
    assert prices(floor.show(1670, (1669, 9, 1670, 9), at=NIGHT)) == [("a", 1, Decimal(835))]


def test_a_break_does_not_trigger_it() -> None:
    floor = Floor()
    floor.exchange.place(stop("a", BUY, "840", "831"))
    assert prices(floor.show(1670, at=instant(DAY, 10, 20))) == []
    assert prices(floor.show(1661, at=instant(DAY, 10, 30))) == []
    assert floor.state("a") is OrderState.LIVE


def test_it_is_taken_out_and_expires_like_any_other_and_what_it_froze_is_free() -> None:
    floor = Floor()
    floor.exchange.place(order("held", BUY, 2, 831, instrument=I))
    close = stop("a", SELL, "820", "825", lots=2, offset=Offset.CLOSE)
    floor.exchange.place(close)
    assert codes(floor.exchange.place(order("b", SELL, 1, 840, instrument=I, offset=Offset.CLOSE))) == [
        "OVER_CLOSE_POSITION"
    ]
    (removed,) = floor.exchange.cancel(WireCancel(account=ME, wire_key=WireKey("a")))
    assert isinstance(removed, Removed)
    floor.exchange.place(msgspec.structs.replace(close, wire_key=WireKey("c")))
    (removed,) = floor.show(1600, at=NEXT_NIGHT)
    assert isinstance(removed, Removed)
    assert (removed.wire_key, removed.expired, removed.unfilled) == ("c", True, 2)
    assert prices(floor.show(1600)) == []


def test_its_money_is_frozen_while_it_waits() -> None:
    floor = Floor(funds={ME: Decimal(10_000_000)})
    floor.exchange.place(stop("a", BUY, "832", "831"))
    book = floor.exchange._funds.books.get(ME)
    assert book is not None
    assert book.check() == []
    assert book.view(lambda _: None).frozen_margin > 0
    floor.show(1662, (1661, 9, 1662, 9))
    assert book.view(lambda _: None).frozen_margin == 0
    assert book.check() == []


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (stop("a", BUY, "3800", "3710", instrument=RB), "ORDER_KIND_NOT_SUPPORTED"),
        (stop("a", BUY, "7500", "7450", instrument=AP), "ORDER_KIND_NOT_SUPPORTED"),
        (stop("a", BUY, "832", "831", condition=TimeCondition.FAK), "ORDER_KIND_NOT_SUPPORTED"),
        (stop("a", BUY, "830", "831"), "BAD_STOP_PRICE"),
        (stop("a", SELL, "830", "829"), "BAD_STOP_PRICE"),
        (stop("a", BUY, "832", "831.3"), "BAD_PRICE_TICK"),
        (stop("a", BUY, "832", "NaN"), "BAD_PRICE_TICK"),
        (stop("a", SELL, "-2", "-1"), "BAD_PRICE_TICK"),
        (stop("a", BUY, "832", "831", lots=0), "BAD_VOLUME"),
        (stop("a", BUY, "30", "31", instrument=InstrumentId("DCE.SP i2101&i2105")), "ORDER_KIND_NOT_SUPPORTED"),
    ],
)
def test_each_reason_to_refuse_has_the_counters_code(wire: WireOrder, code: str) -> None:
    assert codes(Floor().exchange.place(wire)) == [code]


def test_an_exchange_without_a_table_takes_none() -> None:
    made = Exchange(universe=UNIVERSE, instruments=instruments(), calendar=calendar())
    made.begin(MORNING)
    assert codes(made.place(stop("a", BUY, "832", "831"))) == ["ORDER_KIND_NOT_SUPPORTED"]


def test_what_waits_and_what_was_triggered_outlive_a_killed_exchange(tmp_path: Path) -> None:
    lasts = [1660, 1660, 1658, 1658, 1664, 1658]
    shown: list[Shown] = [
        BESIDE,
        BESIDE,
        (1657, 9, 1659, 9),
        (1656, 9, 1658, 1),
        (1663, 9, 1664, 9),
        (1656, 9, 1658, 2),
    ]
    market = MadeMarket(
        [
            batch(n, MORNING + n * SECOND_NS, {I: one}, traded={I: (last, n + 1)})
            for n, (one, last) in enumerate(zip(shown, lasts, strict=True))
        ]
    )

    def play(store: ExchangeStore, until: int) -> list[tuple[WireKey, int, Decimal]]:
        made = Host(store=store, market=market, instruments=instruments(), calendar=calendar(), stops=reference().stops)
        clock = made._exchange.clock
        made.log_in(clock.next_batch)
        while made._exchange.clock.next_batch < until:
            made.next()
            if clock.next_batch == 1 and WireKey("a") not in made._exchange._ledger.keys:
                made.place(stop("a", BUY, "829", "829", kind=PROFIT))
                made.place(order("b", BUY, 1, 829, instrument=I))
                made.place(stop("c", BUY, "832", "831.5"))
        made.save()
        booked = list(prices(list(store.books().trades)))
        made.close()
        return booked

    whole = play(ExchangeStore(), 6)
    # "a" is triggered while "b" is there, so that the first lot is not its own, though it came before.
    assert whole == [("b", 1, Decimal(829)), ("c", 1, Decimal(832)), ("a", 1, Decimal(829))]
    for until in range(1, 7):
        booked = play(ExchangeStore(tmp_path / FILE_NAME), until)
    assert booked == whole
