"""Answer wrong proofs slower each time, without shutting the door to a good desk of the same address.

Behind one address sit a whole house of desks: whoever guesses there, or comes back with a token that has run out, is no
reason to turn a colleague away. A wrong proof that waits for its answer is therefore no stranger at the door. How many
wait is bounded here; one too many, and the one that has waited longest is cut without an answer.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

PENALTY_FROM: Final = 5  # wrong proofs of one address before its answers slow down
LONGEST_PENALTY: Final = 5.0  # seconds
# Waiting for an answer, of one address and of all: with those that are let in and the strangers, what a crowd may be.
MOST_HELD: Final = 32
MOST_HELD_OF_ALL: Final = 64
MOST_ADDRESSES: Final = 1_000  # whose wrong proofs are remembered; the one that failed longest ago is forgotten first


class Penalties:
    """Remember who failed, and hold the answers to them."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}  # the latest last
        self._held: list[_Held] = []  # the oldest first

    def forgive(self, where: str) -> None:
        """Begin anew for an address somebody was let in from."""
        self._failures.pop(where, None)

    async def serve(self, where: str) -> bool:
        """Count a wrong proof and return when its answer is due; `False` when it is to be cut without one."""
        count = self._failures.pop(where, 0) + 1
        self._failures[where] = count
        if len(self._failures) > MOST_ADDRESSES:
            del self._failures[next(iter(self._failures))]
        if count < PENALTY_FROM:
            return True
        self._make_room(where)
        held = _Held(where)
        self._held.append(held)
        try:
            with suppress(TimeoutError):
                # The power is bounded as well: 2.0 ** 1024 is no number.
                async with asyncio.timeout(min(0.1 * 2 ** min(count - PENALTY_FROM, 60), LONGEST_PENALTY)):
                    await held.gives_way.wait()
        finally:
            if held in self._held:
                self._held.remove(held)
        return not held.gives_way.is_set()

    def _make_room(self, where: str) -> None:
        same = [held for held in self._held if held.where == where]
        oldest = same[0] if len(same) >= MOST_HELD else self._held[0] if len(self._held) >= MOST_HELD_OF_ALL else None
        if oldest is not None:
            self._held.remove(oldest)  # at once: it counts no more, whenever its task has its turn
            oldest.gives_way.set()


class _Held:
    def __init__(self, where: str) -> None:
        self.where = where
        self.gives_way = asyncio.Event()
