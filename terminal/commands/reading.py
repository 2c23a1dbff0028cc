"""Say how far the reading of a journal is, where it takes long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

SAY_AFTER: Final = 2.0  # seconds: whatever takes longer says how far it is, as often


def reading(records: int) -> Callable[[int], None]:
    """Return what is to be told every position reached, of so many records."""
    said = time.perf_counter()

    def seen(position: int) -> None:
        nonlocal said
        if position % 1_000 == 0 and time.perf_counter() - said >= SAY_AFTER:
            said = time.perf_counter()
            print(f"读取日志 {min(position / records, 1):.0%}", file=sys.stderr)

    return seen
