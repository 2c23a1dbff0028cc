"""Give the day, week and month snapshots of the accounts of a journal, and compare any two of them (M2).

A snapshot is a function of the journal alone. The journal is only ever added to, so a snapshot never changes: a late
settlement price gives a new one, whose `version` is the place of the record that brought it, and the old one comes out
of the journal before that place. Nothing has to be stored for it, and `sha256` is over all that a snapshot says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from typing import Final, Literal

import msgspec

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.fees import ZERO
from terminal.engine.records.journal import Entry
from terminal.reports.settled_days import DaysReader, SettledDay, read_all, refuse_unknown

Period = Literal["day", "week", "month"]

FLOWS: Final = ("moved", "close_profit", "position_profit", "trade_close_profit", "premium", "commission", "filed")
FIGURES: Final = (
    *("start_equity", *FLOWS, "equity", "balance", "floating_profit"),
    *("market_equity", "margin", "available", "risk_degree"),
)


class Held(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Hold one side of a position at the end, and the price it was settled at."""

    instrument: InstrumentId
    flag: HedgeFlag
    side: Side  # of the lots
    lots: int
    settlement: Decimal


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what an account did over a day, week or month and how it stood at the end, in yuan.

    Equity, balance, margin and the like are after the settlement of `last`; the rest is summed over the days.
    `start_equity` + `moved` + `close_profit` + `position_profit` + `premium` − `commission` − `filed` is `equity`.
    """

    account: AccountId
    name: str  # 20250107, 2025-W02 or 2025-01
    first: int  # trading days
    last: int
    days: int
    version: int  # the place in the journal of the last record that had a part in it
    provisional: tuple[InstrumentId, ...]  # settlement prices of the last day that had not come
    start_equity: Decimal
    moved: Decimal  # 出入金
    close_profit: Decimal  # 平仓盈亏（盯市）
    position_profit: Decimal  # 持仓盈亏（盯市）
    trade_close_profit: Decimal  # 平仓盈亏（逐笔）
    premium: Decimal  # 权利金收支
    commission: Decimal
    equity: Decimal  # 客户权益
    balance: Decimal  # 期末结存（逐笔）
    floating_profit: Decimal  # 浮动盈亏
    market_equity: Decimal  # 市值权益
    margin: Decimal
    available: Decimal
    risk_degree: Decimal
    positions: tuple[Held, ...]
    filed: Decimal = ZERO  # 申报费, paid
    sha256: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one thing in which two snapshots differ: a figure, or the lots of a position; `None` where there is none."""

    what: str
    held: Held | None  # the position, where it is its lots or settlement price
    first: Decimal | None
    second: Decimal | None


def snapshots(entries: Iterable[Entry], by: Period) -> list[Snapshot]:
    """Return the snapshots of every account in the order of accounts and time; days not yet settled are in none.

    A week is an ISO week of trading days, a month one of the calendar. What does not fold is a `UserError`.
    """
    days: list[Snapshot] = []
    reader = DaysReader(lambda day: days.append(of_day(day)))
    refuse_unknown(read_all(entries, reader.take), lambda stream: stream.startswith(("tenant:", "account:")))
    reader.finish()
    days.sort(key=lambda one: (one.account, one.last))
    return [_seal(one) for one in (days if by == "day" else _periods(days, by))]


def changes(first: Snapshot, second: Snapshot) -> list[Change]:
    """Return everything in which two snapshots differ, figures before positions."""
    found = [
        Change(what=name, held=None, first=getattr(first, name), second=getattr(second, name))
        for name in FIGURES
        if getattr(first, name) != getattr(second, name)
    ]
    ours, theirs = ({(one.instrument, one.flag, one.side): one for one in which.positions} for which in (first, second))
    for key in sorted(ours.keys() | theirs.keys()):
        was, now = ours.get(key), theirs.get(key)
        for what in ("lots", "settlement"):
            one, other = (None if held is None else Decimal(getattr(held, what)) for held in (was, now))
            if one != other:
                found.append(Change(what=what, held=now or was, first=one, second=other))
    return found


def of_day(day: SettledDay) -> Snapshot:
    """Return the snapshot of one settled day, not yet sealed."""
    closed, fact, begun = day.closed(), day.fact, day.begun
    before, after = closed.before, closed.after
    held = [
        Held(instrument=name, flag=flag, side=side, lots=lots, settlement=fact.prices[name])
        for name, flag in closed.held.positions()
        for side in (Side.BUY, Side.SELL)
        if (lots := sum(run.lots for run in closed.held.runs(name, flag, side)))
    ]
    return Snapshot(
        account=fact.account,
        name=str(fact.trading_day),
        first=fact.trading_day,
        last=fact.trading_day,
        days=1,
        version=day.version,
        provisional=fact.stood_in,
        start_equity=begun.static_equity,
        moved=begun.moved,
        close_profit=before.close_profit,
        position_profit=before.position_profit,
        trade_close_profit=closed.by_trade.close_profit,
        premium=before.premium,
        commission=before.commission,
        filed=begun.filed,
        equity=after.equity,
        balance=closed.by_trade.balance,
        floating_profit=closed.by_trade.floating_profit,
        market_equity=after.market_equity,
        margin=after.margin,
        available=after.available,
        risk_degree=after.risk_degree.quantize(Decimal("0.0001")),
        positions=tuple(sorted(held)),
    )


def _periods(days: list[Snapshot], by: Period) -> Iterator[Snapshot]:
    for (_, name), group in groupby(days, key=lambda one: (one.account, _name(one.last, by))):
        own = list(group)
        sums = {flow: sum((getattr(one, flow) for one in own), ZERO) for flow in FLOWS}
        yield msgspec.structs.replace(
            own[-1],
            name=name,
            first=own[0].first,
            days=len(own),
            version=max(one.version for one in own),
            start_equity=own[0].start_equity,
            **sums,
        )


def _name(day: int, by: Period) -> str:
    when = date(day // 10_000, day // 100 % 100, day % 100)
    if by == "month":
        return f"{when:%Y-%m}"
    year, week, _ = when.isocalendar()
    return f"{year}-W{week:02}"


def _seal(one: Snapshot) -> Snapshot:
    # Amounts that are equal are written alike, whatever came in between: 0, 0.00 and -0.
    told = msgspec.to_builtins(one)
    for name in FIGURES:
        told[name] = f"{getattr(one, name) + 0:.4f}"
    if not one.filed:
        del told["filed"]  # a snapshot without says what it said before there was such a figure
    return msgspec.structs.replace(one, sha256=sha256(msgspec.json.encode(told, order="sorted")).hexdigest())
