"""Fold what a strategy holds back for an own order that stands in its way (control C14; `in_the_way` says why)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from terminal.domain.fact.way_marks import WayBarred
    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.order import OrderTerms, Side
    from terminal.engine.state import StrategyRow


def key_of(instrument: InstrumentId, side: Side) -> str:
    """Return under which key a strategy's wait is kept."""
    return f"{side}:{instrument}"


def fold_way(row: StrategyRow, mark: WayBarred) -> None:
    """Fold that a strategy waits for an order to make way, or no longer does."""
    key = key_of(mark.instrument, mark.side)
    if mark.why:
        row.barred[key] = mark
    else:
        row.barred.pop(key, None)


def fold_sent(row: StrategyRow, terms: OrderTerms, tag: str) -> None:
    """Fold that an order was let out: what waited in its place waits no longer."""
    key = key_of(terms.instrument, terms.side)
    known = row.barred.get(key)
    if known is not None and known.tag == tag:
        del row.barred[key]
