"""Hold what a reconciliation found: one row per trade, position and figure, each difference with its sentence.

`yuan` is the broker's figure less ours; of lots or prices it is the contract value they make. A difference that other
differences explain to the cent (期末结存 after a fee) `follows` and is not counted again.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.fact.statement import Outcome, Subject
from terminal.domain.ids import AccountId
from terminal.reports.statement.lines import Layout, Section

__all__ = ["ZERO", "Difference", "Outcome", "Reconciliation", "Row", "Subject", "lines_text", "signed"]

ZERO = Decimal(0)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one figure that differs; an empty text stands for nothing on that side."""

    field: str
    ours: str
    theirs: str
    yuan: Decimal | None
    sentence: str
    follows: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one thing that was compared and the lines of the statement that tell of it."""

    subject: Subject
    what: str
    outcome: Outcome
    lines: tuple[int, ...] = ()
    differences: tuple[Difference, ...] = ()


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the whole. `agrees`: everything was there to compare, and nothing differs.

    `equity_yuan` is the difference in 客户权益; `None` where the statement does not tell it.
    """

    agrees: bool
    sentence: str
    account: AccountId
    client: str
    broker: str
    trading_day: int
    layout: Layout
    matched: int
    differences: int
    following: int
    equity_yuan: Decimal | None
    rows: tuple[Row, ...]
    sections: tuple[Section, ...]
    not_compared: tuple[str, ...]
    notes: tuple[str, ...]


def signed(yuan: Decimal) -> str:
    """Return an amount with its sign, as `+1.50` or `-20.00`."""
    return f"{yuan:+.2f}"


def lines_text(lines: tuple[int, ...]) -> str:
    """Return where in the statement something stands."""
    if not lines:
        return ""
    if len(lines) <= 3:
        return f"第 {'、'.join(map(str, lines))} 行"
    return f"第 {lines[0]} 至 {lines[-1]} 行（{len(lines)} 行）"
