"""Make some drawn spreads stand against spot (期现价差), and have their spot confirmed; nothing is drawn for either.

So the luck of a seed goes on as it did. Which spreads do follows from what was drawn already.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from terminal.domain.orders.order import Side
from terminal.domain.parameters.spot_side import SpotSide
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.domain.products.instrument import Kind
from terminal.domain.spot_commands import ConfirmSpot
from terminal.simulation.cast import TRADER
from terminal.strategies.spread.memory import undone_spot

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, StrategyId
    from terminal.domain.products.instrument import Instrument
    from terminal.simulation.desk import Room

CONFIRMED_AFTER: Final = (4, 9, 20)  # seconds
PRICE: Final = Decimal(3000)  # yuan a tonne: what people paid changes nothing


def against_spot(room: Room, drawn: SpreadSettings) -> SpreadSettings:
    """Return a drawn spread with spot in the place of its bought leg, where the market has spot that is priced.

    Every second one: its sold leg leads, and its prices stand as far apart, the lower one at the price now.
    """
    sold = next(leg for leg in drawn.legs if leg.lots < 0)
    known = room.state.tenant.instruments[sold.instrument]
    spot = _spot_of(room, known)
    if spot is None or (drawn.sets + drawn.max_sets) % 2:
        return drawn
    quote, stated = room.look.quote(known.id), room.look.quote(spot.id)
    if quote is None or quote.bid is None or stated is None or stated.last is None:
        return drawn
    now = spot.price(stated.last) - known.price(quote.bid)
    legs = (
        SpreadLeg(instrument=spot.id, coefficient=Decimal(1), lots=0),
        replace(sold, active=True),
    )
    tonnes = known.multiplier * abs(sold.lots)
    side = Side.BUY if drawn.hedge_seconds == 1 else Side.SELL
    return replace(
        drawn,
        legs=legs,
        buy_at=now,
        sell_at=now + drawn.sell_at - drawn.buy_at,
        quoting=None,
        spot_side=SpotSide(tonnes=tonnes, side=side, alert_minutes=1),
    )


def confirm_later(room: Room, account: AccountId, strategy: StrategyId) -> None:
    """Have a person say several times that all the spot that is undone then was traded."""
    for seconds in CONFIRMED_AFTER:
        room.later(seconds, lambda then: _confirm(then, account, strategy))


def _confirm(room: Room, account: AccountId, strategy: StrategyId) -> None:
    row = room.account(account).strategies.get(strategy)
    undone = Decimal(0) if row is None else undone_spot(row.settings, row.memory)
    if undone:
        body = ConfirmSpot(
            account=account,
            strategy=strategy,
            side=Side.BUY if undone > 0 else Side.SELL,
            tonnes=abs(undone),
            price=PRICE,
            contract=f"HT-{strategy}",
        )
        room.ask(TRADER, body)


def _spot_of(room: Room, future: Instrument) -> Instrument | None:
    if future.quote_unit != "元/吨":
        return None
    listed = (room.state.tenant.instruments[name] for name in room.look.columns.universe)
    return next((one for one in listed if one.kind is Kind.SPOT and one.quote_unit == future.quote_unit), None)
