"""Lay out the lines of a grid over a spread or a basis (价差网格、基差网格), and say what its price lets it hold.

The theory. A spread that is bought at one price and sold at another is a grid of one line; each further line lies one
spacing, the distance of these two prices, further in the losing direction. Level 0 is where line 1 takes its profit;
level i is where line i enters, and where line i + 1 takes its profit. An exchange knows no order for a spread, so no
line ever rests anywhere: a line is entered when the executable spread has reached its level, and left when it has
reached the level before. So lines fill in their order and empty in reverse, and what the active leg holds by its own
fills says all of them: after a night or a restart nothing else is needed, and nothing is entered twice.

A spread may pass zero, so there are no geometric lines. It has no daily limit either: how far it may jump beyond the
stop nobody can say.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from terminal.domain.orders.order import Side
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.settings import WORDS
from terminal.strategies.grid.ladder import MOST_LINES

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import SpreadGrid, SpreadSettings
    from terminal.domain.view import SpreadQuote

ZERO = Decimal(0)


class Reach(NamedTuple):
    """Hold between how many lines a price lets a grid hold: it enters up to `entered`, and leaves down to `kept`."""

    entered: int
    kept: int


def anchor(settings: SpreadSettings, grid: SpreadGrid) -> Decimal:
    """Return level 0: where line 1 takes its profit."""
    return settings.sell_at if grid.side is Side.BUY else settings.buy_at


def level(settings: SpreadSettings, grid: SpreadGrid, line: int) -> Decimal:
    """Return where a line enters; 0 is the anchor."""
    return anchor(settings, grid) - grid.side.sign * line * (settings.sell_at - settings.buy_at)


def reach(settings: SpreadSettings, grid: SpreadGrid, quote: SpreadQuote) -> Reach:
    """Return between how many lines the executable spread lets a grid hold."""
    entering, leaving = (quote.buy, quote.sell) if grid.side is Side.BUY else (quote.sell, quote.buy)
    first, step, sign = anchor(settings, grid), settings.sell_at - settings.buy_at, grid.side.sign
    entered = int(((first - entering) * sign / step).to_integral_value(rounding=ROUND_FLOOR))
    # Line i is kept while the level before it is out of reach: of a price on the level, i - 1 lines are kept.
    away = (first - leaving) * sign / step
    kept = int(away.to_integral_value(rounding=ROUND_FLOOR)) + (1 if away % 1 else 0) if away > 0 else 0
    return Reach(min(max(entered, 0), grid.lines), min(kept, grid.lines))


@lru_cache(maxsize=256)
def trailed(settings: SpreadSettings, moved: Decimal) -> SpreadSettings:
    """Return the settings of a grid that has moved by so many yuan: lines, stop and bounds together."""
    grid = settings.grid
    if grid is None or not moved:
        return settings
    shifted = replace(grid, stop=grid.stop + moved, lower=grid.lower + moved, upper=grid.upper + moved)
    return replace(settings, buy_at=settings.buy_at + moved, sell_at=settings.sell_at + moved, grid=shifted)


def room(now: SpreadSettings, price: Decimal) -> Decimal:
    """Return by how many yuan an empty grid that stands so now should move for a price; zero for not.

    It moves by whole spacings, once the price is one beyond the anchor, and never further than `trail_to`.
    """
    grid = now.grid
    if grid is None:
        return ZERO
    return grid.side.sign * min(_spacings(now, grid, price), _left(now, grid))


def may_follow(now: SpreadSettings, net: int) -> bool:
    """Return whether a grid that stands so now may still follow the price to its winning side: that is no way out."""
    return now.grid is not None and not net and _left(now, now.grid) > 0


def _left(now: SpreadSettings, grid: SpreadGrid) -> Decimal:
    return ZERO if grid.trail_to is None else _spacings(now, grid, grid.trail_to)


def _spacings(now: SpreadSettings, grid: SpreadGrid, price: Decimal) -> Decimal:
    # How far a price lies beyond the anchor on the winning side, in yuan of whole spacings.
    beyond, step = (price - anchor(now, grid)) * grid.side.sign, now.sell_at - now.buy_at
    return beyond // step * step if beyond >= step else ZERO


def check_grid(settings: SpreadSettings) -> str | None:
    """Return what is wrong with a spread's grid in one sentence, or `None`."""
    grid = settings.grid
    if grid is None:
        return None
    if settings.conversion is not None:
        return "互转只做一次，不能同时是网格。"
    if not 1 <= grid.lines <= MOST_LINES:
        return f"网格线数应在 1 至 {MOST_LINES} 之间，现为 {grid.lines}。"
    if settings.max_sets != grid.lines * settings.sets:
        whole = f"{grid.lines} 条线 × 每格 {settings.sets} 套 = {grid.lines * settings.sets} 套"
        return f"网格的{WORDS['max_sets']}应是 {whole}，现为 {settings.max_sets}；不写就按它算。"
    return _check_bounds(settings, grid) or _check_trail(settings, grid)


def _check_bounds(settings: SpreadSettings, grid: SpreadGrid) -> str | None:
    lower, upper = amount_text(grid.lower), amount_text(grid.upper)
    if grid.lower >= grid.upper:
        return f"网格下限 {lower} 应低于上限 {upper}。"
    ends = level(settings, grid, 0), level(settings, grid, grid.lines)
    if min(ends) < grid.lower or max(ends) > grid.upper:
        return f"网格线 {amount_text(min(ends))} 至 {amount_text(max(ends))} 超出区间 {lower} 至 {upper}。"
    if (ends[1] - grid.stop) * grid.side.sign <= 0:
        where = "低于" if grid.side is Side.BUY else "高于"
        return f"止损价 {amount_text(grid.stop)} 应{where}最后一条网格线 {amount_text(ends[1])}。"
    return None


def _check_trail(settings: SpreadSettings, grid: SpreadGrid) -> str | None:
    if grid.trail_to is None or (grid.trail_to - anchor(settings, grid)) * grid.side.sign > 0:
        return None
    where = "高于" if grid.side is Side.BUY else "低于"
    first = amount_text(anchor(settings, grid))
    return f"跟随限价 {amount_text(grid.trail_to)} 应{where}首线止盈 {first}：网格只朝盈利一侧跟随。"
