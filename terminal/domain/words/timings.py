"""Say roll timings (移仓时机) in words, and what is wrong with one by itself: runner and form say the same."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, assert_never

from terminal.domain.days.calendar import to_date
from terminal.domain.parameters.strategy import (
    MOST_PERMILLE,
    BasisDistance,
    DaysToExpiry,
    Liquidity,
    Manual,
    OpenInterestCrossover,
    RollYield,
    Slices,
    SpreadDeviation,
    SpreadPercentile,
    StepDay,
    Timing,
    VolumeCrossover,
)
from terminal.domain.parameters.timing_kinds import READINGS, TIMING_KINDS, tag_of
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.typed_text import is_name

if TYPE_CHECKING:
    from terminal.domain.fact.marks import TimingMark

_COUNTED_DOWN: Final = frozenset({tag_of(DaysToExpiry(days=0)), tag_of(StepDay(day=0))})


def timing_name(timing: Timing) -> str:
    """Return a timing with its threshold."""
    match timing:
        case DaysToExpiry():
            return _days_name(timing)
        case OpenInterestCrossover() | VolumeCrossover():
            what = "持仓量" if isinstance(timing, OpenInterestCrossover) else "成交量"
            days = f"，连续 {timing.days} 日" if timing.days > 1 else ""
            return f"远月{what}达近月 {amount_text(timing.ratio)} 倍{days}"
        case SpreadPercentile():
            return f"价差处于有利的 {amount_text(Decimal(timing.permille) / 10)}% 分位"
        case SpreadDeviation():
            return f"价差比均值有利 {amount_text(timing.deviations)} 倍标准差"
        case RollYield():
            return f"年化展期收益不低于 {amount_text(timing.percent)}%"
        case BasisDistance():
            return f"基差（{timing.spot} − 近月）{READINGS[timing.reading]} {amount_text(timing.yuan)} 元"
        case Liquidity():
            return f"远月对手量够 {amount_text(timing.batches)} 批，价差不超过 {timing.ticks} 跳"
        case StepDay():
            return f"距保证金或限仓台阶日 {timing.day} 不多于 {timing.days} 天"
        case Slices():
            return f"自 {timing.first_day} 起分 {timing.slices} 个交易日移"
        case Manual():
            return TIMING_KINDS[tag_of(timing)].name
        case _:
            assert_never(timing)


def _days_name(timing: DaysToExpiry) -> str:
    others = ["交割月前"] if timing.before_delivery_month else []
    if timing.policy_day is not None:
        others.append(f"公司期限 {timing.policy_day}")
    earliest = f"（{'、'.join(others)}与最后交易日取早）" if others else ""
    return f"距最后交易日{earliest}不多于 {timing.days} 天"


def timing_now(mark: TimingMark) -> str:
    """Return a stated timing's value with its unit, or for how long its day is past; "" where it is not known."""
    if not mark.value:
        return ""
    if mark.timing == "spread_percentile":
        return f"现为 {amount_text(Decimal(mark.value) / 10)}%"
    if mark.timing == "manual":
        return f"现为 {mark.value}"
    kind, value = TIMING_KINDS.get(mark.timing), Decimal(mark.value)
    unit = kind.unit if kind else ""
    if value.is_infinite():
        return "近月为 0"
    if mark.timing in _COUNTED_DOWN and value < 0:
        return f"已过 {amount_text(-value)}{unit}"
    return f"现为 {amount_text(value)}{unit}"


def timing_fault(timing: Timing) -> str:
    """Return what is wrong with a timing by itself and what to do, "" where nothing is."""
    match timing:
        case OpenInterestCrossover() | VolumeCrossover():
            if timing.ratio <= 0 or timing.days < 1:
                return "倍数应大于 0，天数至少为 1，请改大。"
            return "" if 0 <= timing.slack < timing.ratio else "回差应不小于 0、小于倍数，请修改。"
        case SpreadPercentile() | SpreadDeviation():
            return _window_fault(timing)
        case RollYield():
            return "" if timing.slack >= 0 else "回差不能为负，请改为 0 或正数。"
        case BasisDistance():
            return _basis_fault(timing)
        case Liquidity():
            if timing.batches <= 0 or timing.ticks < 1:
                return "批数应大于 0，跳数至少为 1，请改大。"
            return "" if 0 <= timing.slack < timing.batches else "回差应不小于 0、小于批数，请修改。"
        case DaysToExpiry() | StepDay() | Slices():
            return _date_fault(timing)
        case Manual():
            return ""
        case _:
            assert_never(timing)


def _date_fault(timing: DaysToExpiry | StepDay | Slices) -> str:
    if isinstance(timing, Slices):
        return _day_fault("首日", timing.first_day) if timing.slices >= 1 else "至少分 1 份，请改大。"
    if timing.days < 0:
        return "天数不能为负，请改为 0 或正数。"
    if isinstance(timing, StepDay):
        return _day_fault("台阶日", timing.day)
    return "" if timing.policy_day is None else _day_fault("公司期限", timing.policy_day)


def _day_fault(name: str, day: int) -> str:
    try:
        to_date(day)
    except ValueError:
        return f"{name} {day} 不是日期，请写成 20250115 这样的八位数字。"
    return ""


def _window_fault(timing: SpreadPercentile | SpreadDeviation) -> str:
    if timing.sample_seconds < 1:
        return "采样间隔至少为 1 秒，请改大。"
    if not 1 <= timing.at_least <= timing.window:
        return "预热样本数应在 1 与窗口之间，请修改。"
    if timing.slack < 0:
        return "回差不能为负，请改为 0 或正数。"
    if isinstance(timing, SpreadPercentile):
        inside = 0 <= timing.permille <= MOST_PERMILLE
        return "" if inside else f"分位应在 0 至 {MOST_PERMILLE} 之间，请修改。"
    # One sample among n lies at most √(n − 1) standard deviations from their mean: beyond it waits for ever.
    if timing.deviations <= 0:
        return "倍数应大于 0，请改大。"
    reachable = timing.deviations**2 <= timing.window - 1
    return "" if reachable else f"{timing.window} 个样本里到不了 {timing.deviations} 倍标准差，请改小倍数或加大窗口。"


def _basis_fault(timing: BasisDistance) -> str:
    if not is_name(timing.spot):
        return "还没有现货，请填写现货代码（如 SPOT.i.日照港）。"
    if timing.yuan <= 0:
        return "基差应大于 0 元，请改大。"
    return "" if timing.slack >= 0 else "回差不能为负，请改为 0 或正数。"
