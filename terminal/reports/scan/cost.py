"""Say what one set would earn on its way back to the mean, in yuan, after fees and slippage.

A set is entered at the opposite prices of now and left at those that stand as far apart around the mean. So slippage is
the whole distance between both sides of every leg, once; fees are those of opening and of closing every leg, at the
prices of now. Nothing is taken off for the margin that is bound: nobody has said what money costs the firm.

Money is exact. Yuan per point follows from the lots; where legs disagree about it, the ratio of the lots is not that of
the coefficients, and the least of them counts. Beyond a twentieth the spread's price says too little of a set's worth.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.orders.order import HedgeFlag, Offset
from terminal.domain.products.fees import fee, fees_of, round_half_up
from terminal.engine.previews.spread_cost import is_uneven, leg_worth
from terminal.reports.scan.present import Reason, Why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.parameters.strategy import SpreadLeg
    from terminal.domain.products.instrument import Instrument
    from terminal.reports.scan.present import Met

FLAG: Final = HedgeFlag.SPECULATION


class LegMarket(NamedTuple):
    """Hold one leg with its contract as it is on the day, its price in yuan a tick, and both sides."""

    leg: SpreadLeg
    instrument: Instrument
    tick: Decimal
    met: Met


class LegFees(NamedTuple):
    """Hold what the lots of one leg pay, yuan a set."""

    opening: Decimal
    closing: Decimal


class Edge(NamedTuple):
    """Hold what one set would earn, yuan; net = gross - slippage - fees, which are those of `legs` together."""

    gross: Decimal
    slippage: Decimal
    fees: Decimal
    net: Decimal
    closes_today: bool  # the dearer of 平今 and 平仓 was taken
    legs: tuple[LegFees, ...]
    per_point: Decimal  # what a set gains when the spread rises by one yuan


def yuan_per_point(legs: Sequence[tuple[SpreadLeg, Instrument]]) -> Decimal | Why:
    """Return what a set gains when the spread rises by one yuan, at least; or why that cannot be said."""
    values = [leg_worth(leg, known) for leg, known in legs]
    least, most = min(values), max(values)
    if is_uneven(values):
        sentence = f"手数比与价格系数不合：各腿每点 {least:,.2f} 至 {most:,.2f} 元，价差说不出一套的盈亏，请改手数比"
        return Why(Reason.UNEVEN, sentence)
    return least


def edge_of(
    legs: Sequence[LegMarket], *, buys: bool, points: Decimal, per_point: Decimal, within_day: bool
) -> Edge | Why:
    """Return what a set earns that is bought (or sold) `points` from the mean, or why that is not known."""
    slippage, paid = Decimal(0), list[LegFees]()
    for market in legs:
        leg, instrument = market.leg, market.instrument
        lots = abs(leg.lots)
        bid, ask = market.met.bid * market.tick, market.met.ask * market.tick
        slippage += instrument.value(ask - bid, lots)
        opened, closed = (ask, bid) if buys == (leg.lots > 0) else (bid, ask)
        both = _round_trip(instrument, lots, opened=opened, closed=closed, within_day=within_day)
        if isinstance(both, Why):
            return both
        paid.append(both)
    fees = sum((one.opening + one.closing for one in paid), Decimal(0))
    gross, slippage = round_half_up(points * per_point), round_half_up(slippage)
    return Edge(gross, slippage, fees, gross - slippage - fees, within_day, tuple(paid), per_point)


def _round_trip(
    instrument: Instrument, lots: int, *, opened: Decimal, closed: Decimal, within_day: bool
) -> LegFees | Why:
    known = fees_of(instrument, FLAG)
    needed = {"开仓": known.open, "平仓": known.close, **({"平今": known.close_today} if within_day else {})}
    missing = [name for name, terms in needed.items() if terms is None]
    if missing:
        return Why(
            Reason.FEES_UNKNOWN, f"{instrument.id} 的{'、'.join(missing)}手续费未知，请写进方案的 [[instrument]]"
        )
    closing = [
        fee(instrument, offset=Offset.CLOSE, lots=lots, price=closed, close_today_lots=today, flag=FLAG)
        for today in ((0, lots) if within_day else (0,))
    ]
    return LegFees(fee(instrument, offset=Offset.OPEN, lots=lots, price=opened, flag=FLAG), max(closing))
