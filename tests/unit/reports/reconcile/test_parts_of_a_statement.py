"""What a cut or a shorter statement leaves out is neither a difference nor matched."""

from __future__ import annotations

import re

import pytest

from terminal.domain.fact.statement import Verdict
from terminal.engine.records.memory import MemoryJournal
from terminal.reports.reconcile.handed_in import handed_in
from terminal.reports.reconcile.own_day import OwnDay
from terminal.reports.reconcile.reconcile import reconcile
from terminal.reports.reconcile.result import Outcome, Reconciliation, Subject
from terminal.reports.statement.read import read_statement
from tests.books import REBAR
from tests.broker import Day
from tests.printed_statement import Style, print_statement
from tests.told_days import DAYS, TENANT, Story
from tests.unit.reports.reconcile.three_days import BY_TRADE, JOURNAL, LAST, LAST_OWN, PRINTED, THREE, D, lot, own, says


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


# --- what nobody compared does not agree -----------------------------------------------------------------------------


def without(text: str, name: str) -> str:
    """Return a statement whose summary does not print a figure."""
    spaced = "[ ]?".join(name)
    text, count = re.subn(rf"{spaced}(?: [A-Z][A-Za-z./ ]*)?：+ +[-0-9.]+%?", "", text, count=1)
    assert count == 1
    return text


def not_compared(day: OwnDay, text: str) -> tuple[str, ...]:
    """Return what nobody compared of a statement that differs in nothing: it must not lift close-only."""
    found = reconcile(day, read_statement(text.encode("gbk")))
    assert (found.agrees, found.differences, found.following) == (False, 0, 0)
    assert found.sentence.startswith("读到的都相符，有 ")
    assert handed_in(found, day, "0" * 64).verdict is Verdict.PARTIAL
    return found.not_compared


def idle_day() -> tuple[OwnDay, Day]:
    """Return a day on which nothing happened, so that no figure can be left out and contradict the rest."""
    journal = MemoryJournal(TENANT)
    day = Story(journal, REBAR).settle({}, DAYS[1])
    return own(journal, day.day), day


@pytest.mark.parametrize(
    ("by_day", "name"), [*((True, name) for name in LAST.by_day), *((False, name) for name in LAST.by_trade)]
)
def test_a_figure_that_is_not_printed_does_not_agree(by_day: bool, name: str) -> None:
    ours, day = idle_day()
    text = print_statement(day, style=Style(by_day=by_day)).decode("gbk")
    assert reconcile(ours, read_statement(text.encode("gbk"))).agrees
    said = not_compared(ours, without(text, name))
    lacking = f"资金状况：没有{name}。" if name in {"期初结存", "期末结存"} else f"资金状况没有打印{name}。"
    assert lacking in said


def test_a_statement_of_lots_without_what_they_bind_does_not_agree() -> None:
    text = PRINTED.decode("gbk")
    for name in ("客户权益", "保证金占用", "可用资金", "风险度"):
        text = without(text, name)
    assert not_compared(LAST_OWN, text) == (
        "资金状况没有打印客户权益。", "资金状况没有打印保证金占用。",
        "资金状况没有打印可用资金。", "资金状况没有打印风险度。",
    )  # fmt: skip


def test_lots_that_no_figure_calls_for_may_have_been_cut_off_and_are_not_ours_alone() -> None:
    text = without(PRINTED.decode("gbk"), "保证金占用")
    flat = text[: text.index("持仓明细 Positions Detail")].replace("-1540.00", "0.00")
    flat = flat.replace("1050075.93", "1051615.93")
    found = reconcile(LAST_OWN, read_statement(flat.encode("gbk")))
    assert {row.subject for row in found.rows if row.differences} == {Subject.FUNDS}
    assert "持仓明细：没有这一部分，资金状况也没有打印保证金占用。" in found.not_compared
    assert "我方 2 项持仓没有核对。" in found.not_compared


def test_a_table_nobody_knows_does_not_agree_unless_it_says_that_nothing_is_in_it() -> None:
    def more(*rows: str) -> str:
        return PRINTED.decode("gbk") + "\r\n".join(("行权明细  Exercise Statement", "|日期|合约|数量|", *rows, ""))

    exercise = "|20250703|i2607-P-750|1|"
    (said,) = not_compared(LAST_OWN, more(exercise, "|共   1条||1|"))
    assert "行权明细" in said
    assert "1 行照原样保留，没有核对" in said
    assert len(not_compared(LAST_OWN, more(exercise))) == 1
    assert len(not_compared(LAST_OWN, more(exercise[:9]))) == 1, "cut off in its first row"
    found = reconcile(LAST_OWN, read_statement(more("|共   0条||0|").encode("gbk")))
    assert found.agrees
    assert [note for note in found.notes if "行权明细" in note]


@pytest.mark.parametrize(("amount", "agrees"), [("0.00", True), ("7.00", False)])
def test_money_of_another_currency_does_not_agree_where_there_is_some(amount: str, agrees: bool) -> None:
    dollars = f"资金状况  币种：美元  Account Summary  Currency：USD\r\n期初结存 Balance b/f：  {amount}\r\n\r\n"
    found = reconcile(LAST_OWN, read_statement(PRINTED + dollars.encode("gbk")))
    assert found.agrees is agrees
    assert found.differences == 0
    assert any("美元" in text for text in (found.notes if agrees else found.not_compared))
