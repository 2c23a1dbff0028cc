"""Give a test that promises seconds the machine to itself, however many workers there are.

Every test holds the floor together with those of other workers; one marked `alone` waits at the gate until it has the
floor for itself, and meanwhile no other passes the gate. Locked are two files that are there anyway, so that nothing is
left behind, and a second run in the same folder waits its turn too.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

FLOOR: Final = Path(__file__)
GATE: Final = FLOOR.with_name("conftest.py")


@contextmanager
def turn(*, alone: bool, gate_file: Path = GATE, floor_file: Path = FLOOR) -> Iterator[None]:
    """Wait until a test may run, and hold that until the block ends."""
    how = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
    with gate_file.open("rb") as gate, floor_file.open("rb") as floor:
        try:
            fcntl.flock(gate, how)
            fcntl.flock(floor, how)
            if not alone:
                fcntl.flock(gate, fcntl.LOCK_UN)
            yield
        finally:  # said and not left to closing: a forked child has the same files open
            fcntl.flock(floor, fcntl.LOCK_UN)
            fcntl.flock(gate, fcntl.LOCK_UN)
