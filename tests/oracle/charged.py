"""Count, from the lines of a ledger alone, how many lots of a close pay 平今 where the order does not say so.

The rule of the counters of DCE, CZCE, CFFEX and GFEX (DOMAIN 4.3): the lots closed in a day pay 平今 until as many have
paid it as were opened that day, whichever they are. Of 3 older lots and 1 opened today, 3 closed are 1 平今 and 2 平仓.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.ledger_lines import Event

OPPOSITE = {"BUY": "SELL", "SELL": "BUY"}


class ChargedToday:
    """Keep what was opened today and has not made a close dear yet, by contract and side."""

    def __init__(self) -> None:
        self._left: Counter[tuple[str, str]] = Counter()

    def settle(self) -> None:
        self._left.clear()

    def parts(self, event: Event) -> Iterator[tuple[str, int]]:
        """Yield the kind of fee and the lots of each part of a trade."""
        symbol, side, lots = event["symbol"], event["side"], event["lots"]
        if event["offset"] == "OPEN":
            self._left[symbol, side] += lots
            yield "open", lots
            return
        held = symbol, OPPOSITE[side]
        dear = min(lots, self._left[held])
        self._left[held] -= dear
        yield from ((kind, part) for kind, part in (("close_today", dear), ("close", lots - dear)) if part)
