"""Small recordings of two legs for the scan, minute by minute, whose figures can be worked by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from terminal.domain.days.calendar import MINUTE_NS, instant, show
from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts, Recording
from terminal.domain.parameters.pair import Pair
from terminal.reports.scan.samples import Resolve
from terminal.reports.scan.scan import Opportunity, Scan, ScanSettings, scan
from tests import tapes

DAY: Final = 20231010
OPENED: Final = instant(DAY, 9)
NEAR: Final = "rb2401"
FAR: Final = "rb2405"
FAR_BID: Final = 3600

Quote = tuple[int | None, int | None]  # bid and ask, yuan


def minute(count: int) -> int:
    """Return so many minutes of trading after nine; the break of a quarter from 10:15 on is none."""
    return OPENED + (count if count <= 75 else count + 15) * MINUTE_NS


def row(symbol: str, at: int, quote: Quote, *, upper: int = 4100, lower: int = 3300) -> tapes.Row:
    """Return a snapshot of one symbol."""
    natural, _, clock = show(at).partition(" ")
    bid, ask = quote
    return tapes.ctp_row(
        symbol,
        str(tapes.reference().calendar.trading_day(at)),
        clock[:8],
        action_day=natural.replace("-", ""),
        last=f"{bid or ask}.00",
        bid=f"{bid or 0}.00",
        bid_lots="5" if bid else "0",
        ask=f"{ask or 0}.00",
        ask_lots="6" if ask else "0",
        upper=f"{upper}.00",
        lower=f"{lower}.00",
        pre_settlement="3700.00",
    )


def tape(folder: Path, told: Mapping[str, Sequence[tuple[int, Quote]]], **limits: int) -> Recording:
    """Return a recording of symbols, each with its instants and quotes."""
    return tapes.read(*write(folder, told, **limits))


def write(folder: Path, told: Mapping[str, Sequence[tuple[int, Quote]]], **limits: int) -> list[Path]:
    """Write a file for each symbol."""
    files = []
    for symbol, quotes in told.items():
        rows = [row(symbol, at, quote, **limits) for at, quote in quotes]
        files.append(tapes.write_tape(folder / f"{symbol}.csv", tapes.CTP_COLUMNS, rows))
    return files


def legs(gaps: Sequence[int], *, start: int = 1) -> dict[str, list[tuple[int, Quote]]]:
    """Return two months a tick wide, a quote on each minute, whose middle spread is these gaps one after another."""
    at = [minute(start + count) for count in range(len(gaps))]
    return {
        NEAR: [(one, (FAR_BID + gap, FAR_BID + gap + 1)) for one, gap in zip(at, gaps, strict=True)],
        FAR: [(one, (FAR_BID, FAR_BID + 1)) for one in at],
    }


def swing(last: int, count: int = 60) -> list[int]:
    """Return a spread that goes to and fro between 98 and 102, and ends elsewhere."""
    return [*(98 + 4 * (place % 2) for place in range(count - 1)), last]


def found(
    recording: Recording,
    *,
    resolve: Resolve = tapes.resolve,
    pairs: Sequence[Pair] = (),
    at: int | None = None,
    stated: Callable[[InstrumentId, int], DayFacts | None] | None = None,
    list_absent: bool = True,
    **settings: Any,
) -> Scan:
    """Scan a recording, with the committed tables unless others are given."""
    return scan(
        recording,
        resolve=resolve,
        calendar=tapes.reference().calendar,
        settings=ScanSettings(**settings),
        pairs=pairs,
        at=at,
        stated=stated,
        list_absent=list_absent,
    )


def only(told: Scan) -> Opportunity:
    """Return the one opportunity of a scan."""
    assert [one.sentence for one in told.left_out] == []
    (one,) = told.ranked
    return one


def why(told: Scan) -> tuple[str, str]:
    """Return the one reason of a scan that ranked nothing."""
    assert told.ranked == ()
    (one,) = told.left_out
    return one.reason, one.sentence
