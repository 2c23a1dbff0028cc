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
    ORDER_TICKET = "下单", "order ticket"
    BUY = "买", "buy"
    SELL = "卖", "sell"
    BUY_SELL = "买卖", "buy or sell"
    OFFSET = "开平", "offset"
    OPEN = "开", "open"
    CLOSE = "平", "close"
    CLOSE_TODAY = "平今", "close today"
    CLOSE_YESTERDAY = "平昨", "close yesterday"
    PRICE = "价格", "price"
    PRICE_MODE = "价格方式", "price mode"
    FIXED_PRICE = "指定价", "fixed price"
    COUNTER_PRICE = "对手价", "counterparty price"
    QUEUE_PRICE = "排队价", "queue price"
    TIME_CONDITION = "有效期", "time condition"
    GOOD_FOR_DAY = "当日有效", "good for day"
    FILL_AND_KILL = "即成剩撤", "fill and kill"
    FILL_OR_KILL = "全成或撤", "fill or kill"
    CONTRACT_VALUE = "合约价值", "contract value"
    SEND = "发送", "send"
    SUBMIT_FOR_APPROVAL = "提交复核", "submit for approval"
    TAKE_OVER = "接管", "take over"
    DRAFTS = "草稿", "drafts"
    SAVE_DRAFT = "存草稿", "save draft"
    REMOVE_DRAFT = "删除草稿", "remove draft"
    UNDO = "撤销", "undo"
    MAY_BE_SENT = "可以发送", "may be sent"
    REMINDED = "提醒", "reminded"
    NEEDS_APPROVAL = "需复核", "needs approval"
    OPENING_LOCKED = "限制开仓", "opening locked"
    DENIED = "拒绝", "denied"
    SHFE = "上期所", "shanghai futures exchange"
    INE = "能源中心", "shanghai international energy exchange"
    DCE = "大商所", "dalian commodity exchange"
    CZCE = "郑商所", "zhengzhou commodity exchange"
    GFEX = "广期所", "guangzhou futures exchange"
    CFFEX = "中金所", "china financial futures exchange"

    # orders, trades, events
    ORDERS_AND_EVENTS = "委托与事件", "orders and events"
    WORKING_ORDERS = "全部挂单", "working orders"
    ORDERS = "委托", "orders"
    TRADES = "成交", "trades"
    EVENTS = "事件", "events"
    SOURCE = "来源", "source"
    ORDER_PRICE = "委托价", "order price"
    FILLED_LOTS = "已成", "filled lots"
    STATE = "状态", "state"
    NOTE = "说明", "note"
    TRADE_PRICE = "成交价", "trade price"
    TRADE_NUMBER = "成交编号", "trade number"
    CONTENT = "内容", "content"
    RECORDED = "已登记", "recorded"
    SENT = "已发出", "sent"
    RESTING = "排队中", "resting"
    PARTLY_FILLED = "部分成交", "partly filled"
    FILLED = "全部成交", "filled"
    CANCELLING = "撤单中", "cancelling"
    CANCELLED = "已撤单", "cancelled"
    EXPIRED = "已失效", "expired"
    REJECTED = "被拒单", "rejected"
    STATE_UNKNOWN = "状态不明", "state unknown"
    NEVER_SENT = "未发出", "never sent"
    CANCEL = "撤单", "cancel"
    CANCEL_INSTRUMENT = "撤本合约", "cancel instrument"
    CANCEL_EVERYTHING = "全撤", "cancel everything"

    # approvals
    APPROVALS = "复核", "approvals"
    WAITING = "待复核", "waiting"
    DECIDED = "已处理", "decided"
    APPROVE = "批准", "approve"
    REJECT = "驳回", "reject"
    WITHDRAW = "撤回", "withdraw"
    TIME_LEFT = "剩余时间", "time left"
    APPROVAL_CONTENT = "复核内容", "what waits"
    APPROVAL_OUTCOME = "复核结果", "outcome of an approval"
    MAKER = "制单人", "maker"
    CHECKER = "复核人", "checker"
    DRIFT = "价格漂移", "price drift"
    WHY_STOPPED = "停下的原因", "why it stopped"
    BEFORE_AFTER = "执行前 → 执行后", "before → after"
    REASON_PRICE = "价格不合适", "price unsuitable"
    REASON_LOTS = "手数过大", "too many lots"
    REASON_PLAN = "与套保计划不符", "outside the hedge plan"
    REASON_TIMING = "时机不合适", "bad timing"
    REASON_OTHER = "其他原因", "other reason"

    # the risk bar and the kill switch
    RISK_BAR = "告警条", "risk bar"
    RED = "红色", "red"
    ORANGE = "橙色", "orange"
    YELLOW = "黄色", "yellow"
    SEE_ALL = "查看全部", "see all"
    ALL_ALERTS = "全部告警", "all alerts"
    ACKNOWLEDGE = "确认", "acknowledge"
    FOLD = "收起", "fold"
    UNFOLD = "展开", "unfold"
    KILL = "一键停止", "kill switch"
    KILL_SCOPE = "停止范围", "scope of the kill switch"
    EVERY_ACCOUNT = "全部账户", "every account"
    RELEASE = "解除", "release"

    # strategies

    # the link to the runner
    RUNNER = "运行器", "runner"
    GATEWAY = "交易通道", "gateway"
    OFFLINE = "离线", "offline"
    HOLDER = "持有人", "holder"
    TAKE_ACCOUNT = "接管", "take over"
    ROLE_VIEWER = "只读", "viewer"
    ROLE_TRADER = "交易员", "trader"
    ROLE_CHECKER = "复核员", "checker's role"
    ROLE_RISK = "风控员", "risk officer"
    ROLE_ADMIN = "管理员", "administrator"
