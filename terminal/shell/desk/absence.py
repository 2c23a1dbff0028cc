"""Keep what a desk knew when it was last heard by its person, until everything since has come.

A desk is away when its link is lost, and also when a link that stands was silent for too long: a machine that slept, or
a process that was stopped, finds everything that was kept back in front of the first look at the clock. It is away as
well while it is closed: the copy on its disk is what it knew. Before that copy moves on, the look an absence began with
goes to disk, and it stays there until the difference stands among what is kept to be read: a desk that ends halfway
tells the whole the next time. What the disk refuses is known to this process all the same, and told by it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from terminal.domain.fact.facts import ConfirmationDecided
from terminal.engine.records.journal import JournalError
from terminal.shell.desk.missed import Glance, glance, missed
from terminal.sync.desk_session import STALE_AFTER, Stage

if TYPE_CHECKING:
    from terminal.domain.fact.facts import Fact
    from terminal.domain.ids import AccountId, ConfirmationId, PersonId
    from terminal.engine.state import State
    from terminal.engine.unread import Missed, Unread
    from terminal.sync.desk_session import DeskSession

SECOND: Final = 1_000_000_000
HEARD_EVERY: Final = 30 * SECOND  # a desk that is killed says when it was last heard as exactly as this


class Kept(Protocol):
    """Keep over the end of a process; see `store.unread`."""

    def before(self) -> bytes:
        """Return the look an absence began with, or nothing."""

    def heard(self) -> int | None:
        """Return when the desk was last sure to be heard, UTC ns."""

    def keep(self, unread: Unread, *, is_told: bool) -> None:
        """Keep what is unread."""

    def keep_before(self, look: bytes) -> None:
        """Keep the look an absence begins with."""

    def hear(self, at: int) -> None:
        """Keep when the desk was sure to be heard."""

    def forget(self, accounts: Collection[AccountId]) -> None:
        """Erase what is about some accounts."""


class Absence:
    """Hold the look at the state that an absence began with. Stamps are host clock, ns; `utc` reads the wall clock."""

    def __init__(self, kept: Kept, utc: Callable[[], int]) -> None:
        self._kept = kept
        self._utc = utc
        self._before: Glance | None = None
        self._since = 0
        self._closed_at: int | None = None  # UTC ns, of an absence that an earlier process began
        self._is_earlier = False  # it is one
        self._is_secured = False  # the look is on disk
        self._telling: Missed | None = None  # posted, and not among what is kept to be read
        self._heard = 0  # kept last, UTC ns
        self._silent_at = 0  # when an open link was last found to have said nothing for too long
        self._heard_at: int | None = None  # of the session that stands, as last seen
        self._decided: dict[ConfirmationId, ConfirmationDecided] = {}

    def reopen(self, state: State | None, now: int) -> None:
        """Take up where an earlier process of this desk ended, with the state it left, if any is left.

        A desk that was never live was told nothing to the end: what it has is no more than the beginning of a history.
        """
        heard = self._kept.heard()
        if state is None or heard is None:
            self._keep_no_look()
            return
        look = _read(self._kept.before())
        self.begin(state if look is None else look, now - max(0, self._utc() - heard))
        self._closed_at, self._is_earlier, self._is_secured = heard, True, look is not None

    def opened(self, now: int) -> None:
        """Hear that a connection was made: its silence is counted from there."""
        self._heard_at = now

    def begin(self, known: State | Glance, since: int) -> None:
        """Keep what is known now, unless the desk is away already."""
        if self._before is None:
            self._before, self._since = known if isinstance(known, dict) else glance(known), since
            self._closed_at, self._is_earlier, self._is_secured = None, False, False
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

    def secure(self) -> None:
        """Hear that the copy on disk is about to move on: what it was like is not to be lost with this process."""
        # What an earlier absence left to be told lies there still, and whoever begins with it tells both as one.
        if self._before is not None and not self._is_secured and self._telling is None:
            self._is_secured = True
            with suppress(JournalError):
                self._kept.keep_before(msgspec.msgpack.encode(self._before))

    def forget_earlier(self) -> None:
        """Hear that what an earlier process left is no part of this runner's journal: there is nothing to compare."""
        if self._before is not None and self._is_earlier:
            self._before = None
            self._keep_no_look()

    def forget(self, accounts: Collection[AccountId]) -> None:
        """Leave out accounts that may not be seen any more, also from what lies on the disk."""
        self._kept.forget(accounts)
        if self._before is not None and not self._before.keys().isdisjoint(accounts):
            self._before = {name: look for name, look in self._before.items() if name not in accounts}
            self._is_secured = False  # what is left is, when the copy moves on
            self._keep_no_look()

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
        found = missed(before, state, person=person, seconds=seconds, decided=self._decided)
        if found is None:
            if self._telling is None:
                self._keep_no_look()
            return None
        self._telling = found = msgspec.structs.replace(found, since=self._closed_at)
        return found

    def keep(self, unread: Unread) -> None:
        """Keep what is unread; a difference that stands among it is told."""
        telling = self._telling
        is_told = telling is not None and any(one.sentences == telling.sentences for one in unread.messages)
        if is_told:
            self._telling = None
            self._is_secured = False  # the look on disk was of the absence before this one
        with suppress(JournalError):  # it stands on the screen, and is kept with the next change
            self._kept.keep(unread, is_told=is_told)

    def hear(self, *, at_least_every: int = HEARD_EVERY) -> None:
        """Hear that the desk is live: where everything has been told, keep when that was."""
        now = self._utc()
        if self._before is None and self._telling is None and now - self._heard >= at_least_every:
            self._heard = now
            with suppress(JournalError):  # the time since when is a guess then, the difference is not
                self._kept.hear(now)

    def _keep_no_look(self) -> None:
        if self._kept.before():
            with suppress(JournalError):
                self._kept.keep_before(b"")


def _read(look: bytes) -> Glance | None:
    # One that another version of this program wrote is no loss beyond itself: the copy is looked at instead.
    with suppress(ValueError):
        return msgspec.msgpack.decode(look, type=Glance) if look else None
    return None
