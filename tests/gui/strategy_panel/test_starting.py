"""Nothing starts that was not foreseen as it stands."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from terminal.domain.commands import StartStrategy
from terminal.domain.days.calendar import MINUTE_NS
from terminal.domain.ids import AccountId, StrategyId
from terminal.domain.words.risk import Finding, Verdict
from terminal.engine.screen import LinkState, Preview
from terminal.widgets.strategy.form_execution import ExecutionForm
from terminal.widgets.strategy.form_grid import GridForm
from terminal.widgets.strategy.numbers import NumberBox
from terminal.widgets.strategy.status import REFUSED
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.desk import ACCOUNT, NOW
from tests.gui.strategy_panel.bench import GRID, REBAR, Seat, card, link, quote

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


def test_nothing_starts_before_its_preview_has_come_back(seat: Seat) -> None:
    form: GridForm = seat.form(StrategyKind.GRID)
    assert not seat.view.start_button.isEnabled()
    seat.view.preview_button.click()
    body = seat.hand.asked[-1]
    assert isinstance(body, StartStrategy)
    assert body.settings == form.settings(ACCOUNT)
    assert not seat.view.start_button.isEnabled()
    seat.panel.show_previews({99: Preview(request=99, verdict=Verdict.ALLOW, sentence="别的问题")})
    assert not seat.view.start_button.isEnabled()
    seat.answer(details=("第 1 条线 3292",), margin=Decimal(40_000))
    assert seat.view.preview.isVisible()
    assert "40,000" in seat.view.preview.money.text()
    assert "第 1 条线" in seat.view.preview.lines.text()
    seat.view.start_button.click()
    assert seat.hand.sent == [body]
    assert not seat.view.start_button.isEnabled()
    seat.view.start_button.click()
    assert seat.hand.sent == [body]


def edit_number(seat: Seat) -> None:
    lines = seat.bench.form(StrategyKind.GRID).fields["lines"].control
    assert isinstance(lines, NumberBox)
    lines.stepBy(-1)


def edit_name(seat: Seat) -> None:
    seat.view.name.setText("别的名字")
    seat.view.name.textEdited.emit("别的名字")


def turn_account(seat: Seat) -> None:
    seat.panel.show_account(AccountId("另一账户"))
    seat.panel.show_account(ACCOUNT)


def lose_link(seat: Seat) -> None:
    seat.panel.show_link(link(state=LinkState.OFFLINE, sentence="离线 12 秒", may_order=False))
    seat.panel.show_link(link())


@pytest.mark.parametrize("happening", [edit_number, edit_name, turn_account, lose_link, lambda s: s.panel.restart()])
def test_whatever_changes_after_a_preview_voids_it(seat: Seat, happening: Callable[[Seat], None]) -> None:
    seat.form(StrategyKind.GRID)
    seat.preview()
    assert seat.view.start_button.isEnabled()
    happening(seat)
    assert not seat.view.start_button.isEnabled()
    assert not seat.view.preview.isVisible()
    seat.answer()  # the late answer to the old question
    assert not seat.view.start_button.isEnabled()


def test_an_executions_window_stands_still_while_its_preview_is_read(seat: Seat) -> None:
    form: ExecutionForm = seat.form(StrategyKind.EXECUTION)
    begins_at = form.begins_at.value
    seat.preview()
    later = quote(3300)._replace(received_at=NOW + 20 * MINUTE_NS)
    seat.panel.show_quotes({REBAR: later})
    assert form.begins_at.value == begins_at
    assert seat.view.start_button.isEnabled()
    form.numbers["total_lots"].stepBy(1)  # voids the preview
    seat.panel.show_quotes({REBAR: later})
    assert form.begins_at.value >= begins_at + 19 * MINUTE_NS
    seat.view.preview_button.click()
    asked = seat.hand.asked[-1]
    assert isinstance(asked, StartStrategy)
    assert asked.settings == form.settings(ACCOUNT)


def test_a_preview_that_wants_a_second_person_says_so_on_the_button(seat: Seat) -> None:
    seat.form(StrategyKind.GRID)
    finding = Finding(control="C6", code="V", verdict=Verdict.CONFIRM2, value="", limit="", sentence="超过复核门槛。")
    seat.preview(Verdict.CONFIRM2, findings=(finding,))
    assert seat.view.start_button.text() == "提交复核"
    assert seat.view.preview.verdict.text() == "▲ 需复核"  # the mark it has everywhere
    assert "超过复核门槛" in seat.view.preview.lines.text()
    seat.view.start_button.click()
    assert isinstance(seat.hand.sent[-1], StartStrategy)


@pytest.mark.parametrize("verdict", [Verdict.DENY, Verdict.LOCK])
def test_a_preview_that_says_no_blocks_with_its_reason(seat: Seat, verdict: Verdict) -> None:
    seat.form(StrategyKind.GRID)
    seat.preview(verdict, sentence="总价值超过上限。", details=("会挂 12 条线",), value=Decimal(1), margin=Decimal(1))
    assert not seat.view.start_button.isEnabled()
    assert seat.view.preview.sentence.text() == "总价值超过上限。"
    assert seat.view.status.text() == REFUSED  # the reason stands once
    assert not seat.view.preview.lines.isVisible()
    assert not seat.view.preview.money.isVisible()


def test_a_new_strategy_gets_a_name_no_other_has(seat: Seat) -> None:
    seat.form(StrategyKind.GRID)
    assert seat.view.name.text() == "网格-螺纹钢-1"
    seat.show(card(strategy=StrategyId("网格-螺纹钢-1"), account=AccountId("另一账户")))
    assert seat.view.name.text() == "网格-螺纹钢-2"
    seat.view.name.setText("网格-螺纹钢-1")
    seat.view.name.textEdited.emit("网格-螺纹钢-1")
    assert "已存在" in seat.view.status.text()
    assert not seat.view.preview_button.isEnabled()


def test_after_a_start_the_form_is_ready_for_the_next_one(seat: Seat) -> None:
    form: GridForm = seat.form(StrategyKind.GRID)
    form.lines.stepBy(-3)
    seat.preview()
    seat.view.start_button.click()
    seat.result(ok=True, code="OK", sentence="网格已启动")
    assert form.settings(ACCOUNT).lines == 10
    assert seat.view.status.text() == "网格已启动"


def test_a_refused_start_keeps_the_form_and_says_why(seat: Seat) -> None:
    form: GridForm = seat.form(StrategyKind.GRID)
    form.lines.stepBy(-3)
    seat.preview()
    seat.view.start_button.click()
    seat.result(ok=False, code="NOT_READY", sentence="还没有行情，请稍后再试。")
    assert form.settings(ACCOUNT).lines == 7
    assert "请稍后再试" in seat.view.status.text()
    assert seat.view.preview_button.isEnabled()


def test_unsent_drafts_survive_other_tabs_other_strategies_and_other_accounts(seat: Seat) -> None:
    form = seat.edit()
    form.lines.stepBy(-1)
    seat.view.new_button.click()
    form.lots_per_line.stepBy(4)
    seat.form(StrategyKind.ROLL)
    seat.form(StrategyKind.GRID)
    assert form.settings(ACCOUNT).lots_per_line == 5
    seat.panel.cards.views[GRID].selected.emit()
    assert (form.settings(ACCOUNT).lines, form.settings(ACCOUNT).lots_per_line) == (11, 2)
    turn_account(seat)
    assert form.settings(ACCOUNT).lots_per_line == 5
    seat.panel.cards.views[GRID].selected.emit()
    assert form.settings(ACCOUNT).lines == 11
