"""Be a real desk in a process of its own, that also says what its window shows and has hands at its keyboard.

It is the program's own command line, `hengduo run …`; nothing of the program is replaced. One JSON object a line comes
in on standard input and is answered on standard output with what the window shows then. `look` does nothing else,
`fill` fills the order ticket, `enter` presses Enter on its button, `draft` clicks on keeping it for later.
"""

from __future__ import annotations

import io
import json
import os
import sys
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, Qt
from PySide6.QtTest import QTest

import terminal.app
from terminal.__main__ import main
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import HedgeFlag, Offset, Side


class Hands(QObject):
    """Do what is asked for on the UI thread."""

    def __init__(self, desk: terminal.app.Desk) -> None:
        super().__init__()
        self._window = desk.window
        self._rest = b""
        self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._hear)

    def _hear(self) -> None:
        heard = os.read(0, 65536)
        if not heard:
            self._notifier.setEnabled(False)
        *lines, self._rest = (self._rest + heard).split(b"\n")
        for line in lines:
            self._do(json.loads(line))
            sys.stdout.write(json.dumps(self._shown(), ensure_ascii=False) + "\n")
            sys.stdout.flush()

    def _do(self, wish: dict[str, Any]) -> None:
        self._window.drain()
        ticket = self._window.ticket
        match wish["do"]:
            case "fill":
                self._window.activateWindow()
                ticket.fill(
                    InstrumentId(wish["instrument"]), Side(wish["side"]), Offset(wish["offset"]),
                    Decimal(wish["price"]), wish["lots"], flag=HedgeFlag(wish["flag"]),
                )  # fmt: skip
                ticket.send_button.setFocus(Qt.FocusReason.TabFocusReason)
            case "enter":
                QTest.keyClick(ticket.send_button, Qt.Key.Key_Return)
            case "draft":
                QTest.mouseClick(ticket.draft_button, Qt.MouseButton.LeftButton)
            case _:
                pass

    def _shown(self) -> dict[str, Any]:
        ticket, approvals = self._window.ticket, self._window.approvals
        return {
            "summary": self._window.summary(),
            "result": ticket.results.text(),
            "button": ticket.send_button.text(),
            "drafts": [row.load.text() for row in ticket.drafts.rows],
            "card": [approvals.shown, approvals.card.lots.value.text()] if approvals.card.isVisible() else [],
            "ready": approvals.decision.approve_button.isEnabled() and self._window.isActiveWindow(),
        }


def watch() -> None:
    """Run the desk with hands."""
    opened = terminal.app.Desk.open
    hands: list[Hands] = []

    def open_with_hands(self: terminal.app.Desk) -> None:
        opened(self)
        hands.append(Hands(self))

    if "--token-stdin" in sys.argv:
        sys.stdin = io.StringIO(_first_line())
    terminal.app.Desk.open = open_with_hands  # type: ignore[method-assign]  # the desk itself is as it was
    sys.argv[0] = "hengduo"
    main()


def _first_line() -> str:
    # A letter at a time: what a buffer read beyond it the hands would never see.
    letters = b""
    while not letters.endswith(b"\n"):
        letter = os.read(0, 1)
        if not letter:
            break
        letters += letter
    return letters.decode()


if __name__ == "__main__":
    watch()
