"""Watch the conditional orders of every account: cheaply, at each batch, and only those a batch may concern.

An index by contract is built when something about them changed and holds only what waits: a batch costs one look-up
for each contract it names, and nothing where nobody waits. Times are kept as the first of all of them. What was
triggered and could not go yet is looked at in every turn. None of it is state: a restart builds it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.orders.conditional import ConditionalState, contracts_of, parts_of
from terminal.engine.conditional.late import note_watched, tell_late
from terminal.engine.conditional.release import advance, may_trigger, trigger
from terminal.engine.conditional.sight import seen
from terminal.engine.conditional.wishes import expire, pause_stopped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.engine.books.conditional import ConditionalRow
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, State
    from terminal.engine.turn import Turn

LATER: Final = SECOND_NS  # what is due and does not hold yet is looked at again after this

One = tuple["AccountState", "ConditionalRow"]


class ConditionalWatch:
    """Hold what waits, by slot and by time."""

    def __init__(self, state: State, look: Look) -> None:
        self._state = state
        self._look = look
        self._marks: tuple[int, ...] = ()
        self._of_slot: dict[int, list[One]] = {}
        self._timed: list[tuple[int, One]] = []
        self._due: int | None = None
        self._triggered: list[One] = []

    def judge(self, turn: Turn, slots: list[int]) -> None:
        """Let go what a batch that names these slots makes hold."""
        self._index()
        self.advance(turn)
        if not self._of_slot:
            return
        of_slot = self._of_slot
        found = {id(one[1]): one for slot in slots if slot in of_slot for one in of_slot[slot]}
        if self._due is not None and turn.at >= self._due:
            found.update((id(one[1]), one) for at, one in self._timed if at <= turn.at)
            self._due = min([turn.at + LATER, *(at for at, _ in self._timed if at > turn.at)])
        if found:
            self._look_at(turn, sorted(found.values(), key=_urgency))

    def advance(self, turn: Turn) -> None:
        """Let go what was triggered, where nothing is in its way any more."""
        self._index()
        for account, row in self._triggered:
            advance(turn, self._look, account, row)

    def tend(self, turn: Turn) -> None:
        """State what follows from the state: what is over its time or missed it ends, what is locked is paused."""
        for account in self._state.accounts.values():
            if account.conditionals.rows:
                note_watched(turn, account)
                tell_late(turn, account)
                expire(turn, account)
                pause_stopped(turn, account)

    def _look_at(self, turn: Turn, ones: Iterable[One]) -> None:
        for account, row in ones:
            over = row.ends_at is not None and turn.at >= row.ends_at
            if row.state is not ConditionalState.WAITING or over:
                continue
            if not may_trigger(turn, self._look, account, row):
                continue
            what = seen(self._look, account, row)
            if what:
                trigger(turn, self._look, account, row, what)

    def _index(self) -> None:
        marks = tuple([account.conditionals.changes for account in self._state.accounts.values()])
        if marks == self._marks:
            return
        self._marks = marks
        slot_of = self._look.columns.slot_of
        self._of_slot, self._timed, self._triggered = {}, [], []
        for account in self._state.accounts.values():
            for row in account.conditionals.rows.values():
                one = (account, row)
                if row.state is ConditionalState.TRIGGERED:
                    self._triggered.append(one)
                if row.state is not ConditionalState.WAITING:
                    continue
                parts = parts_of(row.wanted.condition)
                for name in {name for part in parts for name in contracts_of(part)}:
                    if name in slot_of:  # a journal may be carried on over another market
                        self._of_slot.setdefault(slot_of[name], []).append(one)
                self._timed.extend((at, one) for at in row.due if at)
        self._due = min((at for at, _ in self._timed), default=None)


def _urgency(one: One) -> tuple[bool, int, str]:
    # What closes goes first: an opening order sent a moment before could stand in its way (C14).
    row = one[1]
    return row.wanted.release.is_opening, row.placed_at, row.conditional
