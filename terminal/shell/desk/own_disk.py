"""Say that this desk's own disk takes nothing more, and when it is to be tried again, ever more slowly.

It is no fault of the runner's: that hears the desk on, and what only lowers risk is sent.
"""

from __future__ import annotations

from typing import Final

from terminal.domain.errors import UserError

SECOND: Final = 1_000_000_000
FIRST_PAUSE: Final = 5 * SECOND
LONGEST_PAUSE: Final = 300 * SECOND
SHORT: Final = "本机存不下，只能看"


class OwnDisk:
    """Count the attempts of one desk. `now` is the host's monotonic clock, ns."""

    def __init__(self) -> None:
        self._pause = FIRST_PAUSE
        self._due: int | None = None

    def failed(self, now: int) -> None:
        """Hear that the disk refused something."""
        self._due, self._pause = now + self._pause, min(2 * self._pause, LONGEST_PAUSE)

    @property
    def is_in_trouble(self) -> bool:
        """Return whether the disk refused what came last."""
        return self._due is not None

    def is_due(self, now: int) -> bool:
        """Return whether it is to be tried again now."""
        return self._due is not None and now >= self._due

    def works(self) -> None:
        """Hear that the desk follows its runner again."""
        self._pause, self._due = FIRST_PAUSE, None


def of_own_disk(problem: UserError) -> str:
    """Return what to say of an error of the store's."""
    advice = problem.in_place.rstrip("。；，")
    return f"本工作台停在旧状态、不能下单，策略照常由运行器执行。{advice}；之后这里自动恢复，不必重新打开"
