"""Hold the terms of contracts that no exchange lists (场外) beside their English twins; `Term` holds all others."""

from __future__ import annotations

from enum import unique

from terminal.domain.words.twin import Twin


@unique
class OtcTerm(Twin):
    """Name a term that only contracts outside the exchanges have; `english` is its twin."""

    OTC_CONTRACTS = "场外合约", "contracts outside the exchanges"
    CONTRACT_NUMBER = "合同编号", "contract number"
    COUNTERPARTY = "交易对手", "counterparty"
    CONTRACT_KIND = "合约类型", "kind of contract"
    TONNES = "数量（吨）", "tonnes"
    REFERENCE = "挂钩标的", "reference"
    FIXED_PRICE = "固定价或行权价", "fixed price or strike"
    PREMIUM_PER_TONNE = "权利金（元/吨）", "premium per tonne"
    LAST_DAY = "到期日", "last day of the contract"
    CALL_OR_PUT = "看涨看跌", "call or put"
    MARKED = "估值方式", "how it is marked"
    MARK_SOURCE = "估值来源", "source of the mark"
    WORTH = "估值（元）", "value in yuan"
    PROFIT = "浮动盈亏（元）", "profit in yuan"
    DELTA_TONNES = "Delta 敞口（吨）", "tonnes by delta"
    WHOLE_TONNES = "计入敞口（吨）", "tonnes that count in the exposure"
    DELTA_OF_TONNE = "每吨 Delta", "delta of one tonne"
    RATE = "利率", "interest rate"
    PAID_TO_US = "我方收付（元）", "paid to us in yuan"
    BOOK = "登记", "book"
    MARK = "估值", "mark"
