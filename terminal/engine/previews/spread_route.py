"""Say before a spread starts what a set costs as the combination and leg after leg, and which way it would go now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.orders.order import Side
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.words.amount_text import amount_text
from terminal.engine.previews.spread_cost import set_cost
from terminal.engine.wording import number
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.hedge_ladder import ENOUGH
from terminal.strategies.spread.route import choose, expected_slip, listed, shown_difference
from terminal.strategies.table import SPREAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.engine.look import Look


def route_sentences(look: Look, settings: SpreadSettings) -> Iterator[str]:
    """Yield what both ways cost, a sentence each; nothing of a spread that only goes leg after leg."""
    combination = None if settings.route is SpreadRoute.SYNTHETIC else listed(settings, look)
    if settings.route is SpreadRoute.SYNTHETIC:
        return
    if combination is None:
        yield "交易所没有这两腿的组合合约，只能拆腿"
        return
    memory, lead = SPREAD.begin(settings), settings.legs[active_leg(settings)]
    name = combination.id.partition(".")[2]
    first = next(leg for leg in settings.legs if leg.instrument == combination.first.id)
    side = Side.BUY if first.lots > 0 else Side.SELL
    shown, fees = shown_difference(combination, side, look), set_cost(look, settings).opening
    if shown is None:
        yield f"组合 {name}：两腿没有都显示对手价，现在算不出"
        return
    slip, lots = expected_slip(settings, memory, look), abs(lead.lots)
    worth = combination.first.value(slip.yuan, lots)
    paid = "手续费未知" if fees is None else f"手续费 {number(fees, 2)} 元"
    yield (
        f"买一套，组合 {name}：价差 {amount_text(shown)} 元，{paid}，两腿一起成交；"
        f"拆腿：价差 {amount_text(shown)} 元，{paid}，"
        f"预计对冲滑点 {number(worth, 2)} 元（按追价一次计，满 {ENOUGH} 次后按实际）"
    )
    way = choose(settings, memory, look, 1 if lead.lots > 0 else -1)
    if way is None or way.combination is None:
        yield f"现在不能走组合{'' if way is None else f'，{way.why}'}"
