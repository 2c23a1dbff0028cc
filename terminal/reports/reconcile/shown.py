"""Show a reconciliation as lines of text for people."""

from __future__ import annotations

from typing import Final

from terminal.domain.words.terms import Term
from terminal.reports.reconcile.result import Outcome, Reconciliation, Row, Subject, signed
from terminal.reports.statement.lines import Layout

_LAYOUTS: Final = {Layout.BY_DAY: "逐日盯市", Layout.BY_TRADE: "逐笔对冲"}
_OUTCOMES: Final = {
    Outcome.MATCHED: "相符",
    Outcome.OURS_ONLY: "只在我方",
    Outcome.THEIRS_ONLY: "只在结算单",
    Outcome.DIFFERS: "不符",
}
_SUBJECTS: Final[dict[Subject, str]] = {
    Subject.HEAD: "客户",
    Subject.TRADE: Term.TRADES,
    Subject.ENDING: Term.ENDINGS,
    Subject.POSITION: Term.POSITIONS,
    Subject.FUNDS: "资金",
}
_FULL_WIDTH: Final = "\u2e80"  # from here on a character takes two columns of a terminal


def shown(found: Reconciliation) -> list[str]:
    """Return the table: first what it is of, then every thing that was compared, then what was not."""
    broker = f"　{found.broker}" if found.broker else ""
    lines = [
        f"账户 {found.account}　客户号 {found.client}{broker}　交易日 {found.trading_day}　{_LAYOUTS[found.layout]}",
        "",
        _columns("类别", "项目", "结果", "差额（元）"),
    ]
    for row in found.rows:
        lines += _row(row)
    sentences = [one.sentence for row in found.rows for one in row.differences if not one.follows]
    follow = [one.sentence for row in found.rows for one in row.differences if one.follows]
    for title, texts in (
        ("差异", sentences),
        ("由上面的差异引起", follow),
        ("没有核对", found.not_compared),
        ("说明", found.notes),
    ):
        if texts:
            lines += ["", f"{title}（{len(texts)}）", *(f"  {text}" for text in texts)]
    total = f"相符 {found.matched} 项，差异 {found.differences} 处，随之的差异 {found.following} 处"
    return [*lines, "", f"{total}。{found.sentence}"]


def _row(row: Row) -> list[str]:
    subject, outcome = _SUBJECTS[row.subject], _OUTCOMES[row.outcome]
    if not row.differences:
        return [_columns(subject, row.what, outcome, "")]
    found = []
    for difference in row.differences:
        yuan = "" if difference.yuan is None else signed(difference.yuan)
        named = row.what if difference.field in {row.what, "整笔", "持仓"} else f"{row.what} {difference.field}"
        found.append(_columns(subject, named, f"{outcome}（随）" if difference.follows else outcome, yuan))
    return found


def _columns(subject: str, what: str, outcome: str, yuan: str) -> str:
    amount = " " * (16 - _width(yuan)) + yuan
    return f"{_padded(subject, 6)}{_padded(what, 52)}{_padded(outcome, 14)}{amount}".rstrip()


def _padded(text: str, width: int) -> str:
    return text + " " * max(width - _width(text), 1)


def _width(text: str) -> int:
    return sum(2 if letter >= _FULL_WIDTH else 1 for letter in text)
