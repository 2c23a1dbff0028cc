"""Who may steer a strategy, and from where: never from under another panel what trades."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.domain.commands import PauseStrategy, StopStrategy
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import Role
from terminal.domain.ids import DeviceId, PersonId
from terminal.engine.screen import LinkLine, LinkState
from terminal.widgets.dress.look import Look
from terminal.widgets.parts.sight import is_seen
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.desk import ACCOUNT
from tests.gui.strategy_panel.bench import GRID, HERE, ME, OTHER, THERE, Seat, account_line, card, link
from tests.gui.test_sight import cover

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


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
