"""Read the columns of a basis history, which a runner sends compressed and in parts, or say why they are none."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable
from math import isfinite
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.engine.prices.basis import BASIS_KEPT
from terminal.engine.prices.history import BasisHistory
from terminal.sync.messages import LATEST, Chunk
from terminal.sync.wire import WireError

if TYPE_CHECKING:
    from terminal.domain.ids import ProductId

ROW: Final = 24  # bytes of a sample: a stamp and two prices


class HistoryPart(msgspec.Struct, frozen=True):
    """Hold the columns of one part: stamps (UTC ns), and prices of both legs in yuan per tonne."""

    request: int
    product: ProductId
    number: int
    last: bool
    at: tuple[int, ...]
    spot: tuple[float, ...]
    future: tuple[float, ...]


def read_part(chunk: Chunk) -> HistoryPart:
    """Return what a CHUNK holds, or raise `WireError`."""
    opener = zlib.decompressobj()
    try:
        raw = opener.decompress(chunk.data, ROW * BASIS_KEPT + 1)
    except zlib.error as problem:
        raise WireError(f"历史行情解不开：{problem}") from None
    if len(raw) % ROW or len(raw) > ROW * BASIS_KEPT or not opener.eof:
        raise WireError(f"历史行情长度不对：{len(raw)} 字节")
    third = len(raw) // 3
    at, spot, future = array("q"), array("d"), array("d")
    for column, start in ((at, 0), (spot, third), (future, 2 * third)):
        column.frombytes(raw[start : start + third])
    if not _is_in_order(at) or not all(map(isfinite, (*spot, *future))):
        raise WireError("历史行情的时刻或价格不对")
    return HistoryPart(chunk.request, chunk.product, chunk.part, chunk.last, tuple(at), tuple(spot), tuple(future))


class Columns:
    """Gather the parts of the answer to what was asked: a product's samples before an instant."""

    def __init__(self, product: ProductId, before: int) -> None:
        self.product = product
        self._before = before
        self._parts: list[HistoryPart] = []

    def add(self, part: HistoryPart) -> bool:
        """Take the next part; return whether it is the next of this answer, and of no more than was asked for."""
        if (part.product, part.number) != (self.product, len(self._parts)):
            return False
        if sum(len(one.at) for one in (*self._parts, part)) > BASIS_KEPT:
            return False
        self._parts.append(part)
        return True

    def whole(self) -> BasisHistory:
        """Return everything that came, as one stretch."""
        parts = self._parts
        return BasisHistory(
            product=self.product,
            before=self._before,
            at=tuple(at for one in parts for at in one.at),
            spot=tuple(price for one in parts for price in one.spot),
            future=tuple(price for one in parts for price in one.future),
        )


def _is_in_order(at: Iterable[int]) -> bool:
    before = 0
    for one in at:
        if not before <= one <= LATEST:
            return False
        before = one
    return True
