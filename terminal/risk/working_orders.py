"""Control C11: an account keeps a number of working orders that people can still see through.

Live and UNKNOWN orders count, and so does the proposed one. Binds opening orders only. Values are orders.
"""

from __future__ import annotations

from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check
from terminal.risk.second_person import second_person
from terminal.risk.unset import limits_unset
from terminal.risk.wording import contract_name


def working_orders(check: Check) -> Finding | None:
    """Refuse an opening order too many for account or instrument; ask a checker for one of many."""
    if check.reducing:
        return None
    limits = check.limits
    if limits is None:
        return limits_unset(check, "C11")
    count = len(check.working) + (1 if check.whole is None else 2)  # both legs of a combination come at once
    most = limits.working_orders_max
    if count > most:
        return _deny("WORKING_ORDERS", count, most, f"账户 {check.terms.account} ")
    most = limits.working_orders_per_instrument
    if count > most:
        instrument = check.terms.instrument
        here = 1 + sum(one.terms.instrument == instrument for one in check.working)
        if here > most:
            return _deny("WORKING_ORDERS_OF_INSTRUMENT", here, most, contract_name(check))
    most = limits.working_orders_confirm
    if count > most:
        return second_person(
            check,
            control="C11",
            code="WORKING_ORDERS_MANY",
            value=str(count),
            limit=str(most),
            what=f"账户 {check.terms.account} 未了委托将达 {count} 笔，超过 {most} 笔",
            otherwise="先撤去不需要的委托",
        )
    return None


def _deny(code: str, count: int, most: int, who: str) -> Finding:
    return Finding(
        control="C11",
        code=code,
        verdict=Verdict.DENY,
        value=str(count),
        limit=str(most),
        sentence=f"{who}未了委托将达 {count} 笔，超过上限 {most} 笔；请先撤去不需要的委托。",
    )
