"""Say what a booking, a mark or an ending of a contract that no exchange lists (场外) would do."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.otc import OtcBooking
from terminal.domain.otc_commands import BookOtc, MarkOtc
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.risk import Verdict
from terminal.domain.words.target import BY_TONNES
from terminal.engine.alert.causing import barred_from_loosening
from terminal.engine.book.hedge import bound_of, derivative_tonnes, otc_tonnes
from terminal.engine.confirmations.waiting import why_full
from terminal.engine.otc.step import wrong_wish
from terminal.engine.otc.wishes import KEEPERS
from terminal.engine.otc.wording import mark_words, step_title
from terminal.engine.previews.order import Answer, no_role
from terminal.engine.wording import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.ids import InstrumentId
    from terminal.domain.otc import OtcStep
    from terminal.domain.otc_commands import OtcWish
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.look import Look
    from terminal.engine.previews.order import Asker
    from terminal.engine.state import AccountState


def otc_answer(look: Look, asker: Asker, account: AccountState, body: OtcWish) -> Answer:
    """Return the verdict on a wish and its sentence, with how the hedge group would stand."""
    barred = no_role(asker, account, KEEPERS, "登记场外合约")
    if barred:
        return Answer(Verdict.DENY, f"不能执行：{barred}")
    refused = wrong_wish(look.state, account, body)
    if refused is not None:
        return Answer(Verdict.DENY, refused[1])
    if isinstance(body, MarkOtc):
        return Answer(Verdict.ALLOW, f"场外合约 {body.number} 的估值改为：{mark_words(body.mark)}")
    if barred_from_loosening(account, asker.person):
        return Answer(Verdict.DENY, "不能执行：账户有红色级别，您今日的开仓与此有关，不能改变敞口；请由另外两人办理。")
    full = why_full(account, asker.person)
    if full:
        return Answer(Verdict.DENY, f"不能执行：{full}")
    step = OtcBooking(terms=body.terms) if isinstance(body, BookOtc) else body.ending
    return Answer(Verdict.CONFIRM2, f"{step_title(step)} · {_group(look, account, step)}需复核")


def _group(look: Look, account: AccountState, step: OtcStep) -> str:
    group, moved = moved_by(look.state.tenant.instruments, account, step)
    bound = bound_of(account, group)
    if bound is None:
        return ""
    before = derivative_tonnes(look.state.tenant.instruments, account, bound)
    exposure, after = bound.physical_tonnes + bound.planned_tonnes, before + moved
    ratio = (
        "" if not exposure else f"，套保比例（{BY_TONNES}）{percent(-before / exposure)} → {percent(-after / exposure)}"
    )
    return f"{group} 衍生品敞口 {amount_text(before)} → {amount_text(after)} 吨{ratio} · "


def moved_by(
    instruments: Mapping[InstrumentId, Instrument], account: AccountState, step: OtcStep
) -> tuple[str, Decimal]:
    """Return the hedge group whose derivatives a step moves, and by how many tonnes of the group."""
    row = None if isinstance(step, OtcBooking) else account.otc.rows.get(step.number)
    terms = step.terms if isinstance(step, OtcBooking) else None if row is None else row.terms
    bound = None if terms is None else bound_of(account, terms.group)
    if terms is None or bound is None:
        return "", Decimal(0)
    tonnes = otc_tonnes(instruments, bound, terms)
    return terms.group, tonnes if isinstance(step, OtcBooking) else -tonnes
