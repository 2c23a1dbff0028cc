"""Name the exits of a spread (止损、止盈), and say which lie on the wrong side of its asked prices.

A spread that was bought (多头) is sold at its stop, below what it was to be bought at, or at its take-profit, above
it; one that was sold (空头) is bought back, the other way round.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.words.amount_text import amount_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.parameters.strategy import SpreadSettings

EXITS: Final = ("long_stop", "long_take_profit", "short_stop", "short_take_profit")


class Exits(NamedTuple):
    """Hold the prices at which one side's lots are closed, in yuan of the spread; `None` where there is none."""

    stop: Decimal | None
    take_profit: Decimal | None


def exits_of(settings: SpreadSettings, direction: int) -> Exits:
    """Return the exits of a spread that is held: `direction` 1 for a bought one, -1 for a sold one."""
    if direction > 0:
        return Exits(settings.long_stop, settings.long_take_profit)
    return Exits(settings.short_stop, settings.short_take_profit)


def guarded(settings: SpreadSettings) -> bool:
    """Return whether a spread has any exit of its own."""
    return any(getattr(settings, name) is not None for name in EXITS)


def exit_faults(settings: SpreadSettings) -> Iterator[tuple[str, str]]:
    """Yield each exit that cannot be: its name and a sentence to stand after its caption."""
    for name in EXITS:
        price = getattr(settings, name)
        if price is None:
            continue
        if settings.grid is not None or settings.conversion is not None:
            yield name, "只用于一个买价、一个卖价的价差；网格用它自己的止损价，互转只做一次，请去掉。"
            continue
        if settings.spot_side is not None:
            yield name, "不能用于期现价差：现货一侧没有能平仓的盘口，请去掉，用买卖价差了结。"
            continue
        long, stops = name.startswith("long"), name.endswith("stop")
        asked, what = (settings.buy_at, "买入价差") if long else (settings.sell_at, "卖出价差")
        low = long == stops
        if not price.is_finite():
            yield name, "应是一个数，请修改。"
        elif (price >= asked) if low else (price <= asked):
            side = "亏损" if stops else "盈利"
            yield name, f"应{'低于' if low else '高于'}{what} {amount_text(asked)}（{side}的一侧），请修改。"
