"""Give tests a dressed application and a window whose mailbox is drained by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from terminal.app import FONTS
from terminal.domain.products.instrument import Reference
from terminal.engine.mailbox import LatestMailbox
from terminal.store.reference import load_reference, resource_root
from terminal.widgets.dress.look import Look, add_fonts
from terminal.widgets.dress.tokens import Scheme
from terminal.widgets.window.main import MainWindow
from tests.gui.desk import Desk
from tests.gui.hand import RecordingHand
from tests.gui.ticket_stage import Stage


@pytest.fixture(autouse=True)
def lets_go(qapp: QApplication) -> Iterator[None]:
    """Hold a test to it that no button of the mouse stays down: the tests after it would be somebody dragging."""
    yield
    assert qapp.mouseButtons() == Qt.MouseButton.NoButton


@pytest.fixture(scope="session")
def reference() -> Reference:
    return load_reference()


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> Look:
    add_fonts(tuple((resource_root() / "fonts" / name).read_bytes() for name in FONTS))
    made = Look(qapp)

    def wear() -> None:
        qapp.setStyleSheet(made.sheet)  # panels stand alone in most tests, without the window that wears it for them

    wear()
    made.changed.connect(wear)
    return made


@pytest.fixture
def look(dressed: Look) -> Iterator[Look]:
    yield dressed
    dressed.wear(Scheme.DARK)


@pytest.fixture
def desk(qtbot: QtBot, look: Look, reference: Reference) -> Iterator[Desk]:
    mailbox, hand = LatestMailbox(), RecordingHand()
    window = MainWindow(look, mailbox, hand, embedded=True, keeps_layout=True)
    window.furnish()
    window.hold()
    window.steady_hand.calm_ms = 0  # no test presses where it does not look
    window.show()
    qtbot.waitExposed(window)
    yield Desk(window, mailbox, reference, hand)
    window.end()  # whatever a test left running: nobody is here to be asked
    # At once and not some day: windows that live on are dressed anew with every change of scheme.
    shiboken6.delete(window)


@pytest.fixture
def stage(qtbot: QtBot, look: Look, reference: Reference) -> Iterator[Stage]:
    made = Stage(look, reference)
    qtbot.addWidget(made.window)
    made.window.show()
    made.window.activateWindow()
    qtbot.waitExposed(made.window)
    made.ticket.form.finder.setFocus()
    yield made
    made.ticket.form.finder.popup.hide()
