"""Put what a reconciliation found into the form in which it is handed to the runner: bounded, and with causes.

The runner keeps it for every desk; a result too long for that has its last rows counted. Differences that follow from
others give way first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain.fact.statement import (
    MOST_BYTES,
    MOST_GAPS,
    MOST_ROWS,
    DifferingRow,
    StatementRefusal,
    StatementResult,
)
from terminal.domain.products.fees import round_half_up
from terminal.domain.words.typed_text import LONGEST_TEXT, visible_part
from terminal.reports.reconcile.result import Outcome, Subject

if TYPE_CHECKING:
    from terminal.reports.reconcile.own_day import OwnDay
    from terminal.reports.reconcile.result import Difference, Reconciliation, Row
    from terminal.reports.statement.read import ImpossibleStatementError

PROVISIONAL: Final = "结算价暂估，到后请重新对账"
LATE: Final = "我方在结算之后才收到这笔成交"
EARLY: Final = "我方有以后交易日的成交或了结在结算之前已入账"
FOLLOWS: Final = "由别的差异引起"
_OF_PRICE: Final = frozenset({"结算价", "盯市盈亏", "浮动盈亏", "期权市值", "保证金"})
_OF_EARLY: Final = frozenset(
    (
        *("手续费", "平仓盈亏", "行权手续费", "期权执行盈亏", "交割手续费", "交割盈亏"),
        *("持仓盯市盈亏", "浮动盈亏"),  # of a future that an exercise opened
    )
)


def handed_in(found: Reconciliation, ours: OwnDay, digest: str) -> StatementResult:
    """Return the result; `digest` is the SHA-256 of the statement's bytes, hex."""
    pairs = [(row, one) for row in found.rows for one in row.differences]
    pairs.sort(key=lambda pair: pair[1].follows)
    rows = _as_many_as_fit(_row(ours, row, one) for row, one in pairs[:MOST_ROWS])
    counts = Counter(row.outcome for row, one in pairs if not one.follows)
    return StatementResult(
        trading_day=found.trading_day,
        digest=digest,
        matched=found.matched,
        ours_only=counts[Outcome.OURS_ONLY],
        theirs_only=counts[Outcome.THEIRS_ONLY],
        field_differences=counts[Outcome.DIFFERS],
        following=found.following,
        equity_yuan=found.equity_yuan,
        rows=rows,
        left_out=len(pairs) - len(rows),
        not_compared=tuple(_bounded(found.not_compared)),
    )


def refusal(why: ImpossibleStatementError, file: str, digest: str) -> StatementRefusal:
    """Return what is told of a statement that cannot be true; `digest` is the SHA-256 of its bytes, hex."""
    return StatementRefusal(file=_cut(file), digest=digest, reason=_cut(why.message), trading_day=why.trading_day)


def _as_many_as_fit(rows: Iterable[DifferingRow]) -> tuple[DifferingRow, ...]:
    kept, size = [], 0
    for row in rows:
        size += len(msgspec.json.encode(row))
        if size > MOST_BYTES:
            break
        kept.append(row)
    return tuple(kept)


def _row(ours: OwnDay, row: Row, one: Difference) -> DifferingRow:
    return DifferingRow(
        subject=row.subject,
        what=_cut(row.what),
        outcome=row.outcome,
        field=_cut(one.field),
        ours=_cut(one.ours),
        theirs=_cut(one.theirs),
        yuan=None if one.yuan is None else round_half_up(one.yuan),
        follows=one.follows,
        cause=_cause(ours, row, one),
    )


def _cause(ours: OwnDay, row: Row, found: Difference) -> str:
    if found.follows:
        return FOLLOWS
    match row.subject:
        case Subject.POSITION if found.field in _OF_PRICE and _symbol(row.what) in _symbols(ours.provisional):
            return PROVISIONAL
        case Subject.TRADE if any(one.late and f"（编号 {one.number.strip()}）" in row.what for one in ours.trades):
            return LATE
        case Subject.FUNDS if ours.early and found.field in _OF_EARLY:
            return EARLY
        case _:
            return ""


def _symbol(what: str) -> str:
    return what.partition(" ")[0].casefold()


def _symbols(names: Iterable[str]) -> set[str]:
    return {name.partition(".")[2].casefold() for name in names}


def _bounded(sentences: tuple[str, ...]) -> Iterable[str]:
    if len(sentences) <= MOST_GAPS:
        return map(_cut, sentences)
    return (*map(_cut, sentences[: MOST_GAPS - 1]), f"另有 {len(sentences) - MOST_GAPS + 1} 处没有核对。")


def _cut(text: str) -> str:
    kept = visible_part(text)
    return kept if len(kept) <= LONGEST_TEXT else f"{kept[: LONGEST_TEXT - 1]}…"
