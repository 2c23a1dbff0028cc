"""Say what a strategy is, by its settings, and what it states about itself, by its marks."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from terminal.domain.orders.order import Side
from terminal.domain.parameters.exits import exits_of
from terminal.domain.parameters.own import OwnNumber, OwnSettings
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.parameters.strategy import (
    Combine,
    ExecutionSettings,
    ExecutionStyle,
    GridSettings,
    GridSpacing,
    OutOfRange,
    RollSettings,
    SpreadGrid,
    SpreadLeg,
    SpreadSettings,
    StrategySettings,
)
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.words.amount_text import MINUS, amount_text
from terminal.domain.words.route_terms import ROUTES
from terminal.domain.words.settings import COMBINES, HALVES, STYLES, SWAPS, WORDS, moment, quoting_text
from terminal.domain.words.spot_terms import SpotTerm, spot_side_text
from terminal.domain.words.timings import timing_name
from terminal.engine.sentences.target import target_details, target_title
from terminal.engine.wording import BUY_SELL, LONG_SHORT, OFFSETS, short
from terminal.strategies.grid.ladder import levels, shift_of
from terminal.strategies.spread.lines import level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument

LEAVING = {
    OutOfRange.HOLD: "持仓等待",
    OutOfRange.STOP: "撤单停止、保留持仓",
    OutOfRange.FLATTEN: "平仓后停止",
}


def settings_title(settings: StrategySettings) -> str:
    """Return a strategy in a few words: kind, contracts, size."""
    match settings:
        case RollSettings():
            side = LONG_SHORT[settings.side]
            between = settings.half is not None or settings.far_account is not None
            which = "" if settings.half is None else f"（{HALVES[settings.half]}）"
            kind = f"{'跨账户' if between else ''}移仓"
            return f"{kind} {short(settings.near)} → {short(settings.far)} {side} {settings.lots} 手{which}"
        case SpreadSettings():
            if settings.conversion is not None:
                return f"{SWAPS[settings.conversion.verb]} {conversion_legs(settings)}"
            # With their sides: the form's legs may be out of sight when a person reads what is about to start.
            legs = "、".join(
                f"{'买' if leg.lots > 0 else '卖'} {short(leg.instrument)}" for leg in settings.legs if leg.lots
            )
            if settings.grid is not None:
                side, each = LONG_SHORT[settings.grid.side], f"{settings.grid.lines} 条线 × {settings.sets} 套"
                return f"{side}{grid_kind(settings)} {legs} {each}"
            kind, theirs = _with_spot(settings)
            return f"{kind} {legs}{theirs} 最多 {settings.max_sets} 套"
        case OwnSettings():
            return f"自编“{settings.title}” {own_contracts(settings)}"
        case GridSettings():
            side = LONG_SHORT[settings.side]
            return f"{side}网格 {short(settings.instrument)} {settings.lines} 条线 × {settings.lots_per_line} 手"
        case ExecutionSettings():
            what = f"{BUY_SELL[settings.side]}{OFFSETS[settings.offset]}"
            return f"{STYLES[settings.style]} {what} {short(settings.instrument)} {settings.total_lots} 手"
        case TargetSettings():
            return target_title(settings)
        case _:
            assert_never(settings)


def settings_details(settings: StrategySettings, instruments: Mapping[InstrumentId, Instrument]) -> tuple[str, ...]:
    """Return what a person must read before starting a strategy, a sentence each."""
    match settings:
        case RollSettings():
            return _roll(settings)
        case SpreadSettings():
            return _spread(settings)
        case OwnSettings():
            return _own(settings)
        case GridSettings():
            return _grid(settings, instruments[settings.instrument])
        case ExecutionSettings():
            return _execution(settings)
        case TargetSettings():
            return target_details(settings)
        case _:
            assert_never(settings)


def _roll(settings: RollSettings) -> tuple[str, ...]:
    batches = -(-settings.lots // settings.batch_lots)
    together = COMBINES[settings.combine]
    if settings.combine is Combine.WEIGHTED:
        together += f" {settings.needed_weight}"
    names = [timing_name(timing) for timing in settings.timings]
    if settings.weights:
        names = [f"{name} 权重 {weight}" for name, weight in zip(names, settings.weights, strict=True)]
    return (
        f"{settings.lots:,} 手分 {batches:,} 批，每批 {settings.batch_lots:,} 手",
        f"批间停 {settings.batch_pause_seconds} 秒",
        f"时机（{together}）：{'；'.join(names)}",
        f"单腿敞口不超过 {settings.naked_lots} 手；{settings.chase_seconds} 秒不成交追价 {settings.pay_up_ticks} 跳",
    )


def conversion_legs(settings: SpreadSettings) -> str:
    """Return what a conversion trades in all, leg by leg."""
    return "、".join(
        f"{'买' if leg.lots > 0 else '卖'}{'平' if leg.closes else '开'} {short(leg.instrument)} "
        f"{abs(leg.lots) * settings.max_sets} 手"
        for leg in settings.legs
    )


def _conversion(settings: SpreadSettings) -> tuple[str, ...]:
    lead = next(leg for leg in settings.legs if leg.active)
    price = " ".join(
        f"{'+' if leg.coefficient > 0 else MINUS} {factor}{short(leg.instrument)}"
        for leg in settings.legs
        for factor in [f"{amount_text(abs(leg.coefficient))} × " if abs(leg.coefficient) != 1 else ""]
    )
    return (
        f"限价：{price} ≤ {amount_text(settings.buy_at)} 才换",
        f"先动 {short(lead.instrument)}，其余跟上；单腿敞口不超过 {settings.naked_lots} 手；换完即结束，不再反向",
    )


def _spread(settings: SpreadSettings) -> tuple[str, ...]:
    if settings.conversion is not None:
        return _conversion(settings)
    legs = "，".join(_leg(leg, settings) for leg in settings.legs)
    if settings.grid is not None:
        return (f"买一套：{legs}", *_spread_grid(settings, settings.grid))
    return (
        f"买一套：{legs}",
        f"价差 ≤ {amount_text(settings.buy_at)} 买入，≥ {amount_text(settings.sell_at)} 卖出",
        *(() if settings.quoting is None else (f"主动腿{quoting_text(settings.quoting)}",)),
        *(() if settings.route is SpreadRoute.SYNTHETIC else (f"{WORDS['route']}：{ROUTES[settings.route]}",)),
        *exit_texts(settings),
        *(() if settings.spot_side is None else (spot_side_text(settings.spot_side),)),
        f"每轮 {settings.sets} 套，最多持有 {settings.max_sets} 套；单腿敞口不超过 {settings.naked_lots} 手",
    )


def exit_texts(settings: SpreadSettings) -> tuple[str, ...]:
    """Return the exits of each side of a spread in words; none where it has none."""
    found = []
    for direction, what, sells in ((1, "买入后", "卖价"), (-1, "卖出后", "买价")):
        exits = exits_of(settings, direction)
        signs = "≤≥" if direction > 0 else "≥≤"
        said = [
            f"{sign} {amount_text(price)} {word}"
            for price, sign, word in zip(exits, signs, ("止损", "止盈"), strict=True)
            if price is not None
        ]
        if said:
            found.append(f"{what}价差的平仓{sells} {'，'.join(said)}，平完结束")
    return tuple(found)


def signed_lots(lots: int) -> str:
    """Return net lots as people read them.

    >>> [signed_lots(lots) for lots in (3, 0, -2)]
    ['多 3 手', '空仓', '空 2 手']
    """
    return f"{'多' if lots > 0 else '空'} {abs(lots)} 手" if lots else "空仓"


def residual_text(settings: SpreadSettings, residual: Sequence[Decimal]) -> str:
    """Return what each leg has short of its exact ratio, or over, in parts of a lot; "" where nothing is.

    >>> from terminal.domain.ids import AccountId, InstrumentId
    >>> legs = [SpreadLeg(instrument=InstrumentId(one), coefficient=Decimal(-1), lots=-1) for one in ("i2509", "j2509")]
    >>> one = SpreadSettings(account=AccountId("A"), legs=tuple(legs), buy_at=Decimal(1), sell_at=Decimal(2))
    >>> residual_text(one, (Decimal("-0.92"), Decimal("0.15")))
    'i2509 缺卖 0.92 手、j2509 缺买 0.15 手'
    """
    return "、".join(
        f"{short(leg.instrument)} 缺{'买' if lots > 0 else '卖'} {amount_text(abs(round(lots, 2)))} 手"
        for leg, lots in zip(settings.legs, residual, strict=False)
        if lots
    )


def grid_kind(settings: SpreadSettings) -> str:
    """Return what a grid's price is: a basis where one leg is only looked at, else a spread."""
    return "价差网格" if all(leg.lots for leg in settings.legs) else "基差网格"


def _at_stop(grid: GridSettings | SpreadGrid) -> str:
    return "，到止损也只停止、不平" if grid.out_of_range is OutOfRange.STOP else ""


def _spread_grid(settings: SpreadSettings, grid: SpreadGrid) -> tuple[str, ...]:
    what, ends = grid_kind(settings)[:2], [amount_text(level(settings, grid, line)) for line in (1, grid.lines)]
    follows = ""
    if grid.trail_to is not None:
        follows = f"，空仓时随{what}移动，首线止盈最远到 {amount_text(grid.trail_to)}"
    return (
        f"等差 {grid.lines} 条线：{what} {ends[0]} 至 {ends[1]}，每条 {settings.sets} 套，共 {settings.max_sets} 套",
        f"首线止盈 {amount_text(level(settings, grid, 0))}，止损 {amount_text(grid.stop)}{_at_stop(grid)}",
        f"区间 {amount_text(grid.lower)} 至 {amount_text(grid.upper)}，离开后{LEAVING[grid.out_of_range]}{follows}",
        f"单腿敞口不超过 {settings.naked_lots} 手；启动时{what}已经走过的线立即建",
    )


def _with_spot(settings: SpreadSettings) -> tuple[str, str]:
    # What a spread is called, and what people trade of it.
    what = "价差" if settings.spot_side is None else str(SpotTerm.SPOT_SPREAD)
    spot = next((leg for leg in settings.legs if not leg.lots), None)
    if settings.spot_side is None or spot is None:
        return what, ""
    verb = "买" if spot.coefficient > 0 else "卖"
    weight = amount_text(settings.spot_side.tonnes)
    return what, f"、人工{verb}现货 {short(spot.instrument)} 每套 {weight} 吨"


def _leg(leg: SpreadLeg, settings: SpreadSettings) -> str:
    if not leg.lots and settings.spot_side is not None:
        verb = "买" if leg.coefficient > 0 else "卖"
        return f"{verb}现货 {short(leg.instrument)} {amount_text(settings.spot_side.tonnes)} 吨（由人成交）"
    if not leg.lots:
        sign = "加" if leg.coefficient > 0 else "减"
        return f"{sign} {short(leg.instrument)}（只看价，不交易）"
    active = "（主动腿）" if leg.active else ""
    return f"{'买' if leg.lots > 0 else '卖'} {short(leg.instrument)} {abs(leg.lots)} 手{active}"


def _grid(settings: GridSettings, instrument: Instrument) -> tuple[str, ...]:
    ladder = levels(settings, instrument.tick)
    entries = [amount_text(instrument.price(level)) for level in ladder[1:]]
    spacing = "等差" if settings.spacing is GridSpacing.ARITHMETIC else "等比"
    lots = settings.lines * settings.lots_per_line
    lines = f"{spacing} {settings.lines} 条线：{entries[0]} 至 {entries[-1]}，每条 {settings.lots_per_line} 手"
    bounds = f"{amount_text(settings.lower)} 至 {amount_text(settings.upper)}"
    follows = ""
    if settings.trail_to is not None:
        follows = f"，空仓时随价格移动，起始价最远到 {amount_text(settings.trail_to)}"
    shift = shift_of(settings)
    moved = (
        f"；格距是按起始价 {amount_text(settings.anchor - shift)} 定的，整体移动了 {amount_text(shift)} 元"
        if shift
        else ""
    )
    return (
        f"{lines}，全部成交 {lots} 手{moved}",
        f"首线止盈 {amount_text(instrument.price(ladder[0]))}，止损 {amount_text(settings.stop)}{_at_stop(settings)}",
        f"区间 {bounds}，离开后{LEAVING[settings.out_of_range]}{follows}",
    )


def _own(settings: OwnSettings) -> tuple[str, ...]:
    numbers = "、".join(number_text(one) for one in settings.numbers) or "没有参数"
    beside, most = "", f"{settings.max_lots} 手"
    if settings.rest:
        beside = "（各合约都有新的买卖价时一起取）"
        most = "、".join(f"{short(one.instrument)} {one.max_lots} 手" for one in settings.contracts if one.max_lots)
    return (
        f"代码 {settings.code}（{settings.sha256[:8]}）：{numbers}",
        f"每 {settings.sample_seconds} 秒取一个中间价{beside}，最多看 {settings.window} 个",
        f"最多持多或持空 {most}；{settings.chase_seconds} 秒不成交追价 {settings.pay_up_ticks} 跳",
    )


def own_contracts(settings: OwnSettings) -> str:
    """Return the contracts of one's own rule with the most lots of each, and which of them it only sees."""
    traded = "、".join(f"{short(one.instrument)} 最多 {one.max_lots} 手" for one in settings.contracts if one.max_lots)
    seen = "、".join(short(one.instrument) for one in settings.contracts if not one.max_lots)
    return f"{traded}，看 {seen}" if seen else traded


def number_text(one: OwnNumber) -> str:
    """Return a number of one's own strategy with its title and unit."""
    return f"{one.title} {amount_text(one.value)} {one.unit}".strip()


def _execution(settings: ExecutionSettings) -> tuple[str, ...]:
    worst = "最高" if settings.side is Side.BUY else "最低"
    cap = settings.participation_percent
    share = "" if cap is None else f"；每个交易日不超过市场成交量的 {cap}%"
    how = {
        ExecutionStyle.TWAP: f"每 {settings.slice_seconds} 秒（连续交易时间）一片，按对手价报",
        ExecutionStyle.VWAP: f"每 {settings.slice_seconds} 秒一片，手数按{WORDS['curve']}（已归一），按对手价报",
        ExecutionStyle.ICEBERG: f"每次只显示 {settings.shown_lots} 手，挂在限价，成交完才再显示",
        ExecutionStyle.BEST: f"全部挂在本方最优价，每次追价多走一跳，最多 {settings.max_pay_up_ticks} 跳",
    }[settings.style]
    window = f"{moment(settings.begins_at)} 至 {moment(settings.ends_at)}"
    return (
        f"{window}，{worst} {amount_text(settings.limit)}，到时未成的不再追",
        f"{how}{share}",
        f"{settings.chase_seconds} 秒不成交、价格走开才追价，全程最多 {settings.max_chases} 次",
    )
