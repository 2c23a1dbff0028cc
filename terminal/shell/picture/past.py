"""Keep what a screen says of the past beside the state: the last events in words, and what is remembered of facts.

Folded from records like the state and never asked for a decision. Each event is worded once, when its record is folded,
and stays in these words: what a fill left open is what it left open then, and a state that has forgotten an order need
not be asked for it again. So it can be put away with the state, and the records behind both may go.

What cannot be worded is left out: `is_torn` says so once, and whoever shows the rest has to say it.
"""

from __future__ import annotations

import traceback
from collections import deque
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain import facts as f
from terminal.domain.ids import AccountId, ConfirmationId, PersonId, StrategyId
from terminal.domain.marks import TimingMark
from terminal.engine.screen import EventLine
from terminal.shell.picture.events import word
from terminal.shell.picture.present import Heard, LetGo

if TYPE_CHECKING:
    from terminal.engine.journal import Actor
    from terminal.engine.state import State

EVENTS: Final = 5_000  # as many as an event list shows


class _Form(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    refused: str
    events: list[EventLine]
    level_values: list[tuple[AccountId, str, str]]
    killed_at: list[tuple[AccountId, str, int]]
    link_lost: dict[AccountId, tuple[int, str]]
    decisions: dict[ConfirmationId, tuple[PersonId | None, str]]
    decided_prices: dict[ConfirmationId, Decimal]
    timings: list[tuple[AccountId, StrategyId, list[TimingMark]]]
    let_go: list[tuple[AccountId, str, LetGo]] = []  # what was put away before has none


_ENCODER: Final = msgspec.json.Encoder(decimal_format="string")
_FORMS: Final = msgspec.json.Decoder(_Form)


class Past:
    """Hold the last `EVENTS` lines of the event list, oldest first, and what was heard."""

    def __init__(self) -> None:
        self.heard = Heard()
        self.events: deque[EventLine] = deque(maxlen=EVENTS)
        self.is_torn = False
        self._number = 0  # of the latest event
        self._refused = ""  # the cause of the latest refused order

    def saw(self, state: State, fact: f.Fact, at: int, actor: Actor, cause: str) -> EventLine | None:
        """Take a fact a state has just folded, and return its line; `at` is the market clock of its record, UTC ns."""
        self.heard.take(fact, at)
        if isinstance(fact, f.DaySettled):
            self.heard.forget(state.accounts[fact.account])
        try:
            line = self._line(state, fact, at, actor, cause)
        except Exception as problem:  # noqa: BLE001  # sentences fail in as many ways as there are
            traceback.print_exception(problem)
            self.is_torn = True
            return None
        if line is not None:
            self.events.append(line)
        return line

    def _line(self, state: State, fact: f.Fact, at: int, actor: Actor, cause: str) -> EventLine | None:
        said = word(state, fact, actor)
        if isinstance(fact, f.OrderRefused):
            self._refused = cause
        elif isinstance(fact, f.CommandDone) and cause == self._refused:
            return None  # the order's refusal has said it
        if said is None:
            return None
        self._number += 1
        return EventLine(
            number=self._number,
            at=at,
            account=said.account,
            source=said.source,
            instrument=said.instrument,
            sentence=said.sentence,
            level=said.level,
        )

    def freeze(self) -> bytes:
        """Return everything as bytes, for `thaw`."""
        heard = self.heard
        form = _Form(
            number=self._number,
            refused=self._refused,
            events=[*self.events],
            level_values=[(*key, value) for key, value in heard.level_values.items()],
            killed_at=[(*key, at) for key, at in heard.killed_at.items()],
            let_go=[(*key, who) for key, who in heard.let_go.items()],
            link_lost=heard.link_lost,
            decisions=heard.decisions,
            decided_prices=heard.decided_prices,
            timings=[(*key, [*marks.values()]) for key, marks in heard.timings.items()],
        )
        return _ENCODER.encode(form)

    @classmethod
    def thaw(cls, data: bytes) -> Past:
        """Return what was put away; an empty past where another program wrote it, for nothing is decided by it."""
        past = cls()
        try:
            form = _FORMS.decode(data)
        except msgspec.DecodeError:
            return past
        past._number, past._refused = form.number, form.refused
        past.events.extend(form.events)
        heard = past.heard
        heard.level_values = {(account, key): value for account, key, value in form.level_values}
        heard.killed_at = {(account, key): at for account, key, at in form.killed_at}
        heard.let_go = {(account, key): who for account, key, who in form.let_go}
        heard.link_lost = form.link_lost
        heard.decisions, heard.decided_prices = form.decisions, form.decided_prices
        heard.timings = {
            (account, strategy): {mark.place: mark for mark in marks} for account, strategy, marks in form.timings
        }
        return past
