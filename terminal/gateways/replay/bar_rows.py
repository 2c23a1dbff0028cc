"""Read opened recordings of bars row by row, and say how long each file's bars are."""

from __future__ import annotations

from array import array
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.domain.days.calendar import DAY_NS, SECOND_NS, instant, natural_day, time_of_day
from terminal.domain.errors import UserError
from terminal.gateways.replay.bar_layout import BarLayout, Leg, Stamp
from terminal.gateways.replay.exact import ABSENT, OFF_TICK, DayTexts, UnreadableTextError
from terminal.gateways.replay.intake import Intake, Resolve, Track, source_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from terminal.gateways.replay.parse import Progress
    from terminal.gateways.replay.source import Source

    Reader = Callable[[list[str], int, int], tuple[int, ...]]

QUARTER: Final = 900  # seconds: every session begins and ends on a quarter of an hour
_MOST_LOTS: Final = 10**10  # of one bar; more is no volume, and days of them could not be added up
_PROGRESS_EVERY: Final = 1 << 13


class Kind(IntEnum):
    """Say what is recorded of a bar: the range, or its close alone; or that it is the bar of a trading day."""

    RANGE = 0
    CLOSE = 1
    DAY = 2


class Bars(IntEnum):
    """Name the columns of a bar that was read; prices in ticks."""

    SLOT = 0
    BEGIN = 1  # UTC ns; of a day's bar the trading day, until the calendar is asked
    END = 2  # UTC ns
    STATED_DAY = 3  # the file's own trading day, 0 where it has none
    OPEN = 4
    HIGH = 5
    LOW = 6
    CLOSE = 7
    LOTS = 8
    INTEREST = 9
    SETTLEMENT = 10
    KIND = 11
    SOURCE = 12


class BarIntake:
    """Take in the bars of any number of files."""

    def __init__(self, resolve: Resolve) -> None:
        self._intake = Intake(resolve)
        self._parts: list[NDArray[np.int64]] = []
        self.where = self._intake.where

    @property
    def tracks(self) -> list[Track]:
        """Return what is known of the instruments, by slot."""
        return self._intake.tracks

    @property
    def files(self) -> list[str]:
        """Return the files read."""
        return self._intake.files

    def table(self) -> NDArray[np.int64]:
        """Return all bars read, in reading order."""
        return np.concatenate(self._parts or [np.zeros((0, len(Bars)), dtype=np.int64)])

    def take(self, source: Source, layout: BarLayout, progress: Progress) -> None:
        """Take in every bar of an opened file; a damaged row is an `UnreadableTextError`."""
        file, intake = len(self.files), self._intake
        intake.files.append(str(source.path))
        place = {name: source.header.index(name) for name in layout.columns}
        stamp = layout.stamper(place[layout.column])
        day_place = place.get(layout.trading_day or "")
        days, flat, width = DayTexts(), array("q"), len(source.header)
        readers: dict[str, list[Reader]] = {}
        named = _named(source.path) if layout.identity is None else ""
        for line, row in enumerate(source.rows, start=2):
            source.line = line
            if len(row) != width:
                if not row:  # an empty line
                    continue
                raise UnreadableTextError(f"应有 {width} 列，却有 {len(row)} 列")
            at, who = stamp(row), row[place[layout.identity]] if layout.identity else named
            if layout.check is not None:
                layout.check(row, place)
            day = 0 if day_place is None else days[row[day_place]]
            found = readers.get(who)
            if found is None:
                on = at if layout.stamp is Stamp.DAY else day or natural_day(at)
                where = intake.where(source_of(file, line))
                found = readers[who] = list(self._readers(layout, place, who, on, where))
            for read in found:
                flat.extend(read(row, at, day))
                flat.append(source_of(file, line))
            if not line % _PROGRESS_EVERY:
                progress(source.share)
        source.end()
        self._keep(flat, layout)

    def _readers(self, layout: BarLayout, place: dict[str, int], who: str, on: int, where: str) -> Iterator[Reader]:
        for leg in layout.legs:
            symbol = leg.symbol(who)
            try:
                track = self._intake.track(symbol, on, where)
            except UserError as unknown:
                if layout.identity is not None:
                    raise
                raise UserError(
                    f"{unknown.message} 这种文件靠文件名认合约，请把它改名为合约开头，如 SHFE.rb2401_1min.csv；"
                    "主力连续不是能下单的合约，请换成各月合约的文件。"
                ) from None
            yield _reader(leg, place, track, self._intake)

    def _keep(self, flat: array[int], layout: BarLayout) -> None:
        rows = np.frombuffer(flat, dtype=np.int64).reshape(-1, len(Bars)).copy()
        for slot in np.unique(rows[:, Bars.SLOT]).tolist():
            picked = np.flatnonzero(rows[:, Bars.SLOT] == slot)
            part = rows[picked]
            self._order(part)
            if layout.stamp is Stamp.DAY:
                part[:, Bars.KIND] = Kind.DAY
            else:
                self._span(part, layout)
            rows[picked] = part
        self._parts.append(rows)

    def _order(self, part: NDArray[np.int64]) -> None:
        backward = np.flatnonzero(np.diff(part[:, Bars.BEGIN]) < 0)
        if len(backward):
            where = self.where(int(part[backward[0] + 1, Bars.SOURCE]))
            raise UserError(f"行情文件 {where}：时间倒流，文件的行没有按时间排列，请换用未经改动的录制文件。")

    def _span(self, part: NDArray[np.int64], layout: BarLayout) -> None:
        stamps = part[:, Bars.BEGIN].copy()
        apart = np.diff(stamps)
        apart = apart[apart > 0]
        where = self.where(int(part[0, Bars.SOURCE]))
        if not len(apart):
            raise UserError(f"行情文件 {where}：只有一根 K 线，看不出一根有多长，请给出至少相邻的两根。")
        long = int(apart.min())
        if not long % DAY_NS and not any(time_of_day(at) for at in stamps.tolist()):
            part[:, Bars.BEGIN], part[:, Bars.KIND] = [natural_day(at) for at in stamps.tolist()], Kind.DAY
            return
        if QUARTER * SECOND_NS % long:
            raise UserError(
                f"行情文件 {where}：一根 K 线长 {long / SECOND_NS:g} 秒，只收能整除一刻钟的和日线，请换用其他周期。"
            )
        crooked = np.flatnonzero((stamps - instant(natural_day(int(stamps[0])))) % long)
        if len(crooked):
            where = self.where(int(part[crooked[0], Bars.SOURCE]))
            raise UserError(
                f"行情文件 {where}：K 线没有从整 {long / SECOND_NS:g} 秒开始，看不出它的起止，请换用未经改动的文件。"
            )
        ends = layout.stamp is Stamp.END
        part[:, Bars.BEGIN] = stamps - long if ends else stamps
        part[:, Bars.END] = stamps if ends else stamps + long


def _named(path: Path) -> str:
    name = path.name
    for ending in (".gz", ".csv"):
        name = name.removesuffix(ending)
    return name.partition("_")[0]


def _reader(leg: Leg, place: dict[str, int], track: Track, intake: Intake) -> Reader:
    prices, lots = track.prices, intake.lots
    close = place[leg.close]
    opened = close if leg.open is None else place[leg.open]
    high, low = (None if name is None else place[name] for name in (leg.high, leg.low))
    traded, interest = (None if name is None else place[name] for name in (leg.lots, leg.interest))
    settled = None if leg.settlement is None else place[leg.settlement]
    kind = Kind.CLOSE if leg.open is None else Kind.RANGE

    def read(row: list[str], at: int, day: int) -> tuple[int, ...]:
        first, last = prices[row[opened]], prices[row[close]]
        top = max(first, last) if high is None else prices[row[high]]
        bottom = min(first, last) if low is None else prices[row[low]]
        known = (first, top, bottom, last)
        if min(known) > OFF_TICK and not bottom <= min(first, last) <= max(first, last) <= top:
            raise UnreadableTextError("最高价、最低价与开盘价、收盘价矛盾")
        volume = ABSENT if traded is None else lots[row[traded]]
        if volume > _MOST_LOTS:
            raise UnreadableTextError(f"成交量 {volume} 手不可能")
        return (
            track.slot,
            at,
            0,
            day,
            *known,
            volume,
            ABSENT if interest is None else lots[row[interest]],
            ABSENT if settled is None else prices.settlement_rounded_half_up(row[settled]),
            kind,
        )

    return read
