"""A change of a strategy that waits for a second person, in the maker's window: what the form holds afterwards."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.parameters.strategy import StrategySettings
from terminal.widgets.strategy.form_spread import SpreadForm
from tests.gui import control_desk
from tests.gui.desk import ACCOUNT, Desk
from tests.gui.strategy_panel.bench import card
from tests.gui.test_small_screens import USUAL
from tests.gui.test_two_editors import BASE, OWN, SPREAD, begin, edit_further, send_change, settle

WAITS = "需复核：最多追价由 5 增至 7，编号 C2"
APPROVED = "王主管批准 修改策略 价差-豆粕，策略已按此执行"


def park(desk: Desk) -> None:
    """Send the change that is in the form and hear that it waits."""
    desk.mailbox.post_result(
        replace(send_change(desk), code="CONFIRM2", sentence=WAITS, confirmation=control_desk.name(2))
    )
    settle(desk)


def end(desk: Desk, state: ConfirmationState, told: str) -> None:
    """Hear what has become of it."""
    desk.mailbox.post_approval(replace(control_desk.card(2, state=state, told=told), terms=None))


def approve(desk: Desk) -> None:
    """Hear that it was approved, and of the version it has become."""
    end(desk, ConfirmationState.CONSUMED, APPROVED)
    desk.mailbox.post_strategy(card(OWN, strategy=SPREAD, version=2))
    settle(desk)


def in_form(desk: Desk) -> StrategySettings:
    """Return what the form says."""
    bench = desk.window.strategies.bench
    return bench.form(bench.kind).settings(ACCOUNT)


def test_after_the_approval_of_ones_own_change_the_form_stands_at_it_and_holds_no_change(desk: Desk) -> None:
    begin(desk, USUAL)
    view = desk.window.strategies.bench.view
    park(desk)
    assert in_form(desk) == BASE
    assert view.status.text() == WAITS
    approve(desk)
    assert in_form(desk) == OWN
    assert view.status.text() == APPROVED
    assert view.conflict.isHidden()
    for button in (view.preview_button, view.start_button, view.drop_button):
        assert not button.isEnabled(), button.text()
    edit_further(desk)
    send_change(desk)
    assert desk.hand.sent[-1] == replace(desk.hand.sent[0], base_version=2, settings=replace(OWN, sets=2))


def test_what_was_edited_after_ones_own_change_was_parked_does_not_turn_it_round_unseen(desk: Desk) -> None:
    begin(desk, USUAL)
    view = desk.window.strategies.bench.view
    park(desk)
    edit_further(desk)
    approve(desk)
    assert view.conflict.isVisible()
    assert not view.preview_button.isEnabled()
    view.latest_button.click()
    assert in_form(desk) == OWN


def test_a_change_that_was_put_back_while_it_was_on_its_way_is_followed_when_it_is_made(desk: Desk) -> None:
    begin(desk, USUAL)
    bench = desk.window.strategies.bench
    done = send_change(desk)
    form = bench.form(bench.kind)
    assert isinstance(form, SpreadForm)
    form.numbers["max_chases"].stepBy(-2)
    settle(desk)
    assert in_form(desk) == BASE
    desk.mailbox.post_result(done)
    desk.mailbox.post_strategy(card(OWN, strategy=SPREAD, version=2))
    settle(desk)
    assert in_form(desk) == OWN
    assert not bench.view.preview_button.isEnabled()


@pytest.mark.parametrize("state", [ConfirmationState.REJECTED, ConfirmationState.SUPERSEDED, ConfirmationState.EXPIRED])
def test_the_foot_says_that_a_change_that_waited_was_not_made(desk: Desk, state: ConfirmationState) -> None:
    begin(desk, USUAL)
    park(desk)
    end(desk, state, "修改策略 价差-豆粕 没有执行")
    settle(desk)
    assert desk.window.strategies.bench.view.status.text() == "▲ 修改策略 价差-豆粕 没有执行"
    assert in_form(desk) == BASE


def test_after_a_cut_a_decision_that_comes_before_the_result_is_the_one_that_stands(desk: Desk) -> None:
    begin(desk, USUAL)
    parked = replace(send_change(desk), code="CONFIRM2", sentence=WAITS, confirmation=control_desk.name(2))
    approve(desk)
    desk.mailbox.post_result(parked)
    settle(desk)
    assert desk.window.strategies.bench.view.status.text() == APPROVED
    assert in_form(desk) == OWN


def test_what_becomes_of_what_was_not_sent_from_here_is_not_said_in_the_foot(desk: Desk) -> None:
    begin(desk, USUAL)
    before = desk.window.strategies.bench.view.status.text()
    end(desk, ConfirmationState.CONSUMED, APPROVED)
    settle(desk)
    assert desk.window.strategies.bench.view.status.text() == before
