"""Open a window again and again on a real screen, each with the layout the one before kept; say how its panels stood.

One JSON object on standard output for how each stood: the first before and after it is `maximised`, made `larger` or
`barred` by a message; several that are only opened again (and barred again); and the last, before and after it is
brought back to what the first one was.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from terminal.app import FONTS
from terminal.domain.commands import SaveDocument
from terminal.engine.mailbox import LatestMailbox
from terminal.engine.screen import Document, LinkState
from terminal.store.reference import resource_root
from terminal.widgets.dress.look import Look, add_fonts
from terminal.widgets.window.layout import NAME
from terminal.widgets.window.main import MainWindow
from tests.gui.control_desk import link
from tests.gui.hand import RecordingHand

AGAIN = 3
PATIENCE_MS = 20_000
REST_MS = 600  # more than the window takes to come to rest


def main(first: str) -> None:
    look = Look(QApplication(["reopened"]))
    add_fonts(tuple((resource_root() / "fonts" / name).read_bytes() for name in FONTS))
    change, back = CHANGES[first]
    body = opened(look, "", stand, change)
    again = change if first == "barred" else still
    for _ in range(AGAIN):
        body = opened(look, body, again)
    opened(look, body, again, stand, back)


def opened(look: Look, body: str, *acts: Callable[[MainWindow], None]) -> str:
    """Open a window, let a person act, say how the panels stand, and return the layout that is kept."""
    mailbox, hand = LatestMailbox(), RecordingHand()
    window = MainWindow(look, mailbox, hand, keeps_layout=True)
    window.painted.connect(window.furnish)
    window.show()
    until(lambda: hasattr(window, "panels"))
    QTest.qWait(REST_MS)  # the layout comes to a window that stands, as from a runner
    if body:
        mailbox.post_document(Document(name=NAME, version=1, body=body))
    mailbox.post_link(link(LinkState.LIVE))
    QTest.qWait(REST_MS)
    for act in acts:
        act(window)
    QTest.qWait(REST_MS)
    stand(window)
    window.end()
    kept = [one.body for one in hand.sent if isinstance(one, SaveDocument)]
    window.deleteLater()
    return kept[-1] if kept else body


def until(seen: Callable[[], bool]) -> None:
    for _ in range(PATIENCE_MS // 20):
        if seen():
            return
        QTest.qWait(20)
    raise AssertionError(seen)


def stand(window: MainWindow) -> None:
    panels = [one for one in window.panels.all if not one.visibleRegion().isEmpty()]
    places = {one.objectName(): (one.x(), one.y(), one.width(), one.height()) for one in panels}
    said = {"maximised": window.isMaximized(), "size": window.size().toTuple(), "panels": places}
    print(json.dumps(said), flush=True)  # noqa: T201  # said to the test


def still(window: MainWindow) -> None:
    del window


def maximised(window: MainWindow) -> None:
    window.showMaximized()
    until(window.isMaximized)


def normal(window: MainWindow) -> None:
    window.showNormal()
    until(lambda: not window.isMaximized())


def larger(window: MainWindow) -> None:
    window.resize(window.width() + 150, window.height() + 50)


def smaller(window: MainWindow) -> None:
    window.resize(window.width() - 150, window.height() - 50)


def barred(window: MainWindow) -> None:
    window.ribbon.show_link(link(LinkState.OFFLINE, offline_s=9))
    QTest.qWait(REST_MS)  # it may stand right after this


def free(window: MainWindow) -> None:
    window.ribbon.show_link(link(LinkState.LIVE))


CHANGES = {"maximised": (maximised, normal), "larger": (larger, smaller), "barred": (barred, free)}

if __name__ == "__main__":
    main(sys.argv[1])
