"""Say before a grid over a spread or a basis starts what it holds and loses at each of its bounds, and what it earns.

What a set wins or loses is its legs' lots times what their prices moved. Where the lots stand in the ratio of the
coefficients, that follows from the spread alone: so many yuan for each yuan of it. Where they do not, it is reckoned by
the active leg, and said. The spot of a basis is nobody's position here: what is said is what the futures win or lose if
the whole move is theirs.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import OutOfRange, SpreadSettings
from terminal.domain.products.instrument import Kind
from terminal.domain.words.amount_text import amount_text
from terminal.engine.previews.keeping import KEEPS, after, keeping_edge
from terminal.engine.previews.spread_cost import set_cost, yuan_per_point
from terminal.engine.sentences.strategy import grid_kind
from terminal.engine.wording import number, short, yuan
from terminal.strategies.grid.unseen import LAST_MINUTES
from terminal.strategies.spread.lines import level
from terminal.strategies.spread.unseen import SIDES

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import SpreadGrid, StrategySettings
    from terminal.engine.look import Look
    from terminal.engine.previews.spread_cost import SetCost

ZERO = Decimal(0)


def spread_grid_foreseen(look: Look, settings: SpreadSettings, grid: SpreadGrid) -> tuple[str, ...]:
    """Return the sentences: each bound and the stop with sets, margin, loss and fees; a round; what cannot be said."""
    worth, even = yuan_per_point(look, settings)
    cost = set_cost(look, settings)
    what = grid_kind(settings)[:2]
    winning = f"上限 {amount_text(grid.upper)}" if grid.side is Side.BUY else f"下限 {amount_text(grid.lower)}"
    earned = worth * (settings.sell_at - settings.buy_at) * settings.sets
    fees = None if cost.opening is None or cost.closing is None else (cost.opening + cost.closing) * settings.sets
    net = f"毛利 {number(earned, 2)} 元（手续费未知）" if fees is None else f"净得 {number(earned - fees, 2)} 元"
    closing = SIDES[0] if grid.side is Side.BUY else SIDES[1]
    each = number(worth * settings.max_sets, 2)
    keeps = grid.out_of_range is OutOfRange.STOP
    gap = f"{what}没有涨跌停，跳空越过止损多少说不出；每越过 1 元多亏 {each} 元"
    return (
        *(_kept(settings, grid, worth, cost) if keeps else _closed(settings, grid, worth, cost)),
        f"到{winning}：各线都已止盈，没有持仓",
        f"止损：{'、'.join(SIDES)}都到就立即；只有{closing}到的，连续交易里满 {LAST_MINUTES} 分钟",
        f"每格一个来回{net}",
        *(() if keeps else (gap,)),
        *(() if even else (f"各腿手数与价格系数不成比例，金额按主动腿折算，不是{what}一项决定的",)),
        *_spots(look, settings),
    )


def _closed(settings: SpreadSettings, grid: SpreadGrid, worth: Decimal, cost: SetCost) -> tuple[str, str]:
    losing = grid.lower if grid.side is Side.BUY else grid.upper
    bound = f"到{'下限' if grid.side is Side.BUY else '上限'} {amount_text(losing)}"
    return (
        _at(f"最坏：全部成交后到止损 {amount_text(grid.stop)}", settings, grid, grid.stop, worth, cost),
        _at(bound, settings, grid, losing, worth, cost),
    )


def _kept(settings: SpreadSettings, grid: SpreadGrid, worth: Decimal, cost: SetCost) -> tuple[str]:
    # One that stops and keeps its lots closes nothing: it pays for opening, and its loss has no end.
    edge, where = keeping_edge(grid)
    reached = f"全部成交后{grid_kind(settings)[:2]}{where} {amount_text(edge)}"
    at = _at(reached, settings, grid, edge, worth, cost._replace(closing=ZERO))
    return (f"{at}；{KEEPS}，{after(number(worth * settings.max_sets, 2))}",)


def _at(where: str, settings: SpreadSettings, grid: SpreadGrid, price: Decimal, worth: Decimal, cost: SetCost) -> str:
    # Every line that has been entered by then, at its own level.
    sign = grid.side.sign
    lines = [level(settings, grid, line) for line in range(1, grid.lines + 1)]
    entered = [line for line in lines if (line - price) * sign >= 0]
    sets = len(entered) * settings.sets
    lost = sum(((line - price) * sign for line in entered), ZERO) * settings.sets * worth
    margin = "保证金未知" if cost.margin is None else f"保证金 {yuan(cost.margin * sets)}"
    if cost.opening is None or cost.closing is None:
        return f"{where}：持 {sets} 套，{margin}，亏 {number(lost, 2)} 元（手续费未知，未计；不含滑点）"
    fees = (cost.opening + cost.closing) * sets
    parts = f"（价差 {number(lost, 2)}，手续费 {number(fees, 2)}；不含滑点）"
    return f"{where}：持 {sets} 套，{margin}，亏 {number(lost + fees, 2)} 元{parts}"


def waits_for_price(look: Look, settings: StrategySettings) -> str:
    """Return which spot of a basis has no price that holds, "" where none is missing."""
    if not isinstance(settings, SpreadSettings):
        return ""
    stale = stale_spots(look, settings)
    return f"{'、'.join(stale)} 没有有效的现货价（{VALID}），有人报价后继续" if stale else ""


VALID = "最多用到报价后的下一个交易日"


def stale_spots(look: Look, settings: SpreadSettings) -> list[str]:
    """Return the spots of a basis whose price is missing or has expired."""
    found = []
    for leg in settings.legs:
        if look.instrument(leg.instrument).kind is not Kind.SPOT:
            continue
        quote = look.quote(leg.instrument)
        if quote is None or quote.last is None or quote.received_at < look.spot_since():
            found.append(short(leg.instrument))
    return found


def _spots(look: Look, settings: SpreadSettings) -> tuple[str, ...]:
    spots = [leg for leg in settings.legs if look.instrument(leg.instrument).kind is Kind.SPOT]
    if not spots:
        return ()
    traded = "、".join(short(leg.instrument) for leg in settings.legs if leg.lots)
    return (f"只交易 {traded}；现货是企业自己的，盈亏按{grid_kind(settings)[:2]}全由期货一侧走出来算",)
