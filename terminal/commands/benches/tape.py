"""Write the seeded walk of `bench backtest` as a recorded file, for what opens files itself."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from terminal.commands.benches.backtest import walk
from terminal.domain.days.calendar import show
from terminal.domain.market import Column

if TYPE_CHECKING:
    from pathlib import Path

    from terminal.domain.products.instrument import Reference

COLUMNS: Final = (
    *("TradingDay", "InstrumentID", "ExchangeID", "LastPrice", "PreSettlementPrice", "Volume", "OpenInterest"),
    *("SettlementPrice", "UpperLimitPrice", "LowerLimitPrice", "UpdateTime", "UpdateMillisec"),
    *("BidPrice1", "BidVolume1", "AskPrice1", "AskVolume1", "ActionDay"),
)


def write_walk(path: Path, count: int, reference: Reference) -> Path:
    """Write so many ticks of the walk as CTP snapshots; a tick of its contract is one yuan."""
    market = walk(count, reference)
    exchange, _, symbol = market.universe[0].partition(".")
    facts, told = dict(market.day_facts), None
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for place, row in enumerate(market.rows.tolist()):
            told = facts.get(place, told)
            if told is None:
                raise ValueError("a walk that begins without its day's facts")
            at, lots = show(row[Column.EXCHANGE_AT]), row[Column.VOLUME]
            bands = (told.upper_limit, told.lower_limit)
            sides = (row[Column.BID], row[Column.BID_LOTS], row[Column.ASK], row[Column.ASK_LOTS])
            said = (told.trading_day, symbol, exchange, row[Column.LAST], told.pre_settlement, lots, 0)
            table.writerow((*said, "N/A", *bands, at[11:19], at[20:23], *sides, told.trading_day))
    return path
