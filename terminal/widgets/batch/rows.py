"""Lay out one row per account of an order for a group: what it would do there, or what became of it."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.words.risk import Verdict
from terminal.domain.words.terms import Term
from terminal.engine.wording import order_title
from terminal.widgets.account.title import account_title
from terminal.widgets.batch.group_button import NO_ACCOUNT
from terminal.widgets.parts import figures
from terminal.widgets.parts.rows import Column, Kind, Tone
from terminal.widgets.ticket.answer_box import VERDICTS

if TYPE_CHECKING:
    from terminal.domain.orders.batch import BatchOrder, Member
    from terminal.engine.batch.line import AccountPreview, BatchLine, PartLine
    from terminal.engine.screen import Preview

TONES: Final = {Verdict.ALLOW: Tone.PLAIN, Verdict.WARN: Tone.CAUTION, Verdict.CONFIRM2: Tone.WARN}


class BatchRow(NamedTuple):
    """Hold what one account's row shows; a figure that is not known there is `None`."""

    account: str
    multiplier: Decimal | None
    lots: int
    filled: int | None
    word: str
    margin: Decimal | None
    available_after: Decimal | None
    sentence: str
    tone: Tone


def foreseen(row: AccountPreview, member: Member | None) -> BatchRow:
    """Return the row of an account before anything is sent: its own gate's word, and every control that says more."""
    shape, word, _ = VERDICTS[row.verdict]
    said = [f"{one.control} {one.sentence}" for one in sorted(row.findings, key=lambda one: -one.verdict)]
    if row.verdict > Verdict.CONFIRM2 and not any(one.verdict > Verdict.CONFIRM2 for one in row.findings):
        said.insert(0, row.sentence.removeprefix("不能报出："))
    return BatchRow(
        account=account_title(row.account, row.name),
        multiplier=None if member is None else member.multiplier,
        lots=row.lots,
        filled=None,
        word=f"{shape} {word}" if row.lots else "0 手",
        margin=row.margin,
        available_after=row.available_after,
        sentence="；".join(one.removesuffix("。") for one in said) or row.sentence,
        tone=TONES.get(row.verdict, Tone.ALERT) if row.lots else Tone.DIM,
    )


def became(part: PartLine) -> BatchRow:
    """Return the row of an account after the order was sent."""
    return BatchRow(
        account=account_title(part.account, part.name),
        multiplier=None,
        lots=part.lots,
        filled=part.filled,
        word=part.word,
        margin=None,
        available_after=None,
        sentence=part.sentence,
        tone=TONES.get(part.verdict, Tone.ALERT) if part.lots else Tone.DIM,
    )


def _multiplier(row: BatchRow) -> str:
    return figures.ABSENT if row.multiplier is None else f"{row.multiplier.normalize():f}"


COLUMNS: Final[tuple[Column[BatchRow], ...]] = (
    Column(Term.ACCOUNT, 150, lambda row: row.account, kind=Kind.NAME),
    Column(Term.MULTIPLIER, 56, _multiplier, number=lambda row: row.multiplier),
    Column(Term.LOTS, 56, lambda row: figures.number(row.lots), number=lambda row: row.lots),
    Column(Term.TRADES, 64, lambda row: figures.number(row.filled), number=lambda row: row.filled),
    Column(Term.RESULT, 104, lambda row: row.word, kind=Kind.NAME, tone=lambda row: row.tone),
    Column(Term.MARGIN, 96, lambda row: figures.number(row.margin), number=lambda row: row.margin),
    Column(
        Term.AVAILABLE_AFTER,
        116,
        lambda row: figures.number(row.available_after),
        number=lambda row: row.available_after,
        tip="最坏情形：在途的开仓委托与这一笔都按限价成交以后，与风险检查 C6 同一个算法",
    ),
    Column(Term.CAUSE, 330, lambda row: row.sentence, kind=Kind.NAME, tone=lambda row: row.tone),
)
BEFORE: Final = (1, 5, 6)  # columns that say something only before the order is sent
AFTER: Final = (3,)  # and only after it


def standing(line: BatchLine) -> str:
    """Return in one line where the accounts of a batch stand now."""
    counts = Counter(part.word for part in line.parts)
    filled, lots = sum(part.filled for part in line.parts), sum(part.lots for part in line.parts)
    said = "，".join(f"{word} {count} 个" for word, count in counts.items())
    return f"{len(line.parts)} 个账户：{said}；共 {lots:,} 手，成交 {filled:,} 手"


def title_of(order: BatchOrder) -> str:
    """Return an order as one reads it out."""
    return order_title(order.terms(NO_ACCOUNT, order.lots))


def going(answer: Preview) -> list[AccountPreview]:
    """Return the accounts to which a press would send."""
    return [row for row in answer.accounts if row.lots and row.verdict <= Verdict.CONFIRM2]
