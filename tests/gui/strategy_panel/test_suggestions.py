"""What a new strategy is suggested, and what is said of a field while one types."""

from __future__ import annotations

from decimal import Decimal

import pytest
import shiboken6
from msgspec.structs import replace
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from terminal.domain.commands import ChangeStrategy, StartStrategy
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.parameters.strategy import GridSpacing, SpreadLeg, SpreadSettings
from terminal.domain.products.instrument import Reference
from terminal.engine.book.lines import PositionLine
from terminal.widgets.dress.look import Look
from terminal.widgets.strategy.form_grid import GridForm
from terminal.widgets.strategy.form_roll import RollForm
from terminal.widgets.strategy.form_spread import SpreadForm
from terminal.widgets.strategy.numbers import NumberBox
from terminal.widgets.strategy.panel import StrategyPanel
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.desk import ACCOUNT, DAY, book, line
from tests.gui.strategy_panel.bench import (
    COIL,
    COPPER,
    GRID,
    NEXT_REBAR,
    REBAR,
    RecordingHand,
    Seat,
    account_line,
    card,
    quote,
)

AFTER_NEXT = InstrumentId("SHFE.rb2601")

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


def type_into(qtbot: QtBot, box: NumberBox, text: str) -> None:
    box.selectAll()
    qtbot.keyClicks(box, text)


def test_a_new_grid_is_anchored_at_the_last_price_and_can_be_previewed_as_it_stands(seat: Seat) -> None:
    form: GridForm = seat.form(StrategyKind.GRID)
    settings = form.settings(ACCOUNT)
    assert (settings.instrument, settings.anchor) == (REBAR, Decimal(3302))
    assert seat.view.preview_button.isEnabled()
    seat.panel.show_quotes({REBAR: quote(3390)})
    assert form.settings(ACCOUNT).anchor == Decimal(3302)  # nothing moves under the cursor
    assert form.readout.values[0].text() == "3,390"


def test_a_new_grid_waits_for_the_first_price(look: Look, reference: Reference) -> None:
    panel = StrategyPanel(look, RecordingHand())
    panel.show_instruments((reference.instrument(REBAR, DAY),))
    panel.show_quotes({REBAR: quote(None)})
    form = panel.bench.form(StrategyKind.GRID)
    assert isinstance(form, GridForm)
    assert form.settings(ACCOUNT).anchor == 0
    panel.show_quotes({REBAR: quote(3302)})
    assert form.settings(ACCOUNT).anchor == Decimal(3302)
    shiboken6.delete(panel)


def test_another_contract_brings_its_own_suggestions_but_not_over_what_was_typed(qtbot: QtBot, seat: Seat) -> None:
    form: GridForm = seat.form(StrategyKind.GRID)
    type_into(qtbot, form.lines, "5")
    form.instrument.take(COPPER)
    settings = form.settings(ACCOUNT)
    assert (settings.anchor, settings.lines) == (Decimal(73_910), 5)
    assert settings.step is not None
    assert settings.step % 10 == 0


def test_a_short_grid_is_suggested_upwards(seat: Seat) -> None:
    form: GridForm = seat.form(StrategyKind.GRID)
    form.side.take(Side.SELL)
    for spacing in GridSpacing:
        form.spacing.take(spacing)
        settings = form.settings(ACCOUNT)
        assert settings.stop > settings.upper >= settings.anchor > settings.lower
        assert seat.view.preview_button.isEnabled()


def test_the_far_contract_of_a_roll_is_the_next_expiry_of_the_same_product(seat: Seat) -> None:
    form: RollForm = seat.form(StrategyKind.ROLL)
    settings = form.settings(ACCOUNT)
    assert (settings.near, settings.far) == (REBAR, NEXT_REBAR)
    assert form.readout.values[0].text() == "+43"
    form.near.take(COPPER)
    assert form.settings(ACCOUNT).far == ""
    assert "请选择" in form.fields["far"].fault.text()
    assert not seat.view.preview_button.isEnabled()


def test_a_far_contract_of_another_product_is_refused_where_it_is_chosen(seat: Seat) -> None:
    form: RollForm = seat.form(StrategyKind.ROLL)
    form.far.take(COPPER)
    assert "不是同一品种，移过去就成了另一个品种的持仓" in form.fields["far"].fault.text()
    assert not seat.view.preview_button.isEnabled()
    form.far.take(NEXT_REBAR)
    assert form.fields["far"].fault.text() == ""
    assert seat.view.preview_button.isEnabled()


def test_a_new_spread_buys_below_and_sells_above_the_spread_as_it_is(seat: Seat) -> None:
    form: SpreadForm = seat.form(StrategyKind.SPREAD)
    settings = form.settings(ACCOUNT)
    assert [leg.instrument for leg in settings.legs] == [REBAR, NEXT_REBAR]
    assert (settings.buy_at, settings.sell_at) == (Decimal(-48), Decimal(-38))
    assert [label.text() for label in form.readout.values] == ["−43", "−41", "−45"]
    assert form.buy_at.text() == "−48"


@pytest.mark.parametrize("status", [StrategyStatus.PAUSED, StrategyStatus.STOPPED])
def test_another_price_of_a_spread_leaves_its_legs_alone(qtbot: QtBot, seat: Seat, status: StrategyStatus) -> None:
    legs = (
        SpreadLeg(instrument=COIL, coefficient=Decimal(-1), lots=-1, active=True),
        SpreadLeg(instrument=COPPER, coefficient=Decimal(1), lots=1),
    )
    spread = SpreadSettings(account=ACCOUNT, legs=legs, buy_at=Decimal(29), sell_at=Decimal(35))
    seat.show(card(spread, status=status))
    seat.panel.cards.views[GRID].change_button.click()
    type_into(qtbot, seat.form(StrategyKind.SPREAD).buy_at, "20")
    seat.form(StrategyKind.GRID)
    seat.form(StrategyKind.SPREAD)
    seat.open_market()
    seat.view.preview_button.click()
    (asked,) = seat.hand.asked
    assert isinstance(asked, StartStrategy if status is StrategyStatus.STOPPED else ChangeStrategy)
    assert asked.settings == replace(spread, buy_at=Decimal(20))


def test_legs_can_be_added_up_to_eight_and_removed_down_to_two(seat: Seat) -> None:
    form: SpreadForm = seat.form(StrategyKind.SPREAD)
    form.legs.add.click()
    assert "同一合约" in form.legs.rows[2].fault.text()
    form.legs.rows[2].instrument.take(COIL)
    assert not form.legs.rows[2].fault.isVisible()
    form.legs.add.click()
    form.legs.rows[3].instrument.take(COPPER)
    for _ in range(4):
        form.legs.add.click()
    assert not form.legs.add.isEnabled()
    assert len(form.legs.shown) == 8
    for place in (7, 6, 5, 4):
        form.legs.rows[place].remove.click()
    form.legs.rows[1].remove.click()
    assert "主动腿" in form.legs.fault.text()
    form.legs.rows[1].active.click()
    assert [leg.instrument for leg in form.settings(ACCOUNT).legs] == [REBAR, COIL, COPPER]
    form.legs.rows[2].remove.click()
    assert not any(row.remove.isEnabled() for row in form.legs.shown)
    assert [leg.active for leg in form.settings(ACCOUNT).legs] == [False, True]


def test_the_sentence_of_a_fault_appears_while_one_types_and_goes_when_it_is_mended(qtbot: QtBot, seat: Seat) -> None:
    form: GridForm = seat.form(StrategyKind.GRID)
    type_into(qtbot, form.stop, "3300")
    fault = form.fields["stop"].fault
    assert fault.isVisible()
    assert "止损价应比它更低" in fault.text()
    assert form.stop.accessibleDescription() == fault.text()
    assert not seat.view.preview_button.isEnabled()
    type_into(qtbot, form.stop, "3100")
    assert not fault.isVisible()
    assert seat.view.preview_button.isEnabled()


def test_an_empty_number_is_a_fault_and_not_a_zero(qtbot: QtBot, seat: Seat) -> None:
    form: GridForm = seat.form(StrategyKind.GRID)
    form.lines.selectAll()
    qtbot.keyClick(form.lines, Qt.Key.Key_Delete)
    assert "请填写" in form.fields["lines"].fault.text()
    assert not seat.view.preview_button.isEnabled()


def test_a_typed_price_snaps_to_the_tick_and_a_minus_is_the_long_one(qtbot: QtBot, seat: Seat) -> None:
    form: GridForm = seat.form(StrategyKind.GRID)
    form.instrument.take(COPPER)
    type_into(qtbot, form.anchor, "73914")
    assert form.settings(ACCOUNT).anchor == Decimal(73_910)
    qtbot.keyClick(form.anchor, Qt.Key.Key_Return)
    assert form.anchor.text() == "73910"
    qtbot.keyClick(form.anchor, Qt.Key.Key_Up)
    assert form.anchor.text() == "73920"
    qtbot.keyClick(form.anchor, Qt.Key.Key_PageDown)
    assert form.settings(ACCOUNT).anchor == Decimal(73_870)
    spread: SpreadForm = seat.form(StrategyKind.SPREAD)
    type_into(qtbot, spread.buy_at, "-12x5")
    assert spread.buy_at.text() == "−125"
    assert spread.settings(ACCOUNT).buy_at == Decimal(-125)


def test_timings_are_listed_added_and_removed(seat: Seat) -> None:
    form: RollForm = seat.form(StrategyKind.ROLL)
    form.timings.rows[0].remove.click()
    assert "至少添加一个" in form.timings.fault.text()
    form.timings.add.click()
    form.timings.rows[0].kind.take("spread_percentile")
    warm_up = form.timings.rows[0].boxes[3]
    assert isinstance(warm_up, NumberBox)
    warm_up.stepBy(5)
    assert seat.view.preview_button.isEnabled()
    for _ in range(100):
        warm_up.stepBy(5)
    assert "预热" in form.timings.rows[0].fault.text()


def held(name: InstrumentId, side: Side, lots: int, flag: HedgeFlag) -> PositionLine:
    return replace(line(name, side, lots, 0), flag=flag)


def test_a_new_roll_takes_the_held_position_that_expires_first_as_it_is_marked(seat: Seat) -> None:
    form: RollForm = seat.form(StrategyKind.ROLL)
    seat.panel.show_account_line(account_line(usual_flag=HedgeFlag.HEDGE))
    seat.panel.show_book(
        book(held(NEXT_REBAR, Side.BUY, 3, HedgeFlag.SPECULATION), held(REBAR, Side.SELL, 12, HedgeFlag.HEDGE))
    )
    settings = form.settings(ACCOUNT)
    assert (settings.near, settings.far) == (REBAR, NEXT_REBAR)
    assert (settings.side, settings.lots, settings.hedge_flag) == (Side.SELL, 12, HedgeFlag.HEDGE)
    assert (settings.batch_lots, settings.naked_lots) == (1, 1)
    seat.panel.show_book(book(held(REBAR, Side.SELL, 9, HedgeFlag.HEDGE)))
    assert form.settings(ACCOUNT).lots == 12  # what is being looked at does not move with a fill


def test_what_a_person_set_of_a_roll_is_not_taken_from_the_position(qtbot: QtBot, seat: Seat) -> None:
    form: RollForm = seat.form(StrategyKind.ROLL)
    type_into(qtbot, form.lots, "5")
    form.hedge_flag.take(HedgeFlag.ARBITRAGE)
    seat.panel.show_account_line(account_line(usual_flag=HedgeFlag.HEDGE))
    seat.panel.show_book(book(held(REBAR, Side.SELL, 12, HedgeFlag.HEDGE)))
    settings = form.settings(ACCOUNT)
    assert (settings.side, settings.lots, settings.hedge_flag) == (Side.SELL, 5, HedgeFlag.ARBITRAGE)


@pytest.mark.parametrize("kind", StrategyKind)
def test_a_new_strategy_of_a_hedge_account_is_marked_as_hedging(seat: Seat, kind: StrategyKind) -> None:
    form = seat.form(kind)
    assert form.settings(ACCOUNT).hedge_flag is HedgeFlag.SPECULATION
    seat.panel.show_account_line(account_line(usual_flag=HedgeFlag.HEDGE))
    seat.panel.show_book(book())
    assert form.settings(ACCOUNT).hedge_flag is HedgeFlag.HEDGE
    seat.panel.show_account(AccountId("投机账户"))
    assert form.settings(ACCOUNT).hedge_flag is HedgeFlag.SPECULATION


def test_a_new_spread_leaves_no_more_open_between_its_legs_than_one_set_does(qtbot: QtBot, seat: Seat) -> None:
    form: SpreadForm = seat.form(StrategyKind.SPREAD)
    assert form.settings(ACCOUNT).naked_lots == 1
    type_into(qtbot, form.legs.rows[0].lots, "3")
    assert form.settings(ACCOUNT).naked_lots == 3
    type_into(qtbot, form.numbers["naked_lots"], "7")
    type_into(qtbot, form.legs.rows[0].lots, "2")
    assert form.settings(ACCOUNT).naked_lots == 7


def test_a_new_spread_begins_with_the_contract_most_people_hold(look: Look, reference: Reference) -> None:
    panel = StrategyPanel(look, RecordingHand())
    panel.show_instruments(tuple(reference.instrument(name, DAY) for name in (REBAR, NEXT_REBAR, AFTER_NEXT)))
    form = panel.bench.form(StrategyKind.SPREAD)
    assert isinstance(form, SpreadForm)
    assert [leg.instrument for leg in form.settings(ACCOUNT).legs] == [REBAR, NEXT_REBAR]
    busy = quote(3345)._replace(open_interest=900_000)
    panel.show_quotes({REBAR: quote(3302), NEXT_REBAR: busy, AFTER_NEXT: quote(3360)})
    assert [leg.instrument for leg in form.settings(ACCOUNT).legs] == [NEXT_REBAR, AFTER_NEXT]
    panel.show_quotes({REBAR: quote(3302)._replace(open_interest=950_000)})
    assert [leg.instrument for leg in form.settings(ACCOUNT).legs] == [NEXT_REBAR, AFTER_NEXT]
    shiboken6.delete(panel)
