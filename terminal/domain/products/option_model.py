"""Price options on futures, and read volatility and delta from a price (DOMAIN 4.12).

The future is a martingale under the rate, so Black's formula prices a European option, and an American one is worth at
least that and at least what exercise earns; it has no formula and is solved to high precision. A price depends on time
only through rate x years and volatility² x years: everything is counted over one unit of time, so no date of the
library's decides anything. Floats, as in every model: what comes out is shown and compared, never booked.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.products.option import OptionTerms, Right, Style

if TYPE_CHECKING:
    from types import ModuleType

LEAST_VOLATILITY = 1e-4
MOST_VOLATILITY = 5.0
BUMP = 1e-3  # of the underlying's price, either way, for a delta


class Greeks(NamedTuple):
    """Hold what a price implies: volatility a year, and delta per lot of the underlying, negative for a put."""

    volatility: float
    delta: float


def load() -> ModuleType:
    """Return the library; the first call takes a third of a second, so whoever must not wait calls it beforehand."""
    import QuantLib  # noqa: PLC0415  # wanted by option previews alone: neither desk nor runner waits for it at start

    library: ModuleType = QuantLib
    return library


def price(option: OptionTerms, underlying: float, volatility: float, *, years: float, rate: float) -> float:
    """Return the premium per quotation unit; years, volatility and rate (continuous, a year) must not be negative."""
    worth = max((underlying - float(option.strike)) * (1 if option.right is Right.CALL else -1), 0.0)
    if years <= 0:
        return worth
    deviation = volatility * math.sqrt(years)
    european = _european(option, underlying, deviation, math.exp(-rate * years))
    if option.style is Style.EUROPEAN or rate <= 0:
        return european  # without interest nobody gains by exercising early
    return max(_american(option, underlying, deviation, rate * years), european, worth)


def greeks(option: OptionTerms, underlying: float, premium: float, *, years: float, rate: float) -> Greeks | None:
    """Return what a premium implies, or `None` where no volatility explains it.

    That is a premium at or below what the option is worth without any movement, one that is dearer than any, or inputs
    the library has no answer for, such as a rate that leaves nothing of a discount.
    """
    try:
        return _implied(option, underlying, premium, years=years, rate=rate)
    except (ArithmeticError, RuntimeError):  # whatever the library meets within, it raises as the latter
        return None


def _implied(option: OptionTerms, underlying: float, premium: float, *, years: float, rate: float) -> Greeks | None:

    def excess(volatility: float) -> float:
        return price(option, underlying, volatility, years=years, rate=rate) - premium

    if years <= 0 or underlying <= 0 or excess(LEAST_VOLATILITY) >= 0 or excess(MOST_VOLATILITY) <= 0:
        return None
    volatility = float(load().Brent().solve(excess, 1e-8, 0.3, LEAST_VOLATILITY, MOST_VOLATILITY))
    return Greeks(volatility, delta(option, underlying, volatility, years=years, rate=rate))


def delta(option: OptionTerms, underlying: float, volatility: float, *, years: float, rate: float) -> float:
    """Return by how much the premium moves with one unit of the underlying."""
    step = underlying * BUMP
    up, down = (
        price(option, there, volatility, years=years, rate=rate) for there in (underlying + step, underlying - step)
    )
    return (up - down) / (2 * step)


def _european(option: OptionTerms, underlying: float, deviation: float, discount: float) -> float:
    ql = load()
    right = ql.Option.Call if option.right is Right.CALL else ql.Option.Put
    return float(ql.blackFormula(right, float(option.strike), underlying, deviation, discount))


def _american(option: OptionTerms, underlying: float, deviation: float, rate: float) -> float:
    # Over one year of 365 days: the rate and the deviation are those of the whole life.
    ql = load()
    begin, count = ql.Date(1, 1, 2001), ql.Actual365Fixed()
    ql.Settings.instance().evaluationDate = begin
    process = ql.BlackProcess(
        ql.QuoteHandle(ql.SimpleQuote(underlying)),
        ql.YieldTermStructureHandle(ql.FlatForward(begin, rate, count)),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(begin, ql.NullCalendar(), deviation, count)),
    )
    right = ql.Option.Call if option.right is Right.CALL else ql.Option.Put
    payoff = ql.PlainVanillaPayoff(right, float(option.strike))
    asked = ql.VanillaOption(payoff, ql.AmericanExercise(begin, begin + 365))
    asked.setPricingEngine(ql.QdFpAmericanEngine(process, ql.QdFpAmericanEngine.fastScheme()))
    return float(asked.NPV())
