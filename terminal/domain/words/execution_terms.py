"""Hold the terms that only executions (算法执行) have, each beside its English twin, once."""

from __future__ import annotations

from enum import unique

from terminal.domain.words.twin import Twin


@unique
class ExecutionTerm(Twin):
    """Name a term that only executions have; `english` is its twin."""

    EXECUTION_STYLE = "算法", "execution style"
    TOTAL_LOTS = "总手数", "total lots"
    WINDOW_BEGINS = "开始时间", "window begins"
    WINDOW_ENDS = "结束时间", "window ends"
    SLICE_SECONDS = "分片间隔", "slice"
    VOLUME_CURVE = "成交曲线", "volume curve"
    SHOWN_LOTS = "显示手数", "shown lots"
    MOST_PAY_UP = "最多加价", "most pay up"
    PARTICIPATION = "参与率上限", "participation cap"
