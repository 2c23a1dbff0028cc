"""Tell the repeats of a held key from presses, also where Qt takes them for presses.

X tells of a held key by pairs of a release and a press that carry one timestamp. Qt marks a pair as a repeat only when
the press is in its queue already while it looks at the release; on a busy machine the press arrives a moment later, and
then both look like a finger's. The timestamp gives them away: nobody lets go and presses again in one millisecond.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtGui import QKeyEvent

BELIEVED_MS: Final = 60  # from a release until it is believed: the press of a repeat may be under way


class HeldKey:
    """Remember the last release. Whoever takes presses of a key tells of its releases as well."""

    def __init__(self) -> None:
        self._released = (0, 0)

    def let_go(self, event: QKeyEvent) -> None:
        """Note a release."""
        self._released = (event.key(), event.timestamp())

    def repeats(self, event: QKeyEvent) -> bool:
        """Return whether a press is no finger's; an event without a timestamp is believed."""
        return event.isAutoRepeat() or (event.timestamp() != 0 and self._released == (event.key(), event.timestamp()))


class HeldChord(QObject):
    """Tell the repeats of a shortcut, which is not told the key that set it off.

    It watches the keys of the whole program from one use to the release of the key, and at no other time.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._held = HeldKey()
        self._repeats = False  # the press seen last
        self._over = QTimer(self)
        self._over.setSingleShot(True)
        self._over.setInterval(BELIEVED_MS)
        self._over.timeout.connect(lambda: self._watch(on=False))

    def takes(self) -> bool:
        """Return whether the shortcut was set off by a finger, and watch until that finger is lifted."""
        if self._repeats:
            return False
        self._watch(on=True)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See keys pressed, as Qt tells of them before it looks for a shortcut, and let go; takes none away."""
        if isinstance(event, QKeyEvent):
            if event.type() is QEvent.Type.KeyRelease:
                self._held.let_go(event)
                if not event.isAutoRepeat():
                    self._over.start()
            else:
                self._repeats = self._held.repeats(event)
                if self._repeats:
                    self._over.stop()
        return False

    def _watch(self, *, on: bool) -> None:
        self._repeats = False
        self._over.stop()
        application = QCoreApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
            if on:
                application.installEventFilter(self)
