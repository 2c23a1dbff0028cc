"""Say where a value stands among samples (分位): one definition for every timing, table, chart and rule.

The house's own, as DOMAIN asks for the percentile of a spread (4.8) and names none: the value is one of the samples,
and of the others that equal it half count as below it. So a price that has not moved stands in the middle, not at an
end, and a long and a short position are told the same. Rounded down to whole thousandths.
"""

from __future__ import annotations


def permille_of(below: int, others: int, count: int) -> int:
    """Return the place in thousandths of a value of which so many of `count` samples lie below, and `others` equal it.

    >>> permille_of(3, 0, 4), permille_of(0, 0, 4), permille_of(0, 3, 4)
    (750, 0, 375)
    """
    return (2 * below + others) * 1000 // (2 * count)
