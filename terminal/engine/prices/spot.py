"""Say what a stated spot price must be before it is everybody's.

A spot is quoted by people; what the exchange trades is quoted by the exchange alone. Positions, risk levels and the
drift of approvals are measured at those prices, so nobody states one for a contract, and what is stated is what is
measured at: a price between two ticks is refused like an order's, never moved in silence.

Facts of a journal are not judged again: `ticks_of` says which of them a price can be read from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.books.holding import decimal_text
from terminal.domain.fact.facts import Role
from terminal.domain.products.instrument import PRICE_CEILING, Kind, Rounding
from terminal.risk.price import is_price

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.commands import QuoteSpot
    from terminal.domain.ids import PersonId
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.state import State

LONGEST_SOURCE = 80  # characters


def wrong_spot(state: State, body: QuoteSpot) -> tuple[str, str] | None:
    """Return the code and the sentence that refuse a spot price; `None` if it may be stated."""
    known = state.tenant.instruments.get(body.instrument)
    if known is None:
        return "UNKNOWN_INSTRUMENT", f"没有现货品种 {body.instrument}。"
    if known.kind is not Kind.SPOT:
        return "NOT_SPOT", f"{body.instrument} 由交易所报价，不能人工报价；现货写作 SPOT.品种.地点。"
    wrong = wrong_price(known, body.price)
    if wrong:
        return "BAD_PRICE", f"{body.instrument} {wrong}；没有记下，请改价。"
    if not body.source.strip() or len(body.source) > LONGEST_SOURCE:
        return "BAD_SOURCE", f"请写明现货价的来源（谁、何处），最多 {LONGEST_SOURCE} 个字；没有记下。"
    return None


def wrong_price(instrument: Instrument, price: Decimal) -> str:
    """Return what keeps a number from being a spot price; "" if nothing does."""
    # Numbers are repeated as they were written: as plain digits, 1E+400 would fill the screen.
    if not price.is_finite() or price <= 0:
        return f"现货价应为正数，现为 {price}"
    if price >= PRICE_CEILING:
        return f"现货价应小于 {PRICE_CEILING} {instrument.quote_unit}，现为 {price}"
    if not instrument.on_grid(price):
        tick = decimal_text(instrument.tick)
        return f"现货价应为最小变动价位 {tick} {instrument.quote_unit}的整数倍，现为 {price}"
    return ""


def ticks_of(instrument: Instrument, price: Decimal) -> int | None:
    """Return a stated spot price in whole ticks, the nearest ones; `None` where there is no price in it."""
    if instrument.kind is not Kind.SPOT or not is_price(price):
        return None
    # Below half a tick and just under the ceiling, moving onto the grid leaves the range of prices.
    snapped = instrument.snap(price, Rounding.NEAREST)
    return instrument.ticks(snapped) if is_price(snapped) else None


def may_quote(state: State, person: PersonId) -> bool:
    """Return whether a person may state spot prices: whoever may do more than look, on any account."""
    return any(role is not Role.VIEWER for roles in state.roles_of(person).values() for role in roles)
