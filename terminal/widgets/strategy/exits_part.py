"""Let a person give a spread its own stop and take-profit (止损止盈), for each side it may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.exits import EXITS

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.widgets.strategy.form import StrategyForm

SAID = {
    "long_stop": "买入后，价差能卖出的价跌到这里就逐笔平仓，平完结束；应低于买入价差",
    "long_take_profit": "买入后，价差能卖出的价涨到这里就逐笔平仓，平完结束；应高于买入价差",
    "short_stop": "卖出后，价差要买回的价涨到这里就逐笔平仓，平完结束；应高于卖出价差",
    "short_take_profit": "卖出后，价差要买回的价跌到这里就逐笔平仓，平完结束；应低于卖出价差",
}


class ExitsPart:
    """Hold the fields of a spread's exits; blank is none. They are hidden, unless they say something, in a grid."""

    def __init__(self, form: StrategyForm) -> None:
        self._form = form
        self.prices = {name: form.number(name, whole=False) for name in EXITS}
        for name, box in self.prices.items():
            box.setToolTip(SAID[name])
            box.may_be_blank("不设")

    @property
    def exits(self) -> dict[str, Decimal | None]:
        """Return what the fields say, by the names in the settings."""
        return {name: box.given for name, box in self.prices.items()}

    def fill(self, settings: SpreadSettings) -> None:
        """Put a spread's exits into the fields, exactly."""
        for name, box in self.prices.items():
            box.put(getattr(settings, name))

    def show(self, *, in_grid: bool, step: Decimal | None) -> None:
        """Show the fields where they count; a grid has a stop of its own."""
        for name, box in self.prices.items():
            box.step, box.snaps = step or box.step, step is not None
            field = self._form.fields[name]
            there = not in_grid or not box.blank
            field.setVisible(there)
            field.control.setEnabled(there)  # all of them are free while it runs
