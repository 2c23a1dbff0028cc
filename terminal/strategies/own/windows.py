"""Say which windows of prices a person's own rule reads, and how they go on over a roll.

The prices of several contracts stand in rows of one instant: each contract has a window of its own, in which the
others stand with the coefficient zero. They add nothing to its price, and a sample is taken only while all of them
trade and have fresh quotes of that very session on both sides. So all windows sample at the same batches, and none
holds a price from later on, nor one of before a close, a break or an auction beside one of after it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from terminal.domain.parameters.own import Before, OwnContract, OwnSettings
from terminal.domain.view import Earlier, SpreadWatch

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId


class Parts(NamedTuple):
    """Hold what settings come to: the contracts, those traded with their places, all their names, their windows."""

    contracts: tuple[OwnContract, ...]
    traded: tuple[tuple[int, OwnContract], ...]
    instruments: tuple[InstrumentId, ...]
    watches: tuple[SpreadWatch, ...]


# By identity, each beside its settings, so that no other ones come to have it: they are asked for with every quote.
_KNOWN: Final[dict[int, tuple[OwnSettings, Parts]]] = {}
_MOST_KNOWN: Final = 256


def parts_of(settings: OwnSettings) -> Parts:
    """Return what settings come to."""
    found = _KNOWN.get(id(settings))
    if found is not None and found[0] is settings:
        return found[1]
    contracts = settings.contracts
    parts = Parts(
        contracts=contracts,
        traded=tuple((place, one) for place, one in enumerate(contracts) if one.max_lots),
        instruments=tuple(one.instrument for one in contracts),
        watches=watches_of(settings),
    )
    if len(_KNOWN) >= _MOST_KNOWN:
        _KNOWN.clear()
    _KNOWN[id(settings)] = settings, parts
    return parts


def watches_of(settings: OwnSettings) -> tuple[SpreadWatch, ...]:
    """Return a window for each contract, in their order."""
    contracts = settings.contracts
    ends = sorted({one.until for contract in contracts for one in contract.before})
    return tuple(
        SpreadWatch(
            legs=_legs(contracts, place, None),
            sample_seconds=settings.sample_seconds,
            window=settings.window,
            trading=True,
            earlier=tuple(
                Earlier(legs=_legs(contracts, place, until), until=until, shift=_then(contract, until)[1])
                for until in ends
            ),
        )
        for place, contract in enumerate(contracts)
    )


def _legs(
    contracts: tuple[OwnContract, ...], priced: int, until: int | None
) -> tuple[tuple[InstrumentId, Decimal], ...]:
    # In one order, whatever the rule calls first: rules of the same contracts share their windows, all or none.
    names = [_then(contract, until)[0] for contract in contracts]
    beside = sorted(name for place, name in enumerate(names) if place != priced)
    return ((names[priced], Decimal(1)), *((name, Decimal(0)) for name in beside))


def _then(contract: OwnContract, until: int | None) -> tuple[InstrumentId, Decimal]:
    # Which contract stood there up to an instant, and how far it is moved; `None` is now.
    left = (one for one in contract.before if until is not None and until <= one.until)
    return next(((one.instrument, one.shift) for one in left), (contract.instrument, Decimal(0)))


def rebound(settings: OwnSettings, near: InstrumentId, far: InstrumentId, until: int, shift: Decimal) -> OwnSettings:
    """Return the settings of a rule that has gone with a roll from near to far, which stands `shift` yuan higher.

    What was quoted up to `until` (UTC ns, included) moves by it, so that the rule sees no roll as a move of the market.
    """
    if settings.instrument == near:
        return replace(settings, instrument=far, before=_moved(near, settings.before, until, shift))
    others = tuple(
        replace(one, instrument=far, before=_moved(near, one.before, until, shift)) if one.instrument == near else one
        for one in settings.rest
    )
    return replace(settings, others=others)


def _moved(near: InstrumentId, before: tuple[Before, ...], until: int, shift: Decimal) -> tuple[Before, ...]:
    left = (replace(one, shift=one.shift + shift) for one in before)
    return (*left, Before(instrument=near, until=until, shift=shift))
