"""Say before a strategy is changed or resumed that what it holds is at its stop, its exit or out of its bounds already.

It would close, or end with what it holds, in its first decision: who presses the button must know that, and where an
own order keeps it from closing, whose that is. So must who starts a grid where its price is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.marks import GridTrailed, RangeLeft
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.parameters.carry import carries
from terminal.domain.parameters.exits import guarded
from terminal.domain.parameters.strategy import GridSettings, SpreadGrid, SpreadSettings
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.spot_terms import SpotTerm
from terminal.engine.orders.in_the_way import stands_in_way, whose_words
from terminal.engine.previews.following import Followed, followed, spread_followed
from terminal.engine.sentences.strategy import grid_kind
from terminal.engine.strategy.whereabouts import where_it_stands
from terminal.strategies.grid.judged import judged
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.stage import Stage, left_for
from terminal.strategies.grid.stop import is_reached
from terminal.strategies.grid.trailing import wins_beyond
from terminal.strategies.grid.unseen import LAST_MINUTES, half_words, lone_lasts
from terminal.strategies.sight import look as look_at
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.bounds import judged as judged_spread
from terminal.strategies.spread.exits import reached, way_held
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.priced import priced
from terminal.strategies.spread.unseen import SIDES

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.orders.intents import Decision
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow
    from terminal.strategies.sight import Sight

UNFINISHED = "它的平仓还没有做完"
AT_ONCE = "立即"
ALL_THERE = "等另一边报价也到止损才"
LASTS = "等这样满一分钟、或另一边来了价还在那里才"
STILL_THERE = "等另一边来了、价还在那里才"
HALF = f"等这样在连续交易里满 {LAST_MINUTES} 分钟、或另一边也到了才"


class How(NamedTuple):
    """Hold in words when what is held is closed, and whose order must make way before, "" for none."""

    when: str
    barred: str = ""

    def closes(self, then: str, what: str) -> str:
        """Return in words that something is done from `then` on."""
        return f"{then}{self.when}{what}{self.barred}"


class Ground(NamedTuple):
    """Hold where a grid's price is, what it is called, how much the grid holds in words, and how it would close."""

    price: Decimal
    called: str
    held: str
    how: How
    followed: Followed | None  # where an empty grid will stand that may follow the price to its winning side
    doubt: str = ""  # for what it waits before it takes a lone side for the price, "" where it does not wait


def leaves_at_once(look: Look, row: StrategyRow, written: StrategySettings, *, then: str) -> str:
    """Return in words what these settings would make a strategy do at once with what it holds, "" for nothing.

    `then` says from when on it is judged by them.
    """
    settings, memory = where_it_stands(row, written), row.memory
    if isinstance(settings, GridSettings) and isinstance(memory, GridMemory):
        ground = _of_price(look, row, settings, memory)
        return "" if ground is None else _grid(settings, memory, ground, then)
    if not isinstance(settings, SpreadSettings) or not isinstance(memory, SpreadMemory):
        return ""
    if settings.spot_side is not None:
        return _goes_back(look, row, settings, memory, then)
    if settings.grid is None:
        return _exits(look, row, settings, memory, then)
    by = judged_spread(settings, settings.grid, priced(settings, look))
    if by is None:
        return ""
    held_sets, how, lead = _sets(settings, memory), _how(look, row, settings, memory), active_leg(settings)
    half = by.half(settings.grid)
    if half is not None and held_sets:
        return _grid(
            settings.grid, memory, Ground(half, _closing(settings.grid, SIDES), held_sets, how, None, HALF), then
        )
    follows = spread_followed(settings, by.price, memory.legs[lead].net)
    ground = Ground(by.price, grid_kind(settings)[:2], held_sets, how, follows)
    return _grid(settings.grid, memory, ground, then)


def _of_price(look: Look, row: StrategyRow, settings: GridSettings, memory: GridMemory) -> Ground | None:
    held, sight = sum(memory.held), look_at(look, settings.instrument)
    found = None if sight is None else judged(settings, sight, lasts=True)
    if sight is None or found is None or not (found.whole or is_reached(settings, found.price)):
        return None
    how = _how_of_leg(look, row, sight, settings.side.opposite)
    half = found.half(settings)
    if half is not None and held:
        return Ground(half, _closing(settings, ("买价", "卖价")), f"{held} 手", how, None, HALF)
    ahead = followed(settings, found.price, sight.instrument, empty=not held)
    doubt = _doubt(look, row, settings, memory, sight) if found.whole else ALL_THERE
    return Ground(found.price, "价格", f"{held} 手" if held else "", how, ahead, doubt)


def _closing(bounds: GridSettings | SpreadGrid, called: tuple[str, str]) -> str:
    return called[0] if bounds.side is Side.BUY else called[1]


def _doubt(look: Look, row: StrategyRow, settings: GridSettings, memory: GridMemory, sight: Sight) -> str:
    # Of a lone side beyond the last price. What was doubted before a pause does not count when it goes on.
    paused = row.status is StrategyStatus.PAUSED
    if not sight.lone or (not paused and memory.lone and lone_lasts(memory, look, settings.instrument)):
        return ""
    return LASTS if any(memory.held) else STILL_THERE


def starts_outside(look: Look, settings: StrategySettings, first: Decision) -> tuple[str, bool] | None:
    """Return that a grid would begin outside its bounds or beyond its stop, in words, and whether it ends at once.

    `first` is its first decision; `None` where it begins inside, or follows the price and goes on, and for whatever has
    no bounds.
    """
    if any(isinstance(one, GridTrailed) for one in first.marks):
        return _follows_in_vain(look, settings)
    mark = next((one for one in first.marks if isinstance(one, RangeLeft)), None)
    if mark is None and isinstance(settings, SpreadSettings):
        return _enters_nothing(look, settings)
    bounds = settings.grid if isinstance(settings, SpreadSettings) else settings
    if mark is None or not isinstance(bounds, GridSettings | SpreadGrid):
        return None
    called = grid_kind(settings)[:2] if isinstance(settings, SpreadSettings) else "价格"
    at, between = amount_text(mark.price), f"{amount_text(bounds.lower)} 至 {amount_text(bounds.upper)}"
    if left_for(bounds.out_of_range, stopped=mark.stopped) is Stage.RUNNING:
        return f"现在启动先等待：{called} {at} 在区间外，回到 {between} 再报", False
    where = f"已到止损价 {amount_text(bounds.stop)}" if mark.stopped else f"在区间 {between} 之外"
    return f"启动后立即结束，什么也不报：现在{called} {at} {where}", True


def _enters_nothing(look: Look, settings: SpreadSettings) -> tuple[str, bool] | None:
    by = None if settings.grid is None else judged_spread(settings, settings.grid, priced(settings, look))
    if by is None or settings.grid is None or by.half(settings.grid) is None:
        return None
    return f"现在启动先等待：{half_words(settings.grid, by, SIDES)}，这时不入场，离开止损价再报", False


def _follows_in_vain(look: Look, settings: StrategySettings) -> tuple[str, bool] | None:
    ahead, price, called = None, None, "价格"
    if isinstance(settings, GridSettings):
        sight = look_at(look, settings.instrument)
        found = None if sight is None else judged(settings, sight, lasts=True)
        if sight is not None and found is not None:
            price, ahead = found.price, followed(settings, found.price, sight.instrument, empty=True)
    elif isinstance(settings, SpreadSettings) and settings.grid is not None:
        found = judged_spread(settings, settings.grid, priced(settings, look))
        if found is not None:
            price, ahead, called = found.price, spread_followed(settings, found.price, 0), grid_kind(settings)[:2]
    if price is None or ahead is None or not ahead.ends:
        return None
    return f"启动后{ahead.words}，什么也不报：现在{called} {amount_text(price)}", True


def _grid(bounds: GridSettings | SpreadGrid, memory: GridMemory | SpreadMemory, ground: Ground, then: str) -> str:
    if memory.stage is Stage.FLATTENING:
        return f"{UNFINISHED}：{ground.how.closes(then, f'接着平掉所持 {ground.held}')}" if ground.held else ""
    stopped = is_reached(bounds, ground.price)
    inside = bounds.lower <= ground.price <= bounds.upper
    if memory.stage is not Stage.RUNNING or not (stopped or (memory.left_at is None and not inside)):
        return ""
    does = left_for(bounds.out_of_range, stopped=stopped)
    ahead = ground.followed if not stopped and wins_beyond(bounds, ground.price) else None
    if does is Stage.RUNNING or (ahead is not None and not ahead.ends):
        return ""
    left = f"离开区间 {amount_text(bounds.lower)} 至 {amount_text(bounds.upper)}"
    where = f"已到止损价 {amount_text(bounds.stop)}" if stopped else left
    at = f"现在{ground.called} {amount_text(ground.price)} {where}"
    if ahead is not None:
        return f"{at}：{then}{ground.doubt}{ahead.words}"
    if ground.held and does is Stage.FLATTENING:
        how = ground.how._replace(when=ground.doubt) if ground.doubt else ground.how
        return f"{at}：{how.closes(then, f'平掉所持 {ground.held}并结束')}"
    return f"{at}：{then}{ground.doubt or AT_ONCE}{f'停止，保留所持 {ground.held}' if ground.held else '结束'}"


def _exits(look: Look, row: StrategyRow, settings: SpreadSettings, memory: SpreadMemory, then: str) -> str:
    if not guarded(settings):
        return ""
    if memory.stage is Stage.FLATTENING:
        held = _sets(settings, memory)
        how = _how(look, row, settings, memory)
        return f"{UNFINISHED}：{how.closes(then, f'接着平掉所持 {held}')}" if held else ""
    way = way_held(settings, memory)
    quote = priced(settings, look)
    found = None if quote is None or not way else reached(settings, way, quote)
    if memory.stage is not Stage.RUNNING or quote is None or found is None:
        return ""
    price, what = quote.sell if way > 0 else quote.buy, "止损" if found[1] else "止盈"
    at = f"现在平仓价 {amount_text(price)} 已到{what}价 {amount_text(found[0])}"
    how = _how(look, row, settings, memory)
    return f"{at}：{how.closes(then, f'平掉所持 {_sets(settings, memory)}并结束')}"


def _goes_back(look: Look, row: StrategyRow, settings: SpreadSettings, memory: SpreadMemory, then: str) -> str:
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
    how = _how(look, row, settings, memory)
    return f"{at}：{how.closes(then, f'平掉所持 {_sets(settings, memory)}的期货，现货要人跟着了结')}"


def _sets(settings: SpreadSettings, memory: SpreadMemory) -> str:
    place = active_leg(settings)
    sets = -(-abs(memory.legs[place].net) // abs(settings.legs[place].lots))
    return f"{sets} 套" if sets else ""


def _how(look: Look, row: StrategyRow, settings: SpreadSettings, memory: SpreadMemory) -> How:
    legs = zip(settings.legs, memory.legs, strict=True)
    sights = [(look_at(look, leg.instrument), own.net) for leg, own in legs if leg.lots]
    if not all(sight is not None and sight.flows for sight, _ in sights):
        return How("等各腿有双边报价，价还在那里就")
    ways = (_how_of_leg(look, row, sight, Side.SELL if net > 0 else Side.BUY) for sight, net in sights if sight and net)
    return next((way for way in ways if way.barred), How(AT_ONCE))


def _how_of_leg(look: Look, row: StrategyRow, sight: Sight, side: Side) -> How:
    # An own order may stand where the close would go to (C14); what can be taken out of the strategy's is, before it.
    account, shown = look.state.accounts[row.account], sight.opposite(side)
    if shown is None:
        return How("等有对手价就")
    price = sight.instrument.price(shown.price)
    order = stands_in_way(look, account, sight.instrument.id, side, price, closing=True)
    if order is None or (order.cause.strategy == row.strategy and order.state is not OrderState.UNKNOWN):
        return How(AT_ONCE)
    return How("", f"，但{whose_words(account, order)}在对面，平仓会与它自成交，要等它让开才平得了")
