from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QMessageBox, QToolTip
from pytestqt.qtbot import QtBot

from terminal.domain.products.instrument import Reference
from terminal.engine.mailbox import LatestMailbox
from terminal.widgets.dress.look import Look
from terminal.widgets.dress.tokens import SCHEMES, Scheme, Tokens
from terminal.widgets.window.main import MainWindow
from tests.gui.desk import REBAR, Desk
from tests.gui.hand import RecordingHand

DARK = SCHEMES[Scheme.DARK]
DARK_GROUNDS = (DARK.window, DARK.panel, DARK.raised, DARK.hover, DARK.zebra, DARK.selected)
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3


def luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF())
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", SCHEMES.values(), ids=SCHEMES.keys())
def test_every_colour_of_text_can_be_read_on_the_panel(tokens: Tokens) -> None:
    inks = ("text", "text_2", "text_3", "accent", "up", "down", "yellow", "orange", "red")
    # Two decimals are what the table of the design says; 4.46 is its 4.5.
    poor = {ink: contrast(getattr(tokens, ink), tokens.panel) for ink in inks}
    assert {ink: found for ink, found in poor.items() if round(found, 1) < LEAST_CONTRAST} == {}


@pytest.mark.parametrize("tokens", SCHEMES.values(), ids=SCHEMES.keys())
def test_text_on_a_filled_tag_and_on_a_button_can_be_read(tokens: Tokens) -> None:
    for ground in (tokens.up, tokens.down):
        assert contrast(tokens.on_tag, ground) >= LEAST_CONTRAST
    assert contrast(tokens.on_button, tokens.button) >= LEAST_CONTRAST


def test_the_menu_changes_the_scheme_of_everything(desk: Desk, look: Look, qapp: QApplication) -> None:
    desk.open_market()
    desk.quote(REBAR, 3300, before=3290)
    desk.window.panels.bring(desk.window.quotes)
    desk.window.menus.scheme_actions[Scheme.LIGHT].trigger()
    assert [look.scheme] == [Scheme.LIGHT]
    light = SCHEMES[Scheme.LIGHT]
    assert qapp.palette().color(QPalette.ColorRole.Base) == QColor(light.panel)
    picture = desk.window.grab().toImage()
    ratio = picture.devicePixelRatio()
    inside = desk.window.quotes.grid.viewport()
    corner = inside.mapTo(desk.window, inside.rect().bottomRight())
    ground = picture.pixelColor(round((corner.x() - 4) * ratio), round((corner.y() - 4) * ratio))
    assert ground == QColor(light.panel)
    desk.window.menus.scheme_actions[Scheme.DARK].trigger()
    assert [look.scheme] == [Scheme.DARK]
    assert desk.window.menus.scheme_actions[Scheme.DARK].isChecked()
    assert not desk.window.menus.scheme_actions[Scheme.LIGHT].isChecked()


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)
def test_a_window_that_opens_in_the_light_scheme_is_light_from_its_first_picture_on_and_so_is_all_it_opens(
    qtbot: QtBot, look: Look, qapp: QApplication
) -> None:
    look.wear(Scheme.LIGHT)
    qapp.setStyleSheet("")  # as the program: only the window wears it
    window = MainWindow(look, LatestMailbox(), RecordingHand())
    window.show()
    pictures = [window.grab()]
    window.furnish()
    window.hold()
    qtbot.wait(1)
    for panel in window.panels.all:
        window.panels.bring(panel)
        qtbot.wait(1)
        pictures.append(window.grab())
    box = QMessageBox(window)
    box.setText("要离开吗？")
    box.addButton("知道了", QMessageBox.ButtonRole.AcceptRole)
    popups = (window.menus.view, window.ticket.form.finder.popup, window.risk_bar.list)
    for one in popups:
        one.resize(one.sizeHint().expandedTo(QSize(160, 90)))
    pictures += [one.grab() for one in (box, *popups)]
    window.panels.bring(window.ticket)
    window.ticket.form.flags.showPopup()
    pictures.append(window.ticket.form.flags.view().window().grab())
    window.ticket.form.flags.hidePopup()
    QToolTip.showText(window.mapToGlobal(QPoint(9, 9)), "提示", window)
    tips = [one for one in qapp.topLevelWidgets() if one.windowType() is Qt.WindowType.ToolTip and one.isVisible()]
    assert tips
    pictures += [one.grab() for one in tips]
    dark = {QColor(ground).rgb() for ground in DARK_GROUNDS}
    for place, picture in enumerate(pictures):
        image = picture.toImage()
        assert not image.isNull(), place
        found = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
        assert not found & dark
        assert image.pixelColor(image.width() - 2, image.height() - 2).lightnessF() > 0.7
    window.end()
    shiboken6.delete(window)
    qapp.setStyleSheet(look.sheet)


def test_the_style_sheet_leaves_no_token_unfilled(look: Look) -> None:
    assert "$" not in look.sheet


def test_a_window_that_wears_the_sheet_itself_looks_as_one_of_a_dressed_application(
    qtbot: QtBot, look: Look, reference: Reference, qapp: QApplication
) -> None:
    # The program dresses the window only, the other tests the application: both must show the same, boxes too.
    windows, pictures, boxes = [], [], []
    for sheet in (look.sheet, ""):
        qapp.setStyleSheet(sheet)
        mailbox, hand = LatestMailbox(), RecordingHand()
        window = MainWindow(look, mailbox, hand)
        window.resize(1440, 900)
        window.furnish()
        window.hold()
        window.show()
        qtbot.waitExposed(window)
        seat = Desk(window, mailbox, reference, hand)
        seat.open_market()
        seat.quote(REBAR, 3300, before=3290)
        window.panels.bring(window.ticket)
        assert window.ticket.form.finder.popup.styleSheet() == look.sheet  # of no window: it inherits from none
        qtbot.wait(200)
        pictures.append(window.grab().toImage())
        box = QMessageBox(window)
        box.setText("要离开吗？")
        boxes.append(box.grab().toImage())
        window.end()
        windows.append(window)
    qapp.setStyleSheet(look.sheet)
    for window in windows:
        shiboken6.delete(window)
    assert pictures[0] == pictures[1]
    assert boxes[0] == boxes[1]
