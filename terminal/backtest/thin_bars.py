"""Tell of a person's rule that never said anything because too few bars had both sides, and so too few prices to see.

Of a bar in which too little was traded nobody could have traded on either side, and it brings no price (`Valid.BAR`).
A rule that needs more prices than came stands still without a word, and looks in every figure like one that chose to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.market import Column, Valid
from terminal.domain.parameters.own import OwnSettings
from terminal.engine.wording import short
from terminal.strategies.own.memory import OwnMemory
from terminal.strategies.own.windows import parts_of
from terminal.strategies.table import OWN

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.market import Recording
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow

TWO_SIDED: Final = int(Valid.BID | Valid.ASK)
WHY: Final = "成交不足 10 手的一根没有买卖价，不取价"


def too_few_prices(row: StrategyRow, look: Look, recording: Recording) -> str:
    """Return of how many bars how many had both sides, and how many prices the rule needs, as a clause; "" if enough.

    Asked is of a rule that still runs and never said anything, over a recording of bars. Where nobody knows what it
    needs, only bars that mostly have no sides are told of, beside the most prices it looks at.
    """
    settings, memory = row.settings, row.memory
    if recording.bars is None or not isinstance(settings, OwnSettings) or not isinstance(memory, OwnMemory):
        return ""
    if row.status is not StrategyStatus.RUNNING or memory.reason or any(one.reason for one in memory.others.values()):
        return ""
    parts = parts_of(settings)
    prices, needs = len(look.samples(parts.watches[0])), OWN.needs(settings, memory, look)
    each = {name: _counted(recording, name, row.started_at) for name in parts.instruments}
    name = min(each, key=lambda one: each[one])
    good, bars = each[name]
    if prices >= (needs or settings.window) or (needs is None and 2 * good > bars):
        return ""
    wants = f"规则要 {needs} 个" if needs else f"规则最多看 {settings.window} 个"
    said = f"有买卖价的 K 线太少：{short(name)} 的 {bars} 根里只有 {good} 根（{WHY}）"
    return f"{said}，看到 {prices} 个价格，{wants}，一次也没有说话"


def _counted(recording: Recording, name: InstrumentId, since: int) -> tuple[int, int]:
    # How many bars of a contract had both sides since an instant, and how many there were.
    if name not in recording.universe:
        return 0, 0
    rows = np.flatnonzero(recording.slots == recording.universe.index(name))
    at = recording.at[recording.ends.searchsorted(rows.astype(recording.ends.dtype), side="right")]
    masks = recording.column(Column.MASK)[rows[at >= since]]
    return int(np.count_nonzero((masks & TWO_SIDED) == TWO_SIDED)), len(masks)
