"""Write the names and figures that the sentences of rules are made of, in the words of the desk."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.domain.words.amount_text import MINUS
from terminal.domain.words.terms import Term
from terminal.risk.check import Check, Whole

SIDES = {Side.BUY: "买入", Side.SELL: "卖出"}
OFFSETS = {
    Offset.OPEN: "开仓",
    Offset.CLOSE: "平仓",
    Offset.CLOSE_TODAY: "平今",
    Offset.CLOSE_YESTERDAY: "平昨",
}
WORKING = {  # an order that has not ended, as the list of orders calls it
    OrderState.RECORDED: Term.RECORDED,
    OrderState.SENT: Term.SENT,
    OrderState.LIVE: Term.RESTING,
    OrderState.PARTIAL: Term.PARTLY_FILLED,
    OrderState.UNKNOWN: Term.STATE_UNKNOWN,
}
POSITIONS = {Side.BUY: "多头", Side.SELL: "空头"}

_HUNDREDTH = Decimal("0.01")
_ENDLESS = Decimal(99_900)


def contract_name(check: Check) -> str:
    """Return the contract as a hedger knows it: 铁矿石2101（DCE.i2101）."""
    code = check.terms.instrument
    return code if check.instrument is None else f"{check.instrument.name}（{code}）"


def order_words(check: Check) -> str:
    """Return contract, side, offset and lots of the order."""
    terms, whole = check.terms, check.whole
    what = "" if whole is None else f"组合 {whole.name.partition('.')[2]} 的第{'一二'[whole.number - 1]}腿 "
    return f"{what}{contract_name(check)}{SIDES[terms.side]}{OFFSETS[terms.offset]} {terms.lots:,} 手"


def whole_words(check: Check, whole: Whole) -> str:
    """Return the combination, side, offset and lots of the order that a check's order is a leg of."""
    name = whole.name.partition(".")[2]
    return f"组合 {name} {SIDES[whole.side]}{OFFSETS[check.terms.offset]} {check.terms.lots:,} 手"


def yuan(amount: Decimal) -> str:
    """Return an amount with thousands separators and 分."""
    return f"{amount:,.2f} 元".replace("-", MINUS)


def percent_rounded_up(part: Decimal, whole: Decimal) -> Decimal:
    """Return a share in percent, rounded up to 0.01 so that a breach never looks like its limit.

    Where there is no whole to take a share of, it is 99900.
    """
    if whole <= 0:
        return _ENDLESS
    return (part * 100 / whole).quantize(_HUNDREDTH, ROUND_CEILING)
