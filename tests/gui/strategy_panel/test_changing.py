"""A running strategy is changed over the version its change began from."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain.commands import ChangeStrategy, StartStrategy
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.words.risk import Verdict
from tests.gui.desk import ACCOUNT
from tests.gui.strategy_panel.bench import GRID, Seat, card, grid_settings

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


def test_a_change_is_sent_over_the_version_it_began_from(seat: Seat) -> None:
    form = seat.edit()
    assert seat.view.name.isReadOnly()
    assert not seat.view.preview_button.isEnabled()  # nothing is changed yet
    form.lines.stepBy(-2)
    seat.preview()
    assert seat.view.start_button.text() == "应用修改"
    seat.view.start_button.click()
    wanted = ChangeStrategy(account=ACCOUNT, strategy=GRID, base_version=3, settings=grid_settings(lines=10))
    assert seat.hand.asked == seat.hand.sent == [wanted]


def test_giving_a_change_up_returns_to_the_settings_of_the_card(seat: Seat) -> None:
    form = seat.edit()
    form.lines.stepBy(-2)
    seat.view.drop_button.click()
    assert form.settings(ACCOUNT) == grid_settings()
    assert not seat.view.drop_button.isEnabled()


def test_a_newer_version_is_followed_while_nothing_was_changed(seat: Seat) -> None:
    form = seat.edit()
    seat.show(card(grid_settings(lots_per_line=3), version=4))
    assert form.settings(ACCOUNT).lots_per_line == 3
    assert not seat.view.conflict.isVisible()


def test_a_newer_version_that_says_the_same_is_no_conflict(seat: Seat) -> None:
    form = seat.edit()
    form.lines.stepBy(-2)
    seat.preview()
    seat.view.start_button.click()
    seat.show(card(grid_settings(lines=10), version=4))
    seat.result(ok=True, code="OK")
    assert not seat.view.conflict.isVisible()
    assert not seat.bench.draft.dirty


def test_a_conflict_shows_both_values_of_each_field_and_sends_nothing(seat: Seat) -> None:
    form = seat.edit()
    form.lines.stepBy(-2)
    seat.preview()
    seat.show(card(grid_settings(lots_per_line=3, stop=Decimal(3100)), version=4))
    assert seat.view.conflict.isVisible()
    said = seat.view.conflict.accessibleName()
    assert "网格线数 我的 10 条 最新 12 条" in said
    assert "每格手数 我的 2 手 最新 3 手" in said
    assert "止损价 我的 3150 元 最新 3100 元" in said
    assert "起始价" not in said
    assert form.settings(ACCOUNT) == grid_settings(lines=10)
    assert not seat.view.start_button.isEnabled()
    assert not seat.view.preview_button.isEnabled()
    assert seat.hand.sent == []


def test_keeping_mine_builds_on_the_newest_version_after_a_new_preview(seat: Seat) -> None:
    form = seat.edit()
    form.lines.stepBy(-2)
    seat.preview()
    seat.show(card(grid_settings(lots_per_line=3), version=4))
    seat.view.mine_button.click()
    assert not seat.view.conflict.isVisible()
    assert not seat.view.start_button.isEnabled()
    seat.preview()
    seat.view.start_button.click()
    wanted = ChangeStrategy(account=ACCOUNT, strategy=GRID, base_version=4, settings=grid_settings(lines=10))
    assert seat.hand.sent == [wanted]


def test_taking_the_latest_gives_mine_up(seat: Seat) -> None:
    form = seat.edit()
    form.lines.stepBy(-2)
    seat.show(card(grid_settings(lots_per_line=3), version=4))
    seat.view.latest_button.click()
    assert form.settings(ACCOUNT) == grid_settings(lots_per_line=3)
    assert not seat.view.conflict.isVisible()
    assert seat.hand.sent == []


def test_a_conflict_the_runner_tells_first_waits_for_the_newer_card(seat: Seat) -> None:
    form = seat.edit()
    form.lines.stepBy(-2)
    seat.preview()
    seat.view.start_button.click()
    seat.result(ok=False, code="CONFLICT", sentence="策略已被修改")
    assert seat.view.conflict.isVisible()
    assert not seat.view.mine_button.isEnabled()
    seat.show(card(grid_settings(lots_per_line=3), version=4))
    assert seat.view.mine_button.isEnabled()
    assert form.settings(ACCOUNT) == grid_settings(lines=10)


def test_a_change_that_waits_for_a_second_person_leaves_the_card_as_it_is(seat: Seat) -> None:
    form = seat.edit()
    form.lots_per_line.stepBy(5)
    seat.preview(Verdict.CONFIRM2)
    seat.view.start_button.click()
    seat.result(ok=True, code="CONFIRM2", sentence="需复核：编号 7")
    assert form.settings(ACCOUNT) == grid_settings()
    assert seat.view.status.text() == "需复核：编号 7"


def test_an_ended_strategy_is_the_pattern_of_a_new_one(seat: Seat) -> None:
    form = seat.edit(card(status=StrategyStatus.FINISHED))
    assert form.settings(ACCOUNT) == grid_settings()
    assert seat.view.name.text() == "网格-螺纹钢-1"
    seat.preview()
    assert isinstance(seat.hand.asked[-1], StartStrategy)
