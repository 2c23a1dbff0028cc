"""Keep what a desk knew when it was last heard by its person, until everything since has come.

A desk is away when its link is lost, and also when a link that stands was silent for too long: a machine that slept, or
a process that was stopped, finds everything that was kept back in front of the first look at the clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.facts import ConfirmationDecided
from terminal.shell.desk.missed import Glance, glance, missed
from terminal.sync.desk_session import STALE_AFTER, Stage

if TYPE_CHECKING:
    from terminal.domain.facts import Fact
    from terminal.domain.ids import ConfirmationId, PersonId
    from terminal.engine.screen import Missed
    from terminal.engine.state import State
    from terminal.sync.desk_session import DeskSession

SECOND: Final = 1_000_000_000


class Absence:
    """Hold the look at the state that an absence began with. Stamps are host clock, ns."""

    def __init__(self) -> None:
        self._before: Glance | None = None
        self._since = 0
        self._silent_at = 0  # when an open link was last found to have said nothing for too long
        self._heard_at: int | None = None  # of the session that stands, as last seen
        self._decided: dict[ConfirmationId, ConfirmationDecided] = {}

    def opened(self, now: int) -> None:
        """Hear that a connection was made: its silence is counted from there."""
        self._heard_at = now

    def begin(self, state: State, since: int) -> None:
        """Keep what is known now, unless the desk is away already."""
        if self._before is None:
            self._before, self._since = glance(state), since
            self._decided.clear()

    def watch(self, state: State, session: DeskSession, now: int) -> None:
        """Look whether a link that stands was silent for too long; before what it says is folded."""
        before, self._heard_at = self._heard_at, session.heard_at
        if session.stage is not Stage.LIVE:
            return
        was_silent = before is not None and session.heard_at - before > STALE_AFTER
        if was_silent or session.is_stale(now):
            self._silent_at = max(now, session.heard_at)
            self.begin(state, before if before is not None else session.heard_at)

    def saw(self, fact: Fact) -> None:
        """Keep who decided what meanwhile, and why: the state does not."""
        if self._before is not None and isinstance(fact, ConfirmationDecided):
            known = self._decided.get(fact.confirmation)
            if known is None or fact.person is not None or fact.reason:
                self._decided[fact.confirmation] = fact

    def end(self, state: State, person: PersonId, now: int) -> Missed | None:
        """Return the difference, once the desk is live again; `None` while it is not over, or where there is none.

        Behind a link that was held, what was kept back comes in a burst, of which nobody says where it ends: a moment
        is given to it.
        """
        if self._before is None or now - self._silent_at < SECOND:
            return None
        before, self._before = self._before, None
        seconds = max(0, now - self._since) // SECOND
        return missed(before, state, person=person, seconds=seconds, decided=self._decided)
