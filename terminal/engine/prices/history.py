"""Hold what a runner tells of a basis before a desk joined: one block of samples."""

from __future__ import annotations

import msgspec

from terminal.domain.ids import ProductId


class BasisHistory(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the newest samples of a product's basis before an instant: columns of equal length, oldest first, yuan.

    It is all there is before it: what a desk has and the history has not is gone from the runner.
    """

    product: ProductId
    before: int
    at: tuple[int, ...]
    spot: tuple[float, ...]
    future: tuple[float, ...]
