"""Say how far something is that takes long, where somebody sits at a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

SAY_AFTER: Final = 2.0  # seconds: whatever takes longer says how far it is, as often


def teller() -> Callable[[str, float, int], None]:
    """Return what is to be told: what is done, its share from 0 to 1, and the market clock (UTC ns) or 0."""
    from terminal.domain.days.calendar import show

    said, shown = time.perf_counter(), sys.stderr.isatty()

    def tell(what: str, share: float, at: int) -> None:
        nonlocal said
        if shown and time.perf_counter() - said >= SAY_AFTER:
            said = time.perf_counter()
            print(f"{what} {min(share, 1):.0%}  {show(at) if at else ''}", file=sys.stderr)

    return tell
