"""Say what a contract that no exchange lists (场外) is worth to us, and the tonnes it moves with now.

A forward or a swap is worth what its reference is above its fixed price, times its tonnes: nothing is discounted, for
no rate between the two firms is known here. An option is worth Black's price. What was paid for it stands against it
in the profit. Floats come from the model alone; money is rounded to the fen where it leaves it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.days.calendar import to_date
from terminal.domain.otc import FEN, FINEST, HandMark, OtcKind
from terminal.domain.products import option_model
from terminal.domain.products.option import OptionTerms, Style

if TYPE_CHECKING:
    from terminal.domain.otc import FormulaMark, OtcTerms
    from terminal.engine.books.otc import OtcRow

YEAR: Final = 365


class OtcValue(NamedTuple):
    """Hold value and profit in yuan, and tonnes by delta; `None` is what cannot be told now, and `why` says why."""

    value: Decimal | None
    profit: Decimal | None
    tonnes: Decimal | None
    why: str = ""


def value_of(row: OtcRow, reference: Decimal | None, trading_day: int) -> OtcValue:
    """Return what a contract is worth at its reference's price (yuan per tonne) on a trading day."""
    terms, mark = row.terms, row.mark
    is_option = terms.kind is OtcKind.OPTION
    if mark is None:
        return OtcValue(None, None, None, "尚未估值：请写波动率，或填对手的报价")
    if isinstance(mark, HandMark):
        delta = Decimal(1) if not is_option else mark.delta
        return _with_profit(terms, mark.value, delta)
    if reference is None:
        return OtcValue(None, None, None if is_option else terms.whole_tonnes, f"{terms.reference} 还没有价格")
    if not is_option:
        return _with_profit(terms, terms.side.sign * terms.tonnes * (reference - terms.price), Decimal(1))
    return _of_option(terms, mark, reference, trading_day)


def _of_option(terms: OtcTerms, mark: FormulaMark, reference: Decimal, trading_day: int) -> OtcValue:
    if terms.right is None or mark.volatility is None:
        return OtcValue(None, None, None, "没有看涨看跌或波动率")
    option = OptionTerms(right=terms.right, strike=terms.price, style=Style.EUROPEAN, underlying=terms.reference)
    years = max((to_date(terms.expires) - to_date(trading_day)).days, 0) / YEAR
    there, volatility, rate = float(reference), float(mark.volatility) / 100, float(mark.rate) / 100
    try:
        worth = option_model.price(option, there, volatility, years=years, rate=rate)
        delta = option_model.delta(option, there, volatility, years=years, rate=rate)
    except RuntimeError:  # the library's own: figures no price exists for
        return OtcValue(None, None, None, "公式在这组数上算不出价格，请改波动率、利率，或人工估值")
    return _with_profit(terms, terms.side.sign * terms.tonnes * Decimal(repr(worth)), Decimal(repr(delta)))


def _with_profit(terms: OtcTerms, value: Decimal, delta: Decimal | None) -> OtcValue:
    worth = value.quantize(FEN)
    paid = terms.side.sign * terms.premium * terms.tonnes
    tonnes = None if delta is None else (terms.side.sign * delta * terms.tonnes).quantize(FINEST)
    return OtcValue(worth, (worth - paid).quantize(FEN), tonnes)
