"""Keep the latest lines of one kind, newest on top, and show those of one account.

At most `MOST` lines are kept over all accounts; beyond that the oldest goes, and `dropped` counts it, so that the panel
can say that more has been.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Hashable, Iterable
from io import StringIO
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from PySide6.QtWidgets import QAbstractItemView

from terminal.widgets.parts.empty_state import FETCHING, EmptyState, Words
from terminal.widgets.parts.figures import MINUS
from terminal.widgets.parts.grid import Grid
from terminal.widgets.parts.icons import Sign
from terminal.widgets.parts.rows import Column, Kind, Row, Rows

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId
    from terminal.widgets.dress.look import Look

MOST: Final = 5_000

Line = TypeVar("Line")


class Shape(NamedTuple, Generic[Line, Row]):
    """Say how one kind of line is kept: its columns, whose account it is, and the row made of it."""

    name: str
    columns: tuple[Column[Row], ...]
    account: Callable[[Line], AccountId | None]
    row: Callable[[Line], Row]
    empty: tuple[str, str, str]


class Ledger(Generic[Line, Row]):
    """Hold lines by key with their table. A line without an account belongs to every one."""

    def __init__(self, shape: Shape[Line, Row], look: Look, most: int = MOST) -> None:
        self._shape = shape
        self._most = most
        self._account: AccountId | None = None
        self.lines: dict[Hashable, Line] = {}  # oldest first
        self.dropped = 0
        self.rows: Rows[Row] = Rows(shape.columns)
        self.grid = Grid(self.rows, look, name=shape.name)
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.rows.setParent(self.grid)
        self._unknown: Words | None = FETCHING  # until told otherwise
        self._empty_words = shape.empty
        title, text, next_step = FETCHING
        self.empty = EmptyState(self.grid.viewport(), look, sign=Sign.LIST, title=title, text=text, next_step=next_step)

    def take(self, lines: Iterable[tuple[Hashable, Line]]) -> None:
        """Take lines, oldest first: a known key changes in its place, a new one goes on top."""
        fresh: dict[Hashable, Line] = dict(lines)
        self.lines |= fresh
        self.rows.push({key: self._shape.row(line) for key, line in fresh.items() if self._shown(line)})
        while len(self.lines) > self._most:
            oldest = next(iter(self.lines))
            del self.lines[oldest]
            self._let_go({oldest})
            self.rows.drop(oldest)
            self.dropped += 1
        self._show_empty()

    def drop(self, keys: Iterable[Hashable]) -> None:
        """Take lines out that do not belong here any more."""
        gone = {key for key in keys if self.lines.pop(key, None) is not None}
        self._let_go(gone)
        self.rows.drop_all(gone)
        self._show_empty()

    def show_account(self, account: AccountId | None) -> None:
        """Show the lines of one account; `None` shows all."""
        if account != self._account:
            self._account = account
            self.rows.clear()
            self.refresh()

    def refresh(self) -> None:
        """Make every row anew: what rows are made of beside their lines has changed."""
        self.rows.push({key: self._shape.row(line) for key, line in self.lines.items() if self._shown(line)})
        self._show_empty()

    def restart(self) -> None:
        """Forget everything."""
        self.lines.clear()
        self.dropped = 0
        self.rows.clear()
        self._show_empty()

    def chosen(self) -> list[Hashable]:
        """Return the keys of the selected rows, from the top down."""
        places = sorted({index.row() for index in self.grid.selectionModel().selectedRows()})
        return [self.rows.key(place) for place in places]

    def current(self) -> Hashable | None:
        """Return the key of the row the keyboard is on."""
        index = self.grid.currentIndex()
        return self.rows.key(index.row()) if index.isValid() else None

    def as_csv(self) -> str:
        """Return the selected rows with their titles; numbers as a spreadsheet reads them."""
        written = StringIO()
        writer = csv.writer(written, lineterminator="\n")
        columns = self.rows.columns
        writer.writerow([str(column.title) for column in columns])
        for key in self.chosen():
            place = self.rows.place(key)
            if place is not None:
                texts = (self.rows.cell(place, at).text for at in range(len(columns)))
                writer.writerow([_plain(text, column.kind) for text, column in zip(texts, columns, strict=True)])
        return written.getvalue()

    def _let_go(self, gone: set[Hashable]) -> None:
        # Qt would move the keyboard on to the neighbour of a row that goes: 撤本合约 would be about another contract.
        if self.current() in gone:
            self.grid.selectionModel().clear()

    def _shown(self, line: Line) -> bool:
        account = self._shape.account(line)
        return account is None or self._account is None or account == self._account

    def show_age(self, unknown: Words | None) -> None:
        """Take what an empty table says while whether there are any is not known; `None` while it is."""
        self._unknown = unknown
        self.empty.say(*(unknown or self._empty_words))

    def advise(self, next_step: str) -> None:
        """Change what an empty table says to do next."""
        title, text, before = self._empty_words
        if next_step != before:
            self._empty_words = (title, text, next_step)
            self.empty.say(*(self._unknown or self._empty_words))

    def _show_empty(self) -> None:
        self.empty.setVisible(not self.rows.rowCount())


def _plain(text: str, kind: Kind) -> str:
    return text.replace(",", "").replace(MINUS, "-") if kind is Kind.NUMBER else text
