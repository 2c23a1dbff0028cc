"""Describe a recorded format: which column says what."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Name the columns of one recorded format.

    `identity` are the two columns that name the instrument and `symbol` makes of them what the instrument tables
    resolve. `stamp` are the columns of the exchange's time and `stamper` makes of their places a function from a
    row to UTC ns. `received` is the receiver's stamp, which then is the clock; `trading_day` is the file's own
    opinion. `quote` are bid, ask, last, bid lots, ask lots, volume, open interest; `facts` are pre-settlement,
    upper limit, lower limit, settlement, or nothing.
    """

    name: str
    identity: tuple[str, str]
    symbol: Callable[[str, str], str]
    stamp: tuple[str, ...]
    stamper: Callable[[tuple[int, ...]], Callable[[list[str]], int]]
    received: str | None = None
    trading_day: str | None = None
    quote: tuple[str, str, str, str, str, str, str]
    facts: tuple[str, str, str, str] | tuple[()] = ()

    @property
    def columns(self) -> frozenset[str]:
        """Return every column a file of this format must have."""
        said = [name for name in (self.received, self.trading_day) if name is not None]
        return frozenset((*self.identity, *self.stamp, *self.quote, *self.facts, *said))
