"""The field a refused preview is about: in sight, and under the keyboard where the refusal names it."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QScrollArea

from terminal.domain.words.risk import Verdict
from terminal.engine.screen import Preview
from terminal.widgets.strategy.form_roll import RollForm
from terminal.widgets.strategy.numbers import NumberBox
from terminal.widgets.strategy.status import REFUSED
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.desk import REBAR, Desk
from tests.gui.strategy_panel.bench import NEXT_REBAR
from tests.gui.strategy_panel.bench import card as strategy_card
from tests.gui.test_small_screens import SMALL, USUAL, in_sight, stand

TOO_MUCH = (
    "启动策略 移仓-螺纹钢-1：移仓 rb2505 → rb2510 多 999999 手 总价值 ¥66,309,933,690 保证金最多 ¥2,328,897,671"
    " · 不能启动：总价值超过上限 ¥50,000,000"
)
NAMED = "启动策略 移仓-螺纹钢-1：移仓 rb2505 → rb2510 多 999999 手 · 不能启动：近月已平 40 手，移仓手数不能少于它。"
DETAILS = ("999,999 手分 999,999 批，每批 1 手", "批间停 30 秒", "单腿敞口不超过 5 手；5 秒不成交追价 1 跳")


def refuse(desk: Desk, size: tuple[int, int], sentence: str) -> RollForm:
    panel = desk.window.strategies
    bench, view = panel.bench, panel.bench.view
    stand(desk, panel, size)
    desk.open_market(REBAR, NEXT_REBAR)
    view.tabs.setCurrentIndex(StrategyKind.ROLL)
    form = bench.form(StrategyKind.ROLL)
    assert isinstance(form, RollForm)
    settle()
    form.lots.setFocus()
    form.lots.stepBy(998)
    settle()
    assert view.preview_button.isEnabled(), view.status.text()
    view.preview_button.setFocus()
    view.preview_button.click()
    settle()
    request = len(desk.hand.foreseen)
    answer = Preview(request=request, verdict=Verdict.DENY, sentence=sentence, details=DETAILS)
    panel.show_previews({request: answer})
    settle()
    return form


def settle() -> None:
    for _ in range(12):
        QApplication.processEvents()


def sight_of(form: RollForm) -> QScrollArea:
    return next(area for area in form.window().findChildren(QScrollArea) if area.widget() is form)


@pytest.mark.parametrize("size", [SMALL, USUAL])
@pytest.mark.parametrize(("sentence", "named"), [(TOO_MUCH, False), (NAMED, True)])
def test_the_field_a_refusal_is_about_is_in_sight_and_takes_the_keyboard_where_it_is_named(
    desk: Desk, size: tuple[int, int], sentence: str, *, named: bool
) -> None:
    form = refuse(desk, size, sentence)
    view = desk.window.strategies.bench.view
    field = form.fields["lots"]
    for part in (field.caption, field.control):
        assert in_sight(part, sight_of(form).viewport())
    for part in (view.preview.sentence, view.preview_button):
        assert in_sight(part, desk.window.strategies)
    assert view.preview.sentence.text() == sentence
    assert view.status.text() == REFUSED
    assert field.control.hasFocus() is named
    assert view.preview_button.hasFocus() is not named


def test_a_field_out_of_sight_is_brought_there_and_kept_until_the_preview_is_void(desk: Desk) -> None:
    form = refuse(desk, USUAL, "启动策略 · 不能启动：单腿敞口应至少为 1 手。")
    area = sight_of(form)
    field = form.fields["naked_lots"]  # below the fold of every panel
    assert field.caption.text() == "单腿敞口"
    assert in_sight(field.control, area.viewport())
    assert field.control.hasFocus()
    desk.window.resize(*SMALL)
    settle()
    assert in_sight(field.control, area.viewport())
    form.naked_lots.stepBy(1)
    settle()
    assert not desk.window.strategies.bench.view.preview.isVisible()
    area.verticalScrollBar().setValue(0)
    desk.window.resize(*USUAL)
    settle()
    assert area.verticalScrollBar().value() == 0  # nobody is led back


def test_an_answer_does_not_take_the_keyboard_from_where_it_has_gone_meanwhile(desk: Desk) -> None:
    panel = desk.window.strategies
    form = refuse(desk, USUAL, TOO_MUCH)
    form.batch_lots.setFocus()
    form.batch_lots.stepBy(1)
    panel.bench.ask()
    request = len(desk.hand.foreseen)
    panel.show_previews({request: Preview(request=request, verdict=Verdict.LOCK, sentence=NAMED)})
    settle()
    assert form.batch_lots.hasFocus()
    assert in_sight(form.lots, sight_of(form).viewport())


def test_an_agreeing_preview_leads_nowhere(desk: Desk) -> None:
    form = refuse(desk, USUAL, TOO_MUCH)
    panel, area = desk.window.strategies, sight_of(form)
    form.lots.stepBy(-900)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    before = area.verticalScrollBar().value()
    panel.bench.ask()
    request = len(desk.hand.foreseen)
    panel.show_previews(
        {request: Preview(request=request, verdict=Verdict.ALLOW, sentence="移仓手数 99 手 · 可以启动")}
    )
    settle()
    assert before > 0
    assert not in_sight(form.lots, area.viewport())


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_a_change_begins_at_the_first_field_that_is_open_and_what_is_written_stays_in_sight_beside_its_preview(
    desk: Desk, size: tuple[int, int]
) -> None:
    panel = desk.window.strategies
    bench, view = panel.bench, panel.bench.view
    stand(desk, panel, size)
    desk.open_market(REBAR, NEXT_REBAR)
    running = strategy_card()
    desk.mailbox.post_strategy(running)
    desk.frames(2)
    bench.change(running)
    view.enter()
    settle()
    form = bench.form(StrategyKind.GRID)
    area = next(one for one in form.window().findChildren(QScrollArea) if one.widget() is form)
    first = QApplication.focusWidget()
    assert first is not None
    assert form.isAncestorOf(first)
    assert in_sight(first, area.viewport())
    # A field further down is changed
    last = form.fields["upper"].control
    last.setFocus()
    area.ensureWidgetVisible(last)
    assert isinstance(last, NumberBox)
    last.stepBy(1)
    settle()
    view.preview_button.setFocus()
    view.preview_button.click()
    settle()
    request = len(desk.hand.foreseen)
    answer = Preview(request=request, verdict=Verdict.ALLOW, sentence="修改策略 网格-螺纹 · 可以应用", details=DETAILS)
    panel.show_previews({request: answer})
    settle()
    assert view.preview.isVisible()
    assert in_sight(last, area.viewport())
