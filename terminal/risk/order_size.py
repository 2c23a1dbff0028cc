"""Control C2: neither the order nor the task it belongs to is too large, and the hedge plan (套保方案) covers it.

The checker's threshold looks at the whole task, so that slicing does not escape it; the approval of the task covers
its children. A reducing close is judged by its own value alone: a task under way must be able to finish, and it uses
up no plan. Both legs of an order on a combination count together: they are one order. At red and under the kill switch
a close waits for nobody (UI 2.3, the emergency lane; SAFETY I22): that it was large is recorded, and told afterwards to
whoever would have been asked. An exchange maximum nobody knows stops automatic opening orders (SAFETY 5: missing
exchange lines block automatic trading). Values are lots, or yuan for the codes that say VALUE.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from terminal.domain.books.holding import decimal_text
from terminal.domain.orders.kinds import most_lots, reckoned
from terminal.domain.orders.order import Origin, PriceKind
from terminal.domain.parameters.limits import Limits
from terminal.domain.products.instrument import Instrument
from terminal.domain.words.risk import Finding, Level, Verdict
from terminal.risk.check import Check
from terminal.risk.second_person import second_person
from terminal.risk.unset import DEFAULTS, limits_unset
from terminal.risk.wording import contract_name, order_words, whole_words, yuan

LARGE_UNASKED: Final = "LARGE_CLOSE_UNASKED"
"""A large close went out at red or under the kill switch, and nobody was asked: of the finding and of its alert."""

_AUTOMATIC = Origin.STRATEGY
_LIMIT = PriceKind.LIMIT


def order_size(check: Check) -> Finding | None:
    """Refuse an order beyond the exchange's, the plan's or the company's largest; ask a checker for a large one."""
    instrument, limits, terms = check.instrument, check.limits, check.terms
    if instrument is None or not check.has_price:
        return None  # C1 refuses
    limited = terms.price_kind is _LIMIT
    largest = instrument.max_lots if limited else most_lots(instrument, terms)
    if largest is not None and terms.lots > largest:
        return _over_maximum(check, largest)
    own = _own(check, instrument)
    if check.reducing:
        limits = DEFAULTS if limits is None else limits
        if own > limits.max_value_yuan:
            return _over_value(check, limits, own)
        unasked = is_emergency(check.level, killed=check.killed) and not check.approved
        return (_unasked if unasked else _large)(check, limits, own)
    if limits is None:
        return limits_unset(check, "C2")
    whole = check.parent_value
    if whole is None:
        return _worthless(check)
    if own > limits.max_value_yuan or whole > limits.max_value_yuan:
        return _over_value(check, limits, max(own, whole))
    if largest is None and check.cause.origin is _AUTOMATIC:
        return _maximum_unknown(check)
    if limits.hedge_plan_lots is not None:
        left = limits.hedge_plan_lots.get(instrument.product)
        if left is None:
            return _outside_plan(check, instrument)
        if check.parent_lots > left:
            return _over_plan(check, left)
    return _large(check, limits, whole)


def _own(check: Check, instrument: Instrument) -> Decimal:
    # An order on a combination is one order: what is sent at once is both legs, whichever of them is looked at. What a
    # strategy opens is bounded by the value of its whole task; its closes may not wait for a person whom nobody asks.
    if check.whole is not None and check.whole.value is not None and check.cause.origin is not _AUTOMATIC:
        return check.whole.value
    terms = check.terms
    price = terms.price if terms.price_kind is _LIMIT else _reckoned(check, instrument)
    return price * terms.lots * instrument.multiplier


def _words(check: Check) -> str:
    whole = check.whole
    return order_words(check) if whole is None else f"{whole_words(check, whole)}（两腿合计，按涨停价）"


def _reckoned(check: Check, instrument: Instrument) -> Decimal:
    upper = None if check.quote is None else check.quote.upper_limit
    return reckoned(check.terms, None if upper is None else instrument.price(upper)).price


def _deny(code: str, value: str, limit: str, sentence: str) -> Finding:
    return Finding(control="C2", code=code, verdict=Verdict.DENY, value=value, limit=limit, sentence=sentence)


def _worthless(check: Check) -> Finding:
    sentence = f"{order_words(check)}：所属任务有合约没有价格，算不出总价值，不能开仓；请等行情到达。"
    return _deny("PARENT_VALUE_UNKNOWN", "", "", sentence)


def _over_maximum(check: Check, largest: int) -> Finding:
    sentence = f"{order_words(check)}：超过交易所每次最大下单量 {largest:,} 手，请分成几笔。"
    return _deny("ORDER_LOTS_ABOVE_MAXIMUM", str(check.terms.lots), str(largest), sentence)


def _maximum_unknown(check: Check) -> Finding:
    sentence = (
        f"{order_words(check)}：不知道交易所对该合约的每次最大下单量，自动委托不能开仓；"
        "请在方案的 [[instrument]] 中写明 max_lots。"
    )
    return _deny("ORDER_MAXIMUM_UNKNOWN", str(check.terms.lots), "", sentence)


def _over_value(check: Check, limits: Limits, value: Decimal) -> Finding:
    most = yuan(limits.max_value_yuan)
    sentence = f"{_words(check)}：价值 {yuan(value)}（任务按整个任务计），超过上限 {most}，请减少手数。"
    return _deny("ORDER_VALUE_ABOVE_MAXIMUM", decimal_text(value), decimal_text(limits.max_value_yuan), sentence)


def _over_plan(check: Check, left: int) -> Finding:
    whole = check.parent_lots
    sentence = f"{order_words(check)}：所属任务共 {whole} 手，套保方案只剩 {left} 手，请减少手数或先修订方案。"
    return _deny("HEDGE_PLAN_REMAINDER", str(check.parent_lots), str(left), sentence)


def _outside_plan(check: Check, instrument: Instrument) -> Finding:
    return second_person(
        check,
        control="C2",
        code="OUTSIDE_HEDGE_PLAN",
        value=str(check.parent_lots),
        limit="0",
        what=f"{contract_name(check)}的品种{instrument.product_name}不在套保方案之内",
        otherwise="把该品种列入套保方案",
        parent_counts=True,
    )


def is_emergency(level: Level, *, killed: bool) -> bool:
    """Return whether what only reduces waits for no second person."""
    return killed or level is Level.RED


def _unasked(check: Check, limits: Limits, value: Decimal) -> Finding | None:
    if value <= limits.confirm_value_yuan:
        return None
    return Finding(
        control="C2",
        code=LARGE_UNASKED,
        verdict=Verdict.WARN,
        value=decimal_text(value),
        limit=decimal_text(limits.confirm_value_yuan),
        sentence=f"{_words(check)}：价值 {yuan(value)}，超过复核线 {yuan(limits.confirm_value_yuan)}；"
        "红色或一键停止之下减仓不等复核，报出后告警给复核人。",
    )


def _large(check: Check, limits: Limits, value: Decimal) -> Finding | None:
    if value <= limits.confirm_value_yuan:
        return None
    return second_person(
        check,
        control="C2",
        code="ORDER_VALUE_LARGE",
        value=decimal_text(value),
        limit=decimal_text(limits.confirm_value_yuan),
        what=f"{_words(check)}：价值 {yuan(value)}，超过复核线 {yuan(limits.confirm_value_yuan)}",
        otherwise="减少手数",
        parent_counts=True,
    )
