"""Read the account summary (资金状况): two figures a line, each under a Chinese and an English name.

Names are printed with blanks between characters (手 续 费), English ones with either capital (Balance b/f, Balance
B/F), and one or two colons follow. A figure under a name that is not listed is kept under that name.
"""

from __future__ import annotations

import re
from typing import Final

from terminal.domain.errors import UserError
from terminal.domain.fact.facts import FILING_FEE
from terminal.reports.statement.lines import FundsLine
from terminal.reports.statement.words import amount_of, squeezed

_ENGLISH: Final = {
    "期初结存": "Balance b/f",
    "出入金": "Deposit/Withdrawal",
    "平仓盈亏": "Realized P/L",
    "持仓盯市盈亏": "MTM P/L",
    "浮动盈亏": "Floating P/L",
    "期权执行盈亏": "Exercise P/L",
    "交割盈亏": "Delivery P/L",
    "手续费": "Commission",
    "行权手续费": "Exercise Fee",
    "交割手续费": "Delivery Fee",
    "货币质入": "New FX Pledge",
    "货币质出": "FX Redemption",
    "质押变化金额": "Chg in Pledge Amt",
    "权利金收入": "Premium received",
    "权利金支出": "Premium paid",
    "货币质押变化金额": "Chg in FX Pledge",
    "基础保证金": "Initial Margin",
    "期末结存": "Balance c/f",
    "质押金": "Pledge Amount",
    "客户权益": "Client Equity",
    "货币质押保证金占用": "FX Pledge Occ.",
    "保证金占用": "Margin Occupied",
    "交割保证金": "Delivery Margin",
    "多头期权市值": "Market value(long)",
    "空头期权市值": "Market value(short)",
    "市值权益": "Market value(equity)",
    "可用资金": "Fund Avail.",
    "风险度": "Risk Degree",
    "应追加资金": "Margin Call",
}
_BY_ENGLISH: Final = {squeezed(english): name for name, english in _ENGLISH.items()} | {"accum.p/l": "浮动盈亏"}

NAMES: Final = frozenset({*_ENGLISH, FILING_FEE})  # of which no recorded statement tells an English name

_PAIR: Final = re.compile(r"([^：:]*[^：:\s])\s*[：:][\s：:]*(?:([-+]?[0-9][0-9,.]*)\s*%?(?=\s|$))?")
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]+")


def name_of(label: str) -> str:
    """Return the one name of a figure, its own label where it is not known."""
    words = "".join(label.split())
    chinese = _CHINESE.match(words)
    if chinese is not None:
        return chinese[0]
    return _BY_ENGLISH.get(words.lower(), " ".join(label.split()))


def looks_like_funds(text: str) -> bool:
    """Return whether a line has at least one name with a figure."""
    return any(value for _, value in _PAIR.findall(text))


def read_funds(lines: list[tuple[int, str]]) -> tuple[dict[str, FundsLine], list[str]]:
    """Return the figures by name, and a note for each name without one; two figures of one name are a `UserError`."""
    found: dict[str, FundsLine] = {}
    notes: list[str] = []
    for line, text in lines:
        for label, value in _PAIR.findall(text):
            name, amount = name_of(label), amount_of(value)
            if amount is None:
                notes.append(f"资金状况第 {line} 行的“{name}”没有可读的数值。")
                continue
            known = found.setdefault(name, FundsLine(name=name, amount=amount, line=line))
            if known.amount != amount:
                raise UserError(
                    f"结算单的{name}出现两次：第 {known.line} 行是 {known.amount}，"
                    f"第 {line} 行是 {amount}；请核对原件。"
                )
    return found, notes
