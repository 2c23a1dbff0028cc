"""Read the recordings anew, text by text, without any adapter of the product."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

SECOND: Final = 1_000_000_000
SHANGHAI: Final = timezone(timedelta(hours=8))


def clock(at: int) -> str:
    """Return an instant as Shanghai time, `2020-08-21 13:55:10`."""
    return datetime.fromtimestamp(at // SECOND, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def instant(text: str) -> int:
    """Return the instant of a Shanghai time."""
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI).timestamp()) * SECOND


class Shown(NamedTuple):
    """Hold what a recording displays of an instrument from an instant on."""

    at: int
    bid: Decimal | None
    bid_lots: int
    ask: Decimal | None
    ask_lots: int
    last: Decimal | None
    interest: Decimal | None

    def opposite(self, side: str) -> tuple[Decimal | None, int]:
        """Return price and lots an order of this side would take."""
        return (self.ask, self.ask_lots) if side == "BUY" else (self.bid, self.bid_lots)


Tape = Mapping[str, Sequence[Shown]]


@cache
def price(text: str) -> Decimal | None:
    """Return a price, `None` for every way in which the recordings write that there is none."""
    if text in {"", "N/A"}:
        return None
    value = Decimal(text)
    return value if 0 < value < 10**12 else None


def read_market(file: Path) -> Tape:
    """Read tick/whole_market by the receiver's clock."""
    found: dict[str, list[Shown]] = defaultdict(list)
    with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            found[row["symbol"]].append(
                Shown(
                    int(row["local_nano_time"]), price(row["bid_price1"]), int(row["bid_volume1"]),
                    price(row["ask_price1"]), int(row["ask_volume1"]), price(row["last_price"]), None,
                )
            )  # fmt: skip
    return found


def read_ctp(files: Iterable[Path], exchange: str) -> Tape:
    """Read tick/ctp_full by the exchange's clock; rows of one stamp are put in order by volume."""
    found: dict[str, list[tuple[int, int, Shown]]] = defaultdict(list)
    midnight: dict[str, int] = {}
    for file in sorted(files):
        with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                day = row["ActionDay"]
                if day not in midnight:
                    midnight[day] = instant(f"{day[:4]}-{day[4:6]}-{day[6:]} 00:00:00")
                hour, minute, second = (int(part) for part in row["UpdateTime"].split(":"))
                millis = ((hour * 60 + minute) * 60 + second) * 1000 + int(row["UpdateMillisec"])
                at = midnight[day] + millis * 1_000_000
                shown = Shown(
                    at, price(row["BidPrice1"]), int(row["BidVolume1"]), price(row["AskPrice1"]),
                    int(row["AskVolume1"]), price(row["LastPrice"]), price(row["OpenInterest"]),
                )  # fmt: skip
                found[f"{exchange}.{row['InstrumentID']}"].append((at, int(row["Volume"]), shown))
    return {name: [shown for _, _, shown in sorted(rows, key=lambda row: row[:2])] for name, rows in found.items()}


class Terms(NamedTuple):
    tick: Decimal
    multiplier: Decimal


def read_terms(shared: Path) -> dict[str, Terms]:
    """Read ticks and multipliers from a reference that the product's tables were compared with."""
    with gzip.open(shared / "reference" / "tqsdk" / "symbols_2020-06-16.json.gz", "rt", encoding="utf-8") as file:
        symbols = json.load(file, parse_float=Decimal)
    return {
        name: Terms(Decimal(symbol["price_tick"]), Decimal(symbol["volume_multiple"]))
        for name, symbol in symbols.items()
        if symbol["class"] == "FUTURE"
    }
