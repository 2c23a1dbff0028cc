"""Stand on top of the window: which program, market and account, who holds it, what it is worth, and how to stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenuBar, QSizePolicy

from terminal.domain.words.terms import Term
from terminal.engine.screen import LinkState
from terminal.widgets.account import sums as account_sums
from terminal.widgets.account.figure import AccountFigure
from terminal.widgets.account.seat import Seat
from terminal.widgets.account.title import account_title
from terminal.widgets.alert.kill_switch import KillSwitch
from terminal.widgets.parts import figures
from terminal.widgets.parts.empty_state import BEHIND_MARK
from terminal.widgets.parts.icons import logo
from terminal.widgets.parts.rows import Tone, tone_of
from terminal.widgets.parts.steady_combo import SteadyCombo

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from terminal.domain.ids import AccountId
    from terminal.engine.book.lines import Book
    from terminal.engine.screen import AccountLine, Hand, LinkLine, ResultLine
    from terminal.widgets.account.sums import Explain
    from terminal.widgets.dress.look import Look

HEIGHT: Final = 54
FIGURES_APART: Final = 4  # pixels, beside the space between all that stands in the bar
ACCOUNT: Final = 224  # pixels: a code and a name of seven characters
PRODUCT: Final = "衡舵"
OPENING: Final = "正在打开…"
NO_ACCOUNT: Final = "尚无账户"
OLD_CUT: Final = "没有连上运行器，以下是断线前的数字"
OLD_HEARD: Final = "本工作台只能看，以下是停住时的数字"


class TopBar(QFrame):
    """Hold the menus, the market, the account picker and the account's figures; `account` tells which is looked at.

    Without a `hand` nobody sits here, and there is nothing to take over or to stop.
    """

    account = Signal(str)

    def __init__(self, look: Look, hand: Hand | None = None) -> None:
        super().__init__()
        self.setObjectName("topBar")
        self.setFixedHeight(HEIGHT)
        self._look = look
        self._logo = QLabel()
        name = QLabel(PRODUCT)
        name.setObjectName("productName")
        self.market = QLabel(OPENING)
        self.market.setObjectName("marketName")
        self.market.setAccessibleName(Term.MARKET)
        self.menus = QMenuBar()
        self.menus.setNativeMenuBar(False)
        self.menus.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.accounts = SteadyCombo()
        self.accounts.setAccessibleName(Term.ACCOUNT)
        self.accounts.setMinimumWidth(ACCOUNT)
        self.accounts.activated.connect(self._choose)
        self.seat = Seat(hand) if hand else None
        self.kill = KillSwitch(look, hand) if hand else None
        self.equity = self._figure(Term.EQUITY, account_sums.equity)
        self.profit = self._figure(Term.POSITION_PROFIT, account_sums.position_profit)
        self.closed = self._figure(Term.CLOSE_PROFIT, account_sums.close_profit, unpriced=True)
        self.margin = self._figure(Term.MARGIN, account_sums.margin, unpriced=True)
        self.available = self._figure(Term.AVAILABLE, account_sums.available)
        self.risk = self._figure(Term.RISK_DEGREE, account_sums.risk_degree)
        self.figures = (self.equity, self.profit, self.closed, self.margin, self.available, self.risk)
        self._spared = (self.closed, self.margin, self.profit, self.available, self.risk)  # the first gives way first
        self._fitted = (0, 0)  # this width, and what the bar needed at least when its figures were chosen for it
        self._names: dict[AccountId, str] = {}
        self._by_trade = False
        self._book: Book | None = None
        self._link: LinkLine | None = None
        self._is_old = False  # the runner is not heard: what follows from prices is what it was
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 16, 0)
        row.setSpacing(10)
        for widget in (self._logo, name, self.market, self.accounts, self.menus):
            row.addWidget(widget, alignment=Qt.AlignmentFlag.AlignVCenter)
        if self.seat:
            row.addWidget(self.seat)
        row.addStretch(1)
        for figure in self.figures:
            row.addWidget(figure)
            row.addSpacing(FIGURES_APART)
        if self.kill:
            row.addWidget(self.kill)
        self.show_accounts((), None)
        look.changed.connect(self._draw)
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many figures as there is room for: one that is cut would be another number."""
        super().resizeEvent(event)
        self._fit()

    def show_market(self, name: str) -> None:
        """Name the market."""
        self.market.setText(name)

    def show_stopped(self) -> None:
        """Say that no market was opened, where none was."""
        if self.market.text() == OPENING:
            self.market.setText("未打开")

    def show_accounts(self, accounts: tuple[AccountId, ...], shown: AccountId | None) -> None:
        """Offer these accounts."""
        self.accounts.clear()
        for account in accounts:
            self.accounts.addItem(account_title(account, self._names.get(account, "")), account)
        self.accounts.setEnabled(bool(accounts))
        if not accounts:
            self.accounts.addItem(NO_ACCOUNT)
        if shown is not None:
            self.accounts.setCurrentIndex(self.accounts.findData(shown))
        self._show_title()
        if self.kill:
            self.kill.show_accounts(accounts, self.accounts.currentData())

    def show_names(self, lines: dict[AccountId, AccountLine]) -> None:
        """Take what accounts are called."""
        for account, line in lines.items():
            self._names[account] = line.name
            place = self.accounts.findData(account)
            if place >= 0:
                self.accounts.setItemText(place, account_title(account, line.name))
        self._show_title()

    def show_link(self, link: LinkLine) -> None:
        """Take who sits here and whether the runner can be reached."""
        if link.state is LinkState.REFUSED:
            self.show_stopped()
        before, self._link = self._link, link
        self._is_old = link.is_old
        if before is None or (before.is_old, before.is_behind) != (link.is_old, link.is_behind):
            self.show_book(self._book)
        if self.seat and self.kill:
            self.seat.show_link(link)
            self.kill.show_link(link)

    def show_account(self, line: AccountLine | None) -> None:
        """Take how the account looked at stands."""
        if self.seat:
            self.seat.show_account(line)

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of what was asked for here."""
        if self.seat and self.kill:
            self.seat.show_results(results)
            self.kill.show_results(results)

    def show_view(self, *, by_trade: bool) -> None:
        """Name the profit by the view chosen; `show_book` follows with its figure."""
        self._by_trade = by_trade
        self.profit.caption.setText(Term.FLOATING_PROFIT if by_trade else Term.POSITION_PROFIT)

    def show_book(self, book: Book | None) -> None:
        """Show what an account is worth, grey while the runner is not heard; `None` shows dashes."""
        self._book = book
        if book is None:
            for figure in self.figures:
                figure.show_value(figures.ABSENT, Tone.DIM)
                figure.explain_again()
            return
        money, profit = book.money, book.profit(by_trade=self._by_trade)
        self.profit.show_value(figures.signed(profit), Tone.DIM if profit is None else self._tone(tone_of(profit)))
        closed = book.close_profit(by_trade=self._by_trade)
        self.closed.show_value(figures.signed(closed), self._tone(tone_of(closed)))
        self.margin.show_value(figures.number(money.margin), self._tone(Tone.PLAIN))
        # What a position is worth is part of these: one that is not known would be counted as nothing.
        priced = book.profit() is not None
        for figure, text in (
            (self.equity, figures.number(money.equity)),
            (self.available, figures.number(money.available)),
            (self.risk, figures.percent(money.risk_degree)),
        ):
            figure.show_value(text if priced else figures.ABSENT, self._tone(Tone.PLAIN) if priced else Tone.DIM)
        for each in self.figures:
            each.explain_again()
        self._fit()

    def _fit(self) -> None:
        row = self._row
        if self._fitted == (self.width(), row.minimumSize().width()):
            return
        for hidden in range(len(self._spared) + 1):
            for place, figure in enumerate(self._spared):
                figure.setHidden(place < hidden)
            row.invalidate()
            if row.minimumSize().width() <= self.width():
                break
        self._fitted = self.width(), row.minimumSize().width()

    def _figure(self, caption: str, explain: Explain, *, unpriced: bool = False) -> AccountFigure:
        def told() -> str:
            book = self._book
            if book is None:
                return "还没有这个账户的数字"
            if book.profit(by_trade=self._by_trade) is None and not unpriced:
                return "有持仓还没有价格，所以不知道这个数字；行情来了会自动显示"
            return self._why_old() + explain(book, self._by_trade)

        return AccountFigure(caption, told)

    def _why_old(self) -> str:
        link = self._link
        if link is None or not link.is_old:
            return ""
        return f"{BEHIND_MARK if link.is_behind else OLD_HEARD if link.is_heard else OLD_CUT}\n"

    def _tone(self, tone: Tone) -> Tone:
        return Tone.DIM if self._is_old else tone

    def summary(self) -> str:
        """Return account and figures as one text."""
        if not self.accounts.isEnabled():
            return NO_ACCOUNT
        shown = (self.equity, self.profit, self.margin, self.available, self.risk)
        told = " ".join(f"{figure.caption.text()} {figure.value.text()}" for figure in shown)
        return f"{Term.ACCOUNT} {self.accounts.currentText()} {told}"

    def _choose(self, index: int) -> None:
        chosen = self.accounts.itemData(index)
        self._show_title()
        if chosen is None:
            return
        if self.kill:
            self.kill.show_accounts(tuple(map(self.accounts.itemData, range(self.accounts.count()))), chosen)
        self.account.emit(chosen)

    def _show_title(self) -> None:
        self.accounts.setToolTip(self.accounts.currentText())  # the field may have no room for all of it

    def _draw(self) -> None:
        self._logo.setPixmap(logo(self._look.tokens.button, size=22))
