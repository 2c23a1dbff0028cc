"""Watch a runner over its shoulder: every turn it has carried out, nothing of it changed."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from terminal.backtest.curve import Curve
from terminal.backtest.months.changes import CHANGING, MonthChanges
from terminal.backtest.naked import NakedMeter
from terminal.backtest.naked_time import has_legs
from terminal.backtest.owners.deeds import Deeds, Owner
from terminal.backtest.ratios import RatioMeter
from terminal.backtest.report import Violation
from terminal.backtest.undone import ANSWERS, Answers
from terminal.backtest.window import WindowMeter
from terminal.domain.days.calendar import MINUTE_NS
from terminal.domain.fact import facts as f
from terminal.domain.parameters.strategy import ExecutionSettings
from terminal.domain.parameters.target import TargetSettings
from terminal.engine.check import check_all
from terminal.engine.records.forgetting import OVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.backtest.trades import Fill
    from terminal.domain.books.positions import Marks
    from terminal.domain.ids import AccountId
    from terminal.engine.receive import Engine
    from terminal.engine.state import State
    from terminal.engine.turn import Turn

ZERO: Final = Decimal(0)
NOT_SETTLED: Final[Mapping[AccountId, Marks]] = MappingProxyType({})


class Watch:
    """Collect what a report is made of."""

    def __init__(self) -> None:
        self.total = Curve()  # of all accounts together
        self.curves: dict[AccountId, Curve] = defaultdict(Curve)
        self.meters: dict[Owner, NakedMeter] = {}
        self.windows: dict[Owner, WindowMeter] = {}  # of executions
        self.ratios: dict[Owner, RatioMeter] = {}
        self.fills: list[Fill] = []
        self.deeds = Deeds(self.fills.append)
        self.answers = Answers()
        self.changes = MonthChanges()
        self.moved: dict[AccountId, Decimal] = defaultdict(Decimal)
        self.moved_on: dict[tuple[AccountId, int], Decimal] = defaultdict(Decimal)
        self.filed_on: dict[tuple[AccountId, int], Decimal] = defaultdict(Decimal)  # 申报费, paid
        self.violations: list[Violation] = []
        self.checks = 0
        self._running: list[NakedMeter] = []
        self.due = 0  # when every account is looked at next, UTC ns

    @property
    def measures(self) -> bool:
        """Return whether every batch is measured, because a leg is naked or an execution is on its way.

        A paused one has nothing to do and would sleep, while the market it is compared with goes on trading.
        """
        return bool(self._running) or any(window.running for window in self.windows.values())

    def take(self, turn: Turn, engine: Engine) -> None:
        """Take a turn that has been carried out."""
        for meter in self._running:
            meter.pass_time(engine.look)
        for window in self.windows.values():
            window.look(engine.look)
        if turn.said:
            self._take_facts(turn, engine)
            self._take_ratios(turn, engine)
        self.see_minute(engine)

    def see_minute(self, engine: Engine) -> None:
        """Look at every account when another minute of market time has begun."""
        columns = engine.columns
        if columns.at >= self.due and columns.batch >= 0:
            self.see_minute_of(engine.state, columns.at, columns.last_price)

    def see_minute_of(self, state: State, at: int, marks: Marks) -> None:
        """Look at every account at the first instant (UTC ns) of another minute of market time, at these marks."""
        self.due = at // MINUTE_NS * MINUTE_NS + MINUTE_NS
        self._see(state, at, marks)

    def see(self, engine: Engine) -> None:
        """Look at every account as it is now."""
        self._see(engine.state, engine.columns.at, engine.columns.last_price)

    def _see(self, state: State, at: int, marks: Marks, settled: Mapping[AccountId, Marks] = NOT_SETTLED) -> None:
        # An account that has just been settled is looked at by the prices of that.
        equity = balance = margin = moved = ZERO
        for name, account in state.accounts.items():
            book, came, prices = account.book, self.moved[name], settled.get(name, marks)
            here, bound = book.equity(book.profit(prices)), book.margin
            self.curves[name].see(at, here, book.balance, margin=bound, moved=came)
            equity, balance = equity + here, balance + book.balance
            margin, moved = margin + bound, moved + came
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
        state, touched = turn.state, dict[Owner, None]()
        settled: dict[int, dict[AccountId, Marks]] = {}  # by trading day
        for said in turn.said:
            owner = self.deeds.take(state, said.fact)
            if type(said.fact) in CHANGING:
                self.changes.take(state, said.fact)
            if owner is not None:
                touched[owner] = None
            fact = said.fact
            if type(fact) in ANSWERS:
                self.answers.take(fact)
            elif type(fact) is f.CashMoved:
                day = fact.account, state.accounts[fact.account].trading_day
                if fact.is_filing_fee:
                    self.filed_on[day] -= fact.amount
                else:
                    self.moved[fact.account] += fact.amount
                    self.moved_on[day] += fact.amount
            elif type(fact) is f.DaySettled:
                settled.setdefault(fact.trading_day, {})[fact.account] = fact.prices.get
        for owner in touched:
            self._measure(owner, state, engine)
        if settled:
            self._settle(state, settled, engine)
            self._forget(state)
            self.check(state, turn.at)

    def _take_ratios(self, turn: Turn, engine: Engine) -> None:
        # Any fact may move one: a fill of anybody's, another exposure, a new day's band.
        for account in turn.state.accounts.values():
            for row in account.strategies.values():
                if isinstance(row.settings, TargetSettings) and row.status not in OVER:
                    meter = self.ratios.setdefault((row.account, row.strategy), RatioMeter(row.settings.group))
                    meter.look(engine.look, row, turn.at)

    def _settle(self, state: State, settled: Mapping[int, Mapping[AccountId, Marks]], engine: Engine) -> None:
        for day, prices in settled.items():
            at = min(engine.look.calendar.ends_at(day), engine.columns.at)
            self._see(state, at, engine.columns.last_price, prices)

    def _forget(self, state: State) -> None:
        # Settlement is when the books let go of what is over.
        for (account, strategy), meter in self.meters.items():
            if strategy not in state.accounts[account].strategies:
                meter.forget()
        self._running = [one for one in self.meters.values() if one.running]

    def _measure(self, owner: Owner, state: State, engine: Engine) -> None:
        account, strategy = owner
        row = None if strategy is None else state.accounts[account].strategies.get(strategy)
        if row is None:
            return
        if isinstance(row.settings, ExecutionSettings):
            self.windows.setdefault(owner, WindowMeter(row)).look(engine.look)
        if not has_legs(row.settings):
            return
        self.meters.setdefault(owner, NakedMeter(engine.look)).look_again(row, engine.look)
        self._running = [one for one in self.meters.values() if one.running]
