"""Write a Chinese name by the first letters of its 拼音, as people type it: 螺纹钢2505 is lwg2505.

GB2312 lists its 3,755 common characters by 拼音, so that the first letter follows from a character's place in that
list. The characters behind them are ordered by radical; those that names of products use stand in `RARE`. What is not
nice: a character with two readings has one place (重 is z), and a rare one that is not listed here is left out.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Final

_FIRST: Final = (
    *(0xB0A1, 0xB0C5, 0xB2C1, 0xB4EE, 0xB6EA, 0xB7A2, 0xB8C1, 0xB9FE, 0xBBF7, 0xBFA6, 0xC0AC, 0xC2E8),
    *(0xC4C3, 0xC5B6, 0xC5BE, 0xC6DA, 0xC8BB, 0xC8F6, 0xCBFA, 0xCDDA, 0xCEF4, 0xD1B9, 0xD4D1),
)
_LETTERS: Final = "abcdefghjklmnopqrstwxyz"  # no syllable begins with i, u or v
_LAST: Final = 0xD7F9
RARE: Final = {"籼": "x", "榈": "l", "锂": "l", "钯": "b"}


@lru_cache(maxsize=4096)  # each list of contracts says the same names again
def initials(name: str) -> str:
    """Return the first letters of a name, lower case; digits and Latin letters stay, signs go.

    >>> initials("螺纹钢2505"), initials("PTA505"), initials("集运指数（欧线）")
    ('lwg2505', 'pta505', 'jyzsox')
    """
    return "".join(_initial(character) for character in name)


def _initial(character: str) -> str:
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    if character in RARE:
        return RARE[character]
    try:
        high, low = character.encode("gb2312")
    except UnicodeEncodeError:
        return ""
    place = high << 8 | low
    return _LETTERS[bisect_right(_FIRST, place) - 1] if _FIRST[0] <= place <= _LAST else ""
