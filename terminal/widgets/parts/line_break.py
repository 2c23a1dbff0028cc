"""Say where a line of Chinese may not break: what Qt's own labels know of commas, and what they do not of times."""

from __future__ import annotations

import re
from typing import Final

NEVER_FIRST: Final = "，。；：、？！）》」”’%"
"""No line begins with one of these."""

NO_BREAK: Final = "\u00a0"
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d)")


def whole_moments(text: str) -> str:
    """Return a text whose dates keep the time behind them on their line.

    >>> whole_moments("2020-08-21 13:45:00 为止").split(" ")[1]
    '为止'
    """
    return _MOMENT.sub(rf"\1{NO_BREAK}\2", text)
