"""Of timings that switch, one that never decides is marked in its row, where a person can mend it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from msgspec.structs import replace

from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Combine, DaysToExpiry, Liquidity, Manual, RollSettings
from terminal.widgets.strategy.form_roll import RollForm
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.desk import ACCOUNT
from tests.gui.strategy_panel.bench import GRID, NEXT_REBAR, REBAR, Seat, card

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)

RUNNING: Final = RollSettings(
    account=ACCOUNT,
    near=REBAR,
    far=NEXT_REBAR,
    side=Side.BUY,
    lots=4,
    batch_lots=4,
    naked_lots=4,
    timings=(Manual(), DaysToExpiry(days=5)),
)
SAID: Final = "轮不到：自动切换时，时机 1（人工发令）总看得见数值，一直由它决定；请"


def rows(form: RollForm) -> list[str]:
    return [row.fault.text() for row in form.timings.rows]


def test_a_timing_behind_one_that_is_always_known_is_marked_in_its_row(seat: Seat) -> None:
    form: RollForm = seat.form(StrategyKind.ROLL)
    form.timings.put((Manual(), DaysToExpiry(days=5)))
    # When the trader has the timings switch
    form.combine.take(Combine.SWITCH)
    # Then the deadline is marked, with what decides instead and how to mend it, and nothing can be asked for;
    assert rows(form) == ["", f"{SAID}把它放到最后，或把组合改成任一满足。"]
    assert form.timings.rows[1].fault.isVisibleTo(form)
    assert not seat.view.preview_button.isEnabled()
    # and once it is mended, either way, nothing is.
    form.combine.take(Combine.ANY)
    assert rows(form) == ["", ""]
    assert seat.view.preview_button.isEnabled()
    form.timings.put((Liquidity(), Manual()))
    form.combine.take(Combine.SWITCH)
    assert rows(form) == ["", ""]
    assert seat.view.preview_button.isEnabled()


def change(seat: Seat, running: RollSettings, **changed: Any) -> RollForm:
    seat.show(card(running, **changed))
    seat.panel.cards.views[GRID].change_button.click()
    form = seat.bench.form(StrategyKind.ROLL)
    assert isinstance(form, RollForm)
    return form


def test_of_a_running_roll_the_combination_is_marked_as_its_timings_last(seat: Seat) -> None:
    form = change(seat, RUNNING)
    form.combine.take(Combine.SWITCH)
    assert form.fields["combine"].fault.text() == f"时机 2 {SAID}保留原来的组合，或停止后另启一个。"
    assert rows(form) == ["", ""]
    assert not seat.view.preview_button.isEnabled()


@pytest.mark.parametrize(
    ("running", "changed"),
    [
        (replace(RUNNING, combine=Combine.SWITCH), {}),  # an older version let it start
        (RUNNING, {"progress": Decimal("0.5")}),  # it moves: whether its timings decide anything the runner knows
    ],
)
def test_what_the_runner_would_let_pass_is_not_marked(
    seat: Seat, running: RollSettings, changed: dict[str, Any]
) -> None:
    form = change(seat, running, **changed)
    form.combine.take(Combine.SWITCH)
    form.chase_seconds.stepBy(1)
    assert form.fields["combine"].fault.text() == ""
    assert rows(form) == ["", ""]
    assert seat.view.preview_button.isEnabled()
