"""Turn the texts of a recording into whole numbers without ever passing through a float.

The theory. A tape writes few distinct texts many times, so each text is read once, exactly, and remembered. What
is not a price (empty, `0.00`, `N/A`, `nan`, 1.797e308, a negative) is absent and never becomes a number anyone
could trade on. What cannot be read at all means a damaged file and stops the reading: wrong data is worse than no
data.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from terminal.domain.days.calendar import SECOND_NS, instant, to_date
from terminal.domain.products.instrument import PRICE_CEILING, Instrument, Rounding

ABSENT: Final = -(2**63)
OFF_TICK: Final = ABSENT + 1

_NOTHING: Final = frozenset({"", "-", "n/a", "nan", "none", "null", "inf", "+inf", "-inf", "infinity", "-infinity"})
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,24}(?:\.[0-9]{0,24})?(?:[eE][+-]?[0-9]{1,3})?")
_NO_PRICE: Final = Decimal(10) ** 15  # venues write 1.797e308; nothing real comes near this
_DAY: Final = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])")
_DAYS: Final = range(19900101, 22000101)  # nanoseconds since 1970 fit into 64 bits only until 2262
_KEPT_LOTS: Final = 1 << 14


class UnreadableTextError(ValueError):
    """Report a text that is neither a value nor one of the known ways to write "none"."""


def number(text: str) -> Decimal | None:
    """Return the number a text stands for, `None` where it says there is none."""
    bare = text.strip()
    if bare.lower() in _NOTHING:
        return None
    if _NUMBER.fullmatch(bare) is None:
        raise UnreadableTextError(f"“{text[:24]}”不是数字")
    value = Decimal(bare)
    return value if abs(value) < _NO_PRICE else None


class PriceTexts(dict[str, int]):
    """Map the text of a price to whole ticks of one instrument, to `ABSENT`, or to `OFF_TICK`."""

    def __init__(self, instrument: Instrument) -> None:
        super().__init__()
        self._instrument = instrument

    def __missing__(self, text: str) -> int:
        value = number(text)
        if value is None or not 0 < value < PRICE_CEILING:
            ticks = ABSENT
        elif self._instrument.on_grid(value):
            ticks = self._instrument.ticks(value)
        else:
            ticks = OFF_TICK
        self[text] = ticks
        return ticks

    def settlement_rounded_half_up(self, text: str) -> int:
        """Return a settlement price as ticks, the half tick upward; `ABSENT` where there is none.

        A settlement price is an average and may lie between two ticks (CFFEX: 98.429 on a tick of 0.005).
        """
        ticks = self[text]
        value = number(text) if ticks == OFF_TICK else None
        if value is None:
            return ticks
        return self._instrument.ticks(self._instrument.snap(value, Rounding.NEAREST))


class LotTexts(dict[str, int]):
    """Map the text of a count of lots (`148408`, `148408.00`) to the number, or to `ABSENT`."""

    def __missing__(self, text: str) -> int:
        value = number(text)
        if value is not None and value % 1:
            raise UnreadableTextError(f"“{text[:24]}”不是整数手")
        lots = ABSENT if value is None or value < 0 else int(value)
        # Cumulative volumes rarely repeat: what is remembered stays bounded.
        if len(self) >= _KEPT_LOTS:
            self.clear()
        self[text] = lots
        return lots


class DayTexts(dict[str, int]):
    """Map `20200821` or `2020-08-21` to the number 20200821."""

    def __missing__(self, text: str) -> int:
        parts = _DAY.fullmatch(text)
        try:
            day = int("".join(parts.groups())) if parts else 0
            to_date(day)
        except ValueError:
            day = 0
        if not _DAYS.start <= day < _DAYS.stop:
            raise UnreadableTextError(f"“{text[:24]}”不是日期")
        self[text] = day
        return day


class _Midnights(dict[str, int]):
    def __init__(self) -> None:
        super().__init__()
        self._days = DayTexts()

    def __missing__(self, text: str) -> int:
        at = self[text] = instant(self._days[text])
        return at


class _Seconds(dict[str, int]):
    def __missing__(self, text: str) -> int:
        parts = _TIME.fullmatch(text)
        if parts is None:
            raise UnreadableTextError(f"“{text[:24]}”不是时刻")
        hour, minute, second = (int(part) for part in parts.groups())
        at = self[text] = ((hour * 60 + minute) * 60 + second) * SECOND_NS
        return at


class _Millis(dict[str, int]):
    def __missing__(self, text: str) -> int:
        if not (text.isascii() and text.isdecimal() and int(text) < 1000):
            raise UnreadableTextError(f"“{text[:24]}”不是毫秒")
        ns = self[text] = int(text) * 1_000_000
        return ns


def wall_clock(places: tuple[int, ...]) -> Callable[[list[str]], int]:
    """Return a function that reads an instant (UTC ns) from a row's Shanghai date, time and milliseconds."""
    date, time, millis = places
    midnights, seconds, thousandths = _Midnights(), _Seconds(), _Millis()

    def stamp(row: list[str]) -> int:
        return midnights[row[date]] + seconds[row[time]] + thousandths[row[millis]]

    return stamp


def nanoseconds(text: str) -> int:
    """Return an instant written as UTC nanoseconds."""
    if len(text) != 19 or not (text.isascii() and text.isdecimal()) or int(text) >= -ABSENT:
        raise UnreadableTextError(f"“{text[:24]}”不是纳秒时间")
    return int(text)
