"""Score a trading day by several factors, each contribution in sight.

Volatility and volume are read off days the strategy has noted itself, for nothing else is kept that long and is the
same after a restart. The days must follow each other without a gap: one that was not seen is not bridged. Of a day's
volume the last note counts, which may miss the last minutes.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import to_date
from terminal.domain.fact.target_marks import DayNoted, FactorPart, RatioFrozen, RatioUnknown
from terminal.domain.parameters.target import (
    DAILY,
    WHOLE,
    Factor,
    FactorKind,
    FactorScore,
    TargetSettings,
    needs,
)
from terminal.strategies.children import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.view import View

ZERO, ONE = Decimal(0), Decimal(1)
HUNDREDTH = Decimal("0.01")
PLACES = Decimal("0.0001")
DAYS_A_YEAR: Final = 242  # trading days, as the reports count them
STOCK_MAX_AGE_DAYS: Final = 15  # natural days: a weekly count over the longest holidays
NOTED_AGAIN: Final = 600 * SECOND
BASIS_UNKNOWN: Final = "现货价缺失或过期，或合约没有双边报价"


def note_of(settings: TargetSettings, days: Sequence[DayNoted], noted_at: int, view: View) -> DayNoted | None:
    """Return what is to be noted of the day now, `None` where nothing is, or nothing reads it."""
    source = settings.source
    if not any(needs(source, kind) for kind in DAILY):
        return None
    quote, known = view.quote(settings.instrument), view.instrument(settings.instrument)
    if quote is None:
        return None
    settlement = None if quote.pre_settlement is None else known.price(quote.pre_settlement)
    now = DayNoted(trading_day=view.trading_day, pre_settlement=settlement, volume=quote.volume)
    before = days[-1] if days else None
    if before is None or before.trading_day != now.trading_day:
        return now
    late = before.pre_settlement is None and settlement is not None
    grown = needs(source, FactorKind.VOLUME) and before.volume != now.volume and view.now - noted_at >= NOTED_AGAIN
    return now if late or grown else None


def by_score(
    settings: TargetSettings, score: FactorScore, days: Sequence[DayNoted], view: View
) -> RatioFrozen | RatioUnknown:
    """Return the band of the day by its score, or which factor is not known."""
    parts = []
    basis = None
    whole = sum((factor.weight for factor in score.factors), ZERO)
    for factor in score.factors:
        value = _value(settings, score, factor, days, view)
        if isinstance(value, str):
            return RatioUnknown(trading_day=view.trading_day, why=value)
        basis = value if factor.kind is FactorKind.BASIS else basis
        parts.append(_part(factor, value, (score.highest - score.lowest) / whole))
    ratio = score.lowest + sum((part.points for part in parts), ZERO)
    return RatioFrozen(
        trading_day=view.trading_day,
        low=max(ratio - score.tolerance, ZERO),
        ratio=ratio,
        high=min(ratio + score.tolerance, WHOLE),
        basis=basis,
        base=score.lowest,
        parts=tuple(parts),
    )


def _part(factor: Factor, value: Decimal, per_weight: Decimal) -> FactorPart:
    reached = (value - factor.zero) / (factor.one - factor.zero)
    scored = min(max(reached, ZERO), ONE).quantize(PLACES, rounding=ROUND_HALF_UP)
    # Rounded here, once: what is shown of each adds up to the ratio exactly.
    points = (per_weight * factor.weight * scored).quantize(HUNDREDTH, rounding=ROUND_HALF_UP)
    return FactorPart(kind=factor.kind, value=value, score=scored, weight=factor.weight, points=points)


def _value(
    settings: TargetSettings, score: FactorScore, factor: Factor, days: Sequence[DayNoted], view: View
) -> Decimal | str:
    if factor.kind is FactorKind.BASIS:
        quote = view.spread(((score.spot, ONE, 1), (settings.instrument, -ONE, -1)))
        return BASIS_UNKNOWN if quote is None else (quote.buy + quote.sell) / 2
    if factor.kind is FactorKind.VOLATILITY:
        return _volatility(days, score.days, view)
    if factor.kind is FactorKind.STOCK:
        return _stock(score, view)
    return _volume(days, score.days, view)


def _volatility(days: Sequence[DayNoted], count: int, view: View) -> Decimal | str:
    # So many returns need one settlement more; today's note knows the last one.
    noted = _in_a_row(days, count + 1, view)
    prices = [one.pre_settlement for one in noted if one.pre_settlement]
    if len(prices) <= count:
        return f"波动率要连续 {count + 1} 个交易日的结算价，现有 {len(prices)} 个"
    returns = [(after / before).ln() for before, after in pairwise(prices)]
    mean = sum(returns, ZERO) / count
    variance = sum(((one - mean) ** 2 for one in returns), ZERO) / (count - 1)
    return ((variance * DAYS_A_YEAR).sqrt() * WHOLE).quantize(HUNDREDTH, rounding=ROUND_HALF_UP)


def _volume(days: Sequence[DayNoted], count: int, view: View) -> Decimal | str:
    # Today's has only begun: yesterday's, beside the days before it.
    noted = _in_a_row(days, count + 2, view)
    volumes = [one.volume for one in noted[:-1] if one.volume]
    if len(volumes) <= count:
        return f"成交量要连续 {count + 1} 个交易日，现有 {len(volumes)} 个"
    average = Decimal(sum(volumes[:-1])) / count
    return (volumes[-1] / average).quantize(HUNDREDTH, rounding=ROUND_HALF_UP)


def _stock(score: FactorScore, view: View) -> Decimal | str:
    # Readings may be weekly: they are counted, not their days. One too old says nothing of today.
    name, count = score.stock, score.days
    notes = view.stocks(name)
    if len(notes) <= count:
        return f"库存 {name} 要 {count + 1} 个数，现有 {len(notes)} 个"
    latest, before = notes[-1], notes[-count - 1 : -1]
    age = (to_date(view.trading_day) - to_date(latest.day)).days
    if age > STOCK_MAX_AGE_DAYS:
        return f"库存 {name} 最近的是 {latest.day}，已过 {age} 天，最多 {STOCK_MAX_AGE_DAYS} 天"
    average = sum((one.tonnes for one in before), ZERO) / count
    if not average:
        return f"库存 {name} 之前 {count} 个数都是 0，比不出倍数"
    return (latest.tonnes / average).quantize(HUNDREDTH, rounding=ROUND_HALF_UP)


def _in_a_row(days: Sequence[DayNoted], count: int, view: View) -> Sequence[DayNoted]:
    # The latest notes, today's the last, as far back as no trading day is missing.
    found: list[DayNoted] = []
    for back, noted in enumerate(reversed(days[-count:])):
        if view.days_until(noted.trading_day) != -back:
            break
        found.append(noted)
    return found[::-1]
