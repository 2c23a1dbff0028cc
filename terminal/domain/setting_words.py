"""Name the parameters of strategies for people, and say where two settings of one kind differ."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Final

import msgspec

from terminal.domain.strategy_settings import StrategySettings

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


def differing(one: StrategySettings, other: StrategySettings) -> tuple[str, ...]:
    """Return the names of the fields in which two settings of one kind differ, in their order."""
    return tuple(name for name in one.__struct_fields__ if getattr(one, name) != getattr(other, name))


def shown(settings: StrategySettings, name: str) -> str:
    """Return a field's value as people read it; what is too long for a sentence is only named."""
    value = getattr(settings, name)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Enum):
        return str(value.value)
    return "未设" if value is None else "（见设置）" if isinstance(value, tuple | msgspec.Struct) else str(value)
