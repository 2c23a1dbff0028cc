"""Keep what is known of the contracts that no exchange lists (场外), and the sheet that shows them while it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from terminal.domain.fact.facts import Role

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from terminal.domain.ids import AccountId
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.mailbox import Drained
    from terminal.engine.otc.line import OtcLine
    from terminal.engine.screen import AccountLine, Hand, LinkLine
    from terminal.widgets.dress.look import Look
    from terminal.widgets.otc.sheet import OtcSheet


class OtcContracts(QObject):
    """Keep what was told; the sheet reads it here."""

    def __init__(self, look: Look, hand: Hand, near: QWidget) -> None:
        super().__init__(near)
        self._look, self._near = look, near
        self.hand = hand
        self.lines: dict[AccountId, tuple[OtcLine, ...]] = {}
        self.accounts: dict[AccountId, AccountLine] = {}
        self.instruments: tuple[Instrument, ...] = ()
        self.account: AccountId | None = None
        self.link: LinkLine | None = None
        self.sheet: OtcSheet | None = None

    @property
    def why_not(self) -> str:
        """Return why nothing can be asked for here now; "" where it can."""
        if self.account is None:
            return "还没有账户"
        if self.link is None or self.link.is_old:
            return "没有与运行器连接，不能登记"
        mine = set(self.link.roles.get(self.account, ()))
        return "" if mine & {Role.TRADER, Role.RISK} else "在这个账户没有下单或风控权限，只能看"

    def take(self, drained: Drained, account: AccountId | None) -> None:
        """Take what came, and which account is looked at."""
        if drained.restarted:
            self.lines.clear()
        for gone in drained.taken:
            self.lines.pop(gone, None)
            self.accounts.pop(gone, None)
        self.lines |= drained.otc
        self.accounts |= drained.accounts
        self.link = drained.link or self.link
        moved = account != self.account
        self.account = account
        if self.sheet is None:
            return
        if moved or drained.restarted or drained.otc or drained.accounts or drained.link or drained.taken:
            self.sheet.refresh()
        if drained.previews:
            self.sheet.show_previews(drained.previews)
        if drained.results:
            self.sheet.show_results(drained.results)
        self.sheet.grid.flush()

    def open(self) -> None:
        """Open the sheet, or bring the open one to the front."""
        from terminal.widgets.otc.sheet import OtcSheet  # noqa: PLC0415  # not before it is asked for

        if self.sheet is None:
            self.sheet = OtcSheet(self._near.window(), self._look, self)
            self.sheet.destroyed.connect(self._forget)
        self.sheet.refresh()
        self.sheet.show()
        self.sheet.raise_()
        self.sheet.activateWindow()

    def _forget(self) -> None:
        self.sheet = None
