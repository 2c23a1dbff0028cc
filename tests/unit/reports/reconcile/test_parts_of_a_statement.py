"""What a cut or a shorter statement leaves out is neither a difference nor matched."""

from __future__ import annotations

import pytest

from terminal.reports.reconcile.reconcile import reconcile
from terminal.reports.reconcile.result import Outcome, Reconciliation, Subject
from terminal.reports.statement.read import read_statement
from tests.broker import Day, Style, print_statement
from tests.unit.reports.reconcile.three_days import BY_TRADE, JOURNAL, LAST, THREE, D, lot, own, says


def cut(day: Day, title: str, *, more: int = 0, style: Style | None = None) -> Reconciliation:
    data = print_statement(day, style=style)
    place = data.index(title.encode("gbk"))
    return reconcile(own(JOURNAL, day.day), read_statement(data[: place + more]))


def test_what_was_cut_off_is_not_called_a_difference_and_not_called_matched() -> None:
    found = cut(LAST, "成交记录")
    assert not found.agrees
    assert found.differences == 0
    assert found.sentence == "读到的都相符，有 5 处没有核对，客户权益差 +0.00 元。"
    assert [note for note in found.notes if "我方有 2 笔成交没有核对" in note]
    assert any("我方 2 项持仓没有核对" in text for text in found.not_compared)
    assert {row.subject for row in found.rows} == {Subject.FUNDS}


def test_of_a_cut_table_the_trades_that_are_there_are_compared() -> None:
    data = print_statement(LAST)
    row = data.index(b"10008")
    found = reconcile(own(JOURNAL, LAST.day), read_statement(data[:row]))
    assert [(row.what, row.outcome) for row in found.rows if row.subject is Subject.TRADE] == [
        ("rb2510 卖平昨 12 手 3205（编号 10007）", Outcome.MATCHED)
    ]
    assert [note for note in found.notes if "我方有 1 笔成交没有核对" in note]


@pytest.mark.parametrize("style", [Style(), BY_TRADE])
def test_without_the_lots_one_by_one_positions_are_compared_by_their_summary(style: Style) -> None:
    def forget(text: str) -> str:
        return text[: text.index("持仓明细 Positions Detail")] + text[text.index("持仓汇总 Positions") :]

    def judge(day: Day) -> Reconciliation:
        text = forget(print_statement(day, style=style).decode("gbk"))
        return reconcile(own(JOURNAL, day.day), read_statement(text.encode("gbk")))

    for day in THREE:
        found = judge(day)
        assert found.differences == 0
        assert not found.agrees
        assert any("今昨仓与开仓价没有核对" in text for text in found.not_compared)
        assert {row.subject for row in found.rows} == {Subject.TRADE, Subject.POSITION, Subject.FUNDS}
    found = judge(lot(2, lots=7)(LAST))
    assert ("手数", D(31950)) in says(found)
