"""Read one opened recording row by row into the intake."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Final

from terminal.domain.days.calendar import natural_day
from terminal.gateways.replay.exact import DayTexts, UnreadableTextError, nanoseconds
from terminal.gateways.replay.intake import Intake, Track, source_of
from terminal.gateways.replay.layout import Layout
from terminal.gateways.replay.source import Source

_PROGRESS_EVERY: Final = 1 << 13

Progress = Callable[[float], None]


def read_rows(source: Source, layout: Layout, intake: Intake, progress: Progress) -> None:
    """Take every row of an opened recording into the intake; a damaged row is an `UnreadableTextError`.

    This is the one loop that meets every text of a recording; hence the local names and the flat run of
    integers.
    """
    file = len(intake.files)
    intake.files.append(str(source.path))
    place = {name: source.header.index(name) for name in layout.columns}
    width = len(source.header)
    identity = itemgetter(*(place[name] for name in layout.identity))
    quote = itemgetter(*(place[name] for name in layout.quote))
    stamp = layout.stamper(tuple(place[name] for name in layout.stamp))
    said = _sayer(layout, place, intake)
    day_place = place.get(layout.trading_day or "")
    clock_place = place.get(layout.received or "")
    days = DayTexts()
    tracks: dict[tuple[str, str], Track] = {}
    lots, put = intake.lots, intake.flat.extend
    first = source_of(file, 0)
    for line, row in enumerate(source.rows, start=2):
        source.line = line
        if len(row) != width:
            if not row:  # an empty line
                continue
            raise UnreadableTextError(f"应有 {width} 列，却有 {len(row)} 列")
        at = stamp(row)
        clock = at if clock_place is None else nanoseconds(row[clock_place])
        day = 0 if day_place is None else days[row[day_place]]
        who = identity(row)
        track = tracks.get(who)
        if track is None:
            symbol = layout.symbol(*who)
            track = tracks[who] = intake.track(symbol, day or natural_day(at), intake.where(first + line))
        prices = track.prices
        bid, ask, last, bid_lots, ask_lots, volume, interest = quote(row)
        put(
            (
                prices[bid],
                prices[ask],
                prices[last],
                lots[bid_lots],
                lots[ask_lots],
                lots[volume],
                lots[interest],
                0,
                at,
                track.slot,
                clock,
                day,
                first + line,
                said(row),
            )
        )
        if not line % _PROGRESS_EVERY:
            progress(source.share)
    source.end()


def _sayer(layout: Layout, place: dict[str, int], intake: Intake) -> Callable[[list[str]], int]:
    if not layout.facts:
        return lambda _: -1
    pick, sayings = itemgetter(*(place[name] for name in layout.facts)), intake.sayings
    return lambda row: sayings[pick(row)]
