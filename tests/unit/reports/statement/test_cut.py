"""A statement that was cut, anywhere, gives what it still holds and says what is missing; it never guesses."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain.errors import UserError
from terminal.engine.records.memory import MemoryJournal
from terminal.reports.statement.lines import Part, Statement
from terminal.reports.statement.read import read_statement
from tests.printed_statement import Style, print_statement
from tests.told_days import TENANT, three_days

ROWS: Final = {
    Part.CASH: "cash",
    Part.TRADES: "trades",
    Part.CLOSED: "closed",
    Part.DETAIL: "detail",
    Part.SUMMARY: "summary",
}
ORDER: Final = tuple(ROWS)
DAY: Final = three_days(MemoryJournal(TENANT))[1][2]
STYLES: Final = (
    Style(),
    Style(encoding="utf-8", end="\n", by_day=False),
    Style(encoding="utf-8-sig", rules=False, english=False, units=True),
    Style(end="\r", old=True),
)
PRINTED: Final = [print_statement(DAY, style=style) for style in STYLES]
WHOLE: Final = [read_statement(data) for data in PRINTED]


def last_row_ends(data: bytes) -> int:
    """Return where the last table's last row ends: what is cut off behind it tells nothing."""
    return data.rindex(b"|") + 1


def cut_at(data: bytes, words: str, encoding: str = "gbk") -> Statement:
    return read_statement(data[: data.index(words.encode(encoding))])


def broken(statement: Statement) -> dict[Part, str]:
    return {section.part: section.why for section in statement.sections if not section.whole}


@pytest.mark.parametrize("part", ORDER)
def test_a_statement_cut_before_a_part_has_the_parts_before_and_misses_the_rest(part: Part) -> None:
    statement = cut_at(PRINTED[0], part)
    place = ORDER.index(part)
    assert not statement.whole
    assert all(statement.has_all_of(before) for before in ORDER[:place])
    assert [*broken(statement)] == [*ORDER[place:]]
    for missing in ORDER[place:]:
        assert "没有这一部分，而资金状况第 " in broken(statement)[missing]
        assert getattr(statement, ROWS[missing]) == ()


@pytest.mark.parametrize("part", ORDER)
def test_a_statement_cut_inside_a_part_keeps_the_rows_before_the_cut_and_says_where(part: Part) -> None:
    data = PRINTED[0]
    whole = read_statement(data)
    rows = getattr(whole, ROWS[part])
    lines = data.split(b"\r\n")
    cut = b"\r\n".join(lines[: rows[-1].line - 1]) + b"\r\n" + lines[rows[-1].line - 1][:20]
    statement = read_statement(cut)
    assert getattr(statement, ROWS[part]) == rows[:-1]
    assert broken(statement)[part] == f"第 {rows[-1].line} 行不完整"
    without_total = b"\r\n".join(lines[: rows[-1].line]) + b"\r\n"
    statement = read_statement(without_total)
    assert getattr(statement, ROWS[part]) == rows
    assert broken(statement)[part] == f"没有合计行（共 n 条），读到第 {rows[-1].line} 行"


def test_a_figure_of_the_summary_that_was_cut_is_not_taken_for_a_smaller_one() -> None:
    data = PRINTED[0]
    place = data.index("客户权益".encode("gbk"))
    digits = data.index(b"1050075.93", place)
    statement = read_statement(data[: digits + 4])
    assert "客户权益" not in statement.funds
    assert "期末结存" in statement.funds
    assert "文件在资金状况中断" in broken(statement)[Part.FUNDS]


def test_a_title_without_a_table_or_the_half_of_one_is_a_cut() -> None:
    data = PRINTED[0]
    title = data.index("持仓汇总".encode("gbk"))
    for extra in (4, 8):
        statement = read_statement(data[: title + extra])
        assert "标题处中断" in broken(statement)[Part.SUMMARY]


def test_what_is_whole_in_a_cut_statement_is_still_held_against_itself() -> None:
    data = PRINTED[0]
    data = data[: data.index("平仓明细".encode("gbk"))].replace(b"   57.66|    -1560", b"   57.67|    -1560")
    with pytest.raises(UserError, match="手续费是 57"):
        read_statement(data)


def answer(data: bytes) -> tuple[Statement | None, str]:
    try:
        return read_statement(data), ""
    except UserError as refused:
        return None, refused.message


def check_prefix(statement: Statement, whole: Statement) -> None:
    assert statement.head == whole.head
    for name in ROWS.values():
        rows = getattr(statement, name)
        assert rows == getattr(whole, name)[: len(rows)]
    for name, line in statement.funds.items():
        assert whole.funds[name] == line


@settings(max_examples=200)
@given(which=st.integers(0, len(STYLES) - 1), share=st.floats(0, 1))
def test_whatever_is_cut_off_nothing_is_invented_and_nothing_is_called_whole(which: int, share: float) -> None:
    data = PRINTED[which]
    cut = int(len(data) * share)
    statement, refused = answer(data[:cut])
    if statement is None:
        assert "不平" not in refused, "a cut is no contradiction"
        return
    check_prefix(statement, WHOLE[which])
    assert statement.whole is (cut >= last_row_ends(data))


@settings(max_examples=150)
@given(
    which=st.integers(0, len(STYLES) - 1), place=st.floats(0, 1), junk=st.binary(max_size=12), gone=st.integers(0, 60)
)
def test_whatever_is_overwritten_the_answer_is_a_statement_or_one_sentence(
    which: int, place: float, junk: bytes, gone: int
) -> None:
    data = PRINTED[which]
    start = int(len(data) * place)
    statement, refused = answer(data[:start] + junk + data[start + gone :])
    assert statement is not None or (refused and "\n" not in refused.strip())


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(UserError):
        read_statement(data)


def test_cuts_all_over_a_statement_are_safe() -> None:
    data = PRINTED[1]
    whole = WHOLE[1]
    end = last_row_ends(data)
    for cut in range(0, len(data), 23):
        try:
            statement = read_statement(data[:cut])
        except UserError:
            continue
        check_prefix(statement, whole)
        assert statement.whole is (cut >= end), cut
        assert sum((row.fee for row in statement.trades), Decimal(0)) <= whole.amount("手续费")
