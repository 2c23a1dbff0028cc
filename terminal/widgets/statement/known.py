"""Keep what is known of the statements that were handed in, for the sheet that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from terminal.domain.ids import AccountId
from terminal.widgets.statement.compare import StatementImport

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

    from terminal.engine.mailbox import Drained
    from terminal.engine.screen import Hand, LinkLine
    from terminal.engine.statement.line import StatementLine
    from terminal.widgets.dress.look import Look
    from terminal.widgets.statement.sheet import StatementSheet


class Statements(QObject):
    """Keep what is known of every account's statements, and the sheet that shows one, while it is open."""

    def __init__(self, window: QMainWindow, look: Look, hand: Hand) -> None:
        super().__init__(window)
        self.importer = StatementImport(hand, self)
        self._window, self._look = window, look
        self._lines: dict[AccountId, tuple[StatementLine, ...]] = {}
        self._names: dict[AccountId, str] = {}
        self._link: LinkLine | None = None
        self.sheet: StatementSheet | None = None

    def take(self, drained: Drained) -> None:
        """Take what came; a new fold, or an account that may not be seen any more, takes what was known."""
        if drained.restarted:
            self._lines.clear()
        for account in drained.taken:
            self._lines.pop(account, None)
        self._lines |= drained.statements
        self._names |= {account: line.name for account, line in drained.accounts.items()}
        self._link = drained.link or self._link
        if drained.results:
            self.importer.show_results(drained.results)
        if self.sheet is not None and (
            drained.restarted or drained.taken or drained.statements or drained.accounts or drained.link
        ):
            self.sheet.show_lines(self._lines, self._names, self._link)
        if self.sheet is not None:
            self.sheet.ledger.grid.flush()

    def show_sheet(self, account: str | bool = "") -> None:  # noqa: FBT001  # a menu entry tells whether it is checked
        """Open the sheet, at the latest statement of an account, or at what needs looking at most."""
        from terminal.widgets.statement.sheet import StatementSheet  # noqa: PLC0415  # not before it is asked for

        if self.sheet is None:
            self.sheet = StatementSheet(self._window, self._look, self.importer)
            self.sheet.destroyed.connect(self._forget)
        self.sheet.show_lines(self._lines, self._names, self._link)
        self.sheet.choose(AccountId(account) if isinstance(account, str) and account else None)
        self.sheet.show()
        self.sheet.raise_()
        self.sheet.activateWindow()

    def import_statement(self) -> None:
        """Open the sheet and ask for the file of a statement."""
        self.show_sheet()
        if self.sheet is not None:
            self.sheet.ask_for_file()

    def _forget(self) -> None:
        self.sheet = None
