"""Remember what was refused and does not stand in the journal, so that a copy over another connection is refused too.

Every answer stands in the journal for good (SAFETY I17), those of a session too (too late, too fast, no clock yet), and
comes first: nothing is kept here that stands there. What is left is a refusal that waits for its turn to be recorded,
and what was refused because the journal cannot be written any more.

The memory is one runner's life long and bounded for each person, while a command may live for a day. So it says since
when it is whole: of what was pressed earlier and is not recorded nobody knows whether it was refused, and none of it is
carried out. That moment is the start of the runner, and later the newest refusal that had to be forgotten. An honest
desk never notices: it sends nothing again except documents, and stamps those anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from terminal.domain.ids import CommandId, PersonId
    from terminal.sync.messages import Result

MOST_REFUSALS: Final = 1_024  # of one person


class Refusals:
    """Hold the first answer to each refused command of every person. Stamps are ns of the host's monotonic clock."""

    def __init__(self, began: int) -> None:
        self._began = began
        self._of: dict[PersonId, dict[CommandId, tuple[Result, int]]] = {}
        self._since: dict[PersonId, int] = {}

    def first(self, person: PersonId, command: CommandId) -> Result | None:
        """Return how a command of this name was refused; `None` if none was."""
        kept = self._of.get(person, {}).get(command)
        return None if kept is None else kept[0]

    def since(self, person: PersonId) -> int:
        """Return the moment after which a command must have been pressed for its refusal to be known here."""
        return self._since.get(person, self._began)

    def keep(self, person: PersonId, result: Result, pressed_by: int) -> None:
        """Remember a refusal of a command that was pressed by a moment at the latest; the first one stays."""
        kept = self._of.setdefault(person, {})
        kept.setdefault(result.cmd_id, (result, pressed_by))
        while len(kept) > MOST_REFUSALS:
            _, forgotten = kept.pop(next(iter(kept)))
            self._since[person] = max(self.since(person), forgotten)

    def drop(self, person: PersonId, command: CommandId) -> None:
        """Forget a refusal that stands in the journal now."""
        self._of.get(person, {}).pop(command, None)
