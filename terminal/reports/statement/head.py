"""Read the head of a statement: whose it is, of which days, in which layout."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

from terminal.domain.errors import UserError
from terminal.reports.statement.lines import FundsLine, Head, Layout
from terminal.reports.statement.words import day_of, squeezed

_CLIENT: Final = re.compile(r"(?:客户号|Client ?ID)[^：:]*[：:]+\s*([^\s：:]+)", re.IGNORECASE)
_NAME: Final = re.compile(r"(?:客户名称|Client ?Name)[^：:]*[：:]+\s*(\S+(?: \S+)*)", re.IGNORECASE)
_CREATED: Final = re.compile(r"(?:制表时间|Creation ?Date)[^：:]*[：:]+\s*(\S+)", re.IGNORECASE)
_DATE: Final = re.compile(r"(?:日期|(?<!Creation )(?<!Creation)Date)[^：:]*[：:]+\s*(.+)", re.IGNORECASE)
_DAYS: Final = re.compile(r"[0-9]{4}(?:[0-9]{4}|([-/.])[0-9]{2}\1[0-9]{2})(?![0-9])")
_HEAD_LINES: Final = 40  # the longest head has a dozen
_TITLE: Final = ("结算单", "月报", "settlementstatement")

_LAYOUTS: Final = {
    "盯市": Layout.BY_DAY,
    "mtm": Layout.BY_DAY,
    "逐笔": Layout.BY_TRADE,
    "tradebytrade": Layout.BY_TRADE,
    "trade-for-trade": Layout.BY_TRADE,
}
# What only one of the layouts prints in its account summary.
_ONLY_IN: Final = {"持仓盯市盈亏": Layout.BY_DAY, "浮动盈亏": Layout.BY_TRADE}


def read_head(lines: list[tuple[int, str]], funds: dict[str, FundsLine]) -> Head:
    """Return the head; without client, date or layout it is no statement, which is a `UserError`."""
    texts = [text for _, text in lines]
    client, name = _first(_CLIENT, texts), _first(_NAME, texts)
    dated = _dated(texts)
    days = [day_of(found[0]) for found in _DAYS.finditer(dated)]
    if not client or not days or None in days:
        raise UserError(
            "这不是一张交易结算单：开头没有客户号（Client ID）和日期（Date）；请从交易客户端导出完整的文本结算单。"
        )
    first, last = days[0] or 0, days[-1] or 0
    if len(days) > 2 or last < first:
        raise UserError(f"结算单的日期“{dated.strip()}”读不懂；应是一天，或起止两天。")
    return Head(
        client=client,
        name=name,
        broker=_broker(texts),
        layout=_layout(texts, funds),
        first_day=first,
        last_day=last,
        created=day_of(_first(_CREATED, texts)),
    )


def whose(lines: Iterable[str]) -> tuple[str, int | None] | None:
    """Return client and first day a text tells, however little else of it can be read; `None` where it tells none.

    A client or a day alone does not make it a statement of somebody.
    """
    texts = [*islice(lines, _HEAD_LINES)]
    client = _first(_CLIENT, texts)
    found = _DAYS.search(_dated(texts))
    return (client, day_of(found[0])) if client and found is not None else None


def _dated(texts: list[str]) -> str:
    return next((found[1] for text in texts if "制表" not in text and (found := _DATE.search(text))), "")


def _first(pattern: re.Pattern[str], texts: list[str]) -> str:
    return next((found[1] for text in texts if (found := pattern.search(text))), "")


def _broker(texts: list[str]) -> str:
    first = texts[0]
    is_name = not any(mark in first for mark in "：:") and not any(word in squeezed(first) for word in _TITLE)
    return first if is_name else ""


def _layout(texts: list[str], funds: dict[str, FundsLine]) -> Layout:
    for text in texts:
        words = squeezed(text)
        if any(title in words for title in _TITLE):
            for word, layout in _LAYOUTS.items():
                if word in words:
                    return layout
    for name, layout in _ONLY_IN.items():
        if name in funds:
            return layout
    raise UserError("结算单没有写明是逐日盯市还是逐笔对冲，资金状况里也看不出；请导出标题写明的结算单。")
