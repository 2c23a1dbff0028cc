"""Refuse a plan's strategy that cannot fit the contracts and the calendar it names, with the place in the plan."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from terminal.domain.days.spans import trading_spans
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import ExecutionSettings, GridSettings, RollSettings, SpreadSettings
from terminal.domain.products import conversion
from terminal.domain.words.settings import WORDS
from terminal.strategies.execution.check import limit_fault, window_fault
from terminal.strategies.grid.ladder import distinct, levels
from terminal.strategies.own.fit import contracts_fault
from terminal.strategies.roll.fit import contracts_fault as roll_fault

if TYPE_CHECKING:
    from terminal.domain.days.calendar import Calendar
    from terminal.domain.ids import StrategyId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.shell.plans.lines import Path
    from terminal.shell.plans.listing import PlanListing
    from terminal.shell.plans.text import PlanText


class Fitting:
    """Hold the plan, its contracts and the calendar against which strategies are checked."""

    def __init__(self, text: PlanText, listing: PlanListing, calendar: Calendar) -> None:
        self._text = text
        self._listing = listing
        self._calendar = calendar

    def check(self, name: StrategyId, settings: StrategySettings, path: Path) -> None:
        """Raise a `UserError` where a strategy does not fit."""
        if isinstance(settings, GridSettings):
            self._on_ticks(settings, path)
        if isinstance(settings, ExecutionSettings):
            self._in_its_window(name, settings, path)
        if isinstance(settings, OwnSettings):
            wrong = contracts_fault([self._listing.check(one.instrument, path) for one in settings.contracts])
            if wrong:
                raise self._text.wrong((*path, "contracts"), f"策略 {name}：{wrong}")
        if isinstance(settings, RollSettings):
            wrong = roll_fault(*(self._listing.check(getattr(settings, key), (*path, key)) for key in ("near", "far")))
            if wrong:
                raise self._text.wrong((*path, "far"), f"策略 {name}：{wrong}")
        if isinstance(settings, SpreadSettings):
            wrong = conversion.fault(settings, lambda leg: self._listing.check(leg, path), 0)
            if wrong:
                raise self._text.wrong((*path, "legs"), f"策略 {name}：{wrong}")

    def _in_its_window(self, name: StrategyId, settings: ExecutionSettings, path: Path) -> None:
        known = self._listing.check(settings.instrument, (*path, "instrument"))
        trading = partial(trading_spans, self._calendar, known)
        wrong = window_fault(settings, trading, settings.begins_at) or limit_fault(settings, known, None, None)
        if wrong is not None:
            raise self._text.wrong((*path, wrong[0]), f"策略 {name}：{WORDS[wrong[0]]}{wrong[1]}")

    def _on_ticks(self, settings: GridSettings, path: Path) -> None:
        instrument = self._listing.check(settings.instrument, (*path, "instrument"))
        lines = levels(settings, instrument.tick)
        if min(lines) < 1 or not distinct(lines, settings.side):
            key = "step" if settings.step is not None else "ratio"
            what = f"{settings.instrument} 的最小变动价位 {instrument.tick}"
            raise self._text.wrong((*path, key), f"网格线取整到 {what} 后重合或不为正，请加大每格间距（{key}）。")
