"""Exchange options and their future from the strategy panel, through a real runner: form, preview, start, card."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from terminal.domain.commands import CommandBody, StartStrategy
from terminal.domain.fact.facts import Role
from terminal.domain.ids import CommandId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import SpreadSettings, Swap
from terminal.domain.words.settings import Way
from terminal.engine.previews.command import preview
from terminal.engine.screen import ResultLine
from terminal.widgets.dress.look import Look
from terminal.widgets.dress.tokens import Scheme
from terminal.widgets.strategy.form_convert import EMPTY, ConversionForm
from terminal.widgets.strategy.panel import StrategyPanel
from terminal.widgets.strategy.words import StrategyKind, kind_of
from tests.engine_market import CALL_830, PUT_830, WITH_PAIR, instruments
from tests.engine_world import ONE, TRADER, I, World, device
from tests.gui.strategy_panel.bench import account_line, link
from tests.picture_desk import Desk
from tests.scenario.converting import SHOWN, tick


class Hand:
    """Carry wishes to the runner of a world, and keep what comes back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sent: list[CommandBody] = []
        self.results: list[ResultLine] = []
        self.asked = 0
        self.panel: StrategyPanel | None = None

    def send(self, body: CommandBody) -> CommandId:
        self.sent.append(body)
        done = self.world.do(TRADER, body)
        line = ResultLine(command=done.command, body=body, ok=done.ok, code=done.code, sentence=done.sentence)
        self.results.append(line)
        return done.command

    def preview(self, body: CommandBody, *, split_close: bool = False) -> int:
        self.asked += 1
        return self.asked

    def answer(self) -> None:
        """Bring back what the runner says to the question asked last."""
        assert self.panel is not None
        body = self.panel.bench._asked
        assert body is not None
        look = self.world.engine.look
        told = preview(look, TRADER, device(TRADER), self.asked, body[1], split_close=True)
        self.panel.show_previews({self.asked: told})


class Stage:
    """Hold a strategy panel over a world that is long four calls and short four puts."""

    def __init__(self, look: Look, *, options: bool = True) -> None:
        self.world = World(universe=WITH_PAIR)
        tick(self.world, SHOWN)
        self.world.buy(4, "40.5", instrument=CALL_830)
        self.world.sell(4, "39", instrument=PUT_830)
        self.hand = Hand(self.world)
        self.desk = Desk(self.world, TRADER)
        self.window, self.panel = QMainWindow(), StrategyPanel(look, self.hand)
        self.hand.panel = self.panel
        self.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.panel)
        self.window.resize(520, 1300)
        self.window.show()
        self.panel.show_link(link(roles={ONE: (Role.TRADER,)}))
        listed = [one for name, one in instruments().items() if name in (I, CALL_830, PUT_830)]
        self.panel.show_instruments(tuple(one for one in listed if options or one.option is None))
        self.panel.show_account(ONE)
        self.panel.show_account_line(account_line(account=ONE))
        tick(self.world)
        self.drain()
        self.panel.begin(StrategyKind.CONVERT)

    def drain(self) -> None:
        drained = self.desk.look()
        columns = self.world.engine.columns
        self.panel.show_quotes({name: quote for name in SHOWN if (quote := columns.quote(name)) is not None})
        self.panel.show_book(self.desk.books.get(ONE))
        self.panel.show_strategies(drained.strategies)
        self.panel.show_results(tuple(self.hand.results))
        self.hand.results.clear()

    @property
    def form(self) -> ConversionForm:
        form = self.panel.bench.form(StrategyKind.CONVERT)
        assert isinstance(form, ConversionForm)
        return form

    @property
    def settings(self) -> SpreadSettings:
        return self.form.settings(ONE)

    @property
    def view(self) -> Any:
        return self.panel.bench.view

    def ask(self) -> str:
        self.view.preview_button.click()
        self.hand.answer()
        answer = self.panel.bench.answer
        assert answer is not None
        return answer.sentence


@pytest.fixture
def stage(qtbot: QtBot, look: Look) -> Iterator[Stage]:
    made = Stage(look)
    yield made
    made.world.check()
    made.window.close()
    shiboken6.delete(made.window)


def test_what_is_held_is_offered_for_its_future_at_what_it_costs_now(stage: Stage) -> None:
    first, second, third = stage.settings.legs
    assert [(leg.instrument, leg.lots, leg.closes) for leg in (first, second, third)] == [
        (CALL_830, -1, True),
        (PUT_830, 1, True),
        (I, 1, False),
    ]
    assert (stage.settings.max_sets, stage.settings.buy_at) == (4, Decimal(830))  # 830.5 + 39.5 - 40
    assert kind_of(stage.settings) is StrategyKind.CONVERT
    assert not stage.form.empty.isVisibleTo(stage.panel)
    assert stage.form.readout.values[2].text() == "+830.0"


def test_preview_then_start_exchanges_it_and_the_card_says_how_far_it_is(stage: Stage) -> None:
    sentence = stage.ask()
    assert "合成互换 卖平 i2101-C-830 4 手、买平 i2101-P-830 4 手、买开 i2101 4 手" in sentence
    assert sentence.endswith("可以启动")
    stage.view.start_button.click()
    stage.drain()
    (sent,) = stage.hand.sent
    assert isinstance(sent, StartStrategy)
    stage.drain()
    (card,) = stage.desk.strategies.values()
    assert "买开 i2101 4 手，还没有成交，现价 830，≤ 830 就换" in card.sentence
    for _ in range(20):
        tick(stage.world)
    stage.drain()
    (card,) = stage.desk.strategies.values()
    assert card.sentence.startswith("互转完成：卖平 i2101-C-830 4 手")
    assert stage.world.net(I) == 4


def test_every_field_changes_the_legs_and_what_is_loaded_is_shown_and_kept_exactly(stage: Stage) -> None:
    form = stage.form
    form.verb.take(Swap.PROTECTIVE)
    assert not form.fields["option_side"].isVisibleTo(form)
    form.way.take(Way.TO_OPTION)
    form.lots.put(6)
    form.lots.edited.emit()
    legs = [(leg.instrument, leg.lots, leg.closes) for leg in stage.settings.legs]
    assert (legs, stage.settings.max_sets) == ([(CALL_830, 1, False), (I, -1, True)], 6)
    form.verb.take(Swap.DELTA)
    form.side.take(Side.SELL)
    form.future_lots.put(3)
    form.future_lots.edited.emit()
    kept = stage.settings
    assert [(leg.lots, leg.closes) for leg in kept.legs] == [(-2, False), (1, True)]
    assert kept.max_sets == 3
    form.reset()
    form.load(kept)
    assert form.settings(ONE) == kept
    stage.drain()
    assert form.settings(ONE) == kept


def test_a_wrong_delta_is_refused_by_the_preview_with_the_right_number(stage: Stage) -> None:
    stage.form.verb.take(Swap.DELTA)
    assert "等量是 i2101 2 手，填的是 4 手；请把期货手数改为 2。" in stage.ask()
    assert not stage.view.start_button.isEnabled()


def test_without_options_the_form_says_so_and_nothing_can_be_sent(qtbot: QtBot, look: Look) -> None:
    made = Stage(look, options=False)
    assert made.form.empty.isVisibleTo(made.panel)
    assert made.form.empty.text() == EMPTY
    assert made.form.fields["option"].fault.text() == "还没有合约，请选择一个。"
    assert not made.view.preview_button.isEnabled()
    made.window.close()
    shiboken6.delete(made.window)


@pytest.mark.parametrize("scheme", list(Scheme))
def test_it_is_dressed_in_both_schemes(stage: Stage, look: Look, scheme: Scheme) -> None:
    look.wear(scheme)
    stage.ask()
    assert stage.view.preview.isVisibleTo(stage.panel)
    assert not stage.window.grab().isNull()
