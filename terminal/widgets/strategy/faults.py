"""Say, field by field and as one types, what is wrong with settings and what to do.

The runner's own checks decide; these say the same earlier and at the right field. A test holds them against each other:
settings without a fault here pass there, and settings that fail there have a fault here. Where one number is wrong
against another, the sentence stands at the one a person is likelier to change.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, assert_never

from terminal.domain.orders.order import Side
from terminal.domain.parameters.exits import exit_faults
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.quoting import quoting_faults
from terminal.domain.parameters.spot_side import spot_side_faults
from terminal.domain.parameters.strategy import (
    Combine,
    ExecutionSettings,
    GridSettings,
    GridSpacing,
    RollSettings,
    Slices,
    SpreadGrid,
    SpreadSettings,
    StrategySettings,
    legs_fault,
)
from terminal.domain.parameters.target import TargetSettings, source_fault, tax_fault
from terminal.domain.products.conversion import rate_fault
from terminal.domain.words.route_terms import route_fault
from terminal.domain.words.terms import Term
from terminal.domain.words.timings import timing_fault
from terminal.strategies.execution.check import execution_faults
from terminal.strategies.grid.ladder import raw_level
from terminal.widgets.strategy.words import exact

if TYPE_CHECKING:
    from collections.abc import Collection

    from terminal.domain.ids import InstrumentId

MOST_LINES: Final = 200

Faults = dict[str, str]


def faults_of(settings: StrategySettings, listed: Collection[InstrumentId]) -> Faults:
    """Return what is wrong by field name (`timings.0`, `legs.1` for rows); `listed` are the market's contracts."""
    match settings:
        case RollSettings():
            return _roll(settings, listed)
        case SpreadSettings():
            return _spread(settings, listed) if settings.conversion is None else _conversion(settings, listed)
        case GridSettings():
            return _grid(settings, listed)
        case OwnSettings():
            return _own(settings, listed)
        case ExecutionSettings():
            return _execution(settings, listed)
        case TargetSettings():
            return _target(settings, listed)
        case _:
            assert_never(settings)


def _contract(instrument: InstrumentId, listed: Collection[InstrumentId]) -> str:
    if not instrument:
        return "还没有合约，请选择一个。" if listed else "正在取回合约…"
    return "" if instrument in listed else "合约不在行情中，请另选一个。"


def _at_least(faults: Faults, settings: StrategySettings, least: int, names: tuple[str, ...]) -> None:
    for name in names:
        if getattr(settings, name) < least:
            faults[name] = f"应至少为 {least}，请改大。" if least else "不能为负，请改为 0 或正数。"


# --- roll ------------------------------------------------------------------------------------------------------


def _roll(settings: RollSettings, listed: Collection[InstrumentId]) -> Faults:
    faults: Faults = {}
    for name in ("near", "far"):
        wrong = _contract(getattr(settings, name), listed)
        if wrong:
            faults[name] = wrong
    if settings.far and settings.near == settings.far:
        faults["far"] = "与近月是同一合约，请选更远的合约。"
    if settings.far_account == settings.account:
        faults["far_account"] = "与近月的账户相同，请选“同一账户”或另一个。"
    elif settings.far_account is not None and settings.strategies:
        faults["strategies"] = "跨账户移仓不能带随移策略，请清空，或在同一账户移。"
    _at_least(faults, settings, 1, ("lots", "batch_lots", "naked_lots", "chase_seconds", "max_chases"))
    _at_least(faults, settings, 0, ("pay_up_ticks", "batch_pause_seconds"))
    if not settings.timings:
        faults["timings"] = "还没有移仓时机，请至少添加一个。"
    for place, timing in enumerate(settings.timings):
        wrong = timing_fault(timing)
        if wrong:
            faults[f"timings.{place}"] = wrong
    if sum(isinstance(timing, Slices) for timing in settings.timings) > 1:
        faults["timings"] = "分批日程只能有一个，请移除其余的。"
    _weights(faults, settings)
    return faults


def _weights(faults: Faults, settings: RollSettings) -> None:
    if settings.combine is not Combine.WEIGHTED:
        if settings.weights:
            faults["combine"] = "只有加权组合才用权重，请改组合。"
        return
    if len(settings.weights) != len(settings.timings) or min(settings.weights, default=0) < 1:
        faults["combine"] = "每个时机各要一个正的权重，请补上。"
    elif not 1 <= settings.needed_weight <= sum(settings.weights):
        faults["needed_weight"] = f"应在 1 与权重之和 {sum(settings.weights)} 之间，请修改。"


# --- spread ----------------------------------------------------------------------------------------------------


def _spread(settings: SpreadSettings, listed: Collection[InstrumentId]) -> Faults:
    faults: Faults = {}
    legs = settings.legs
    if wrong := legs_fault(len(legs)):
        faults["legs"] = wrong
    elif sum(leg.active for leg in legs) != 1:
        faults["legs"] = "应有且只有一条主动腿，请选定一条（通常是较不活跃的合约）。"
    _legs(faults, settings, listed)
    if settings.buy_at >= settings.sell_at:
        faults["sell_at"] = f"应高于买入价差 {exact(settings.buy_at)}，请改高。"
    _at_least(faults, settings, 1, ("sets", "max_sets", "hedge_seconds", "max_chases"))
    _at_least(faults, settings, 0, ("pause_seconds",))
    _amounts(faults, settings)
    least = least_naked(settings)
    if least is not None and settings.naked_lots < least:
        faults["naked_lots"] = f"主动腿每成交一手要对冲 {least} 手，请改为至少 {least}。"
    faults |= dict(exit_faults(settings))
    if settings.grid is not None:
        _lines(faults, settings, settings.grid)
    _spot(faults, settings)
    if settings.quoting is not None:
        if settings.grid is not None:
            faults["quoting"] = "做网格时请改为按对手价成交。"
        faults |= dict(quoting_faults(settings.quoting))
    if "legs" not in faults and (unlisted := route_fault(settings)):
        faults["route"] = unlisted
    return faults


def _legs(faults: Faults, settings: SpreadSettings, listed: Collection[InstrumentId]) -> None:
    seen: set[InstrumentId] = set()
    for place, leg in enumerate(settings.legs):
        wrong = _contract(leg.instrument, listed)
        if leg.instrument and leg.instrument in seen:
            wrong = "与前面的腿是同一合约，请另选一个。"
        elif not ((settings.grid is None and settings.spot_side is None) or leg.lots or leg.active) and leg.coefficient:
            pass  # only looked at
        elif not leg.lots or not leg.coefficient:
            wrong = "手数与价格系数不能为 0，请填正数（买）或负数（卖）。"
        elif (leg.lots > 0) != (leg.coefficient > 0):
            wrong = "手数与价格系数的正负应一致，请改其中一个。"
        elif leg.pay_up_ticks < 0:
            wrong = f"{Term.PAY_UP}不能为负，请改为 0 或正数。"
        elif any(own is not None and own < 1 for own in (leg.hedge_seconds, leg.max_chases)):
            wrong = f"{Term.HEDGE_SECONDS}、{Term.MAX_CHASES}不能为负，请改为正数，或 0（与整个价差相同）。"
        seen.add(leg.instrument)
        if wrong:
            faults[f"legs.{place}"] = wrong


def _spot(faults: Faults, settings: SpreadSettings) -> None:
    side = settings.spot_side
    if side is None:
        return
    if settings.grid is not None:
        faults["spot_side"] = "不能同时做网格；基差网格的现货只看价，请选“没有现货腿”。"
    if settings.quoting is not None:
        faults["quoting"] = "做期现价差时请改为按对手价成交。"
    spots = sum(not leg.lots for leg in settings.legs)
    if spots != 1:
        faults.setdefault("legs", f"期现价差要有一条现货腿（手数填 0），现有 {spots} 条。")
    faults |= dict(spot_side_faults(side))


def _lines(faults: Faults, settings: SpreadSettings, grid: SpreadGrid) -> None:
    if not 1 <= grid.lines <= MOST_LINES:
        faults["lines"] = f"应在 1 至 {MOST_LINES} 之间，请修改。"
    if settings.max_sets != grid.lines * settings.sets:
        faults.setdefault("sets", "与网格线数的积不是最大套数，请改回正整数。")
    if grid.lower >= grid.upper:
        faults["upper"] = f"应高于区间下限 {exact(grid.lower)}，请改高。"
    if "sell_at" in faults or "lines" in faults:
        return
    first = settings.sell_at if grid.side is Side.BUY else settings.buy_at
    ends = first, first - grid.side.sign * grid.lines * (settings.sell_at - settings.buy_at)
    if min(ends) < grid.lower:
        faults["lower"] = f"最低的网格线是 {_short(min(ends))}，请把下限放到它或更低，或减少线数。"
    if max(ends) > grid.upper:
        faults.setdefault("upper", f"最高的网格线是 {_short(max(ends))}，请把上限放到它或更高。")
    if (ends[1] - grid.stop) * grid.side.sign <= 0:
        where = "低" if grid.side is Side.BUY else "高"
        faults["stop"] = f"最后一条网格线是 {_short(ends[1])}，止损价应比它更{where}。"
    if grid.trail_to is not None and (grid.trail_to - ends[0]) * grid.side.sign <= 0:
        where = "高" if grid.side is Side.BUY else "低"
        faults["trail_to"] = f"应比首线止盈 {_short(ends[0])} 更{where}（网格只朝盈利一侧跟随），或空着不跟随。"


def _conversion(settings: SpreadSettings, listed: Collection[InstrumentId]) -> Faults:
    # The legs are made of the form's own fields, so what is wrong with one is said at the field it was made of.
    faults: Faults = {}
    option, future = settings.legs[0], settings.legs[-1]
    wrong = _contract(option.instrument, listed)
    if not wrong and any(leg.instrument not in listed for leg in settings.legs[1:-1]):
        wrong = "行情里没有同一行权价、同一到期的另一方期权，合不成期货；请换合约。"
    if not wrong and future.instrument not in listed:
        wrong = "行情里没有它的标的期货，请换合约。"
    if wrong:
        faults["option"] = wrong
    for name, leg in (("option_lots", option), ("future_lots", future)):
        if not leg.lots or settings.max_sets < 1:
            faults[name] = "应至少为 1，请改大。"
    if wrong := rate_fault(settings):
        faults["rate"] = wrong
    _at_least(faults, settings, 1, ("hedge_seconds", "max_chases"))
    if any(leg.pay_up_ticks < 0 for leg in settings.legs):
        faults["pay_up_ticks"] = "不能为负，请改为 0 或正数。"
    _amounts(faults, settings)
    least = least_naked(settings)
    if least is not None and settings.naked_lots < least:
        faults["naked_lots"] = f"期权每成交一手，其余腿要跟 {least} 手，请改为至少 {least}。"
    return faults


def _amounts(faults: Faults, settings: SpreadSettings) -> None:
    for name in ("max_loss_yuan", "residual_yuan"):
        amount = getattr(settings, name)
        if amount is not None and amount <= 0:
            faults[name] = "不能为负，请改为正数；0 为不设。"


def least_naked(settings: SpreadSettings) -> int | None:
    """Return the lots one filled active lot leaves to hedge, or `None` while there is no active leg with lots."""
    lead = next((abs(leg.lots) for leg in settings.legs if leg.active), 0)
    return sum(-(-abs(leg.lots) // lead) for leg in settings.legs if not leg.active) if lead else None


# --- grid ------------------------------------------------------------------------------------------------------


def _grid(settings: GridSettings, listed: Collection[InstrumentId]) -> Faults:
    faults: Faults = {}
    wrong = _contract(settings.instrument, listed)
    if wrong:
        faults["instrument"] = wrong
    for name in ("anchor", "stop", "lower"):
        if getattr(settings, name) <= 0:
            faults[name] = "应大于 0，请填写价格。"
    _at_least(faults, settings, 1, ("lots_per_line",))
    if not 1 <= settings.lines <= MOST_LINES:
        faults["lines"] = f"应在 1 至 {MOST_LINES} 之间，请修改。"
    wrong = _spacing(settings)
    if wrong:
        faults["step" if settings.spacing is GridSpacing.ARITHMETIC else "ratio"] = wrong
    if settings.lower >= settings.upper:
        faults["upper"] = f"应高于区间下限 {exact(settings.lower)}，请改高。"
    if not faults:
        _ladder(faults, settings)
    _trail(faults, settings)
    return faults


def _spacing(settings: GridSettings) -> str:
    if settings.spacing is GridSpacing.ARITHMETIC:
        return "" if settings.step is not None and settings.step > 0 else "应大于 0，请填写相邻两线相差多少元。"
    if settings.ratio is None or settings.ratio <= 0:
        return "应大于 0，请填写相邻两线的比例。"
    if settings.side is Side.BUY and settings.ratio >= 1:
        return "做多时应小于 1（如 0.99），请改小。"
    if settings.side is Side.SELL and settings.ratio <= 1:
        return "做空时应大于 1（如 1.01），请改大。"
    return ""


def _ladder(faults: Faults, settings: GridSettings) -> None:
    last = last_line(settings)
    lowest, highest = min(last, settings.anchor), max(last, settings.anchor)
    if lowest < settings.lower:
        faults["lower"] = f"最低的网格线是 {_short(lowest)}，请把下限放到它或更低，或减少线数。"
    if highest > settings.upper:
        faults["upper"] = f"最高的网格线是 {_short(highest)}，请把上限放到它或更高。"
    if (last - settings.stop) * settings.side.sign <= 0:
        where = "低" if settings.side is Side.BUY else "高"
        faults["stop"] = f"最后一条网格线是 {_short(last)}，止损价应比它更{where}。"


def _trail(faults: Faults, settings: GridSettings) -> None:
    if settings.trail_to is None:
        return
    moved = settings.trail_to - settings.anchor
    if moved * settings.side.sign <= 0:
        where = "高" if settings.side is Side.BUY else "低"
        faults["trail_to"] = f"应比起始价更{where}（网格只朝盈利一侧跟随），或填 0 不跟随。"
    elif settings.lower + moved <= 0:
        faults["trail_to"] = "跟到这里时区间下限不再为正，请改近。"


def _execution(settings: ExecutionSettings, listed: Collection[InstrumentId]) -> Faults:
    # The sentences are the strategy's own; each begins with its field's caption there, which stands over it here.
    faults: Faults = {}
    for name, wrong in execution_faults(settings):
        faults.setdefault(name, wrong.lstrip("的 ：在"))
    if wrong := _contract(settings.instrument, listed):
        faults["instrument"] = wrong
    return faults


def last_line(settings: GridSettings) -> Decimal:
    """Return the price of the last line before it snaps to the tick."""
    return raw_level(settings, settings.lines)


def _short(price: Decimal) -> str:
    return exact(round(price, 4).normalize())


# --- own -------------------------------------------------------------------------------------------------------

FROM_A_PLAN: Final = "还没有代码：自编策略写在方案里，由方案启动；在卡片上点“修改”，这里改它的参数。"


def _own(settings: OwnSettings, listed: Collection[InstrumentId]) -> Faults:
    if not settings.code:
        return {"code": FROM_A_PLAN}
    faults: Faults = {}
    for contract in settings.contracts:
        wrong = _contract(contract.instrument, listed)
        if wrong:
            faults["others" if contract.name else "instrument"] = wrong
    _at_least(faults, settings, 1, ("max_lots", "chase_seconds"))
    _at_least(faults, settings, 0, ("pay_up_ticks",))
    for one in settings.numbers:
        if not one.least <= one.value <= one.most:
            faults[f"numbers.{one.name}"] = f"应在 {exact(one.least)} 至 {exact(one.most)} 之间，请修改。"
        elif one.whole and one.value != int(one.value):
            faults[f"numbers.{one.name}"] = "应为整数，请修改。"
    return faults


# --- target ----------------------------------------------------------------------------------------------------


def _target(settings: TargetSettings, listed: Collection[InstrumentId]) -> Faults:
    faults: Faults = {}
    wrong = _contract(settings.instrument, listed)
    if wrong:
        faults["instrument"] = wrong
    if not settings.group.strip():
        faults["group"] = "还没有写，请填限额里的套保组名。"
    _at_least(faults, settings, 1, ("most_lots", "batch_lots", "chase_seconds"))
    _at_least(faults, settings, 0, ("pay_up_ticks", "pause_seconds"))
    if settings.go < 0:
        faults["mode"] = "同意的建议号不能为负。"
    for found in (source_fault(settings.source), tax_fault(settings)):
        if found is not None:
            faults[found[0]] = found[1]
    return faults
