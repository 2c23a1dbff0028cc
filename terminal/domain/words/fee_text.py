"""Write a fee the way people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.books.holding import decimal_text

if TYPE_CHECKING:
    from terminal.domain.products.product import Fee

UNKNOWN: Final = "未知"


def fee_text(fee: Fee | None) -> str:
    """Return a fee like `成交额 × 0.0001 + 3 元/手`; one that is not known says so, which is not zero."""
    if fee is None:
        return UNKNOWN
    parts = [f"成交额 × {decimal_text(fee.by_value)}"] if fee.by_value else []
    parts += [f"{decimal_text(fee.by_lot)} 元/手"] if fee.by_lot or not parts else []
    return " + ".join(parts)
