"""Pass over the batches of a recording in which nothing can happen, and leave everything as if they had been taken.

After an input has been carried out, engine and exchange say within which quotes and until when a batch would change
nothing (`domain.quiet`). The recording is searched for the first batch outside; those before it are passed over at
once. The script's next command, and a batch that says something of a day, end a stretch too. Where the minute of the
equity curve begins, a window takes a sample that matters (`foresight`) or an account is asked about, the sleep is only
interrupted: it goes on unless somebody wants something, or the answer is news. An answer that can only be the last one
again is not waited for: the engine states once more that both books agree, as it would have.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from terminal.backtest.at_once import at_once
from terminal.backtest.foresight import Foresight
from terminal.backtest.search import Search
from terminal.backtest.span import Spans
from terminal.domain.quiet import together
from terminal.engine import sleep
from terminal.engine.pace import LOOK_EVERY
from terminal.engine.turn import Ask

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from terminal.backtest.watch import Watch
    from terminal.domain.books.positions import Marks
    from terminal.domain.ids import AccountId, InstrumentId
    from terminal.domain.market import Recording
    from terminal.domain.quiet import Quiet
    from terminal.engine.receive import Engine
    from terminal.engine.turn import Turn
    from terminal.gateways.sim.host import Host
    from terminal.shell.plans.script import PlanScript
    from terminal.shell.runner import Runner

LONGEST_WAIT: Final = 63  # a market in which nobody sleeps pays for one try in thirty inputs


class Sleeper:
    """Serve one run."""

    def __init__(self, recording: Recording, runner: Runner, host: Host, watch: Watch, script: PlanScript) -> None:
        self.passed = 0  # batches
        self._tired = 0  # how often in a row there was nothing to pass over, doubled each time
        self._waits = 0  # inputs until it is tried again
        self._recording = recording
        self._runner = runner
        self._host = host
        self._watch = watch
        self._script = script
        self._search = Search(recording)
        self._spans = Spans(recording)
        self._foresight = Foresight(recording)
        self._told = sorted({index for index, _ in recording.day_facts})

    def sleep(self, engine: Engine) -> None:
        """Pass over what comes next, as far as nobody has anything to do with it."""
        if self._waits:
            self._waits -= 1
            return
        if self._host.busy:
            return
        first = engine.columns.batch + 1
        end = self._end(first, self._quiet(engine))
        self._tired = min(2 * self._tired + 1, LONGEST_WAIT) if end == first else 0
        self._waits = self._tired // 2
        if first < end:
            self._foresight.begin(first, engine)
        while first < end:
            sampled = self._sampled(first, end, engine)
            end = self._foresight.sees_until(first, end, sleep.samples_at(engine))
            if end <= first:
                return
            last, asked = self._next_stop(engine, first, min(sampled, end - 1), end)
            self._pass(engine, first, last + 1)
            first = last + 1
            slots = self._recording.slots_of(last) if last == sampled else []
            names = sleep.asked(engine, engine.look.now) if last == asked else []
            if not slots and self._all_known(engine, names):
                self._agree(engine, [engine.pace.question(engine.look.now, engine.state, name) for name in names])
                self._watch.see_minute(engine)
                continue
            turn = engine.look_again(slots, names)
            if turn.said:
                at_once(self._runner.commit(turn))
                return
            self._watch.see_minute(engine)
            if turn.effects and self._ask(engine, turn):
                return
            if slots:
                end = min(end, self._end(first, sleep.leaning(engine)))

    def _next_stop(self, engine: Engine, first: int, stop: int, end: int) -> tuple[int, int]:
        # The next batch at which somebody wants something, `stop` at the latest, and the next one that asks about an
        # account. Minutes are seen on the way, and so are questions of which nobody states the answer: for these alone
        # nothing has to be passed over one by one.
        pace, place = engine.pace, first
        news_at: dict[AccountId, int] | None = None  # asked for once an account is asked about
        asked = self._spans.look_from(first, end, pace.due, sleep.asks_at(engine))
        while True:
            minute = self._spans.from_instant(place, end, self._watch.due)
            last = min(minute, asked, stop)
            at = int(self._recording.at[last])
            if last == asked:
                names = sleep.asked(engine, at)
                news_at = self._news_at(engine) if news_at is None else news_at
                if last == stop or any(at >= news_at[name] for name in names):
                    return last, asked
                for name in names:
                    pace.question(at, engine.state, name)
                asked = self._spans.look_from(last + 1, end, at + LOOK_EVERY, sleep.asks_at(engine))
            elif last == stop:
                return last, asked
            if last == minute:
                self._watch.see_minute_of(engine.state, at, self._marks(engine, first, last))
            place = last + 1

    def _news_at(self, engine: Engine) -> dict[AccountId, int]:
        # From when on what each account would be answered is news, as long as nothing is stated.
        proven = engine.pace.proven
        return {
            name: proven[name].news_at(account) if self._all_known(engine, [name]) else 0
            for name, account in engine.state.accounts.items()
        }

    def _marks(self, engine: Engine, first: int, batch: int) -> Marks:
        # What positions are marked at in a batch, where nothing was passed over from `first` on.
        columns = engine.columns

        def mark(name: InstrumentId) -> Decimal | None:
            slot = columns.slot_of.get(name)
            row = None if slot is None else self._search.latest(slot, first, batch)
            return columns.last_price(name) if slot is None or row is None else columns.mark(slot, row)

        return mark

    def _ask(self, engine: Engine, turn: Turn) -> bool:
        # Whether the answers were news. Who states nothing does nothing but ask.
        news = engine.pace.news
        asks = [effect for effect in turn.effects if isinstance(effect, Ask)]
        if self._all_known(engine, [ask.account for ask in asks]):
            self._agree(engine, asks)
            return False
        at_once(self._runner.commit(turn))
        while self._host.busy:
            at_once(self._runner.step())
        return engine.pace.news != news

    def _all_known(self, engine: Engine, accounts: Sequence[AccountId]) -> bool:
        # Whether nothing was stated since each of them agreed, nor told at the exchange since it answered.
        return all(engine.pace.agrees(name) and self._host.answers_the_same(name) for name in accounts)

    def _agree(self, engine: Engine, asks: Sequence[Ask]) -> None:
        for ask in asks:
            account = engine.state.accounts[ask.account]
            if engine.pace.proven[ask.account].is_news(account, engine.look.now):
                at_once(self._runner.commit(engine.agree(ask)))

    def _quiet(self, engine: Engine) -> Quiet | None:
        if self._watch.measures:
            return None
        there = self._host.quiet()
        return None if there is None else together((there, sleep.quiet(engine)))

    def _end(self, first: int, quiet: Quiet | None) -> int:
        # The first batch that has to be taken.
        if quiet is None:
            return first
        end = self._spans.from_instant(first, len(self._recording), min(quiet.until, self._script.next_at))
        place = bisect_left(self._told, first)
        if place < len(self._told):
            end = min(end, self._told[place])
        return self._search.first_outside(first, end, quiet.bands)

    def _sampled(self, first: int, end: int, engine: Engine) -> int:
        # The next batch in which a sample is taken that somebody must be asked about.
        if self._foresight.knows:
            return self._foresight.asked(first, end, engine)
        return self._spans.from_instant(first, end, sleep.samples_at(engine))

    def _pass(self, engine: Engine, first: int, stop: int) -> None:
        span = self._spans.span(first, stop, engine)
        self._host.pass_over(span)
        sleep.pass_over(engine, span)
        if self._foresight.knows:
            self._foresight.pass_over(first, stop)
        self._runner.batches += span.batches
        self._runner.updates += self._spans.rows(first, stop)
        self.passed += span.batches
