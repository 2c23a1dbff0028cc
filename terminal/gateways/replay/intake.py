"""Collect the rows of all files as one flat run of integers before they are put in order."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.market import WIDTH
from terminal.domain.products.instrument import Instrument
from terminal.gateways.replay.exact import LotTexts, PriceTexts, number


class Field(IntEnum):
    """Name what a collected row holds behind its quote columns."""

    SLOT = WIDTH
    CLOCK = WIDTH + 1  # UTC ns: the receiver's stamp where there is one, else the exchange's
    STATED_DAY = WIDTH + 2  # the file's own trading day, 0 where it has none
    SOURCE = WIDTH + 3  # file and line, see `source_of`
    SAID = WIDTH + 4  # number of the day-fact texts in `Intake.sayings`, -1 where the format has none


ROW_WIDTH = WIDTH + len(Field)
_LINES = 1 << 40

Resolve = Callable[[str, int], Instrument]


def source_of(file: int, line: int) -> int:
    """Return file and line as one number that sorts in reading order."""
    return file * _LINES + line


def place_of(source: int) -> tuple[int, int]:
    """Return the file and line of a source number."""
    return divmod(source, _LINES)


class Track:
    """Hold what is remembered about one instrument while its rows are read."""

    __slots__ = ("instrument", "prices", "slot")

    def __init__(self, slot: int, instrument: Instrument) -> None:
        self.slot = slot
        self.instrument = instrument
        self.prices = PriceTexts(instrument)


class Sayings(dict[tuple[str, ...], int]):
    """Number the distinct texts of day facts in the order they appear."""

    def __missing__(self, said: tuple[str, ...]) -> int:
        for text in said:
            number(text)  # a damaged text is refused where its line is still known
        place = self[said] = len(self)
        return place


class Intake:
    """Take in rows of any number of files; slots are numbered in the order instruments appear."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._tracks: dict[InstrumentId, Track] = {}
        self.flat = array("q")
        self.lots = LotTexts()
        self.sayings = Sayings()
        self.files: list[str] = []

    @property
    def tracks(self) -> list[Track]:
        """Return what is known of the instruments, by slot."""
        return list(self._tracks.values())

    def renumber(self) -> None:
        """Give the slots new numbers by instrument id, so that the order of the files does not matter."""
        ranked = dict(sorted(self._tracks.items()))
        slots = np.zeros(len(ranked), dtype=np.int64)
        for slot, track in enumerate(ranked.values()):
            slots[track.slot] = slot
            track.slot = slot
        self._tracks = ranked
        table = self.table()
        table[:, Field.SLOT] = slots[table[:, Field.SLOT]]

    def track(self, symbol: str, day: int, where: str) -> Track:
        """Return the track of a symbol written on a day; an unknown one is a `UserError` that says where."""
        try:
            instrument = self._resolve(symbol, day)
        except UserError as unknown:
            raise UserError(f"{where}：{unknown.message}") from None
        track = self._tracks.get(instrument.id)
        if track is None:
            track = self._tracks[instrument.id] = Track(len(self._tracks), instrument)
        return track

    def where(self, source: int) -> str:
        """Return a source number as the words a person looks it up by."""
        file, line = place_of(source)
        return f"{self.files[file]} 第 {line} 行"

    def table(self, start: int = 0) -> NDArray[np.int64]:
        """Return a view of the rows from row `start` on; no row may be added while it lives."""
        return np.frombuffer(self.flat, dtype=np.int64).reshape(-1, ROW_WIDTH)[start:]
