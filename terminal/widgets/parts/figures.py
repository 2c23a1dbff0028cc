"""Write figures the way the screen shows them: U+2212 minus, explicit plus, thousands commas, a dash for absent."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from terminal.domain.days.calendar import SECOND_NS, natural_day, time_of_day, to_date
from terminal.domain.products.instrument import Instrument

MINUS: Final = "−"
ABSENT: Final = "—"
LONGEST: Final = 26  # digits a number can be rounded to without losing any

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def number(value: Decimal | int | None, places: int = 0) -> str:
    """Return a number rounded half up to `places`, like `21,873,206` or `−98.50`."""
    return ABSENT if value is None else _text(value, places)


def signed(value: Decimal | int | None, places: int = 0) -> str:
    """Return a number with its sign, like `+1,069,125` or `−86,340`; what rounds to zero has none."""
    if value is None:
        return ABSENT
    text = _text(value, places)
    return text if text.startswith(MINUS) or not any(digit in text for digit in "123456789") else f"+{text}"


def percent(value: Decimal | None, places: int = 1) -> str:
    """Return a share as per cent, like `45.4%`."""
    return ABSENT if value is None else f"{_text(value * 100, places)}%"


def signed_percent(value: Decimal | None, places: int = 2) -> str:
    """Return a change as per cent, like `−0.62%`."""
    return ABSENT if value is None else f"{signed(value * 100, places)}%"


def signed_share(change: int | None, before: int | None) -> str:
    """Return a change of ticks against ticks as per cent, like `−0.62%`."""
    return ABSENT if change is None or not before else signed_percent(Decimal(change) / before)


def price(ticks: int | None, instrument: Instrument) -> str:
    """Return a price given in ticks with the decimals of its tick."""
    return ABSENT if ticks is None else _text(instrument.price(ticks), decimals(instrument.tick))


def signed_price(ticks: int | None, instrument: Instrument) -> str:
    """Return a difference of prices given in ticks, with its sign."""
    return ABSENT if ticks is None else signed(instrument.price(ticks), decimals(instrument.tick))


@lru_cache(maxsize=256)
def decimals(step: Decimal) -> int:
    """Return how many decimals a number on a grid of `step` needs.

    >>> decimals(Decimal("0.02")), decimals(Decimal(10))
    (2, 0)
    """
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def basis_places(spot: Decimal, future: Instrument | None) -> int:
    """Return how many decimals a basis needs so that nothing of either leg is rounded away."""
    return max(decimals(spot), decimals(future.tick) if future else 0)


def clock(at: int) -> str:
    """Return an instant (UTC ns) as Shanghai wall-clock time, like `21:00:07`."""
    seconds = time_of_day(at) // SECOND_NS
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def day_and_clock(at: int) -> str:
    """Return an instant of another day (UTC ns) as Shanghai month, day and minute, like `01-08 21:03`."""
    return f"{to_date(natural_day(at)):%m-%d} {clock(at)[:5]}"


def day(number: int) -> str:
    """Return a day like 20200821 as `2020-08-21`; what is no day (0: none yet) is absent.

    >>> day(20200821), day(0)
    ('2020-08-21', '—')
    """
    try:
        return to_date(number).isoformat()
    except (ValueError, OverflowError):
        return ABSENT


def age(ns: int) -> str:
    """Return how long ago something was, like `0.4 秒` or `3 小时`.

    >>> age(400_000_000), age(75 * SECOND_NS), age(-5)
    ('0.4 秒', '1 分', '0.0 秒')
    """
    tenths = max(0, ns) * 10 // SECOND_NS
    seconds = tenths // 10
    if seconds < 10:
        return f"{seconds}.{tenths % 10} 秒"
    for unit, name in ((_DAY, "天"), (_HOUR, "小时"), (_MINUTE, "分")):
        if seconds >= unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} 秒"


def _text(value: Decimal | int, places: int) -> str:
    if isinstance(value, Decimal):
        if not value.is_finite() or value.adjusted() + places > LONGEST:
            return str(value).replace("-", MINUS)  # of a record nobody should have written; it is shown as it stands
        value = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        if not value:
            value = abs(value)  # a small loss rounds to 0, not to -0
    return f"{value:,.{places}f}".replace("-", MINUS)
