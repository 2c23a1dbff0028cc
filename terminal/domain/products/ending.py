"""Hold how lots leave the books without a trade: exercise, assignment, lapse, delivery, netting.

All five happen after the close, before the day is settled. Exercise and assignment (行权、履约) of an option on a
future open the future at the strike on that day; of an index option they pay the difference in cash. A lapsed option
(放弃、到期作废) is gone with its premium. A future still held on its last day leaves at the delivery settlement price
(交割结算价): the account's futures money ends there, goods and their payment are not in these books. Netting (自对冲)
closes a future that exercise brought against opposite lots of its contract, both at the settlement price of the day.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from terminal.domain.ids import InstrumentId, TradeId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.option import OptionTerms


class How(StrEnum):
    """Name the ways."""

    EXERCISED = "EXERCISED"  # 行权: of long lots
    ASSIGNED = "ASSIGNED"  # 履约: of short lots
    LAPSED = "LAPSED"  # 放弃
    DELIVERED = "DELIVERED"  # 交割
    NETTED = "NETTED"  # 自对冲: each side is told by itself


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """Hold lots of one side that left.

    `price` is what they left at: the strike where a future was opened, the settlement price of the underlying where
    the difference was paid, the settlement price of a future that was delivered or netted, 0 of lapsed lots. `fee` is
    in yuan.
    """

    instrument: InstrumentId
    flag: HedgeFlag
    side: Side  # BUY: long lots
    lots: int
    how: How
    price: Decimal
    fee: Decimal
    at: int  # exchange time, UTC ns
    number: TradeId  # the exchange's, unique on its day

    def opens(self, option: OptionTerms | None) -> bool:
        """Return whether a future comes in exchange."""
        return self.how in {How.EXERCISED, How.ASSIGNED} and option is not None and not option.cash_settled


def at_expiry(option: OptionTerms | None, held: Side, settlement: Decimal) -> tuple[How, Decimal]:
    """Return how lots nobody spoke for leave on their last day, and at what price, in yuan per quotation unit.

    `settlement` is the day's settlement price of the future, or of what the option is on.
    """
    if option is None:
        return How.DELIVERED, settlement
    if not option.worth(settlement):
        return How.LAPSED, Decimal(0)
    how = How.EXERCISED if held is Side.BUY else How.ASSIGNED
    return how, settlement if option.cash_settled else option.strike


def fits(how: How, option: OptionTerms | None, held: Side) -> bool:
    """Return whether lots of this side can leave in this way."""
    of_futures = how in {How.DELIVERED, How.NETTED}
    if option is None or of_futures:
        return option is None and of_futures
    return how is How.LAPSED or (how is How.EXERCISED) == (held is Side.BUY)
