"""Name the parameters of strategies for people, and say where two settings of one kind differ."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final, assert_never

from msgspec import UnsetType

from terminal.domain.days.calendar import show
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.parameters.strategy import (
    Combine,
    Conversion,
    ExecutionSettings,
    ExecutionStyle,
    GridSettings,
    GridSpacing,
    Half,
    OutOfRange,
    SpreadGrid,
    SpreadSettings,
    StrategySettings,
    Swap,
)
from terminal.domain.parameters.target import Aim, BasisTable, FactorScore, FixedBand, TargetMode
from terminal.domain.words.amount_text import MINUS, amount_text
from terminal.domain.words.elements import NONE, element_text
from terminal.domain.words.execution_terms import ExecutionTerm
from terminal.domain.words.exit_terms import ExitTerm
from terminal.domain.words.quoting_terms import QuotingTerm
from terminal.domain.words.route_terms import ROUTES, RouteTerm
from terminal.domain.words.spot_terms import SpotTerm, spot_side_text
from terminal.domain.words.target import BY_TONNES, NET_OF_VAT, source_text
from terminal.domain.words.target_terms import TargetTerm
from terminal.domain.words.terms import Term

# Term and unit of every field that is one value, by its name in the settings; each kind's in the order of its form.
CAPTIONS: Final = {
    "near": (Term.NEAR, ""),
    "far": (Term.FAR, ""),
    "side": (Term.SIDE, ""),
    "lots": (Term.ROLL_LOTS, "手"),
    "batch_lots": (Term.BATCH_LOTS, "手"),
    "combine": (Term.COMBINE, ""),
    "strategies": (Term.TAKEN_ALONG, ""),
    "far_account": (Term.FAR_ACCOUNT, ""),
    "needed_weight": (Term.NEEDED_WEIGHT, ""),
    "hedge_flag": (Term.HEDGE_FLAG, ""),
    "pay_up_ticks": (Term.PAY_UP, "跳"),
    "chase_seconds": (Term.CHASE_SECONDS, "秒"),
    "max_chases": (Term.MAX_CHASES, "次"),
    "naked_lots": (Term.NAKED_LOTS, "手"),
    "batch_pause_seconds": (Term.BATCH_PAUSE, "秒"),
    # spread
    "buy_at": (Term.BUY_AT, "元"),
    "sell_at": (Term.SELL_AT, "元"),
    "sets": (Term.SETS, "套"),
    "max_sets": (Term.MAX_SETS, "套"),
    "hedge_seconds": (Term.HEDGE_SECONDS, "秒"),
    "pause_seconds": (Term.ROUND_PAUSE, "秒"),
    "max_loss_yuan": (Term.MAX_LOSS, "元"),
    "residual_yuan": (Term.RESIDUAL_LIMIT, "元"),
    "grid": (Term.GRID, ""),
    "quoting": (QuotingTerm.QUOTING, ""),
    "route": (RouteTerm.ROUTE, ""),
    "tolerance_ticks": (QuotingTerm.TOLERANCE_TICKS, "跳"),
    "reach_ticks": (QuotingTerm.REACH_TICKS, "跳"),
    "rest_seconds": (QuotingTerm.REST_SECONDS, "秒"),
    "max_cancels": (QuotingTerm.MAX_CANCELS, "次"),
    "long_stop": (ExitTerm.LONG_STOP, "元"),
    "long_take_profit": (ExitTerm.LONG_TAKE_PROFIT, "元"),
    "short_stop": (ExitTerm.SHORT_STOP, "元"),
    "short_take_profit": (ExitTerm.SHORT_TAKE_PROFIT, "元"),
    "spot_side": (SpotTerm.SPOT_SIDE, ""),
    "tonnes": (SpotTerm.TONNES_PER_SET, "吨"),
    "tax": (SpotTerm.SPOT_TAX, ""),
    "alert_minutes": (SpotTerm.ALERT_MINUTES, "分钟"),
    "financing_percent": (SpotTerm.FINANCING, "%"),
    "storage_yuan": (SpotTerm.STORAGE, "元"),
    # conversion: the form's own fields, of which its legs are made
    "verb": (Term.CONVERT, ""),
    "to_future": (Term.CONVERSION_WAY, ""),
    "option": (Term.OPTION, ""),
    "option_side": (Term.SIDE, ""),
    "option_lots": (Term.LOTS, "手"),
    "future_lots": (Term.FUTURE_LOTS, "手"),
    "limit": (Term.PRICE_LIMIT, "元"),
    "rate": (Term.RISK_FREE_RATE, "%"),
    # grid
    "instrument": (Term.INSTRUMENT, ""),
    "spacing": (Term.SPACING, ""),
    "anchor": (Term.ANCHOR, "元"),
    "step": (Term.STEP, "元"),
    "ratio": (Term.RATIO, "倍"),
    "lines": (Term.LINES, "条"),
    "lots_per_line": (Term.LOTS_PER_LINE, "手"),
    "stop": (Term.STOP_PRICE, "元"),
    "lower": (Term.LOWER_BOUND, "元"),
    "upper": (Term.UPPER_BOUND, "元"),
    "out_of_range": (Term.OUT_OF_RANGE, ""),
    "trail_to": (Term.TRAIL_TO, "元"),
    # own
    "code": (Term.OWN_CODE, ""),
    "max_lots": (Term.MAX_HELD, "手"),
    # execution
    "style": (ExecutionTerm.EXECUTION_STYLE, ""),
    "offset": (Term.OFFSET, ""),
    "total_lots": (ExecutionTerm.TOTAL_LOTS, "手"),
    "begins_at": (ExecutionTerm.WINDOW_BEGINS, ""),
    "ends_at": (ExecutionTerm.WINDOW_ENDS, ""),
    "slice_seconds": (ExecutionTerm.SLICE_SECONDS, "秒"),
    "curve": (ExecutionTerm.VOLUME_CURVE, ""),
    "shown_lots": (ExecutionTerm.SHOWN_LOTS, "手"),
    "max_pay_up_ticks": (ExecutionTerm.MOST_PAY_UP, "跳"),
    "participation_percent": (ExecutionTerm.PARTICIPATION, "%"),
    # target; of its source the form's own fields
    "group": (TargetTerm.HEDGE_GROUP, ""),
    "mode": (TargetTerm.TARGET_MODE, ""),
    "aim": (TargetTerm.AIM, ""),
    "most_lots": (TargetTerm.MOST_LOTS, "手"),
    "go": (TargetTerm.AGREED, "号"),
    "tax_adjusted": (TargetTerm.TAX_BASIS, ""),
    "vat_percent": (TargetTerm.VAT, "%"),
    "source_kind": (TargetTerm.RATIO_SOURCE, ""),
    "low": (Term.LOWER_BOUND, "%"),
    "high": (Term.UPPER_BOUND, "%"),
    "spot": (Term.SPOT, ""),
    "rows": (TargetTerm.RULE_ROWS, ""),
    "factors": (TargetTerm.FACTORS, ""),
    "lowest": (TargetTerm.LOWEST_RATIO, "%"),
    "highest": (TargetTerm.HIGHEST_RATIO, "%"),
    "days": (TargetTerm.FACTOR_DAYS, "日"),
    "stock": (TargetTerm.STOCK_SERIES, ""),
    "tolerance": (TargetTerm.TOLERANCE, "%"),
    "sample_seconds": (TargetTerm.SAMPLE_SECONDS, "秒"),
    "window": (TargetTerm.WINDOW, "个"),
    "at_least": (TargetTerm.WARM_UP, "个"),
}
WORDS: Final = {
    **{name: str(term) for name, (term, _) in CAPTIONS.items()},
    "account": str(Term.ACCOUNT),
    "legs": "各腿",
    "conversion": str(Term.CONVERT),
    "timings": str(Term.TIMING),
    "numbers": str(Term.OWN_NUMBERS),
    "sha256": "代码的哈希",
    "title": "代码的名称",
    "weights": str(Term.WEIGHT),
    "source": str(TargetTerm.RATIO_SOURCE),
    "half": str(Term.HALF),
    "before": "移仓之前的合约",
    "others": "其余合约",
    "shifted": "等比各线已平移",
}

# The choices of the enumerated fields, as forms, previews and cards all say them.
POSITION_SIDES: Final = {Side.BUY: "多头", Side.SELL: "空头"}
ORDER_SIDES: Final = {Side.BUY: "买入", Side.SELL: "卖出"}
OFFSETS: Final = {Offset.OPEN: "开仓", Offset.CLOSE: "平仓"}
GRID_SIDES: Final = {Side.BUY: "做多", Side.SELL: "做空"}
FLAGS: Final = {
    HedgeFlag.SPECULATION: str(Term.SPECULATION),
    HedgeFlag.ARBITRAGE: str(Term.ARBITRAGE),
    HedgeFlag.HEDGE: str(Term.HEDGE),
}
COMBINES: Final = {
    Combine.ANY: "任一满足",
    Combine.ALL: "全部满足",
    Combine.WEIGHTED: "权重之和达到",
    Combine.SWITCH: "自动切换",
}
SPACINGS: Final = {GridSpacing.ARITHMETIC: "等差", GridSpacing.GEOMETRIC: "等比"}
STYLES: Final = {
    ExecutionStyle.TWAP: "TWAP（等时）",
    ExecutionStyle.VWAP: "VWAP（按量）",
    ExecutionStyle.ICEBERG: "冰山",
    ExecutionStyle.BEST: "最优限价",
}
MODES: Final = {TargetMode.PROPOSE: "只给建议", TargetMode.EXECUTE: "自动执行"}
AIMS: Final = {Aim.EDGE: "最近的边", Aim.CENTRE: "中间"}
OUTSIDE: Final = {OutOfRange.HOLD: "持有等待", OutOfRange.STOP: "撤单停止", OutOfRange.FLATTEN: "平仓停止"}


class Way(StrEnum):
    """Say what a conversion makes of what is held."""

    TO_FUTURE = "TO_FUTURE"
    TO_OPTION = "TO_OPTION"


class SourceKind(StrEnum):
    """Say where a target's ratio comes from, by the tag of its source."""

    FIXED = "fixed"
    BASIS_TABLE = "basis_table"
    FACTORS = "factors"


SOURCES: Final = {SourceKind.FIXED: "固定区间", SourceKind.BASIS_TABLE: "基差分位表", SourceKind.FACTORS: "多因子打分"}


class TaxBasis(StrEnum):
    """Say what a target's ratio is a share of."""

    TONNES = "TONNES"
    NET = "NET"


TAX_BASES: Final = {TaxBasis.TONNES: BY_TONNES, TaxBasis.NET: f"{NET_OF_VAT}（÷ (1 + 税率)）"}


class GridWay(StrEnum):
    """Say whether a spread is a grid, and which way."""

    NONE = "NONE"
    LONG = "LONG"
    SHORT = "SHORT"


GRID_WAYS: Final = {GridWay.NONE: "不做网格", GridWay.LONG: "做多", GridWay.SHORT: "做空"}


class ActiveOrders(StrEnum):
    """Say how the active leg of a spread comes to its lots."""

    TAKE = "TAKE"
    QUOTE = "QUOTE"


ACTIVE_ORDERS: Final = {ActiveOrders.TAKE: "按对手价成交", ActiveOrders.QUOTE: "挂单等成交"}
WAYS: Final = {Way.TO_FUTURE: "期权换成期货", Way.TO_OPTION: "期货换成期权"}
SWAPS: Final = {
    Swap.SYNTHETIC: str(Term.SYNTHETIC_SWAP),
    Swap.DELTA: str(Term.DELTA_SWAP),
    Swap.PROTECTIVE: str(Term.PROTECTIVE_SWAP),
}
HALVES: Final = {Half.NEAR: "平近月的一半", Half.FAR: "开远月的一半"}
Choice = (
    Side
    | HedgeFlag
    | Combine
    | GridSpacing
    | OutOfRange
    | ExecutionStyle
    | Offset
    | TargetMode
    | Aim
    | Half
    | SpreadRoute
)
FAR: Final = 4_102_444_800_000_000_000  # UTC ns of 2100: no window ends as late
MOMENTS: Final = frozenset({"begins_at", "ends_at"})  # UTC ns, said as Shanghai time


def choice(settings: StrategySettings, value: Choice) -> str:
    """Return an enumerated field's value as people read it."""
    match value:
        case Side():
            return _side(settings, value)
        case HedgeFlag():
            return FLAGS[value]
        case Combine():
            return COMBINES[value]
        case GridSpacing():
            return SPACINGS[value]
        case OutOfRange():
            return OUTSIDE[value]
        case ExecutionStyle():
            return STYLES[value]
        case Offset():
            return OFFSETS.get(value, value.value)
        case TargetMode():
            return MODES[value]
        case Aim():
            return AIMS[value]
        case Half():
            return HALVES[value]
        case SpreadRoute():
            return ROUTES[value]
        case _:
            assert_never(value)


def _side(settings: StrategySettings, side: Side) -> str:
    match settings:
        case GridSettings():
            return GRID_SIDES[side]
        case ExecutionSettings():
            return ORDER_SIDES[side]
        case _:
            return POSITION_SIDES[side]


def moment(at: int) -> str:
    """Return an instant of the settings as Shanghai time, to the second; "" for none.

    >>> moment(1597988700_000000000)
    '2020-08-21 13:45:00'
    """
    return show(at)[:19] if 0 < at < FAR else str(at or "")


def differing(one: StrategySettings, other: StrategySettings) -> tuple[str, ...]:
    """Return the names of the fields in which two settings of one kind differ, in their order."""
    return tuple(name for name in one.__struct_fields__ if getattr(one, name) != getattr(other, name))


def grid_text(grid: SpreadGrid) -> str:
    """Return a spread's grid in a line: its way, lines, stop, bounds and what leaving them does.

    >>> bounds = {"stop": Decimal(-5), "lower": Decimal(0), "upper": Decimal("12.5")}
    >>> grid_text(SpreadGrid(side=Side.BUY, lines=4, **bounds))
    '做多 4 条线，止损价 −5，区间 0 至 12.5，持有等待'
    """
    stop, lower, upper = (f"{one:f}".replace("-", MINUS) for one in (grid.stop, grid.lower, grid.upper))
    follows = "" if grid.trail_to is None else f"，{Term.TRAIL_TO} {f'{grid.trail_to:f}'.replace('-', MINUS)}"
    lines = f"{GRID_SIDES[grid.side]} {grid.lines} 条线，{Term.STOP_PRICE} {stop}"
    return f"{lines}，区间 {lower} 至 {upper}，{OUTSIDE[grid.out_of_range]}{follows}"


def quoting_text(quoting: SpreadQuoting) -> str:
    """Return in a line how the active leg quotes.

    >>> quoting_text(SpreadQuoting())
    '挂单等成交，容差 1 跳，最远 10 跳，至少挂 10 秒，每日最多撤 100 次'
    """
    how = f"容差 {quoting.tolerance_ticks} 跳，最远 {quoting.reach_ticks} 跳，至少挂 {quoting.rest_seconds} 秒"
    return f"{ACTIVE_ORDERS[ActiveOrders.QUOTE]}，{how}，每日最多撤 {quoting.max_cancels} 次"


def shown(settings: StrategySettings, name: str) -> str:
    """Return a field's value as people read it, whole: what of it differs, `differences` says."""
    value = getattr(settings, name)
    if isinstance(value, tuple):
        return "；".join(element_text(one) for one in value) or NONE
    if isinstance(value, Conversion):
        return f"{SWAPS[value.verb]}，{Term.RISK_FREE_RATE} {amount_text(value.rate * 100)}%"
    if isinstance(value, FixedBand | BasisTable | FactorScore):
        return source_text(value)
    if isinstance(value, SpreadGrid):
        return grid_text(value)
    if isinstance(value, SpreadQuoting):
        return quoting_text(value)
    if name == "tax_adjusted":
        return TAX_BASES[TaxBasis.NET if value else TaxBasis.TONNES]
    if name == "spot_side" and isinstance(settings, SpreadSettings):
        return spot_side_text(settings.spot_side)
    if name == "quoting":
        return ACTIVE_ORDERS[ActiveOrders.TAKE]
    if isinstance(value, Choice):  # before numbers: most of them are numbered
        return choice(settings, value)
    if name in MOMENTS:
        return moment(value)
    if isinstance(value, Decimal | int):
        figure = f"{value:f}" if isinstance(value, Decimal) else str(value)
        return f"{figure.replace('-', MINUS)} {CAPTIONS[name][1] if name in CAPTIONS else '元'}".rstrip()
    return "未设" if value is None or isinstance(value, UnsetType) else str(value)
