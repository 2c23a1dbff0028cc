"""Say why a desk that is connected may only look, and since when what it shows stands still."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.shell.desk.own_disk import SHORT, OwnDisk
from terminal.shell.desk.versions import OTHER, of_own_runner

if TYPE_CHECKING:
    from terminal.shell.desk.canvas import Canvas
    from terminal.shell.desk.copy import Copy
    from terminal.shell.desk.loss import Loss

SECOND: Final = 1_000_000_000
ONLY_LOOKS: Final = "只能看"


class OnlyLooks:
    """Look at what a desk keeps, what it can draw, and what its runner is."""

    def __init__(self, copy: Copy, canvas: Canvas, loss: Loss) -> None:
        self._copy, self._canvas, self._loss = copy, canvas, loss
        self._since: int | None = None
        self.disk = OwnDisk()

    @property
    def own_is_other(self) -> bool:
        """Return whether the runner is this machine's own and of another version."""
        return self._loss.embedded and self._copy.other_fold is not None

    def why(self, others: int | None) -> str:
        """Return the sentence, or nothing; `others` are the desks at the runner besides this one."""
        if self._loss.embedded and self._copy.other_fold is not None:
            return of_own_runner(
                self._copy.other_fold,
                others=others,
                is_starting=self._loss.is_starting,
                not_started=self._loss.not_started,
            )
        return self._copy.unreadable or self._canvas.unshown

    @property
    def short(self) -> str:
        """Return it in a few words."""
        if self._copy.other_fold is not None:
            return OTHER
        return SHORT if self.disk.is_in_trouble else ONLY_LOOKS

    def may_resume(self, now: int) -> bool:
        """Return whether it is time to try again what the disk refused."""
        return self.disk.is_due(now) and self._copy.other_fold is None and bool(self._copy.unreadable)

    def seconds(self, now: int) -> int:
        """Return how long it has been so, first asked for when it began; ns of the host's monotonic clock."""
        self._since = now if self._since is None else self._since
        return max(0, now - self._since) // SECOND

    def ended(self) -> None:
        """Hear that everything is shown as it is."""
        self._since = None
