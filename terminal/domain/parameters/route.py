"""Say by which way a spread of two legs trades a slice: leg after leg, or as the combination its exchange lists."""

from __future__ import annotations

from enum import StrEnum


class SpreadRoute(StrEnum):
    """Name the ways of a slice."""

    SYNTHETIC = "SYNTHETIC"  # 拆腿: the active leg, then the other one
    COMBINATION = "COMBINATION"  # 组合合约: one order, both legs fill together
    CHEAPER = "CHEAPER"  # whichever costs less at each slice
