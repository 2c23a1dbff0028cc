"""A report that cannot be true, or cannot be booked, moves no lot and no yuan, and people are told (SAFETY I8)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import AlertRaised, OrderFilled, PositionEnded, ReportQuarantined
from terminal.domain.ids import ExchangeId, TradeId, WireKey
from terminal.domain.orders.order import HedgeFlag, OrderState, Side
from terminal.domain.products.ending import Ending, How
from terminal.domain.products.product import Fees
from terminal.domain.reports import Ended, Traded
from terminal.engine.exchange.quarantine import CODE, MOST_KEPT
from tests.engine_market import LATER, WITH_OPTIONS
from tests.engine_world import DAY, NEXT_NIGHT, ONE, RB, I, World, instruments
from tests.scenario.conftest import Begin, relist


def traded(world: World) -> Traded:
    """Return the one trade the exchange has told."""
    (fact,) = world.facts(OrderFilled)
    return Traded(
        account=fact.account,
        wire_key=world.account.orders[fact.order].wire_key,
        exchange=fact.exchange,
        sys_id=fact.sys_id,
        trade=fact.trade,
        trading_day=fact.trading_day,
        side=fact.side,
        instrument=fact.instrument,
        lots=fact.lots,
        price=fact.price,
        exchange_at=fact.exchange_at,
    )


Change = Callable[[Traded], Traded]


def with_(**fields: object) -> Change:
    return lambda told: msgspec.structs.replace(told, **fields)


FAULTS: dict[str, tuple[Change, str]] = {
    "DUPLICATE_TRADE": (with_(lots=1, price=Decimal(3702)), "已经入账"),
    "UNKNOWN_ORDER": (with_(wire_key=WireKey("other/20200821/1/1/9")), "找不到成交所属的委托"),
    "NOT_A_TRADING_DAY": (with_(trade=TradeId("99"), trading_day=20200822), "20200822 不是交易日"),
    "NOT_OF_ITS_DAY": (with_(trade=TradeId("99"), trading_day=20201009), "的，成交报的交易日是 20201009"),
    "BEYOND_LIMIT": (with_(trade=TradeId("99"), price=Decimal(3691)), "限价 3690 买，成交价 3691 比限价差"),
    "NOT_OF_ITS_ORDER": (with_(trade=TradeId("99"), instrument=I), "请与交易所核对"),
    "BEYOND_ORDER": (with_(trade=TradeId("99"), lots=4), "只剩 3 手"),
    "BAD_PRICE": (with_(trade=TradeId("99"), price=Decimal("3700.5")), "最小变动价位"),
}
NO_NUMBERS = ("NaN", "sNaN", "Infinity", "-Infinity", "1E+400000", "0")


def test_a_trade_of_a_day_before_its_order_is_put_aside(world: World) -> None:
    world.buy(5, 3690)
    world.show({RB: (3685, 3690)}, lots=2)
    told = traded(world)
    world.tell(msgspec.structs.replace(told, trade=TradeId("98"), trading_day=20200820, lots=1))
    assert [fact.code for fact in world.facts(ReportQuarantined)] == ["NOT_OF_ITS_DAY"]


@pytest.mark.parametrize("code", FAULTS)
def test_a_report_that_cannot_be_true_changes_nothing_and_is_shown(world: World, code: str) -> None:
    # Given an order of five lots of which two have filled
    change, words = FAULTS[code]
    world.buy(5, 3690)
    world.show({RB: (3685, 3690)}, lots=2)
    told = change(traded(world))
    before = (world.account.book.canonical(), dict(world.account.fills))
    # When the exchange says what cannot be, again and again
    for _ in range(3):
        world.tell(told)
    # Then it is put aside with its reason and its row, once, and stands in the alert bar.
    (fact,) = world.facts(ReportQuarantined)
    assert fact.code == code
    assert words in fact.reason
    assert msgspec.json.decode(fact.row, type=Traded) == told
    (alert,) = [alert for alert in world.account.open_alerts.values() if alert.code == CODE]
    assert words in alert.sentence
    assert (world.account.book.canonical(), dict(world.account.fills)) == before


@pytest.mark.parametrize("price", NO_NUMBERS)
def test_a_trade_at_what_is_no_price_is_put_aside_and_the_runner_goes_on(world: World, price: str) -> None:
    world.buy(5, 3690)
    world.show({RB: (3685, 3690)}, lots=2)
    world.tell(msgspec.structs.replace(traded(world), trade=TradeId("99"), price=Decimal(price)))
    (fact,) = world.facts(ReportQuarantined)
    assert fact.code == "BAD_PRICE"
    assert world.net() == 2


def test_a_trade_told_again_word_for_word_is_a_repeat_and_nothing_is_said(world: World) -> None:
    world.buy(2, 3701)
    world.tell(traded(world))
    assert world.facts(ReportQuarantined) == []


def test_a_fill_beyond_what_is_left_of_its_order_is_put_aside(world: World) -> None:
    # Given a close of two lots whose fill was told under another number before the exchange's own word of it
    world.buy(2, 3701)
    told = msgspec.structs.replace(traded(world), trade=TradeId("77"))
    world.wire.hold = (Traded,)
    world.close_long(2, 3700)
    close = next(row for row in world.account.orders.values() if not row.terms.is_opening)
    book = world.account.book
    early = msgspec.structs.replace(told, wire_key=close.wire_key, side=Side.SELL, lots=2)
    world.tell(early)
    assert book.position(RB, close.terms.hedge_flag).long == 0
    # When the exchange's own word of the same fill arrives, the order has nothing left.
    world.tell_held()
    assert {fact.code for fact in world.facts(ReportQuarantined)} == {"BEYOND_ORDER"}
    assert book.check() == []


def test_a_trade_without_a_fee_waits_for_the_fee_and_is_booked_by_the_next_answer(world: World) -> None:
    # Given an order that fills while nobody knows the fee of its product any more
    row = world.buy(2, 3690)
    known = instruments()[RB]
    relist(world, msgspec.structs.replace(known, fees=Fees()))
    world.show({RB: (3685, 3690)})
    assert [fact.code for fact in world.facts(ReportQuarantined)] == ["NO_FEE"]
    assert (row.filled, world.net()) == (0, 0)
    # When the fee is there again and the exchange is asked, as it is every half minute
    relist(world, known)
    world.wait(40)
    assert (row.state, row.filled, world.net()) == (OrderState.FILLED, 2, 2)
    assert len(world.facts(ReportQuarantined)) == 1


def test_what_is_put_aside_has_a_bound_and_is_forgotten_with_its_day(world: World) -> None:
    world.buy(2, 3701)
    told = traded(world)
    for number in range(MOST_KEPT + 5):
        strange = msgspec.structs.replace(told, wire_key=WireKey("other/1"), trade=TradeId(f"x{number}"))
        world.tell(strange)
    assert len(world.facts(ReportQuarantined)) == MOST_KEPT
    assert set(world.account.quarantined.values()) == {DAY}
    world.show_at(NEXT_NIGHT)
    world.show_at(instant(20200825, 9))
    assert world.account.quarantined == {}


def test_the_journal_folds_to_the_same_state_with_reports_put_aside(world: World) -> None:
    world.buy(5, 3690)
    world.show({RB: (3685, 3690)}, lots=2)
    for change, _ in FAULTS.values():
        world.tell(change(traded(world)))
    assert len(world.facts(AlertRaised)) >= len(FAULTS)
    assert world.refolded().state_hash() == world.state.state_hash()


@pytest.mark.parametrize(
    ("day", "code", "said"),
    [
        (20200822, "NOT_A_TRADING_DAY", "20200822 不是交易日"),
        (20200827, "NOT_OF_ITS_DAY", f"账户还在 {DAY}，了结报的交易日是 20200827"),
    ],
)
def test_an_end_of_no_day_that_can_be_is_put_aside(begin: Begin, day: int, code: str, said: str) -> None:
    world = begin(universe=WITH_OPTIONS)
    world.show({LATER: ("22", "22.5")})
    world.buy(2, "22.5", instrument=LATER)
    ending = Ending(
        instrument=LATER,
        flag=HedgeFlag.SPECULATION,
        side=Side.BUY,
        lots=1,
        how=How.LAPSED,
        price=Decimal(0),
        fee=Decimal(0),
        at=world.at,
        number=TradeId("E9"),
    )
    world.tell(Ended(account=ONE, exchange=ExchangeId("DCE"), trading_day=day, ending=ending))
    assert world.facts(PositionEnded) == []
    assert [fact.code for fact in world.facts(ReportQuarantined)] == [code]
    assert [said in alert.sentence for alert in world.facts(AlertRaised) if alert.code == CODE] == [True]
    assert world.account.trading_day == DAY
