"""Book lots that left without a trade to whoever had them: delivery, exercise, assignment, lapse, netting.

The exchange ends the lots of an account and does not know whose they are. Those ordered by hand end first, then those
of the strategies in the order in which they began to trade; each at what the account books, with its part of the fee.
What an exercised option opens comes to whoever had the option. Lots that one holds long and another short, and that
the account itself has closed against each other, are told no end: once the contract has left the account they end
alike, when the day is settled; where no end was told of the contract at all, once its last day is over, at the last
price that was told of it. So the sums over all owners stay the account's. What a roll is still moving waits
for the roll: its owners then have it in the new month.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import RollSettings
from terminal.domain.products.ending import How
from terminal.engine.records.forgetting import OVER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from terminal.backtest.owners.deeds import Owner
    from terminal.backtest.owners.told_prices import ToldPrices
    from terminal.backtest.trades import Doings
    from terminal.domain.fact import facts as f
    from terminal.domain.ids import AccountId, InstrumentId
    from terminal.domain.products.ending import Ending
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.state import AccountState, State

ZERO: Final = Decimal(0)
_FEN: Final = Decimal("0.01")


class Gone(NamedTuple):
    """Hold lots that left or came without a trade, on the side of the trade that would have moved them."""

    instrument: InstrumentId
    side: Side
    lots: int
    fee: Decimal


class Ends:
    """Serve the owners of a backtest or of a journal."""

    def __init__(self, doings: Mapping[Owner, Doings], prices: ToldPrices) -> None:
        self._doings = doings
        self._prices = prices
        self._told: dict[tuple[AccountId, InstrumentId], f.PositionEnded] = {}  # the last of the day

    def take(self, state: State, fact: f.PositionEnded) -> None:
        """Book an end."""
        ending, left, fee = fact.ending, fact.ending.lots, fact.ending.fee
        self._told[fact.account, ending.instrument] = fact
        moved = state.tenant.instruments[ending.instrument if fact.into is None else fact.into]
        if moved.option is None:
            self._prices.trade(fact.account, moved.id, ending.price)
        owners = self._owners(fact.account, ending.instrument)
        parts = [(one, max(one.open_lots[ending.instrument] * ending.side.sign, 0)) for one in owners]
        # Both sides of a lock are told apart, and who holds them nets to nothing: the rest is one side of it.
        for one, most in [*parts, *((one, left) for one in owners[:1])]:
            lots = min(most, left)
            if lots:
                part = fee if lots == left else (fee * lots / left).quantize(_FEN)
                _end(state, one, fact, ending.side, lots, part)
                left, fee = left - lots, fee - part

    def pair_off(self, state: State, fact: f.DaySettled) -> None:
        """End what owners hold against each other of contracts that have left an account by the end of its day."""
        account = state.accounts[fact.account]
        stay = {name for name, _ in account.book.positions()} | set(_being_rolled(account))
        for key in [key for key in self._told if key[0] == fact.account]:
            told = self._told.pop(key)
            for one, held, lots in self._left(*key) if key[1] not in stay else ():
                _end(state, one, told, held, lots, ZERO)
        for name in sorted(self._open(fact.account) - stay):
            instrument, price = state.tenant.instruments[name], self._prices.last(fact.account, name)
            if price is not None and instrument.expiry is not None and instrument.expiry <= fact.trading_day:
                for one, held, lots in self._left(fact.account, name):
                    one.change(Gone(name, held.opposite, lots, ZERO), instrument.value(price, 1), opens=False)

    def _open(self, account: AccountId) -> set[InstrumentId]:
        owned = (one.open_lots for (home, _), one in self._doings.items() if home == account)
        return {name for lots in owned for name, count in lots.items() if count}

    def _left(self, account: AccountId, instrument: InstrumentId) -> list[tuple[Doings, Side, int]]:
        found = [(one, one.open_lots[instrument]) for one in self._owners(account, instrument)]
        return [(one, Side.BUY if lots > 0 else Side.SELL, abs(lots)) for one, lots in found if lots]

    def _owners(self, account: AccountId, instrument: InstrumentId) -> list[Doings]:
        found = [owner for owner, one in self._doings.items() if owner[0] == account and instrument in one.open_lots]
        return [self._doings[owner] for owner in sorted(found, key=lambda owner: owner[1] is not None)]


def _being_rolled(account: AccountState) -> Iterator[InstrumentId]:
    for row in account.strategies.values():
        if isinstance(row.settings, RollSettings) and row.status not in OVER:
            yield row.settings.near


def _end(state: State, owner: Doings, fact: f.PositionEnded, held: Side, lots: int, fee: Decimal) -> None:
    listed, ending = state.tenant.instruments, fact.ending
    instrument = listed[ending.instrument]
    owner.change(Gone(instrument.id, held.opposite, lots, fee), _worth(instrument, ending), opens=False)
    if fact.into is not None and instrument.option is not None:
        future = listed[fact.into]
        come = Gone(future.id, instrument.option.future_side(held), lots, ZERO)
        owner.change(come, future.value(ending.price, 1))


def _worth(instrument: Instrument, ending: Ending) -> Decimal:
    # What a lot leaves at, in yuan: an option that opens a future, or lapses, is worth its premium and no more.
    option = instrument.option
    if option is None:
        return instrument.value(ending.price, 1)
    is_paid = option.cash_settled and ending.how is not How.LAPSED
    return instrument.value(option.worth(ending.price), 1) if is_paid else ZERO
