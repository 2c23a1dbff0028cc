"""Take in what comparing a day's statement found: a difference puts the account in close-only (只平仓).

Close-only is the red level of the signal `statement`: openings are refused, the strategies' opening orders are
cancelled, strategies pause, what waits for a second person is void; cancels and reducing closes go on (SAFETY 6, I22).
A clean result of every day that differs takes it away, for then its cause is proven gone; else two persons do.

A statement that cannot be true does neither; people are told of it, once.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.errors import UserError
from terminal.domain.fact.facts import AlertRaised, LevelChanged, Role, StatementReconciled, StatementRefused
from terminal.domain.fact.statement import Handed, StatementRefusal, StatementResult, Verdict, is_digest, is_sound
from terminal.domain.words.risk import Level, Scope
from terminal.domain.words.typed_text import says_something
from terminal.engine.alert.levels import pause_strategies
from terminal.engine.book.scopes import WHOLE_ACCOUNT
from terminal.engine.confirmations.voiding import revoke_pending
from terminal.engine.folds.statement import closed_why, differing, holding
from terminal.engine.refused import Refused
from terminal.engine.wording import day_text
from terminal.risk.levels import SIGNALS, STATEMENT_SIGNAL

if TYPE_CHECKING:
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

EVERYTHING = Scope()
REFUSED = "STATEMENT_REFUSED"


def hand_in(turn: Turn, look: Look, account: AccountState, handed: Handed) -> tuple[str, str]:
    """Take what comparing came to as the turn's actor; return code and sentence.

    Whoever calls has looked at the actor's right.
    """
    if isinstance(handed, StatementRefusal):
        return _refuse(turn, account, handed)
    return _take(turn, look, account, handed)


def _refuse(turn: Turn, account: AccountState, refusal: StatementRefusal) -> tuple[str, str]:
    # Nobody knows which of its figures is wrong, so nothing of it counts: it neither closes the account nor opens it.
    if not is_digest(refusal.digest) or not (says_something(refusal.file) and says_something(refusal.reason)):
        raise Refused("BAD_RESULT", "结算单为什么被拒绝没有说全（文件、摘要、原因），没有登记；请重新对账。")
    if refusal.digest in account.refused_statements:
        return "OK", f"结算单 {refusal.file} 早已被拒绝，提醒过一次；账户不变。"
    actor, name = turn.actor, account.account
    turn.say(StatementRefused(account=name, refusal=refusal, person=actor.person, device=actor.device))
    of_day = "" if refusal.trading_day is None else f"（{day_text(refusal.trading_day)}）"
    sentence = f"结算单 {refusal.file}{of_day}被拒绝，没有对账，账户不变：{refusal.reason}"
    turn.say(AlertRaised(account=name, level=Level.ORANGE, code=REFUSED, instrument=None, sentence=sentence))
    return "OK", f"结算单 {refusal.file} 被拒绝，没有对账，账户不变；每台工作台的告警条上都写着原因。"


def _take(turn: Turn, look: Look, account: AccountState, result: StatementResult) -> tuple[str, str]:
    wrong = fault(look, account, result)
    if wrong is not None:
        raise Refused(*wrong)
    day = result.trading_day
    before = account.statements.get(day)
    actor = turn.actor
    # It would let an account open again: not on the word of whoever trades it. The command line is the machine's own.
    roles = account.roles(actor.person) if actor.person in account.members else {Role.RISK}
    if result.verdict is Verdict.CLEAN and holding(account) and not set(roles) - {Role.TRADER, Role.VIEWER}:
        why = "正因差异只平仓，对平的结果不能由只做交易的人交入"
        raise Refused("NO_ROLE", f"账户 {account.account} {why}，没有登记；请由复核、风控或管理人员交入。")
    turn.say(StatementReconciled(account=account.account, result=result, person=actor.person, device=actor.device))
    match result.verdict:
        case Verdict.DIFFERS:
            if before is None or not before.stands or before.result != result:
                _lock(turn, account, result)
            return (
                "OK",
                f"{day_text(day)} 的结算单与账有 {differing(result)} 处不符，账户转为只平仓；撤单与平仓不受限。",
            )
        case Verdict.PARTIAL:
            left = (
                f"账户仍因 {day_text(holding(account)[0].result.trading_day)} 的差异只平仓；"
                if holding(account)
                else ""
            )
            return "OK", f"{day_text(day)} 的结算单不完整，读到的都相符，不算对账一致；{left}请用完整的结算单再对一次。"
        case Verdict.CLEAN:
            return "OK", f"{day_text(day)} 的结算单与账全部相符。{_lift(turn, account)}"


def fault(look: Look, account: AccountState, result: StatementResult) -> tuple[str, str] | None:
    """Return code and sentence of why a result cannot be taken, or `None`."""
    if not is_sound(result):
        return "BAD_RESULT", "对账结果的条数自相矛盾，没有登记；请用 hengduo reconcile 重新对账。"
    day = result.trading_day
    try:
        is_trading_day = look.calendar.is_trading_day(day)
    except UserError:
        is_trading_day = False
    if not is_trading_day or day >= account.trading_day:
        now = f"账户 {account.account} 现在是 {account.trading_day}"
        return "DAY_NOT_SETTLED", f"{day} 不是结算过的交易日（{now}），没有登记；请核对结算单的日期。"
    return None


def _level(account: AccountState) -> Level:
    row = account.levels.get(f"{WHOLE_ACCOUNT}|{STATEMENT_SIGNAL}")
    return Level.NORMAL if row is None else row.level


def _lock(turn: Turn, account: AccountState, result: StatementResult) -> None:
    # Said again for another day or other differences: who has asked for a release has not seen these.
    _move(turn, account, Level.RED, differing(result))
    why = closed_why(account)
    pause_strategies(turn, account, EVERYTHING, why)
    revoke_pending(turn, account, EVERYTHING, why)


def _lift(turn: Turn, account: AccountState) -> str:
    left = closed_why(account)
    if left:
        return f"账户仍只平仓：{left}。"
    if _level(account) is not Level.RED:
        return ""
    _move(turn, account, Level.NORMAL, 0)
    return "只平仓已解除；策略请逐个恢复。"


def _move(turn: Turn, account: AccountState, after: Level, differences: int) -> None:
    before = _level(account)
    turn.say(
        LevelChanged(
            account=account.account,
            scope=EVERYTHING,
            signal=STATEMENT_SIGNAL,
            value=str(Decimal(differences)),
            threshold=SIGNALS[STATEMENT_SIGNAL].text(Level.RED),
            before=before,
            after=after,
            at=turn.at,
        )
    )
