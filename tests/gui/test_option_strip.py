"""The options below the positions: what each says, and exercising one by preview and press, through a real runner."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from terminal.domain.commands import CommandBody, RequestExercise, WithdrawExercise
from terminal.domain.days.calendar import instant
from terminal.domain.ids import CommandId, InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.orders.exercise import Choice, ExerciseState
from terminal.domain.orders.order import Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.words.terms import Term
from terminal.engine.mailbox import Clock
from terminal.engine.previews.command import preview
from terminal.engine.screen import ResultLine
from terminal.widgets.dress.look import Look
from terminal.widgets.parts.panel import Panel
from terminal.widgets.position.option_strip import OptionStrip
from tests.engine_market import CALL, LATER, PUT, WITH_OPTIONS
from tests.engine_world import CHECKER, DAY, LIMITS, NEXT_NIGHT, ONE, TRADER, I, Shown, World, device
from tests.picture_desk import Desk

SHOWN: dict[InstrumentId, Shown] = {
    CALL: ("14", "14.5"),
    PUT: ("12", "12.5"),
    LATER: ("22", "22.5"),
    I: ("830", "830.5"),
}


class Hand:
    """Carry wishes to the runner of a world, as the link does, and post what comes back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.desk: Desk | None = None
        self.sent: list[CommandBody] = []

    def send(self, body: CommandBody) -> CommandId:
        self.sent.append(body)
        done = self.world.do(TRADER, body)
        assert self.desk is not None
        self.desk.mailbox.post_result(
            ResultLine(command=done.command, body=body, ok=done.ok, code=done.code, sentence=done.sentence)
        )
        return done.command

    def preview(self, body: CommandBody, *, split_close: bool = False) -> int:
        assert self.desk is not None
        number = len(self.sent) + 1
        look = self.world.engine.look
        told = preview(look, TRADER, device(TRADER), number, body, split_close=split_close)
        self.desk.mailbox.post_preview(told)
        return number


class Stage:
    """Hold the strip in a panel, and a world that is long three calls, two puts and short one later call."""

    def __init__(self, look: Look, limits: Limits = LIMITS) -> None:
        self.world = World(at=instant(DAY, 14, 50), universe=WITH_OPTIONS, limits=limits)
        self.world.show(SHOWN)
        self.world.buy(3, "14.5", instrument=CALL)
        self.world.buy(2, "22.5", instrument=LATER)
        self.hand = Hand(self.world)
        self.desk = self.hand.desk = Desk(self.world, TRADER)
        self.strip = OptionStrip(look, self.hand)
        self.panel = Panel("options", Term.OPTION, look)
        self.panel.body.addWidget(self.strip)
        self.panel.resize(900, 400)
        self.panel.show()
        self.desk.begin()
        self.drain()

    def drain(self) -> None:
        """Bring the desk up to date and let the strip take what came."""
        engine = self.world.engine
        self.desk.mailbox.post_clock(Clock(at=engine.columns.at, trading_day=engine.look.trading_day, updates=0))
        drained = self.desk.look()
        self.strip.take(drained, ONE)

    def cell(self, term: Term, place: int = 0) -> str:
        rows = self.strip.rows
        column = [column.title for column in rows.columns].index(term)
        return rows.cell(place, column).text

    def place(self, name: str) -> int:
        return next(at for at in range(self.strip.rows.rowCount()) if self.cell(Term.OPTION, at) == name)

    def choose(self, name: str) -> None:
        self.strip.grid.selectRow(self.place(name))

    def press(self, button: QPushButton) -> None:
        button.click()
        self.drain()


@pytest.fixture
def stage(qtbot: QtBot, look: Look) -> Iterator[Stage]:
    made = Stage(look)
    qtbot.addWidget(made.panel)
    yield made
    made.world.check()


def test_what_is_held_says_premium_value_strike_days_and_what_happens_by_itself(stage: Stage) -> None:
    at = stage.place("i2101-C-820")
    shown = [stage.cell(term, at) for term in (Term.SIDE, Term.LOTS, Term.STRIKE, Term.EXPIRY, Term.PREMIUM)]
    assert shown == ["多", "3", "820", "08-21 · 今天", "4,350"]
    assert stage.cell(Term.OPTION_VALUE, at) == "4,275"  # at the middle of bid and ask
    assert stage.cell(Term.IF_NOBODY_ASKS, at) == "到期自动行权"
    assert stage.cell(Term.REQUEST, at) == ""
    later = stage.place("i2101-C-810")
    assert stage.cell(Term.EXPIRY, later) == "08-24 · 1 天"


def test_the_hour_is_counted_down_by_the_market_clock(stage: Stage) -> None:
    stage.choose("i2101-C-820")
    stage.drain()
    assert stage.strip.hour.text().startswith("今天到期 · 申请截止还有 0:3")
    stage.world.show_at(instant(DAY, 15, 31))
    stage.drain()
    assert stage.strip.hour.text() == "今天到期 · 本交易日的申请已截止"


def test_a_press_previews_and_the_second_one_sends_just_that(stage: Stage) -> None:
    stage.choose("i2101-C-810")
    stage.press(stage.strip.exercise)
    told = stage.strip.told.text()
    assert "得到 i2101 多 2 手 @810" in told
    assert "手续费 ¥4.00" in told
    assert "保证金 ¥0.00 → ¥12,960.00" in told
    assert stage.hand.sent == [], "a preview sends nothing"
    assert stage.strip.confirm.isVisibleTo(stage.strip)
    stage.press(stage.strip.confirm)
    (sent,) = stage.hand.sent
    assert isinstance(sent, RequestExercise)
    assert (sent.wish.instrument, sent.wish.lots, sent.wish.choice) == (LATER, 2, Choice.EXERCISE)
    assert stage.cell(Term.REQUEST, stage.place("i2101-C-810")) == "行权 2 手 已受理"
    assert "已提交申请" in stage.strip.told.text()
    assert not stage.strip.confirm.isVisibleTo(stage.strip), "nothing is sent twice"


def test_a_large_one_is_submitted_to_a_second_person_and_the_row_says_that_it_waits(qtbot: QtBot, look: Look) -> None:
    stage = Stage(look, msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(100_000)))
    qtbot.addWidget(stage.panel)
    stage.choose("i2101-C-810")
    stage.press(stage.strip.exercise)
    assert "需复核" in stage.strip.told.text()
    assert "最迟 15:30" in stage.strip.told.text()
    stage.press(stage.strip.confirm)
    assert stage.strip.told.text().startswith("▲ i2101-C-810 行权 2 手：需复核")
    at = stage.place("i2101-C-810")
    assert stage.cell(Term.REQUEST, at) == "行权 2 手 待复核"
    assert stage.world.wire.requested == []
    assert stage.world.decide(CHECKER, stage.world.parked).ok
    stage.drain()
    assert stage.cell(Term.REQUEST, at) == "行权 2 手 已受理"
    stage.world.check()


def test_changing_lots_or_row_takes_the_preview_back(stage: Stage) -> None:
    stage.choose("i2101-C-810")
    stage.press(stage.strip.exercise)
    stage.strip.lots.stepped.emit(-1)
    assert not stage.strip.confirm.isVisibleTo(stage.strip)
    assert stage.strip.lots.text() == "1"
    stage.strip.submit()
    assert stage.hand.sent == []
    stage.press(stage.strip.exercise)
    assert "行权 1 手" in stage.strip.told.text()
    stage.choose("i2101-C-820")
    assert not stage.strip.confirm.isVisibleTo(stage.strip)


def test_a_request_is_taken_back_from_here(stage: Stage) -> None:
    stage.choose("i2101-C-820")
    stage.press(stage.strip.withdraw)
    assert "没有可撤销的申请" in stage.strip.told.text()
    stage.press(stage.strip.abandon)
    stage.press(stage.strip.confirm)
    at = stage.place("i2101-C-820")
    assert stage.cell(Term.REQUEST, at) == "放弃 3 手 已受理"
    stage.press(stage.strip.withdraw)
    stage.press(stage.strip.confirm)
    assert isinstance(stage.hand.sent[-1], WithdrawExercise)
    assert stage.cell(Term.REQUEST, at) == "放弃 3 手 已撤销"


def test_what_may_not_be_asked_says_why_and_cannot_be_sent(stage: Stage) -> None:
    stage.choose("i2101-C-810")
    stage.press(stage.strip.abandon)
    assert "本交易日不到期" in stage.strip.told.text()
    assert not stage.strip.confirm.isVisibleTo(stage.strip)
    stage.strip.submit()
    assert stage.hand.sent == []


def test_without_options_there_is_no_strip(stage: Stage) -> None:
    assert stage.strip.isVisibleTo(stage.panel)
    facts = [DayFacts(instrument=I, trading_day=DAY, settlement=1700)]
    stage.choose("i2101-C-810")
    stage.press(stage.strip.exercise)
    stage.press(stage.strip.confirm)
    stage.world.show(facts=facts)
    stage.world.show_at(NEXT_NIGHT, {I: ("850", "850.5")})
    stage.world.wait(2)
    stage.drain()
    states = {row.state for row in stage.world.account.exercises.rows.values()}
    assert states == {ExerciseState.DONE}
    assert not stage.strip.isVisibleTo(stage.panel), "both became futures"
    assert stage.world.net(I) == 5
    assert {line.side for line in stage.desk.books[ONE].positions} == {Side.BUY}
