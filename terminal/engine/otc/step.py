"""Book and end contracts that no exchange lists (场外): what a second person has agreed to, judged once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

from terminal.domain.fact.facts import AlertRaised
from terminal.domain.fact.otc import OtcBooked, OtcEnded
from terminal.domain.orders.confirmation import Stored
from terminal.domain.otc import FEN, MOST_CONTRACTS, OtcBooking, OtcEnding, product_in, wrong_mark, wrong_terms
from terminal.domain.otc_commands import BookOtc, EndOtc, MarkOtc
from terminal.domain.words.risk import Level
from terminal.domain.words.typed_text import LONGEST_TEXT, is_visible, says_something, shown
from terminal.engine.otc.wording import contract_title, mark_words

if TYPE_CHECKING:
    from terminal.domain.ids import ConfirmationId, PersonId
    from terminal.domain.otc import OtcStep
    from terminal.domain.otc_commands import OtcWish
    from terminal.domain.parameters.limits import Limits
    from terminal.engine.books.otc import OtcRow
    from terminal.engine.state import AccountState, State
    from terminal.engine.turn import Turn


def wrong_wish(state: State, account: AccountState, body: OtcWish) -> tuple[str, str] | None:
    """Return the code and the sentence by which a wish is refused, or `None`."""
    match body:
        case BookOtc():
            return wrong_step(state, account, OtcBooking(terms=body.terms)) or _wrong_reason(body.reason, "")
        case EndOtc():
            return (
                wrong_step(state, account, body.ending)
                or _waits(account, body.ending)
                or _wrong_reason(body.ending.reason, "了结")
            )
        case MarkOtc():
            row = account.otc.rows.get(body.number)
            if row is None or row.booking != body.booking:
                return "UNKNOWN_OTC", unknown(body.number)
            if row.version != body.base_version:
                now = f"场外合约 {body.number} 的估值已由别人改为：{mark_words(row.mark)}"
                return "CONFLICT", f"{now}；请重新打开后修改。"
            wrong = wrong_mark(row.terms, body.mark)
            return ("BAD_MARK", wrong) if wrong else None
        case _:
            assert_never(body)


def wrong_step(state: State, account: AccountState, step: OtcStep) -> tuple[str, str] | None:
    """Return the code and the sentence by which nothing can be booked or ended now, or `None`."""
    rows = account.otc.rows
    if not isinstance(step, OtcBooking):
        row = rows.get(step.number)
        if row is None or row.booking != step.booking:
            return "UNKNOWN_OTC", unknown(step.number)
        return ("BAD_AMOUNT", "了结收付的金额应为整数分，请修改。") if step.amount % FEN else None
    terms = step.terms
    bounds = () if account.limits is None else account.limits.hedge_bounds
    wrong = wrong_terms(terms, state.tenant.instruments.get(terms.reference), bounds, account.trading_day)
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


def why_orphaned(state: State, account: AccountState, limits: Limits) -> str:
    """Return in a sentence which open contracts other limits would no longer count; "" where they count all."""
    bounds = {bound.group: bound for bound in limits.hedge_bounds}
    for row in account.otc.rows.values():
        terms, reference = row.terms, state.tenant.instruments.get(row.terms.reference)
        bound = bounds.get(terms.group)
        if bound is None or (reference is not None and product_in(bound, reference) is None):
            what = f"套保组“{terms.group}”还有未了结的场外合约 {terms.number}（{terms.reference}）"
            return f"{what}，不能删除、改名或去掉它的品种；请先了结合约。"
    return ""


def _waits(account: AccountState, ending: OtcEnding) -> tuple[str, str] | None:
    for row in account.pending.values():
        step = msgspec.json.decode(row.confirmation.stored, type=Stored).otc
        if isinstance(step, OtcEnding) and step.booking == ending.booking:
            name = row.confirmation.confirmation
            return "ALREADY_ASKED", f"场外合约 {ending.number} 的了结已在等待复核（{name}），请先撤回它。"
    return None


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
