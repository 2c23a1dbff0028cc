"""Name the recordings every kind of strategy is played on, whole or a short stretch of each, and read their prices.

The prices are read anew, text by text, without any adapter of the product: they choose the settings of the plans, and
they mark what is open at the end.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from tests.e2e.recorded import SECOND, clock, instant, price

PAIR: Final = ("roll", "spread", "ladder", "grid", "basis", "target", "own", "execution")
SINGLE: Final = ("grid", "basis", "target", "own", "execution")  # a roll and a spread take two contracts


class Stretch(NamedTuple):
    """Hold when strategies begin (Shanghai), in which trading day, over how many of them a roll goes, what is played.

    Without `parts` it is the whole recording.
    """

    begins: str
    day: int
    slices: int
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def whole(self) -> bool:
        """Return whether all of the recording is played."""
        return not self.parts


class Market(NamedTuple):
    """Hold a recording: its files, its contracts (`far` is empty where there is one), and what it does not say."""

    files: str
    near: str
    far: str
    spot: str
    tick: Decimal
    multiplier: int
    facts: str
    whole: Stretch
    short: Stretch
    bars: bool = True

    @property
    def contracts(self) -> tuple[str, ...]:
        """Return the contracts of the recording, the near one first."""
        return (self.near, self.far) if self.far else (self.near,)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of strategies that make sense on it."""
        return PAIR if self.far else SINGLE

    @property
    def product(self) -> str:
        """Return its product, `SHFE.rb`."""
        return self.near.rstrip("0123456789")


# Margins and fees are known from 2020-06-16 on, and not for 2018: what was charged before is ours to say.
_OWN_TERMS: Final = """
margin_rate = "0.09"
broker_margin_add = "0.02"
max_lots = 500
fees.open = { by_lot = 3 }
fees.close = { by_lot = 3 }
fees.close_today = { by_lot = 3 }
"""


def _mornings(first: str, second: str) -> tuple[tuple[str, str], ...]:
    return (f"{first} 09:00:00", f"{first} 10:14:00"), (f"{second} 09:00:00", f"{second} 09:19:00")


def _minutes(file: str, pair: str, spot: str, unit: tuple[str, int], whole: Stretch, days: tuple[str, str]) -> Market:
    exchange, near, far = pair.split()
    return Market(
        files=f"spread_1min/{file}.csv.gz",
        near=f"{exchange}.{near}",
        far=f"{exchange}.{far}",
        spot=spot,
        tick=Decimal(unit[0]),
        multiplier=unit[1],
        facts=_OWN_TERMS,
        whole=whole,
        short=Stretch(f"{days[0]} 09:03:00", int(days[0].replace("-", "")), 2, _mornings(*days)),
    )


MARKETS: Final = {
    "rb2010 rb2101": _minutes(
        "RB",
        "SHFE rb2010 rb2101",
        "SPOT.rb.上海",
        ("1", 10),
        Stretch("2020-06-10 22:05:00", 20200611, 10),
        ("2020-08-18", "2020-08-19"),
    ),
    "i2101 i2105": _minutes(
        "Iron",
        "DCE i2101 i2105",
        "SPOT.i.日照港",
        ("0.5", 100),
        Stretch("2020-05-26 21:26:00", 20200527, 10),
        ("2020-08-24", "2020-08-25"),
    ),
    "m2101 m2105": _minutes(
        "BeanMeal",
        "DCE m2101 m2105",
        "SPOT.m.张家港",
        ("1", 10),
        Stretch("2020-05-27 21:05:00", 20200528, 10),
        ("2020-08-12", "2020-08-13"),
    ),
    "TA101 TA105": _minutes(
        "PTA",
        "CZCE TA101 TA105",
        "SPOT.TA.华东",
        ("2", 5),
        Stretch("2020-06-05 10:53:00", 20200605, 10),
        ("2020-08-27", "2020-08-28"),
    ),
    "AP010 AP101": Market(
        files="tick/ctp_full/AP*.csv.gz",
        near="CZCE.AP010",
        far="CZCE.AP101",
        spot="SPOT.AP.栖霞",
        tick=Decimal(1),
        multiplier=10,
        facts=_OWN_TERMS,
        whole=Stretch("2020-08-03 09:00:10", 20200803, 4),
        short=Stretch("2020-08-03 09:00:10", 20200803, 1, (("2020-08-03 09:00:00", "2020-08-03 09:08:00"),)),
        bars=False,
    ),
    "ru1901": Market(
        files="tick/ctp_full/ru1901_*.csv.gz",
        near="SHFE.ru1901",
        far="",
        spot="SPOT.ru.青岛",
        tick=Decimal(5),
        multiplier=10,
        facts=_OWN_TERMS,
        whole=Stretch("2018-10-08 09:00:10", 20181008, 1),
        short=Stretch(
            "2018-10-08 14:55:10",
            20181008,
            1,
            (("2018-10-08 14:55:00", "2018-10-08 15:00:01"), ("2018-10-08 21:00:00", "2018-10-08 21:05:00")),
        ),
        bars=False,
    ),
    "rb2401": Market(
        files="bar_1min/SHFE.rb2401_1min_ctpbee.csv.gz",
        near="SHFE.rb2401",
        far="",
        spot="SPOT.rb.上海",
        tick=Decimal(1),
        multiplier=10,
        facts=_OWN_TERMS,
        whole=Stretch("2023-09-25 09:03:00", 20230925, 1),
        short=Stretch(
            "2023-09-28 14:02:00",
            20230928,
            1,
            (("2023-09-28 14:00:00", "2023-09-28 15:00:00"), ("2023-10-09 09:00:00", "2023-10-09 10:15:00")),
        ),
    ),
}


def files_of(market: Market, stretch: Stretch, shared: Path, folder: Path) -> list[Path]:
    """Return the files to play: the recording itself, or what of it lies in a stretch, written to a folder."""
    files = sorted(shared.glob(market.files))
    assert files, market.files
    if stretch.whole:
        return files
    cut = [_cut(file, stretch, folder) for file in files]
    return [path for path in cut if path is not None]


def _cut(file: Path, stretch: Stretch, folder: Path) -> Path | None:
    header, *rows = _rows(file)
    kept = [row for row in rows if any(first <= _time(header, row) <= last for first, last in stretch.parts)]
    if not kept:
        return None
    path = folder / file.name.removesuffix(".gz")
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *kept])
    return path


def _rows(file: Path) -> list[list[str]]:
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8-sig", newline="") as text:
        return list(csv.reader(text))


def _time(header: Sequence[str], row: Sequence[str]) -> str:
    # Sorts as time does: `2020-08-03 09:00:00`.
    said = dict(zip(header, row, strict=True))
    if "ActionDay" in said:
        day = said["ActionDay"]
        return f"{day[:4]}-{day[4:6]}-{day[6:]} {said['UpdateTime']}"
    return said["Time"] if "Time" in said else said["datetime"]


class Price(NamedTuple):
    """Hold the last price of a contract as it is known from an instant (UTC ns) on."""

    at: int
    contract: str
    last: Decimal


def prices_of(market: Market, files: Sequence[Path]) -> list[Price]:
    """Return every last price of the files in order of time, of the whole market."""
    found = [one for file in files for one in _prices(market, file)]
    return sorted(found, key=lambda one: one.at)


def _prices(market: Market, file: Path) -> Iterator[Price]:
    header, *rows = _rows(file)
    spread, ticks = "Main_Contract_Price" in header, "LastPrice" in header
    for row in rows:
        said, at = dict(zip(header, row, strict=True)), instant(_time(header, row))
        if spread:  # stamped where the minute begins
            yield Price(at + 60 * SECOND, market.near, Decimal(said["Main_Contract_Price"]))
            yield Price(at + 60 * SECOND, market.far, Decimal(said["Sub_Contract_Price"]))
        elif not ticks:
            yield Price(at, market.near, Decimal(said["close_price"]))
        elif (last := price(said["LastPrice"])) is not None and int(said["Volume"]):
            yield Price(at, f"{market.near.partition('.')[0]}.{said['InstrumentID']}", last)


def minute_of(at: int) -> str:
    """Return the next whole minute of an instant as plans write times."""
    return clock(-(-at // (60 * SECOND)) * 60 * SECOND)
