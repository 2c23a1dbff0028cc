"""Name the parameters of strategies for people, and say where two settings of one kind differ."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, assert_never

import msgspec

from terminal.domain.amount_text import MINUS
from terminal.domain.order import HedgeFlag, Side
from terminal.domain.strategy_settings import Combine, GridSettings, GridSpacing, OutOfRange, StrategySettings
from terminal.domain.terms import Term

WORDS: Final = {
    "account": "账户",
    "instrument": "合约",
    "side": "方向",
    "hedge_flag": "投保",
    # grid
    "spacing": "间距方式",
    "anchor": "起始价",
    "step": "步长",
    "ratio": "等比比率",
    "lines": "格数",
    "lots_per_line": "每格手数",
    "stop": "止损价",
    "lower": "下限",
    "upper": "上限",
    "out_of_range": "出区间处理",
    # spread
    "legs": "各腿",
    "buy_at": "买入价差",
    "sell_at": "卖出价差",
    "sets": "每轮套数",
    "max_sets": "最大套数",
    "hedge_seconds": "对冲等待秒数",
    "max_chases": "追价次数",
    "naked_lots": "单腿敞口上限",
    "pause_seconds": "轮间停顿秒数",
    # roll
    "near": "近月",
    "far": "远月",
    "lots": "移仓手数",
    "batch_lots": "每批手数",
    "timings": "移仓时机",
    "combine": "时机组合",
    "pay_up_ticks": "加价跳数",
    "chase_seconds": "追价等待秒数",
    "batch_pause_seconds": "批间停顿秒数",
}

# The choices of the enumerated fields, as forms, previews and cards all say them.
POSITION_SIDES: Final = {Side.BUY: "多头", Side.SELL: "空头"}
GRID_SIDES: Final = {Side.BUY: "做多", Side.SELL: "做空"}
FLAGS: Final = {
    HedgeFlag.SPECULATION: str(Term.SPECULATION),
    HedgeFlag.ARBITRAGE: str(Term.ARBITRAGE),
    HedgeFlag.HEDGE: str(Term.HEDGE),
}
COMBINES: Final = {Combine.ANY: "任一满足", Combine.ALL: "全部满足"}
SPACINGS: Final = {GridSpacing.ARITHMETIC: "等差", GridSpacing.GEOMETRIC: "等比"}
OUTSIDE: Final = {OutOfRange.HOLD: "持有等待", OutOfRange.STOP: "撤单停止", OutOfRange.FLATTEN: "平仓停止"}
Choice = Side | HedgeFlag | Combine | GridSpacing | OutOfRange


def choice(settings: StrategySettings, value: Choice) -> str:
    """Return an enumerated field's value as people read it."""
    match value:
        case Side():
            return GRID_SIDES[value] if isinstance(settings, GridSettings) else POSITION_SIDES[value]
        case HedgeFlag():
            return FLAGS[value]
        case Combine():
            return COMBINES[value]
        case GridSpacing():
            return SPACINGS[value]
        case OutOfRange():
            return OUTSIDE[value]
        case _:
            assert_never(value)


def differing(one: StrategySettings, other: StrategySettings) -> tuple[str, ...]:
    """Return the names of the fields in which two settings of one kind differ, in their order."""
    return tuple(name for name in one.__struct_fields__ if getattr(one, name) != getattr(other, name))


def shown(settings: StrategySettings, name: str) -> str:
    """Return a field's value as people read it; what is too long for a sentence is only named."""
    value = getattr(settings, name)
    if isinstance(value, Decimal):
        return f"{value:f}".replace("-", MINUS)
    if isinstance(value, Choice):
        return choice(settings, value)
    return "未设" if value is None else "（见设置）" if isinstance(value, tuple | msgspec.Struct) else str(value)
