"""Describe how confirmations that wait, and those that are decided, read in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.words.terms import Term
from terminal.engine.screen import DECIDED_LISTED, ApprovalCard
from terminal.widgets.approval.card import SOON_NS, state_word, time_left
from terminal.widgets.parts import figures
from terminal.widgets.parts.rows import Column, Kind, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain.ids import ConfirmationId


class WaitingRow(NamedTuple):
    """Hold one confirmation that waits, and the moment."""

    card: ApprovalCard
    at: int
    old: bool = False  # of before the link was cut: nothing counts down


def waiting_of(cards: Iterable[ApprovalCard]) -> dict[ConfirmationId, ApprovalCard]:
    """Return what waits: what may be decided here first, and of that the first to expire."""
    waiting = [card for card in cards if card.state is ConfirmationState.PENDING]
    waiting.sort(key=lambda card: (not card.may_decide, card.expires_at))
    return {card.confirmation: card for card in waiting}


def decided_of(cards: Iterable[ApprovalCard]) -> dict[ConfirmationId, ApprovalCard]:
    """Return what does not wait any more, the latest first."""
    done = [card for card in cards if card.state is not ConfirmationState.PENDING]
    done.sort(key=lambda card: card.requested_at, reverse=True)
    return {card.confirmation: card for card in done[:DECIDED_LISTED]}


def _left_tone(row: WaitingRow) -> Tone:
    if row.old:
        return Tone.DIM
    return Tone.WARN if row.card.expires_at - row.at <= SOON_NS else Tone.PLAIN


WAITING_COLUMNS: Final[tuple[Column[WaitingRow], ...]] = (
    Column(
        Term.TIME_LEFT,
        68,
        lambda row: time_left(row.card, row.at) if row.at else figures.ABSENT,
        tone=_left_tone,
        number=lambda row: row.card.expires_at,
    ),
    Column(Term.APPROVAL_CONTENT, 176, lambda row: row.card.title, kind=Kind.NAME),
    Column(Term.MAKER, 92, lambda row: row.card.maker_name, kind=Kind.NAME, tone=lambda _: Tone.QUIET),
    Column(Term.ACCOUNT, 98, lambda row: row.card.account, kind=Kind.NAME, tone=lambda _: Tone.QUIET),
)
DECIDED_COLUMNS: Final[tuple[Column[ApprovalCard], ...]] = (
    Column(
        Term.TIME,
        66,
        lambda card: figures.clock(card.requested_at),
        tone=lambda _: Tone.QUIET,
        number=lambda card: card.requested_at,
        tip="提交的时间",
    ),
    Column(Term.APPROVAL_CONTENT, 190, lambda card: card.title, kind=Kind.NAME),
    Column(
        Term.APPROVAL_OUTCOME,
        120,
        state_word,
        kind=Kind.NAME,
        tone=lambda card: Tone.WARN if card.state is ConfirmationState.STALE else Tone.PLAIN,
    ),
    Column(Term.CHECKER, 66, lambda card: card.checker_name, kind=Kind.NAME, tone=lambda _: Tone.QUIET),
)
