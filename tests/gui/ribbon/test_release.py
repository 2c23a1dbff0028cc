"""Two persons release a kill switch or a red level from the ribbon, several at once too."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from terminal.domain.commands import Release
from terminal.domain.fact.facts import Role
from terminal.domain.ids import AccountId, PersonId
from terminal.domain.words.risk import Scope
from terminal.engine.screen import LinkState, ReleaseBar
from terminal.widgets.alert.ribbon import Ribbon
from terminal.widgets.dress.look import Look
from tests.gui.control_desk import CHECKER, MAKER, account_line, link, nameless
from tests.gui.desk import ACCOUNT, REBAR
from tests.gui.hand import RecordingHand
from tests.gui.ribbon.shown import KILLED, TITLE, opened, said


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
