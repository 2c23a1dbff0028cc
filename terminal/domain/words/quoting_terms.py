"""Hold the terms that only quoting (主动腿挂单) has, each beside its English twin, once."""

from __future__ import annotations

from enum import unique

from terminal.domain.words.twin import Twin


@unique
class QuotingTerm(Twin):
    """Name a term that only quoting has; `english` is its twin."""

    QUOTING = "主动腿报价", "active leg orders"
    TOLERANCE_TICKS = "重报容差", "re-quote tolerance"
    REACH_TICKS = "最远挂单", "quote reach"
    REST_SECONDS = "最短挂留", "quote rest"
    MAX_CANCELS = "每日撤单上限", "cancels a day"
