"""Play a plan by the kernel and by the engine, and hold one against the other, order by order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from terminal.backtest.run import Ran, play
from terminal.backtest.sweep.figures import Figures, figures_of
from terminal.domain.fact.facts import OrderRecorded
from terminal.engine.records.journal import Record
from terminal.shell.plans.plan import read_plan
from tests import tapes

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId
    from terminal.domain.market import Recording
    from terminal.domain.orders.order import Offset, Side

    Deal = tuple[int, InstrumentId, Side, Offset, int, Decimal]

KNOWN: Final = tuple(
    name for name in Figures.__struct_fields__
    if name not in {"sharpe", "win_rate", "rounds", "slippage", "most_margin", "refused", "rejected", "state_hash"}
)  # fmt: skip


def by_kernel(kernel: Any, recording: Recording, path: Path) -> tuple[Any, Figures]:
    """Return what the kernel did, and its figures."""
    plan = read_plan(path, tapes.reference())
    market = kernel.market_of(recording, plan, tapes.reference())
    played = kernel.follow(plan, market, recording)
    return played, kernel.figures(played, recording, market)


def by_engine(recording: Recording, path: Path) -> Ran:
    """Return what the engine did."""
    return play(recording, plan=read_plan(path, tapes.reference()), reference=tapes.reference())


def written(folder: Path, text: str) -> Path:
    """Write a plan down."""
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def records(ran: Ran) -> list[Record]:
    """Return the records of the engine's journal."""
    return [entry.record for entry in ran.journal.replay() if isinstance(entry.record, Record)]


def assert_same(played: Any, figures: Figures, ran: Ran) -> None:
    """Fail where an order, a fill or a figure that the kernel tells is not the engine's."""
    orders: list[Deal] = [
        (record.utc, fact.terms.instrument, fact.terms.side, fact.terms.offset, fact.terms.lots, fact.terms.price)
        for record in records(ran)
        if isinstance(fact := record.fact, OrderRecorded)
    ]
    fills: list[Deal] = [
        (fill.at_ns, fill.instrument, fill.side, fill.offset, fill.lots, fill.price) for fill in ran.fills
    ]
    assert [tuple(deal) for deal in played.orders] == orders
    assert [tuple(deal) for deal in played.fills] == fills
    theirs = figures_of(ran.report)
    for name in KNOWN:
        assert getattr(figures, name) == getattr(theirs, name), name
