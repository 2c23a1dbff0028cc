"""Hold the terms of a target (自动配平) beside their English twins; `Term` holds all that others say too."""

from __future__ import annotations

from enum import unique

from terminal.domain.words.twin import Twin


@unique
class TargetTerm(Twin):
    """Name a term that only targets have; `english` is its twin."""

    HEDGE_GROUP = "套保组", "hedge group"
    RATIO_SOURCE = "比例来源", "source of the ratio"
    TARGET_MODE = "配平方式", "mode of the target"
    AIM = "配平到", "aim"
    MOST_LOTS = "净买卖上限", "most lots on balance"
    AGREED = "同意的建议", "agreed proposal"
    AGREE = "按建议执行", "carry the proposal out"
    TOLERANCE = "比例容差", "tolerance of the ratio"
    SAMPLE_SECONDS = "采样间隔", "sampling interval"
    WINDOW = "窗口样本", "samples in the window"
    WARM_UP = "预热样本", "samples to warm up"
    FACTORS = "因子", "factors"
    LOWEST_RATIO = "最低比例", "lowest ratio"
    HIGHEST_RATIO = "最高比例", "highest ratio"
    FACTOR_DAYS = "统计天数", "days of a factor"
    VOLATILITY = "波动率", "volatility"
    STOCK = "库存", "stock"
    STOCK_SERIES = "库存序列", "series of stocks"
    STATE_STOCK = "登记库存", "state a stock"
    STOCK_DAY = "库存日期", "day counted"
    STOCK_TONNES = "库存（吨）", "tonnes counted"
    TAX_BASIS = "比例口径", "basis of the ratio"
    VAT = "增值税率", "VAT rate"
    RULE_ROWS = "规则表", "rule table"
