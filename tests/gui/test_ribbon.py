from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from terminal.domain.commands import Release
from terminal.domain.confirmation import ConfirmationState
from terminal.domain.facts import Role
from terminal.domain.ids import AccountId, ConfirmationId, PersonId
from terminal.domain.risk_words import Scope
from terminal.engine.mailbox import Drained
from terminal.engine.screen import ApprovalCard, LinkState, Missed, ReleaseBar, Unread
from terminal.widgets.look import Look
from terminal.widgets.messages import MOST
from terminal.widgets.ribbon import COUNT_MS, Ribbon
from tests.gui.control_desk import CHECKER, MAKER, account_line, card, cards, link, name, nameless
from tests.gui.desk import ACCOUNT, REBAR
from tests.gui.hand import RecordingHand

Cards = dict[ConfirmationId, ApprovalCard]
KILLED = account_line(killed=(Scope(),))
TITLE = f"{ACCOUNT} 华东铜业"


@pytest.fixture
def hand() -> RecordingHand:
    return RecordingHand()


def opened(qtbot: QtBot, look: Look, hand: RecordingHand, *, patience_ms: int = 60_000, calm_ms: int = 0) -> Ribbon:
    made = Ribbon(look, hand, patience_ms=patience_ms, calm_ms=calm_ms)
    made.resize(1440, made.height())
    # One that counts shows itself with every count, also when it was closed: over the window of the next test, whose
    # keyboard it would take.
    qtbot.addWidget(made, before_close_func=lambda one: one.show_link(link()))
    return made


@pytest.fixture
def ribbon(qtbot: QtBot, look: Look, hand: RecordingHand) -> Ribbon:
    return opened(qtbot, look, hand)


def said(ribbon: Ribbon) -> tuple[str, str]:
    return (str(ribbon.property("level")), ribbon.text.text()) if ribbon.isVisible() else ("", "")


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


def away(*sentences: str, seconds: int = 9, about: tuple[int, ...] = ()) -> tuple[Missed, ...]:
    return (Missed(seconds=seconds, sentences=sentences, confirmations=frozenset(map(name, about))),)


def decided(number: int, told: str, state: ConfirmationState = ConfirmationState.REJECTED) -> Cards:
    return cards(card(number, state=state, told=told))


def test_what_came_meanwhile_is_told_until_it_has_been_read(ribbon: Ribbon) -> None:
    ribbon.show_link(link())
    ribbon.show_missed(away("2 笔成交", "1 笔委托被撤"))
    assert said(ribbon) == ("calm", "离线期间：2 笔成交；1 笔委托被撤")
    ribbon.show_link(link())  # a later line takes nothing away unread
    assert said(ribbon)[0] == "calm"
    ribbon.read_button.click()
    assert said(ribbon) == ("", "")
    ribbon.show_missed(away("2 笔成交", "1 笔委托被撤"))  # the same words after another absence are news
    assert said(ribbon)[0] == "calm"


def test_of_several_absences_each_is_kept_until_it_was_read(ribbon: Ribbon) -> None:
    ribbon.show_link(link())
    ribbon.show_missed(away("2 笔成交"))
    ribbon.show_missed(away("账户 A1 已由 夜盘值班 接管", seconds=70))
    assert said(ribbon)[1] == "离线 70 s，期间：账户 A1 已由 夜盘值班 接管"
    assert ribbon.more_button.text() == "未读 2 条"
    ribbon.read_button.click()
    assert said(ribbon)[1] == "离线期间：2 笔成交"


def test_the_difference_stands_before_what_was_left_unread_and_a_later_rejection_before_both(ribbon: Ribbon) -> None:
    ribbon.show_link(link(person=MAKER))
    ribbon.note(("副本重建了。",))
    ribbon.show_approvals(cards(card(1), card(2)))
    ribbon.show_approvals(decided(1, PASSED, ConfirmationState.CONSUMED))
    ribbon.show_missed(away("账户 A1 已被一键停止"))
    assert said(ribbon)[1] == "离线期间：账户 A1 已被一键停止"
    assert ribbon.more_button.text() == "未读 3 条"
    ribbon.show_approvals(decided(2, REJECTION))
    seen = []
    while ribbon.isVisible():
        seen.append(said(ribbon)[1])
        ribbon.read_button.click()
    assert seen == [REJECTION, "离线期间：账户 A1 已被一键停止", "副本重建了。", PASSED]


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)  # offscreen popup
def test_what_was_unread_when_the_desk_was_closed_is_unread_when_it_is_opened_again(
    ribbon: Ribbon, qtbot: QtBot, look: Look, hand: RecordingHand
) -> None:
    # Given a rejection that stood behind a kill, and an absence, both unread at the end
    kept: list[Unread] = []
    ribbon.unread_changed.connect(kept.append)
    ribbon.show_accounts({ACCOUNT: KILLED})
    ribbon.show_approvals(cards(card(1)))
    ribbon.show_approvals(decided(1, REJECTION))
    ribbon.show_missed(away("2 笔成交", "1 笔委托被撤"))
    # When another window opens on what was kept, and learns what happened while there was none
    again = opened(qtbot, look, hand)
    kept_again: list[Unread] = []
    again.unread_changed.connect(kept_again.append)
    since = 1_763_717_400_000_000_000  # 2025-11-21 17:30 in Shanghai
    missed = Missed(seconds=50, sentences=("3 笔成交",), since=since)
    again.show_messages(Drained(unread=kept[-1], missed=(missed,), notices=("本机副本已损坏",)))
    # Then all of it is unread, the newest first,
    assert [row.accessibleName().partition(" ")[2] for row in again.list.rows] == [
        "本机副本已损坏",
        "离线期间（11-21 17:30 起）：3 笔成交",
        "离线期间：2 笔成交；1 笔委托被撤",
        REJECTION,
    ]
    # until it was read, which is kept as well.
    again.show_approvals(decided(1, REJECTION))
    assert again.more_button.text() == "未读 5 条"
    again.more_button.click()
    again.list.read_button.click()
    assert said(again) == ("", "")
    assert kept_again[-1] == Unread()


def test_what_is_about_an_account_that_was_taken_away_goes_unread(ribbon: Ribbon) -> None:
    other = AccountId("另一户")
    kept: list[Unread] = []
    ribbon.unread_changed.connect(kept.append)
    ribbon.show_approvals(cards(card(1)))
    ribbon.show_approvals(decided(1, REJECTION))
    missed = Missed(seconds=5, sentences=("2 笔成交",), accounts=frozenset({ACCOUNT}))
    theirs = Missed(seconds=5, sentences=("1 笔成交",), accounts=frozenset({other}))
    ribbon.show_messages(Drained(missed=(missed, theirs), notices=("本机副本已损坏",), taken=(ACCOUNT,)))
    assert [one.sentences for one in kept[-1].messages] == [("1 笔成交",), ("本机副本已损坏",)]
    assert kept[-1].passed_over == 0


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)  # offscreen popup
def test_what_was_missed_is_reached_behind_a_kill_that_stands_and_is_said_after_it(ribbon: Ribbon) -> None:
    ribbon.show_link(link())
    ribbon.show_accounts({ACCOUNT: KILLED})
    assert not ribbon.more_button.isVisible()
    ribbon.show_missed(away("2 笔成交", "1 笔委托被撤"))
    assert said(ribbon)[0] == "red"
    assert (ribbon.more_button.isVisible(), ribbon.more_button.text()) == (True, "未读 2 条")
    assert not ribbon.read_button.isVisible()
    ribbon.more_button.click()
    assert ribbon.list.isVisible()
    assert [row.text.text() for row in ribbon.list.rows] == ["2 笔成交\n1 笔委托被撤"]
    assert nameless(ribbon.list) == []
    QTest.keyClick(ribbon.list.area, Qt.Key.Key_Escape)
    assert not ribbon.list.isVisible()
    ribbon.show_accounts({ACCOUNT: account_line()})
    assert said(ribbon) == ("calm", "离线期间：2 笔成交；1 笔委托被撤")


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)  # offscreen popup
def test_a_line_that_does_not_fit_opens_a_list_with_every_sentence(ribbon: Ribbon) -> None:
    ribbon.show_link(link())
    ribbon.show_missed(away("短"))
    assert not ribbon.more_button.isVisible()
    ribbon.read_button.click()
    ribbon.show_missed(away("很长的一句话" * 20))
    assert ribbon.more_button.isVisible()
    QTest.keyClick(ribbon.more_button, Qt.Key.Key_Space)
    assert ribbon.list.isVisible()
    ribbon.list.read_button.click()
    assert not ribbon.list.isVisible()
    assert said(ribbon) == ("", "")


def test_a_link_that_comes_and_goes_all_night_is_counted_beyond_what_anybody_reads(ribbon: Ribbon) -> None:
    ribbon.show_link(link())
    for number in range(MOST + 2):
        ribbon.show_missed(away(f"{number} 笔成交"))
    assert said(ribbon)[1].endswith(f"：{MOST + 1} 笔成交")
    assert ribbon.more_button.text() == f"未读 {MOST + 1} 条"
    for _ in range(MOST):
        ribbon.read_button.click()
    assert said(ribbon)[1] == "更早 2 次离线期间的变化不再逐条列出，请看「事件」"
    assert ribbon.more_button.text() == "未读 1 条"
    ribbon.read_button.click()
    assert not ribbon.isVisible()


# --- what was decided -----------------------------------------------------------------------------------------------

REJECTION = "风控主管驳回 买开 TA505 190 手 @5694：价格不合适"
PASSED = "风控主管批准 买开 TA505 20 手 @5694，已报出"


def test_the_maker_reads_who_decided_what_and_several_wait_in_their_order(ribbon: Ribbon) -> None:
    ribbon.show_link(link(person=MAKER))
    ribbon.show_approvals(cards(card(1), card(2)))
    assert said(ribbon) == ("", "")
    ribbon.show_approvals(decided(1, REJECTION))
    ribbon.show_approvals(decided(2, PASSED, ConfirmationState.CONSUMED))
    assert said(ribbon) == ("orange", REJECTION)
    assert ribbon.more_button.text() == "未读 2 条"
    ribbon.read_button.click()
    assert said(ribbon) == ("calm", PASSED)
    ribbon.read_button.click()
    assert said(ribbon) == ("", "")


def test_what_was_decided_before_this_desk_was_opened_or_is_not_for_its_person_is_no_message(ribbon: Ribbon) -> None:
    ribbon.show_approvals(decided(1, REJECTION))
    ribbon.show_approvals(cards(card(2)))
    ribbon.show_approvals(decided(2, ""))
    assert said(ribbon) == ("", "")


def test_an_approval_that_goes_on_to_an_end_is_one_message(ribbon: Ribbon) -> None:
    ribbon.show_approvals(cards(card(1)))
    ribbon.show_approvals(decided(1, "正在执行", ConfirmationState.APPROVED))
    ribbon.show_approvals(decided(1, PASSED, ConfirmationState.CONSUMED))
    assert said(ribbon) == ("calm", PASSED)
    ribbon.show_approvals(decided(1, PASSED, ConfirmationState.CONSUMED))
    ribbon.read_button.click()
    assert said(ribbon) == ("", "")


def test_a_decision_that_the_difference_of_an_absence_names_is_not_said_beside_it(ribbon: Ribbon) -> None:
    ribbon.show_approvals(cards(card(1), card(2)))
    ribbon.show_approvals(decided(1, REJECTION))
    ribbon.show_missed(away(f"C1 {REJECTION}", f"C2 {PASSED}", about=(1, 2)))
    ribbon.show_approvals(decided(2, PASSED, ConfirmationState.CONSUMED))
    assert said(ribbon)[1].startswith("离线期间：C1 ")
    ribbon.read_button.click()
    assert said(ribbon) == ("", "")


def test_a_double_click_reads_one_message_away_and_not_the_next(qtbot: QtBot, look: Look, hand: RecordingHand) -> None:
    ribbon = opened(qtbot, look, hand, calm_ms=60_000)
    ribbon.show_approvals(cards(card(1), card(2)))
    ribbon.show_approvals(decided(1, REJECTION))
    ribbon.show_approvals(decided(2, PASSED, ConfirmationState.CONSUMED))
    ribbon.read_button.click()
    ribbon.read_button.click()
    assert said(ribbon) == ("calm", PASSED)


def test_a_press_meant_for_one_message_does_not_read_away_another_that_took_its_place(
    qtbot: QtBot, look: Look, hand: RecordingHand
) -> None:
    ribbon = opened(qtbot, look, hand, calm_ms=60_000)
    ribbon.show_approvals(cards(card(1)))
    ribbon.show_missed(away("3 笔成交"))
    ribbon.show_approvals(decided(1, REJECTION))
    ribbon.read_button.click()
    assert REJECTION in said(ribbon)[1]


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)  # offscreen popup
@pytest.mark.parametrize("calm_ms", [0, 60_000])
def test_what_comes_while_the_list_is_open_is_read_away_only_after_it_stood_in_sight(
    qtbot: QtBot, look: Look, hand: RecordingHand, calm_ms: int
) -> None:
    ribbon = opened(qtbot, look, hand, calm_ms=calm_ms)
    ribbon.show_approvals(cards(card(1), card(2)))
    ribbon.note(("旧的发件箱已换新",))
    for number in range(30):
        ribbon.show_missed(away(f"{number} 笔成交"))
    ribbon.more_button.click()
    ribbon.show_approvals(decided(1, REJECTION))  # on top, in sight
    ribbon.note(("记录库已重建",))
    ribbon.show_approvals(decided(2, PASSED, ConfirmationState.CONSUMED))  # at the end, out of sight
    for _ in range(6):
        QApplication.processEvents()
    ribbon.list.read_button.click()
    out_of_sight = [PASSED]
    unread = ["记录库已重建", REJECTION, *out_of_sight] if calm_ms else out_of_sight
    assert [row.text.text() for row in ribbon.list.rows] == unread
    assert ribbon.list.isVisible()
    QApplication.processEvents()
    ribbon.list.read_button.click()  # of the same double click
    assert (said(ribbon) == ("", "")) is (calm_ms == 0)


# --- what is most urgent --------------------------------------------------------------------------------------------


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


def test_a_kill_switch_is_released_with_a_reason_and_not_by_enter(ribbon: Ribbon, hand: RecordingHand) -> None:
    ribbon.show_link(link())
    ribbon.show_accounts({ACCOUNT: KILLED})
    ribbon.release_button.click()
    assert ribbon.reason.isVisible()
    assert nameless(ribbon) == []
    QTest.keyClick(ribbon.reason.edit, Qt.Key.Key_Return)
    assert hand.sent == []
    assert ribbon.reason.edit.text() == ""  # nobody claims what they have not written
    assert not ribbon.reason.confirm.isEnabled()
    assert ribbon.reason.confirm.toolTip() == "请写下原因"
    QTest.keyClicks(ribbon.reason.edit, "  ")
    assert not ribbon.reason.confirm.isEnabled()
    ribbon.reason.edit.clear()
    QTest.keyClicks(ribbon.reason.edit, "ok")
    ribbon.reason.confirm.click()
    assert hand.sent == [Release(account=ACCOUNT, scope=Scope(), reason="ok")]
    assert ribbon.text.text().endswith("解除已送出")
    assert not ribbon.release_button.isVisible()
    ribbon.show_results(hand.answer(ok=False, code="NOT_RECONCILED", sentence="尚未与交易所对账一致，不能解除。"))
    assert ribbon.text.text().endswith("尚未与交易所对账一致，不能解除。")
    assert ribbon.release_button.isVisible()


def test_who_may_not_release_is_told_so_beforehand_by_name_and_is_not_left_to_be_refused(
    ribbon: Ribbon, hand: RecordingHand
) -> None:
    why_not = "李薇（您）今日在该范围内的开仓与此有关，不能参与解除；须另外两人"
    bar = ReleaseBar(scope=Scope(), names=("李薇",), why_not=why_not)
    ribbon.show_link(link())
    ribbon.show_accounts({ACCOUNT: account_line(killed=(Scope(),), bars=(bar,))})
    assert ribbon.text.text().endswith(why_not)
    assert ribbon.release_button.isVisible()
    assert not ribbon.release_button.isEnabled()
    assert ribbon.release_button.toolTip() == why_not
    ribbon.release_button.click()
    assert (ribbon.reason.isVisible(), hand.sent) == (False, [])
    # Whoever may is told who may not, and can begin.
    ribbon.show_accounts({ACCOUNT: account_line(killed=(Scope(),), bars=(replace(bar, why_not=""),))})
    assert ribbon.text.text().endswith("两人可解除（李薇 的开仓与此有关，不能参与）")
    assert ribbon.release_button.isEnabled()


def test_what_this_person_may_release_comes_before_what_they_may_not(ribbon: Ribbon) -> None:
    bar = ReleaseBar(scope=Scope(), why_not="您不能")
    ribbon.show_link(link())
    ribbon.show_accounts({ACCOUNT: account_line(killed=(Scope(), Scope(instrument=REBAR)), bars=(bar,))})
    assert REBAR in ribbon.text.text()
    assert ribbon.release_button.isEnabled()
    ribbon.next_button.click()
    assert not ribbon.release_button.isEnabled()


@pytest.mark.parametrize(
    ("asked_by", "told", "may"),
    [
        (MAKER, "张敏 已申请解除，等第二人确认", True),
        (CHECKER, "您已申请解除，等另一人确认", False),
    ],
)
def test_a_first_request_to_release_is_told_and_not_offered_twice(
    ribbon: Ribbon, asked_by: PersonId, told: str, may: bool
) -> None:
    ribbon.show_link(link())
    ribbon.show_accounts({ACCOUNT: account_line(killed=(Scope(),), asked_by=asked_by)})
    assert ribbon.text.text().endswith(told)
    assert ribbon.release_button.isVisible() is may


@pytest.mark.parametrize("asked_by", [MAKER, CHECKER])
def test_a_request_that_lapsed_is_told_as_such_and_can_be_made_anew_by_either(
    ribbon: Ribbon, asked_by: PersonId
) -> None:
    line = account_line(killed=(Scope(),), asked_by=asked_by)
    ribbon.show_link(link())
    ribbon.show_accounts({ACCOUNT: replace(line, release_asks=(replace(line.release_asks[0], lapsed=True),))})
    assert ribbon.text.text().endswith("的解除申请无人确认，已失效；两人可重新申请解除")
    assert ribbon.release_button.isVisible()


@pytest.mark.parametrize(
    ("state", "roles"), [(LinkState.OFFLINE, (Role.RISK,)), (LinkState.LIVE, (Role.VIEWER, Role.ADMIN))]
)
def test_release_is_not_offered_where_it_cannot_be_given(
    ribbon: Ribbon, state: LinkState, roles: tuple[Role, ...]
) -> None:
    ribbon.show_link(link(state, roles=roles))
    ribbon.show_accounts({ACCOUNT: KILLED})
    assert ribbon.isVisible()
    assert not ribbon.release_button.isVisible()


def test_a_narrower_kill_names_its_scope_and_others_are_counted(ribbon: Ribbon, hand: RecordingHand) -> None:
    ribbon.show_link(link())
    ribbon.show_accounts({ACCOUNT: account_line(killed=(Scope(instrument=REBAR), Scope()))})
    assert ribbon.text.text().startswith(f"一键停止中 {TITLE}，另有 1 处")
    ribbon.next_button.click()
    assert ribbon.text.text().startswith(f"一键停止中 {TITLE} 合约 SHFE.rb2505，另有 1 处")
    ribbon.release_button.click()
    ribbon.show_accounts({ACCOUNT: KILLED})  # what was being released stands no more
    assert not ribbon.reason.isVisible()
    ribbon.restart()
    assert not ribbon.isVisible()
    assert hand.sent == []


# --- several at once ------------------------------------------------------------------------------------------------

SECOND = AccountId("套利账户")
BOTH = (ACCOUNT, SECOND)
Asks = dict[AccountId, PersonId]  # who asked first, of each account that is still stopped; "" for nobody


def show_both(ribbon: Ribbon, person: PersonId, stopped: Asks, *, backwards: bool) -> None:
    roles = dict.fromkeys(BOTH, (Role.RISK,))
    ribbon.show_link(replace(link(person=person), roles=roles))
    for account in reversed(BOTH) if backwards else BOTH:
        killed = (Scope(),) if account in stopped else ()
        asked = stopped.get(account) or None
        ribbon.show_accounts({account: account_line(account=account, name=account, killed=killed, asked_by=asked)})


def pressed(ribbon: Ribbon, hand: RecordingHand) -> AccountId | None:
    """Return whose release a person gives who does what the ribbon offers."""
    if not ribbon.release_button.isVisible():
        return None
    ribbon.release_button.click()
    ribbon.reason.edit.setText("已查明")
    ribbon.reason.confirm.click()
    sent = hand.sent[-1]
    assert isinstance(sent, Release)
    ribbon.show_results(hand.answer())
    return sent.account


def test_two_persons_always_come_to_the_end_of_two_kills_whoever_presses_when(
    qtbot: QtBot, look: Look, hand: RecordingHand
) -> None:
    # Every state two persons can bring about, each of whom only ever presses the button that is shown.
    ribbons = {MAKER: opened(qtbot, look, hand), CHECKER: opened(qtbot, look, hand)}
    begin = tuple((account, PersonId("")) for account in BOTH)
    open_states, seen, ends = [begin], {begin}, 0
    while open_states:
        stopped = dict(open_states.pop())
        ends += not stopped
        moves = 0
        for person, ribbon in ribbons.items():
            ribbon.restart()
            show_both(ribbon, person, stopped, backwards=person == CHECKER)
            account = pressed(ribbon, hand)
            if account is None:
                continue
            moves += 1
            assert stopped[account] != person, "asked twice, and nothing came of it"
            after = dict(stopped)
            if after[account]:
                del after[account]
            else:
                after[account] = person
            following = tuple(after.items())
            if following not in seen:
                seen.add(following)
                open_states.append(following)
        assert moves or not stopped, f"nobody can do anything about {stopped}"
    assert ends == 1


def test_what_waits_for_this_person_comes_first_then_what_they_may_ask_for(ribbon: Ribbon) -> None:
    show_both(ribbon, CHECKER, {ACCOUNT: CHECKER, SECOND: PersonId("")}, backwards=False)
    assert ribbon.text.text().startswith("一键停止中 套利账户，另有 1 处")
    assert ribbon.release_button.isVisible()
    show_both(ribbon, CHECKER, {ACCOUNT: PersonId(""), SECOND: MAKER}, backwards=False)
    assert ribbon.text.text().endswith("张敏 已申请解除，等第二人确认")
    show_both(ribbon, CHECKER, dict.fromkeys(BOTH, CHECKER), backwards=False)
    assert ribbon.text.text().endswith("您已申请解除，等另一人确认")
    assert not ribbon.release_button.isVisible()


def test_a_release_that_was_refused_stays_in_sight_and_bars_the_way_to_no_other(
    ribbon: Ribbon, hand: RecordingHand
) -> None:
    show_both(ribbon, CHECKER, dict.fromkeys(BOTH, PersonId("")), backwards=False)
    first = ribbon.text.text().split("，")[0]
    ribbon.release_button.click()
    assert not ribbon.next_button.isVisible()
    show_both(ribbon, CHECKER, {ACCOUNT: PersonId(""), SECOND: MAKER}, backwards=False)
    assert ribbon.reason.isVisible()  # what came meanwhile takes no question away
    ribbon.reason.edit.setText("已查明")
    ribbon.reason.confirm.click()
    ribbon.show_results(hand.answer(ok=False, code="CAUSE_PRESENT", sentence="原因仍在，不能解除。"))
    assert ribbon.text.text().startswith(first)
    assert ribbon.text.text().endswith("原因仍在，不能解除。")
    ribbon.next_button.click()
    assert not ribbon.text.text().startswith(first)
    assert ribbon.release_button.isVisible()
    ribbon.next_button.click()
    assert ribbon.text.text().startswith(first)


def test_a_red_level_is_released_from_here_too_and_says_less_than_a_cut_link(
    ribbon: Ribbon, hand: RecordingHand
) -> None:
    ribbon.show_link(link())
    ribbon.show_accounts({ACCOUNT: account_line(reds=(Scope(instrument=REBAR),))})
    assert said(ribbon) == (
        "red", f"风险级别红色 {TITLE} 合约 SHFE.rb2505，新开仓被禁止，平仓可以 · 两人可解除"
    )  # fmt: skip
    assert pressed(ribbon, hand) == ACCOUNT
    assert hand.sent == [Release(account=ACCOUNT, scope=Scope(instrument=REBAR), reason="已查明")]
    ribbon.show_link(link(LinkState.OFFLINE))
    assert "离线" in said(ribbon)[1]


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
