"""Carry out exactly what a second person has approved (SAFETY 7).

Consumption happens in the turn of the approval: everything is judged again, and the intent (or the strategy's start, or
the new limits) and the CONSUME are said together, so they are committed together or not at all. Nothing stays approved
and unused across turns, so there is nothing to replay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.absurd import is_absurd
from terminal.domain.fact.facts import CashMoved, LimitsSet
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.words.risk import Verdict
from terminal.engine.confirmations import approval
from terminal.engine.exercise import judge as exercise_judge
from terminal.engine.orders.by_hand import judge_asked, record_asked, refuse_asked
from terminal.engine.otc.step import carry_on, why_orphaned, wrong_step
from terminal.engine.refused import Refused
from terminal.engine.reversal import reversals
from terminal.engine.reversal.plan import foresee
from terminal.engine.reversal.wording import reversal_title
from terminal.engine.sentences.exercise import wish_text
from terminal.engine.strategy import changes, spot_answers
from terminal.engine.strategy.changes import FIRST_VERSION
from terminal.engine.strategy.lapsed import why_gone, why_lapsed
from terminal.engine.strategy.owners import why_contested
from terminal.engine.wishes.stale import why_stale
from terminal.engine.wording import cash_title, order_title

if TYPE_CHECKING:
    from terminal.domain.orders.confirmation import ExerciseAsked, Stored
    from terminal.domain.orders.order import OrderTerms
    from terminal.domain.orders.reversal import Reversal
    from terminal.domain.otc import OtcStep
    from terminal.domain.spot_commands import ConfirmSpot
    from terminal.engine.look import Look
    from terminal.engine.standing import ConfirmationRow
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn


def approve(turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, signature: str) -> tuple[str, str]:
    """State a checker's yes and carry it out at once; return code and sentence of what was done.

    What has changed since it was asked for is stated as well and refused (STALE): the yes is used, and nothing done.
    """
    stored = approval.stored_of(row)
    approval.decide(
        turn, account, row, ConfirmationEvent.APPROVE, signature=signature, seen=approval.price_of(look, row)
    )
    gone = (
        "" if stored.settings is None or stored.strategy is None else why_gone(look, stored.strategy, stored.settings)
    )
    stale = _unsound(stored) or gone or why_stale(look.state, account, stored, approval.market_of(look))
    if stale:
        raise _go_stale(turn, account, row, stale)
    if stored.terms is not None:
        return _send(turn, look, account, row, stored, stored.terms)
    if stored.reversal is not None:
        return _reverse(turn, look, account, row, stored, stored.reversal)
    if stored.exercise is not None:
        return _exercise(turn, look, account, row, stored, stored.exercise)
    done = _carry_out(turn, look, account, row, stored)
    approval.decide(turn, account, row, ConfirmationEvent.CONSUME)
    if stored.settings is not None and stored.strategy is not None:
        changes.overtake(turn, account, stored.strategy)
    return "OK", f"复核通过{done}"


def _unsound(stored: Stored) -> str:
    # Parked by a runner whose door did not look everywhere.
    absurd = any(wish is not None and is_absurd(wish) for wish in (stored.settings, stored.limits))
    return "里面有不是有效数字的数，没有执行；请改正后重新提交。" if absurd else ""


def _carry_out(turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, stored: Stored) -> str:
    # What sends nothing by itself; returns what was done as a clause.
    if stored.settings is not None and stored.strategy is not None:
        lapsed = why_lapsed(look, account, stored.strategy, stored.settings)
        if lapsed:
            raise _go_stale(turn, account, row, lapsed)
        fact = changes.agreed(stored, stored.strategy, stored.settings, row.confirmation.confirmation)
        turn.say(fact)
        how = "已启动" if fact.version == FIRST_VERSION else f"已改为第 {fact.version} 版"
        return f"，策略 {stored.strategy} {how}"
    if stored.limits is not None:
        orphaned = why_orphaned(look.state, account, stored.limits) or why_contested(account, stored.limits)
        if orphaned:
            raise _go_stale(turn, account, row, orphaned)
        turn.say(LimitsSet(account=account.account, limits=stored.limits))
        return f"，限额已改为第 {stored.limits.version} 版"
    if stored.cash is not None:
        turn.say(CashMoved(account=account.account, amount=stored.cash, reason=stored.cause.reason))
        return f"，已{cash_title(stored.cash)}"
    if stored.otc is not None:
        return f"，{_otc(turn, look, account, row, stored, stored.otc)}"
    return "" if stored.waiver is None else f"，{_waive(turn, look, account, row, stored, stored.waiver)}"


def _go_stale(turn: Turn, account: AccountState, row: ConfirmationRow, why: str) -> Refused:
    approval.decide(turn, account, row, ConfirmationEvent.STALE, reason=why)
    return Refused("STALE", why)


def _send(
    turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, stored: Stored, terms: OrderTerms
) -> tuple[str, str]:
    asked = judge_asked(look, terms, stored.cause, approved=True)
    if asked.verdict >= Verdict.CONFIRM2:
        refuse_asked(turn, asked)
        worst = max(asked.findings, key=lambda finding: finding.verdict)
        raise _go_stale(turn, account, row, worst.sentence)
    record_asked(turn, look, account, asked, row.confirmation.confirmation)
    approval.decide(turn, account, row, ConfirmationEvent.CONSUME)
    return "OK", f"复核通过，已报单 {order_title(terms)}"


def _reverse(
    turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, stored: Stored, wanted: Reversal
) -> tuple[str, str]:
    found = foresee(look, account, wanted, stored.cause, approved=True)
    if found.barred is not None:
        raise _go_stale(turn, account, row, found.barred[1])
    begun = reversals.start(turn, look, account, wanted, stored.cause, found, row.confirmation.confirmation)
    approval.decide(turn, account, row, ConfirmationEvent.CONSUME)
    return "OK", f"复核通过，{begun} {reversal_title(wanted.terms)}：已报平仓单，成交后开仓"


def _exercise(
    turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, stored: Stored, asked: ExerciseAsked
) -> tuple[str, str]:
    found, wish, name = exercise_judge.judge(look, account, asked.wish, approved=True), asked.wish, row.confirmation
    if found.why:
        raise _go_stale(turn, account, row, found.why)
    if found.opens is not None and found.opens.lots > asked.opens.lots:
        opens = f"现在要开 {found.opens.lots} 手，复核的是 {asked.opens.lots} 手"
        raise _go_stale(turn, account, row, f"可自对冲的手数少了，{opens}，请重新提交。")
    maker, device = stored.maker, stored.cause.device
    request = exercise_judge.send(
        turn, account, wish, person=maker, device=device, findings=found.findings, confirmation=name.confirmation
    )
    approval.decide(turn, account, row, ConfirmationEvent.CONSUME)
    return "OK", f"复核通过，已提交申请 {request}：{wish_text(wish)}"


def _otc(turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, stored: Stored, step: OtcStep) -> str:
    wrong = wrong_step(look.state, account, step)
    if wrong is not None:
        raise _go_stale(turn, account, row, wrong[1])
    return carry_on(turn, account, step, stored.maker, row.confirmation.confirmation)


def _waive(
    turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, stored: Stored, body: ConfirmSpot
) -> str:
    wrong = spot_answers.wrong_confirmation(account, body)
    if wrong is not None:
        raise _go_stale(turn, account, row, wrong[1])
    said = spot_answers.confirmed_sentence(look, account, body)
    spot_answers.note(turn, account, body, stored.maker)
    return said
