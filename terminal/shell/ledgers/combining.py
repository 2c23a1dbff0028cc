"""Keep the combinations of a ledger as an exchange keeps them: only of lots that are held, and each lot in one alone.

A close takes single lots first; where a leg has fewer left than are combined, the combination that was made last breaks
first, and what is opened afterwards is single. Which leg is called the first makes no difference.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from terminal.domain.books.account import AccountBook
from terminal.domain.books.combined import Combined, Pair
from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.instrument import Instrument

COMBINE: Final = ("DCE", "CZCE", "GFEX")  # where combinations save margin (docs/book.md); others net by the larger side
HELD: Final = {Side.BUY: "多头", Side.SELL: "空头"}

Leg = tuple[InstrumentId, HedgeFlag, Side]


def combine(book: AccountBook, first: Instrument, second: Instrument, wanted: Combined) -> None:
    """Hold this many lots as a combination from now on; what cannot be is a `UserError`, and nothing has changed."""
    if first.exchange != second.exchange or first.option is not None or second.option is not None:
        raise UserError(f"{first.name} 与 {second.name} 不是同一交易所的两个期货，不能组合，请核对合约代码。")
    if first.exchange not in COMBINE:
        raise UserError(f"{first.exchange} 没有组合持仓（大商所、郑商所、广期所才有），请删去这一行。")
    pair = wanted.pair
    held = {one.pair: one.lots for one in book.combinations()}
    mirrored = Pair(pair.second, pair.first, pair.flag, pair.side.opposite)
    if mirrored in held:
        wanted = msgspec.structs.replace(wanted, first=mirrored.first, second=mirrored.second, side=mirrored.side)
    elsewhere = _used({one: lots for one, lots in held.items() if one != wanted.pair})
    for leg, (name, side) in zip((first, second), pair.legs, strict=True):
        there, others = _lots(book, (name, pair.flag, side)), elsewhere[name, pair.flag, side]
        what = f"{leg.name} {pair.flag.value} {HELD[side]}"
        if wanted.lots > there:
            raise UserError(f"{what}只有 {there} 手，不能组合 {wanted.lots} 手，请核对手数、方向和投保标志。")
        if wanted.lots > there - others:
            raise UserError(
                f"{what} {there} 手中有 {others} 手在别的组合里，不能再组合 {wanted.lots} 手，请先减少别的组合。"
            )
    book.combine(wanted)


def fit(book: AccountBook) -> None:
    """Break what is combined of more lots than a leg has left."""
    used: Counter[Leg] = Counter()
    for one in book.combinations():
        legs = [(name, one.flag, side) for name, side in one.pair.legs]
        left = min(one.lots, *(max(_lots(book, leg) - used[leg], 0) for leg in legs))
        used.update(dict.fromkeys(legs, left))
        if left != one.lots:
            book.combine(msgspec.structs.replace(one, lots=left))


def _used(held: dict[Pair, int]) -> Counter[Leg]:
    used: Counter[Leg] = Counter()
    for pair, lots in held.items():
        used.update({(name, pair.flag, side): lots for name, side in pair.legs})
    return used


def _lots(book: AccountBook, leg: Leg) -> int:
    name, flag, side = leg
    return book.sums(name, flag, side).lots
