"""Foresee what a leg that does not follow would cost at each rung of the ladder: 追价 → 加价 → 反平.

Prices are those on display now. Paying up costs what is paid beyond the opposite price; the way back costs the two
sides of every leg that goes back, the active one and the hedges that followed it. Fees are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from terminal.domain.orders.order import Side
from terminal.strategies.spread.balance import active_leg, given_back, unwound
from terminal.strategies.spread.hedge_ladder import chase_seconds, longest_seconds, most_chases, patience, worst_price
from terminal.strategies.spread.legged import legged_states

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote
    from terminal.strategies.spread.legged import Legged


class Shown(Protocol):
    """Give the contracts and the quotes on display: a strategy's view of the moment, or a desk's."""

    def instrument(self, instrument: InstrumentId) -> Instrument:
        """Return the listed instrument; unknown ones raise."""

    def quote(self, instrument: InstrumentId) -> Quote | None:
        """Return the latest quote, or `None` before the first one."""


class Rung(NamedTuple):
    """Hold one rung: until when (seconds after the fill), the lots and the price at its end, and what it costs."""

    until: int
    instrument: InstrumentId
    side: Side
    lots: int
    price: Decimal
    cost: Decimal  # yuan


class Escape(NamedTuple):
    """Hold the way out when one leg alone lacks all it may lack; `unwind` is empty where a price for it is missing."""

    direction: int  # 1 buys the spread, -1 sells it
    leg: int
    lots: int
    chase: Rung
    pay_up: Rung
    unwind: tuple[Rung, ...]  # one of each leg that goes back, the active one first


def escape_plan(shown: Shown, settings: SpreadSettings) -> tuple[Escape, ...]:
    """Return the way out of every single leg, bought and sold; one whose contracts show no price is left out."""
    return tuple(_escapes(shown, settings))


def _escapes(shown: Shown, settings: SpreadSettings) -> Iterator[Escape]:
    lead = active_leg(settings)
    told: set[tuple[int, int]] = set()
    # The fullest state of each leg comes first: it lacks as many lots as it ever can.
    for state in sorted(legged_states(settings), key=lambda state: -abs(state.lots[lead])):
        lagging = [place for place, lack in enumerate(state.lacking) if lack]
        if len(lagging) != 1 or (state.direction, lagging[0]) in told:
            continue
        told.add((state.direction, lagging[0]))
        found = _escape(shown, settings, state, lagging[0])
        if found is not None:
            yield found


def _escape(shown: Shown, settings: SpreadSettings, state: Legged, leg: int) -> Escape | None:
    lack = state.lacking[leg]
    side = Side.BUY if lack > 0 else Side.SELL
    chases, until = patience(settings, leg).chases, chase_seconds(settings, leg)
    chase = _rung(shown, settings, leg, side, abs(lack), chases, until)
    paid = _rung(shown, settings, leg, side, abs(lack), most_chases(settings, leg), longest_seconds(settings, leg))
    if chase is None or paid is None:
        return None
    return Escape(state.direction, leg, abs(lack), chase, paid, _unwind(shown, settings, state, leg))


def _rung(
    shown: Shown, settings: SpreadSettings, leg: int, side: Side, lots: int, chases: int, until: int
) -> Rung | None:
    one, known = settings.legs[leg], shown.instrument(settings.legs[leg].instrument)
    quote = shown.quote(known.id)
    if quote is None:
        return None
    now, price = (worst_price(known, quote, one, side, count) for count in (0, chases))
    if now is None or price is None:
        return None
    return Rung(until, known.id, side, lots, price, known.value(price - now, lots) * side.sign)


def _unwind(shown: Shown, settings: SpreadSettings, state: Legged, leg: int) -> tuple[Rung, ...]:
    lead = active_leg(settings)
    goal = unwound(settings, leg, state.lots[leg], state.lots[lead], 0)
    if goal is None:
        return ()
    back = enumerate(given_back(settings, state.lots, goal))
    rungs = [_back(shown, settings, place, lots, longest_seconds(settings, leg)) for place, lots in back if lots]
    found = [rung for rung in rungs if rung is not None]
    if len(found) < len(rungs):
        return ()
    return tuple(sorted(found, key=lambda rung: rung.instrument != settings.legs[lead].instrument))


def _back(shown: Shown, settings: SpreadSettings, place: int, lots: int, until: int) -> Rung | None:
    # What a leg that goes back by so many lots (signed, as they are traded back) loses of the prices on display.
    one, known = settings.legs[place], shown.instrument(settings.legs[place].instrument)
    quote = shown.quote(known.id)
    side = Side.BUY if lots > 0 else Side.SELL
    prices = [] if quote is None else [worst_price(known, quote, one, way, 0) for way in (side.opposite, side)]
    paid, back = prices or (None, None)
    if paid is None or back is None:
        return None
    return Rung(until, known.id, side, abs(lots), back, known.value(back - paid, lots))
