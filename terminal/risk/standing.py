"""Control C18: the runner, the account and the strategy are in a state that lets this order out.

Only the owner of an account sends, and only a running strategy trades; both bind every order. The kill switch
(一键停止), the replay barrier, a statement that differs and the alarm level bind opening orders: at red or when
killed opening is locked and closing stays possible (SAFETY I7, I21, I22); at orange each opening order needs a checker.
Values are alarm levels (0 to 3), or 1 for what holds.
"""

from __future__ import annotations

from terminal.domain.orders.order import Offset
from terminal.domain.words.risk import Finding, Level, Verdict
from terminal.risk.check import Check
from terminal.risk.second_person import second_person
from terminal.risk.wording import contract_name, order_words

_ORANGE = Level.ORANGE
_RED = Level.RED


def standing(check: Check) -> Finding | None:
    """Refuse what owner, strategy, barrier, kill switch or level do not let out."""
    if not check.owner:
        sentence = f"本机现在不是账户 {check.terms.account} 的运行端，不能报单；请在运行端操作或先接管。"
        return _finding("NOT_OWNER", Verdict.DENY, "0", "1", sentence)
    if not check.strategy_running:
        sentence = f"策略 {check.cause.strategy} 没有在运行，不能报单；请先恢复策略。"
        return _finding("STRATEGY_NOT_RUNNING", Verdict.DENY, "0", "1", sentence)
    if check.reducing:
        return None
    if not check.barrier_passed:
        account = check.terms.account
        sentence = f"{order_words(check)}：账户 {account} 与交易所的对账尚未完成，不能开仓；对账一致后自动恢复。"
        return _finding("BARRIER_NOT_PASSED", Verdict.DENY, "0", "1", sentence)
    if check.killed:
        return _finding("KILLED", Verdict.LOCK, "1", "0", _locked(check, "已一键停止"))
    if check.unreconciled:  # of itself, whatever its level says
        return _finding("STATEMENT_DIFFERS", Verdict.LOCK, "1", "0", _unreconciled(check))
    level = check.level
    if level is _RED:
        return _finding("LEVEL_RED", Verdict.LOCK, "3", "1", _locked(check, "风险级别红色"))
    if level is _ORANGE:
        return second_person(
            check,
            control="C18",
            code="LEVEL_ORANGE",
            value="2",
            limit="1",
            what=f"{contract_name(check)}风险级别橙色，每笔开仓都要复核",
            otherwise="等级别回落",
        )
    return None


def _locked(check: Check, why: str) -> str:
    name = contract_name(check)
    if check.terms.offset is Offset.OPEN:
        return f"{name}{why}：限制开仓（只可平仓）；须两人解除后再开仓。"
    # To whoever closes, a word about opening would be no reason: what forbids this close is only that it is too large.
    return f"{name}{why}：平仓可以，但只到可平手数为止，超出的算开仓；请减少手数。"


def _unreconciled(check: Check) -> str:
    if check.terms.offset is Offset.OPEN:
        what = "限制开仓（只可平仓）；请查明后重新对账，或由两人解除。"
    else:
        what = "平仓可以，但只到可平手数为止，超出的算开仓；请减少手数。"
    return f"账户 {check.terms.account} {check.unreconciled}：{contract_name(check)}{what}"


def _finding(code: str, verdict: Verdict, value: str, limit: str, sentence: str) -> Finding:
    return Finding(control="C18", code=code, verdict=verdict, value=value, limit=limit, sentence=sentence)
