"""Say to people what a strategy cannot mend by itself: which contract, how many lots and yuan, what it does now.

A strategy states it: a leg is broken, a position is missing, a grid has stopped, the window of an execution ended with
lots left. What nobody states, because the strategy rests or its market closes, stands in `naked`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from terminal.domain.fact.conversion_marks import DeltaApart
from terminal.domain.fact.exit_marks import ExitSeen
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.fact.marks import (
    CombinationBarred,
    ExitReached,
    FarHeld,
    FellowTold,
    Finished,
    FlattenHeld,
    HedgeRefused,
    LegBroken,
    MarketStuck,
    NearExpires,
    PositionMissing,
    RangeLeft,
    ResidualOver,
    StrategyMark,
)
from terminal.domain.fact.own_marks import OwnUnseen
from terminal.domain.fact.roll_marks import BeginHeld, DeadlineMissed, FarCovered, RollUnmatched
from terminal.domain.fact.target_marks import RatioUnknown, TargetHindered, TargetProposed
from terminal.domain.fact.way_marks import RepairBarred, WayBarred
from terminal.domain.parameters.exits import guarded
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import (
    ExecutionSettings,
    GridSettings,
    RollSettings,
    SpreadSettings,
)
from terminal.domain.parameters.target import TargetMode, TargetSettings
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.risk import Level
from terminal.engine.alert.leaving import leaving_alert
from terminal.engine.alert.roll_alerts import roll_alert, roll_left
from terminal.engine.alert.sentences import alert_for, lots_text, lots_worth, named
from terminal.engine.sentences.marks import (
    apart_words,
    expires_words,
    outgrown_words,
    plan_words,
    unseen_words,
)
from terminal.engine.sentences.strategy import grid_kind, residual_text
from terminal.engine.sentences.target import target_mark
from terminal.engine.wording import short
from terminal.risk.wording import yuan
from terminal.strategies.execution.memory import ExecutionMemory
from terminal.strategies.grid.stage import Stage
from terminal.strategies.spread.balance import active_leg, hedging
from terminal.strategies.spread.converting import left_lots
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.told_plans import STOP_FIRST
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow


def alert_of(look: Look, row: StrategyRow, mark: StrategyMark) -> AlertRaised | None:
    """Return the alert a strategy's statement calls for, or `None`."""
    match mark:
        case LegBroken() | RepairBarred():
            lots = lots_worth(mark.lots, mark.value_yuan)
            what = f"{named(look, mark.instrument)}缺 {lots}，单腿敞口未对冲；{plan_words(mark)}。"
            return alert_for(row, "LEG_BROKEN", mark.instrument, what)
        case ResidualOver() | HedgeRefused() | CombinationBarred() | ExitReached() if isinstance(
            row.settings, SpreadSettings
        ):
            return _spread(look, row, row.settings, mark)
        case MarketStuck():
            what = f"{named(look, mark.instrument)}{mark.why}；{mark.plan}。"
            return alert_for(row, "MARKET_STUCK", mark.instrument, what)
        case (
            BeginHeld() | FarCovered() | RollUnmatched() | DeadlineMissed() | FellowTold() | FarHeld() | NearExpires()
        ) if isinstance(row.settings, RollSettings):
            return roll_alert(look, row, row.settings, mark)
        case PositionMissing() | NearExpires() | WayBarred() | DeltaApart():
            return _waits(look, row, mark)
        case Finished() if isinstance(row.settings, OwnSettings):  # a rule never ends by itself
            return alert_for(
                row, "OWN_FAILED", row.settings.instrument, f"{mark.summary}；请核对持仓，改好代码后另启一个。"
            )
        case OwnUnseen() if mark.why:
            what = f"{unseen_words(mark)}，不改目标，也不离场，恢复后照常；要先走请人工平仓。"
            return alert_for(row, "OWN_UNSEEN", mark.instrument, what)
        case RangeLeft() | FlattenHeld() | ExitSeen() | Finished(cut=True):
            return leaving_alert(look, row, mark)
        case Finished() if mark.kept or any(one.why for one in mark.moved):
            return _not_gone_on(look, row, mark)
        case Finished() if isinstance(row.settings, ExecutionSettings | RollSettings | SpreadSettings):
            return _left(look, row, row.settings, mark)
        case TargetProposed() | TargetHindered() | RatioUnknown() if isinstance(row.settings, TargetSettings):
            return _target(row, row.settings, mark)
        case _:
            return None


def _spread(
    look: Look,
    row: StrategyRow,
    settings: SpreadSettings,
    mark: ResidualOver | HedgeRefused | CombinationBarred | ExitReached,
) -> AlertRaised | None:
    if isinstance(mark, ExitReached):
        return _exit(look, row, settings, mark)
    if isinstance(mark, CombinationBarred):
        return _barred(row, settings, mark)
    if isinstance(mark, HedgeRefused) and mark.beforehand:
        return _foreseen(look, row, settings, mark)
    if isinstance(mark, HedgeRefused):
        why = f"：{mark.why.rstrip('。')}" if mark.why else ""
        closes = isinstance(row.memory, SpreadMemory) and row.memory.stage is Stage.FLATTENING
        halted = "，止损止盈平仓也停下" if closes else ""
        of = row.memory.refusals if isinstance(row.memory, SpreadMemory) else None
        waited = of is not None and any(map(of.frees_itself, hedging(settings, mark.instrument)))
        again = f"{'还缺着时那笔委托让开就接着做，否则' if waited else ''}处理好之后先暂停、再恢复"
        what = (
            f"{named(look, mark.instrument)}的对冲被风控拒绝{why}。"
            f"已成交的照样对冲或反平，今日主动腿不再报单{halted}；{again}，不处理则下一交易日再做。"
        )
        return alert_for(row, "HEDGE_REFUSED", mark.instrument, what)
    parts = residual_text(settings, mark.residual)
    what = (
        f"价差零头 {parts}，共 {yuan(mark.value_yuan)}，超过容差 {yuan(mark.tolerance_yuan)}；"
        "策略不补零头，请改套数、手数比，或人工补平。"
    )
    return alert_for(row, "RESIDUAL_OVER", settings.legs[0].instrument, what)


def _foreseen(look: Look, row: StrategyRow, settings: SpreadSettings, mark: HedgeRefused) -> AlertRaised:
    leads = any(leg.active and leg.instrument == mark.instrument for leg in settings.legs)
    what = (
        f"{named(look, mark.instrument)}的{'委托' if leads else '对冲'}过不了风控：{mark.why.rstrip('。')}。"
        "限额在它启动之后改过；主动腿没有报单，整组等着，风控放行后自动接着做；不再做的请停止。"
    )
    return alert_for(row, "HEDGE_BARRED", mark.instrument, what)


def _barred(row: StrategyRow, settings: SpreadSettings, mark: CombinationBarred) -> AlertRaised:
    closes = isinstance(row.memory, SpreadMemory) and row.memory.stage is Stage.FLATTENING
    leaves = "；到止损、止盈才拆腿平" if guarded(settings) or settings.grid is not None else ""
    then = "平仓改为拆腿" if closes else f"它只按组合合约报单，不拆腿，只能等待{leaves}"
    return alert_for(row, "COMBINATION_BARRED", mark.instrument, f"组合合约报不出：{mark.why.rstrip('。')}。{then}。")


def _exit(look: Look, row: StrategyRow, settings: SpreadSettings, mark: ExitReached) -> AlertRaised:
    lead = next(leg.instrument for leg in settings.legs if leg.active)
    held = [(name, one.lots) for name, one in row.lots.items() if one.lots]
    holds = "、".join(f"{named(look, name)}{lots_text(look, name, abs(lots))}" for name, lots in held)
    what, level = ("止损", Level.ORANGE) if mark.stopped else ("止盈", Level.YELLOW)
    at = f"平仓价差 {amount_text(mark.price)} 到{what}价 {amount_text(mark.level)}"
    return alert_for(row, "EXIT_REACHED", lead, f"{at}，持有 {holds}；逐笔平完后结束，不再开仓。", level)


def _missing(look: Look, row: StrategyRow, mark: PositionMissing) -> AlertRaised:
    missing = lots_text(look, mark.instrument, mark.wanted - mark.closable)
    what = (
        f"{named(look, mark.instrument)}要平 {mark.wanted} 手，可平只有 {mark.closable} 手，缺 {missing}；"
        "策略等待，请核对持仓与未了平仓委托。"
    )
    said = f"{outgrown_words(mark)}。" if mark.strategies else what
    return alert_for(row, "POSITION_MISSING", mark.instrument, said)


def _not_gone_on(look: Look, row: StrategyRow, mark: Finished) -> AlertRaised:
    # Whom a roll was to take along and did not, or took along and could not let run on.
    paused = [one for one in mark.moved if one.why]
    left = roll_left(look, row, row.settings, mark) if isinstance(row.settings, RollSettings) else ""
    said = [left] if left else []
    if mark.kept:
        names = "、".join(f"{one.strategy}（{one.why}）" for one in mark.kept)
        said.append(f"移仓结束后没有改绑 {names}；请核对它的持仓后停止它，或另行处理")
    if paused:
        names = "、".join(f"{one.strategy}（{one.why}）" for one in paused)
        said.append(f"移完后已改绑 {short(paused[0].far)} 但没有接着运行：{names}；处理之后请人工恢复")
    near = mark.kept[0].near if mark.kept else paused[0].far
    return alert_for(row, "NOT_BOUND_ANEW" if mark.kept else "BOUND_PAUSED", near, f"{'；'.join(said)}。")


def _left(
    look: Look, row: StrategyRow, settings: ExecutionSettings | RollSettings | SpreadSettings, mark: Finished
) -> AlertRaised | None:
    if isinstance(settings, SpreadSettings):
        return _not_converted(row, settings, mark)
    if isinstance(settings, RollSettings):
        left = roll_left(look, row, settings, mark)
        return alert_for(row, "ROLL_LEFT", settings.near, f"{left}。") if left else None
    if not isinstance(row.memory, ExecutionMemory):
        return None
    what = f"{named(look, settings.instrument)}{mark.summary.rstrip('。')}："
    if row.memory.filled < settings.total_lots:
        left = lots_text(look, settings.instrument, settings.total_lots - row.memory.filled)
        return alert_for(row, "EXECUTION_LEFT", settings.instrument, f"{what}未成 {left}，请人工决定补做还是放弃。")
    if not row.memory.late:
        return None
    late = lots_text(look, settings.instrument, row.memory.late)
    return alert_for(row, "EXECUTION_LATE", settings.instrument, f"{what}{late}，请人工决定留下还是平掉。")


def _not_converted(row: StrategyRow, settings: SpreadSettings, mark: Finished) -> AlertRaised | None:
    # Of a conversion that ended with its option; every other spread ends where it was told to.
    memory, lead = row.memory, settings.legs[active_leg(settings)]
    if settings.conversion is None or not isinstance(memory, SpreadMemory):
        return None
    lacks = any(lots for _, lots in strategy_of(settings).lacking(settings, memory))
    if not lacks and not left_lots(settings, memory.nets):
        return None
    left = "没有换的期权按到期处理" if lead.closes else "没有换的期货还在"
    what = f"{mark.summary}。{left}，请核对持仓。"
    return alert_for(row, "CONVERSION_ENDED", lead.instrument, what, Level.ORANGE if lacks else Level.YELLOW)


def _waits(
    look: Look,
    row: StrategyRow,
    mark: PositionMissing | NearExpires | WayBarred | DeltaApart,
) -> AlertRaised | None:
    if isinstance(mark, WayBarred):
        return _barred_way(look, row, mark)
    if isinstance(mark, DeltaApart):
        what = f"{apart_words(mark)}；回到等量自动接着换，要按现在的 Delta 换请停止后另建。"
        return alert_for(row, "DELTA_APART", mark.instrument, what, Level.YELLOW)
    return _missing(look, row, mark) if isinstance(mark, PositionMissing) else _expires(look, row, mark)


def _expires(look: Look, row: StrategyRow, mark: NearExpires) -> AlertRaised:
    settings = row.settings
    spread = isinstance(settings, SpreadSettings)
    kind = "网格" if isinstance(settings, GridSettings) else "价差" if spread else "策略"
    if isinstance(settings, SpreadSettings) and settings.grid is not None:
        kind = grid_kind(settings)
    opens = "" if mark.days or isinstance(settings, OwnSettings) else "，本交易日只平不开"
    held = lots_text(look, mark.instrument, mark.lots)
    what = (
        f"{named(look, mark.instrument)}{expires_words(mark)}，{kind}还持有 {held}{opens}；"
        f"到期不平即交割或了结{'，其余各腿就缺了它的对冲' if spread else ''}；请先平仓，或移到别的月份。"
    )
    return alert_for(row, "LOTS_EXPIRE", mark.instrument, what, Level.YELLOW if mark.days else Level.ORANGE)


def _target(
    row: StrategyRow, settings: TargetSettings, mark: TargetProposed | TargetHindered | RatioUnknown
) -> AlertRaised | None:
    what = target_mark(mark)
    match mark:
        case TargetProposed():
            if settings.mode is TargetMode.EXECUTE:
                return None  # it goes ahead by itself
            return alert_for(row, "TARGET_PROPOSAL", settings.instrument, f"{what}。", Level.YELLOW)
        case TargetHindered():
            return None if mark.over else alert_for(row, "TARGET_HINDERED", settings.instrument, f"{what}。")
        case RatioUnknown():
            return alert_for(row, "TARGET_RATIO", settings.instrument, f"{what}。", Level.YELLOW)
        case _:
            assert_never(mark)


def _barred_way(look: Look, row: StrategyRow, mark: WayBarred) -> AlertRaised | None:
    # Of a leg alone: what else waits so loses nothing by it. A whole roll says of far itself why it cannot be opened.
    settings = row.settings
    naked = strategy_of(settings).naked_lots(settings, row.memory)
    told = isinstance(settings, RollSettings) and settings.half is None and mark.instrument == settings.far
    if not mark.why or not naked or told:
        return None
    what = (
        f"{named(look, mark.instrument)}{'买不进' if mark.side.sign > 0 else '卖不出'}：{mark.why}在对面，会自成交。"
        f"单腿敞口还缺 {naked} 手未对冲；请撤去那笔委托，或把它改到不交叉的价，让开后策略立即再报；{STOP_FIRST}。"
    )
    return alert_for(row, "WAY_BARRED", mark.instrument, what)
