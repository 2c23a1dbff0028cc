"""Say where a value stands among samples (分位): the one place of both definitions, each with its name.

The house's own, as DOMAIN asks for the percentile of a spread (4.8) and names none. The value is one of the samples.
Both are rounded down to whole thousandths.

The *middle rank* places a value between the others, for charts, tables and whatever reads a level from it: of the
others that equal it half count as below it, so a price that has not moved stands in the middle, not at an end.

The *share that was better* tells whoever waits for a good price how good this one is: only samples strictly better
count, lower ones for who wants it low and higher ones for who wants it high. The best of a window has none, however
often it was reached, so both sides are told the same. Where nothing varied it says nothing, and must not be asked.
"""

from __future__ import annotations


def middle_rank(below: int, others: int, count: int) -> int:
    """Return the place in thousandths of a value of which so many of `count` samples lie below, and `others` equal it.

    >>> middle_rank(3, 0, 4), middle_rank(0, 0, 4), middle_rank(0, 3, 4)
    (750, 0, 375)
    """
    return (2 * below + others) * 1000 // (2 * count)


def share_better(better: int, count: int) -> int:
    """Return in thousandths how many of `count` samples were better than a value that is one of them.

    >>> share_better(0, 4), share_better(3, 4)
    (0, 750)
    """
    return better * 1000 // count
