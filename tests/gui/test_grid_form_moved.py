"""The form of a grid that has moved keeps its lines where they are; that of a new one knows nothing of it."""

from __future__ import annotations

from decimal import Decimal

import shiboken6
from msgspec import UNSET
from msgspec.structs import replace
from PySide6.QtWidgets import QWidget

from terminal.domain.parameters.strategy import GridSettings, GridSpacing
from terminal.domain.products.instrument import Reference
from terminal.strategies.grid.trailing import trailed
from terminal.widgets.dress.look import Look
from terminal.widgets.strategy.faults import last_line
from terminal.widgets.strategy.form_grid import GridForm
from tests.gui.desk import ACCOUNT, DAY
from tests.gui.test_strategy_forms import GRID, LISTED, quote


def test_a_change_of_a_grid_that_has_moved_keeps_its_lines(look: Look, reference: Reference) -> None:
    parent = QWidget()
    written: GridSettings = replace(
        GRID, spacing=GridSpacing.GEOMETRIC, step=None, ratio=Decimal("0.9965"), stop=Decimal(3180)
    )
    moved = trailed(written, Decimal(-600))
    form = GridForm(parent)
    form.show_instruments({name: reference.instrument(name, DAY) for name in LISTED})
    form.show_quotes({name: quote(700) for name in LISTED})
    form.load(moved)
    form.fix(moved)
    assert form.settings(ACCOUNT) == moved
    assert last_line(form.settings(ACCOUNT)) == last_line(written) - 600
    form.fix(None)
    assert form.settings(ACCOUNT).shifted is UNSET
    shiboken6.delete(parent)
