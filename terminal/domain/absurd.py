"""Stop at the door what no book can hold: NaN, infinities, and numbers without end break the arithmetic behind it."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Final

import msgspec

from terminal.domain.stock import StateStocks
from terminal.domain.words.settings import FAR, MOMENTS

INSTANTS: Final = MOMENTS | {"until"}  # UTC ns: an execution's window, and until when a contract before a roll counts
MOST = 10**12  # no price or amount is as large, in yuan
MOST_COUNTED = 10**8  # nor as many lots
FINEST = 12  # decimal places, also of a zero: 0E-300000 is a short text and a long number
SHARED = 40  # of weights, rates and coefficients in a row: a third is shared among three


def is_absurd(body: msgspec.Struct) -> bool:
    """Return whether a command, or settings, hold a number no book can hold, or no sentence could write out.

    Counts of a stock are no part of a book: whoever takes them says of each what is wrong with it.
    """
    if isinstance(body, StateStocks):
        return False
    whole = msgspec.to_builtins(body, builtin_types=(Decimal,), str_keys=True)
    left: list[tuple[str, object, int]] = [("", whole, FINEST)]
    while left:
        name, one, finest = left.pop()
        if isinstance(one, dict):
            left.extend((key, part, finest) for key, part in one.items())
        elif isinstance(one, list | tuple):  # a tuple stays one
            left.extend((name, part, SHARED) for part in one)
        elif not _is_instant(name, one) and _is_absurd(one, finest):
            return True
    return False


def _is_instant(name: str, one: object) -> bool:
    # UTC ns are larger than any count.
    return name in INSTANTS and isinstance(one, int) and 0 <= one < FAR


def _is_absurd(one: object, finest: int) -> bool:
    if isinstance(one, Decimal):
        if not one.is_finite() or abs(one) >= MOST:
            return True
        if not one:
            return abs(one.adjusted()) > finest
        return one != one.quantize(
            Decimal(1).scaleb(-finest), context=Context(prec=60)
        )  # more than `MOST` and `SHARED`
    return isinstance(one, int) and abs(one) >= MOST_COUNTED
