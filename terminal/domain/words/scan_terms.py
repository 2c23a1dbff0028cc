"""Hold the terms that only the scanner (套利机会) has, each beside its English twin, once."""

from __future__ import annotations

from enum import unique

from terminal.domain.words.twin import Twin


@unique
class ScanTerm(Twin):
    """Name a term that only the scanner has; `english` is its twin."""

    SCANNER = "套利机会", "scanner"
    SCAN = "扫描", "scan"
    STOP_SCAN = "停止扫描", "stop the scan"
    MAKE_DRAFT = "填成草案", "make a draft"
    PAYING = "有净利", "paying"
    RANKED = "已排名", "ranked"
    LEFT_OUT = "没有排名", "left out"
    EVERY_PRODUCT = "全部品种", "every product"
    SPREAD_NOW = "现价差", "spread now"
    Z_SCORE = "z", "z-score"
    HALF_LIFE = "半衰期", "half-life"
    DAYS_LEFT = "剩余", "days left"
    COSTS = "成本", "costs"
    NET = "净利", "net"
    SAMPLES = "样本", "samples"
    WHY_LEFT_OUT = "为什么不排名", "why left out"
