"""What an engine counts as moving what settlement prices are waited for: nothing else has it look for them anew."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain.books.late_fill import LateFill, LateSettlement
from terminal.domain.fact import facts as f
from terminal.domain.ids import AccountId, ExchangeId, InstrumentId, OrderId, SysId, TradeId
from terminal.domain.orders.order import Side
from terminal.engine.pace import Pace
from terminal.engine.turn import RUNNER, Said

A, NAME, PRICE = AccountId("A"), InstrumentId("SHFE.rb2605"), Decimal(3700)
LATE = LateFill(settlements=(LateSettlement(trading_day=20260105, price=PRICE, waits=True),))


def filled(late: LateFill | None) -> f.OrderFilled:
    return f.OrderFilled(
        account=A,
        order=OrderId("o1"),
        exchange=ExchangeId("SHFE"),
        sys_id=SysId("s1"),
        trade=TradeId("t1"),
        trading_day=20260105,
        side=Side.BUY,
        instrument=NAME,
        lots=1,
        price=PRICE,
        fee=Decimal(1),
        exchange_at=0,
        is_last=True,
        late=late,
    )


@pytest.mark.parametrize(
    ("fact", "moved"),
    [
        (filled(None), 0),
        (filled(LATE), 1),
        (f.OrderSent(account=A, order=OrderId("o1")), 0),
        (f.DaySettled(account=A, trading_day=20260105, next_day=20260106, prices={NAME: PRICE}), 1),
        (f.SettlementCorrected(account=A, trading_day=20260105, prices={}), 1),
    ],
    ids=["a fill", "a late fill", "sent", "settled", "corrected"],
)
def test_only_settlements_and_late_fills_move_what_is_waited_for(fact: f.Fact, moved: int) -> None:
    pace = Pace()
    pace.take([Said(fact, "test", RUNNER)])
    assert pace.settlings == moved
    assert pace.news == 1
