"""Fold a journal once for `performance`: settled days, deeds, naked time, and what each strategy was worth each day."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.backtest.chained import DayEarned, base_of
from terminal.backtest.figures import settled_day
from terminal.backtest.naked_time import NakedClock, has_legs
from terminal.backtest.owners.deeds import Deeds
from terminal.backtest.owners.told_prices import worth
from terminal.domain.fact import facts as f
from terminal.engine.records.journal import Record, account_of
from terminal.reports.settled_days import DaysReader
from terminal.reports.snapshots import of_day

if TYPE_CHECKING:
    from terminal.backtest.owners.deeds import Owner
    from terminal.backtest.report import Day
    from terminal.domain.days.calendar import Calendar
    from terminal.domain.ids import AccountId, InstrumentId
    from terminal.engine.records.journal import Entry
    from terminal.engine.state import State
    from terminal.reports.settled_days import SettledDay

ZERO: Final = Decimal(0)


class Mark(NamedTuple):
    """Hold a strategy at a settlement: what its fills brought in, fees paid (yuan), and its open lots."""

    worth_without: Decimal
    lots: dict[InstrumentId, int]


class Series(NamedTuple):
    """Hold what a strategy earned on each settled day, from the first it was there to the last it did something."""

    days: list[DayEarned]
    lots: dict[InstrumentId, int]  # open at the last settlement


class JournalReader:
    """Keep what the trading days from `first` to `last` hold; those before are folded and not counted."""

    def __init__(self, calendar: Calendar, first: int, last: int) -> None:
        self.deeds = Deeds(lambda _: None)
        self.clocks: dict[Owner, NakedClock] = {}
        self.days: dict[AccountId, list[Day]] = {}
        self.records = 0
        self._calendar, self._first, self._last = calendar, first, last
        self._reader = DaysReader(self._keep, wanted=lambda day: first <= day <= last)
        self._marks: dict[Owner, dict[int, Mark]] = {}
        self._begun: set[AccountId] = set()
        self._utc = 0

    @property
    def state(self) -> State:
        """Return the fold of what was read."""
        return self._reader.state

    def take(self, entry: Entry) -> None:
        """Take the next record."""
        self._reader.take(entry)
        self.records = entry.position
        if not isinstance(entry.record, Record):
            return
        fact, self._utc = entry.record.fact, entry.record.utc
        if not isinstance(fact, f.AccountFact):
            return
        account = account_of(fact)
        if isinstance(fact, f.AccountOpened):
            self.days[account] = []
        day = fact.trading_day if isinstance(fact, f.DaySettled) else self.state.accounts[account].trading_day
        if day > self._last:
            if isinstance(fact, f.SettlementCorrected):
                self.deeds.prices.correct(fact)
            return
        if day >= self._first and account not in self._begun:
            self._begin(account)
        self._take(fact)

    def finish(self) -> None:
        """Take what only the end tells: the latest days, and the time since the last record."""
        self._reader.finish()
        for clock in self.clocks.values():
            clock.reach(self._utc, self.state.tenant.instruments)
        for days in self.days.values():
            days.sort(key=lambda day: day.trading_day)

    def series(self, owner: Owner) -> Series:
        """Return what an owner earned on each settled day that is wanted, its open lots marked at the settlements."""
        account, marks = owner[0], self._marks.get(owner, {})
        last = max((day for day in marks if day <= self._last), default=0)
        base = {day.trading_day: base_of(day.start_equity, day.moved) for day in self.days[account]}
        prices: dict[InstrumentId, Decimal] = {}
        mark, now, found = Mark(ZERO, {}), ZERO, list[DayEarned]()
        for day, known in sorted(self.deeds.prices.days[account].items()):
            prices.update(known)
            if day > last:
                break
            was, mark = now, marks.get(day, mark)
            now = mark.worth_without + worth(mark.lots, prices.get, self.state.tenant.instruments.__getitem__)
            if day in base and day >= min(marks):
                found.append(DayEarned(day, base[day], now - was))
        return Series(found, mark.lots)

    def _keep(self, day: SettledDay) -> None:
        self.days[day.fact.account].append(settled_day(of_day(day)))

    def _begin(self, account: AccountId) -> None:
        self._begun.add(account)
        self.deeds.begin_again(account)
        for owner, clock in self.clocks.items():
            if owner[0] == account:
                clock.reach(self._utc, self.state.tenant.instruments)
                clock.begin_again()

    def _take(self, fact: f.AccountFact) -> None:
        owner = self.deeds.take(self.state, fact)
        if owner is not None:
            self._look_again(owner)
        if isinstance(fact, f.DaySettled):
            self._settle(fact)

    def _look_again(self, owner: Owner) -> None:
        account, strategy = owner
        row = None if strategy is None else self.state.accounts[account].strategies.get(strategy)
        if row is None or not has_legs(row.settings):
            return
        clock = self.clocks.setdefault(owner, NakedClock(self._calendar))
        clock.reach(self._utc, self.state.tenant.instruments)
        clock.look_again(row)

    def _settle(self, fact: f.DaySettled) -> None:
        strategies = self.state.accounts[fact.account].strategies
        for owner, doings in self.deeds.doings.items():
            if owner[0] == fact.account:
                marks, lots = self._marks.setdefault(owner, {}), {n: c for n, c in doings.open_lots.items() if c}
                mark = Mark(doings.worth_without, lots)
                if lots or not marks or mark != marks[max(marks)]:  # one that rests says nothing new
                    marks[fact.trading_day] = mark
        for owner, clock in self.clocks.items():
            if owner[0] == fact.account and (owner[1] not in strategies or fact.next_day > self._last):
                clock.reach(self._utc, self.state.tenant.instruments)
                clock.look_again(None)
