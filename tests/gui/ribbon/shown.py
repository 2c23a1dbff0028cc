"""Open a ribbon, and read what it says."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from terminal.domain.words.risk import Scope
from terminal.engine.unread import Missed
from terminal.widgets.alert.ribbon import Ribbon
from terminal.widgets.dress.look import Look
from tests.gui.control_desk import account_line, link, name
from tests.gui.desk import ACCOUNT
from tests.gui.hand import RecordingHand

KILLED = account_line(killed=(Scope(),))
TITLE = f"{ACCOUNT} 华东铜业"


def opened(qtbot: QtBot, look: Look, hand: RecordingHand, *, patience_ms: int = 60_000, calm_ms: int = 0) -> Ribbon:
    made = Ribbon(look, hand, patience_ms=patience_ms, calm_ms=calm_ms)
    made.resize(1440, made.height())
    # One that counts shows itself with every count, also when it was closed: over the window of the next test, whose
    # keyboard it would take.
    qtbot.addWidget(made, before_close_func=lambda one: one.show_link(link()))
    return made


def said(ribbon: Ribbon) -> tuple[str, str]:
    return (str(ribbon.property("level")), ribbon.text.text()) if ribbon.isVisible() else ("", "")


def away(*sentences: str, seconds: int = 9, about: tuple[int, ...] = ()) -> tuple[Missed, ...]:
    return (Missed(seconds=seconds, sentences=sentences, confirmations=frozenset(map(name, about))),)
