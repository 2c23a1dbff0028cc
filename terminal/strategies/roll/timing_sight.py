"""Judge one roll timing (移仓时机) from what both contracts show now (DOMAIN 4.8).

A timing whose value passed its threshold is sighted. Once sighted it stays so until the value is worse than the
threshold by the timing's slack (回差), so that a value which hovers about the threshold does not turn with every tick.
A value that is not known is never sighted, and the note says why it is not known.

Volume (成交量) counts in the last stretch of a trading day only: before it what the days before said stands.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, NamedTuple, assert_never

from terminal.domain.days.calendar import number, to_date
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import (
    MOST_PERMILLE,
    BasisDistance,
    BasisReading,
    DaysToExpiry,
    Liquidity,
    Manual,
    OpenInterestCrossover,
    RollSettings,
    RollYield,
    Slices,
    SpreadDeviation,
    SpreadPercentile,
    StepDay,
    Timing,
    VolumeCrossover,
)
from terminal.domain.percentile import share_better
from terminal.domain.view import SpreadWatch
from terminal.strategies.roll.cost import roll_yield
from terminal.strategies.roll.day_end import in_last_stretch

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import SpreadRank, View

RATIO_STEP = Decimal("0.0001")
HUNDREDTH = Decimal("0.01")
UNMOVED = "价差样本没有波动"


class Before(NamedTuple):
    """Hold what a timing was: sighted when it was last stated, and its sighted days in a row before today."""

    sighted: bool
    row: int


class Judged(NamedTuple):
    """Hold one timing's answer now; an empty value is not known. Where it does not count it is none of its day's."""

    met: bool
    sighted: bool
    value: str
    threshold: str
    note: str
    counts: bool = True

    @property
    def known(self) -> bool:
        """Return whether the timing has a value now."""
        return bool(self.value)


def watch_of(settings: RollSettings, timing: SpreadPercentile | SpreadDeviation) -> SpreadWatch:
    """Return the window of far - near that a timing wants kept."""
    return SpreadWatch(
        legs=((settings.far, Decimal(1)), (settings.near, Decimal(-1))),
        sample_seconds=timing.sample_seconds,
        window=timing.window,
    )


def sight_timing(settings: RollSettings, timing: Timing, before: Before, view: View) -> Judged:
    """Return how a timing stands now."""
    match timing:
        case DaysToExpiry():
            left = days_to_policy(settings, timing, view)
            return _days(left, timing.days, "最后交易日未知")
        case OpenInterestCrossover() | VolumeCrossover():
            return _crossover(settings, timing, before, view)
        case SpreadPercentile():
            return _percentile(settings, timing, before, view)
        case SpreadDeviation():
            return _deviation(settings, timing, before, view)
        case RollYield():
            return _yield(settings, timing, before, view)
        case BasisDistance():
            return _basis(settings, timing, before, view)
        case Liquidity():
            return _liquidity(settings, timing, before, view)
        case StepDay():
            return _days(view.days_until(timing.day), timing.days, "台阶日超出交易日历")
        case Slices():
            return _slices(timing, view)
        case Manual():
            said = "已发令" if timing.go else "未发令"
            return Judged(met=timing.go, sighted=timing.go, value=said, threshold="已发令", note="")
        case _:
            assert_never(timing)


def days_to_policy(settings: RollSettings, timing: DaysToExpiry, view: View) -> int | None:
    """Return the trading days to the day by which near must be left; `None` where no such day is known."""
    left = [view.days_to_expiry(settings.near)]
    if timing.policy_day is not None:
        left.append(view.days_until(timing.policy_day))
    month = view.instrument(settings.near).delivery_month
    if timing.before_delivery_month and month is not None:
        left.append(view.days_until(number(to_date(month * 100 + 1) - timedelta(days=1))))
    return min((days for days in left if days is not None), default=None)


def days_apart(near: Instrument, far: Instrument) -> int | None:
    """Return the calendar days between two expiries, `None` where one is not known or far's is not later."""
    if near.expiry is None or far.expiry is None or far.expiry <= near.expiry:
        return None
    return (to_date(far.expiry) - to_date(near.expiry)).days


def middle(view: View, instrument: InstrumentId) -> Decimal | None:
    """Return the price in the middle of both displayed sides, `None` where one is missing."""
    quote = view.quote(instrument)
    if quote is None or quote.bid is None or quote.ask is None:
        return None
    return view.instrument(instrument).tick * (quote.bid + quote.ask) / 2


def _unknown(threshold: str, note: str) -> Judged:
    return Judged(met=False, sighted=False, value="", threshold=threshold, note=note)


def _unmoved(value: str, threshold: str) -> Judged:
    # Nothing in the window was dearer or cheaper. That is known, so that where timings switch this one still decides.
    return Judged(met=False, sighted=False, value=value, threshold=threshold, note=UNMOVED)


def _of(value: Decimal, threshold: Decimal, *, sighted: bool, step: Decimal = HUNDREDTH, note: str = "") -> Judged:
    shown = str(value.quantize(step, rounding=ROUND_HALF_UP))
    return Judged(met=sighted, sighted=sighted, value=shown, threshold=str(threshold), note=note)


def _reaches(value: Decimal, threshold: Decimal, slack: Decimal, before: Before) -> bool:
    return value >= (threshold - slack if before.sighted else threshold)


def _days(left: int | None, most: int, why_unknown: str) -> Judged:
    if left is None:
        return _unknown(str(most), why_unknown)
    return Judged(met=left <= most, sighted=left <= most, value=str(left), threshold=str(most), note="")


def _crossover(
    settings: RollSettings, timing: OpenInterestCrossover | VolumeCrossover, before: Before, view: View
) -> Judged:
    near, far = (_traded(timing, view, name) for name in (settings.near, settings.far))
    threshold = str(timing.ratio)
    counts = isinstance(timing, OpenInterestCrossover) or in_last_stretch(settings, view)
    if near is None or far is None:
        what = "持仓量" if isinstance(timing, OpenInterestCrossover) else "成交量"
        return _unknown(threshold, f"{what}未知")._replace(counts=counts)
    least = timing.ratio - timing.slack if before.sighted else timing.ratio
    crossed = far > 0 and far >= least * near  # two empty contracts have crossed nothing
    sighted = crossed if counts else before.sighted
    row = before.row if not counts else before.row + 1 if crossed else 0
    early = "" if counts else "；今日的到最后一段交易才算"
    note = f"远月 {far} 手，近月 {near} 手，连续 {row} 日，需 {timing.days} 日{early}"
    value = _ratio(far, near)
    return Judged(met=row >= timing.days, sighted=sighted, value=value, threshold=threshold, note=note, counts=counts)


def _ratio(far: int, near: int) -> str:
    if not near:
        return "Infinity" if far else "0"
    return str((Decimal(far) / near).quantize(RATIO_STEP, rounding=ROUND_HALF_UP))


def _traded(timing: OpenInterestCrossover | VolumeCrossover, view: View, instrument: InstrumentId) -> int | None:
    quote = view.quote(instrument)
    if quote is None:
        return None
    return quote.open_interest if isinstance(timing, OpenInterestCrossover) else quote.volume


def _percentile(settings: RollSettings, timing: SpreadPercentile, before: Before, view: View) -> Judged:
    rank = view.rank(watch_of(settings, timing))
    buys = settings.side is Side.BUY
    threshold = timing.permille if buys else MOST_PERMILLE - timing.permille
    if rank is None:
        return _unknown(str(threshold), "尚无价差样本")
    if rank.samples < timing.at_least:
        return _unknown(str(threshold), _sampled(rank, timing))
    if rank.deviations is None:
        return _unmoved(str(rank.permille), str(threshold))
    cheaper = share_better(rank.below if buys else rank.above, rank.samples)
    met = cheaper <= timing.permille + (timing.slack if before.sighted else 0)
    value = cheaper if buys else MOST_PERMILLE - cheaper
    return Judged(met=met, sighted=met, value=str(value), threshold=str(threshold), note=_sampled(rank, timing))


def _sampled(rank: SpreadRank, timing: SpreadPercentile | SpreadDeviation) -> str:
    few = "样本不足，" if rank.samples < timing.at_least else ""
    return f"{few}价差 {rank.value}，样本 {rank.samples}/{timing.at_least}"


def _deviation(settings: RollSettings, timing: SpreadDeviation, before: Before, view: View) -> Judged:
    # A long roll is cheap below the mean, a short one above it: the value counts what is in the roll's favour.
    rank = view.rank(watch_of(settings, timing))
    if rank is None:
        return _unknown(str(timing.deviations), "尚无价差样本")
    if rank.samples < timing.at_least:
        return _unknown(str(timing.deviations), _sampled(rank, timing))
    if rank.deviations is None:
        return _unmoved("0", str(timing.deviations))
    value = -settings.side.sign * rank.deviations
    sighted = _reaches(value, timing.deviations, timing.slack, before)
    return _of(value, timing.deviations, sighted=sighted, note=_sampled(rank, timing))


def _yield(settings: RollSettings, timing: RollYield, before: Before, view: View) -> Judged:
    days = days_apart(view.instrument(settings.near), view.instrument(settings.far))
    near, far = middle(view, settings.near), middle(view, settings.far)
    if days is None or near is None or not far:
        return _unknown(str(timing.percent), "到期日未知" if days is None else "没有双边报价")
    value = roll_yield(settings.side, near, far, days) * 100
    return _of(value, timing.percent, sighted=_reaches(value, timing.percent, timing.slack, before), step=RATIO_STEP)


def _basis(settings: RollSettings, timing: BasisDistance, before: Before, view: View) -> Judged:
    if not view.listed(timing.spot):
        return _unknown(str(timing.yuan), f"行情里没有现货 {timing.spot}")
    basis = view.spread(((timing.spot, Decimal(1), 1), (settings.near, Decimal(-1), -1)))
    if basis is None:
        return _unknown(str(timing.yuan), "现货价缺失或过期，或近月没有双边报价")
    signed = (basis.buy + basis.sell) / 2
    value, sign = abs(signed), 1 if timing.reading is BasisReading.DEVIATED else -1
    sighted = _reaches(sign * value, sign * timing.yuan, timing.slack, before)
    return _of(value, timing.yuan, sighted=sighted, note=f"基差 {signed.quantize(HUNDREDTH)} 元")


def _liquidity(settings: RollSettings, timing: Liquidity, before: Before, view: View) -> Judged:
    quote = view.quote(settings.far)
    if quote is None or quote.bid is None or quote.ask is None:
        return _unknown(str(timing.batches), "远月没有双边报价")
    shown = quote.ask_lots if settings.side is Side.BUY else quote.bid_lots
    wide = quote.ask - quote.bid
    value = Decimal(shown) / settings.batch_lots
    sighted = wide <= timing.ticks and _reaches(value, timing.batches, timing.slack, before)
    return _of(value, timing.batches, sighted=sighted, note=f"对手量 {shown} 手，买卖价差 {wide} 跳")


def _slices(timing: Slices, view: View) -> Judged:
    due = slices_due(timing, view)
    if due is None:
        return _unknown("1", "日程超出交易日历")
    return Judged(met=due > 0, sighted=due > 0, value=str(due), threshold="1", note=f"共 {timing.slices} 份")


def slices_due(timing: Slices, view: View) -> int | None:
    """Return how many slices may have been rolled by today; `None` beyond the calendar."""
    left = view.days_until(timing.first_day)
    return None if left is None else min(max(1 - left, 0), timing.slices)
