"""Let an empty grid follow a price that leaves it on the winning side (跟随), up to a limit its owner has set.

A trailing grid moves as a whole: anchor, lines, stop and bounds by the same yuan, so that what it may lose from its
lines to its stop stays the same; geometric lines keep their distances too. It moves only while it holds nothing and has
no order out, only to the winning side, and never further than `trail_to`. As long as it may, a price beyond its winning
bound is one to follow after a while, and does not end it. What has moved is a fact, so a restart has the same lines.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import UNSET
from msgspec.structs import replace

from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSpacing
from terminal.strategies.grid.ladder import levels, shift_of

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import GridSettings, SpreadGrid
    from terminal.strategies.grid.moment import GridMemory

ZERO = Decimal(0)


@lru_cache(maxsize=256)
def trailed(settings: GridSettings, moved: Decimal, relaid: Decimal = ZERO) -> GridSettings:
    """Return the settings of a grid that has moved by so many yuan; of `relaid` its geometric lines were laid out anew.

    That is what every move once did: whoever made it and holds lots has them on those lines, and keeps them.
    """
    if not moved:
        return settings
    shifted = ZERO if settings.spacing is GridSpacing.ARITHMETIC else shift_of(settings) + moved - relaid
    return replace(
        settings,
        anchor=settings.anchor + moved,
        stop=settings.stop + moved,
        lower=settings.lower + moved,
        upper=settings.upper + moved,
        shifted=shifted or UNSET,
    )


def standing(settings: GridSettings, memory: GridMemory) -> GridSettings:
    """Return the settings of a grid as it stands now."""
    return trailed(settings, memory.moved, memory.relaid)


def rebound(settings: GridSettings, instrument: InstrumentId, shift: Decimal) -> GridSettings:
    """Return the settings of a grid whose lots have gone to another contract that stands `shift` yuan higher."""
    limit = None if settings.trail_to is None else settings.trail_to + shift
    return replace(trailed(settings, shift), instrument=instrument, trail_to=limit)


def why_not_whole(old: GridSettings, new: GridSettings, *, empty: bool) -> str | None:
    """Return why a grid cannot go to another contract by these settings, in one sentence, or `None`.

    It goes while nothing is held and no order is out, and as a whole: all its prices by the same yuan.
    """
    if not empty:
        return "网格持有仓位或有委托在途时合约不能换，请由移仓带它过去。"
    if new != rebound(old, new.instrument, new.anchor - old.anchor):
        return "网格换合约时各价要一起平移同样的元数，其余设置不变；请由移仓带它过去，或停止后另启一个。"
    return None


def farthest(settings: GridSettings) -> GridSettings:
    """Return the settings of the grid where it is worth most: as far up as it may move."""
    if settings.trail_to is None or settings.side is Side.SELL:
        return settings
    return trailed(settings, settings.trail_to - settings.anchor)


def may_follow(now: GridSettings, *, empty: bool) -> bool:
    """Return whether a grid that stands so now may still follow the price to its winning side: that is no way out."""
    return empty and now.trail_to is not None and (now.trail_to - now.anchor) * now.side.sign > 0


def wins_beyond(bounds: GridSettings | SpreadGrid, price: Decimal) -> bool:
    """Return whether a price lies beyond the bound on a grid's winning side."""
    return price > bounds.upper if bounds.side is Side.BUY else price < bounds.lower


def room(now: GridSettings, price: int, tick: Decimal) -> Decimal:
    """Return by how many yuan a grid that stands so now should move more for a price in ticks; zero for not.

    It moves once the price is a whole spacing beyond the anchor, and then so far that the anchor is at the price.
    """
    if now.trail_to is None:
        return ZERO
    sign = now.side.sign
    first = levels(now, tick)
    beyond = (price - first[0]) * sign
    if beyond < (first[0] - first[1]) * sign:
        return ZERO
    least = min((price - first[0]) * tick * sign, (now.trail_to - now.anchor) * sign)
    return sign * least if least > 0 else ZERO


def check_trailing(settings: GridSettings) -> str | None:
    """Return what is wrong with how far a grid may follow, in one sentence, or `None`."""
    if settings.trail_to is None:
        return None
    moved = settings.trail_to - settings.anchor
    if moved * settings.side.sign <= 0:
        where = "高于" if settings.side is Side.BUY else "低于"
        return f"跟随限价 {settings.trail_to} 应{where}起始价 {settings.anchor}：网格只朝盈利一侧跟随。"
    if settings.lower + moved <= 0:
        return f"跟到 {settings.trail_to} 时网格下限 {settings.lower + moved} 不为正，请把跟随限价改近。"
    return None
