"""Hold the terms that only a spread's own exits (价差止损止盈) have, each beside its English twin, once."""

from __future__ import annotations

from enum import unique

from terminal.domain.words.twin import Twin


@unique
class ExitTerm(Twin):
    """Name a term that only a spread's exits have; `english` is its twin."""

    LONG_STOP = "多头止损价", "long stop"
    LONG_TAKE_PROFIT = "多头止盈价", "long take-profit"
    SHORT_STOP = "空头止损价", "short stop"
    SHORT_TAKE_PROFIT = "空头止盈价", "short take-profit"
