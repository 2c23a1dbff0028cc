"""Keep a runner's basis history over its restarts: more of it than a start reads again.

It is a picture for people and decides nothing, so a disk that refuses it is said once and stops nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.engine.records.journal import JournalError
from terminal.store.basis_file import BasisFile

if TYPE_CHECKING:
    from terminal.shell.serving.basis_book import BasisBook


class BasisKeeper:
    """Fill a book from the file of a folder, and write the book down every so many batches and at the end."""

    def __init__(self, book: BasisBook, folder: Path, *, every: int, until: int) -> None:
        # `until`: the trading day of now, which no day of the file comes after.
        self._book, self._every = book, every
        self._batches = 0
        self._is_told = False
        self._file: BasisFile | None = None
        try:
            self._file = BasisFile(folder)
            book.restore(self._file.days(), until=until)
        except JournalError as problem:
            self._tell(problem)

    def touched(self) -> None:
        """Count a batch."""
        self._batches += 1
        if self._batches >= self._every:
            self.save()

    def save(self) -> None:
        """Write down what is not yet written."""
        self._batches = 0
        if self._file is None:
            return
        try:
            self._file.save(self._book.unsaved())
        except JournalError as problem:
            self._tell(problem)
        else:
            self._book.saved()
            self._is_told = False

    def close(self) -> None:
        """Write down what is not yet written, and let go of the file."""
        self.save()
        if self._file is not None:
            self._file.close()

    def _tell(self, problem: JournalError) -> None:
        if not self._is_told:
            print(f"hengduo runner: {problem}", file=sys.stderr, flush=True)
        self._is_told = True
