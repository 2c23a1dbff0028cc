"""Watch a runner over its shoulder: every turn it has carried out, nothing of it changed."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.backtest.curve import Curve
from terminal.backtest.naked import NakedMeter
from terminal.backtest.report import Violation
from terminal.backtest.trades import Doings, Fill
from terminal.backtest.window import WindowMeter
from terminal.domain.days.calendar import MINUTE_NS
from terminal.domain.fact import facts as f
from terminal.domain.orders.order import OrderState
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import ExecutionSettings, GridSettings
from terminal.engine.check import check_all

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, InstrumentId, OrderId, StrategyId
    from terminal.engine.receive import Engine
    from terminal.engine.state import AccountState, OrderRow, State, StrategyRow
    from terminal.engine.turn import Turn

ZERO: Final = Decimal(0)
ENDS: Final = {
    f.OrderRejected: OrderState.REJECTED,
    f.OrderCancelled: OrderState.CANCELLED,
    f.OrderExpired: OrderState.EXPIRED,
    f.OrderVoided: OrderState.VOID,
}

Owner = tuple["AccountId", "StrategyId | None"]


class Watch:
    """Collect what a report is made of."""

    def __init__(self) -> None:
        self.total = Curve()  # of all accounts together
        self.curves: dict[AccountId, Curve] = defaultdict(Curve)
        self.doings: dict[Owner, Doings] = {}
        self.rows: dict[Owner, StrategyRow] = {}  # also of strategies the state has forgotten since
        self.meters: dict[Owner, NakedMeter] = {}
        self.windows: dict[Owner, WindowMeter] = {}  # of executions
        self.fills: list[Fill] = []
        self.moved: dict[AccountId, Decimal] = defaultdict(Decimal)
        self.moved_on: dict[tuple[AccountId, int], Decimal] = defaultdict(Decimal)
        self.violations: list[Violation] = []
        self.checks = 0
        self._mids: dict[OrderId, Decimal | None] = {}  # of the orders that have not ended
        self._running: list[NakedMeter] = []
        self.due = 0  # when every account is looked at next, UTC ns

    @property
    def measures(self) -> bool:
        """Return whether every batch is measured, because a leg is naked."""
        return bool(self._running)

    def take(self, turn: Turn, engine: Engine) -> None:
        """Take a turn that has been carried out."""
        for meter in self._running:
            meter.pass_time(engine.look)
        for window in self.windows.values():
            window.look(engine.look)
        if turn.said:
            self._take_facts(turn, engine)
        self.see_minute(engine)

    def see_minute(self, engine: Engine) -> None:
        """Look at every account when another minute of market time has begun."""
        columns = engine.columns
        if columns.at >= self.due and columns.batch >= 0:
            self.due = columns.at // MINUTE_NS * MINUTE_NS + MINUTE_NS
            self.see(engine)

    def see(self, engine: Engine) -> None:
        """Look at every account as it is now."""
        at, marks = engine.columns.at, engine.columns.last_price
        equity = balance = margin = moved = ZERO
        for name, account in engine.state.accounts.items():
            money, by_trade = account.book.view(marks), account.book.trade_by_trade(marks)
            came = self.moved[name]
            self.curves[name].see(at, money.equity, by_trade.balance, margin=money.margin, moved=came)
            equity, balance = equity + money.equity, balance + by_trade.balance
            margin, moved = margin + money.margin, moved + came
        self.total.see(at, equity, balance, margin=margin, moved=moved)

    def check(self, state: State, at: int) -> None:
        """Check every invariant, and keep what does not hold."""
        self.checks += 1
        for sentence in check_all(state):
            self.fault(state, at, sentence)

    def fault(self, state: State, at: int, sentence: str) -> None:
        """Keep an invariant that does not hold."""
        day = max((account.trading_day for account in state.accounts.values()), default=0)
        self.violations.append(Violation(at=at, trading_day=day, sentence=sentence))

    def _take_facts(self, turn: Turn, engine: Engine) -> None:
        state, touched, settled = turn.state, dict[Owner, None](), False
        for said in turn.said:
            match said.fact:
                case f.OrderRecorded() as fact:
                    self._doings(state, fact.terms.account, fact.cause.strategy).orders += 1
                    self._mids[fact.order] = _middle(engine, fact.terms.instrument)
                case f.OrderFilled() as fact:
                    touched[self._fill(state.accounts[fact.account], state, fact)] = None
                case f.OrderRefused() as fact:
                    worst = max(fact.findings, key=lambda finding: finding.verdict)
                    self._doings(state, fact.terms.account, fact.cause.strategy).refused[worst.code] += 1
                case f.StrategyStarted() | f.StrategyMarked() | f.StrategyChanged() as fact:
                    touched[fact.account, fact.strategy] = None
                case f.CashMoved() as fact if not fact.is_filing_fee:
                    self.moved[fact.account] += fact.amount
                    self.moved_on[fact.account, state.accounts[fact.account].trading_day] += fact.amount
                case f.DaySettled() as fact:
                    settled = True
                    self._settle(state.accounts[fact.account], fact, engine)
                case f.OrderRejected() | f.OrderCancelled() | f.OrderExpired() | f.OrderVoided() as fact:
                    self._end(state, fact)
                case _:
                    pass
        for owner in touched:
            self._measure(owner, state, engine)
        if settled:
            self.check(state, turn.at)

    def _doings(self, state: State, account: AccountId, strategy: StrategyId | None) -> Doings:
        owner = account, strategy
        found = self.doings.get(owner)
        if found is None:
            row = None if strategy is None else state.accounts[account].strategies.get(strategy)
            found = self.doings[owner] = Doings(None if row is None else row.settings)
        return found

    def _fill(self, account: AccountState, state: State, fact: f.OrderFilled) -> Owner:
        row = account.orders[fact.order]
        instrument, mid = state.tenant.instruments[fact.instrument], self._mids.get(fact.order)
        fill = Fill(
            account=fact.account,
            strategy=row.cause.strategy,
            instrument=fact.instrument,
            side=fact.side,
            offset=row.terms.offset,
            lots=fact.lots,
            price=fact.price,
            fee=fact.fee,
            trading_day=fact.trading_day,
            at_ns=fact.exchange_at,
            order_id=fact.order,
            trade_id=fact.trade,
            mid=mid,
            slippage=None if mid is None else fact.side.sign * instrument.value(fact.price - mid, fact.lots),
        )
        self.fills.append(fill)
        doings = self._doings(state, fact.account, row.cause.strategy)
        doings.fill(fill, instrument, row.cause.tag)
        if fact.is_last and fact.order in self._mids:
            del self._mids[fact.order]
            doings.states[str(OrderState.FILLED)] += 1
        return fact.account, row.cause.strategy

    def _end(self, state: State, fact: f.OrderRejected | f.OrderCancelled | f.OrderExpired | f.OrderVoided) -> None:
        row: OrderRow = state.accounts[fact.account].orders[fact.order]
        doings = self._doings(state, fact.account, row.cause.strategy)
        if isinstance(fact, f.OrderRejected):
            doings.rejected[fact.code] += 1
        if fact.order in self._mids:  # its end is told once; what comes after it changes no count
            del self._mids[fact.order]
            doings.states[str(ENDS[type(fact)])] += 1

    def _settle(self, account: AccountState, fact: f.DaySettled, engine: Engine) -> None:
        at = min(engine.look.calendar.ends_at(fact.trading_day), engine.columns.at)
        money, by_trade = account.book.view(fact.prices.get), account.book.trade_by_trade(fact.prices.get)
        moved = self.moved[fact.account]
        self.curves[fact.account].see(at, money.equity, by_trade.balance, margin=money.margin, moved=moved)

    def _measure(self, owner: Owner, state: State, engine: Engine) -> None:
        account, strategy = owner
        row = None if strategy is None else state.accounts[account].strategies.get(strategy)
        if row is None:
            return
        self.rows[owner] = row
        self._doings(state, account, strategy)
        if isinstance(row.settings, ExecutionSettings):
            self.windows.setdefault(owner, WindowMeter(row)).look(engine.look)
            return
        if isinstance(row.settings, GridSettings | OwnSettings):
            return  # one contract has no legs
        self.meters.setdefault(owner, NakedMeter()).look_again(row, engine.look)
        self._running = [one for one in self.meters.values() if one.running]


def _middle(engine: Engine, instrument: InstrumentId) -> Decimal | None:
    # Yuan per quotation unit, while both sides are there.
    quote = engine.columns.quote(instrument)
    if quote is None or quote.bid is None or quote.ask is None:
        return None
    return (quote.bid + quote.ask) * engine.look.instrument(instrument).tick / 2
