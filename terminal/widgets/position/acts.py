"""Join what is chosen in the position grid with the strip that acts on it, and the reversals that are not over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from terminal.domain import commands as c
from terminal.domain.ids import InstrumentId, ReversalId
from terminal.widgets.position.bar import PositionBar
from terminal.widgets.position.strip import PositionStrip
from terminal.widgets.position.tasks import PositionTasks
from terminal.widgets.position.verbs import may_give_up, of_position, of_reversal, why_not

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.domain.ids import CommandId
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote
    from terminal.engine.book.lines import Book, PositionLine
    from terminal.engine.screen import AccountLine, Hand, LinkLine, Preview, ResultLine
    from terminal.widgets.parts.grid import Grid
    from terminal.widgets.parts.panel import Panel
    from terminal.widgets.position.columns import PositionRow
    from terminal.widgets.position.verbs import Verb


class PositionActs(QObject):
    """Hold bar, strip and tasks of one grid; `instruments` are the contracts the grid knows."""

    def __init__(
        self,
        panel: Panel,
        grid: Grid[PositionRow],
        instruments: dict[InstrumentId, Instrument],
        hand: Hand,
        *,
        clock: Callable[[], int] | None = None,
    ) -> None:
        super().__init__(panel)
        self._grid, self._instruments, self._hand = grid, instruments, hand
        self._quotes: dict[InstrumentId, Quote] = {}
        self._book: Book | None = None
        self._link: LinkLine | None = None
        self._line: AccountLine | None = None
        self._given_up: set[CommandId] = set()
        self.bar, self.strip, self.tasks = PositionBar(panel), PositionStrip(hand, clock=clock), PositionTasks()
        for part in (self.tasks, self.strip, self.bar):
            panel.body.addWidget(part)
        self.bar.wanted.connect(self._open)
        self.strip.opened.connect(self.bar.hide)  # the strip takes its room
        self.strip.closed.connect(self.bar.show)
        self.strip.done.connect(self.bar.say)
        self.strip.closed.connect(lambda: grid.setFocus(Qt.FocusReason.OtherFocusReason))
        self.tasks.finish.connect(self._finish)
        self.tasks.give_up.connect(self._give_up)
        grid.selectionModel().selectionChanged.connect(lambda *_: self._show_bar())

    def show_book(self, book: Book | None) -> None:
        """Take the account's positions and what is being reversed."""
        before, self._book = self._book, book
        self.tasks.show_lines(() if book is None else book.reversals)
        chosen = self.strip.chosen
        if chosen is not None and (book is None or book.account != chosen.account):
            self.strip.close_strip()  # it was about another account
        if before is None or book is None or before.account != book.account:
            self._show_bars()
        else:
            self._show_bar()

    def show_link(self, link: LinkLine) -> None:
        """Take how the desk stands to its runner."""
        self._link = link
        self._show_bars()

    def show_account_line(self, line: AccountLine) -> None:
        """Take how the account stands, and who holds it."""
        self._line = line
        self._show_bars()

    def show_quotes(self, quotes: dict[InstrumentId, Quote]) -> None:
        """Take the latest quotes."""
        self._quotes |= quotes
        chosen = self.strip.chosen
        if chosen is not None and chosen.instrument in quotes:
            self.strip.show_quote(quotes[chosen.instrument])

    def show_previews(self, previews: dict[int, Preview]) -> None:
        """Take answers to what the strip asked."""
        self.strip.show_previews(previews)

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of what was sent from here."""
        self.strip.show_results(results)
        for line in results:
            if line.command in self._given_up and line.code != "UNANSWERED":
                self._given_up.discard(line.command)
                self.tasks.say("" if line.ok else line.sentence)

    @property
    def _chosen(self) -> PositionLine | None:
        places = self._grid.selectionModel().selectedRows()
        return self._grid.rows.row(places[0].row()).line if len(places) == 1 else None

    @property
    def _barred(self) -> str:
        account = None if self._book is None else self._book.account
        return why_not(account, self._link, self._line)

    def _show_bars(self) -> None:
        account, barred = None if self._book is None else self._book.account, self._barred
        self.strip.show_barred(barred)
        self.tasks.allow(finish=not barred, give_up=may_give_up(account, self._link))
        self._show_bar()

    def _show_bar(self) -> None:
        line = self._chosen
        barred = self._barred if self._book is not None and self._book.positions else ""
        self.bar.show_about(line, barred, self._against(line))

    def _against(self, line: PositionLine | None) -> int:
        what = None if line is None else (line.instrument, line.flag, line.side.opposite)
        lines = () if self._book is None else self._book.positions
        return sum(one.lots for one in lines if (one.instrument, one.flag, one.side) == what)

    def _open(self, verb: Verb) -> None:
        line, book = self._chosen, self._book
        if line is not None and book is not None:
            name = line.instrument
            known, quote = self._instruments.get(name), self._quotes.get(name)
            self.strip.open(of_position(verb, book.account, line, self._against(line)), known, quote, self._barred)

    def _finish(self, reversal: str) -> None:
        line, book = self.tasks.line(reversal), self._book
        if line is not None and book is not None:
            known, quote = self._instruments.get(line.instrument), self._quotes.get(line.instrument)
            self.strip.open(of_reversal(book.account, line), known, quote, self._barred)

    def _give_up(self, reversal: str) -> None:
        if self._book is not None:
            body = c.GiveUpReversal(account=self._book.account, reversal=ReversalId(reversal))
            self._given_up.add(self._hand.send(body))
