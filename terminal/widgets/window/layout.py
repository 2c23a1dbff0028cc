"""Keep how a person has arranged the window: a document of theirs, which comes along to the next machine.

Theory. A layout is nobody's decision about money, so the last writer wins: what is saved goes over the latest version
this desk knows of, and where another desk was faster, the next saving goes over that one. What is known at the start,
from the copy on disk and a moment later from the runner, is worn; once the desk is live nothing moves any more under
the person's hands, whatever their other desk does. Only what the person changed since is saved.

A state fits the size it was saved at: at another one Qt shares the room anew, and a window that comes back maximised
gets its size from the window manager a moment after it asked. So a state is kept with every size it was looked at in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from PySide6.QtCore import QByteArray, QObject, QTimer
from PySide6.QtGui import QGuiApplication

from terminal.domain.commands import SaveDocument
from terminal.domain.ids import CommandId, ProductId
from terminal.engine.screen import LinkState
from terminal.widgets.basis.panel import FIVE_DAYS, SPANS, BasisPanel
from terminal.widgets.dress.tokens import Scheme
from terminal.widgets.parts.sight import fitted
from terminal.widgets.position.grid import BY_DAY, BY_TRADE, PositionGrid
from terminal.widgets.window.size_memory import FORMAT, Sized, SizeMemory

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

    from terminal.engine.screen import Document, Hand, LinkLine, ResultLine
    from terminal.widgets.dress.look import Look

NAME: Final = "layout"
SAVE_MS: Final = 60_000
LATE_MS: Final = 10_000  # a layout that comes later than this is not put on: somebody is working by then
TITLE_BAR: Final = 36  # pixels a window manager may put above the window; known for sure only once it stands


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what is kept: the colours, Qt's own words for window and docks (base64), and what is looked at in them."""

    format: int
    scheme: Scheme
    geometry: bytes
    state: bytes
    sizes: tuple[Sized, ...] = ()  # the window's own last; an older desk kept none
    product: ProductId = ProductId("")  # nobody chose one
    by_trade: bool = False  # profit 逐笔, not 逐日
    span: Annotated[int, msgspec.Meta(ge=0, lt=len(SPANS))] = FIVE_DAYS


class LayoutKeeper(QObject):
    """Put a person's layout on a window and save what they change. `start` begins once the window stands."""

    def __init__(self, window: QMainWindow, look: Look, hand: Hand) -> None:
        super().__init__(window)
        self._window = window
        self._look = look
        self._hand = hand
        self._settled = False  # nothing is put on any more
        self._known = False  # what the runner has, or had, is known: only then may it be written over
        self._seen = 0  # the latest version
        self._promised = 0  # by what was sent and is not answered yet
        self._body = ""  # what the window was like when it was last put on or saved
        self._sent: set[CommandId] = set()
        self._timer, self._late = QTimer(self), QTimer(self)
        self._timer.setInterval(SAVE_MS)
        self._timer.timeout.connect(self.save)
        self._late.setSingleShot(True)
        self._late.setInterval(LATE_MS)
        self._late.timeout.connect(self._settle)

    def start(self) -> None:
        """Begin to keep."""
        self._body = self._captured()
        self._timer.start()
        self._late.start()

    def show_documents(self, documents: dict[str, Document]) -> None:
        """Take the layout among the person's documents."""
        document = documents.get(NAME)
        if document is None:
            return
        self._known = True
        self._seen = max(self._seen, document.version)
        if not self._settled and put_on(self._window, self._look, document.body):
            self._body = self._captured()

    def show_link(self, link: LinkLine) -> None:
        """Settle when the desk is live; the documents that came before are taken first."""
        if link.state is LinkState.LIVE:
            self._known = True
            self._settle()

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Save again next time where another desk was faster."""
        for result in results:
            if result.command in self._sent and result.code != "UNANSWERED":
                self._sent.discard(result.command)
                if not result.ok:
                    self._promised = 0
                if result.code == "CONFLICT":
                    self._body = ""

    def save(self) -> None:
        """Save what the person changed since the last time."""
        body = self._captured()
        if self._known and body != self._body:
            self._body = body
            base = max(self._seen, self._promised)
            self._sent.add(self._hand.send(SaveDocument(name=NAME, base_version=base, body=body)))
            self._promised = base + 1

    def _settle(self) -> None:
        if not self._settled:
            self._settled = True
            self._late.stop()
            self._body = self._captured()  # showing it has moved a pixel here or there; nobody changed anything

    def _captured(self) -> str:
        layout = Layout(
            format=FORMAT,
            scheme=self._look.scheme,
            geometry=bytes(self._window.saveGeometry().data()),
            state=bytes(self._window.saveState(FORMAT).data()),
        )
        sizes = self._window.findChild(SizeMemory)
        if isinstance(sizes, SizeMemory):
            layout = msgspec.structs.replace(layout, sizes=sizes.known())
        basis = self._window.findChild(BasisPanel)
        if isinstance(basis, BasisPanel):
            layout = msgspec.structs.replace(layout, product=basis.chosen, span=basis.spans.index)
        positions = self._window.findChild(PositionGrid)
        if isinstance(positions, PositionGrid):
            layout = msgspec.structs.replace(layout, by_trade=positions.view.index == BY_TRADE)
        return msgspec.json.encode(layout).decode()


def put_on(window: QMainWindow, look: Look, body: str) -> bool:
    """Put a kept layout on a window; return whether it could be read. Junk changes nothing."""
    try:
        layout = msgspec.json.decode(body, type=Layout)
    except msgspec.MsgspecError:
        return False
    if layout.format != FORMAT or not window.restoreState(QByteArray(layout.state), FORMAT):
        return False
    if window.restoreGeometry(QByteArray(layout.geometry)):
        onto_screen(window)
    sizes = window.findChild(SizeMemory)
    if isinstance(sizes, SizeMemory):
        sizes.expect(layout.sizes)
    look.wear(layout.scheme)
    basis = window.findChild(BasisPanel)
    if isinstance(basis, BasisPanel):
        basis.choose(layout.product, layout.span)
    positions = window.findChild(PositionGrid)
    if isinstance(positions, PositionGrid):
        positions.view.choose(BY_TRADE if layout.by_trade else BY_DAY)
    return True


def onto_screen(window: QMainWindow) -> None:
    """Bring a window that reaches beyond its screen, or stands on one that is gone, back into sight."""
    if window.isMaximized() or window.isFullScreen():
        return
    frame, inner = window.frameGeometry(), window.geometry()
    left, right = inner.left() - frame.left(), frame.right() - inner.right()
    below = frame.bottom() - inner.bottom()
    above = max(inner.top() - frame.top(), 0 if window.isVisible() else TITLE_BAR)
    whole = inner.adjusted(-left, -above, right, below)
    wanted = fitted(whole, [screen.availableGeometry() for screen in QGuiApplication.screens()])
    if wanted != whole:
        window.setGeometry(wanted.adjusted(left, above, -right, -below))
