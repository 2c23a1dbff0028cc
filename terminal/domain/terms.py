"""Hold every term of the screen beside its English twin, once.

A term is its Chinese text: `Term.MARGIN` can be put on a label as it is. The English name is the one used in code and
in the English manual. A new word for the screen is a new member here; a second translation of an old one is not.
"""

from __future__ import annotations

from enum import StrEnum, unique
from typing import Self


@unique
class Term(StrEnum):
    """Name a term of the screen; `english` is its twin."""

    english: str

    def __new__(cls, chinese: str, english: str) -> Self:
        """Make a term that is its Chinese text."""
        term = str.__new__(cls, chinese)
        term._value_ = chinese
        term.english = english
        return term

    # panels
    POSITIONS = "持仓", "positions"
    QUOTES = "行情", "quotes"
    BASIS_CHART = "基差走势", "basis chart"
    BASIS_TABLE = "基差一览", "basis overview"

    # instruments
    INSTRUMENT = "合约", "instrument"
    PRODUCT = "品种", "product"
    SPOT = "现货", "spot"
    FUTURE = "期货", "future"
    EXCHANGE = "交易所", "exchange"
    EXPIRY = "到期", "days to expiry"

    # quotes
    LAST = "最新价", "last"
    CHANGE = "涨跌", "change"
    CHANGE_RATE = "涨跌幅", "change rate"
    BID = "买价", "bid"
    BID_LOTS = "买量", "bid lots"
    ASK = "卖价", "ask"
    ASK_LOTS = "卖量", "ask lots"
    VOLUME = "成交量", "volume"
    OPEN_INTEREST = "持仓量", "open interest"
    UPPER_LIMIT = "涨停价", "upper limit"
    LOWER_LIMIT = "跌停价", "lower limit"
    TIME = "时间", "time"

    # basis
    BASIS = "基差", "basis"
    MEAN = "均值", "mean"
    DEVIATION = "偏离", "deviation"
    RANK = "分位", "percentile"
    STALE = "过期", "stale"

    # positions
    SIDE = "方向", "side"
    LONG = "多", "long"
    SHORT = "空", "short"
    LOTS = "手数", "lots"
    TODAY_YESTERDAY = "今/昨", "today / yesterday"
    CLOSABLE = "可平", "closable"
    OPEN_PRICE = "开仓均价", "average open price"
    POSITION_PRICE = "持仓均价", "average position price"
    HEDGE_FLAG = "投保", "hedge flag"
    SPECULATION = "投机", "speculation"
    ARBITRAGE = "套利", "arbitrage"
    HEDGE = "套保", "hedge"

    # money
    ACCOUNT = "账户", "account"
    EQUITY = "客户权益", "equity"
    AVAILABLE = "可用", "available"
    MARGIN = "保证金", "margin"
    RISK_DEGREE = "风险度", "risk degree"
    CLOSE_PROFIT = "平仓盈亏", "close profit"
    POSITION_PROFIT = "持仓盈亏", "position profit"
    FLOATING_PROFIT = "浮动盈亏", "floating profit"
    BY_DAY = "盯市", "by the day"
    BY_TRADE = "逐笔", "by the trade"
    COMMISSION = "手续费", "commission"
    TOTAL = "合计", "total"

    # market and time
    MARKET = "市场", "market"
    TRADING_DAY = "交易日", "trading day"
    MARKET_CLOCK = "市场时钟", "market clock"
    SAMPLE_MARKET = "样例行情", "sample market"
    REPLAY = "回放", "replay"
    LIVE = "实盘", "live"

    # the window
    FILE = "文件", "file"
    VIEW = "视图", "view"
    HELP = "帮助", "help"
    LIGHT = "浅色", "light"
    DARK = "深色", "dark"
    QUIT = "退出", "quit"
    ABOUT = "关于", "about"
    RESTORE_LAYOUT = "恢复默认布局", "restore layout"
    FLOAT = "浮动", "float"
    CLOSE_PANEL = "关闭面板", "close panel"
    ALL = "全部", "all"

    # the order ticket

    # orders, trades, events

    # approvals

    # the risk bar and the kill switch

    # strategies
    STRATEGIES = "策略", "strategies"
    ROLL = "移仓", "roll"
    SPREAD = "价差", "spread"
    GRID = "网格", "grid"
    RUNNING = "运行", "running"
    WINDING = "收尾", "winding down"
    PAUSE = "暂停", "pause"
    STOP = "停止", "stop"
    FINISHED = "完成", "finished"
    RESUME = "恢复", "resume"
    CHANGE_STRATEGY = "修改", "change strategy"
    NEW_STRATEGY = "新建", "new"
    START = "启动", "start"
    APPLY_CHANGE = "应用修改", "apply the change"
    SUBMIT_CHECK = "提交复核", "submit for a check"
    DROP_CHANGE = "放弃修改", "drop the change"
    PREVIEW = "预览", "preview"
    USE_MINE = "用我的", "use mine"
    USE_LATEST = "用最新", "use the latest"
    STRATEGY_NAME = "策略名称", "strategy name"
    STRATEGY_VALUE = "总价值", "total value"
    NEAR = "近月合约", "near contract"
    FAR = "远月合约", "far contract"
    ROLL_LOTS = "移仓手数", "lots to roll"
    BATCH_LOTS = "每批手数", "lots per batch"
    TIMING = "移仓时机", "timing"
    COMBINE = "时机组合", "combination of timings"
    PAY_UP = "追价加价", "pay up"
    CHASE_SECONDS = "追价等待", "wait before a chase"
    MAX_CHASES = "最多追价", "most chases"
    NAKED_LOTS = "单腿敞口", "naked lots"
    BATCH_PAUSE = "批间停顿", "pause between batches"
    LEG = "腿", "leg"
    COEFFICIENT = "价格系数", "price coefficient"
    LOTS_PER_SET = "每套手数", "lots per set"
    ACTIVE_LEG = "主动腿", "active leg"
    BUY_AT = "买入价差", "buy spread at"
    SELL_AT = "卖出价差", "sell spread at"
    SETS = "每轮套数", "sets per round"
    MAX_SETS = "最大套数", "most sets"
    HEDGE_SECONDS = "对冲等待", "wait for the hedge"
    ROUND_PAUSE = "轮间停顿", "pause between rounds"
    SPACING = "间距", "spacing"
    ANCHOR = "起始价", "anchor"
    STEP = "步长", "step"
    RATIO = "比例", "ratio"
    LINES = "网格线数", "lines"
    LOTS_PER_LINE = "每格手数", "lots per line"
    STOP_PRICE = "止损价", "stop price"
    LOWER_BOUND = "区间下限", "lower bound"
    UPPER_BOUND = "区间上限", "upper bound"
    OUT_OF_RANGE = "越界处理", "out of range"

    # the link to the runner
