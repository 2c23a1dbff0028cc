"""Say before a strategy is changed or resumed that what it holds is at its stop, its exit or out of its bounds already.

It would close, or end with what it holds, in its first decision: who presses the button must know that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.parameters.carry import carries
from terminal.domain.parameters.exits import guarded
from terminal.domain.parameters.strategy import GridSettings, SpreadSettings
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.spot_terms import SpotTerm
from terminal.engine.strategy.whereabouts import where_it_stands
from terminal.engine.strategy.wording import grid_kind
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.stage import Stage, left_for
from terminal.strategies.sight import look as look_at
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.bounds import price_of
from terminal.strategies.spread.exits import reached, way_held
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.priced import priced

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.parameters.strategy import SpreadGrid, StrategySettings
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow

UNFINISHED = "它的平仓还没有做完"


class Ground(NamedTuple):
    """Hold where a grid's price is, what it is called, how much the grid holds in words, and when it would close."""

    price: Decimal
    called: str
    held: str
    when: str


def leaves_at_once(look: Look, row: StrategyRow, written: StrategySettings, *, then: str) -> str:
    """Return in words what these settings would make a strategy do at once with what it holds, "" for nothing.

    `then` says from when on it is judged by them.
    """
    settings, memory = where_it_stands(row, written), row.memory
    if isinstance(settings, GridSettings) and isinstance(memory, GridMemory):
        held = sum(memory.held)
        sight = look_at(look, settings.instrument)
        price = None if sight is None else sight.reference()
        if sight is None or price is None:
            return ""
        ground = Ground(sight.instrument.price(price), "价格", f"{held} 手" if held else "", "立即")
        return _grid(settings, memory, ground, then)
    if not isinstance(settings, SpreadSettings) or not isinstance(memory, SpreadMemory):
        return ""
    if settings.spot_side is not None:
        return _goes_back(look, settings, memory, then)
    if settings.grid is None:
        return _exits(look, settings, memory, then)
    middle = price_of(look, settings)
    if middle is None:
        return ""
    ground = Ground(middle, grid_kind(settings)[:2], _sets(settings, memory), _when(look, settings))
    return _grid(settings.grid, memory, ground, then)


def _grid(bounds: GridSettings | SpreadGrid, memory: GridMemory | SpreadMemory, ground: Ground, then: str) -> str:
    if memory.stage is Stage.FLATTENING:
        return f"{UNFINISHED}：{then}{ground.when}接着平掉所持 {ground.held}" if ground.held else ""
    stopped = (ground.price - bounds.stop) * bounds.side.sign <= 0
    inside = bounds.lower <= ground.price <= bounds.upper
    if memory.stage is not Stage.RUNNING or not (stopped or (memory.left_at is None and not inside)):
        return ""
    does = left_for(bounds.out_of_range, stopped=stopped)
    if does is Stage.RUNNING:
        return ""
    ends = f"平掉所持 {ground.held}并结束" if does is Stage.FLATTENING else f"停止，保留所持 {ground.held}"
    left = f"离开区间 {amount_text(bounds.lower)} 至 {amount_text(bounds.upper)}"
    where = f"已到止损价 {amount_text(bounds.stop)}" if stopped else left
    return (
        f"现在{ground.called} {amount_text(ground.price)} {where}：{then}{ground.when}{ends if ground.held else '结束'}"
    )


def _exits(look: Look, settings: SpreadSettings, memory: SpreadMemory, then: str) -> str:
    if not guarded(settings):
        return ""
    if memory.stage is Stage.FLATTENING:
        held = _sets(settings, memory)
        return f"{UNFINISHED}：{then}{_when(look, settings)}接着平掉所持 {held}" if held else ""
    way = way_held(settings, memory)
    quote = priced(settings, look)
    found = None if quote is None or not way else reached(settings, way, quote)
    if memory.stage is not Stage.RUNNING or quote is None or found is None:
        return ""
    price, what = quote.sell if way > 0 else quote.buy, "止损" if found[1] else "止盈"
    at = f"现在平仓价 {amount_text(price)} 已到{what}价 {amount_text(found[0])}"
    return f"{at}：{then}{_when(look, settings)}平掉所持 {_sets(settings, memory)}并结束"


def _goes_back(look: Look, settings: SpreadSettings, memory: SpreadMemory, then: str) -> str:
    # A spread against spot has no stop. What it costs to hold spot is in its price, and so another rate moves the price
    # to where it closes: the other threshold.
    way, quote = way_held(settings, memory), priced(settings, look)
    if not way or quote is None:
        return ""
    price, asked, what = (quote.sell, settings.sell_at, "卖出价") if way > 0 else (quote.buy, settings.buy_at, "买入价")
    if (price - asked) * way < 0:
        return ""
    with_carry = f"含{SpotTerm.CARRY}的" if carries(settings.spot_side) else ""
    at = f"现在{with_carry}平仓价 {amount_text(round(price, 2))} 已到{what} {amount_text(asked)}"
    return f"{at}：{then}{_when(look, settings)}平掉所持 {_sets(settings, memory)}的期货，现货要人跟着了结"


def _sets(settings: SpreadSettings, memory: SpreadMemory) -> str:
    place = active_leg(settings)
    sets = -(-abs(memory.legs[place].net) // abs(settings.legs[place].lots))
    return f"{sets} 套" if sets else ""


def _when(look: Look, settings: SpreadSettings) -> str:
    sights = [look_at(look, leg.instrument) for leg in settings.legs if leg.lots]
    return "立即" if all(sight is not None and sight.flows for sight in sights) else "等各腿有双边报价，价还在那里就"
