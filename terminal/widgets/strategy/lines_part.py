"""Make a spread's form one of a grid too: which way, how many lines, the stop that is not optional, and the bounds.

The two prices of the spread are line 1's, so nothing else says where the lines lie; what all lines hold together
follows from the sets of one.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import OutOfRange, SpreadGrid
from terminal.domain.words.settings import GRID_WAYS, OUTSIDE, GridWay
from terminal.widgets.strategy.words import NAMES_OF_LINES

if TYPE_CHECKING:
    from collections.abc import Collection

    from terminal.widgets.strategy.form import StrategyForm

FIRST_LINES: Final = 5
FIRST_PRICES: Final = {"stop": Decimal(0), "lower": Decimal(0), "upper": Decimal(0), "trail_to": None}


class LinesPart:
    """Hold the fields of a grid in a spread's form; they are hidden while it is none."""

    def __init__(self, form: StrategyForm) -> None:
        self._form = form
        self.way = form.choice("grid", GRID_WAYS)
        self.way.setToolTip("不做网格：一个买价、一个卖价；做网格：往亏损一侧每隔一格再加一条线")
        self.lines = form.number("lines")
        self.prices = {name: form.number(name, whole=False) for name in FIRST_PRICES}
        self.prices["trail_to"].setToolTip("空仓时网格朝盈利一侧整格移动，首线止盈最远到这里")
        self.prices["trail_to"].may_be_blank("不跟随")
        self.out_of_range = form.choice("out_of_range", OUTSIDE)

    @property
    def grid(self) -> SpreadGrid | None:
        """Return what the fields say; `None` for no grid."""
        way = GridWay(self.way.value)
        if way is GridWay.NONE:
            return None
        return SpreadGrid(
            side=Side.BUY if way is GridWay.LONG else Side.SELL,
            lines=int(self.lines.value),
            stop=self.prices["stop"].value,
            lower=self.prices["lower"].value,
            upper=self.prices["upper"].value,
            out_of_range=OutOfRange(self.out_of_range.value),
            trail_to=self.prices["trail_to"].given,
        )

    def fill(self, grid: SpreadGrid | None) -> None:
        """Put a grid into the fields, exactly."""
        if grid is None:
            self.way.put(GridWay.NONE)
            self.lines.put(FIRST_LINES)
            self.out_of_range.put(OutOfRange.HOLD)
        else:
            self.way.put(GridWay.LONG if grid.side is Side.BUY else GridWay.SHORT)
            self.lines.put(grid.lines)
            self.out_of_range.put(grid.out_of_range)
        for name, box in self.prices.items():
            box.put(FIRST_PRICES[name] if grid is None else getattr(grid, name))
        self.show()

    def show(self) -> None:
        """Show the fields of a grid only where it is one."""
        there = self.way.value != GridWay.NONE
        for name in NAMES_OF_LINES:
            field = self._form.fields[name]
            field.setVisible(there)
            field.control.setEnabled(there)  # all of them are free while a grid runs

    def suggest(self, own: Collection[str], buy_at: Decimal, sell_at: Decimal, step: Decimal | None) -> None:
        """Offer bounds that hold the lines, one spacing beyond them, and the stop one more."""
        grid = self.grid
        for box in self.prices.values():
            box.step, box.snaps = step or box.step, step is not None
        apart = sell_at - buy_at
        if grid is None or apart <= 0:
            return
        sign = grid.side.sign
        first = sell_at if sign > 0 else buy_at
        near, far = first + sign * apart, first - sign * (grid.lines + 1) * apart
        offered = {"lower": min(near, far), "upper": max(near, far), "stop": far - sign * apart}
        for name, price in offered.items():
            if name not in own:
                self.prices[name].put(price)
