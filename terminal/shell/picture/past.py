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

from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import TimingMark
from terminal.domain.ids import AccountId, ConfirmationId, PersonId, StrategyId
from terminal.engine.screen import EventLine
from terminal.engine.wording import SYSTEM
from terminal.shell.picture.events import word
from terminal.shell.picture.present import Heard
from terminal.shell.picture.worded import Worded

if TYPE_CHECKING:
    from terminal.engine.records.journal import Actor
    from terminal.engine.state import State

EVENTS: Final = 5_000  # as many as an event list shows


class _Form(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    refused: str
    events: list[EventLine]
    decisions: dict[ConfirmationId, tuple[PersonId | None, str]]
    decided_prices: dict[ConfirmationId, Decimal]
    timings: list[tuple[AccountId, StrategyId, list[TimingMark]]]


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
        self.heard.take(fact)
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
        return None if said is None else self._numbered(said, at)

    def _numbered(self, said: Worded, at: int) -> EventLine:
        self._number += 1
        return EventLine(
            number=self._number,
            at=at,
            account=said.account,
            source=said.source,
            instrument=said.instrument,
            sentence=said.sentence,
            level=said.level,
            is_alarm=said.is_alarm,
        )

    def skip(self, count: int) -> None:
        """Say in the list that so many records were not told one by one: a snapshot holds what they came to.

        Nobody here knows when they were written: the line has the time of the one before it, or 0.
        """
        when = "这之间" if self.events else "此前"
        what = f"{when} {count} 条记录没有逐条收到，它们的事件没有列出；持仓、委托与告警以当前状态为准"
        at = self.events[-1].at if self.events else 0
        self.events.append(self._numbered(Worded(None, SYSTEM, what), at))
        self.heard.timings.clear()  # what a strategy saw last was perhaps not told

    def freeze(self) -> bytes:
        """Return everything as bytes, for `thaw`."""
        heard = self.heard
        form = _Form(
            number=self._number,
            refused=self._refused,
            events=[*self.events],
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
        heard.decisions, heard.decided_prices = form.decisions, form.decided_prices
        heard.timings = {
            (account, strategy): {mark.place: mark for mark in marks} for account, strategy, marks in form.timings
        }
        return past
