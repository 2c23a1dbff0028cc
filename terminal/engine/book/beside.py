"""Say what stands beside a target: what other strategies hold of its group, and the options that the group leaves out.

A target keeps the ratio of the whole account, so what others hold counts in it, and it closes none of that. What a
roll, a conversion or an execution has traded is the account's, and nobody's own (`claims`).

A group weighs products, and options are a product of their own: where only the future's is weighed, an option of it is
in no ratio, and in no control C5 either. That is a choice people may make, and must see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.engine.book.claims import holds_own
from terminal.engine.book.hedge import tonnes_of_lot
from terminal.engine.wording import short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from terminal.domain.ids import InstrumentId, StrategyId
    from terminal.domain.parameters.limits import HedgeBound
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.state import AccountState


def is_left_out(instruments: Mapping[InstrumentId, Instrument], bound: HedgeBound, option: Instrument) -> bool:
    """Return whether an option is none of a group though its future is; a future is never left out."""
    future = None if option.option is None else instruments.get(option.option.underlying)
    return future is not None and bool(tonnes_of_lot(bound, future)) and not bound.weights.get(option.product)


def left_out(
    instruments: Mapping[InstrumentId, Instrument], account: AccountState, bound: HedgeBound
) -> tuple[str, ...]:
    """Return the sentence that names the options held that a group leaves out; none where there are none."""
    held = [(instruments[name], lots) for name, lots in account.book.net_lots().items() if lots]
    parts = [(one, lots) for one, lots in held if is_left_out(instruments, bound, one)]
    if not parts:
        return ()
    said = "、".join(f"{short(one.id)} {'多' if lots > 0 else '空'} {abs(lots)} 手" for one, lots in parts)
    products = "、".join(dict.fromkeys(str(one.product) for one, _ in parts))
    return (f"{said} 不计入：组里没有折算 {products}，要按 Delta 计入请在限额里写上它每手的吨数",)


def held_beside(
    instruments: Mapping[InstrumentId, Instrument], account: AccountState, bound: HedgeBound
) -> Iterator[tuple[StrategyId, InstrumentId, int]]:
    """Yield what strategies hold as their own of what a group weighs: signed lots."""
    for row in account.strategies.values():
        if holds_own(row):
            for name, held in row.lots.items():
                if held.lots and tonnes_of_lot(bound, instruments[name]):
                    yield row.strategy, name, held.lots
