"""End what a trading day ends: expired options are exercised or lapse, expired futures are delivered.

It happens after the last trade of an instrument's last day and before the day's lots become older ones, at that day's
settlement prices (DOMAIN 4.12): an option strictly in the money is exercised and its writer assigned, every other one
lapses; a future leaves at its own settlement price, and what the goods cost is paid elsewhere. Nobody is asked, and no
option is exercised before its last day. Without a price of the day nothing ends; it is tried again at the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from terminal.domain.ending import Ending, at_expiry
from terminal.domain.ids import AccountId, InstrumentId, TradeId
from terminal.domain.instrument import Instrument
from terminal.domain.order import HedgeFlag, Side
from terminal.gateways.sim.positions import Holding

HoldingKey = tuple[AccountId, InstrumentId, HedgeFlag]
Settlement = Callable[[InstrumentId], Decimal | None]


def endings(
    holdings: Mapping[HoldingKey, Holding],
    listed: Callable[[InstrumentId], Instrument | None],
    settlement: Settlement,
    *,
    trading_day: int,
    at: int,
) -> Iterator[tuple[AccountId, Ending, Instrument]]:
    """Yield what ends on a trading day, in a fixed order; `at` is the exchange's clock, UTC ns.

    Options come before futures. A future that exercise opens after its own last day is delivered at the next day's end.
    """
    due = [(key, one) for key in sorted(holdings) if (one := listed(key[1])) is not None and _is_over(one, trading_day)]
    number = 0
    for (account, name, flag), instrument in sorted(due, key=lambda row: row[1].option is None):
        price = settlement(name if instrument.option is None else instrument.option.underlying)
        for side in Side:
            lots = holdings[account, name, flag].of(side)
            count = lots.today + lots.yesterday
            if not count or price is None:
                continue
            number += 1
            how, left_at = at_expiry(instrument.option, side, price)
            ending = Ending(
                instrument=name,
                flag=flag,
                side=side,
                lots=count,
                how=how,
                price=left_at,
                fee=Decimal(0),  # the broker's, and not the exchange's to say
                at=at,
                number=TradeId(f"E{number}"),
            )
            yield account, ending, instrument


def _is_over(instrument: Instrument, trading_day: int) -> bool:
    return instrument.expiry is not None and instrument.expiry <= trading_day
