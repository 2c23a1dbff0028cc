"""Keep which plans people were told of a broken leg, for what is told anew (`barred_repair`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.marks import LegBroken, LegRepaired
from terminal.domain.fact.way_marks import RepairBarred

if TYPE_CHECKING:
    from terminal.strategies.legs import Leg


def fold_break(leg: Leg, mark: LegBroken | LegRepaired | RepairBarred, at: int) -> None:
    """Take what is stated of a leg's break, and keep which plans people were told of it, the latest last."""
    match mark:
        case LegBroken():
            leg.broken, leg.plans = mark.repair, {mark.plan: at}
        case LegRepaired():
            leg.broken, leg.plans = None, {}
        case RepairBarred():
            leg.plans.pop(mark.plan, None)
            leg.plans[mark.plan] = at
