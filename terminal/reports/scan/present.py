"""Look at a contract as an order would meet it at the instant of a scan, or say why it cannot be met."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.days.calendar import show
from terminal.domain.market import Column, Valid
from terminal.domain.view import Quote
from terminal.engine.prices.columns import HAS_ASK, HAS_BID
from terminal.engine.prices.samples import FRESH_SECONDS, SECOND
from terminal.reports.scan.samples import FRESH_NS
from terminal.strategies.sight import Sight

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from terminal.domain.ids import InstrumentId
    from terminal.domain.market import DayFacts, Recording, Row
    from terminal.reports.scan.samples import Tape, Track


class Reason(StrEnum):
    """Say why a candidate is not ranked."""

    NOT_RECORDED = "NOT_RECORDED"
    OUTSIDE_SESSION = "OUTSIDE_SESSION"
    STALE = "STALE"
    STUCK = "STUCK"  # at its daily limit, or not quoted on both sides
    TOO_FEW = "TOO_FEW"
    UNMOVED = "UNMOVED"
    NOT_REVERTING = "NOT_REVERTING"
    ENDS_FIRST = "ENDS_FIRST"  # a leg's last trading day is today, or comes before the spread can have come back
    FEES_UNKNOWN = "FEES_UNKNOWN"
    UNEVEN = "UNEVEN"  # the lots do not follow the coefficients


class Why(NamedTuple):
    """Hold a reason and its sentence."""

    reason: Reason
    sentence: str


class Met(NamedTuple):
    """Hold both sides of a contract in ticks; `reckoned` where they were made of a bar and nobody displayed them."""

    bid: int
    ask: int
    bid_lots: int
    ask_lots: int
    volume: int | None
    reckoned: bool


Limits = dict["InstrumentId", tuple[int | None, int | None]]
"""The upper and the lower limit price of a trading day, in ticks."""


def limits_of(
    recording: Recording, tape: Tape, stated: Callable[[InstrumentId, int], DayFacts | None] | None
) -> Limits:
    """Return the price limits of the day as they were known: what the recording said comes before what is `stated`."""
    found: Limits = {}
    for name in tape.tracks if stated is not None else ():
        said = stated(name, tape.day) if stated is not None else None
        if said is not None:
            found[name] = said.upper_limit, said.lower_limit
    for batch, fact in recording.day_facts:
        if int(recording.at[batch]) > tape.now or fact.trading_day != tape.day:
            continue
        upper, lower = found.get(fact.instrument, (None, None))
        found[fact.instrument] = (
            upper if fact.upper_limit is None else fact.upper_limit,
            lower if fact.lower_limit is None else fact.lower_limit,
        )
    return found


def meet(tape: Tape, name: InstrumentId, limits: Mapping[InstrumentId, tuple[int | None, int | None]]) -> Met | Why:
    """Return both sides of a contract now, or why there are none."""
    track = tape.tracks.get(name)
    if track is None:
        return Why(Reason.NOT_RECORDED, f"{name} 没有行情")
    span = track.hours.place(tape.now)
    if span is None:
        return Why(Reason.OUTSIDE_SESSION, f"{name} 不在连续交易时段")
    last = int(track.at[-1])
    age = tape.now - last
    if age > FRESH_NS or last < int(track.hours.begins[span]):
        what = "是开盘前的" if age <= FRESH_NS else f"已过 {age // SECOND} 秒（最长 {FRESH_SECONDS} 秒）"
        return Why(Reason.STALE, f"{name} 的报价{what}：{show(last)}")
    row = tape.recording.row(int(track.places[-1]))
    stuck = _sight(track, row, limits.get(name, (None, None)), last).stuck
    if stuck:
        return Why(Reason.STUCK, f"{name} {stuck}")
    return Met(
        row[Column.BID],
        row[Column.ASK],
        row[Column.BID_LOTS],
        row[Column.ASK_LOTS],
        row[Column.VOLUME] if row[Column.MASK] & Valid.VOLUME else None,
        bool(row[Column.MASK] & Valid.BAR),
    )


def _sight(track: Track, row: Row, limits: tuple[int | None, int | None], at: int) -> Sight:
    # The sides of a bar are reckoned a tick from its close: what tells that it stands at a limit is the close.
    mask, reckoned = row[Column.MASK], row[Column.MASK] & Valid.BAR
    bid, ask = (row[Column.LAST if reckoned else side] for side in (Column.BID, Column.ASK))
    quote = Quote(
        bid=bid if mask & HAS_BID else None,
        ask=ask if mask & HAS_ASK else None,
        last=None,
        bid_lots=row[Column.BID_LOTS],
        ask_lots=row[Column.ASK_LOTS],
        volume=None,
        open_interest=None,
        upper_limit=limits[0],
        lower_limit=limits[1],
        pre_settlement=None,
        exchange_at=at,
        received_at=at,
    )
    return Sight(track.instrument, quote, 0, fresh=True)
