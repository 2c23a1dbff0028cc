from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import shiboken6
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QRadioButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from terminal.domain.commands import (
    ChangeStrategy,
    CommandBody,
    PauseStrategy,
    ResumeStrategy,
    StartStrategy,
    StopStrategy,
)
from terminal.domain.control_facts import StrategyStatus
from terminal.domain.facts import Role
from terminal.domain.ids import AccountId, CommandId, DeviceId, InstrumentId, PersonId, StrategyId
from terminal.domain.instrument import Reference
from terminal.domain.order import Side
from terminal.domain.risk_words import Finding, Level, Scope, Verdict
from terminal.domain.strategy_settings import (
    GridSettings,
    GridSpacing,
    SpreadLeg,
    SpreadSettings,
    StrategySettings,
)
from terminal.domain.view import Quote
from terminal.engine.screen import AccountLine, LinkLine, LinkState, Preview, ResultLine, StrategyCard
from terminal.widgets.look import Look
from terminal.widgets.sight import is_seen
from terminal.widgets.strategy_form_grid import GridForm
from terminal.widgets.strategy_form_roll import RollForm
from terminal.widgets.strategy_form_spread import SpreadForm
from terminal.widgets.strategy_numbers import NumberBox
from terminal.widgets.strategy_panel import StrategyPanel
from terminal.widgets.strategy_words import StrategyKind
from terminal.widgets.tokens import Scheme
from tests.gui.desk import ACCOUNT, DAY, NOW
from tests.gui.test_sight import cover

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
REBAR, NEXT_REBAR, COPPER, COIL = (
    InstrumentId(name) for name in ("SHFE.rb2505", "SHFE.rb2510", "SHFE.cu2503", "SHFE.hc2505")
)
ME, OTHER = PersonId("day"), PersonId("night")
HERE, THERE = DeviceId("desk-1"), DeviceId("desk-2")
GRID = StrategyId("网格-螺纹")


class RecordingHand:
    """Keep what was asked and sent."""

    def __init__(self) -> None:
        self.sent: list[CommandBody] = []
        self.asked: list[CommandBody] = []

    def send(self, body: CommandBody) -> CommandId:
        self.sent.append(body)
        return self.last_command

    @property
    def last_command(self) -> CommandId:
        return CommandId(f"c{len(self.sent)}")

    def preview(self, body: CommandBody, *, split_close: bool = False) -> int:
        self.asked.append(body)
        return len(self.asked)


def grid_settings(**changed: Any) -> GridSettings:
    whole = GridSettings(
        account=ACCOUNT,
        instrument=REBAR,
        side=Side.BUY,
        anchor=Decimal(3300),
        step=Decimal(10),
        lines=12,
        lots_per_line=2,
        stop=Decimal(3150),
        lower=Decimal(3180),
        upper=Decimal(3330),
    )
    return replace(whole, **changed)


def card(settings: StrategySettings | None = None, **changed: Any) -> StrategyCard:
    whole = StrategyCard(
        strategy=GRID,
        account=ACCOUNT,
        settings=settings or grid_settings(),
        version=3,
        status=StrategyStatus.RUNNING,
        then=None,
        sentence="多网格 12 条线，持 8 手，下一买点 3198，挂单 4 笔",
        lots={REBAR: 8},
        working=4,
        fees_today=Decimal("126.4"),
        profit_today=Decimal(1240),
    )
    return replace(whole, **changed)


def link(**changed: Any) -> LinkLine:
    whole = LinkLine(
        state=LinkState.LIVE,
        sentence="",
        runner="本机运行器",
        person=ME,
        person_name="日盘",
        device=HERE,
        roles={ACCOUNT: (Role.TRADER,)},
        may_order=True,
    )
    return replace(whole, **changed)


def account_line(**changed: Any) -> AccountLine:
    whole = AccountLine(
        account=ACCOUNT,
        name="主账户",
        trading_day=DAY,
        linked=True,
        opening_allowed=True,
        why_closed="",
        level=Level.NORMAL,
    )
    return replace(whole, **changed)


def quote(last: int | None) -> Quote:
    near = None if last is None else (last - 1, last + 1)
    bid, ask = near or (None, None)
    return Quote(bid, ask, last, 5, 7, 100, 5000, None, None, None, NOW, NOW)


class Seat:
    """Hold a shown panel, its hand, and short ways to what a person does."""

    def __init__(self, panel: StrategyPanel, hand: RecordingHand, reference: Reference) -> None:
        window = panel.parentWidget()
        assert isinstance(window, QMainWindow)
        self.window = window  # or nobody would hold it
        self.panel, self.hand, self.bench, self.view = panel, hand, panel.bench, panel.bench.view
        self.reference = reference

    def open_market(self) -> None:
        names = (REBAR, NEXT_REBAR, COPPER, COIL)
        self.panel.show_instruments(tuple(self.reference.instrument(name, DAY) for name in names))
        self.panel.show_quotes({REBAR: quote(3302), NEXT_REBAR: quote(3345), COIL: quote(3421), COPPER: quote(7391)})

    def form(self, kind: StrategyKind) -> Any:
        self.view.tabs.setCurrentIndex(kind)
        return self.bench.form(kind)

    def answer(self, verdict: Verdict = Verdict.ALLOW, **changed: Any) -> None:
        preview = Preview(request=len(self.hand.asked), verdict=verdict, sentence="会挂 12 条线。")
        self.panel.show_previews({preview.request: replace(preview, **changed)})

    def preview(self, verdict: Verdict = Verdict.ALLOW, **changed: Any) -> None:
        self.view.preview_button.click()
        self.answer(verdict, **changed)

    def result(self, *, ok: bool, code: str, sentence: str = "") -> None:
        line = ResultLine(
            command=self.hand.last_command, body=self.hand.sent[-1], ok=ok, code=code, sentence=sentence or code
        )
        self.panel.show_results((line,))

    def show(self, *cards: StrategyCard) -> None:
        self.panel.show_strategies({one.strategy: one for one in cards})

    def edit(self, shown: StrategyCard | None = None) -> GridForm:
        shown = shown or card()
        self.show(shown)
        self.panel.cards.views[shown.strategy].change_button.click()
        form = self.bench.form(StrategyKind.GRID)
        assert isinstance(form, GridForm)
        return form


@pytest.fixture
def seat(qtbot: QtBot, look: Look, reference: Reference) -> Iterator[Seat]:
    hand = RecordingHand()
    window, panel = QMainWindow(), StrategyPanel(look, hand)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, panel)
    window.resize(500, 860)
    window.show()
    qtbot.waitExposed(window)
    panel.show_link(link())
    panel.show_account(ACCOUNT)
    seat = Seat(panel, hand, reference)
    seat.open_market()
    yield seat
    # A later loop would delete it, and there is none: a hundred dead panels would all change their scheme.
    window.close()
    shiboken6.delete(window)


def type_into(qtbot: QtBot, box: NumberBox, text: str) -> None:
    box.selectAll()
    qtbot.keyClicks(box, text)


# --- suggestions and validation ------------------------------------------------------------------------------------


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


def test_legs_can_be_added_up_to_four_and_removed_down_to_two(seat: Seat) -> None:
    form: SpreadForm = seat.form(StrategyKind.SPREAD)
    form.legs.add.click()
    assert "同一合约" in form.legs.rows[2].fault.text()
    form.legs.rows[2].instrument.take(COIL)
    assert not form.legs.rows[2].fault.isVisible()
    form.legs.add.click()
    form.legs.rows[3].instrument.take(COPPER)
    assert not form.legs.add.isEnabled()
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
    form.timings.rows[0].boxes[3].stepBy(5)
    assert seat.view.preview_button.isEnabled()
    for _ in range(100):
        form.timings.rows[0].boxes[3].stepBy(5)
    assert "预热" in form.timings.rows[0].fault.text()


# --- preview and start ---------------------------------------------------------------------------------------------


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
    seat.bench.form(StrategyKind.GRID).fields["lines"].control.stepBy(-1)  # type: ignore[attr-defined]


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
    seat.preview(verdict, sentence="总价值超过上限。")
    assert not seat.view.start_button.isEnabled()
    assert "总价值超过上限" in seat.view.status.text()


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


# --- changing a running strategy -----------------------------------------------------------------------------------


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


# --- cards ---------------------------------------------------------------------------------------------------------


def test_a_card_says_how_its_strategy_stands(seat: Seat) -> None:
    seat.show(card(progress=Decimal("0.54")), card(strategy=StrategyId("b"), account=AccountId("另一账户")))
    assert list(seat.panel.cards.views) == [GRID]
    view = seat.panel.cards.views[GRID]
    assert view.pill.text() == "● 运行"
    assert "rb2505 +8 手 · 挂单 4 · 手续费 126" in view.accessibleName()
    assert view.profit.text() == "+1,240"
    assert (view.bar.value(), view.share.text()) == (540, "54%")
    seat.show(card(status=StrategyStatus.PAUSED, lots={}))
    assert view.pill.text() == "■ 暂停"
    assert "空仓" in view.accessibleName()
    assert not view.bar.isVisible()


def test_after_a_restart_a_card_that_comes_again_is_the_same_and_one_that_does_not_is_gone(seat: Seat) -> None:
    seat.show(card(), card(strategy=StrategyId("b")))
    view = seat.panel.cards.views[GRID]
    seat.panel.restart()
    seat.show(card(status=StrategyStatus.PAUSED))
    assert seat.panel.cards.views == {GRID: view}
    assert view.pill.text() == "■ 暂停"
    seat.panel.restart()
    seat.show()
    assert seat.panel.cards.views == {}


NAMES = tuple(StrategyId(f"策略-{letter}") for letter in "甲乙丙")


def places(seat: Seat) -> list[StrategyId]:
    QApplication.processEvents()
    return sorted(seat.panel.cards.views, key=lambda name: seat.panel.cards.views[name].y())


def settle(seat: Seat) -> None:
    for view in seat.panel.cards.views.values():
        view._still.invalidate()  # as if the cards had stood still since yesterday


def test_a_card_keeps_its_place_whatever_becomes_of_its_strategy_and_a_new_one_stands_below(seat: Seat) -> None:
    paused = [card(strategy=name, status=StrategyStatus.PAUSED, place=place) for place, name in enumerate(NAMES)]
    seat.show(*reversed(paused))
    assert places(seat) == list(NAMES)
    bar = seat.panel.cards.verticalScrollBar()
    bar.setValue(bar.maximum())
    before = bar.value()
    seat.show(replace(paused[1], status=StrategyStatus.RUNNING))
    seat.show(replace(paused[0], status=StrategyStatus.FINISHED))
    assert places(seat) == list(NAMES)
    assert bar.value() == before
    new = card(strategy=StrategyId("一"), place=3)
    seat.show(new)
    assert places(seat) == [*NAMES, "一"]
    seat.panel.restart()  # the link was cut and everything is told anew
    seat.show(new, *paused)
    assert places(seat) == [*NAMES, "一"]


def test_cards_stand_in_the_order_they_were_started_however_they_come_and_whatever_runs(seat: Seat) -> None:
    working = [card(strategy=name, place=2 - place) for place, name in enumerate(NAMES)]
    seat.show(working[1])
    seat.show(working[0], replace(working[2], status=StrategyStatus.STOPPED))
    begun = places(seat)
    assert begun == list(reversed(NAMES))
    seat.panel.show_account(AccountId("另一账户"))
    seat.panel.show_account(ACCOUNT)
    assert places(seat) == begun


def test_a_click_on_a_button_that_has_just_come_under_the_cursor_steers_nothing(qtbot: QtBot, seat: Seat) -> None:
    first, second = sorted(NAMES)[:2]
    seat.show(card(strategy=first, sentence="空仓"), card(strategy=second))
    QApplication.processEvents()
    settle(seat)
    below = seat.panel.cards.views[second]
    stood = below.y()
    seat.show(card(strategy=first, sentence="空仓", warning="账户实有少于策略所记：rb2505 多 14 手"))
    qtbot.waitUntil(lambda: below.y() > stood)
    qtbot.mouseClick(below.rest_button, Qt.MouseButton.LeftButton)
    assert seat.hand.sent == []
    assert "刚移动过" in seat.panel.bench.view.status.text()
    qtbot.mouseClick(seat.panel.cards.views[first].rest_button, Qt.MouseButton.LeftButton)  # which has not moved
    assert [body.strategy for body in seat.hand.sent if isinstance(body, PauseStrategy)] == [first]
    assert "刚移动过" not in seat.panel.bench.view.status.text()
    qtbot.keyClick(below.rest_button, Qt.Key.Key_Space)  # the keyboard went with its card
    settle(seat)
    qtbot.mouseClick(below.rest_button, Qt.MouseButton.LeftButton)
    assert [body.strategy for body in seat.hand.sent if isinstance(body, PauseStrategy)] == [first, second, second]


def test_a_strategy_started_here_is_brought_into_sight_below_the_others(qtbot: QtBot, seat: Seat) -> None:
    seat.show(*(card(strategy=StrategyId(f"网格-{number}")) for number in range(8)))
    QApplication.processEvents()
    started = StrategyId("新的")
    body = StartStrategy(account=ACCOUNT, strategy=started, settings=grid_settings())
    seat.panel.show_results((ResultLine(command=CommandId("c"), body=body, ok=True, code="OK", sentence="已启动"),))
    seat.show(card(strategy=started))
    assert seat.panel.cards.verticalScrollBar().value() == 0
    view = seat.panel.cards.views[started]
    qtbot.waitUntil(lambda: not view.visibleRegion().isEmpty())


def test_a_strategy_is_paused_and_resumed_by_one_button(seat: Seat) -> None:
    seat.show(card())
    view = seat.panel.cards.views[GRID]
    view.rest_button.click()
    seat.show(card(status=StrategyStatus.PAUSED))
    assert view.rest_button.text() == "恢复"
    view.rest_button.click()
    assert seat.hand.sent == [
        PauseStrategy(account=ACCOUNT, strategy=GRID),
        ResumeStrategy(account=ACCOUNT, strategy=GRID),
    ]
    seat.result(ok=False, code="NOT_PAUSED", sentence="策略没有暂停。")
    assert "没有暂停" in seat.view.status.text()


def test_no_strategy_is_resumed_while_the_kill_switch_of_its_account_is_on(seat: Seat) -> None:
    seat.show(card(status=StrategyStatus.PAUSED))
    view = seat.panel.cards.views[GRID]
    seat.panel.show_account_line(account_line(killed=(Scope(),)))
    assert not view.rest_button.isEnabled()
    assert view.rest_button.toolTip() == "账户 主账户 已一键停止，解除之后才能恢复策略。"
    assert view.stop_button.isEnabled()  # to rest it may always be brought
    seat.panel.show_account_line(account_line(killed=(Scope(strategy=StrategyId("别的策略")),)))
    assert view.rest_button.isEnabled()
    seat.show(card())
    seat.panel.show_account_line(account_line(killed=(Scope(),)))
    assert view.rest_button.text() == "暂停"
    assert view.rest_button.isEnabled()


def test_stopping_takes_two_presses_and_a_double_click_is_one(seat: Seat) -> None:
    seat.show(card())
    view = seat.panel.cards.views[GRID]
    view.stop_button.click()
    assert view.armed
    assert view.stop_button.text() == "再按停止"
    view.stop_button.click()  # at once: a double click
    assert seat.hand.sent == []
    view.settle.stop()
    view.stop_button.click()
    assert seat.hand.sent == [StopStrategy(account=ACCOUNT, strategy=GRID)]
    assert not view.armed


def test_a_first_press_is_forgotten_after_five_seconds(seat: Seat) -> None:
    seat.show(card())
    view = seat.panel.cards.views[GRID]
    view.stop_button.click()
    assert view.stop_armed.interval() == 5_000
    view.stop_armed.timeout.emit()
    view.settle.stop()
    assert view.stop_button.text() == "停止"
    view.stop_button.click()
    assert seat.hand.sent == []


LONG = "已暂停（人工暂停）；多网格 20 条线，持 16 手，已完成 60 手来回，下一买点 3328，下一卖点 3334，挂单 8 笔，收尾中"


def test_a_sentence_longer_than_its_card_goes_on_in_a_second_line(qtbot: QtBot, seat: Seat) -> None:
    seat.show(card(sentence="空仓"))
    view = seat.panel.cards.views[GRID]
    qtbot.waitUntil(lambda: view.height() == view.sizeHint().height())
    short = view.height()
    seat.show(card(sentence=LONG))
    qtbot.waitUntil(lambda: view.height() > short)
    assert "\n" in view.sentence.text()
    assert view.sentence.text().replace("\n", "") == LONG
    assert view.sentence.toolTip() == LONG
    assert all(
        view.sentence.fontMetrics().horizontalAdvance(line) <= view.sentence.width()
        for line in view.sentence.text().split("\n")
    )
    qtbot.waitUntil(lambda: seat.panel.cards.height() == seat.panel.cards.wish)
    seat.show(card(sentence=LONG * 3))
    assert view.sentence.text().endswith("…")
    seat.show(card(sentence="空仓"))
    assert view.sizeHint().height() > short  # nothing below moves with a price
    seat.show(card(sentence="空仓", status=StrategyStatus.PAUSED))
    qtbot.waitUntil(lambda: view.height() == short)


def test_a_warning_stands_on_the_card_and_is_read_aloud(qtbot: QtBot, seat: Seat) -> None:
    seat.show(card())
    view = seat.panel.cards.views[GRID]
    assert not view.warning.isVisible()
    warning = "账户实有少于策略所记：rb2505 多 14 手（记 16 手）；差额平不了，请停止后按实有手数新建"
    seat.show(card(warning=warning))
    assert view.warning.isVisible()
    assert view.warning.whole == f"▲ {warning}"
    assert view.accessibleName().endswith(f"提醒：{warning}")
    qtbot.waitUntil(lambda: view.height() == view.sizeHint().height())
    assert view.warning.geometry().bottom() < view.facts.geometry().top()
    seat.show(card())
    assert not view.warning.isVisible()


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "holder", "reason"),
    [
        (link(may_order=False, sentence="交易通道未连接"), None, "交易通道未连接"),
        (link(state=LinkState.OFFLINE, sentence="离线 12 秒", may_order=False), None, "离线，连上运行器之前"),
        (link(roles={ACCOUNT: (Role.VIEWER,)}), None, "没有交易员权限"),
        (link(roles={}), None, "没有交易员权限"),
    ],
)
def test_who_may_not_is_told_why(
    seat: Seat, made: LinkLine, holder: tuple[PersonId, DeviceId] | None, reason: str
) -> None:
    seat.show(card())
    seat.form(StrategyKind.GRID)
    seat.preview()
    person, device = holder or (None, None)
    seat.panel.show_account_line(account_line(holder=person, holder_device=device, holder_name="夜盘"))
    seat.panel.show_link(made)
    assert reason in seat.view.status.text()
    view = seat.panel.cards.views[GRID]
    for button in (seat.view.start_button, seat.view.preview_button, view.rest_button, view.stop_button):
        assert not button.isEnabled()
    assert reason in view.stop_button.toolTip()
    seat.panel.show_account_line(account_line(holder=ME, holder_device=HERE, holder_name="日盘"))
    seat.panel.show_link(link())
    assert seat.view.preview_button.isEnabled()
    assert view.stop_button.isEnabled()


def test_a_risk_officer_may_bring_to_rest_but_not_start(seat: Seat) -> None:
    seat.panel.show_account_line(account_line(holder=OTHER, holder_name="夜盘"))
    seat.panel.show_link(link(roles={ACCOUNT: (Role.RISK,)}, may_order=False))
    seat.show(card())
    view = seat.panel.cards.views[GRID]
    assert view.rest_button.isEnabled()
    assert view.stop_button.isEnabled()
    assert not seat.view.preview_button.isEnabled()
    seat.show(card(status=StrategyStatus.PAUSED))
    assert not view.rest_button.isEnabled()  # resuming lets it trade


@pytest.mark.parametrize("holder", [OTHER, ME])
def test_a_desk_that_does_not_hold_the_account_may_pause_and_stop_and_nothing_else(
    seat: Seat, holder: PersonId
) -> None:
    seat.show(card())
    form = seat.edit()
    form.lots_per_line.stepBy(1)
    seat.panel.show_account_line(account_line(holder=holder, holder_device=THERE, holder_name="夜盘"))
    seat.panel.show_link(link())
    view = seat.panel.cards.views[GRID]
    view.rest_button.click()
    view.stop_button.click()
    view.settle.stop()
    view.stop_button.click()
    assert seat.hand.sent == [
        PauseStrategy(account=ACCOUNT, strategy=GRID),
        StopStrategy(account=ACCOUNT, strategy=GRID),
    ]
    assert not seat.view.preview_button.isEnabled()
    assert "由 夜盘 持有，请先接管" in seat.view.status.text()
    seat.show(card(status=StrategyStatus.PAUSED))
    assert not view.rest_button.isEnabled()  # resuming lets it trade: that is the holder's
    assert "由 夜盘 持有，请先接管" in view.rest_button.toolTip()
    assert view.stop_button.isEnabled()


def test_a_strategy_may_be_brought_to_rest_from_a_desk_that_may_only_look_as_long_as_it_is_heard(seat: Seat) -> None:
    looking = link(state=LinkState.REFUSED, sentence="运行器的版本比本程序新", may_order=False, is_heard=True)
    seat.panel.show_link(looking)
    seat.show(card())
    view = seat.panel.cards.views[GRID]
    assert view.rest_button.isEnabled()
    assert view.stop_button.isEnabled()
    assert not seat.view.preview_button.isEnabled()
    seat.panel.show_link(replace(looking, is_heard=False))
    assert not view.stop_button.isEnabled()
    assert "版本比本程序新" in view.stop_button.toolTip()


# --- reach and look ------------------------------------------------------------------------------------------------


def controls(panel: StrategyPanel) -> list[QWidget]:
    kinds = (QPushButton, QComboBox, QAbstractSpinBox, QRadioButton)
    found = [one for kind in kinds for one in panel.findChildren(kind)]
    return [*found, panel.bench.view.name, panel.bench.view.tabs, *panel.cards.views.values()]


def test_every_control_has_a_name_a_screen_reader_can_say(seat: Seat) -> None:
    seat.show(card())
    seat.bench.form(StrategyKind.SPREAD).legs.add.click()  # type: ignore[attr-defined]
    named = {
        id(one): QAccessible.queryAccessibleInterface(one).text(QAccessible.Text.Name) for one in controls(seat.panel)
    }
    assert [one for one in controls(seat.panel) if not named[id(one)]] == []
    assert len(named) > 60


@pytest.mark.parametrize("kind", list(StrategyKind))
def test_everything_that_can_be_used_is_reached_by_the_tab_key(seat: Seat, kind: StrategyKind) -> None:
    seat.show(card(), card(strategy=StrategyId("网格-铁矿石")))
    form = seat.form(kind)
    form.changed()
    if isinstance(form, RollForm):
        form.timings.add.click()
    seat.preview()
    window = seat.panel.window()
    window.activateWindow()
    seat.panel.cards.views[GRID].setFocus()
    reached: list[QWidget] = []
    while (at := QApplication.focusWidget()) is not None and at not in reached:
        reached.append(at)
        window.focusNextChild()
    usable = [one for one in controls(seat.panel) if one.isVisible() and one.isEnabled()]
    assert [one.accessibleName() for one in usable if one not in reached] == []
    order = [one for one in reached if one in usable]
    places = [reached.index(one) for one in (seat.view.tabs, seat.view.name, *form.findChildren(QComboBox)[:1])]
    assert reached[0] is seat.panel.cards.views[GRID]
    assert places == sorted(places)
    assert order[-1] is seat.view.start_button
    assert not any(isinstance(one, QLineEdit) and isinstance(one.parent(), QAbstractSpinBox) for one in reached)


def test_enter_on_a_card_puts_its_settings_into_the_form(qtbot: QtBot, seat: Seat) -> None:
    seat.show(card())
    qtbot.keyClick(seat.panel.cards.views[GRID], Qt.Key.Key_Return)
    assert seat.bench.draft.strategy == GRID
    assert seat.bench.kind is StrategyKind.GRID
    assert seat.panel.cards.views[GRID].property("chosen") == "true"
    seat.view.new_button.click()
    assert seat.panel.cards.views[GRID].property("chosen") == "false"


def test_the_panel_changes_its_scheme_with_the_look(seat: Seat, look: Look) -> None:
    dark = seat.panel.widget().styleSheet()
    look.wear(Scheme.LIGHT)
    assert seat.panel.widget().styleSheet() != dark


def test_the_title_counts_the_strategies(seat: Seat) -> None:
    seat.show(card(), card(strategy=StrategyId("二"), status=StrategyStatus.PAUSED))
    assert seat.panel.summary() == "策略 1 个运行中 · 1 个暂停"


def test_a_bar_that_comes_in_above_has_no_card_pressed_that_it_moved_under_the_mouse(seat: Seat) -> None:
    seat.show(card())
    QApplication.processEvents()
    view = seat.panel.cards.views[GRID]
    view._still.invalidate()  # as if the cards had stood still since yesterday
    above = QWidget()
    above.setFixedHeight(38)
    seat.window.setMenuWidget(above)
    above.show()
    for _ in range(3):
        QApplication.processEvents()
    QTest.mouseClick(view.rest_button, Qt.MouseButton.LeftButton)
    assert seat.hand.sent == []
    assert "没有生效" in seat.view.status.text()
    view._still.invalidate()
    QTest.mouseClick(view.rest_button, Qt.MouseButton.LeftButton)
    assert [type(one) for one in seat.hand.sent] == [PauseStrategy]


# --- out of sight ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["start", "change", "resume"])
def test_nothing_that_trades_is_sent_from_under_a_floating_panel(seat: Seat, look: Look, way: str) -> None:
    if way == "resume":
        seat.show(card(status=StrategyStatus.PAUSED))
        pressed = seat.panel.cards.views[GRID].rest_button
    else:
        form = seat.edit() if way == "change" else seat.form(StrategyKind.GRID)
        form.lots_per_line.stepBy(1)
        seat.preview()
        pressed = seat.view.start_button
    assert pressed.isEnabled()
    cover(seat.panel, look, seat.window)
    # When it is pressed by the keyboard, which does not know what lies over it
    pressed.click()
    # Then it only comes into sight and says so; what was foreseen unseen is foreseen anew.
    assert seat.hand.sent == []
    assert is_seen(seat.panel)
    assert "没有发送" in seat.view.status.text()
    if way != "resume":
        assert not pressed.isEnabled()
        seat.preview()
    pressed.click()
    assert len(seat.hand.sent) == 1


def test_a_strategy_is_paused_from_under_a_floating_panel_too(seat: Seat, look: Look) -> None:
    seat.show(card())
    cover(seat.panel, look, seat.window)
    seat.panel.cards.views[GRID].rest_button.click()
    assert [type(one) for one in seat.hand.sent] == [PauseStrategy]
