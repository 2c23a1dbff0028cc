"""Hold the rows of a table as the screen needs them: text made once, and only what changed told to the view.

The cost of a live table is painting. So a row that changes is only remembered, and if it was never shown not even
that; `flush`, called once per frame, makes new text for the rows in sight, compares cell by cell, and tells the view
about the cells that look different. Rows out of sight forget their text and make it again when they are scrolled in.
Sorting moves an index array; there is no proxy.

A cell whose column flashes is washed for `FLASH_FRAMES` frames after its number changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Final, Generic, NamedTuple, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex
Number = Decimal | int

FLASH_FRAMES: Final = 14
MOST_SINGLE: Final = 150  # beyond this many cells one signal for the rectangle in sight is cheaper

_NOWHERE: Final = QModelIndex()
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_CENTRE: Final = int(Qt.AlignmentFlag.AlignCenter)


class Tone(Enum):
    """Say what colour means in a cell; its value is the name of the token."""

    PLAIN = "text"
    QUIET = "text_2"
    DIM = "text_3"
    UP = "up"
    DOWN = "down"
    WARN = "orange"
    CAUTION = "yellow"
    ALERT = "red"
    ACCENT = "accent"


class Kind(Enum):
    """Say how a column is set: names left, numbers right, directions as pills in the middle."""

    NAME = _LEFT
    NUMBER = _RIGHT
    PILL = _CENTRE


class Cell(NamedTuple):
    """Hold what one cell shows."""

    text: str
    tone: Tone


class Column(NamedTuple, Generic[Row]):
    """Describe one column: how a row reads there, its tone, and the number it is sorted by (else its text).

    `width` is in pixels at the least; a wider view shares what is left in the same proportion. `flash` gives the
    number whose changes wash the cell.
    """

    title: str
    width: int
    text: Callable[[Row], str]
    kind: Kind = Kind.NUMBER
    tone: Callable[[Row], Tone] | None = None
    number: Callable[[Row], Number | None] | None = None
    flash: Callable[[Row], Number | None] | None = None
    tip: str = ""


def tone_of(value: Number | None) -> Tone:
    """Return the tone of a change: red up, green down."""
    if value is None:
        return Tone.DIM
    return Tone.UP if value > 0 else Tone.DOWN if value < 0 else Tone.PLAIN


class Rows(QAbstractTableModel, Generic[Row]):
    """Hold rows by key under a set of columns. UI thread only."""

    def __init__(self, columns: tuple[Column[Row], ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = columns
        self._given: list[Hashable] = []  # in the order they were given
        self._order: list[Hashable] = []  # in the order they are shown
        self._place: dict[Hashable, int] = {}
        self._rows: dict[Hashable, Row] = {}
        self._cells: dict[Hashable, list[Cell]] = {}
        self._numbers: dict[Hashable, list[Number | None]] = {}  # of the columns that flash, as last shown
        self._flashes = [at for at, described in enumerate(columns) if described.flash is not None]
        self._pending: set[Hashable] = set()
        self._flashing: dict[tuple[Hashable, int], tuple[int, Tone]] = {}
        self._frame = 0
        self._sorted = (-1, Qt.SortOrder.AscendingOrder)

    # --- what panels do -----------------------------------------------------------------------------------------------

    def replace(self, rows: Mapping[Hashable, Row]) -> None:
        """Show exactly these rows, in this order unless sorted; the ones that stay keep their place and selection."""
        if self._rows.keys() == rows.keys():
            self._rows = dict(rows)
            self._pending |= self._cells.keys()
        else:
            self._remove([place for place, key in enumerate(self._order) if key not in rows])
            for key in self._order:
                self.put(key, rows[key])
            self._append({key: row for key, row in rows.items() if key not in self._rows})
        given = list(rows)
        if self._given != given:
            self._given = given
            self.resort()

    def push(self, rows: Mapping[Hashable, Row]) -> None:
        """Put new rows on top, the last one given topmost; the ones that are there change in their place.

        One step through all rows for the whole batch, however many there are. While a column sorts, new rows stand on
        top until the next `resort`.
        """
        fresh = [key for key in reversed(rows) if key not in self._rows]
        for key, row in rows.items():
            self.put(key, row)
        if not fresh:
            return
        self.beginInsertRows(_NOWHERE, 0, len(fresh) - 1)
        self._order[:0] = fresh
        self._given[:0] = fresh
        self._place = {key: place for place, key in enumerate(self._order)}
        self._rows.update((key, rows[key]) for key in fresh)
        self.endInsertRows()

    def drop(self, key: Hashable) -> None:
        """Take a row out; another key is ignored. The last row costs nothing, others a step through those below."""
        place = self._place.get(key)
        if place is None:
            return
        self.beginRemoveRows(_NOWHERE, place, place)
        del self._order[place], self._place[key]
        self._forget(key)
        for later in self._order[place:]:
            self._place[later] -= 1
        if self._given[-1] == key:
            self._given.pop()
        else:
            self._given.remove(key)
        self.endRemoveRows()

    def drop_all(self, keys: Collection[Hashable]) -> None:
        """Take many rows out, a stretch at a time; keys of no row are ignored."""
        gone = self._rows.keys() & keys
        if gone:
            self._given = [key for key in self._given if key not in gone]
            self._remove([place for place, key in enumerate(self._order) if key in gone])

    def clear(self) -> None:
        """Take every row out at once."""
        self.beginResetModel()
        for kept in (
            self._given,
            self._order,
            self._place,
            self._rows,
            self._cells,
            self._numbers,
            self._pending,
            self._flashing,
        ):
            kept.clear()
        self.endResetModel()

    def put(self, key: Hashable, row: Row) -> None:
        """Change a row that is there; another key is ignored."""
        if key in self._rows:
            self._rows[key] = row
            self.touch(key)

    def touch(self, key: Hashable) -> None:
        """Note that a row reads differently now; one that was never in sight costs nothing."""
        if key in self._cells:
            self._pending.add(key)

    def row(self, place: int) -> Row:
        """Return the row at a place."""
        return self._rows[self._order[place]]

    def key(self, place: int) -> Hashable:
        """Return the key of the row at a place."""
        return self._order[place]

    def place(self, key: Hashable) -> int | None:
        """Return the place of a key, if it is there."""
        return self._place.get(key)

    def cell(self, place: int, column: int) -> Cell:
        """Return what a cell shows."""
        key = self._order[place]
        found = self._cells.get(key)
        if found is None:
            row = self._rows[key]
            found = self._cells[key] = self._made(row)
            self._numbers[key] = self._flashing_numbers(row)
        return found[column]

    def wash(self, place: int, column: int) -> Tone | None:
        """Return the tone a cell is washed with at present."""
        found = self._flashing.get((self._order[place], column))
        return found[1] if found else None

    def flush(self, first: int, last: int) -> int:
        """Tell the view which cells between two places look different now, and return how many."""
        self._frame += 1
        dirty: set[tuple[int, int]] = set()
        for key in self._pending:
            place, row = self._place[key], self._rows[key]
            known = self._cells.pop(key)
            before = self._numbers.pop(key)
            if not first <= place <= last:
                continue
            made = self._cells[key] = self._made(row)
            after = self._numbers[key] = self._flashing_numbers(row)
            if known != made:
                dirty |= {(place, at) for at, (old, new) in enumerate(zip(known, made, strict=True)) if old != new}
            if before != after:
                for at, old, now in zip(self._flashes, before, after, strict=True):
                    self._flash(key, at, old, now)
        self._pending.clear()
        dirty |= self._washed(first, last)
        if len(dirty) > MOST_SINGLE:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))
        else:
            for place, column in dirty:
                index = self.index(place, column)
                self.dataChanged.emit(index, index)
        return len(dirty)

    def repaint_all(self) -> None:
        """Make every text anew: columns read something that changed for all rows."""
        self._cells.clear()
        self._numbers.clear()
        self._pending.clear()
        if self._order:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._order) - 1, len(self.columns) - 1))

    def retitle(self, column: int, described: Column[Row]) -> None:
        """Let a column show something else."""
        self.columns = (*self.columns[:column], described, *self.columns[column + 1 :])
        self._flashes = [at for at, one in enumerate(self.columns) if one.flash is not None]
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, column, column)
        self.repaint_all()
        self.resort()

    def resort(self) -> None:
        """Bring the rows into the order asked for; live numbers move it, so views ask once a second."""
        wanted = self._wanted()
        if wanted == self._order:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        keys = [self._order[index.row()] for index in before]
        self._order = wanted
        self._place = {key: place for place, key in enumerate(wanted)}
        after = [self.index(self._place[key], index.column()) for key, index in zip(keys, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    # --- what Qt asks -------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | int | None:
        """Return a cell's text or alignment."""
        if not index.isValid():
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.cell(index.row(), index.column()).text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.columns[index.column()].kind.value
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | int | None:
        """Return a column's title, explanation or alignment."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        described = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return str(described.title)
        if role == Qt.ItemDataRole.ToolTipRole:
            return described.tip or None
        return described.kind.value if role == Qt.ItemDataRole.TextAlignmentRole else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 is the order the rows were given in."""
        self._sorted = (column, order)
        self.resort()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _made(self, row: Row) -> list[Cell]:
        return [
            Cell(described.text(row), Tone.PLAIN if described.tone is None else described.tone(row))
            for described in self.columns
        ]

    def _flashing_numbers(self, row: Row) -> list[Number | None]:
        return [flash(row) for at in self._flashes if (flash := self.columns[at].flash) is not None]

    def _append(self, rows: Mapping[Hashable, Row]) -> None:
        if not rows:
            return
        place = len(self._order)
        self.beginInsertRows(_NOWHERE, place, place + len(rows) - 1)
        self._place |= {key: at for at, key in enumerate(rows, place)}
        self._order += rows
        self._rows |= rows
        self.endInsertRows()

    def _remove(self, places: list[int]) -> None:
        # From the bottom up and one stretch at a time: what is above keeps its place.
        while places:
            last = first = places.pop()
            while places and places[-1] == first - 1:
                first = places.pop()
            self.beginRemoveRows(_NOWHERE, first, last)
            gone, self._order[first : last + 1] = self._order[first : last + 1], []
            for key in gone:
                self._forget(key)
            self._place = {key: place for place, key in enumerate(self._order)}
            self.endRemoveRows()

    def _forget(self, key: Hashable) -> None:
        del self._rows[key]
        self._cells.pop(key, None)
        self._numbers.pop(key, None)
        self._pending.discard(key)
        for column in self._flashes:
            self._flashing.pop((key, column), None)

    def _flash(self, key: Hashable, column: int, before: Number | None, after: Number | None) -> None:
        if before is not None and after is not None and before != after:
            self._flashing[key, column] = (self._frame + FLASH_FRAMES - 1, Tone.UP if after > before else Tone.DOWN)

    def _washed(self, first: int, last: int) -> set[tuple[int, int]]:
        # A wash is painted when it begins, and the cell once more when it ends.
        changed = set()
        for (key, column), (until, _) in list(self._flashing.items()):
            if until <= self._frame:
                del self._flashing[key, column]
            elif until != self._frame + FLASH_FRAMES - 1:
                continue
            place = self._place[key]
            if first <= place <= last:
                changed.add((place, column))
        return changed

    def _wanted(self) -> list[Hashable]:
        column, order = self._sorted
        if not 0 <= column < len(self.columns):
            return list(self._given)
        described, down = self.columns[column], order is Qt.SortOrder.DescendingOrder
        number, rows = described.number, self._rows
        if number is None:
            return sorted(self._given, key=lambda key: described.text(rows[key]), reverse=down)
        known = {key: value for key in self._given if (value := number(rows[key])) is not None}
        # What has no number stands last, whichever way the column is sorted.
        return [
            *sorted(known, key=lambda key: known[key], reverse=down),
            *(key for key in self._given if key not in known),
        ]
