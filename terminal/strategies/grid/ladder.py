"""Lay out the lines of a grid (DOMAIN 5.7).

Level 0 is the anchor, where line 1 takes its profit; level i is where line i enters, and where line i + 1 takes its
profit. A long grid's levels fall, a short grid's rise. Geometric levels are the anchor times a power of the ratio,
each snapped half-up to the tick by itself, so that rounding never adds up. A grid that has moved as a whole has its
lines where they were laid out, moved: its distances are in yuan by then, and with them what it may lose at its stop.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import UnsetType

from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings, GridSpacing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.products.instrument import Instrument

MOST_LINES = 200


def shift_of(settings: GridSettings) -> Decimal:
    """Return by how many yuan a grid has moved since its geometric lines were laid out."""
    return Decimal(0) if isinstance(settings.shifted, UnsetType) else settings.shifted


def raw_level(settings: GridSettings, line: int) -> Decimal:
    """Return a level before snapping; 0 is the anchor."""
    if settings.spacing is GridSpacing.ARITHMETIC:
        return settings.anchor - settings.side.sign * line * (settings.step or Decimal(0))
    shift = shift_of(settings)
    return (settings.anchor - shift) * (settings.ratio or Decimal(1)) ** line + shift


def raw_levels(settings: GridSettings) -> Iterator[Decimal]:
    """Yield the levels before snapping, the anchor first."""
    for line in range(settings.lines + 1):
        yield raw_level(settings, line)


@lru_cache(maxsize=256)
def levels(settings: GridSettings, tick: Decimal) -> tuple[int, ...]:
    """Return the levels in ticks, the anchor first."""
    return tuple(int((level / tick).to_integral_value(rounding=ROUND_HALF_UP)) for level in raw_levels(settings))


@lru_cache(maxsize=256)
def distinct(found: tuple[int, ...], side: Side) -> bool:
    """Return whether every level lies beyond the one before: a grid finer than the tick has no lines."""
    return all((inner - outer) * side.sign > 0 for inner, outer in pairwise(found))


def check_on_ticks(settings: GridSettings, instrument: Instrument) -> str | None:
    """Return in one sentence that a grid's lines coincide at the instrument's ticks, or `None`."""
    if distinct(levels(settings, instrument.tick), settings.side):
        return None
    remedy = "加大步长" if settings.spacing is GridSpacing.ARITHMETIC else "把比例改得离 1 更远"
    return f"网格间距小于 {instrument.name} 的最小变动价位 {instrument.tick.normalize():f}，请{remedy}。"


def check_ladder(settings: GridSettings) -> str | None:
    """Return what is wrong with a grid's prices in one sentence, or `None`."""
    if not 1 <= settings.lines <= MOST_LINES:
        return f"网格线数应在 1 至 {MOST_LINES} 之间，现为 {settings.lines}。"
    if settings.anchor <= 0 or settings.stop <= 0 or settings.lower <= 0:
        return "网格的起始价、止损价与下限都应为正。"
    wrong = _check_spacing(settings)
    if wrong is not None:
        return wrong
    if settings.lower >= settings.upper:
        return f"网格下限 {settings.lower} 应低于上限 {settings.upper}。"
    if not _may_have_moved(settings):
        return "shifted 由移仓与跟随填写，只用于等比网格，移动之前的起始价应为正；请删去它。"
    *_, last = raw_levels(settings)
    nearest, farthest = min(last, settings.anchor), max(last, settings.anchor)
    if nearest < settings.lower or farthest > settings.upper:
        return f"网格线 {nearest} 至 {farthest} 超出区间 {settings.lower} 至 {settings.upper}。"
    if (last - settings.stop) * settings.side.sign <= 0:
        where = "低于" if settings.side is Side.BUY else "高于"
        return f"止损价 {settings.stop} 应{where}最后一条网格线 {last}。"
    return None


def _may_have_moved(settings: GridSettings) -> bool:
    if settings.spacing is GridSpacing.ARITHMETIC:
        return isinstance(settings.shifted, UnsetType)
    return settings.anchor > shift_of(settings)


def _check_spacing(settings: GridSettings) -> str | None:
    if settings.spacing is GridSpacing.ARITHMETIC:
        if settings.step is None or settings.step <= 0 or settings.ratio is not None:
            return "等差网格应给出正的步长（step），不给比例（ratio）。"
        return None
    if settings.ratio is None or settings.ratio <= 0 or settings.step is not None:
        return "等比网格应给出正的比例（ratio），不给步长（step）。"
    if settings.side is Side.BUY and settings.ratio >= 1:
        return f"做多等比网格的比例应小于 1，现为 {settings.ratio}。"
    if settings.side is Side.SELL and settings.ratio <= 1:
        return f"做空等比网格的比例应大于 1，现为 {settings.ratio}。"
    return None
