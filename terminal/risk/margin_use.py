"""Control C6: the account can carry the order's margin when every live and UNKNOWN order fills.

Risk degree (风险度) = margin / 客户权益; the rule multiplies instead of dividing, so a limit is met exactly. Binds
opening orders only. Margin or fees nobody knows mean no. Values are percent; of AVAILABLE_NEGATIVE they are yuan.
"""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.books.holding import decimal_text
from terminal.domain.parameters.limits import Limits
from terminal.domain.view import AccountView
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check
from terminal.risk.second_person import second_person
from terminal.risk.unset import limits_unset
from terminal.risk.wording import contract_name, order_words, percent_rounded_up, yuan

_ZERO = Decimal(0)


def margin_use(check: Check) -> Finding | None:
    """Refuse an opening order whose margin the account cannot carry; ask a checker near it."""
    if check.reducing:
        return None
    limits, money = check.limits, check.money_after
    if limits is None:
        return limits_unset(check, "C6")
    if not check.has_price:
        return None  # C1 refuses
    if money is None:
        return _unknown(check)
    if money.available < _ZERO:
        return _short_of_money(check, money)
    margin, equity = money.margin, money.equity
    if margin > limits.margin_max * equity:
        return _over(check, limits, money)
    if margin > limits.margin_confirm * equity:
        degree = decimal_text(percent_rounded_up(margin, equity))
        return second_person(
            check,
            control="C6",
            code="RISK_DEGREE_HIGH",
            value=degree,
            limit=decimal_text(limits.margin_confirm * 100),
            what=(
                f"{order_words(check)}后风险度 {degree}%（{_worst_case(check)[0]}），"
                f"超过 {decimal_text(limits.margin_confirm * 100)}%"
            ),
            otherwise="减少手数、平仓或入金",
        )
    return None


def _deny(code: str, value: str, limit: str, sentence: str) -> Finding:
    return Finding(control="C6", code=code, verdict=Verdict.DENY, value=value, limit=limit, sentence=sentence)


def _unknown(check: Check) -> Finding:
    sentence = (
        f"不知道{contract_name(check)}的保证金率或手续费，不能开仓；请在方案的 [[instrument]] 中写明或补充资料表。"
    )
    return _deny("MARGIN_UNKNOWN", "", "", sentence)


def _short_of_money(check: Check, money: AccountView) -> Finding:
    left = yuan(money.available)
    what, advice = _worst_case(check)
    sentence = f"{order_words(check)}：{what}后可用 {left}，资金不足；请减少手数、{advice}平仓或入金。"
    return _deny("AVAILABLE_NEGATIVE", decimal_text(money.available), "0", sentence)


def _over(check: Check, limits: Limits, money: AccountView) -> Finding:
    degree = decimal_text(percent_rounded_up(money.margin, money.equity))
    most = decimal_text(limits.margin_max * 100)
    what, advice = _worst_case(check)
    sentence = f"{order_words(check)}后风险度 {degree}%（{what}），超过上限 {most}%；请减少手数、{advice}平仓或入金。"
    return _deny("RISK_DEGREE", degree, most, sentence)


def _worst_case(check: Check) -> tuple[str, str]:
    # What is counted as done, and what can be taken back of it.
    exercises = "" if check.exercises is None else check.exercises()
    if exercises:
        return f"未了委托全部成交、{exercises}执行", "撤单、撤销行权申请或申请放弃、"
    return "未了委托全部成交", "撤单、"
