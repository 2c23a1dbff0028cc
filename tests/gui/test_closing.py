from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.words.terms import Term
from terminal.engine.mailbox import LatestMailbox
from terminal.engine.screen import LinkState, StrategyCard
from terminal.shell.desk.link import UNHEARD
from terminal.widgets.dress.look import Look
from terminal.widgets.dress.tokens import Scheme
from terminal.widgets.parts.elided import Elided
from terminal.widgets.window import waiting
from terminal.widgets.window.leaving_box import LeavingBox
from terminal.widgets.window.main import MainWindow
from tests.gui.control_desk import link
from tests.gui.desk import ACCOUNT, REBAR, Desk
from tests.gui.hand import RecordingHand


def strategy(name: str, status: StrategyStatus = StrategyStatus.RUNNING) -> StrategyCard:
    settings = GridSettings(
        account=ACCOUNT,
        instrument=REBAR,
        side=Side.BUY,
        anchor=Decimal(3300),
        step=Decimal(5),
        lines=4,
        lots_per_line=1,
        lower=Decimal(3200),
        upper=Decimal(3400),
        stop=Decimal(3100),
    )
    return StrategyCard(
        strategy=StrategyId(name),
        account=ACCOUNT,
        settings=settings,
        version=1,
        status=status,
        then=None,
        sentence="",
        lots={},
    )


def show(desk: Desk, *cards: StrategyCard, others: int | None = 0, state: LinkState = LinkState.LIVE) -> None:
    desk.mailbox.post_link(replace(link(state), others=others))
    for card in cards:
        desk.mailbox.post_strategy(card)
    desk.window.drain()


def question(desk: Desk) -> LeavingBox:
    (box,) = desk.window.findChildren(LeavingBox)
    return box


def press(box: LeavingBox, text: str) -> None:
    button = next(one for one in box.buttons() if one.text() == text)
    button.click()


def test_while_strategies_run_the_window_asks_and_stays_until_it_is_answered(desk: Desk) -> None:
    show(
        desk, strategy("网格-螺纹"), strategy("移仓-铜", StrategyStatus.WINDING), strategy("旧", StrategyStatus.STOPPED)
    )
    assert not desk.window.close()
    assert desk.window.isVisible()
    box = question(desk)
    assert box.isVisible()
    assert "2 个策略" in box.text()
    assert "移仓-铜、网格-螺纹" in box.text()
    assert {button.text() for button in box.buttons()} == {Term.KEEP_RUNNING, Term.STOP_RUNNER, Term.STAY}
    assert [button.text() for button in box.buttons() if button.isDefault()] == [Term.KEEP_RUNNING]


def test_enter_gives_the_answer_that_is_meant_most(desk: Desk) -> None:
    wanted = stops_wanted(desk)
    show(desk, strategy("网格-螺纹"))
    desk.window.close()
    QTest.keyClick(question(desk), Qt.Key.Key_Return)
    assert not desk.window.isVisible()
    assert not wanted


def test_enter_gives_the_answer_that_a_person_has_moved_to(desk: Desk) -> None:
    wanted = stops_wanted(desk)
    show(desk, strategy("网格-螺纹"))
    desk.window.close()
    stop = next(one for one in question(desk).buttons() if one.text() == Term.STOP_RUNNER)
    stop.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(stop, Qt.Key.Key_Return)
    assert wanted == [True]
    assert desk.window.isVisible()


def test_escape_stays_and_stops_nothing(desk: Desk, qtbot: QtBot) -> None:
    wanted = stops_wanted(desk)
    show(desk, strategy("网格-螺纹"))
    desk.window.close()
    QTest.keyClick(question(desk), Qt.Key.Key_Escape)
    assert desk.window.isVisible()
    assert not wanted
    qtbot.waitUntil(lambda: not desk.window.findChildren(LeavingBox))


def test_each_strategy_stands_whole_on_a_line_of_its_own_and_of_many_the_number_is_said(desk: Desk) -> None:
    names = [f"网格-螺纹-{number}" for number in range(9)]
    show(desk, *map(strategy, names))
    desk.window.close()
    lines = question(desk).findChildren(Elided, "leavingName")
    assert [line.text() for line in lines] == [*names[:5], "另有 4 个"]
    assert all(line.fontMetrics().horizontalAdvance(line.text()) <= line.width() for line in lines)
    assert len({line.y() for line in lines}) == len(lines)
    assert names[-1] in question(desk).text()  # whoever listens hears all of them


def test_the_question_wears_what_the_window_wears_in_both_schemes(desk: Desk, look: Look) -> None:
    show(desk, strategy("网格-螺纹"))
    desk.window.close()
    box = question(desk)
    for scheme in (Scheme.LIGHT, Scheme.DARK):
        look.wear(scheme)
        picture = box.grab().toImage()
        assert picture.pixelColor(3, 3).name().upper() == look.tokens.panel
        keep = next(one for one in box.buttons() if one.text() == Term.KEEP_RUNNING)
        assert keep.grab().toImage().pixelColor(8, keep.height() // 2).name().upper() == look.tokens.button


def test_the_question_does_not_stop_the_market_on_the_screen(desk: Desk) -> None:
    show(desk, strategy("网格-螺纹"))
    desk.open_market()
    desk.window.close()
    desk.quote(REBAR, 3300)
    assert desk.window.quotes.rows.rowCount() == 1
    assert question(desk).isVisible()


def test_a_second_wish_to_close_asks_no_second_question(desk: Desk) -> None:
    show(desk, strategy("网格-螺纹"))
    desk.window.close()
    desk.window.close()
    assert question(desk).isVisible()


def stops_wanted(desk: Desk) -> list[bool]:
    wanted: list[bool] = []
    desk.window.leaving.stop_wanted.connect(lambda: wanted.append(True))
    return wanted


def test_staying_changes_nothing_and_the_next_close_asks_again(desk: Desk, qtbot: QtBot) -> None:
    wanted = stops_wanted(desk)
    show(desk, strategy("网格-螺纹"))
    desk.window.close()
    press(question(desk), Term.STAY)
    assert desk.window.isVisible()
    assert not wanted
    qtbot.waitUntil(lambda: not desk.window.findChildren(LeavingBox))
    desk.window.close()
    assert question(desk).isVisible()


def test_a_runner_that_goes_on_takes_the_window_with_it_unasked(desk: Desk) -> None:
    show(desk, strategy("网格-螺纹"))
    wanted = stops_wanted(desk)
    desk.window.close()
    press(question(desk), Term.KEEP_RUNNING)
    assert not desk.window.isVisible()
    assert not wanted


def test_the_window_stays_until_the_runner_has_answered_a_wish_to_stop_it(desk: Desk) -> None:
    show(desk, strategy("网格-螺纹"))
    wanted = stops_wanted(desk)
    desk.window.close()
    press(question(desk), Term.STOP_RUNNER)
    assert wanted == [True]
    assert desk.window.isVisible()
    desk.window.leaving.part("")  # it ends
    assert not desk.window.isVisible()


def test_a_runner_that_goes_on_all_the_same_is_told_of_before_the_window_closes(desk: Desk, qtbot: QtBot) -> None:
    show(desk, strategy("网格-螺纹"))
    desk.window.close()
    press(question(desk), Term.STOP_RUNNER)
    qtbot.waitUntil(lambda: not desk.window.findChildren(LeavingBox))
    desk.window.leaving.part("运行器没有停止：另有 1 台工作台连着，运行器继续运行，策略照常交易。")
    assert "另有 1 台工作台" in question(desk).text()
    desk.window.close()
    assert desk.window.isVisible()  # it has not been read
    press(question(desk), "知道了")
    assert not desk.window.isVisible()


@pytest.mark.parametrize("sentence", [UNHEARD, f"{UNHEARD}{UNHEARD}", "运行器没有停止：它继续运行。"])
def test_what_is_said_at_the_end_is_shown_in_full_however_long_it_is(desk: Desk, qtbot: QtBot, sentence: str) -> None:
    desk.window.leaving.part(sentence)
    box = question(desk)
    qtbot.waitExposed(box)
    lines = [label for label in box.findChildren(QLabel) if label.wordWrap()]
    assert sentence in [label.text() for label in lines]
    assert all(label.height() >= label.heightForWidth(label.width()) for label in lines)


def test_a_wait_of_more_than_a_moment_is_said_with_something_that_moves_and_nothing_but_its_end_ends_it(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PATIENCE_MS", 500)
    desk.window.leaving.wait(5)
    (told,) = desk.window.findChildren(waiting.Waiting)
    assert not told.isVisible()
    assert not desk.window.close()
    qtbot.waitUntil(told.isVisible)
    assert "正在等本机运行器停止" in told.text.text()
    before = told.bar.grab().toImage()
    qtbot.waitUntil(lambda: told.bar.grab().toImage() != before)
    QTest.keyClick(told, Qt.Key.Key_Escape)
    told.close()
    assert told.isVisible()
    assert not desk.window.close()
    desk.window.leaving.part("")
    assert not desk.window.isVisible()
    assert not told.isVisible()


@pytest.mark.parametrize(
    ("others", "state"),
    [
        (1, LinkState.LIVE),
        (2, LinkState.LIVE),
        (None, LinkState.LIVE),
        (None, LinkState.OFFLINE),
    ],
)
def test_only_the_last_desk_of_a_runner_is_asked(desk: Desk, others: int | None, state: LinkState) -> None:
    show(desk, strategy("网格-螺纹"), others=others, state=state)
    assert desk.window.close()


def test_a_desk_that_has_not_caught_up_yet_asks_although_it_knows_of_no_strategy(desk: Desk) -> None:
    show(desk, state=LinkState.CATCHING_UP)
    wanted = stops_wanted(desk)
    assert not desk.window.close()
    assert "不知道有没有策略在运行" in question(desk).text()
    press(question(desk), Term.STOP_RUNNER)
    assert wanted == [True]


@pytest.mark.parametrize("state", [LinkState.OFFLINE, LinkState.REFUSED])
@pytest.mark.parametrize("others", [0, None, 1])
def test_a_desk_of_a_runner_that_fell_silent_says_that_it_may_trade_on_and_offers_no_stop(
    desk: Desk, state: LinkState, others: int | None
) -> None:
    show(desk, strategy("网格-螺纹"))
    # Where the connection is gone, nobody says how many there are; the other desk may close unasked too.
    show(desk, others=others, state=state)
    assert not desk.window.close()
    box = question(desk)
    assert ("本机运行器没有应答" if state is LinkState.OFFLINE else "没有连着本机运行器") in box.text()
    assert "恢复应答后，策略照常交易" in box.text()
    assert "hengduo kill" in box.text()
    assert ("网格-螺纹" in box.text()) == (state is LinkState.OFFLINE)
    assert {button.text() for button in box.buttons()} == {Term.KEEP_RUNNING, Term.STAY}
    press(box, Term.KEEP_RUNNING)
    assert not desk.window.isVisible()


def test_a_desk_cut_off_before_it_knew_everything_asks_although_it_knows_of_no_strategy(desk: Desk) -> None:
    show(desk, state=LinkState.CATCHING_UP)
    show(desk, others=None, state=LinkState.OFFLINE)
    assert not desk.window.close()
    assert "不知道有没有策略在运行" in question(desk).text()


def test_nobody_is_asked_where_no_strategy_ran_before_the_cut_or_the_runner_is_down(desk: Desk) -> None:
    show(desk, strategy("旧", StrategyStatus.STOPPED))
    show(desk, others=None, state=LinkState.OFFLINE)
    leaving = desk.window.leaving
    assert not leaving.asks([strategy("旧", StrategyStatus.STOPPED)])
    desk.mailbox.post_link(replace(link(LinkState.OFFLINE), may_start=True))
    desk.mailbox.post_strategy(strategy("网格-螺纹"))
    desk.window.drain()
    assert desk.window.close()


def test_a_desk_that_may_not_go_on_but_is_heard_asks_and_can_stop_the_runner(desk: Desk) -> None:
    wanted = stops_wanted(desk)
    show(desk, strategy("网格-螺纹"))
    desk.mailbox.post_link(replace(link(LinkState.REFUSED), others=0, is_heard=True))
    desk.window.drain()
    assert not desk.window.close()
    assert "不知道有没有策略在运行" in question(desk).text()
    press(question(desk), Term.STOP_RUNNER)
    assert wanted == [True]


def test_a_desk_that_has_not_reached_its_runner_offers_no_stop_that_nobody_would_hear(desk: Desk) -> None:
    show(desk, others=None, state=LinkState.CONNECTING)
    assert not desk.window.close()
    box = question(desk)
    assert "还没有连上本机运行器" in box.text()
    assert {button.text() for button in box.buttons()} == {Term.KEEP_RUNNING, Term.STAY}
    press(box, Term.KEEP_RUNNING)
    assert not desk.window.isVisible()


def test_without_a_running_strategy_nobody_is_asked(desk: Desk) -> None:
    show(desk, strategy("旧", StrategyStatus.STOPPED), strategy("歇", StrategyStatus.PAUSED))
    assert desk.window.close()


def test_on_a_runner_elsewhere_nobody_is_asked(qtbot: QtBot, look: Look) -> None:
    mailbox = LatestMailbox()
    window = MainWindow(look, mailbox, RecordingHand())
    qtbot.addWidget(window)
    window.show()
    mailbox.post_link(replace(link(), others=0))
    mailbox.post_strategy(strategy("网格-螺纹"))
    window.drain()
    assert window.close()
