"""Read and write what a person types of a target's ratio source: the rows of a table, the factors of a score."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from terminal.domain.parameters.target import Factor, RatioRow
from terminal.domain.words.target import FACTORS
from terminal.widgets.parts.figures import MINUS
from terminal.widgets.strategy.words import exact

UNREAD_ROWS: Final = "读不懂；写成“20:85 80:70 100:50”，分位在前、比例在后。"
UNREAD_FACTORS: Final = (
    f"读不懂；每个因子写“名称 权重 零分值 满分值”，用分号隔开；可用：{'、'.join(FACTORS.values())}。"
)
_KINDS: Final = {word: kind for kind, word in FACTORS.items()}


def read_rows(text: str) -> tuple[RatioRow, ...] | None:
    """Return the rows a person has typed, percentile and ratio with a colon between; `None` where they are none.

    >>> read_rows("20:85，100:50")
    (RatioRow(upto=Decimal('20'), ratio=Decimal('85')), RatioRow(upto=Decimal('100'), ratio=Decimal('50')))
    """
    rows = []
    for part in re.split(r"[\s,，;；、]+", text.strip()):
        upto, _, ratio = part.replace("：", ":").replace("%", "").partition(":")
        numbers = _numbers((upto, ratio))
        if numbers is None:
            return None
        rows.append(RatioRow(upto=numbers[0], ratio=numbers[1]))
    return tuple(rows)


def write_rows(rows: tuple[RatioRow, ...]) -> str:
    """Return rows as they are typed."""
    return " ".join(f"{exact(row.upto)}:{exact(row.ratio)}" for row in rows)


def read_factors(text: str) -> tuple[Factor, ...] | None:
    """Return the factors a person has typed: name, weight, zero, one; `None` where they are none.

    >>> read_factors("基差 2 50 -50")
    (Factor(kind=<FactorKind.BASIS: 'BASIS'>, weight=Decimal('2'), zero=Decimal('50'), one=Decimal('-50')),)
    """
    factors = []
    for part in re.split(r"[;；]+", text.strip(";； ")):
        name, *rest = part.split() or [""]
        numbers = _numbers(rest)
        if name not in _KINDS or numbers is None or len(numbers) != len(("weight", "zero", "one")):
            return None
        weight, zero, one = numbers
        factors.append(Factor(kind=_KINDS[name], weight=weight, zero=zero, one=one))
    return tuple(factors)


def write_factors(factors: tuple[Factor, ...]) -> str:
    """Return factors as they are typed."""
    return "；".join(f"{FACTORS[one.kind]} {exact(one.weight)} {exact(one.zero)} {exact(one.one)}" for one in factors)


def _numbers(texts: list[str] | tuple[str, ...]) -> tuple[Decimal, ...] | None:
    try:
        numbers = tuple(Decimal(text.replace(MINUS, "-")) for text in texts)
    except InvalidOperation:
        return None
    return numbers if all(one.is_finite() for one in numbers) else None
