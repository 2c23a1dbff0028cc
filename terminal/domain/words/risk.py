"""Name the answers of the risk gate and the levels of alarm."""

from __future__ import annotations

from enum import IntEnum

import msgspec

from terminal.domain.ids import InstrumentId, StrategyId


class Verdict(IntEnum):
    """Order the gate's answers from mild to final; the worst finding decides."""

    ALLOW = 0  # 放行
    WARN = 1  # 提醒
    CONFIRM2 = 2  # 需复核
    LOCK = 3  # 限制开仓
    DENY = 4  # 拒绝


class Level(IntEnum):
    """Order the alarm levels."""

    NORMAL = 0  # 正常
    YELLOW = 1  # 黄色
    ORANGE = 2  # 橙色
    RED = 3  # 红色


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what one rule found: control, code, the value against its limit, and a Chinese sentence.

    `value` and `limit` are decimal text with their unit named by the code. The sentence says what happened and what
    would make the order pass.
    """

    control: str  # "C4"
    code: str  # "POSITION_LIMIT"
    verdict: Verdict
    value: str
    limit: str
    sentence: str


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Name what a level or a kill covers inside one account: all of it, one strategy, or one instrument."""

    strategy: StrategyId | None = None
    instrument: InstrumentId | None = None
