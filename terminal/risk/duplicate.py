"""Control C9: the same order again is taken for a slip: twice within moments, or while the first waits (待复核).

Same means every field. Binds reducing orders too: the second of two equal closes is as likely a slip, and it passes
once the window is over. The pieces one wish was split into do not repeat each other. What waits for a second person has
no window: approving each would send each. An automatic order repeats no person's, so of one that waits it is only told.
Nor does it repeat another strategy's: two that follow one market want the same at once. A hedge repeats none at all: it
brings what its leg lacks beside all that is under way, and one fill may well equal the next.

A conditional order (条件单) goes out when its condition holds, and no hand repeated itself by it: two equal stop-losses
that are triggered together are two orders a person placed one by one. What it closes is never held here, and is never
more than there is to close; what it opens repeats no other conditional order, but may repeat one by hand. An order by
hand that equals what a conditional order has just sent is asked about as ever.
Values are milliseconds, or orders that wait; the sentences name the first three of these and count the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

from terminal.domain.ids import PersonId
from terminal.domain.orders.conditional import TAG
from terminal.domain.orders.order import OrderTerms, Origin
from terminal.domain.parameters.limits import NANOSECONDS
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check, Recent, Waiting
from terminal.risk.second_person import second_person
from terminal.risk.unset import DEFAULTS, limits_unset
from terminal.risk.wording import order_words, whole_words

_AUTOMATIC = Origin.STRATEGY
_MILLISECOND = 1_000_000
NAMED: Final = 3  # waiting orders, and their makers, that a sentence names


def duplicate(check: Check) -> Finding | None:
    """Refuse an automatic order equal to a recent one; ask a checker for a manual one, also if one like it waits."""
    if check.reducing and check.cause.tag.startswith(TAG):
        return None
    limits = check.limits
    if limits is None:
        if not check.reducing:
            return limits_unset(check, "C9")
        limits = DEFAULTS
    window = limits.duplicate_window_seconds
    one = _recent(check, check.now - window * NANOSECONDS)
    waiting = [one for one in check.waiting if one.terms == _asked(check)] if check.waiting else []
    if one is not None:
        return _same(check, one, window, waiting)
    return _waits(check, waiting) if waiting else None


def _asked(check: Check) -> OrderTerms | None:
    # What waits on a combination waits as the whole, and is spoken of once.
    whole = check.whole
    return check.terms if whole is None else whole.terms if whole.is_first else None


def _recent(check: Check, since: int) -> Recent | None:
    if check.whole is not None and not check.whole.is_first:
        return None  # what repeats a whole repeats its first leg, where it is said
    terms, others = check.terms, () if check.whole is None else check.whole.others
    for one in islice(reversed(check.recent), check.fellows, None):
        if one.at <= since:
            return None
        if one.terms == terms and one.order not in others and not _is_another(check, one):
            return None if check.cause.origin is _AUTOMATIC and check.hedges() else one
    return None


def _is_another(check: Check, one: Recent) -> bool:
    # What two wishes asked for, each for itself: of two strategies, or of two conditional orders.
    if check.cause.origin is _AUTOMATIC:
        return one.strategy != check.cause.strategy
    mine = check.cause.tag
    return mine.startswith(TAG) and one.tag.startswith(TAG) and one.tag != mine


def _same(check: Check, one: Recent, window: int, waiting: list[Waiting]) -> Finding:
    age = (check.now - one.at) // _MILLISECOND
    also = f"及待复核 {_named(check.cause.person, waiting)}" if waiting else ""
    what = f"{_words(check)}与 {age} 毫秒前的委托 {one.order} {also}完全相同"
    if check.cause.origin is _AUTOMATIC:
        return Finding(
            control="C9",
            code="DUPLICATE_ORDER",
            verdict=Verdict.DENY,
            value=str(age),
            limit=str(window * 1000),
            sentence=f"{what}，按重复委托拒绝；{window} 秒后可再报。",
        )
    return second_person(
        check,
        control="C9",
        code="DUPLICATE_ORDER_MANUAL",
        value=str(age),
        limit=str(window * 1000),
        what=f"{what}，可能是重复下单",
        otherwise=_withdrawn(check.cause.person, waiting) if waiting else f"等 {window} 秒后再报",
    )


def _words(check: Check) -> str:
    return order_words(check) if check.whole is None else whole_words(check, check.whole)


def _waits(check: Check, waiting: list[Waiting]) -> Finding:
    what = f"{_words(check)}与待复核 {_named(check.cause.person, waiting)}完全相同，可能是重复下单"
    if check.cause.origin is _AUTOMATIC:
        return Finding(
            control="C9",
            code="DUPLICATE_PENDING",
            verdict=Verdict.WARN,
            value=str(len(waiting)),
            limit="0",
            sentence=f"{what}；{_set_off(_numbers(waiting))}获批准时会再报一笔。",
        )
    return second_person(
        check,
        control="C9",
        code="DUPLICATE_PENDING",
        value=str(len(waiting)),
        limit="0",
        what=what,
        otherwise=_withdrawn(check.cause.person, waiting),
    )


def reversal_waits(title: str, asking: PersonId, waiting: Sequence[Waiting]) -> Finding:
    """Ask a checker for a reversal (反手) that is the same as those that wait, to which `title` gives its words."""
    what = f"{_set_off(title)}与待复核 {_named(asking, waiting)}完全相同，可能是重复下单"
    return Finding(
        control="C9",
        code="DUPLICATE_PENDING",
        verdict=Verdict.CONFIRM2,
        value=str(len(waiting)),
        limit="0",
        sentence=f"{what}；需由另一人复核，或{_withdrawn(asking, waiting)}。",
    )


def _named(asking: PersonId, waiting: Sequence[Waiting]) -> str:
    return _set_off(
        _listed([f"{one.confirmation}{_of_whom(one)}" if one.maker != asking else one.confirmation for one in waiting])
    )


def _of_whom(one: Waiting) -> str:
    return f"（{one.maker_name} 提交）"


def _withdrawn(asking: PersonId, waiting: Sequence[Waiting]) -> str:
    # Only its maker may withdraw what waits: whoever asks withdraws his own, and asks the others for theirs.
    makers = {one.maker: one.maker_name for one in waiting}
    parts = []
    for maker in sorted(makers, key=lambda name: name != asking)[:NAMED]:
        numbers = _numbers([one for one in waiting if one.maker == maker])
        parts.append(f"先撤回 {numbers}" if maker == asking else f"请 {makers[maker]} 撤回 {numbers}")
    unnamed = len(makers) - NAMED
    if unnamed > 0:
        parts.append(f"请另外 {unnamed} 人撤回各自提交的")
    return f"{_set_off('、'.join(parts))}再报"


def _numbers(waiting: Sequence[Waiting]) -> str:
    return _listed([one.confirmation for one in waiting])


def _listed(names: Sequence[str]) -> str:
    # A record and a frame have an end: a sentence that named all that waits would grow with every repetition.
    named = "、".join(names[:NAMED])
    return named if len(names) <= NAMED else f"{_set_off(named)}等 {len(names)} 项"


def _set_off(text: str) -> str:
    return f"{text} " if text[-1].isascii() else text
