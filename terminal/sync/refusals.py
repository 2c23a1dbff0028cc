"""Remember what was refused before the engine heard of it, so that a copy over another connection is refused as well.

What the engine answered stands in the journal for good (SAFETY I17). What a session refused by itself (too late, too
fast, no clock yet) leaves no record, and the desk has said that it was not done: then it must not be done later. The
memory is one runner's life long and bounded for each person; by the time a refusal is forgotten an order is too old.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from terminal.domain.ids import CommandId, PersonId
    from terminal.sync.messages import Result

MOST_REFUSALS: Final = 1_024  # of one person


class Refusals:
    """Hold the first answer to each refused command of every person."""

    def __init__(self) -> None:
        self._of: dict[PersonId, dict[CommandId, Result]] = {}

    def first(self, person: PersonId, command: CommandId) -> Result | None:
        """Return how a command of this name was refused; `None` if none was."""
        return self._of.get(person, {}).get(command)

    def keep(self, person: PersonId, result: Result) -> None:
        """Remember a refusal; the first one stays."""
        kept = self._of.setdefault(person, {})
        kept.setdefault(result.cmd_id, result)
        while len(kept) > MOST_REFUSALS:
            del kept[next(iter(kept))]
