"""Book and end contracts that no exchange lists (场外): what a second person has agreed to, judged once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from terminal.domain.fact.facts import AlertRaised
from terminal.domain.fact.otc import OtcBooked, OtcEnded
from terminal.domain.otc import FEN, MOST_CONTRACTS, OtcBooking, wrong_mark, wrong_terms
from terminal.domain.otc_commands import BookOtc, EndOtc, MarkOtc
from terminal.domain.words.risk import Level
from terminal.domain.words.typed_text import LONGEST_TEXT, is_visible, says_something, shown
from terminal.engine.otc.wording import contract_title

if TYPE_CHECKING:
    from terminal.domain.ids import ConfirmationId, PersonId
    from terminal.domain.otc import OtcStep
    from terminal.domain.otc_commands import OtcWish
    from terminal.engine.otc.book import OtcRow
    from terminal.engine.state import AccountState, State
    from terminal.engine.turn import Turn


def wrong_wish(state: State, account: AccountState, body: OtcWish) -> tuple[str, str] | None:
    """Return the code and the sentence by which a wish is refused, or `None`."""
    match body:
        case BookOtc():
            return wrong_step(state, account, OtcBooking(terms=body.terms)) or _wrong_reason(body.reason, "")
        case EndOtc():
            return wrong_step(state, account, body.ending) or _wrong_reason(body.ending.reason, "了结")
        case MarkOtc():
            row = account.otc.rows.get(body.number)
            if row is None:
                return "UNKNOWN_OTC", unknown(body.number)
            wrong = wrong_mark(row.terms, body.mark)
            return ("BAD_MARK", wrong) if wrong else None
        case _:
            assert_never(body)


def wrong_step(state: State, account: AccountState, step: OtcStep) -> tuple[str, str] | None:
    """Return the code and the sentence by which nothing can be booked or ended now, or `None`."""
    rows = account.otc.rows
    if not isinstance(step, OtcBooking):
        if step.number not in rows:
            return "UNKNOWN_OTC", unknown(step.number)
        return ("BAD_AMOUNT", "了结收付的金额应为整数分，请修改。") if step.amount % FEN else None
    terms = step.terms
    groups = () if account.limits is None else [bound.group for bound in account.limits.hedge_bounds]
    wrong = wrong_terms(terms, state.tenant.instruments.get(terms.reference), groups, account.trading_day)
    if wrong is not None:
        return "BAD_TERMS", wrong[1]
    if terms.number in rows:
        return "NUMBER_USED", f"场外合约 {terms.number} 已登记；要更正它，先了结再登记，要另记一份请换编号。"
    if len(rows) >= MOST_CONTRACTS:
        return "TOO_MANY", f"账户已有 {MOST_CONTRACTS} 份未了结的场外合约，请先了结已到期的。"
    return None


def carry_on(turn: Turn, account: AccountState, step: OtcStep, person: PersonId, confirmation: ConfirmationId) -> str:
    """Book or end what a second person has agreed to; return what was done, in words."""
    name = account.account
    if isinstance(step, OtcBooking):
        turn.say(OtcBooked(account=name, terms=step.terms, person=person, confirmation=confirmation))
        return f"场外合约 {step.terms.number} 已登记"
    turn.say(OtcEnded(account=name, ending=step, person=person, confirmation=confirmation))
    return f"场外合约 {step.number} 已了结"


def expired(row: OtcRow, trading_day: int) -> bool:
    """Return whether a contract's last day is over, so that it waits to be ended."""
    return row.terms.expires < trading_day


def tell_expired(turn: Turn, account: AccountState, since: int) -> None:
    """Tell people, once, of each contract whose last day was trading day `since` or later, and is over."""
    for row in account.otc.rows.values():
        if since <= row.terms.expires < account.trading_day:
            turn.say(
                AlertRaised(
                    account=account.account,
                    level=Level.ORANGE,
                    code="OTC_EXPIRED",
                    instrument=row.terms.reference,
                    sentence=f"{contract_title(row.terms)}，已到期仍计入 {row.terms.group}；请办理了结。",
                )
            )


def unknown(number: str) -> str:
    """Return the sentence for a number under which nothing is open."""
    return f"没有未了结的场外合约 {shown(number)}，请刷新列表。"


def _wrong_reason(reason: str, needed_for: str) -> tuple[str, str] | None:
    if len(reason) > LONGEST_TEXT or not is_visible(reason):
        return "BAD_REASON", f"原因最多 {LONGEST_TEXT} 个可见字符，请改短。"
    if needed_for and not says_something(reason):
        return "NO_REASON", f"请写明{needed_for}的原因。"
    return None
