"""Control C7: who has lost the day's limit opens nothing more today.

Beyond half of the limit every opening order needs a checker, beyond all of it opening is locked (限制开仓). A hedge
account's futures loss alone never locks: the spot side earns what futures lose, so it stays a matter for a checker.
A strategy without a limit of its own has the account's, and never more than the account's. An account without a limit
does not open. Binds opening orders only. Values are yuan.
"""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.books.holding import decimal_text
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check
from terminal.risk.second_person import second_person
from terminal.risk.unset import limits_unset
from terminal.risk.wording import yuan

_ACCOUNT = ("DAY_LOSS", "DAY_LOSS_NEAR")
_STRATEGY = ("STRATEGY_DAY_LOSS", "STRATEGY_DAY_LOSS_NEAR")


def day_loss(check: Check) -> Finding | None:
    """Lock opening beyond the day-loss limit of account or strategy; ask a checker beyond half of it."""
    if check.reducing:
        return None
    limits = check.limits
    if limits is None:
        return limits_unset(check, "C7")
    most = limits.day_loss_yuan
    if most is None:
        return _unset(check)
    locks = not limits.is_hedge_account
    loss, found = check.day_loss, None
    if loss + loss > most:
        found = _lost(check, f"账户 {check.terms.account} ", _ACCOUNT, loss, most, locks=locks)
    loss = check.strategy_day_loss
    if loss:
        own = limits.strategy_day_loss_yuan
        most = most if own is None else min(own, most)
        if loss + loss > most:
            worse = _lost(check, f"策略 {check.cause.strategy} ", _STRATEGY, loss, most, locks=locks)
            found = worse if found is None or worse.verdict > found.verdict else found
    return found


def _lost(check: Check, who: str, codes: tuple[str, str], loss: Decimal, most: Decimal, *, locks: bool) -> Finding:
    if loss > most and locks:
        return Finding(
            control="C7",
            code=codes[0],
            verdict=Verdict.LOCK,
            value=decimal_text(loss),
            limit=decimal_text(most),
            sentence=f"{who}当日亏损 {yuan(loss)}，超过限额 {yuan(most)}：限制开仓（只可平仓）；须两人解除。",
        )
    return second_person(
        check,
        control="C7",
        code=codes[1],
        value=decimal_text(loss),
        limit=decimal_text(most / 2),
        what=f"{who}当日亏损 {yuan(loss)}，超过限额 {yuan(most)} 的一半",
        otherwise="等亏损回落",
    )


def _unset(check: Check) -> Finding:
    return Finding(
        control="C7",
        code="DAY_LOSS_LIMIT_UNSET",
        verdict=Verdict.DENY,
        value="",
        limit="",
        sentence=f"账户 {check.terms.account} 没有设置当日亏损限额，不能开仓；请风控人员先设置。",
    )
