"""Write the minute bars of the seeded series other backtesters are measured on, and read them as any file is read.

Closes walk from 4000 yuan in whole yuan, their steps drawn with a deviation of two from seed 42; a bar opens where the
one before closed and reaches up to two yuan beyond both; 1 to 499 lots trade in it.
"""

from __future__ import annotations

import tempfile
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.domain.days.calendar import MINUTE_NS, instant, show
from terminal.gateways.replay.open import read_recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.ids import InstrumentId
    from terminal.domain.market import Recording
    from terminal.domain.products.instrument import Instrument

SEED: Final = 42
LOWEST: Final = 500  # yuan
HEADER: Final = "local_symbol,datetime,open_price,close_price,high_price,low_price,volume,turnover,open_interest"
SESSIONS: Final = (((9, 0), (10, 15)), ((10, 30), (11, 30)), ((13, 30), (15, 0)))


def minute_bars(
    count: int,
    days: tuple[int, int],
    contract: InstrumentId,
    resolve: Callable[[str, int], Instrument],
    calendar: Calendar,
) -> Recording:
    """Return so many bars of a contract in the day sessions from one trading day to another, each its own batch."""
    exchange, symbol = contract.split(".")
    values = zip(*(column.tolist() for column in _series(count)), strict=True)
    with tempfile.TemporaryDirectory(prefix="hengduo-bench-") as folder:
        path = Path(folder) / "bars.csv"
        with path.open("w", encoding="utf-8") as file:
            file.write(f"{HEADER}\n")
            for at, (opened, high, low, close, lots) in zip(islice(_ends(days, calendar), count), values, strict=True):
                file.write(f"{symbol}.{exchange},{show(at)[:19]},{opened},{close},{high},{low},{lots},0.0,0.0\n")
        return read_recording([path], instruments=resolve, calendar=calendar)


def _series(count: int) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(SEED)
    close = 4000 + np.round(np.cumsum(random.normal(0, 2.0, count)))
    close = np.maximum(close - min(0, close.min() - LOWEST), LOWEST)
    opened = np.concatenate([close[:1], close[:-1]])
    high = np.maximum(opened, close) + random.integers(0, 3, count)
    low = np.minimum(opened, close) - random.integers(0, 3, count)
    return opened, high, low, close, random.integers(1, 500, count).astype(float)


def _ends(days: tuple[int, int], calendar: Calendar) -> Iterator[int]:
    # When bars end, as the files of vnpy write it.
    for day in calendar.trading_days(*days):
        for begins, ends in SESSIONS:
            yield from range(instant(day, *begins) + MINUTE_NS, instant(day, *ends) + 1, MINUTE_NS)
