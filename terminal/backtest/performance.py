"""Tell from a journal, of a backtest or of live trading, what each account and strategy achieved (策略绩效).

Money is of settled days: `DaySettled` is the one source of equity a journal has, quotes are on no journal, so the day
that is still open earns nothing yet and no fall inside a day is seen. Orders, fills and errors are counted up to the
last record, the open day's too. Prices that came late are in the days they are of; a fill that came late is in a
strategy's day it was heard on, and in the account's day it is of.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.backtest.chained import earned_on
from terminal.backtest.earned import Earned, earned
from terminal.backtest.figures import ALL, added
from terminal.backtest.journal_reader import JournalReader
from terminal.backtest.naked_time import NakedTime, summed
from terminal.backtest.report import Activity
from terminal.backtest.trades import together
from terminal.domain.ids import AccountId, InstrumentId, StrategyId
from terminal.reports.settled_days import read_all, refuse_unknown
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.backtest.owners.deeds import Owner
    from terminal.backtest.report import Day
    from terminal.backtest.trades import Doings
    from terminal.domain.days.calendar import Calendar
    from terminal.engine.records.journal import Entry

ZERO: Final = Decimal(0)
EVER: Final = 99_999_999


class AccountPerformance(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what an account achieved, or all of them together (`account` is empty then).

    `start_equity` with what `moved` and what was earned is `equity`: an account that joins later moved its own in.
    """

    account: AccountId
    name: str
    start_equity: Decimal | None  # of the first settled day, `None` without any
    moved: Decimal
    equity: Decimal | None
    earned: Earned | None
    activity: Activity


class StrategyPerformance(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a strategy achieved; `strategy` is `None` for what people ordered by hand."""

    account: AccountId
    strategy: StrategyId | None
    kind: str
    earned: Earned | None
    open_lots: dict[InstrumentId, int]  # at the last settlement
    activity: Activity
    naked: NakedTime | None = None


class UnitPerformance(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what the accounts of a business unit (经营单位) achieved together; `unit` is "" for those of none.

    Days are added, so that its Sharpe and its fall are of its own equity; `naked` is the sum over its strategies.
    """

    unit: str
    accounts: tuple[AccountId, ...]
    start_equity: Decimal | None
    moved: Decimal
    equity: Decimal | None
    earned: Earned | None
    activity: Activity
    naked: NakedTime | None


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a journal tells; the same records give the same bytes. `first` to `last` were asked for, or `None`."""

    records: int
    first: int | None
    last: int | None
    total: AccountPerformance
    accounts: tuple[AccountPerformance, ...]
    strategies: tuple[StrategyPerformance, ...]
    units: tuple[UnitPerformance, ...] = ()  # none where no account belongs to one


def performance(
    entries: Iterable[Entry], calendar: Calendar, *, first: int | None = None, last: int | None = None
) -> Performance:
    """Return what a journal tells of the trading days from `first` to `last`; what does not fold is a `UserError`."""
    reader = JournalReader(calendar, first or 0, last or EVER)
    refuse_unknown(read_all(entries, reader.take), lambda stream: stream.startswith(("tenant:", "account:")))
    reader.finish()
    accounts = [_account(reader, name) for name in sorted(reader.days)]
    owners = sorted(reader.deeds.doings, key=lambda owner: (owner[0], owner[1] or ""))
    strategies = [_strategy(reader, owner) for owner in owners]
    whole = _performance(ALL, "", list(reader.days.values()), list(reader.deeds.doings.values()))
    return Performance(
        records=reader.records,
        first=first,
        last=last,
        total=whole,
        accounts=tuple(accounts),
        strategies=tuple(one for one in strategies if _is_there(one)),
        units=_units(reader, strategies),
    )


def _units(reader: JournalReader, strategies: list[StrategyPerformance]) -> tuple[UnitPerformance, ...]:
    # By the units the accounts belong to at the end: whoever moves an account moves its past with it.
    members: dict[str, list[AccountId]] = {}
    for name in sorted(reader.days):
        members.setdefault(reader.state.accounts[name].unit, []).append(name)
    if set(members) <= {""}:
        return ()
    return tuple(
        _unit(reader, unit, members[unit], strategies) for unit in sorted(members, key=lambda one: (not one, one))
    )


def _unit(
    reader: JournalReader, unit: str, accounts: list[AccountId], strategies: list[StrategyPerformance]
) -> UnitPerformance:
    doings = [doings for owner, doings in reader.deeds.doings.items() if owner[0] in accounts]
    whole = _performance(ALL, unit, [reader.days[name] for name in accounts], doings)
    clocks = [one.naked for one in strategies if one.account in accounts and one.naked is not None]
    return UnitPerformance(
        unit=unit,
        accounts=tuple(accounts),
        start_equity=whole.start_equity,
        moved=whole.moved,
        equity=whole.equity,
        earned=whole.earned,
        activity=whole.activity,
        naked=summed(clocks),
    )


def _account(reader: JournalReader, account: AccountId) -> AccountPerformance:
    doings = [doings for owner, doings in reader.deeds.doings.items() if owner[0] == account]
    return _performance(account, reader.state.accounts[account].name, [reader.days[account]], doings)


def _performance(account: AccountId, name: str, days_of: list[list[Day]], doings: list[Doings]) -> AccountPerformance:
    days = added(days_of)
    return AccountPerformance(
        account=account,
        name=name,
        start_equity=days[0].start_equity if days else None,
        moved=sum((day.moved for day in days), ZERO),
        equity=days[-1].equity if days else None,
        earned=earned(earned_on(days)),
        activity=together(doings),
    )


def _strategy(reader: JournalReader, owner: Owner) -> StrategyPerformance:
    row, clock, series = reader.deeds.rows.get(owner), reader.clocks.get(owner), reader.series(owner)
    return StrategyPerformance(
        account=owner[0],
        strategy=owner[1],
        kind="manual" if row is None else strategy_of(row.settings).kind,
        earned=earned(series.days),
        open_lots=series.lots,
        activity=together([reader.deeds.doings[owner]]),
        naked=None if clock is None else clock.time(),
    )


def _is_there(one: StrategyPerformance) -> bool:
    # In the days asked for; a strategy of other days has nothing to tell.
    activity = one.activity
    return bool(one.earned or activity.orders or activity.fills or activity.refused or activity.external)
