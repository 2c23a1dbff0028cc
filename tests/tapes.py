"""Small recorded markets of our own making, one of each format, with every quirk the real ones have.

The numbers are invented. Each `*_row` builds one row from words a test reads well; each `*_tape` writes a whole story.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from terminal.domain.days.calendar import instant
from terminal.domain.ids import InstrumentId
from terminal.domain.market import Recording
from terminal.domain.products.instrument import Instrument, Reference
from terminal.gateways.replay.open import read_recording
from terminal.store.reference import load_reference

Row = dict[str, str]

CTP_COLUMNS: Final = (
    "TradingDay", "InstrumentID", "ExchangeID", "ExchangeInstID", "LastPrice", "PreSettlementPrice", "PreClosePrice",
    "PreOpenInterest", "OpenPrice", "HighestPrice", "LowestPrice", "Volume", "Turnover", "OpenInterest", "ClosePrice",
    "SettlementPrice", "UpperLimitPrice", "LowerLimitPrice", "PreDelta", "CurrDelta", "UpdateTime", "UpdateMillisec",
    *(f"{side}{what}{level}" for level in range(1, 6) for side in ("Bid", "Ask") for what in ("Price", "Volume")),
    "AveragePrice", "ActionDay",
)  # fmt: skip
MARKET_COLUMNS: Final = (
    "symbol", "local_nano_time", "quote_nano_time", "datetime", "last_price", "highest", "lowest", "open", "close",
    "average", "volume", "amount", "open_interest",
    *(f"{side}_{what}{level}" for level in range(1, 6) for side in ("ask", "bid") for what in ("price", "volume")),
)  # fmt: skip
MULTI_COLUMNS: Final = (
    "dataDate", "dataTime", "dataMillisec", "instrumentID", "exchangeCD", "lastPrice", "lowPrice", "highPrice",
    "volume", "value", "openInterest", "preOpenInterest", "upperLimitPrice", "lowerLimitPrice", "preSettlementPrice",
    "prevClosePrice", "settlementPrice", "openPrice", "closePrice", "preDelta", "currDelta", "clearingDay",
    "milliSecOffset", "bidPrice1", "bidVolume1", "askPrice1", "askVolume1",
)  # fmt: skip


@cache
def reference() -> Reference:
    """Return the committed tables, read once."""
    return load_reference()


def resolve(symbol: str, day: int) -> Instrument:
    """Return an instrument as the command line resolves it."""
    if "." in symbol:
        return reference().instrument(InstrumentId(symbol), day)
    return reference().find(symbol, day)


def read(*paths: Path) -> Recording:
    """Read a recording against the committed tables."""
    return read_recording(paths, instruments=resolve, calendar=reference().calendar)


def tape_bytes(columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """Return rows as a CSV file's bytes; a column a row does not name is empty."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=tuple(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def write_tape(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> Path:
    """Write rows as CSV, packed when the name ends in .gz."""
    data = tape_bytes(columns, rows)
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def ctp_row(
    symbol: str,
    day: str,
    time: str,
    *,
    action_day: str | None = None,
    millis: str = "000",
    last: str = "7000.00",
    bid: str = "6999.00",
    bid_lots: str = "5",
    ask: str = "7001.00",
    ask_lots: str = "6",
    volume: str = "100",
    interest: str = "1000.00",
    settlement: str = "N/A",
    pre_settlement: str = "6990.00",
    upper: str = "7480.00",
    lower: str = "6500.00",
) -> Row:
    """Return a CTP snapshot; levels 2 to 5 and the opening price are there and mean nothing."""
    row = dict.fromkeys(CTP_COLUMNS, "0.00")
    row |= {f"{side}Volume{level}": "0" for side in ("Bid", "Ask") for level in range(2, 6)}
    row |= {
        "TradingDay": day, "ActionDay": action_day or day, "InstrumentID": symbol, "ExchangeID": "",
        "ExchangeInstID": "", "UpdateTime": time, "UpdateMillisec": millis, "LastPrice": last, "BidPrice1": bid,
        "BidVolume1": bid_lots, "AskPrice1": ask, "AskVolume1": ask_lots, "Volume": volume, "OpenInterest": interest,
        "PreSettlementPrice": pre_settlement, "UpperLimitPrice": upper, "LowerLimitPrice": lower,
        "SettlementPrice": settlement, "OpenPrice": "7777.00",
    }  # fmt: skip
    return row


def ctp_day(symbol: str, day: str, evening: str, *, base: int = 7000, settlement: str = "7002.00") -> list[Row]:
    """Return a day as the AP files hold it: the evening's snapshot, the auction, trade, the settlement twice."""
    price = [f"{base + step}.00" for step in range(-1, 5)]
    pre_open = ctp_row(
        symbol, day, "19:29:00", action_day=evening, last="9999.00", volume="0", bid="0.00", bid_lots="0",
        ask="0.00", ask_lots="0",
    )  # fmt: skip
    trades = [
        ctp_row(symbol, day, time, bid=price[step], last=price[step + 1], ask=price[step + 2], volume=str(100 + step))
        for step, time in enumerate(("08:59:00", "09:00:00", "10:15:00", "14:59:58"))
    ]
    closing = trades[-1] | {"UpdateTime": "14:59:59", "SettlementPrice": settlement}
    return [pre_open, *trades, closing, dict(closing)]


def ctp_tape(folder: Path) -> list[Path]:
    """Write two contracts over two trading days, one file each; the second day begins on a Monday."""
    days = (("20200731", "20200730"), ("20200803", "20200731"))
    return [
        write_tape(folder / f"{symbol}_{day}.csv.gz", CTP_COLUMNS, ctp_day(symbol, day, evening, base=base))
        for symbol, base in (("AP010", 7000), ("AP101", 7100))
        for day, evening in days
    ]


def night_tape(folder: Path) -> list[Path]:
    """Write ru1901 as its files are: one per calendar day, so that the trading day changes at 21:00 inside."""
    files = []
    days = (("20181008", "20181009"), ("20181009", "20181010"))
    settlements = ("12285.00", "12310.00", "12320.00")
    for (day, following), before, settled in zip(days, settlements, settlements[1:], strict=False):
        prices = {"last": "12300.00", "bid": "12295.00", "ask": "12305.00", "pre_settlement": before}
        limits = {"upper": "13170.00", "lower": "11445.00"}
        rows = [
            ctp_row("ru1901", day, "09:00:00", millis="500", volume="2000", **prices, **limits),
            ctp_row("ru1901", day, "14:59:59", millis="500", volume="2500", **prices, **limits),
            ctp_row("ru1901", day, "15:00:00", millis="000", volume="2600", settlement=settled, **prices, **limits),
            ctp_row("ru1901", day, "15:00:00", millis="500", volume="2600", settlement=settled, **prices, **limits),
        ]
        prices["pre_settlement"] = settled
        rows += [
            ctp_row("ru1901", following, time, action_day=day, volume=volume, **prices, **limits)
            for time, volume in (("21:00:00", "10"), ("22:59:59", "900"), ("23:00:00", "1000"))
        ]
        nothing = {"ClosePrice": "N/A", "BidPrice2": "N/A", "AskPrice2": "N/A", "CurrDelta": "N/A"}
        files.append(write_tape(folder / f"ru1901_{day}.csv.gz", CTP_COLUMNS, [row | nothing for row in rows]))
    return files


def market_row(
    symbol: str,
    received_ms: float,
    *,
    lead_ms: float = 0.0,
    last: str = "100.0",
    bid: str = "99.5",
    bid_lots: str = "3",
    ask: str = "100.5",
    ask_lots: str = "4",
    volume: str = "10",
    interest: str = "500",
) -> Row:
    """Return a live update received some milliseconds after 2020-08-21 13:40:00; the stamps are rounded to 256 ns."""
    received = instant(20200821, 13, 40) + int(received_ms * 1_000_000)
    stamp = received + int(lead_ms * 1_000_000)
    row = {f"{side}_volume{level}": "0" for side in ("ask", "bid") for level in range(2, 6)}
    return row | {
        "symbol": symbol, "local_nano_time": str(round(received / 256) * 256),
        "quote_nano_time": str(round(stamp / 256) * 256), "datetime": "2020-08-21 13:40:00.000000", "last_price": last,
        "average": "100.123", "volume": volume, "amount": "1.0", "open_interest": interest, "ask_price1": ask,
        "ask_volume1": ask_lots, "bid_price1": bid, "bid_volume1": bid_lots,
    }  # fmt: skip


def market_tape(folder: Path) -> Path:
    """Write three exchanges' updates in bursts: one limit-locked without a bid, one that has not traded yet."""
    glass = {"last": "1740.0", "ask": "1740.0", "ask_lots": "900"}
    rows = [
        market_row("DCE.i2101", 0, lead_ms=588, volume="10"),
        market_row("CZCE.FG101", 1, lead_ms=129, bid="1740.0", last="1741.0", ask="1741.0", volume="50"),
        market_row("SHFE.rb2010", 4, lead_ms=-129, last="3800.0", bid="3799.0", ask="3801.0"),
        market_row("DCE.i2101", 500, lead_ms=588, volume="11"),
        market_row("CZCE.FG101", 503, lead_ms=129, bid="", bid_lots="0", volume="60", **glass),
        market_row("CZCE.PM105", 1000, last="", bid="2279.0", ask="2449.0", volume="0"),
        market_row("CZCE.FG101", 1001, lead_ms=129, bid="", bid_lots="0", volume="61", **glass),
    ]
    return write_tape(folder / "all_mains.csv.gz", MARKET_COLUMNS, rows)


def multi_row(
    symbol: str,
    exchange: str,
    time: str,
    *,
    date: str = "2017-04-24",
    millis: str = "0",
    last: str = "5000",
    bid: str = "4998",
    bid_lots: str = "7",
    ask: str = "5002",
    ask_lots: str = "8",
    volume: str = "1000",
    interest: str = "2000",
    settlement: str = "0",
    pre_settlement: str = "4990",
    upper: str = "5240",
    lower: str = "4740",
    clearing_day: str = "2017-04-24",
) -> Row:
    """Return a row of the DataYes export, with the exchange under its own code (XSGE, XDCE, XZCE, CCFX)."""
    return {
        "dataDate": date, "dataTime": time, "dataMillisec": millis, "instrumentID": symbol, "exchangeCD": exchange,
        "lastPrice": last, "volume": volume, "openInterest": interest, "upperLimitPrice": upper,
        "lowerLimitPrice": lower, "preSettlementPrice": pre_settlement, "settlementPrice": settlement,
        "openPrice": "4444", "clearingDay": clearing_day, "bidPrice1": bid, "bidVolume1": bid_lots,
        "askPrice1": ask, "askVolume1": ask_lots,
    }  # fmt: skip


def index_future_rows() -> list[Row]:
    """Return IF1705: a row of zeros at midnight, the morning's limits, the auction, trade, the evening's settlement."""
    price = {"last": "3439.0", "bid": "3438.4", "ask": "3439.2", "pre_settlement": "3438.7"}
    limits = {"upper": "3782.4", "lower": "3094.8"}
    empty = price | {"bid": "0.0", "bid_lots": "0", "ask": "0.0", "ask_lots": "0", "volume": "0"}
    done = price | limits | {"volume": "90", "settlement": "3411.8"}
    return [
        multi_row("IF1705", "CCFX", "00:00:00", **(empty | {"upper": "0.0", "lower": "0.0"})),
        multi_row("IF1705", "CCFX", "07:03:53", millis="500", **empty, **limits),
        multi_row("IF1705", "CCFX", "09:29:00", millis="500", **(price | limits | {"volume": "50"})),
        multi_row("IF1705", "CCFX", "09:30:00", **(price | limits | {"volume": "60"})),
        multi_row("IF1705", "CCFX", "15:00:00", millis="500", **(price | limits | {"volume": "90"})),
        *(multi_row("IF1705", "CCFX", time, **done) for time in ("15:25:30", "15:35:11")),
    ]


def swapped_rows() -> list[Row]:
    """Return TA709: rows of one second swapped, an exact duplicate, the settlement, a row of Friday night."""
    rows = [
        multi_row("TA709", "XZCE", "09:00:00", volume="1000"),
        multi_row("TA709", "XZCE", "09:00:01", volume="1020", last="5002"),
        multi_row("TA709", "XZCE", "09:00:01", volume="1010", last="4998"),
        multi_row("TA709", "XZCE", "09:00:02", volume="1030"),
    ]
    rows.append(dict(rows[-1]))
    closing = multi_row("TA709", "XZCE", "14:59:59", volume="2000")
    rows += [closing, closing | {"settlementPrice": "4998"}]
    return [*rows, multi_row("TA709", "XZCE", "23:29:59", volume="900", settlement="5000")]


def multi_tape(folder: Path) -> list[Path]:
    """Write one trading day of five contracts with what each exchange's files are known for."""
    zeros = {"last": "5160", "bid": "0", "bid_lots": "0", "ask": "0", "ask_lots": "0", "volume": "0"}
    silver = {"last": "4160", "bid": "4159", "ask": "4160", "upper": "4383", "lower": "3966"}
    stories = {
        "IF1705": index_future_rows(),
        "TA709": swapped_rows(),
        "SF705": [
            multi_row("SF705", "XZCE", "08:59:00", volume="10"),
            multi_row("SF705", "XZCE", "09:00:00", volume="14"),
            *(multi_row("SF705", "XZCE", "19:31:33", **zeros) for _ in range(3)),
        ],
        "ag1706": [
            multi_row("ag1706", "XSGE", "02:30:00", date="2017-04-22", millis="500", volume="900", **silver),
            multi_row("ag1706", "XSGE", "09:00:00", millis="500", **silver),
            multi_row("ag1706", "XSGE", "15:00:00", millis="500", settlement="4152", **silver),
            multi_row("ag1706", "XSGE", "15:23:21", millis="500", settlement="4152", **silver),
        ],
        "y1709": [
            multi_row("y1709", "XDCE", "09:00:00", millis="762"),
            multi_row("y1709", "XDCE", "15:00:00", millis="714"),
            multi_row("y1709", "XDCE", "15:00:24", millis="680", settlement="4996"),
        ],
    }
    return [write_tape(folder / f"{symbol}.csv.gz", MULTI_COLUMNS, rows) for symbol, rows in stories.items()]
