"""Tell the repeats of a held key from presses, also where Qt takes them for presses.

X tells of a held key by pairs of a release and a press that carry one timestamp. Qt marks a pair as a repeat only when
the press is in its queue already while it looks at the release; on a busy machine the press arrives a moment later, and
then both look like a finger's. The timestamp gives them away: nobody lets go and presses again in one millisecond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent


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
