"""What an account keeps of the day's fills, and of why an order ended or is in doubt."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain.fact import facts as f
from terminal.domain.ids import ExchangeId, OrderId, SysId, TradeId, WireKey
from terminal.domain.orders.order import OrderState, Side
from terminal.engine.check import check_all
from terminal.engine.fold import apply
from terminal.engine.state import AccountState, State, TradeRow
from tests.engine_world import DAY, ONE, RB, RISK, World, device

NEXT_DAY, LATER_DAY = 20200824, 20200825
NEW = OrderId("A1-00000099")
RESTING = OrderId("A1-00000002")
SHFE = ExchangeId("SHFE")


@pytest.fixture(scope="module")
def played() -> World:
    """Hold a filled order of 2 lots, and a resting one of 3."""
    world = World()
    world.buy(2, 3701)
    world.buy(3, 3650)
    world.wait(2)
    return world


@pytest.fixture
def state(played: World) -> State:
    return played.refolded()


@pytest.fixture
def account(state: State) -> AccountState:
    return state.accounts[ONE]


def fill(played: World, trade: str, day: int = DAY) -> f.OrderFilled:
    first = played.facts(f.OrderFilled)[0]
    return replace(first, order=RESTING, trade=TradeId(trade), trading_day=day, lots=1, fee=Decimal("1.01"))


def settled(day: int, next_day: int) -> f.DaySettled:
    return f.DaySettled(account=ONE, trading_day=day, next_day=next_day, prices={RB: Decimal(3700)})


def trades(account: AccountState) -> list[str]:
    return [row.trade for row in account.trades]


def test_a_fill_is_kept_as_it_was_told(played: World, account: AccountState) -> None:
    (told,) = played.facts(f.OrderFilled)
    assert account.trades == [
        TradeRow(
            order=told.order,
            trading_day=DAY,
            exchange=told.exchange,
            trade=told.trade,
            sys_id=told.sys_id,
            side=Side.BUY,
            lots=2,
            price=told.price,
            fee=told.fee,
            exchange_at=told.exchange_at,
        )
    ]


def test_the_trades_of_the_day_stand_in_the_order_of_the_journal_and_pay_the_commission_of_the_day(
    played: World, state: State, account: AccountState
) -> None:
    first = account.trades[0].trade
    for trade in ("9", "3", "5"):
        apply(state, fill(played, trade), played.at)
    assert trades(account) == [first, "9", "3", "5"]
    assert sum(row.fee for row in account.trades) == account.book.view(lambda _: None).commission
    assert check_all(state) == []


def test_a_settlement_ends_the_trades_of_its_day(played: World, state: State, account: AccountState) -> None:
    before = len(account.fills)
    apply(state, settled(DAY, NEXT_DAY), played.at)
    assert account.trades == []
    assert len(account.fills) == before  # booked for ever


def test_a_fill_of_a_day_that_is_over_is_kept_for_the_day_whose_money_it_moves(
    played: World, state: State, account: AccountState
) -> None:
    apply(state, settled(DAY, NEXT_DAY), played.at)
    apply(state, fill(played, "9"), played.at)
    assert [(row.trade, row.trading_day) for row in account.trades] == [("9", DAY)]
    assert account.book.view(lambda _: None).commission == Decimal("1.01")
    apply(state, settled(NEXT_DAY, LATER_DAY), played.at)
    assert account.trades == []


def test_a_fill_of_the_day_to_come_stays_through_the_settlement_before_it(
    played: World, state: State, account: AccountState
) -> None:
    apply(state, fill(played, "9", NEXT_DAY), played.at)
    apply(state, fill(played, "5"), played.at)
    apply(state, settled(DAY, NEXT_DAY), played.at)
    assert trades(account) == ["9"]
    apply(state, settled(NEXT_DAY, LATER_DAY), played.at)
    assert account.trades == []


def test_trades_and_notes_are_in_the_hash(state: State, account: AccountState) -> None:
    whole = state.state_hash()
    account.orders[RESTING].note = "x"
    noted = state.state_hash()
    account.trades.clear()
    assert len({whole, noted, state.state_hash()}) == 3


# --- why an order ended or is in doubt -------------------------------------------------------------------------

SENT = f.OrderSent(account=ONE, order=NEW)
ACCEPTED = f.OrderAccepted(account=ONE, order=NEW, exchange=SHFE, sys_id=SysId("99"), exchange_at=1)
LOST = f.OrderUnknown(account=ONE, order=NEW, why="3 秒内没有回报")
CUT = replace(LOST, why="连接断开")
VOID = f.OrderVoided(account=ONE, order=NEW, why="两次完整查询均无此委托")
REJECTED = f.OrderRejected(account=ONE, order=NEW, code="22", text="资金不足")
EXPIRED = f.OrderExpired(account=ONE, order=NEW, unfilled=2)
CANCELLED = f.OrderCancelled(account=ONE, order=NEW, unfilled=2, why="查询")
CANCEL = f.CancelRecorded(account=ONE, order=NEW, person=RISK, device=device(RISK), reason="人工撤单")
TOO_LATE = f.CancelRefused(account=ONE, order=NEW, code="26", text="已成交")
PART = f.OrderFilled(
    account=ONE,
    order=NEW,
    exchange=SHFE,
    sys_id=SysId("99"),
    trade=TradeId("71"),
    trading_day=DAY,
    side=Side.BUY,
    instrument=RB,
    lots=1,
    price=Decimal(3700),
    fee=Decimal(1),
    exchange_at=1,
    is_last=False,
)
REST = replace(PART, trade=TradeId("72"), is_last=True)


@pytest.mark.parametrize(
    ("life", "state_then", "note"),
    [
        ((SENT,), OrderState.SENT, ""),
        ((SENT, LOST), OrderState.UNKNOWN, "3 秒内没有回报"),
        ((SENT, LOST, CUT), OrderState.UNKNOWN, "连接断开"),
        ((SENT, LOST, ACCEPTED), OrderState.LIVE, ""),
        ((SENT, LOST, PART), OrderState.PARTIAL, ""),
        ((SENT, LOST, TOO_LATE), OrderState.UNKNOWN, "3 秒内没有回报"),
        ((SENT, LOST, VOID), OrderState.VOID, "两次完整查询均无此委托"),
        ((SENT, LOST, VOID, ACCEPTED), OrderState.LIVE, ""),
        ((SENT, REJECTED), OrderState.REJECTED, "资金不足"),
        ((SENT, replace(REJECTED, text="")), OrderState.REJECTED, "22"),
        ((SENT, REJECTED, CUT), OrderState.REJECTED, "资金不足"),
        ((SENT, ACCEPTED, CANCELLED), OrderState.CANCELLED, "查询"),
        ((SENT, ACCEPTED, CANCEL), OrderState.LIVE, ""),
        ((SENT, ACCEPTED, CANCEL, PART, CANCELLED), OrderState.CANCELLED, "人工撤单"),
        ((SENT, ACCEPTED, CANCEL, CANCELLED, PART), OrderState.CANCELLED, "人工撤单"),
        ((SENT, ACCEPTED, CANCEL, CANCELLED, CANCELLED), OrderState.CANCELLED, "人工撤单"),
        ((SENT, ACCEPTED, CANCEL, CANCELLED, PART, REST), OrderState.FILLED, ""),
        ((SENT, ACCEPTED, CANCEL, TOO_LATE), OrderState.LIVE, "已成交"),
        ((SENT, ACCEPTED, CANCEL, TOO_LATE, PART), OrderState.PARTIAL, "已成交"),
        ((SENT, ACCEPTED, CANCEL, TOO_LATE, PART, REST), OrderState.FILLED, ""),
        ((SENT, ACCEPTED, CANCEL, PART, REST, TOO_LATE), OrderState.FILLED, ""),
        ((SENT, ACCEPTED, CANCEL, TOO_LATE, EXPIRED), OrderState.EXPIRED, ""),
    ],
)
def test_an_order_keeps_why_it_ended_or_is_in_doubt(
    played: World, state: State, life: tuple[f.Fact, ...], state_then: OrderState, note: str
) -> None:
    first = played.facts(f.OrderRecorded)[0]
    new = replace(first, order=NEW, wire_key=WireKey("wire/99"), reference=99)
    for fact in (new, *life):
        apply(state, fact, played.at)
    row = state.accounts[ONE].orders[NEW]
    assert (row.state, row.note) == (state_then, note)
    assert not row.ended or not row.cancel_reason
