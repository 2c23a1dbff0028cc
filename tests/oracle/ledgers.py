"""Draw ledgers from seeds: several contracts and days, opens, closes, marks, cash and settlements.

Two kinds. An *even* ledger closes part of a side only while all its lots have one open price and one basis, and
otherwise the whole side; there first-in-first-out and average price cannot differ. A *free* ledger closes whatever it
likes; there `Matching` knows which figures still must agree.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Final, NamedTuple

from terminal.domain.orders.offset import closable
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.products.instrument import Instrument
from terminal.shell.ledgers.book import LedgerBook
from terminal.shell.ledgers.lines import Listed, read_line
from terminal.shell.ledgers.report import figures, json_line
from tests.ledger_lines import Event, Figures

EVENTS: Final = 120

# symbol, product, multiplier, tick, a price, margin in yuan per lot
CONTRACTS: Final = (
    ("SHFE.rb2510", "rb", 10, "1", 3210, "2889.5"),
    ("SHFE.rb2601", "rb", 10, "1", 3250, "2925.25"),
    ("SHFE.au2512", "au", 1000, "0.02", 780, "93600"),
    ("SHFE.cu2511", "cu", 5, "10", 79130, "39565.07"),
    ("INE.sc2511", "sc", 1000, "0.1", 512, "61440"),
    ("DCE.m2509", "m", 10, "1", 2985, "2388"),
    ("DCE.m2601", "m", 10, "1", 3020, "2416.01"),
    ("DCE.i2601", "i", 100, "0.5", 780, "10140"),
    ("CZCE.AP601", "AP", 10, "1", 8210, "7389"),
    ("CZCE.SA601", "SA", 20, "1", 1288, "2318.4"),
    ("CFFEX.IF2512", "IF", 300, "0.2", 3980, "143280"),
    ("CFFEX.T2512", "T", 10000, "0.005", 108, "21600.5"),
    ("GFEX.si2511", "si", 5, "5", 8650, "3892.5"),
)
FEES: Final = ("0", "0.01", "1.5", "2.01", "3.25", "10.07", "30.5")

Sided = tuple[str, Side]


class Matching:
    """Know which figures do not depend on the order in which lots are matched.

    By the day, a side's figures part from the close of some lots of unlike basis until it is flat or settled; by the
    trade from the close of some lots of unlike open price until it is flat. Sums of closed and open never part.
    """

    def __init__(self) -> None:
        self.by_day: set[Sided] = set()
        self.by_trade: set[Sided] = set()

    def close(self, sided: Sided, *, bases: int, opens: int, left: int) -> None:
        for parted, unlike in ((self.by_day, bases), (self.by_trade, opens)):
            if not left:
                parted.discard(sided)
            elif unlike > 1:
                parted.add(sided)

    def settle(self) -> None:
        self.by_day.clear()


class Step(NamedTuple):
    """One line, what ours printed after it, and whose figures the matching has parted by then.

    `ended` is `by_day` as a settlement found it.
    """

    event: Event
    figures: Figures
    by_day: frozenset[Sided] = frozenset()
    by_trade: frozenset[Sided] = frozenset()
    ended: frozenset[Sided] = frozenset()


class Drawer:
    """Draw one ledger; it asks our books only for what may be closed."""

    def __init__(self, seed: int, *, even: bool) -> None:
        self.random = Random(f"{'even' if even else 'free'}-{seed}")
        self.even = even
        self.flag = self.random.choice(list(HedgeFlag))
        self.book = LedgerBook()
        self.matching = Matching()
        self.prices: dict[str, Decimal] = {}
        self.listed: dict[str, Instrument] = {}
        self.lines = 0

    def steps(self) -> Iterator[Step]:
        yield self._step({"do": "cash", "amount": self.random.randint(500, 900) * 1_000_000})
        for contract in self.random.sample(CONTRACTS, self.random.randint(2, 5)):
            yield from map(self._step, self._contract(*contract))
        while self.lines < EVENTS:
            for event in self._something():
                yield self._step(event)
        yield self._step(self._settle())

    def _something(self) -> Iterator[Event]:
        symbol = self.random.choice(list(self.listed))
        draw = self.random.random()
        if draw < 0.22:
            yield self._mark(symbol)
        elif draw < 0.27:
            yield self._settle()
        elif draw < 0.30:
            yield {"do": "cash", "amount": str(Decimal(self.random.randint(-9_999_999, 20_000_000)) / 100)}
        elif draw < 0.60:
            yield self._open(symbol)
        else:
            yield from self._close(symbol)

    def _contract(
        self, symbol: str, product: str, multiple: int, tick: str, price: int, margin: str
    ) -> Iterator[Event]:
        exchange = symbol.partition(".")[0]
        explicit = exchange in ("SHFE", "INE")
        opening, close, today = self.random.sample(FEES, 3)
        self.prices[symbol] = Decimal(price)
        yield {
            "do": "instrument",
            "symbol": symbol,
            "exchange": exchange,
            "product": product,
            "multiple": multiple,
            "tick": tick,
            "margin_per_lot": margin,
            "fee": {"open": {"per_lot": opening}, "close": {"per_lot": close}, "close_today": {"per_lot": today}},
            "fee_class": "EXPLICIT" if explicit else "TODAY_FIRST",
            "larger_side": self.random.random() < 0.5,
        }
        yield self._mark(symbol)

    def _moved(self, symbol: str) -> Decimal:
        tick = self.listed[symbol].tick
        return max(self.prices[symbol] + self.random.randint(-40, 40) * tick, 50 * tick)

    def _mark(self, symbol: str) -> Event:
        self.prices[symbol] = self._moved(symbol)
        return {"do": "mark", "symbol": symbol, "price": str(self.prices[symbol])}

    def _settle(self) -> Event:
        held = {instrument.name for instrument, _ in self.book.positions()}
        for symbol, instrument in self.listed.items():
            if symbol in held or self.random.random() < 0.7:
                # A settlement price may lie between two ticks.
                self.prices[symbol] = self._moved(symbol) + self.random.choice((0, 0, instrument.tick / 2))
                held.add(symbol)
        prices = {symbol: str(self.prices[symbol]) for symbol in sorted(held)}
        for symbol, instrument in self.listed.items():
            self.prices[symbol] -= self.prices[symbol] % instrument.tick
        return {"do": "settle", "prices": prices}

    def _open(self, symbol: str) -> Event:
        side = self.random.choice(list(Side))
        runs = self.book.runs(self.listed[symbol], self.flag, side)
        again = runs and self.random.random() < 0.6
        return self._trade(
            symbol, side, Offset.OPEN, self.random.randint(1, 12), runs[-1].open_price if again else self._moved(symbol)
        )

    def _close(self, symbol: str) -> Iterator[Event]:
        instrument, side = self.listed[symbol], self.random.choice(list(Side))
        runs = self.book.runs(instrument, self.flag, side)
        whole = self.even and (len({run.basis for run in runs}) > 1 or len({run.open_price for run in runs}) > 1)
        offsets = [Offset.CLOSE]
        if instrument.explicit_close_today:
            offsets = [self.random.choice((Offset.CLOSE, Offset.CLOSE_YESTERDAY)), Offset.CLOSE_TODAY]
            self.random.shuffle(offsets)
        for offset in offsets:
            most = closable(instrument, self.book.lots(instrument, self.flag), side.opposite, offset)
            if most:
                lots = most if whole else self.random.randint(1, most)
                yield self._trade(symbol, side.opposite, offset, lots, self._moved(symbol))

    def _trade(self, symbol: str, side: Side, offset: Offset, lots: int, price: Decimal) -> Event:
        return {
            "do": "trade",
            "symbol": symbol,
            "side": side.value,
            "offset": offset.value,
            "lots": lots,
            "price": str(price),
            "flag": self.flag.value,
        }

    def _step(self, event: Event) -> Step:
        text = json.dumps(event)
        self.lines += 1
        if event["do"] == "instrument":
            _, listed = read_line(text)
            assert isinstance(listed, Listed)
            self.listed[event["symbol"]] = listed.instrument
        closed = event["do"] == "trade" and event["offset"] != Offset.OPEN.value
        side = Side(event["side"]).opposite if closed else Side.BUY
        runs = self.book.runs(self.listed[event["symbol"]], self.flag, side) if closed else ()
        taken = self.book.take(self.lines, text)
        if closed:
            left = self.book.runs(self.listed[event["symbol"]], self.flag, side)
            bases, opens = len({run.basis for run in runs}), len({run.open_price for run in runs})
            self.matching.close((event["symbol"], side), bases=bases, opens=opens, left=len(left))
        ended = frozenset(self.matching.by_day)
        if event["do"] == "settle":
            self.matching.settle()
        found: Figures = json.loads(json_line(figures(taken, self.book)))
        return Step(event, found, frozenset(self.matching.by_day), frozenset(self.matching.by_trade), ended)
