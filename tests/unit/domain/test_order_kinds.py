from __future__ import annotations

import pytest

from terminal.domain.days.dated import TableText
from terminal.domain.errors import UserError
from terminal.domain.orders.kind_table import ORDER_KIND_COLUMNS, InstrumentClass, OrderKinds, parse_order_kinds
from terminal.domain.orders.kinds import LIMIT_ONLY, OrderKind
from terminal.domain.orders.order import PriceKind, TimeCondition
from terminal.store.reference import load_reference

GFD, FAK, FOK = TimeCondition.GFD, TimeCondition.FAK, TimeCondition.FOK


def parse(*rows: str) -> OrderKinds:
    return parse_order_kinds(TableText(file="k.csv", text="\n".join([",".join(ORDER_KIND_COLUMNS), *rows]) + "\n"))


def test_a_kind_is_taken_from_its_day_until_a_row_without_conditions() -> None:
    kinds = parse(
        "DCE,FUTURE,LIMIT,2017-01-01,GFD,x",
        "DCE,FUTURE,MARKET,2019-01-01,FAK GFD,x",
        "DCE,FUTURE,MARKET,2020-01-01,,x",
    )
    limit = OrderKind(PriceKind.LIMIT, (GFD,))
    seen = [kinds.on("DCE", InstrumentClass.FUTURE, day) for day in (20181231, 20190101, 20200101)]
    assert seen == [(limit,), (limit, OrderKind(PriceKind.MARKET, (GFD, FAK))), (limit,)]


def test_an_exchange_no_row_speaks_of_takes_limit_orders() -> None:
    assert parse().on("NEW", InstrumentClass.FUTURE, 20200101) == LIMIT_ONLY


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("DCE,FUTURE,LIMIT,2017-01-01,GTC,x", "conditions = “GTC”，应为 GFD、FAK、FOK"),
        ("DCE,FUTURE,LIMIT,2017-01-01,FAK FAK,x", "不重复"),
        ("DCE,FUTURE,STOP,2017-01-01,GFD,x", "price_kind = “STOP”，应为 LIMIT 或 MARKET"),
        ("DCE,BOND,LIMIT,2017-01-01,GFD,x", "class = “BOND”，应为 FUTURE 或 OPTION"),
        ("DCE,FUTURE,LIMIT,2017-01-01,GFD,", "source = “”，不能为空"),
        ("DCE,FUTURE,LIMIT,2017,GFD,x", "from = “2017”，应为日期"),
    ],
)
def test_a_wrong_row_names_file_line_and_column(row: str, said: str) -> None:
    with pytest.raises(UserError, match=r"k\.csv 第 2 行") as refused:
        parse(row)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("symbol", "kinds"),
    [
        ("cu2101", "LIMIT"),
        ("sc2101", "LIMIT"),
        ("i2101", "LIMIT MARKET"),
        ("AP101", "LIMIT MARKET"),
        ("IF2009", "LIMIT BEST FIVE"),
        ("m2101-C-3000", "LIMIT"),
    ],
)
def test_the_shipped_table_says_what_each_exchange_takes(symbol: str, kinds: str) -> None:
    found = load_reference().find(symbol, 20200821)
    assert " ".join(kind.price_kind for kind in found.order_kinds) == kinds


@pytest.mark.parametrize("symbol", ["cu2612", "sc2612", "ec2612"])
def test_shanghai_takes_market_orders_of_sixty_lots_from_its_notice_on(symbol: str) -> None:
    before, after = (load_reference().find(symbol, day) for day in (20260703, 20260706))
    assert [kind.price_kind for kind in before.order_kinds] == [PriceKind.LIMIT]
    assert after.order_kinds[1:] == (OrderKind(PriceKind.MARKET, (GFD, FAK, FOK)),)
    assert (after.min_lots, after.max_lots, after.max_market_lots) == (1, 500, 60)
