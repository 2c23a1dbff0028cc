"""Keep a person's groups of accounts and their latest orders for them, and the sheet that shows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from terminal.domain.fact.facts import Role

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, BatchId
    from terminal.engine.batch.line import BatchLine, GroupLine
    from terminal.engine.mailbox import Drained
    from terminal.engine.screen import Hand, LinkLine
    from terminal.widgets.batch.group_button import Asked
    from terminal.widgets.batch.sheet import BatchSheet
    from terminal.widgets.dress.look import Look


class Batches(QObject):
    """Keep what was told; the sheet reads it here."""

    def __init__(self, look: Look, hand: Hand, near: QWidget) -> None:
        super().__init__(near)
        self._look, self._near = look, near
        self.hand = hand
        self.groups: dict[str, GroupLine] = {}
        self.batches: dict[BatchId, BatchLine] = {}  # oldest first
        self.link: LinkLine | None = None
        self._names: dict[AccountId, str] = {}
        self.sheet: BatchSheet | None = None

    @property
    def accounts(self) -> dict[AccountId, str]:
        """Return the accounts this person may order for, with their names."""
        roles = {} if self.link is None else self.link.roles
        mine = sorted((name for name, has in roles.items() if Role.TRADER in has), key=_in_order)
        return {name: self._names.get(name, "") for name in mine}

    def take(self, drained: Drained) -> None:
        """Take what came."""
        if drained.restarted:
            self.groups.clear()
            self.batches.clear()
        for name, group in drained.groups.items():
            self.groups.pop(name, None)
            if group.members:
                self.groups[name] = group
        self.batches |= drained.batches
        self.batches = dict(sorted(self.batches.items(), key=lambda one: one[1].at))
        self._names |= {account: line.name for account, line in drained.accounts.items()}
        self.link = drained.link or self.link
        if self.sheet is None:
            return
        if drained.restarted or drained.groups or drained.batches or drained.link or drained.accounts:
            self.sheet.refresh()
        if drained.previews:
            self.sheet.show_previews(drained.previews)
        if drained.results:
            self.sheet.show_results(drained.results)
        self.sheet.grid.flush()

    def open(self, asked: Asked) -> None:
        """Open the sheet over what the ticket says, or bring the open one to the front with it."""
        from terminal.widgets.batch.sheet import BatchSheet  # noqa: PLC0415  # not before it is asked for

        if self.sheet is None:
            self.sheet = BatchSheet(self._near.window(), self._look, self)
            self.sheet.destroyed.connect(self._forget)
        self.sheet.show()
        self.sheet.begin(asked)  # one that nobody sees asks nothing
        self.sheet.raise_()
        self.sheet.activateWindow()

    def _forget(self) -> None:
        self.sheet = None


def _in_order(account: AccountId) -> str:
    # A2 before A10, as people count.
    return "".join(part.zfill(9) if part.isdigit() else part for part in re.split(r"(\d+)", account))
