"""Keep which account is looked at, and show its book and its line in every part of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.ids import AccountId

if TYPE_CHECKING:
    from terminal.engine.book.lines import Book
    from terminal.engine.screen import AccountLine
    from terminal.widgets.window.desk_panels import DeskPanels
    from terminal.widgets.window.status_line import StatusLine
    from terminal.widgets.window.top_bar import TopBar


class ShownAccount:
    """Hold the books and lines of all accounts; `account` is the one looked at, `None` before the first book."""

    def __init__(self, top: TopBar, status: StatusLine, panels: DeskPanels) -> None:
        self._top, self._status, self._panels = top, status, panels
        self._books: dict[AccountId, Book] = {}
        self._lines: dict[AccountId, AccountLine] = {}
        self.account: AccountId | None = None
        top.account.connect(lambda name: self._look_at(AccountId(name)))
        panels.positions.by_trade.connect(self._show_view)

    def take_lines(self, lines: dict[AccountId, AccountLine]) -> None:
        """Take what is told of accounts."""
        self._lines |= lines
        self._show_line()

    def take_books(self, books: dict[AccountId, Book]) -> None:
        """Take books; the first account there is, is looked at until a person picks another."""
        fresh = books.keys() - self._books.keys()
        self._books |= books
        if fresh:
            self.account = self.account or min(self._books)
            self._top.show_accounts(tuple(sorted(self._books)), self.account)
            self._show_account()
        if self.account in books:
            self._show_book()

    def _look_at(self, account: AccountId) -> None:
        if account in self._books:
            self.account = account
            self._show_account()
            self._show_book()

    def _show_account(self) -> None:
        for panel in (self._panels.orders, self._panels.strategies, self._panels.ticket):
            panel.show_account(self.account)
        self._show_line()

    def _show_line(self) -> None:
        line = self._lines.get(self.account) if self.account else None
        self._top.show_account(line)
        self._status.show_account(line)
        if line is not None:
            for panel in (self._panels.ticket, self._panels.strategies, self._panels.positions):
                panel.show_account_line(line)

    def _show_view(self, by_trade: bool) -> None:  # noqa: FBT001  # a signal's argument
        self._top.show_view(by_trade=by_trade)
        self._show_book()

    def _show_book(self) -> None:
        book = self._books.get(self.account) if self.account else None
        self._top.show_book(book)
        self._panels.positions.show_book(book)
        self._panels.strategies.show_book(book)
        self._panels.basis.show_book(book)
