"""What the ribbon says of the link, of trouble at this desk, and what it says first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from terminal.engine.screen import LinkState
from terminal.widgets.alert.ribbon import COUNT_MS, Ribbon
from terminal.widgets.dress.look import Look
from tests.gui.control_desk import account_line, link
from tests.gui.desk import ACCOUNT
from tests.gui.hand import RecordingHand
from tests.gui.ribbon.shown import KILLED, TITLE, away, opened, said


def test_offline_is_said_at_once_and_counted(qtbot: QtBot, ribbon: Ribbon) -> None:
    ribbon.show_link(link())
    assert said(ribbon) == ("", "")
    ribbon.show_link(replace(link(LinkState.OFFLINE, offline_s=12), strategies="策略在别处执行"))
    assert said(ribbon) == ("red", "离线 12 s · 策略在别处执行 · 不能下单")
    ribbon.show_link(link(LinkState.OFFLINE, offline_s=13))
    assert ribbon.text.text().startswith("离线 13 s")
    # It also counts by itself, should the link thread say nothing more.
    qtbot.waitUntil(lambda: ribbon.text.text().startswith("离线 14 s"), timeout=1_000 + 3 * COUNT_MS)
    ribbon.show_link(link())
    assert said(ribbon) == ("", "")


def test_what_is_said_of_strategies_while_offline_is_what_the_link_last_said_of_them(ribbon: Ribbon) -> None:
    ribbon.show_link(replace(link(LinkState.OFFLINE, offline_s=12), strategies="运行器没有在运行：策略停着"))
    assert said(ribbon) == ("red", "离线 12 s · 运行器没有在运行：策略停着 · 不能下单")
    ribbon.show_link(replace(link(LinkState.OFFLINE, offline_s=13), strategies="策略在别处执行"))
    assert said(ribbon) == ("red", "离线 13 s · 策略在别处执行 · 不能下单")


def test_a_kill_switch_that_stood_before_the_link_was_lost_is_said_as_such(ribbon: Ribbon) -> None:
    ribbon.show_accounts({ACCOUNT: KILLED})
    ribbon.show_link(link())
    assert "离线前" not in said(ribbon)[1]
    ribbon.show_link(replace(link(LinkState.OFFLINE, offline_s=99), strategies="策略在别处执行"))
    assert said(ribbon)[1].startswith("离线 99 s，离线前：")


def test_a_connection_is_spoken_of_only_when_it_takes_long(qtbot: QtBot, look: Look, hand: RecordingHand) -> None:
    patient = opened(qtbot, look, hand)
    for state in (LinkState.CONNECTING, LinkState.CATCHING_UP):
        patient.show_link(link(state))
        assert said(patient) == ("", "")
    hasty = opened(qtbot, look, hand, patience_ms=0)
    hasty.show_link(link(LinkState.CONNECTING, sentence="127.0.0.1 没有回答"))
    assert said(hasty) == ("orange", "正在连接 0 s · 127.0.0.1 没有回答 · 暂不能下单")
    hasty.show_link(link(LinkState.CATCHING_UP))
    assert said(hasty) == ("orange", "正在补齐记录 0 s · 暂不能下单")


def test_a_refusal_is_red_and_says_its_sentence(ribbon: Ribbon) -> None:
    ribbon.show_link(link(LinkState.REFUSED, sentence="设备没有登记，请管理员登记后重试。"))
    assert said(ribbon) == ("red", "设备没有登记，请管理员登记后重试。")


def test_the_most_urgent_thing_is_said_first(ribbon: Ribbon) -> None:
    ribbon.show_link(link())
    ribbon.show_missed(away("2 笔成交"))
    ribbon.note(("本机副本已损坏，已重新取回。",))
    assert said(ribbon) == ("orange", "本机副本已损坏，已重新取回。")
    ribbon.show_link(link(LinkState.OFFLINE))
    assert "离线" in said(ribbon)[1]
    ribbon.say("行情文件坏了，请重新取得。")
    assert said(ribbon) == ("orange", "行情文件坏了，请重新取得。")
    ribbon.show_accounts({ACCOUNT: KILLED})
    assert said(ribbon) == ("red", f"离线 0 s，离线前：一键停止中 {TITLE}，新开仓被禁止，平仓可以 · 两人可解除")
    ribbon.show_accounts({ACCOUNT: account_line()})
    ribbon.show_link(link())
    assert said(ribbon)[1] == "行情文件坏了，请重新取得。"


def test_what_happened_to_this_desk_is_said_until_it_has_been_read_and_then_what_was_missed(ribbon: Ribbon) -> None:
    ribbon.show_link(link())
    ribbon.show_missed(away("2 笔成交"))
    ribbon.note(("副本重建了。", "令牌只在本次运行中有效。"))
    ribbon.note(("副本重建了。",))
    assert said(ribbon) == ("orange", "副本重建了。 令牌只在本次运行中有效。")
    ribbon.read_button.click()
    assert said(ribbon) == ("calm", "离线期间：2 笔成交")
    ribbon.read_button.click()
    assert not ribbon.isVisible()


OWN_DOWN = "运行器没有在运行：策略停着，挂单不会成交；请关闭并重新打开工作台，它会再启动并接着运行"
ALTERED = "日志被改动过：运行器拒绝启动，没有下过单。请保留原文件，用 hengduo verify 查看，再从备份恢复"


@pytest.mark.parametrize(
    ("tell", "told"),
    [
        (lambda one: one.show_link(replace(link(LinkState.OFFLINE, offline_s=21), strategies=OWN_DOWN)), OWN_DOWN),
        (lambda one: one.show_link(link(LinkState.REFUSED, sentence=ALTERED)), ALTERED),
        (lambda one: one.say(ALTERED), ALTERED),
    ],
    ids=["cut", "refused", "trouble"],
)
def test_under_a_kill_switch_that_stands_the_trouble_and_what_to_do_are_read_as_well(
    ribbon: Ribbon, tell: Callable[[Ribbon], None], told: str
) -> None:
    ribbon.show_link(link())
    alone = ribbon.sizeHint().height()
    ribbon.show_accounts({ACCOUNT: KILLED})
    assert (ribbon.under.isVisible(), ribbon.sizeHint().height()) == (False, alone)
    tell(ribbon)
    assert "一键停止中" in ribbon.text.text()
    assert ribbon.under.isVisible()
    assert told in ribbon.under.said
    assert told in ribbon.accessibleName()
    assert ribbon.sizeHint().height() > alone
    # Released, the trouble has the line to itself.
    ribbon.show_accounts({ACCOUNT: account_line()})
    assert told in ribbon.text.text()
    assert not ribbon.under.isVisible()


def test_trouble_under_a_kill_switch_loses_no_word_in_a_narrow_window(ribbon: Ribbon, qtbot: QtBot) -> None:
    ribbon.show_accounts({ACCOUNT: KILLED})
    ribbon.say(ALTERED + "；" + OWN_DOWN)
    ribbon.resize(900, ribbon.height())
    qtbot.waitUntil(lambda: ribbon.under.text.text().count("\n") > 0)
    assert ribbon.under.text.text().replace("\n", "") == ribbon.under.said


def test_a_kill_switch_that_went_nowhere_and_the_trouble_are_both_said(ribbon: Ribbon) -> None:
    ribbon.say(ALTERED)
    ribbon.miss_kill("没有送到：请用 hengduo kill")
    assert ribbon.text.text() == "没有送到：请用 hengduo kill"
    assert ribbon.under.said == ALTERED
