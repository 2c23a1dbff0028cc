"""Say to people how a grid or spread leaves: its stop or bounds, what keeps its stop from being judged, its closing.

Each says what the strategy does next, and what is left to people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.exit_marks import ExitSeen
from terminal.domain.fact.marks import Finished, FlattenHeld, RangeLeft
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings, OutOfRange, SpreadSettings
from terminal.domain.words.amount_text import amount_text
from terminal.engine.alert.sentences import alert_for, lots_text, named
from terminal.engine.sentences.strategy import grid_kind
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.trailing import standing
from terminal.strategies.grid.unseen import LAST_MINUTES, PUT_OFF_MINUTES, UNJUDGED, WARNED_MINUTES
from terminal.strategies.spread.lines import trailed as trailed_spread
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.unseen import SIDES, UNSEEN
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.fact.facts import AlertRaised
    from terminal.domain.parameters.strategy import SpreadGrid
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow

KEPT: Final = "保留持仓，此后没有止损；留下还是平掉请人工决定"
ENDS: Final = "停止；要接着做的另启一个"


def leaving_alert(
    look: Look, row: StrategyRow, mark: RangeLeft | FlattenHeld | ExitSeen | Finished
) -> AlertRaised | None:
    """Return the alert for what a grid or spread states of leaving, or `None`."""
    settings = row.settings
    if isinstance(mark, Finished):
        return _cut(look, row, mark)
    if isinstance(mark, ExitSeen):
        return _unseen(look, row, mark) if mark.why and not mark.again else None
    if isinstance(mark, RangeLeft):
        if isinstance(settings, SpreadSettings):
            return _spread_left(look, row, settings, mark)
        return _range_left(look, row, settings, mark) if isinstance(settings, GridSettings) else None
    kind = "网格" if isinstance(settings, GridSettings) else "价差"
    if isinstance(settings, SpreadSettings) and settings.grid is not None:
        kind = grid_kind(settings)
    held = lots_text(look, mark.instrument, mark.lots)
    what = f"{named(look, mark.instrument)}平仓没有进展，{kind}还持有 {held}：{mark.why}；{mark.plan}。"
    return alert_for(row, "FLATTEN_HELD", mark.instrument, what)


def _cut(look: Look, row: StrategyRow, mark: Finished) -> AlertRaised:
    # It ends because it cannot go on: nothing of it was announced before.
    held = [(name, one.lots) for name, one in row.lots.items() if one.lots]
    legs = "、".join(f"{named(look, name)}{lots_text(look, name, abs(lots))}" for name, lots in held)
    does = f"持有 {legs}；策略停止并{KEPT}" if legs else f"没有持仓；策略{ENDS}"
    on = held[0][0] if held else strategy_of(row.settings).instruments(row.settings)[0]
    return alert_for(row, "GRID_STOPPED", on, f"{mark.summary.rstrip('。')}；{does}。")


def _unseen(look: Look, row: StrategyRow, mark: ExitSeen) -> AlertRaised:
    grid = _bounds(row)
    plan = UNSEEN if grid is None else UNJUDGED
    does = "撤单停止、保留持仓" if grid and grid.out_of_range is OutOfRange.STOP else "平掉所持仓位并结束"
    if mark.put_off:
        plan = (
            f"不时有一眼回到止损之内，这样断续已满 {PUT_OFF_MINUTES} 分钟，止损一直被推迟；"
            f"一直这样就不会按止损{does}，要等两边都到，或连续交易里不间断满 {LAST_MINUTES} 分钟；"
            "不愿等的，请人工平仓"
        )
    elif mark.beyond:
        plan = (
            f"在连续交易里再这样满 {WARNED_MINUTES} 分钟就按止损{does}，两边都到立即，"
            "其间有一眼回到止损之内就重新算、再提醒；"
            "不要这样的，请在那之前暂停它或改止损价，要先走请人工平仓"
        )
    return alert_for(row, "EXIT_UNSEEN", mark.instrument, f"{named(look, mark.instrument)}{mark.why}，{plan}。")


def _bounds(row: StrategyRow) -> GridSettings | SpreadGrid | None:
    settings = row.settings
    return settings if isinstance(settings, GridSettings) else getattr(settings, "grid", None)


def _left_words(bounds: GridSettings | SpreadGrid, mark: RangeLeft, called: str, sides: tuple[str, str]) -> str:
    # Which price did what; of two sides the one at which the lots are closed.
    between = f"{amount_text(bounds.lower)} 至 {amount_text(bounds.upper)}"
    stop = f"止损价 {amount_text(bounds.stop)}"
    if mark.lasted:
        closes = sides[0] if bounds.side is Side.BUY else sides[1]
        return f"{closes} {amount_text(mark.price)} 到{stop} 已满 {LAST_MINUTES} 分钟"
    return f"{called} {amount_text(mark.price)} {f'到达{stop}' if mark.stopped else f'离开区间 {between}'}"


def _range_left(look: Look, row: StrategyRow, settings: GridSettings, mark: RangeLeft) -> AlertRaised | None:
    choice, coming = settings.out_of_range, 0
    if isinstance(row.memory, GridMemory):
        settings = standing(settings, row.memory)
        coming = sum(child.reserved for child in row.memory.ledger.children.values() if not child.closing)
    if choice is OutOfRange.HOLD and not mark.stopped:
        return None  # it waits, and goes on when the price comes back
    held = row.lots.get(settings.instrument)
    lots = abs(held.lots) if held is not None else 0
    does = f"撤单后停止并{KEPT}" if choice is OutOfRange.STOP else "撤单、平仓后停止"
    holds = f"持有 {lots_text(look, settings.instrument, lots)}" if lots else "没有持仓"
    holds += f"，另有 {coming} 手入场委托还可能成交" if coming else ""
    ends = does if lots or coming else ENDS
    where = _left_words(settings, mark, "价格", ("买价", "卖价"))
    what = f"{named(look, settings.instrument)}{where}，网格{holds}；策略{ends}。"
    return alert_for(row, "GRID_STOPPED", settings.instrument, what)


def _spread_left(look: Look, row: StrategyRow, settings: SpreadSettings, mark: RangeLeft) -> AlertRaised | None:
    coming = False
    if isinstance(row.memory, SpreadMemory):
        settings, coming = trailed_spread(settings, row.memory.moved), row.memory.ledger.busy
    grid = settings.grid
    if grid is None or (grid.out_of_range is OutOfRange.HOLD and not mark.stopped):
        return None
    kind = grid_kind(settings)
    held = [(name, one.lots) for name, one in row.lots.items() if one.lots]
    does = f"停止并{KEPT}" if grid.out_of_range is OutOfRange.STOP else "各腿平仓后停止"
    legs = "、".join(f"{named(look, name)}{lots_text(look, name, abs(lots))}" for name, lots in held)
    holds = f"持有 {legs}" if legs else f"没有持仓{'，另有委托还可能成交' if coming else ''}"
    ends = does if held or coming else ENDS
    lead = next(leg.instrument for leg in settings.legs if leg.active)
    where = _left_words(grid, mark, kind[:2], SIDES)
    what = f"{where}，{kind}{holds}；策略{ends}。"
    return alert_for(row, "GRID_STOPPED", lead, what)
