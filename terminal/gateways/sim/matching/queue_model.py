"""Name what waiting in the market's queue is worth at the sim exchange; `places` says what each model does."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class QueueModel(StrEnum):
    """Name a model of the queue: by displayed lots alone, or by place in it."""

    VOLUME = "volume"
    POSITION = "position"


DEFAULT_QUEUE: Final = QueueModel.VOLUME
