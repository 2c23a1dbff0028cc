"""Control C5: futures hedge what the company has or plans, and no more.

Exposure is physical plus planned tonnes of a hedge group (+ is long price risk); the hedge is the futures tonnes of
the other sign. Use is hedge / exposure at worst case. What brings an account back toward its bound passes, however
far outside it still is. A hedge account may not hold futures on the exposure's own side, nor trade a product no group
speaks of: nobody can tell which direction hedges it. Elsewhere the bound is on the amount. Binds opening orders only.
Values are tonnes,
one of futures against one of goods, whatever VAT is in their prices: a target that is tax-adjusted says both ratios.
"""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.books.holding import decimal_text
from terminal.domain.parameters.limits import HedgeBound, Limits
from terminal.domain.words.risk import Finding, Verdict
from terminal.domain.words.target import BY_TONNES
from terminal.risk.check import Check
from terminal.risk.second_person import second_person
from terminal.risk.unset import limits_unset
from terminal.risk.wording import contract_name

_ZERO = Decimal(0)


def hedge_bound(check: Check) -> Finding | None:
    """Refuse an opening order that hedges more than there is or in the wrong direction; ask a checker near it."""
    if check.reducing:
        return None
    limits = check.limits
    if limits is None:
        return limits_unset(check, "C5")
    if not check.group_tonnes:
        return _no_group(check) if limits.is_hedge_account else None
    worst: Finding | None = None
    for bound in limits.hedge_bounds:
        tonnes = check.group_tonnes.get(bound.group)
        if tonnes is not None:
            found = _judge(check, limits, bound, *tonnes)
            if found is not None and (worst is None or found.verdict > worst.verdict):
                worst = found
    return worst


def _judge(check: Check, limits: Limits, bound: HedgeBound, before: Decimal, after: Decimal) -> Finding | None:
    exposure = bound.physical_tonnes + bound.planned_tonnes
    if exposure >= _ZERO:
        before, after = -before, -after  # short futures hedge a long exposure
    most = abs(exposure)
    if after < _ZERO:
        if limits.is_hedge_account and exposure:
            return None if after >= before else _wrong_way(check, bound, exposure, after)
        before, after = -before, -after
    if after <= before:
        return None
    if after > most:
        return _over(check, bound, after, most)
    near = limits.hedge_confirm_fraction * most
    if after > near:
        share = decimal_text(limits.hedge_confirm_fraction * 100)
        return second_person(
            check,
            control="C5",
            code="HEDGE_NEAR_BOUND",
            value=decimal_text(after),
            limit=decimal_text(near),
            what=(
                f"{contract_name(check)}成交后 {bound.group} 套保 {decimal_text(after)} 吨，"
                f"超过敞口 {decimal_text(most)} 吨的 {share}%（{BY_TONNES}）"
            ),
            otherwise="减少手数",
        )
    return None


def _no_group(check: Check) -> Finding:
    return Finding(
        control="C5",
        code="HEDGE_GROUP_UNSET",
        verdict=Verdict.DENY,
        value="",
        limit="",
        sentence=(
            f"{contract_name(check)}不属于任何套保组，无法判断与现货敞口的方向，套保账户不能开仓；"
            "请先在限额中登记它的套保组与敞口。"
        ),
    )


def _wrong_way(check: Check, bound: HedgeBound, exposure: Decimal, after: Decimal) -> Finding:
    should = "卖出" if exposure > _ZERO else "买入"
    return Finding(
        control="C5",
        code="HEDGE_WRONG_DIRECTION",
        verdict=Verdict.DENY,
        value=decimal_text(-after),
        limit="0",
        sentence=(
            f"{contract_name(check)}成交后 {bound.group} 的期货与现货敞口（{decimal_text(exposure)} 吨）同向 "
            f"{decimal_text(-after)} 吨；套保账户只能{should}套保，请改方向或先登记敞口。"
        ),
    )


def _over(check: Check, bound: HedgeBound, after: Decimal, most: Decimal) -> Finding:
    return Finding(
        control="C5",
        code="HEDGE_ABOVE_EXPOSURE",
        verdict=Verdict.DENY,
        value=decimal_text(after),
        limit=decimal_text(most),
        sentence=(
            f"{contract_name(check)}成交后 {bound.group} 套保 {decimal_text(after)} 吨，"
            f"超过现货敞口与已批预期交易之和 {decimal_text(most)} 吨；请减少手数或先补登敞口。"
        ),
    )
