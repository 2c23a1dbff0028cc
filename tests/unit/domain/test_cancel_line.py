from __future__ import annotations

import msgspec
import pytest

from terminal.domain.days.dated import Dated, TableText
from terminal.domain.errors import UserError
from terminal.domain.orders.cancel_line import CANCEL_LINE_COLUMNS, CancelLine, Exempt, parse_cancel_lines
from terminal.domain.orders.order import HedgeFlag, TimeCondition
from terminal.store.reference import load_reference
from tests.unit.risk.checks import terms


def parse(*rows: str) -> Dated[CancelLine]:
    text = "\n".join([",".join(CANCEL_LINE_COLUMNS), *rows]) + "\n"
    return parse_cancel_lines(TableText(file="c.csv", text=text), ["DCE.i", "DCE.m"])


def test_an_exchanges_line_and_a_products_own_are_dated() -> None:
    rows = parse("DCE,2017-01-01,500,FAK HEDGE,x", "DCE,2020-01-01,400,,x", "DCE.i,2020-01-01,50,,x")
    assert rows.on("DCE", 20191231) == CancelLine(500, (Exempt.HEDGE, Exempt.FAK))
    assert rows.on("DCE", 20200101) == CancelLine(400, ())
    assert rows.on("DCE.i", 20200101) == CancelLine(50, ())


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("LME,2017-01-01,500,,x", "scope = “LME”，应为 products.csv 中的交易所或品种"),
        ("DCE,2017-01-01,,,x", "cancels = “”，不能为空"),
        ("DCE,2017-01-01,many,,x", "cancels = “many”，应为正整数"),
        ("DCE,2017-01-01,500,GFD,x", "exempt = “GFD”，应为 HEDGE、FAK、FOK"),
        ("DCE,2017-01-01,500,,", "source = “”，不能为空"),
    ],
)
def test_a_wrong_row_names_file_line_and_column(row: str, said: str) -> None:
    with pytest.raises(UserError, match=r"c\.csv 第 2 行") as refused:
        parse(row)
    assert said in str(refused.value)


@pytest.mark.parametrize("condition", TimeCondition)
@pytest.mark.parametrize("flag", HedgeFlag)
def test_what_a_rule_exempts_is_not_counted(condition: TimeCondition, flag: HedgeFlag) -> None:
    order = msgspec.structs.replace(terms(), time_condition=condition, hedge_flag=flag)
    assert CancelLine(500, ()).counts(order)
    free = flag is HedgeFlag.HEDGE or condition is not TimeCondition.GFD
    assert CancelLine(500, tuple(Exempt)).counts(order) is not free


@pytest.mark.parametrize(("symbol", "cancels"), [("cu2101", 500), ("i2101", 500), ("AP101", 500), ("IF2009", 400)])
def test_the_shipped_table_knows_every_exchanges_line(symbol: str, cancels: int) -> None:
    line = load_reference().find(symbol, 20200821).cancel_line
    assert line is not None
    assert line.cancels == cancels
