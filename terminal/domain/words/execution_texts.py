"""Read and write the window and the curve of an execution as people type them in a form."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import instant, to_date
from terminal.domain.parameters.strategy import CurvePart
from terminal.domain.words.amount_text import amount_text

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOMENT: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)(?::(\d\d))?", re.ASCII)
_PART: Final = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d) (\d{1,12}(?:\.\d{1,6})?)", re.ASCII)
_MEANT: Final = str.maketrans(
    {"：": ":", "－": "-", "，": ",", "、": ",", "；": ",", ";": ",", "。": ".", "\u3000": " "}
)


def read_moment(text: str) -> int | None:
    """Return a Shanghai time, seconds or not, as UTC ns; `None` where the text is none.

    >>> read_moment("2020-08-21 13:45") == read_moment(" 2020-08-21 13:45:00")
    True
    """
    found = _MOMENT.fullmatch(" ".join(text.translate(_MEANT).split()))
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    number = year * 10_000 + month * 100 + day
    try:
        to_date(number)
    except ValueError:
        return None
    return instant(number, hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def curve_text(curve: Iterable[CurvePart]) -> str:
    """Return a volume curve as it is typed.

    >>> curve_text([CurvePart(begin="09:00", end="10:15", weight=Decimal(30))])
    '09:00-10:15 30'
    """
    return ", ".join(f"{part.begin}-{part.end} {amount_text(part.weight)}" for part in curve)


def read_curve(text: str) -> tuple[CurvePart, ...] | None:
    """Return the curve a text means, empty for none; `None` where it cannot be read.

    >>> [str(part.weight) for part in read_curve("09:00-10:15 30，21:00-23:00 12.5")]
    ['30', '12.5']
    """
    said = [part for part in (" ".join(one.split()) for one in text.translate(_MEANT).split(",")) if part]
    found = [_PART.fullmatch(part) for part in said]
    parts = [CurvePart(begin=one[1], end=one[2], weight=Decimal(one[3])) for one in found if one is not None]
    return tuple(parts) if len(parts) == len(said) else None
