"""Keep stop orders (止损单、止盈单) at the exchange until the last price touches their trigger.

The theory. A stop order is checked, numbered and frozen like any other when it comes, and can be taken out. It is in no
queue and takes no part in an auction. While its instrument trades continuously every last price that is displayed is
held against the trigger, the one that stands when the order comes included; at the first that touches it the order
enters the market as one that came at that moment, and is a limit or market order from then on. Between two snapshots
nothing is seen. At the end of the day it expires with the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from terminal.domain.ids import WireKey
from terminal.domain.market import Batch
from terminal.domain.orders.kind_table import InstrumentClass
from terminal.domain.orders.kind_words import PRICE_KINDS
from terminal.domain.orders.order import PriceKind
from terminal.domain.orders.stop import STOPS, StopTable, Trigger
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.reports import Report
from terminal.engine.ports import WireOrder
from terminal.gateways.sim.accounts.ledger import Ledger
from terminal.gateways.sim.display import Display
from terminal.gateways.sim.matching.book import Order
from terminal.gateways.sim.refusal import OFF_TICK, Refusal

BEYOND_TRIGGER = Refusal("BAD_STOP_PRICE", "止损、止盈单买入的限价不得低于触发价，卖出的限价不得高于触发价")


class Waiting(NamedTuple):
    """Hold a stop order and what it waits for."""

    order: Order
    instrument: Instrument
    trigger: Trigger


class Door(NamedTuple):
    """Hold what the stops share with the exchange."""

    display: Display
    ledger: Callable[[], Ledger]
    rest: Callable[[Order, Instrument], None]  # until the day is over
    leave: Callable[[Order], None]
    enter: Callable[[Order, Instrument], list[Report]]  # the market


class Stops:
    """Hold the stop orders that were not triggered, in the order they came."""

    def __init__(self, door: Door, table: StopTable | None) -> None:
        self._door = door
        self._table = table
        self._waiting: dict[WireKey, Waiting] = {}

    def refuse(self, wire: WireOrder, instrument: Instrument) -> Refusal | None:
        """Say why a stop order is not taken; any other passes."""
        trigger, terms = wire.trigger, wire.terms
        if trigger is None:
            return None
        which = InstrumentClass.OPTION if instrument.kind is Kind.OPTION else InstrumentClass.FUTURE
        day, where = self._door.display.trading_day, instrument.exchange
        if self._table is None or not self._table.takes(where, which, trigger, terms, day):
            what = f"{terms.time_condition} {PRICE_KINDS[terms.price_kind]}{STOPS[trigger.stop]}"
            return Refusal("ORDER_KIND_NOT_SUPPORTED", f"交易所对该合约不接受 {what}委托")
        if not instrument.on_grid(trigger.price) or trigger.price <= 0:
            return OFF_TICK
        return BEYOND_TRIGGER if terms.price_kind is PriceKind.LIMIT and not trigger.allows(terms) else None

    def wait(self, order: Order, instrument: Instrument, trigger: Trigger) -> list[Report]:
        """Let an order that was taken wait for its trigger; one that is touched already enters at once."""
        self.restore(order, instrument, trigger)
        self._door.ledger().changes.stops[order.wire_key] = trigger
        return self._look(self._waiting[order.wire_key])

    def restore(self, order: Order, instrument: Instrument, trigger: Trigger) -> None:
        """Let an order wait that waited before a restart."""
        self._waiting[order.wire_key] = Waiting(order, instrument, trigger)
        self._door.rest(order, instrument)

    @property
    def any(self) -> bool:
        """Return whether an order waits here."""
        return bool(self._waiting)

    def rests(self, order: Order) -> bool:
        """Return whether an order waits here."""
        return order.wire_key in self._waiting

    def remove(self, order: Order) -> None:
        """Let go of an order."""
        del self._waiting[order.wire_key]
        self._door.ledger().changes.stops[order.wire_key] = None
        self._door.leave(order)

    def sweep(self, batch: Batch) -> list[Report]:
        """Let the orders enter whose trigger is touched."""
        if not self._waiting:
            return []
        shown, slot = set(batch.slots.tolist()), self._door.display.slot
        due = [one for one in self._waiting.values() if slot(one.instrument.id) in shown]
        return [report for one in due for report in self._look(one)]

    def _look(self, waiting: Waiting) -> list[Report]:
        order, instrument, trigger = waiting
        display = self._door.display
        last = display.last(instrument.id)
        is_fresh = display.is_fresh(display.slot(instrument.id), display.session(instrument))
        if last is None or not is_fresh or not trigger.is_touched(order.terms.side, last):
            return []
        self.remove(order)
        self._door.ledger().requeue(order)
        return self._door.enter(order, instrument)
