"""Refuse an execution that cannot be: what the settings say by themselves, and beside the market.

Every sentence names the field and the reason. By themselves: lots, seconds, times of day, the curve. Beside the market:
a window without trading time, more slices than lots, a curve without weight in the window, a limit off the tick or
beyond the day's band.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from terminal.domain.absurd import MOST
from terminal.domain.days.calendar import DAY_NS
from terminal.domain.orders.order import Offset
from terminal.domain.parameters.strategy import ExecutionSettings, ExecutionStyle
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.settings import FAR, WORDS, moment
from terminal.strategies.children import SECOND
from terminal.strategies.execution.schedule import MOST_SLICES, bounds, minutes, schedule_within, slice_count, sliced
from terminal.strategies.sight import FARTHEST_TICKS

if TYPE_CHECKING:
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import View
    from terminal.strategies.execution.schedule import Trading

LONGEST_DAYS = 15  # natural days of a window: a week-long holiday lies within


def check_execution(settings: ExecutionSettings) -> str | None:
    """Return what is wrong with the settings by themselves in one sentence, or `None`."""
    return next((f"{WORDS[name]}{wrong}" for name, wrong in execution_faults(settings)), None)


def execution_faults(settings: ExecutionSettings) -> list[tuple[str, str]]:
    """Return what is wrong with the settings by themselves: each field's name, and the rest of its sentence."""
    found = [
        (name, f"应为正整数，现为 {getattr(settings, name)}。")
        for name in ("total_lots", "shown_lots", "slice_seconds", "chase_seconds")
        if getattr(settings, name) < 1
    ]
    if settings.max_chases < 0:
        found.append(("max_chases", "不能为负，请改为 0 或正数。"))
    if not 0 <= settings.max_pay_up_ticks <= FARTHEST_TICKS:
        found.append(("max_pay_up_ticks", f"应在 0 至 {FARTHEST_TICKS} 跳之间，现为 {settings.max_pay_up_ticks}。"))
    if settings.participation_percent is not None and not 1 <= settings.participation_percent <= 100:
        found.append(
            ("participation_percent", f"应在 1 至 100 之间，现为 {settings.participation_percent}；不设就不写。")
        )
    if settings.limit <= 0:
        found.append(("limit", "应为正，它是最差的成交价，不能省。"))
    if settings.offset not in {Offset.OPEN, Offset.CLOSE}:
        found.append(("offset", "只有开仓、平仓两种；平今、平昨由程序自行拆分。"))
    if settings.style is ExecutionStyle.ICEBERG and settings.shown_lots > settings.total_lots:
        found.append(("shown_lots", f"不能多于{WORDS['total_lots']} {settings.total_lots}。"))
    return found + _window(settings) + _curve(settings)


def _window(settings: ExecutionSettings) -> list[tuple[str, str]]:
    for name in ("begins_at", "ends_at"):
        if not 0 < getattr(settings, name) < FAR:
            return [(name, "还没有，或不是一个时间，请写成 2020-08-21 13:45:00。")]
    if settings.ends_at <= settings.begins_at:
        return [("ends_at", f" {moment(settings.ends_at)} 应晚于{WORDS['begins_at']} {moment(settings.begins_at)}。")]
    if settings.ends_at - settings.begins_at > LONGEST_DAYS * DAY_NS:
        return [("ends_at", f"离{WORDS['begins_at']}最多 {LONGEST_DAYS} 天，请改近。")]
    return []


def _curve(settings: ExecutionSettings) -> list[tuple[str, str]]:
    curve = settings.curve
    if settings.style is not ExecutionStyle.VWAP:
        return [("curve", "只用于 VWAP，请清空或改算法。")] if curve else []
    if not curve:
        return [("curve", "还没有：VWAP 要一张各时段的成交量权重，如 09:00-10:15 30。")]
    for part in curve:
        if minutes(part.begin) is None or minutes(part.end) is None or part.begin == part.end:
            return [("curve", f"的时段 {part.begin}-{part.end} 应写成 09:00-10:15。")]
        if part.weight < 0:
            return [("curve", f"在 {part.begin}-{part.end} 的权重不能为负。")]
        if part.weight >= MOST:
            return [("curve", f"在 {part.begin}-{part.end} 的权重太大：应小于 1 万亿，各时段同除一个数比例不变。")]
    if not any(part.weight for part in curve):
        return [("curve", "的权重全为零，请填各时段的成交量。")]
    parts = sorted(((bounds(part), part) for part in curve), key=lambda one: one[0])
    around = [*parts, ((parts[0][0][0] + DAY_NS, parts[0][0][1] + DAY_NS), parts[0][1])]
    for (one, earlier), (other, later) in pairwise(around):
        if one[1] > other[0]:
            return [("curve", f"的时段 {earlier.begin}-{earlier.end} 与 {later.begin}-{later.end} 重叠。")]
    return []


def window_fault(settings: ExecutionSettings, trading: Trading, since: int) -> tuple[str, str] | None:
    """Return what is wrong with a window from an instant on: the field, and the rest of its sentence.

    `trading` tells the continuous trading time of the contract between two instants, UTC ns.
    """
    return _no_time(settings, trading, since) or _slicing_fault(settings, trading, since, None)


def misfit(
    settings: ExecutionSettings, view: View, had: ExecutionSettings | None = None, began_at: int | None = None
) -> str | None:
    """Return in one sentence why an execution could not be done in this market from now on, or `None`.

    A running one has the settings `had`, and its schedule runs from `began_at` (UTC ns, `None` before its first look).
    It is asked of what is changed, and whether any time is left. What it was let start with is no mistake of who
    changes something else: of a curve the weights pass and are due, the next day's band may leave a limit behind.
    """
    trading, since = partial(view.trading, settings.instrument), max(settings.begins_at, view.now)
    runs_from = since if began_at is None else began_at
    wrong = _no_time(settings, trading, since) or _slicing_fault(settings, trading, runs_from, had)
    if wrong is None and (had is None or settings.limit != had.limit):
        quote = view.quote(settings.instrument)
        band = (None, None) if quote is None else (quote.lower_limit, quote.upper_limit)
        wrong = limit_fault(settings, view.instrument(settings.instrument), *band)
    return None if wrong is None else f"{WORDS[wrong[0]]}{wrong[1]}"


def _no_time(settings: ExecutionSettings, trading: Trading, since: int) -> tuple[str, str] | None:
    if trading(since, settings.ends_at):
        return None
    window = f"{moment(settings.begins_at)} 至 {moment(settings.ends_at)}"
    return "ends_at", f"：{window} 里（或其剩下的部分）没有连续交易时间，请改时间。"


def _slicing_fault(
    settings: ExecutionSettings, trading: Trading, since: int, had: ExecutionSettings | None
) -> tuple[str, str] | None:
    # By the schedule as it runs: of its curve the weights that have passed are due.
    if not sliced(settings.style):
        return None
    finer = had is None or settings.slice_seconds != had.slice_seconds
    # Fewer lots, or a later end, make slices of less than a lot, which are none: no reason to refuse these.
    most = min(settings.total_lots, MOST_SLICES) if finer else MOST_SLICES
    spans = trading(since, settings.ends_at)
    count = slice_count(settings, spans)
    if count > most:
        seconds = sum(span.ends_at - span.begins_at for span in spans) // SECOND
        why = "每片不足一手" if most < MOST_SLICES else f"最多 {MOST_SLICES} 片"
        cut = f" {settings.slice_seconds} 秒太短：{settings.total_lots} 手分 {count} 片"
        return "slice_seconds", f"{cut}，{why}；请改到至少 {-(-seconds // most)} 秒。"
    if not schedule_within(settings, trading, since).slices:
        return "curve", "在开始时间与结束时间之间没有权重，请补上这段时间。"
    return None


def limit_fault(
    settings: ExecutionSettings, known: Instrument, lower: int | None, upper: int | None
) -> tuple[str, str] | None:
    """Return what is wrong with the limit: off the tick, or beyond the day's band (ticks, `None` where not known)."""
    limit = settings.limit
    if limit % known.tick:
        return "limit", f" {amount_text(limit)} 不是最小变动价位 {amount_text(known.tick)} 的整数倍。"
    if upper is not None and limit > known.price(upper):
        return "limit", f" {amount_text(limit)} 高于涨停价 {amount_text(known.price(upper))}，请改低。"
    if lower is not None and limit < known.price(lower):
        return "limit", f" {amount_text(limit)} 低于跌停价 {amount_text(known.price(lower))}，请改高。"
    return None
