"""Two people change one strategy, in the layout the window opens with: what one chooses between is in sight."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.domain.words.risk import Verdict
from terminal.engine.screen import Preview, ResultLine
from terminal.widgets.parts.bounded import Bounded
from terminal.widgets.strategy.bench_view import LEAST_FORM
from terminal.widgets.strategy.form_spread import SpreadForm
from tests.gui.desk import ACCOUNT, REBAR, Desk
from tests.gui.strategy_panel.bench import card
from tests.gui.test_small_screens import SMALL, USUAL, in_sight, stand

SPREAD = StrategyId("价差-豆粕")
LEGS = (
    SpreadLeg(instrument=InstrumentId("DCE.m2505"), coefficient=Decimal(1), lots=1),
    SpreadLeg(instrument=InstrumentId("DCE.m2509"), coefficient=Decimal(-1), lots=-1, active=True),
)
BASE = SpreadSettings(account=ACCOUNT, legs=LEGS, buy_at=Decimal(29), sell_at=Decimal(35), max_chases=5)
SENTENCE = "你基于第 1 版修改，现行是第 2 版（夜盘 改的），不同之处：最多追价 7 次 / 9 次；请选用我的或最新。"


def begin(desk: Desk, size: tuple[int, int], count: int = 3) -> None:
    """Change a spread among some strategies."""
    panel = desk.window.strategies
    stand(desk, panel, size)
    desk.open_market(*(leg.instrument for leg in LEGS), REBAR)
    others = [card(strategy=StrategyId(f"网格-{number}")) for number in range(count - 1)]
    for one in (card(BASE, strategy=SPREAD, version=1), *others):
        desk.mailbox.post_strategy(one)
    desk.frames(1)
    panel.cards.views[SPREAD].change_button.click()
    form = panel.bench.form(panel.bench.kind)
    assert isinstance(form, SpreadForm)
    form.numbers["max_chases"].stepBy(2)
    QApplication.processEvents()


def settle(desk: Desk) -> None:
    """Let every layout ask its parent, which asks its own."""
    desk.frames(1)
    for _ in range(6):
        QApplication.processEvents()


def is_whole(label: QLabel, frame: QWidget) -> bool:
    """Return whether every line of a label is in sight."""
    return label.height() >= label.heightForWidth(label.width()) and in_sight(label, frame)


SIDES = {"sell_at": Decimal(36), "sets": 2, "max_chases": 9}


@pytest.mark.parametrize("changed", [1, 2, 3])
@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_the_loser_sees_the_parameter_and_both_values_without_scrolling(
    desk: Desk, size: tuple[int, int], changed: int
) -> None:
    begin(desk, size)
    panel, view = desk.window.strategies, desk.window.strategies.bench.view
    dock = panel.size()
    view.preview_button.click()
    desk.mailbox.post_preview(answer(desk))
    desk.frames(1)
    view.start_button.click()
    refused = ResultLine(
        command=desk.hand.last_command, body=desk.hand.sent[-1], ok=False, code="CONFLICT", sentence=SENTENCE
    )
    desk.mailbox.post_result(refused)
    latest = replace(BASE, **dict(list(SIDES.items())[-changed:]))
    desk.mailbox.post_strategy(card(latest, strategy=SPREAD, version=2))
    settle(desk)
    conflict, values = view.conflict, view.conflict.values
    assert "最多追价" in conflict.table.text()
    assert conflict.table.text().count("<tr>") == 1 + changed
    assert is_whole(conflict.sentence, panel)
    assert is_whole(conflict.table, values.viewport())
    assert values.verticalScrollBar().maximum() == 0
    assert in_sight(values, panel)
    for control in (view.mine_button, view.latest_button, view.preview_button, view.start_button):
        assert in_sight(control, panel), control.text()
    foot = next(one for one in view.findChildren(Bounded) if one.widget() is view.status)
    assert view.status.text() == "▲ 两处都改了，先选用我的或用最新。"
    assert is_whole(view.status, foot.viewport())
    assert panel.size() == dock
    assert (desk.window.width(), desk.window.height()) == size
    view.mine_button.click()
    settle(desk)
    assert view.stack.height() >= LEAST_FORM


def test_a_refusal_that_its_card_has_overtaken_does_not_close_the_form_of_whoever_has_chosen_already(
    desk: Desk,
) -> None:
    begin(desk, USUAL)
    view = desk.window.strategies.bench.view
    view.preview_button.click()
    desk.mailbox.post_preview(answer(desk))
    desk.frames(1)
    view.start_button.click()
    refused = ResultLine(
        command=desk.hand.last_command, body=desk.hand.sent[-1], ok=False, code="CONFLICT", sentence=SENTENCE
    )
    desk.mailbox.post_strategy(card(replace(BASE, **SIDES), strategy=SPREAD, version=2))
    settle(desk)
    view.mine_button.click()
    desk.mailbox.post_result(refused)
    settle(desk)
    assert view.conflict.isHidden()
    assert view.preview_button.isEnabled()


def test_a_preview_of_the_version_before_goes_when_another_has_changed_the_strategy(desk: Desk) -> None:
    begin(desk, SMALL)
    panel, view = desk.window.strategies, desk.window.strategies.bench.view
    view.preview_button.click()
    desk.mailbox.post_preview(answer(desk))
    settle(desk)
    assert view.preview.isVisible()
    desk.mailbox.post_strategy(card(replace(BASE, **SIDES), strategy=SPREAD, version=2))
    settle(desk)
    assert view.preview.isHidden()
    assert is_whole(view.conflict.table, view.conflict.values.viewport())
    assert in_sight(view.conflict.values, panel)
    assert in_sight(view.start_button, panel)
    desk.mailbox.post_preview(answer(desk))  # too late
    settle(desk)
    assert view.preview.isHidden()


def answer(desk: Desk) -> Preview:
    """Answer the last question as the runner does."""
    return Preview(
        request=len(desk.hand.foreseen),
        verdict=Verdict.ALLOW,
        sentence="修改策略 价差-豆粕：价差 买 m2505、卖 m2509 最多 10 套 总价值 ¥597,000 保证金最多 ¥44,775 · 可以修改",
        value=Decimal(597_000),
        margin=Decimal(44_775),
        fee=Decimal(30),
        details=("最多追价 5 次 → 7 次", "买一套：买 m2505 1 手，卖 m2509 1 手（主动腿）", "每轮 1 套，最多持有 10 套"),
    )


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_what_a_change_changes_is_in_sight_in_its_preview(desk: Desk, size: tuple[int, int]) -> None:
    begin(desk, size)
    panel, view = desk.window.strategies, desk.window.strategies.bench.view
    view.preview_button.click()
    desk.mailbox.post_preview(answer(desk))
    settle(desk)
    box = view.preview
    assert box.lines.text().startswith("最多追价 5 次 → 7 次")
    first = QRect(box.lines.mapTo(panel, QPoint(0, 0)), QSize(1, box.lines.fontMetrics().lineSpacing()))
    shown = QRect(box.details.viewport().mapTo(panel, QPoint(0, 0)), box.details.viewport().size())
    assert is_whole(box.sentence, box.details.viewport())
    assert shown.contains(first)
    assert panel.rect().contains(shown)
    assert in_sight(view.start_button, panel)
    assert view.stack.height() >= LEAST_FORM


def test_a_conflict_of_a_strategy_that_is_not_looked_at_is_told_in_the_foot(desk: Desk) -> None:
    begin(desk, USUAL)
    view = desk.window.strategies.bench.view
    view.preview_button.click()
    desk.mailbox.post_preview(answer(desk))
    desk.frames(1)
    view.start_button.click()
    command, body = desk.hand.last_command, desk.hand.sent[-1]
    view.new_button.click()
    desk.mailbox.post_result(ResultLine(command=command, body=body, ok=False, code="CONFLICT", sentence=SENTENCE))
    settle(desk)
    assert view.conflict.isHidden()
    assert "不同之处" in view.status.text()


def send_change(desk: Desk) -> ResultLine:
    """Preview and send what the form says; return the answer of a runner that makes the change."""
    view = desk.window.strategies.bench.view
    view.preview_button.click()
    desk.mailbox.post_preview(answer(desk))
    settle(desk)
    view.start_button.click()
    return ResultLine(
        command=desk.hand.last_command, body=desk.hand.sent[-1], ok=True, code="OK", sentence="已改为第 2 版"
    )


def edit_further(desk: Desk) -> None:
    """Change another field while the change that was sent is on its way."""
    bench = desk.window.strategies.bench
    form = bench.form(bench.kind)
    assert isinstance(form, SpreadForm)
    form.numbers["sets"].stepBy(1)
    settle(desk)


OWN = replace(BASE, max_chases=7)  # what `begin` has put into the form


def test_ones_own_change_is_no_conflict_for_whoever_has_edited_on_before_its_version_came(desk: Desk) -> None:
    begin(desk, USUAL)
    view = desk.window.strategies.bench.view
    done = send_change(desk)
    edit_further(desk)
    desk.mailbox.post_result(done)
    desk.mailbox.post_strategy(card(OWN, strategy=SPREAD, version=2))
    settle(desk)
    assert view.conflict.isHidden()
    send_change(desk)
    assert desk.hand.sent[-1] == replace(desk.hand.sent[0], base_version=2, settings=replace(OWN, sets=2))


def test_the_next_change_is_not_sent_over_a_version_that_the_change_before_has_ended(desk: Desk) -> None:
    begin(desk, USUAL)
    view = desk.window.strategies.bench.view
    desk.mailbox.post_result(send_change(desk))
    settle(desk)
    edit_further(desk)
    assert not view.preview_button.isEnabled()
    assert "正在等第 2 版" in view.status.text()
    desk.mailbox.post_strategy(card(OWN, strategy=SPREAD, version=2))
    settle(desk)
    assert view.preview_button.isEnabled()


def test_another_persons_change_after_ones_own_is_a_conflict_all_the_same(desk: Desk) -> None:
    begin(desk, USUAL)
    view = desk.window.strategies.bench.view
    done = send_change(desk)
    edit_further(desk)
    desk.mailbox.post_result(done)
    desk.mailbox.post_strategy(card(replace(OWN, max_chases=9), strategy=SPREAD, version=3))
    settle(desk)
    assert view.conflict.isVisible()


@pytest.mark.parametrize("is_refused_first", [True, False])
def test_a_change_that_ones_own_earlier_one_has_overtaken_is_said_not_to_have_been_made(
    desk: Desk, *, is_refused_first: bool
) -> None:
    begin(desk, USUAL)
    view = desk.window.strategies.bench.view
    first = send_change(desk)
    desk.mailbox.post_result(replace(first, ok=False, code="UNANSWERED", sentence="还没有收到运行器的回答"))
    settle(desk)
    edit_further(desk)
    second = send_change(desk)
    desk.mailbox.post_result(replace(second, ok=False, code="CONFLICT", sentence=SENTENCE))
    if is_refused_first:
        settle(desk)
    desk.mailbox.post_strategy(card(OWN, strategy=SPREAD, version=2))
    settle(desk)
    assert view.conflict.isHidden()
    assert "这次没有执行" in view.status.text()
    assert view.preview_button.isEnabled()
