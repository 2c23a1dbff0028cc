"""Say what keeps a target from bringing its ratio back now: for what it does, and for what its card shows."""

from __future__ import annotations

from decimal import ROUND_FLOOR
from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.fact.target_marks import Obstacle
from terminal.domain.parameters.target import TargetMode
from terminal.strategies.target.need import balance_of, lots_to, outside, undecided

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.domain.fact.target_marks import RatioFrozen
    from terminal.domain.orders.order import Side
    from terminal.domain.parameters.target import TargetSettings
    from terminal.domain.view import HedgeStanding
    from terminal.strategies.target.memory import TargetMemory
    from terminal.strategies.target.need import Balance


def goes(settings: TargetSettings, memory: TargetMemory) -> bool:
    """Return whether the proposal that stands may be traded."""
    return settings.mode is TargetMode.EXECUTE or (memory.proposal is not None and settings.go == memory.number)


class Hedged(NamedTuple):
    """Hold how a group stands whose ratio is known, and its balance."""

    standing: HedgeStanding
    now: Balance


def hedged(standing: HedgeStanding | None) -> Hedged | Obstacle:
    """Return how a group is hedged now, or why nobody can say."""
    if standing is None or standing.per_lot <= 0:
        return Obstacle.NO_GROUP
    now = balance_of(standing)
    return Obstacle.NO_EXPOSURE if now is None else Hedged(standing, now)


def waits(settings: TargetSettings, memory: TargetMemory, now: Balance, band: RatioFrozen) -> bool:
    """Return whether nobody can tell what is right before a delta is known."""
    stands = memory.proposal
    if stands is None or not goes(settings, memory):
        return undecided(now, band, settings.aim, None)
    if settings.mode is TargetMode.PROPOSE and memory.done >= stands.lots:
        return False  # all that was agreed to is done
    return undecided(now, band, settings.aim, stands.side)


def to_send(
    settings: TargetSettings, memory: TargetMemory, group: Hedged, side: Side, lots: int, free: int
) -> int | Obstacle:
    """Return the lots of the next order where so many are lacking, or what is in the way.

    `free` lots may be closed by that side: an order closes some of these as long as there are any, else it opens, and a
    hedge that is too large is never locked by the other side. An order that opens leaves C5 no reason to ask for a
    checker, for nobody would be waited for: there options count whole, more than in the ratio.
    """
    standing = group.standing
    if not free and side is not group.now.side:
        return Obstacle.NOT_FREE
    room = settings.most_lots - side.sign * memory.net  # what leads back towards nothing has room beyond it
    if room < 1:
        return Obstacle.NO_ROOM
    sent = min(lots, free or lots, room, settings.batch_lots)
    if not free and standing.room is not None:
        sent = min(sent, int((standing.room / standing.per_lot).to_integral_value(rounding=ROUND_FLOOR)))
    return sent if sent >= 1 else Obstacle.BOUND


def hindrance(
    settings: TargetSettings,
    memory: TargetMemory,
    standing: HedgeStanding | None,
    band: RatioFrozen | None,
    free_of: Callable[[Side], int],
) -> Obstacle | None:
    """Return what is in the target's way now, `None` where nothing is: the same that it finds when it is asked."""
    group = hedged(standing)
    if isinstance(group, Obstacle):
        return group
    if band is None:
        return None
    now, stands = group.now, memory.proposal
    if waits(settings, memory, now, band):
        return Obstacle.NO_DELTA
    if memory.ledger.busy:
        return None
    if stands is None:
        side = outside(now, band)
        return Obstacle.TOO_COARSE if side is not None and not lots_to(now, band, settings.aim, side) else None
    lots = lots_to(now, band, settings.aim, stands.side)
    if settings.mode is TargetMode.PROPOSE:
        lots = min(lots, stands.lots - memory.done)  # what was agreed to, and no more
    if lots <= 0 or not goes(settings, memory):
        return None
    sent = to_send(settings, memory, group, stands.side, lots, free_of(stands.side))
    return sent if isinstance(sent, Obstacle) else None
