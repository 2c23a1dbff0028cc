"""Write exact amounts as the sentences of every floor do: U+2212 for minus, never the hyphen of a keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.books.holding import decimal_text

if TYPE_CHECKING:
    from decimal import Decimal

MINUS: Final = "−"


def amount_text(amount: Decimal) -> str:
    """Return an exact amount without idle zeros; `decimal_text` is its twin for what programs read.

    >>> from decimal import Decimal
    >>> amount_text(Decimal("-20.40"))
    '−20.4'
    """
    return decimal_text(amount).replace("-", MINUS)
