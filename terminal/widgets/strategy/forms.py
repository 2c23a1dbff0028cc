"""Name the form of each kind of strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.widgets.strategy.form_convert import ConversionForm
from terminal.widgets.strategy.form_execution import ExecutionForm
from terminal.widgets.strategy.form_grid import GridForm
from terminal.widgets.strategy.form_own import OwnForm
from terminal.widgets.strategy.form_roll import RollForm
from terminal.widgets.strategy.form_spread import SpreadForm
from terminal.widgets.strategy.form_target import TargetForm
from terminal.widgets.strategy.words import StrategyKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from terminal.widgets.strategy.form import StrategyForm

FORMS: Final[dict[StrategyKind, Callable[[QWidget], StrategyForm]]] = {
    StrategyKind.ROLL: RollForm,
    StrategyKind.SPREAD: SpreadForm,
    StrategyKind.GRID: GridForm,
    StrategyKind.CONVERT: ConversionForm,
    StrategyKind.EXECUTION: ExecutionForm,
    StrategyKind.TARGET: TargetForm,
    StrategyKind.OWN: OwnForm,
}
