"""Gather what strategies and people did from the facts alone, whoever reads them: a backtest as it runs, or a journal.

Nothing of the market is asked here. So the figures of a backtest and those of the journal it wrote are the same ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.backtest.owners.ends import Ends
from terminal.backtest.owners.told_prices import ToldPrices
from terminal.backtest.trades import Doings, Fill, Wrong
from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import Finished, LegBroken
from terminal.domain.orders.conditional import TAG
from terminal.domain.orders.order import OrderState, PriceKind, TimeCondition
from terminal.domain.parameters.strategy import RollSettings
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.roll.report import cost_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from terminal.domain.ids import AccountId, ExchangeId, OrderId, StrategyId, SysId
    from terminal.engine.state import OrderRow, State, StrategyRow

ENDS: Final = {
    f.OrderRejected: OrderState.REJECTED,
    f.OrderCancelled: OrderState.CANCELLED,
    f.OrderExpired: OrderState.EXPIRED,
    f.OrderVoided: OrderState.VOID,
}

TOLD: Final = frozenset(
    {
        *(f.OrderRecorded, f.OrderFilled, f.OrderRefused, f.OrderUnknown, f.ExternalOrderSeen),
        *ENDS,
        *(f.StrategyStarted, f.StrategyMarked, f.StrategyChanged),
        *(f.PositionEnded, f.DaySettled, f.SettlementCorrected),
    }
)

Owner = tuple["AccountId", "StrategyId | None"]
End = f.OrderRejected | f.OrderCancelled | f.OrderExpired | f.OrderVoided


class Deeds:
    """Collect orders, fills and errors by owner: a strategy, or an account's people by hand (`None`)."""

    def __init__(self, told: Callable[[Fill], object]) -> None:
        self.doings: dict[Owner, Doings] = {}
        self.rows: dict[Owner, StrategyRow] = {}  # also of strategies the state has forgotten since
        self._told = told
        self._open: dict[OrderId, _Order] = {}  # those that have not ended
        self._latest: dict[Owner, _Order] = {}  # what each strategy sent last
        self.prices = ToldPrices()
        self._ends = Ends(self.doings, self.prices)
        self._external: set[tuple[AccountId, int, ExchangeId, SysId]] = set()

    def take(self, state: State, fact: f.Fact) -> Owner | None:
        """Take a fact that `state` has folded; return the owner whose legs may lack something else now."""
        if type(fact) not in TOLD:
            return None
        match fact:
            case f.OrderRecorded():
                self._record(state, fact)
            case f.OrderFilled():
                return self._fill(state, fact)
            case f.OrderRefused():
                worst = max(fact.findings, key=lambda finding: finding.verdict)
                doings = self._doings(state, fact.terms.account, fact.cause.strategy)
                doings.refused[worst.code] += 1
                doings.refusals[worst.code] = worst.sentence
                doings.wrong[Wrong.REFUSED] += 1
            case f.OrderUnknown():
                self._strike(state.accounts[fact.account].orders[fact.order], Wrong.UNKNOWN)
            case f.OrderRejected() | f.OrderCancelled() | f.OrderExpired() | f.OrderVoided():
                self._end(state, fact)
            case f.ExternalOrderSeen():
                self._see_external(state, fact)
            case f.StrategyStarted() | f.StrategyMarked() | f.StrategyChanged():
                return self._hear(state, fact)
            case f.PositionEnded():
                self._ends.take(state, fact)
            case f.DaySettled():
                self.prices.settle(fact)
                self._ends.pair_off(state, fact)
            case f.SettlementCorrected():
                self.prices.correct(fact)
            case _:
                pass
        return None

    def begin_again(self, account: AccountId) -> None:
        """Count an account's deeds from here on: what has not ended is of before, and so are its ends."""
        for (name, _), doings in self.doings.items():
            if name == account:
                doings.begin_again()
        self._open = {order: one for order, one in self._open.items() if one.owner[0] != account}
        self._latest = {owner: one for owner, one in self._latest.items() if owner[0] != account}

    def _doings(self, state: State, account: AccountId, strategy: StrategyId | None) -> Doings:
        owner = account, strategy
        found = self.doings.get(owner)
        if found is None:
            row = None if strategy is None else state.accounts[account].strategies.get(strategy)
            found = self.doings[owner] = Doings(None if row is None else row.settings)
        return found

    def _hear(self, state: State, fact: f.StrategyStarted | f.StrategyMarked | f.StrategyChanged) -> Owner:
        owner = fact.account, fact.strategy
        row = state.accounts[fact.account].strategies.get(fact.strategy)
        if row is not None:
            self.rows[owner] = row
            self._doings(state, *owner)
            if isinstance(fact, f.StrategyMarked) and isinstance(fact.mark, Finished):
                self._take_along(state, row, fact.mark)
        if isinstance(fact, f.StrategyMarked) and isinstance(fact.mark, LegBroken):
            # What it sent last is the order that could not follow, or the one that bared a leg nothing could follow.
            order = self._latest.get(owner)
            if order is not None:
                self._blame(order, Wrong.LEGGED)
        return owner

    def _take_along(self, state: State, roll: StrategyRow, mark: Finished) -> None:
        # Its owners have it in the new month, at the middles of when the roll began: what it cost beyond is the roll's.
        settings, memory = roll.settings, roll.memory
        if not isinstance(settings, RollSettings) or not isinstance(memory, RollMemory) or not memory.closed:
            return
        cost = cost_of(settings, memory, state.tenant.instruments[settings.near])
        apart = settings.side.sign * (cost.per_unit if cost.mid is None else cost.mid)
        for moved in mark.moved:
            dearer = state.tenant.instruments[moved.near].value(apart, 1)
            other = self._doings(state, roll.account, moved.strategy)
            self.doings[roll.account, roll.strategy].hand_over(other, moved.near, moved.far, dearer)

    # --- the life of an order ---

    def _record(self, state: State, fact: f.OrderRecorded) -> None:
        account, strategy = fact.terms.account, fact.cause.strategy
        doings = self._doings(state, account, strategy)
        doings.orders += 1
        doings.automatic += strategy is not None or fact.cause.tag.startswith(TAG)
        order = self._open[fact.order] = _Order((account, strategy), fact.mid)
        if strategy is not None:
            self._latest[order.owner] = order

    def _fill(self, state: State, fact: f.OrderFilled) -> Owner:
        row, order = state.accounts[fact.account].orders[fact.order], self._open.get(fact.order)
        instrument, mid = state.tenant.instruments[fact.instrument], None if order is None else order.mid
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
        self._told(fill)
        self.prices.trade(fact.account, fact.instrument, fact.price, late=fact.late is not None)
        doings = self._doings(state, fact.account, row.cause.strategy)
        doings.fill(fill, instrument, row.cause.tag)
        if fact.is_last and order is not None:
            del self._open[fact.order]
            doings.states[str(OrderState.FILLED)] += 1
        return fact.account, row.cause.strategy

    def _end(self, state: State, fact: End) -> None:
        row = state.accounts[fact.account].orders[fact.order]
        doings = self._doings(state, fact.account, row.cause.strategy)
        if isinstance(fact, f.OrderRejected):
            doings.rejected[fact.code] += 1
        why = _wrong(row, fact)
        if why is not None:
            self._strike(row, why)
        if self._open.pop(fact.order, None) is not None:  # its end is told once; what comes after it changes no count
            doings.states[str(ENDS[type(fact)])] += 1

    def _strike(self, row: OrderRow, why: Wrong) -> None:
        order = self._open.get(row.order)
        if order is not None:
            self._blame(order, why)

    def _blame(self, order: _Order, why: Wrong) -> None:
        if not order.wrong:
            order.wrong = True
            self.doings[order.owner].wrong[why] += 1

    def _see_external(self, state: State, fact: f.ExternalOrderSeen) -> None:
        key = fact.account, state.accounts[fact.account].trading_day, fact.exchange, fact.sys_id
        if key not in self._external:  # it is told again whenever more of it has filled
            self._external.add(key)
            self._doings(state, fact.account, None).external += 1


class _Order:
    # An order as far as it is still followed; `wrong` once something has struck it.
    __slots__ = ("mid", "owner", "wrong")

    def __init__(self, owner: Owner, mid: Decimal | None) -> None:
        self.owner = owner
        self.mid = mid
        self.wrong = False


def _wrong(row: OrderRow, fact: End) -> Wrong | None:
    match fact:
        case f.OrderRejected():
            return Wrong.REJECTED
        case f.OrderVoided():
            return Wrong.VOID
        case f.OrderCancelled() if row.killed:
            return Wrong.KILLED
        case f.OrderCancelled() if row.cancel_at is None and _waits(row):
            return Wrong.TAKEN_OUT
        case _:
            return None


def _waits(row: OrderRow) -> bool:
    # What does not wait, and what has no price of its own, is meant to be cancelled by the exchange as to its rest.
    return row.terms.time_condition is TimeCondition.GFD and row.terms.price_kind is PriceKind.LIMIT
