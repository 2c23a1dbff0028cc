"""Give strategies and rules their view of one moment, over state, columns and calendar."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar, cast

import msgspec

from terminal.domain.days.calendar import natural_day
from terminal.domain.days.sessions import Phase, SessionAt
from terminal.domain.days.spans import TradingSpan, traded_time, trading_spans
from terminal.domain.errors import UserError
from terminal.domain.orders.intents import Intent
from terminal.domain.orders.kinds import reckoned
from terminal.domain.orders.order import HedgeFlag, PriceKind, Side
from terminal.domain.view import HedgeStanding, OrderView, PositionView, Quote, SpreadQuote, SpreadRank, SpreadWatch
from terminal.domain.words.risk import Level
from terminal.engine.book.claims import unclaimed
from terminal.engine.book.lacking import lacking_of
from terminal.engine.book.scopes import WHOLE_ACCOUNT, worst_level
from terminal.engine.book.standing import hedge_standing
from terminal.engine.folds.statement import closed_why
from terminal.engine.orders.automatic import slice_refused, would_refuse
from terminal.engine.orders.closing_way import legs_in_way
from terminal.engine.orders.in_the_way import is_barred, stands_in_way, whose_words
from terminal.engine.prices.deltas import Deltas, Moment
from terminal.engine.prices.samples import FRESH_SECONDS, SECOND
from terminal.engine.prices.spread import Spread
from terminal.engine.prices.stock import known_before
from terminal.risk.tradable import lacks
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.days.sessions import SessionId
    from terminal.domain.ids import AccountId, InstrumentId, OrderId, StockId, StrategyId
    from terminal.domain.orders.intents import Waiting
    from terminal.domain.orders.order import OrderTerms
    from terminal.domain.products.combination import Combination
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.stock import StockNote
    from terminal.domain.words.risk import Finding
    from terminal.engine.book.lacking import Lacking
    from terminal.engine.prices.columns import Columns
    from terminal.engine.prices.deltas import Known
    from terminal.engine.state import AccountState, OrderRow, State, StrategyRow

_LIMIT, _CONTINUOUS = PriceKind.LIMIT, Phase.CONTINUOUS
KEPT_SPANS = 256  # windows whose trading time is remembered
T = TypeVar("T")
Find = Callable[["StrategyRow"], T | None]

NO_SESSION = SessionAt(trading_day=0, phase=Phase.CLOSED, begins_at=0, ends_at=0, orders=False, cancels=True)


def _recorded(row: StrategyRow) -> Lacking | None:
    # Of lots that were taken it is not what a strategy records that counts.
    lots = strategy_of(row.settings).lacking(row.settings, row.memory)
    return lots if lots or row.lots_taken else None


def order_view(row: OrderRow) -> OrderView:
    """Return a row as strategies and rules see it."""
    return OrderView(
        row.order,
        row.terms,
        row.state,
        row.filled,
        row.cause.tag,
        row.cause.strategy,
        row.recorded_at,
        row.cancel_at is not None,
    )


class Look:
    """Implement `View`; one object serves a whole run, `account` and `now` move with it."""

    def __init__(self, state: State, columns: Columns, calendar: Calendar) -> None:
        self.state = state
        self.columns = columns
        self.calendar = calendar
        self.account: AccountState | None = None
        # A contract as it is on a trading day, from whoever runs the engine; `None` where its terms never change.
        self.terms: Callable[[InstrumentId, int], Instrument] | None = None
        self._spreads: dict[tuple[tuple[InstrumentId, Decimal, int], ...], Spread] = {}
        self._expiry: dict[tuple[InstrumentId, int], int | None] = {}
        self._trading: dict[tuple[object, ...], tuple[TradingSpan, ...]] = {}  # by what the spans follow from
        # When each strategy last wanted what waits for an own order (`way_watch`), UTC ns; by account, strategy, key.
        self.wanted: dict[tuple[AccountId, StrategyId, str], int] = {}
        self._deltas: Known = {}
        self._each: dict[tuple[AccountId, Find[object]], tuple[int, object]] = {}  # facts folded, and what was found

    @property
    def now(self) -> int:
        """Return the market clock."""
        return self.columns.at

    @property
    def trading_day(self) -> int:
        """Return the trading day of the market clock."""
        return self.calendar.trading_day(self.columns.at)

    @property
    def natural_day(self) -> int:
        """Return the day of the wall calendar the market clock is on: in a night session not the trading day."""
        return natural_day(self.columns.at)

    def spot_since(self) -> int:
        """Return from when on a spot price still holds: the beginning of the trading day before today's."""
        day = self.trading_day
        return self.calendar.begins_at(self.calendar.previous_day(day))

    def instrument(self, instrument: InstrumentId) -> Instrument:
        """Return the listed instrument."""
        return self.state.tenant.instruments[instrument]

    def quote(self, instrument: InstrumentId) -> Quote | None:
        """Return the latest quote."""
        return self.columns.quote(instrument)

    def reckoned(self, terms: OrderTerms) -> OrderTerms:
        """Return an order at the price its margin and value are reckoned at now."""
        if terms.price_kind is _LIMIT:
            return terms
        quote, listed = self.columns.quote(terms.instrument), self.state.tenant.instruments.get(terms.instrument)
        upper = None if quote is None or listed is None else quote.upper_limit
        return terms if listed is None or upper is None else reckoned(terms, listed.price(upper))

    def session(self, instrument: InstrumentId) -> SessionAt:
        """Return the session phase of an instrument now; one without sessions, or past its last day, is closed."""
        known = self.state.tenant.instruments[instrument]
        template = self.template(known)
        if template is None:
            return NO_SESSION
        now = self.calendar.session(template, self.columns.at)
        if known.expiry is None or now.trading_day <= known.expiry:
            return now
        return msgspec.structs.replace(now, phase=Phase.CLOSED, orders=False, cancels=True)

    def trades_since(self, slot: int) -> int | None:
        """Return since when what a slot quotes has traded without a break, UTC ns; `None` while it does not."""
        try:
            session = self.session(self.columns.universe[slot])
        except UserError:  # before the first rule of its template nothing is known to trade, as in `trading`
            return None
        return session.begins_at if session.phase is _CONTINUOUS else None

    def trading(self, instrument: InstrumentId, since: int, until: int) -> tuple[TradingSpan, ...]:
        """Return the stretches of continuous trading within [since, until)."""
        known = self.state.tenant.instruments[instrument]
        key = (known.session, known.last_day_session, known.expiry, since, until)
        found = self._trading.get(key)
        if found is None:
            if len(self._trading) >= KEPT_SPANS:
                self._trading.clear()
            found = self._trading[key] = trading_spans(self.calendar, known, since, until)
        return found

    def opens_at(self, known: Instrument) -> int | None:
        """Return when continuous trading begins next; `None` while it goes on, or after the contract's last day."""
        template = self.template(known)
        if template is None or self.calendar.session(template, self.columns.at).phase is _CONTINUOUS:
            return None
        following = self.calendar.next_open(template, self.columns.at)
        if following is None or (known.expiry is not None and following.trading_day > known.expiry):
            return None
        return following.begins_at

    def template(self, known: Instrument) -> SessionId | None:
        """Return which sessions an instrument follows today; `None` for one without."""
        return known.session if known.last_day_session is None else known.session_on(self.trading_day)

    def days_to_expiry(self, instrument: InstrumentId) -> int | None:
        """Return trading days to the last trading day."""
        day = self.trading_day
        key = (instrument, day)
        if key not in self._expiry:
            expiry = self.state.tenant.instruments[instrument].expiry
            self._expiry[key] = None if expiry is None else self.calendar.days_between(day, expiry)
        return self._expiry[key]

    def days_until(self, day: int) -> int | None:
        """Return trading days to a natural day."""
        if not self.calendar.first <= day <= self.calendar.last:
            return None
        return self.calendar.days_between(self.trading_day, day)

    def listed(self, instrument: InstrumentId) -> bool:
        """Return whether this market has the instrument."""
        return instrument in self.columns.slot_of

    def orders(self, strategy: StrategyId) -> list[OrderView]:
        """Return a strategy's orders that have not ended, oldest first."""
        if self.account is None:
            return []
        return [order_view(row) for row in self.account.live.values() if row.cause.strategy == strategy]

    def position(self, account: AccountId, instrument: InstrumentId, flag: HedgeFlag) -> PositionView:
        """Return a position."""
        return self.state.accounts[account].book.position(instrument, flag)

    def spread(self, legs: Iterable[tuple[InstrumentId, Decimal, int]]) -> SpreadQuote | None:
        """Price a spread now."""
        key = tuple(legs)
        found = self._spreads.get(key)
        if found is None:
            found = self._spreads[key] = Spread("", self.columns, key)
        found.price(self.columns.at - FRESH_SECONDS * SECOND)
        return found.quote()

    def lacking(self, account: AccountState) -> Mapping[StrategyId, Lacking]:
        """Return the signed lots each strategy's legs lack, of those that lack any: whatever their status."""
        found = self.each(account, _recorded)
        return {
            row.strategy: lots
            for row, recorded in found
            if (lots := lacking_of(account, row) if row.lots_taken else recorded)
        }

    def each(self, account: AccountState, find: Find[T]) -> Sequence[tuple[StrategyRow, T]]:
        """Return an account's strategies, in their order, with what a module's function finds in them, where it does.

        It may look at the row alone, which follows from facts alone: so it is asked anew only where one was folded
        since, and who looks at all strategies each second walks only those that concern him.
        """
        known = self._each.get((account.account, find))
        if known is None or known[0] != self.state.folded:
            rows = account.strategies.values()
            known = self.state.folded, [(row, found) for row in rows if (found := find(row)) is not None]
            self._each[account.account, find] = known
        return cast("Sequence[tuple[StrategyRow, T]]", known[1])

    def rank(self, watch: SpreadWatch) -> SpreadRank | None:
        """Return where the latest sample of a watched spread stands."""
        window = self.columns.watches.get(watch)
        return None if window is None else window.rank()

    def rank_now(self, watch: SpreadWatch) -> SpreadRank | None:
        """Return where a watched spread stands as it is quoted now."""
        window = self.columns.watches.get(watch)
        return None if window is None else window.rank_now(self.columns.at)

    def samples(self, watch: SpreadWatch) -> tuple[float, ...]:
        """Return the samples in a watch's window in yuan, the oldest first."""
        window = self.columns.watches.get(watch)
        return () if window is None else window.samples()

    def sample_due(self, watch: SpreadWatch) -> int:
        """Return when the next sample of a watch is due."""
        window = self.columns.watches.get(watch)
        return self.columns.at if window is None or not window.due else window.due

    def samples_since(self, watch: SpreadWatch) -> int:
        """Return from when on samples are there that began before."""
        window, begun = self.columns.watches.get(watch), self.columns.begun
        return begun if window is not None and 0 <= window.since < begun else 0

    def cancels(self, instrument: InstrumentId) -> int:
        """Return the cancels of an instrument today, all accounts together."""
        return sum(other.cancels.get(instrument, 0) for other in self.state.accounts.values())

    def opening_allowed(
        self, account: AccountId, strategy: StrategyId | None, instrument: InstrumentId | None = None
    ) -> bool:
        """Return whether barrier, level, kill switch, statements and limits let opening orders pass now."""
        state = self.state.accounts[account]
        if not state.barrier.passed or worst_level(state, strategy, instrument) >= Level.ORANGE:
            return False
        if state.kills and (WHOLE_ACCOUNT in state.kills or f"strategy:{strategy}" in state.kills):
            return False
        return not closed_why(state) and (instrument is None or self._may_hold(state, instrument))

    def _may_hold(self, account: AccountState, name: InstrumentId) -> bool:
        if f"instrument:{name}" in account.kills or lacks(self.state.tenant.instruments[name]):
            return False
        limits = account.limits
        return limits is not None and bool(limits.position_lots_by_instrument.get(name, limits.position_lots))

    def would_refuse(
        self, account: AccountId, strategy: StrategyId, intent: Intent, *, without: Collection[OrderId] = ()
    ) -> Finding | None:
        """Return what would hold back an order of a strategy, others withdrawn before; `None` where nothing."""
        state = self.state.accounts[account]
        row = state.strategies.get(strategy)
        return None if row is None else would_refuse(self, state, row, intent, without)

    def slice_refused(
        self, account: AccountId, strategy: StrategyId, lead: Intent | Collection[OrderId], hedges: Sequence[Intent]
    ) -> tuple[InstrumentId, Finding] | None:
        """Return which of a slice's orders the gate would refuse, and for what, once the limits have changed."""
        state = self.state.accounts[account]
        row = state.strategies.get(strategy)
        if row is None or state.limits is None or state.limits.version == row.limits_version:
            return None
        asked, resting = ([lead, *hedges], ()) if isinstance(lead, Intent) else (hedges, lead)
        return slice_refused(self, state, row, asked, resting)

    def over(self, state: State) -> Look:
        """Return a look at this moment over another state."""
        return Look(state, self.columns, self.calendar)

    def whose_in_way(
        self,
        account: AccountId,
        instrument: InstrumentId,
        side: Side,
        price: Decimal,
        *,
        closing: bool,
        without: Collection[OrderId] = (),
    ) -> str:
        """Return in words whose working order, of this account or a joint one, an order could trade with (C14)."""
        own = self.state.accounts[account]
        order = stands_in_way(self, own, instrument, side, price, closing=closing, without=without)
        return "" if order is None else whose_words(own, order)

    def way_barred(
        self,
        account: AccountId,
        strategy: StrategyId,
        instrument: InstrumentId,
        side: Side,
        price: Decimal,
        *,
        closing: bool,
    ) -> bool:
        """Return whether such an order was refused today for an own one in its way (C14), and would be so again."""
        state = self.state.accounts[account]
        row = state.strategies.get(strategy)
        if row is None or not row.barred:
            return False
        return is_barred(self, state, row, instrument, side, price, closing=closing)

    def combination_in_way(
        self, account: AccountId, waits: StrategyId | None, combination: Combination, side: Side, price: Decimal
    ) -> list[Waiting]:
        """Return the legs for which a closing order on a combination would be refused for an own one (C14)."""
        state = self.state.accounts[account]
        row = None if waits is None else state.strategies.get(waits)
        nothing = waits is not None and (row is None or not row.barred)
        return [] if nothing else legs_in_way(self, state, row, combination, side, price)

    def barred_by(
        self, account: AccountId, strategy: StrategyId, instrument: InstrumentId, side: Side, price: Decimal
    ) -> str:
        """Return in words whose order bars an order that closes (`way_barred`), "" where none does."""
        if not self.way_barred(account, strategy, instrument, side, price, closing=True):
            return ""
        state = self.state.accounts[account]
        order = stands_in_way(self, state, instrument, side, price, closing=True)
        return "" if order is None else whose_words(state, order)

    def hedge(
        self,
        account: AccountId,
        group: str,
        instrument: InstrumentId,
        strategy: StrategyId,
        vat: Decimal | None = None,
    ) -> HedgeStanding | None:
        """Return how a hedge group stands, as a strategy sees it."""
        listed, price = self.state.tenant.instruments, self.columns.last_price
        times = self.session, self.now, self.trading_day, self._traded_since, self._trading_of
        moment = Moment(listed, self.quote, price, *times)
        deltas = Deltas(moment, self._deltas)
        return hedge_standing(listed, self.state.accounts[account], group, instrument, strategy, deltas, vat=vat)

    def _traded_since(self, instrument: InstrumentId, since: int) -> int | None:
        return traded_time(self.calendar, self.state.tenant.instruments[instrument], since, self.now)

    def _trading_of(self, instrument: InstrumentId, since: int, until: int) -> tuple[TradingSpan, ...]:
        # Not kept: between two quotes is asked once.
        return trading_spans(self.calendar, self.state.tenant.instruments[instrument], since, until)

    def stocks(self, series: StockId) -> Sequence[StockNote]:
        """Return what is known of a series of stocks from the days before the trading day."""
        return known_before(self.state, series, self.trading_day)

    def free_lots(self, account: AccountId, instrument: InstrumentId, flag: HedgeFlag, side: Side) -> int:
        """Return the lots an order of a side may close that no strategy records as its own."""
        return unclaimed(self.state.accounts[account], instrument, flag, side.opposite)
