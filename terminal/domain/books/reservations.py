"""Keep what live and UNKNOWN orders reserve, until they have ended (SAFETY I6).

An opening order reserves margin and fee at its own limit price; a close freezes the lots it may take, and the fee at
its limit price. Where the exchange, not the order, says how many of its lots pay 平今, the dearer of the two is frozen:
what is opened meanwhile decides. An exercise that is coming reserves the margin of what it opens at the strike, and its
fee; it lets go of all of it at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from terminal.domain.books.form import ReservationForm
from terminal.domain.books.holding import Holding
from terminal.domain.books.position import Position
from terminal.domain.errors import InvariantError
from terminal.domain.ids import InstrumentId, OrderId
from terminal.domain.orders.offset import Bucket, bucket_of
from terminal.domain.orders.order import HedgeFlag, OrderTerms
from terminal.domain.products.fees import ZERO, worst_fee
from terminal.domain.products.instrument import Instrument


class Reservation:
    """Hold what one order reserves; `bucket` names the lots a close freezes and is `None` for an opening order.

    `holding` is the side of the position that the order opens or closes.
    """

    __slots__ = ("bucket", "fee", "holding", "lots", "position", "terms")

    def __init__(self, position: Position, terms: OrderTerms) -> None:
        self.position = position
        self.terms = terms
        self.holding: Holding = position.side(terms.position_side)
        self.bucket: Bucket | None = None if terms.is_opening else bucket_of(position.instrument, terms.offset)
        self.lots = 0
        self.fee = ZERO

    def change(self, lots: int) -> Decimal:
        """Reserve more lots (or fewer, when negative) and return by how much the frozen fee rises."""
        left, before = self.lots + lots, self.fee
        self.fee = worst_fee(self.position.instrument, self.terms, left)
        if self.bucket is None:
            self.holding.opening_lots += lots
            self.holding.opening_value += self.terms.price * lots
        else:
            self.holding.freeze(self.bucket, lots)
        self.lots = left
        return self.fee - before


class Reservations:
    """Keep the reservations of one account; `fees` is the sum of the frozen fees in yuan."""

    __slots__ = ("_orders", "fees")

    def __init__(self) -> None:
        self._orders: dict[OrderId, Reservation] = {}
        self.fees = ZERO

    @classmethod
    def of_form(
        cls,
        fees: Decimal,
        forms: Sequence[ReservationForm],
        positions: Mapping[tuple[InstrumentId, HedgeFlag], Position],
    ) -> Reservations:
        """Return the reservations that gave these forms; their positions hold the lots reserved already."""
        reserved = cls()
        reserved.fees = fees
        for form in forms:
            one = reserved._orders[form.order] = Reservation(
                positions[form.terms.instrument, form.terms.hedge_flag], form.terms
            )
            one.bucket, one.lots, one.fee = form.bucket, form.lots, form.fee
        return reserved

    def forms(self) -> list[ReservationForm]:
        """Return the reservations as they are."""
        return [
            ReservationForm(order=order, terms=one.terms, bucket=one.bucket, lots=one.lots, fee=one.fee)
            for order, one in self._orders.items()
        ]

    def add(
        self, order: OrderId, position: Position, terms: OrderTerms, lots: int, pays: Decimal | None = None
    ) -> Reservation:
        """Reserve for an order, or for an exercise that `pays` a fee of its own; twice is an `InvariantError`."""
        if order in self._orders:
            raise InvariantError(f"order {order} has reserved already")
        reservation = Reservation(position, terms)
        rise = reservation.change(lots)
        if pays is not None:
            rise = reservation.fee = pays
        self.fees += rise
        self._orders[order] = reservation
        return reservation

    def release(self, order: OrderId, lots: int | None) -> Reservation | None:
        """Let go of lots, or of all that is left, and return what changed; `None` when nothing was reserved."""
        reservation = self._orders.get(order)
        if reservation is None:
            return None
        part = reservation.lots if lots is None else min(lots, reservation.lots)
        self.fees += reservation.change(-part)
        if not reservation.lots:
            del self._orders[order]
        return reservation

    def fit(self, holding: Holding) -> None:
        """Let closes go of lots that left without them, the latest order first: only so many can still fill."""
        for order, one in reversed(list(self._orders.items())):
            if one.bucket is not None and one.holding is holding:
                self.release(order, min(holding.missing(one.bucket), one.lots))

    def age(self) -> None:
        """Follow a settlement: what froze today's lots freezes older ones now."""
        for reservation in self._orders.values():
            if reservation.bucket is Bucket.TODAY:
                reservation.bucket = Bucket.YESTERDAY

    def canonical(self) -> list[list[object]]:
        """Return order and reserved lots as plain values in a fixed order, for hashing."""
        return [[order, self._orders[order].lots] for order in sorted(self._orders)]

    def lots(self) -> dict[OrderId, int]:
        """Return the lots each order reserves, or an exercise that is coming."""
        return {order: one.lots for order, one in self._orders.items()}

    def sums(self) -> tuple[int, int, Decimal]:
        """Return lots under opening orders, lots under closes, and fees, added up anew."""
        orders = self._orders.values()
        opening = sum(order.lots for order in orders if order.bucket is None)
        closing = sum(order.lots for order in orders if order.bucket is not None)
        return opening, closing, sum((order.fee for order in orders), ZERO)


def refuse_mixed(instrument: Instrument, terms: OrderTerms, lots: int) -> None:
    """Refuse lots that are none, and an order of another instrument (`InvariantError`)."""
    if lots <= 0:
        raise InvariantError(f"{lots} lots of {instrument.id}: lots are positive")
    if terms.instrument != instrument.id:
        raise InvariantError(f"an order of {terms.instrument} cannot be booked as {instrument.id}")
