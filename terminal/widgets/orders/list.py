"""List what was ordered, what was filled and what happened (委托与事件), newest first, and let a person cancel.

Cancelling is never blocked here: whatever the link, the account or the risk gate say, the wish goes out, and its result
is told in the foot.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget

from terminal.domain.commands import CancelAll, CancelOrder
from terminal.domain.fact.facts import Role
from terminal.domain.words.terms import Term
from terminal.engine.conditional.line import ConditionalLine
from terminal.engine.screen import EventLine, OrderLine, TradeLine
from terminal.widgets.orders.columns import (
    EVENT_COLUMNS,
    ORDER_COLUMNS,
    TRADE_COLUMNS,
    EventRow,
    OrderRow,
    TradeRow,
    is_active,
    note_text,
    state_text,
)
from terminal.widgets.orders.conditional_columns import row_text as conditional_text
from terminal.widgets.orders.conditional_tab import ConditionalTab
from terminal.widgets.orders.foot import OrderFoot
from terminal.widgets.parts import figures
from terminal.widgets.parts.empty_state import unknown
from terminal.widgets.parts.ledger import Ledger, Shape
from terminal.widgets.parts.panel import Panel
from terminal.widgets.parts.segments import Segments

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex

    from terminal.domain.ids import AccountId, CommandId, ConditionalId, InstrumentId, OrderId
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.screen import AccountLine, Hand, LinkLine, ResultLine
    from terminal.widgets.dress.look import Look
    from terminal.widgets.orders.conditional_columns import ConditionalRow
    from terminal.widgets.parts.grid import Grid

WORKING, ORDERS, TRADES, EVENTS, CONDITIONALS = range(5)
NEXT_ORDER: Final = "下一步：在「下单」面板选合约，或在行情里双击买卖价。"
NO_TRADER: Final = "您在该账户没有交易权限，不能下单；委托由交易员下达。"
NOBODY_TRADES: Final = "您没有交易权限，不能下单；委托由交易员下达。"
EMPTY: Final = {
    WORKING: ("没有挂单", "还在排队、可能成交的委托列在这里；双击一笔就撤它。", NEXT_ORDER),
    ORDERS: ("今天还没有委托", "每一笔委托从登记到成交、撤单都列在这里。", NEXT_ORDER),
    TRADES: ("今天还没有成交", "委托成交之后，价格、手数和手续费列在这里。", "委托排队的情况看「全部挂单」。"),
    EVENTS: ("还没有事件", "委托、风控、策略和系统发生的每件事，在这里各有一句话。", "重要的事同时出现在窗口上方。"),
}


class OrderList(Panel):
    """Show orders, trades and events of one account."""

    def __init__(self, look: Look, hand: Hand) -> None:
        super().__init__("order_list", Term.ORDERS_AND_EVENTS, look)
        self._hand = hand
        self._account: AccountId | None = None
        self._lines: dict[AccountId, AccountLine] = {}
        self._link: LinkLine | None = None
        self._days: dict[AccountId, int] = {}  # the trading day of each account
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._asked: dict[CommandId, str] = {}
        self._old = False  # the runner is not heard: what stood may stand no more
        self.foot = OrderFoot()
        self.cancel, self.cancel_instrument, self.cancel_all = self.foot.add(
            (
                (Term.CANCEL, "撤选中的委托（Del，或双击一笔）", self.cancel_chosen),
                (Term.CANCEL_INSTRUMENT, "撤这个合约的全部挂单（Ctrl+Del）", self.cancel_contract),
                (Term.CANCEL_EVERYTHING, "撤这个账户的全部挂单（Ctrl+Shift+Del）", self.cancel_everything),
            )
        )
        self.waits = ConditionalTab(look, hand, self.foot)
        orders = Shape[OrderLine, OrderRow](
            Term.ORDERS, ORDER_COLUMNS, lambda line: line.terms.account, self._order_row, EMPTY[ORDERS]
        )
        self.working = Ledger(orders._replace(name=Term.WORKING_ORDERS, empty=EMPTY[WORKING]), look)
        self.orders = Ledger(orders, look)
        self.trades = Ledger(
            Shape[TradeLine, TradeRow](
                Term.TRADES, TRADE_COLUMNS, lambda line: line.account, self._trade_row, EMPTY[TRADES]
            ),
            look,
        )
        self.events = Ledger(
            Shape[EventLine, EventRow](
                Term.EVENTS, EVENT_COLUMNS, lambda line: line.account, self._event_row, EMPTY[EVENTS]
            ),
            look,
        )
        self.view = Segments(
            (Term.WORKING_ORDERS, Term.ORDERS, Term.TRADES, Term.EVENTS, Term.CONDITIONAL_ORDERS),
            name=f"{Term.ORDERS_AND_EVENTS}视图",
        )
        self.title.add(self.view)
        self._stack = QStackedWidget()
        for grid in self.grids:
            self._stack.addWidget(grid)
        self.body.addWidget(self._stack, 1)
        self.count, self.told = self.foot.count, self.foot.told
        self.body.addWidget(self.foot)
        self._connect()
        self._show_count()

    @property
    def grids(self) -> tuple[Grid[OrderRow] | Grid[TradeRow] | Grid[EventRow] | Grid[ConditionalRow], ...]:
        """Return the tables, to be flushed once per frame."""
        return (self.working.grid, self.orders.grid, self.trades.grid, self.events.grid, self.waits.ledger.grid)

    # --- what the window tells ----------------------------------------------------------------------------------------

    def restart(self) -> None:
        """Begin again: the desk has folded anew and tells everything once more."""
        for ledger in self._ledgers():
            ledger.restart()
        self._show_count()

    def show_link(self, link: LinkLine) -> None:
        """Take whether the runner is heard; while it is not, what was working is said to be of before."""
        is_first = self._link is None
        if self._link is None or unknown(link) != unknown(self._link):
            for ledger in self._ledgers():
                ledger.show_age(unknown(link))
        self._link = link
        self._advise()
        if link.is_old is self._old and not is_first:
            return
        line, before = self._current_order(), self._old
        self._old = link.is_old
        for ledger in (self.working, self.orders):  # a fill and an event stand, whatever has become of the link
            ledger.refresh()
        self.waits.show_old(old=self._old)
        if line is not None and self.told.text() == _row_text(line, old=before):
            self._tell(_row_text(line, old=self._old), "none")
        self._show_count()

    def show_orders(self, orders: dict[OrderId, OrderLine]) -> None:
        """Take the latest lines of orders."""
        # A lane that keeps the latest hands them out in no order of its own.
        lines = sorted(orders.items(), key=lambda item: (item[1].recorded_at, item[0]))
        self.orders.take((name, line) for name, line in lines if self._is_listed(line))
        self.orders.drop(name for name, line in lines if not self._is_listed(line))
        self.working.take((name, line) for name, line in lines if is_active(line))
        self.working.drop(name for name, line in lines if not is_active(line))
        self._show_count()

    def show_accounts(self, lines: dict[AccountId, AccountLine]) -> None:
        """Take how accounts stand: when a trading day has begun, fills and ended orders of the one before go.

        A desk that starts later is never told of the fills, and all desks list the same.
        """
        self._lines |= lines
        self._advise()
        days = {name: line.trading_day for name, line in lines.items()}
        begun = any(self._days.get(name) != day for name, day in days.items())
        self._days |= days
        self.trades.drop([key for key, line in self.trades.lines.items() if not self._is_of_today(line)])
        if begun:
            self.orders.drop([key for key, line in self.orders.lines.items() if not self._is_listed(line)])
            for ledger in (self.working, self.orders):
                ledger.refresh()  # what is still active is of an earlier day now, and says so
            self.waits.show_days(days)
        self._show_count()

    def show_conditionals(self, lines: dict[ConditionalId, ConditionalLine]) -> None:
        """Take the latest lines of conditional orders."""
        self.waits.show_lines(lines)
        self._show_count()

    def show_trades(self, trades: tuple[TradeLine, ...]) -> None:
        """Take fills, in the order of the journal."""
        self.trades.take(((line.account, line.order, line.trade), line) for line in trades if self._is_of_today(line))
        self._show_count()

    def show_events(self, events: tuple[EventLine, ...]) -> None:
        """Take events, in the order of the journal."""
        self.events.take((line.number, line) for line in events)
        self._show_count()

    def show_account(self, account: AccountId | None) -> None:
        """Show one account; `None` shows all, and then 全撤 has nothing it could mean."""
        self._account = account
        self._advise()
        for ledger in self._ledgers():
            ledger.show_account(account)
        self._tell("", "none")
        self._show_count()

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """Take the contracts' names and ticks."""
        self._instruments = {one.id: one for one in instruments}
        self.waits.show_instruments(self._instruments)
        for ledger in self._ledgers():
            ledger.refresh()

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Say what became of what was cancelled from here; other results are ignored."""
        self.waits.show_results(results)
        for line in results:
            asked = self._asked.pop(line.command, None)
            if asked is not None:
                self._tell(f"{'●' if line.ok else '■'} {asked}：{line.sentence}", "none" if line.ok else "deny")

    # --- cancelling ---------------------------------------------------------------------------------------------------

    def cancel_chosen(self) -> None:
        """Cancel the selected orders that are still active; withdraw the selected conditional ones."""
        if self.view.index == CONDITIONALS:
            self.waits.withdraw()
            return
        ledger = {WORKING: self.working, ORDERS: self.orders}.get(self.view.index)
        chosen = [] if ledger is None else [ledger.lines[key] for key in ledger.chosen()]
        if not chosen:
            self._tell(f"▲ 先在「{Term.WORKING_ORDERS}」或「{Term.ORDERS}」里选中一行，才知道撤哪一笔", "warn")
        self._cancel(chosen)

    def cancel_contract(self) -> None:
        """Cancel every working order of the contract the keyboard is on, in that row's account."""
        found = self._contract()
        if found is None:
            self._tell("▲ 先选一行，才知道撤哪个合约", "warn")
            return
        account, instrument = found
        known = self._instruments.get(instrument)
        self._send(
            CancelAll(account=account, instrument=instrument), f"撤 {known.name if known else instrument} 全部挂单"
        )

    def cancel_everything(self) -> None:
        """Cancel every working order of the account shown."""
        if self._account is None:
            self._tell("▲ 先选账户，才知道全撤哪个账户", "warn")
            return
        self._send(CancelAll(account=self._account), f"{Term.CANCEL_EVERYTHING} {self._account}")

    def copy(self) -> None:
        """Copy the selected rows as CSV."""
        ledger = self._ledgers()[self.view.index]
        rows = len(ledger.chosen())
        if rows:
            QGuiApplication.clipboard().setText(ledger.as_csv())
            self._tell(f"已复制 {rows} 行", "none")

    def _cancel(self, lines: list[OrderLine]) -> None:
        active = [line for line in lines if is_active(line)]
        for line in active:
            what = f"{Term.CANCEL} {self._name(line.terms.instrument)} {line.terms.lots} 手"
            self._send(CancelOrder(account=line.terms.account, order=line.order), what)
        if lines and not active:
            self._tell("▲ 选中的委托已经结束，没有可撤的", "warn")

    def _send(self, body: CancelOrder | CancelAll, what: str) -> None:
        self._asked[self._hand.send(body)] = what
        self._tell(f"○ {what}：已发出，等待回答", "none")

    def _contract(self) -> tuple[AccountId, InstrumentId] | None:
        ledger = self._ledgers()[self.view.index]
        key = ledger.current()
        line = ledger.lines.get(key) if key is not None else None
        if isinstance(line, OrderLine):
            return line.terms.account, line.terms.instrument
        if isinstance(line, TradeLine | ConditionalLine):
            return line.account, line.instrument
        if isinstance(line, EventLine) and line.instrument is not None:
            account = line.account or self._account
            return (account, line.instrument) if account is not None else None
        return None

    def _is_of_today(self, line: OrderLine | TradeLine) -> bool:
        account = line.terms.account if isinstance(line, OrderLine) else line.account
        return line.trading_day >= self._days.get(account, 0)

    def _is_listed(self, line: OrderLine) -> bool:
        return self._is_of_today(line) or is_active(line)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _advise(self) -> None:
        # Whoever cannot order now is not sent to the ticket: what stands in the way is what they read.
        advice = self._barred() or NEXT_ORDER
        for ledger in (self.working, self.orders):
            ledger.advise(advice)

    def _barred(self) -> str:
        link, account = self._link, self._account
        line = self._lines.get(account) if account is not None else None
        if link is not None and not link.is_old:
            if not link.may_order:
                return NOBODY_TRADES
            if account is not None and Role.TRADER not in link.roles.get(account, ()):
                return NO_TRADER
        return "" if line is None else line.why_closed

    def _ledgers(
        self,
    ) -> tuple[
        Ledger[OrderLine, OrderRow]
        | Ledger[TradeLine, TradeRow]
        | Ledger[EventLine, EventRow]
        | Ledger[ConditionalLine, ConditionalRow],
        ...,
    ]:
        return (self.working, self.orders, self.trades, self.events, self.waits.ledger)

    def _connect(self) -> None:
        self.view.chosen.connect(self._show_view)
        for keys, act in (
            ("Del", self.cancel_chosen),
            ("Ctrl+Del", self.cancel_contract),
            ("Ctrl+Shift+Del", self.cancel_everything),
            ("Ctrl+C", self.copy),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(act)
        for place in (WORKING, ORDERS):
            self.grids[place].doubleClicked.connect(partial(self._cancel_clicked, place))
        for place, grid in enumerate(self.grids):
            grid.selectionModel().currentRowChanged.connect(partial(self._tell_row, place))

    def _cancel_clicked(self, place: int, index: QModelIndex) -> None:
        ledger = self.working if place == WORKING else self.orders
        self._cancel([ledger.rows.row(index.row()).line])

    def _show_view(self, view: int) -> None:
        self._stack.setCurrentIndex(view)
        self._tell_row(view, self._ledgers()[view].grid.currentIndex())
        self.cancel.setEnabled(view in (WORKING, ORDERS))
        self.waits.show_buttons(shown=view == CONDITIONALS)
        for button in (self.cancel, self.cancel_instrument, self.cancel_all):
            button.setVisible(view != CONDITIONALS)
        self._show_count()

    def _show_count(self) -> None:
        ledger = self._ledgers()[self.view.index]
        text = f"{figures.number(ledger.rows.rowCount())} 行"
        if ledger.dropped:
            text += f" · 只留最近的，更早的 {figures.number(ledger.dropped)} 行已不在这里"
        self.count.setText(text)
        working, orders, trades = (one.rows.rowCount() for one in (self.working, self.orders, self.trades))
        waiting = self.waits.standing
        more = f" · {Term.CONDITIONAL_ORDERS} {figures.number(waiting)}" if waiting else ""
        of_before = f"{Term.BEFORE_CUT} " if self._old and orders else ""
        told = f"挂单 {figures.number(working)} · 委托 {figures.number(orders)} · 成交 {figures.number(trades)}"
        self.title.note(f"{of_before}{told}{more}" if orders or trades or more else "")

    def _tell_row(self, place: int, index: QModelIndex, _: QModelIndex | None = None) -> None:
        # A table shortens long words; the foot has room for the whole sentence.
        if place != self.view.index:
            return  # of a row that nobody sees
        ledger = self._ledgers()[place]
        line = ledger.lines.get(ledger.rows.key(index.row())) if index.isValid() else None
        if isinstance(line, OrderLine):
            self._tell(_row_text(line, old=self._old), "none")
        elif isinstance(line, ConditionalLine):
            self._tell(conditional_text(line, old=self._old), "none")
        elif isinstance(line, EventLine):
            self._tell(line.sentence, "none")
        elif self.told.property("verdict") == "none":
            self._tell("", "none")  # the row it was about is gone

    def _tell(self, text: str, verdict: str) -> None:
        self.foot.tell(text, verdict)

    def _name(self, instrument: InstrumentId) -> str:
        known = self._instruments.get(instrument)
        return known.name if known else instrument

    def _current_order(self) -> OrderLine | None:
        ledger = {WORKING: self.working, ORDERS: self.orders}.get(self.view.index)
        key = ledger.current() if ledger is not None else None
        return ledger.lines.get(key) if ledger is not None and key is not None else None

    def _order_row(self, line: OrderLine) -> OrderRow:
        return OrderRow(line, self._instruments.get(line.terms.instrument), self._old, not self._is_of_today(line))

    def _trade_row(self, line: TradeLine) -> TradeRow:
        return TradeRow(line, self._instruments.get(line.instrument))

    def _event_row(self, line: EventLine) -> EventRow:
        return EventRow(line, self._instruments.get(line.instrument) if line.instrument else None)


def _row_text(line: OrderLine, *, old: bool) -> str:
    return " ".join(part for part in (state_text(line, old=old), note_text(line, old=old)) if part)
