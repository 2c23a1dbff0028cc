from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.days.dated import TableText
from terminal.domain.errors import UserError
from terminal.domain.orders.kind_table import InstrumentClass
from terminal.domain.orders.order import PriceKind, Side, TimeCondition
from terminal.domain.orders.stop import STOP_COLUMNS, Stop, StopTable, Trigger
from terminal.store.reference import load_reference
from tests.books import MEAL, OPEN, terms

BUY, SELL, LOSS, PROFIT = Side.BUY, Side.SELL, Stop.LOSS, Stop.PROFIT
LIMIT = terms(MEAL, BUY, OPEN, 1, 3000)


def at(stop: Stop, price: int = 3000) -> Trigger:
    return Trigger(stop=stop, price=Decimal(price))


@pytest.mark.parametrize(
    ("side", "stop", "touched"),
    [(BUY, LOSS, (0, 1, 1)), (SELL, LOSS, (1, 1, 0)), (BUY, PROFIT, (1, 1, 0)), (SELL, PROFIT, (0, 1, 1))],
)
def test_a_stop_loss_follows_the_price_and_a_take_profit_waits_for_a_better_one(
    side: Side, stop: Stop, touched: tuple[int, int, int]
) -> None:
    assert tuple(at(stop).is_touched(side, Decimal(last)) for last in (2999, 3000, 3001)) == touched


def test_a_limit_must_be_able_to_trade_at_the_trigger() -> None:
    sold = msgspec.structs.replace(LIMIT, side=SELL)
    assert [at(LOSS, price).allows(LIMIT) for price in (2999, 3000, 3001)] == [True, True, False]
    assert [at(LOSS, price).allows(sold) for price in (2999, 3000, 3001)] == [False, True, True]


def test_the_shipped_table_knows_the_stops_of_dalian_and_guangzhou_alone() -> None:
    table = load_reference().stops
    market = msgspec.structs.replace(LIMIT, price_kind=PriceKind.MARKET)
    for exchange in ("SHFE", "INE", "DCE", "CZCE", "CFFEX", "GFEX"):
        for stop in Stop:
            for one in (LIMIT, market):
                takes = table.takes(exchange, InstrumentClass.FUTURE, at(stop), one, 20260105)
                assert takes is (exchange in {"DCE", "GFEX"})
                assert not table.takes(exchange, InstrumentClass.OPTION, at(stop), one, 20260105)
    killed = msgspec.structs.replace(LIMIT, time_condition=TimeCondition.FAK)
    assert not table.takes("DCE", InstrumentClass.FUTURE, at(LOSS), killed, 20260105)
    assert not table.takes("GFEX", InstrumentClass.FUTURE, at(LOSS), LIMIT, 20221221)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("DCE,FUTURE,TRAIL,LIMIT,2017-01-01,GFD,x", "stop = “TRAIL”，应为 LOSS 或 PROFIT"),
        ("DCE,FUTURE,LOSS,LIMIT,2017-01-01,DAY,x", "conditions = “DAY”"),
        ("DCE,FUTURE,LOSS,LIMIT,2017-01-01,GFD,", "source = “”，不能为空"),
    ],
)
def test_a_wrong_row_names_file_line_and_column(row: str, said: str) -> None:
    with pytest.raises(UserError, match=r"s\.csv 第 2 行") as refused:
        StopTable.parse(TableText(file="s.csv", text=f"{','.join(STOP_COLUMNS)}\n{row}\n"))
    assert said in str(refused.value)
