"""Read a whole market recorded live and merged by the receiver's clock (tqsdk quotes as CSV).

`local_nano_time` is the clock: exchange stamps run ahead of or behind it by exchange and backward between symbols.
Both stamps went through a float and are rounded to 256 ns. Exchanges stamp whole microseconds, so the exchange's own
instant is recovered exactly; otherwise an opening at 13:30:00 could read as 13:29:59.999999872, inside the break.
"""

from __future__ import annotations

from collections.abc import Callable

from terminal.gateways.replay.exact import nanoseconds
from terminal.gateways.replay.layout import Layout


def _symbol(symbol: str, _: str) -> str:
    return symbol


def _microseconds(places: tuple[int, ...]) -> Callable[[list[str]], int]:
    (place,) = places

    def stamp(row: list[str]) -> int:
        return (nanoseconds(row[place]) + 500) // 1000 * 1000

    return stamp


WHOLE_MARKET = Layout(
    name="whole_market",
    identity=("symbol", "symbol"),
    symbol=_symbol,
    stamp=("quote_nano_time",),
    stamper=_microseconds,
    received="local_nano_time",
    quote=("bid_price1", "ask_price1", "last_price", "bid_volume1", "ask_volume1", "volume", "open_interest"),
)
