"""Say what a grid is doing, and what leaving its bounds makes of it, whatever its price is of."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from terminal.domain.parameters.strategy import OutOfRange
from terminal.strategies.children import SECOND

CALM: Final = 60 * SECOND  # time outside the bounds before the price may be inside again


class Stage(StrEnum):
    """Name what a grid is doing."""

    RUNNING = "RUNNING"
    STOPPING = "STOPPING"  # cancels, then ends with what it holds
    FLATTENING = "FLATTENING"  # cancels, closes, then ends
    FINISHED = "FINISHED"


def left_for(choice: OutOfRange, *, stopped: bool) -> Stage:
    """Return what a grid does once its price has left the bounds, or passed the stop: there HOLD closes too."""
    if choice is OutOfRange.STOP:
        return Stage.STOPPING
    return Stage.FLATTENING if stopped or choice is OutOfRange.FLATTEN else Stage.RUNNING
