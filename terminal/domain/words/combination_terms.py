"""Name what a screen says of the exchange's combinations, each with its one English twin."""

from __future__ import annotations

from enum import unique

from terminal.domain.words.twin import Twin


@unique
class CombinationTerm(Twin):
    """Hold the terms of orders on combinations and of their quotes."""

    COMBINATION = "组合", "combination"
    DERIVED = "推算", "derived"
    FIRST_LEG = "第一腿", "first leg"
    SECOND_LEG = "第二腿", "second leg"
