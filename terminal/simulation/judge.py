"""Compare the runner's books with the exchange's own, which never saw our journal.

At any moment our state may only lag behind: what we call ended is ended there, what we booked was traded there. When
all is quiet both are equal. An order of ours that is there without an intent, or an intent that we call live and that
is not there, is wrong at any moment (SAFETY I3, I8, I9).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from terminal.domain.ids import AccountId, ExchangeId, InstrumentId, TradeId, WireKey
from terminal.domain.orders.order import HedgeFlag, OrderState
from terminal.domain.reports import Traded
from terminal.domain.words.risk import Level
from terminal.engine.state import AccountState, FillKey, OrderRow, State
from terminal.gateways.sim.matching.book import Order
from terminal.gateways.sim.store.file import Books
from terminal.simulation.combined import on_wire
from terminal.simulation.wire import Kept

_S = OrderState
_THERE = frozenset({_S.LIVE, _S.PARTIAL, _S.FILLED, _S.CANCELLED, _S.EXPIRED})
_OPEN = frozenset({_S.LIVE, _S.PARTIAL})
# What the gate has to see itself. Not among them: what depends on when an order arrives, or on what the exchange alone
# knows.
_NEVER = frozenset(
    {
        "INSTRUMENT_NOT_FOUND",
        "BAD_VOLUME",
        "VOLUME_UNDER_MINIMUM",
        "BAD_PRICE_TICK",
        "PRICE_ABOVE_UPPER_LIMIT",
        "PRICE_BELOW_LOWER_LIMIT",
    }
)
_DOUBTFUL = frozenset({_S.RECORDED, _S.SENT, _S.UNKNOWN})


class Seen:
    """Remember every order and fill a state ever had, as it was last seen there: the state forgets them."""

    def __init__(self) -> None:
        self.rows: dict[WireKey, OrderRow] = {}
        self.fills: dict[AccountId, dict[FillKey, WireKey]] = {}

    def look(self, state: State) -> None:
        """Take what a state has now; to be called at least once in each trading day."""
        for name, account in state.accounts.items():
            self.rows.update((row.wire_key, row) for row in account.orders.values())
            fills = self.fills.setdefault(name, {})
            fills.update((key, on_wire(account.orders[order])[0]) for key, order in account.fills.items())


def compare(
    state: State, books: Books, kept: Kept, strangers: Collection[WireKey], seen: Seen, *, quiet: bool
) -> list[str]:
    """Return a sentence for every difference that must not be. `strangers` are orders of other terminals."""
    seen.look(state)
    rows = seen.rows
    there = {order.wire_key: order for order in books.orders if order.wire_key not in strangers}
    trades = [trade for trade in books.trades if trade.wire_key not in strangers]
    found = [
        *_intents(rows, there, kept),
        *_bad_orders(there),
        *_ends(rows, there),
        *_fills(seen, trades),
        *_counts(state, seen),
        *_own_trades(trades, kept),
    ]
    if books.duplicates:
        found.append(f"I4 the exchange saw {books.duplicates} orders under a used wire key")
    if quiet:
        disturbed = {trade.account for trade in books.trades if trade.wire_key in strangers}
        found += [*_all_known(rows, there), *_all_booked(state, trades), *_externals(state, books, strangers)]
        for name, account in state.accounts.items():
            found += _locked(account) if name in disturbed else [*_positions(account, books), *_at_rest(account)]
    return found


def _intents(rows: dict[WireKey, OrderRow], there: dict[WireKey, Order], kept: Kept) -> Iterator[str]:
    for key, order in there.items():
        if key not in kept.intents or key not in rows:
            yield f"I3 the exchange has {key}, which no intent explains"
        elif not on_wire(rows[key])[1] == kept.intents[key] == order.terms:
            yield f"I3 {key} is there with other terms than its intent"
    known = kept.intents.keys() | kept.seconds
    if known != rows.keys():
        yield f"I3 intents were lost: {sorted(known ^ rows.keys())[:3]}"


def _bad_orders(there: dict[WireKey, Order]) -> Iterator[str]:
    for key, order in there.items():
        if order.code in _NEVER:
            yield f"C1 {key} passed the gate and is {order.code}"


def _ends(rows: dict[WireKey, OrderRow], there: dict[WireKey, Order]) -> Iterator[str]:
    for key, row in rows.items():
        order = there.get(on_wire(row)[0])
        if row.state in _THERE or row.state is _S.REJECTED:
            if order is None:
                yield f"I3 {key} is {row.state} here and not there at all"
            elif not _may_follow(row, order):
                yield f"I5 {key} is {row.state} with {row.filled} here, {order.state} with {order.filled} there"
        elif row.filled:
            yield f"I8 {key} is {row.state} and has fills"


def _may_follow(row: OrderRow, order: Order) -> bool:
    # What we say may be older than what is there, never newer.
    if row.filled > order.filled or (row.state is _S.REJECTED) != (order.state is _S.REJECTED):
        return False
    return row.state in _OPEN or row.state is order.state


def _fills(seen: Seen, trades: Sequence[Traded]) -> Iterator[str]:
    known = {(t.trading_day, t.exchange, t.trade, t.sys_id, t.side): t for t in trades}
    filled: dict[tuple[WireKey, InstrumentId], int] = {}
    for fills in seen.fills.values():
        for key, wire_key in fills.items():
            trade = known.get(key)
            if trade is None or wire_key != trade.wire_key:
                yield f"I8 fill {key} of {wire_key} is not at the exchange"
            else:
                leg = trade.wire_key, trade.instrument
                filled[leg] = filled.get(leg, 0) + trade.lots
    for row in seen.rows.values():
        told = filled.get((on_wire(row)[0], row.terms.instrument), 0)
        if row.filled != told:
            yield f"I8 {row.wire_key} filled {row.filled}, its trades say {told}"


def _counts(state: State, seen: Seen) -> Iterator[str]:
    # What was forgotten is counted, and only what was there can have been.
    for name, account in state.accounts.items():
        orders = len(account.orders) + sum(account.forgotten.orders.values())
        known = sum(row.terms.account == name for row in seen.rows.values())
        if orders != known or account.fills_booked != len(seen.fills[name]):
            yield (
                f"I3 {name} counts {orders} orders and {account.fills_booked} fills, "
                f"there were {known} and {len(seen.fills[name])}"
            )


def _own_trades(trades: Sequence[Traded], kept: Kept) -> Iterator[str]:
    # An order declared void that comes after all meets whatever was sent since; its account is red (SAFETY 2).
    seen: dict[tuple[int, ExchangeId, TradeId], Traded] = {}
    for trade in trades:
        other = seen.setdefault((trade.trading_day, trade.exchange, trade.trade), trade)
        if other.side is not trade.side and not {other.wire_key, trade.wire_key} & kept.voided:
            yield f"C14 own orders {other.wire_key} and {trade.wire_key} traded with each other"


def _all_known(rows: dict[WireKey, OrderRow], there: dict[WireKey, Order]) -> Iterator[str]:
    for key, row in rows.items():
        order = there.get(on_wire(row)[0])
        if row.state in _DOUBTFUL:
            yield f"I5 {key} is still {row.state} when all is quiet"
        elif order is not None and (row.state, row.filled) != (order.state, order.filled):
            yield f"I3 {key} is {row.state} with {row.filled} here, {order.state} with {order.filled} there at last"


def _all_booked(state: State, trades: Sequence[Traded]) -> Iterator[str]:
    for name, account in state.accounts.items():
        made = sum(trade.account == name for trade in trades)
        if made != account.fills_booked:
            yield f"I8 {name} booked {account.fills_booked} fills, the exchange made {made}"


def _externals(state: State, books: Books, strangers: Collection[WireKey]) -> Iterator[str]:
    seen = {row.wire_key for account in state.accounts.values() for row in account.external.values()}
    today = max((order.trading_day for order in books.orders), default=0)
    for order in books.orders:
        # One that came and went while nobody was there, on a day that is over, is no longer told.
        if order.wire_key in strangers and order.wire_key not in seen and order.trading_day == today:
            yield f"I3 the order {order.wire_key} of another terminal is not shown as external"
    if not seen <= set(strangers):
        yield f"I3 shown as external although it is ours: {sorted(seen - set(strangers))[:3]}"


def _positions(account: AccountState, books: Books) -> Iterator[str]:
    name = account.account
    theirs = {
        (instrument, flag): (held.long.today, held.long.yesterday, held.short.today, held.short.yesterday)
        for (holder, instrument, flag), held in books.holdings.items()
        if holder == name and not held.empty
    }
    ours = {key: _lots(account, *key) for key in account.book.positions()}
    for key in sorted(ours.keys() | theirs.keys()):
        if ours.get(key) != theirs.get(key):
            yield f"I9 {name} {key[0]}: {ours.get(key)} here, {theirs.get(key)} there"


def _lots(account: AccountState, instrument: InstrumentId, flag: HedgeFlag) -> tuple[int, int, int, int]:
    held = account.book.position(instrument, flag)
    return held.long_today, held.long_yesterday, held.short_today, held.short_yesterday


def _at_rest(account: AccountState) -> Iterator[str]:
    if not account.barrier.passed or account.barrier.differences:
        yield f"I7 the barrier of {account.account} does not pass at rest: {account.barrier.differences}"


def _locked(account: AccountState) -> Iterator[str]:
    red = any(row.signal == "reconcile" and row.level is Level.RED for row in account.levels.values())
    if not account.barrier.differences or not red:
        yield f"I9 somebody else traded on {account.account}, and it is not red: {account.barrier.differences}"
