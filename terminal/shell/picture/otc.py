"""Show contracts that no exchange lists (场外): each with what it is worth now, and their facts as sentences."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.fact.otc import OtcBooked, OtcEnded, OtcFact
from terminal.domain.otc import OtcBooking, OtcEnding, first_mark
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.settings import moment
from terminal.domain.words.target import BY_TONNES
from terminal.engine.book.hedge import bound_of, derivative_tonnes, otc_tonnes
from terminal.engine.confirmations.approval import stored_of
from terminal.engine.otc.line import OtcLine
from terminal.engine.otc.step import expired
from terminal.engine.otc.wording import contract_title, kind_words, mark_words, step_title
from terminal.engine.previews.otc import moved_by
from terminal.engine.prices.otc import value_of
from terminal.engine.screen import Figure
from terminal.engine.wording import percent, person_name
from terminal.shell.picture.worded import Worded

if TYPE_CHECKING:
    from terminal.domain.otc import OtcStep
    from terminal.engine.books.otc import OtcRow
    from terminal.engine.state import AccountState
    from terminal.shell.picture.present import Present


def otc_lines(present: Present, account: AccountState) -> tuple[OtcLine, ...]:
    """Return the open contracts of an account, the one that expires first at the top."""
    waiting: dict[str, str] = {}
    for row in account.pending.values():
        step = stored_of(row).otc
        if isinstance(step, OtcEnding):
            waiting[step.number] = row.confirmation.confirmation
    rows = sorted(account.otc.rows.values(), key=lambda row: (row.terms.expires, row.terms.number))
    return tuple(_line(present, account, row, waiting.get(row.terms.number, "")) for row in rows)


def _line(present: Present, account: AccountState, row: OtcRow, waits: str) -> OtcLine:
    terms = row.terms
    found = value_of(row, present.mark(terms.reference), account.trading_day)
    by = "" if row.marked_by is None else f"（{person_name(account, row.marked_by)} {moment(row.marked_at)[:16]}）"
    return OtcLine(
        account=account.account,
        terms=terms,
        kind=kind_words(terms),
        mark=row.mark,
        marked=f"{mark_words(row.mark)}{by}",
        value=found.value,
        profit=found.profit,
        tonnes=found.tonnes,
        whole_tonnes=_counted(present, account, row),
        booking=row.booking,
        version=row.version,
        why=found.why,
        is_expired=expired(row, account.trading_day),
        waits=waits,
    )


def _counted(present: Present, account: AccountState, row: OtcRow) -> Decimal:
    bound = bound_of(account, row.terms.group)
    return Decimal(0) if bound is None else otc_tonnes(present.state.tenant.instruments, bound, row.terms)


def otc_details(account: AccountState, step: OtcStep) -> tuple[str, ...]:
    """Return what stands on the card of a booking or an ending beside its title: the whole contract, how it is valued.

    Of an ending whose contract is gone nothing is left to read.
    """
    if isinstance(step, OtcBooking):
        return (f"估值：{mark_words(first_mark(step.terms))}",)
    row = account.otc.rows.get(step.number)
    if row is None or row.booking != step.booking:
        return ("这份合约已不在，批准不会生效。",)
    return (f"{contract_title(row.terms)}，计入 {row.terms.group}", f"估值：{mark_words(row.mark)}")


def otc_figures(present: Present, account: AccountState, step: OtcStep) -> tuple[Figure, ...]:
    """Return how a booking or an ending moves its hedge group, every option at its whole tonnes as control C5 does."""
    group, moved = moved_by(present.state.tenant.instruments, account, step)
    bound = bound_of(account, group)
    if bound is None:
        return ()
    before = derivative_tonnes(present.state.tenant.instruments, account, bound)
    exposure = bound.physical_tonnes + bound.planned_tonnes
    figures = [Figure(name=f"衍生品敞口 {group}", before=_tonnes(before), after=_tonnes(before + moved))]
    if exposure:
        most = Decimal(0 if account.limits is None else account.limits.hedge_confirm_fraction)
        was, then = -before / exposure, -(before + moved) / exposure
        worse = then > most or then < 0
        figures.append(
            Figure(name=f"套保比例 {group}（{BY_TONNES}）", before=percent(was), after=percent(then), worse=worse)
        )
    return tuple(figures)


def _tonnes(amount: Decimal) -> str:
    return f"{amount_text(amount)} 吨"


def otc(account: AccountState, fact: OtcFact) -> Worded:
    """Return the sentence of a fact that the account has just folded."""
    who = person_name(account, fact.person)
    if isinstance(fact, OtcBooked):
        return Worded(fact.account, who, step_title(OtcBooking(terms=fact.terms)), fact.terms.reference)
    if isinstance(fact, OtcEnded):
        return Worded(fact.account, who, step_title(fact.ending))
    return Worded(fact.account, who, f"场外合约 {fact.number} 的估值改为：{mark_words(fact.mark)}")
