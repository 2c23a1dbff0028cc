from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from terminal.domain.commands import AcknowledgeAlert, AcknowledgeLevel
from terminal.domain.days.calendar import MINUTE_NS
from terminal.domain.fact.facts import Role
from terminal.domain.ids import AccountId
from terminal.domain.words.risk import Level, Scope
from terminal.engine.screen import AlertLine, LinkLine, LinkState
from terminal.risk.levels import SIGNALS, Signal
from terminal.widgets.alert.level_mark import ALARMS
from terminal.widgets.alert.risk_bar import CALM_HEIGHT, FIRST, FOLDED_HEIGHT, HEIGHT, RiskBar
from terminal.widgets.dress.look import Look
from tests.gui.control_desk import account_line, alert, link, nameless
from tests.gui.desk import ACCOUNT, NOW
from tests.gui.hand import RecordingHand


@pytest.fixture
def hand() -> RecordingHand:
    return RecordingHand()


@pytest.fixture
def bar(qtbot: QtBot, look: Look, hand: RecordingHand) -> RiskBar:
    made = RiskBar(look, hand, calm_ms=0)
    made.resize(1440, HEIGHT)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.show_now(NOW)
    return made


def test_with_nothing_to_say_the_bar_is_a_thin_calm_line(bar: RiskBar) -> None:
    assert bar.height() == CALM_HEIGHT
    assert bar.accessibleName() == "告警条：没有告警"
    bar.show_alerts((alert("a", Level.RED),))
    assert bar.height() == HEIGHT
    bar.show_alerts(())
    assert bar.height() == CALM_HEIGHT
    assert not bar.sentence.isVisible()


def test_where_there_are_several_accounts_the_bar_says_which_one_is_meant(bar: RiskBar) -> None:
    second, said = AccountId("SAMPLE-2"), "已一键停止整个账户：禁止开仓"
    bar.show_names({ACCOUNT: account_line(name="华东铜业")})
    bar.show_alerts((replace(alert("a", Level.RED), account=ACCOUNT, sentence=said),))
    assert bar.sentence.text() == said
    bar.show_names({second: account_line(account=second, name="样例贸易 · 套保")})
    assert bar.sentence.text() == f"{ACCOUNT} 华东铜业：{said}"
    bar.show_alerts((replace(alert("b", Level.RED), account=second, sentence=said),))
    assert bar.sentence.text() == f"SAMPLE-2 样例贸易 · 套保：{said}"
    assert f"SAMPLE-2 样例贸易 · 套保：{said}" in bar.accessibleName()
    told = [label.text() for label in bar.list.rows[0].findChildren(QLabel)]
    assert any(text.endswith("账户 SAMPLE-2 样例贸易 · 套保") for text in told)


def test_an_alert_of_another_account_than_the_only_one_known_is_named(bar: RiskBar) -> None:
    bar.show_names({ACCOUNT: account_line()})
    bar.show_alerts((replace(alert("a", Level.RED), account=AccountId("SAMPLE-2"), sentence="停"),))
    assert bar.sentence.text() == "SAMPLE-2：停"


@pytest.mark.parametrize("signal", SIGNALS.values(), ids=lambda signal: signal.name)
def test_what_to_do_is_read_whole_however_long_the_sentence_is(bar: RiskBar, signal: Signal) -> None:
    worst = replace(
        alert("a", Level.ORANGE, number=7),
        sentence="与交易所的连接断开（行情服务器没有回应，已重试 12 次）：螺纹钢2505、铁矿石2505、豆粕2509 不能开仓，"
        * 2,
        advice=signal.advice,
    )
    bar.show_alerts((worst,))
    layout = bar.layout()
    assert layout is not None
    for width in (1280, 1366, 1440):
        bar.resize(width, HEIGHT)
        layout.activate()
        advice = bar.advice
        assert advice.width() >= advice.fontMetrics().horizontalAdvance(advice.text())
        assert bar.sentence.width() >= FIRST
        assert bar.acknowledge_button.geometry().right() < width


@pytest.mark.parametrize("signal", SIGNALS.values(), ids=lambda signal: signal.name)
def test_on_a_narrow_window_what_stands_is_read_before_what_to_do(bar: RiskBar, signal: Signal) -> None:
    second = AccountId("SAMPLE-1")
    what = f"合约 SR505{signal.title} 13:41 达 95.40 %（线 ≥ 95 %）"
    line = replace(
        alert("a", Level.ORANGE, number=7),
        account=second,
        sentence=f"橙色：{what}",
        advice=signal.advice,
        escalates_at=NOW,
    )
    bar.show_names({ACCOUNT: account_line(), second: account_line(account=second, name="样例贸易 · 策略")})
    bar.show_alerts((line,))
    bar.resize(960, HEIGHT)
    for _ in range(5):
        QApplication.processEvents()
    sentence = bar.sentence
    assert sentence.painted == f"SAMPLE-1：{what}"  # the level is said by the word before it, the account by its number
    assert sentence.width() >= sentence.fontMetrics().horizontalAdvance(sentence.painted)
    assert bar.age.text().startswith("60 秒未确认")
    assert bar.acknowledge_button.geometry().right() < 960
    assert signal.advice in bar.sentence.toolTip()
    assert bar.advice.isHidden() or bar.advice.width() > 60
    bar.resize(1440, HEIGHT)
    for _ in range(5):
        QApplication.processEvents()
    assert sentence.painted.endswith(what)
    assert bar.advice.width() >= bar.advice.fontMetrics().horizontalAdvance(signal.advice)


def test_the_bar_counts_each_level_and_speaks_of_the_worst_and_oldest(bar: RiskBar) -> None:
    bar.show_alerts(
        (
            alert("黄", Level.YELLOW, minutes=90),
            alert("新", Level.ORANGE, minutes=2),
            alert("旧", Level.ORANGE, minutes=30),
        )
    )
    assert [bar.chips[level].accessibleName() for level in ALARMS] == ["红色 0 条", "橙色 2 条", "黄色 1 条"]
    assert bar.sentence.text() == "螺纹钢2505 告警 旧"
    assert bar.advice.text() == "减仓 10 手"
    assert bar.age.text() == "已 30 分"
    bar.show_now(NOW + 40 * MINUTE_NS)
    assert bar.age.text() == "已 1 小时"
    assert bar.property("level") == "orange"
    assert bar.summary() == "橙色 2 黄色 1：螺纹钢2505 告警 旧"


def test_levels_differ_by_shape_and_not_by_colour_alone(bar: RiskBar) -> None:
    bar.show_alerts(tuple(alert(level.name, level) for level in ALARMS))
    shapes = []
    for level in ALARMS:
        picture = bar.chips[level]._mark.grab().toImage()
        ground = picture.pixelColor(0, 0)
        ratio = picture.devicePixelRatio()
        inside = {
            (x, y)
            for x in range(12)
            for y in range(12)
            if picture.pixelColor(int((x + 0.5) * ratio), int((y + 0.5) * ratio)) != ground
        }
        shapes.append(frozenset(inside))
    assert len(set(shapes)) == 3
    assert all(shapes)


def test_the_bar_folds_at_yellow_and_never_at_orange_or_above(bar: RiskBar) -> None:
    bar.show_alerts((alert("黄", Level.YELLOW),))
    assert bar.fold_button.isVisible()
    bar.fold_button.click()
    assert (bar.height(), bar.sentence.isVisible()) == (FOLDED_HEIGHT, False)
    bar.show_alerts((alert("黄", Level.YELLOW), alert("橙", Level.ORANGE)))
    assert (bar.height(), bar.sentence.isVisible()) == (HEIGHT, True)
    assert not bar.fold_button.isVisible()
    bar.fold()
    assert not bar.folded
    bar.show_alerts((alert("黄", Level.YELLOW),))
    assert not bar.folded  # what was folded before an orange is not folded after it
    bar.fold()
    bar.unfold_button.click()
    assert bar.height() == HEIGHT


def test_an_alert_with_a_number_is_acknowledged_once(bar: RiskBar, hand: RecordingHand) -> None:
    bar.show_alerts((alert("a", Level.RED, number=7), alert("b", Level.YELLOW)))
    bar.acknowledge_button.click()
    bar.acknowledge_button.click()
    assert hand.sent == [AcknowledgeAlert(account=ACCOUNT, alert=7)]
    assert bar.acknowledge_button.text() == "已送出"
    bar.show_alerts((alert("b", Level.YELLOW),))
    assert not bar.acknowledge_button.isVisible()  # a yellow level: only its cause ends it


SEEING = AcknowledgeLevel(account=ACCOUNT, scope=Scope(), signal="risk_degree", level=Level.ORANGE)
LEVEL = replace(alert("级别", Level.ORANGE, minutes=0), acknowledge=SEEING, escalates_at=NOW + MINUTE_NS)


def test_a_level_is_acknowledged_stands_on_and_says_who_has_seen_it(bar: RiskBar, hand: RecordingHand) -> None:
    bar.show_alerts((LEVEL,))
    bar.acknowledge_button.click()
    bar.acknowledge_button.click()
    assert hand.sent == [SEEING]
    bar.show_alerts((replace(LEVEL, acknowledge=None, escalates_at=None, seen="张敏 已看 14:05"),))
    for part in (bar, bar.list):
        part.show_now(NOW + 5 * MINUTE_NS)
    for shown in (bar, bar.list.rows[0]):
        assert shown.age.text() == "张敏 已看 14:05 · 已 5 分"
        assert shown.age.property("escalated") == "false"
    assert (bar.height(), bar.acknowledge_button.isVisible(), bar.may_fold) == (HEIGHT, False, False)
    assert bar.list.rows[0].button is None
    red = replace(LEVEL, level=Level.RED, acknowledge=replace(SEEING, level=Level.RED))
    bar.show_alerts((red,))  # nobody has seen this one
    assert (bar.acknowledge_button.text(), bar.acknowledge_button.isEnabled()) == ("确认", True)
    bar.acknowledge_button.click()
    assert hand.sent[1:] == [red.acknowledge]


def test_what_nobody_has_seen_for_a_minute_says_so_and_stands_out_on_every_desk(bar: RiskBar) -> None:
    looks_on = replace(LEVEL, acknowledge=None)  # as whoever may not acknowledge it has it
    for line in (LEVEL, looks_on):
        bar.show_alerts((line,))
        told = []
        for at in (NOW, NOW + MINUTE_NS - 1, NOW + MINUTE_NS):
            bar.show_now(at)
            bar.list.show_now(at)
            row = bar.list.rows[0]
            assert (row.age.text(), row.age.property("escalated")) == (bar.age.text(), bar.age.property("escalated"))
            told.append((bar.age.text().startswith("60 秒未确认 · 已 "), bar.age.property("escalated")))
        assert told == [(False, "false"), (False, "false"), (True, "true")]
        assert bar.age.font().bold()


def test_the_bar_speaks_of_what_nobody_has_seen_before_what_somebody_has(bar: RiskBar) -> None:
    seen = replace(alert("看过", Level.ORANGE, minutes=30), seen="张敏 已看 14:05")
    bar.show_alerts((seen, LEVEL, alert("红", Level.RED, minutes=1)))
    assert [row.line.key for row in bar.list.rows] == ["红", "级别", "看过"]
    bar.show_alerts((seen, LEVEL))
    assert bar.sentence.text() == "螺纹钢2505 告警 级别"


def test_a_level_that_rises_under_the_mouse_is_not_confirmed_by_the_click_meant_for_the_one_before(
    qtbot: QtBot, look: Look, hand: RecordingHand
) -> None:
    bar = RiskBar(look, hand, calm_ms=60_000)
    qtbot.addWidget(bar)
    bar.show_alerts((LEVEL,))
    bar._calm_ms = 0  # as if it had stood there for a minute
    bar.show_alerts((LEVEL,))
    bar._calm_ms = 60_000
    bar.show_alerts((replace(LEVEL, level=Level.RED),))
    bar.acknowledge_button.click()
    assert hand.sent == []


@pytest.mark.parametrize("before", [(), (alert("b", Level.YELLOW, number=3),)])
def test_an_alert_that_comes_under_the_mouse_is_not_confirmed_by_the_click_meant_for_what_stood_there(
    qtbot: QtBot, look: Look, hand: RecordingHand, before: tuple[AlertLine, ...]
) -> None:
    bar = RiskBar(look, hand, calm_ms=60_000)
    qtbot.addWidget(bar)
    bar.show_alerts(before)
    bar.show_alerts((alert("a", Level.RED, number=7), *before))
    bar.acknowledge_button.click()
    assert hand.sent == []
    bar._calm_ms = 0  # as if it had stood there for a minute
    bar.show_alerts((alert("a", Level.RED, number=7), alert("c", Level.ORANGE), *before))  # the same is spoken of
    bar.acknowledge_button.click()
    assert hand.sent == [AcknowledgeAlert(account=ACCOUNT, alert=7)]


def test_an_acknowledgement_that_failed_can_be_given_again(bar: RiskBar, hand: RecordingHand) -> None:
    bar.show_alerts((alert("a", Level.RED, number=7),))
    bar.acknowledge_button.click()
    bar.show_results(hand.answer(ok=False, code="UNANSWERED", sentence="还没有回答。"))
    assert not bar.acknowledge_button.isEnabled()
    bar.show_results(hand.answer(ok=False, code="OFFLINE", sentence="离线，没有送出。"))
    assert bar.acknowledge_button.isEnabled()
    assert bar.acknowledge_button.toolTip() == "离线，没有送出。"
    bar.acknowledge_button.click()
    assert len(hand.sent) == 2


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        (link(roles=(Role.VIEWER,)), "您在该账户只能查看，不能确认告警。"),
        (link(roles=()), "您在该账户只能查看，不能确认告警。"),
        (link(LinkState.OFFLINE), "没有连上运行器，确认送不到。"),
    ],
)
def test_who_only_looks_on_or_is_cut_off_acknowledges_nothing_and_is_told_why(
    bar: RiskBar, hand: RecordingHand, stands: LinkLine, said: str
) -> None:
    bar.show_link(stands)
    bar.show_alerts((alert("a", Level.RED, number=7),))
    listed = bar.list.rows[0].button
    assert listed is not None
    for given in (bar.acknowledge_button, listed):
        assert (given.isEnabled(), given.toolTip()) == (False, said)
    bar._acknowledge("a")
    assert hand.sent == []
    bar.show_link(link(roles=(Role.CHECKER,)))
    for given in (bar.acknowledge_button, listed):
        assert (given.isEnabled(), given.toolTip()) == (True, "")


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)", extend=True)  # offscreen popup
def test_the_list_shows_every_alert_with_its_own_acknowledgement(bar: RiskBar, hand: RecordingHand) -> None:
    bar.show_alerts((alert("黄", Level.YELLOW, number=2), alert("红", Level.RED, number=1), alert("橙", Level.ORANGE)))
    bar.all_button.click()
    assert bar.list.isVisible()
    assert [row.line.key for row in bar.list.rows] == ["红", "橙", "黄"]
    assert [row.age.text() for row in bar.list.rows] == ["已 5 分"] * 3
    assert nameless(bar.list) == []
    yellow = bar.list.rows[2].button
    assert bar.list.rows[1].button is None
    assert yellow is not None
    yellow.click()
    assert hand.sent == [AcknowledgeAlert(account=ACCOUNT, alert=2)]
    assert not yellow.isEnabled()
    bar.show_alerts(())
    assert not bar.list.isVisible()


def test_every_control_of_the_bar_has_a_name(bar: RiskBar) -> None:
    bar.show_alerts((alert("黄", Level.YELLOW, number=2),))
    assert nameless(bar) == []
