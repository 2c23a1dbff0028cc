"""Say to people what a strategy cannot mend by itself: which contract, how many lots and yuan, what it does now.

Three things raise an alert. A strategy states it: a leg is broken, a position is missing, a grid has stopped, the
window of an execution ended with lots left. Or a
strategy that decides nothing holds a naked leg (单腿敞口): it was paused or stopped so, or an order of it filled later.
Or a naked leg is about to be carried over a break or a night (休市): its chases count no time then, so that the leg is
not broken, and yet nobody can mend it before the market trades again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, assert_never

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised, OrderFilled, StrategyPaused, StrategyStopped
from terminal.domain.fact.marks import (
    CombinationBarred,
    ExitReached,
    ExitSeen,
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
from terminal.domain.fact.target_marks import RatioUnknown, TargetHindered, TargetProposed
from terminal.domain.parameters.exits import guarded
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import (
    ExecutionSettings,
    GridSettings,
    Half,
    OutOfRange,
    RollSettings,
    SpreadSettings,
)
from terminal.domain.parameters.target import TargetMode, TargetSettings
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.risk import Level
from terminal.engine.strategy.mark_wording import expires_words, outgrown_words
from terminal.engine.strategy.target_wording import target_mark
from terminal.engine.strategy.winding import DECIDING
from terminal.engine.strategy.wording import grid_kind, residual_text
from terminal.engine.wording import short
from terminal.risk.wording import yuan
from terminal.strategies.execution.memory import ExecutionMemory
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.stage import Stage
from terminal.strategies.grid.trailing import trailed
from terminal.strategies.roll.memory import NEAR_LEG, RollMemory
from terminal.strategies.sight import EDGE, worth
from terminal.strategies.spread.exits import UNSEEN
from terminal.strategies.spread.lines import trailed as trailed_spread
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, InstrumentId, StrategyId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, State, StrategyRow
    from terminal.engine.turn import Turn


def alert_of(look: Look, row: StrategyRow, mark: StrategyMark) -> AlertRaised | None:
    """Return the alert a strategy's statement calls for, or `None`."""
    match mark:
        case LegBroken():
            lots = _lots_worth(mark.lots, mark.value_yuan)
            what = f"{_name(look, mark.instrument)}缺 {lots}，单腿敞口未对冲；{mark.plan}。"
            return _alert(row, "LEG_BROKEN", mark.instrument, what)
        case ResidualOver() | HedgeRefused() | CombinationBarred() | ExitReached() | ExitSeen() if isinstance(
            row.settings, SpreadSettings
        ):
            return _spread(look, row, row.settings, mark)
        case MarketStuck():
            what = f"{_name(look, mark.instrument)}{mark.why}；{mark.plan}。"
            return _alert(row, "MARKET_STUCK", mark.instrument, what)
        case FellowTold() if isinstance(row.settings, RollSettings) and isinstance(row.memory, RollMemory):
            return _fellow_held(row, row.settings, row.memory, mark)
        case FarHeld() | PositionMissing() | NearExpires():
            return _near_waits(look, row, mark)
        case Finished() if isinstance(row.settings, OwnSettings):  # a rule never ends by itself
            return _alert(
                row, "OWN_FAILED", row.settings.instrument, f"{mark.summary}；请核对持仓，改好代码后另启一个。"
            )
        case RangeLeft() | FlattenHeld():
            return _leaves(look, row, mark)
        case Finished() if mark.kept or any(one.why for one in mark.moved):
            return _not_gone_on(row, mark)
        case Finished() if isinstance(row.settings, ExecutionSettings | RollSettings):
            return _left(look, row, row.settings, mark)
        case TargetProposed() | TargetHindered() | RatioUnknown() if isinstance(row.settings, TargetSettings):
            return _target(row, row.settings, mark)
        case _:
            return None


def _spread(
    look: Look,
    row: StrategyRow,
    settings: SpreadSettings,
    mark: ResidualOver | HedgeRefused | CombinationBarred | ExitReached | ExitSeen,
) -> AlertRaised | None:
    if isinstance(mark, ExitReached | ExitSeen):
        return _exit(look, row, settings, mark)
    if isinstance(mark, CombinationBarred):
        return _barred(row, settings, mark)
    if isinstance(mark, HedgeRefused):
        why = f"：{mark.why.rstrip('。')}" if mark.why else ""
        closes = isinstance(row.memory, SpreadMemory) and row.memory.stage is Stage.FLATTENING
        halted = "，止损止盈平仓也停下" if closes else ""
        what = (
            f"{_name(look, mark.instrument)}的对冲被风控拒绝{why}。"
            f"已成交的照样对冲或反平，今日主动腿不再报单{halted}；处理好之后先暂停、再恢复，不处理则下一交易日再做。"
        )
        return _alert(row, "HEDGE_REFUSED", mark.instrument, what)
    parts = residual_text(settings, mark.residual)
    what = (
        f"价差零头 {parts}，共 {yuan(mark.value_yuan)}，超过容差 {yuan(mark.tolerance_yuan)}；"
        "策略不补零头，请改套数、手数比，或人工补平。"
    )
    return _alert(row, "RESIDUAL_OVER", settings.legs[0].instrument, what)


def _barred(row: StrategyRow, settings: SpreadSettings, mark: CombinationBarred) -> AlertRaised:
    closes = isinstance(row.memory, SpreadMemory) and row.memory.stage is Stage.FLATTENING
    leaves = "；到止损、止盈才拆腿平" if guarded(settings) or settings.grid is not None else ""
    then = "平仓改为拆腿" if closes else f"它只按组合合约报单，不拆腿，只能等待{leaves}"
    return _alert(row, "COMBINATION_BARRED", mark.instrument, f"组合合约报不出：{mark.why.rstrip('。')}。{then}。")


def _exit(look: Look, row: StrategyRow, settings: SpreadSettings, mark: ExitReached | ExitSeen) -> AlertRaised | None:
    if isinstance(mark, ExitSeen):
        of_grid = f"现在看不到{grid_kind(settings)[:2]}，止损和区间等它恢复后再判；要先走请人工平仓"
        unseen = UNSEEN if settings.grid is None else of_grid
        what = f"{_name(look, mark.instrument)}{mark.why}，{unseen}。"
        return _alert(row, "EXIT_UNSEEN", mark.instrument, what) if mark.why else None
    lead = next(leg.instrument for leg in settings.legs if leg.active)
    held = [(name, one.lots) for name, one in row.lots.items() if one.lots]
    holds = "、".join(f"{_name(look, name)}{_lots(look, name, abs(lots))}" for name, lots in held)
    what, level = ("止损", Level.ORANGE) if mark.stopped else ("止盈", Level.YELLOW)
    at = f"平仓价差 {amount_text(mark.price)} 到{what}价 {amount_text(mark.level)}"
    return _alert(row, "EXIT_REACHED", lead, f"{at}，持有 {holds}；逐笔平完后结束，不再开仓。", level)


def _missing(look: Look, row: StrategyRow, mark: PositionMissing) -> AlertRaised:
    missing = _lots(look, mark.instrument, mark.wanted - mark.closable)
    what = (
        f"{_name(look, mark.instrument)}要平 {mark.wanted} 手，可平只有 {mark.closable} 手，缺 {missing}；"
        "策略等待，请核对持仓与未了平仓委托。"
    )
    said = f"{outgrown_words(mark)}。" if mark.strategies else what
    return _alert(row, "POSITION_MISSING", mark.instrument, said)


def _not_gone_on(row: StrategyRow, mark: Finished) -> AlertRaised:
    # Whom a roll was to take along and did not, or took along and could not let run on.
    paused = [one for one in mark.moved if one.why]
    said = []
    if mark.kept:
        names = "、".join(f"{one.strategy}（{one.why}）" for one in mark.kept)
        said.append(f"移完后没有改绑 {names}；请核对它的持仓后停止它，或另行处理")
    if paused:
        names = "、".join(f"{one.strategy}（{one.why}）" for one in paused)
        said.append(f"移完后已改绑 {short(paused[0].far)} 但没有接着运行：{names}；处理之后请人工恢复")
    near = mark.kept[0].near if mark.kept else paused[0].far
    return _alert(row, "NOT_BOUND_ANEW" if mark.kept else "BOUND_PAUSED", near, f"{'；'.join(said)}。")


def _left(
    look: Look, row: StrategyRow, settings: ExecutionSettings | RollSettings, mark: Finished
) -> AlertRaised | None:
    if isinstance(settings, RollSettings):
        if not isinstance(row.memory, RollMemory) or row.memory.closed >= settings.lots or settings.half is Half.FAR:
            return None
        what = f"{mark.summary.rstrip('。')}。没有移的按到期处理，请核对持仓，要续做请人工开远月。"
        return _alert(row, "ROLL_LEFT", settings.near, what)
    if not isinstance(row.memory, ExecutionMemory) or row.memory.filled >= settings.total_lots:
        return None
    left = _lots(look, settings.instrument, settings.total_lots - row.memory.filled)
    what = f"{_name(look, settings.instrument)}{mark.summary.rstrip('。')}：未成 {left}，请人工决定补做还是放弃。"
    return _alert(row, "EXECUTION_LEFT", settings.instrument, what)


def _fellow_held(row: StrategyRow, settings: RollSettings, memory: RollMemory, mark: FellowTold) -> AlertRaised | None:
    if not mark.turned or mark.ready or mark.leg == NEAR_LEG or not memory.began:
        return None
    ahead = memory.closed - memory.opened
    back = "买" if settings.side.sign > 0 else "卖"
    lacks = f"差 {ahead} 手由它补齐，不能等的请人工开远月或{back}回近月" if ahead > 0 else "两腿已平衡"
    what = (
        f"跨账户移仓：开远月的一半{mark.why}，停止平近月；"
        f"近月已平 {memory.closed} 手，远月已开 {memory.opened} 手，{lacks}。"
    )
    return _alert(row, "FELLOW_HELD", settings.far, what)


def _leaves(look: Look, row: StrategyRow, mark: RangeLeft | FlattenHeld) -> AlertRaised | None:
    settings = row.settings
    if isinstance(mark, RangeLeft):
        if isinstance(settings, SpreadSettings):
            return _spread_left(look, row, settings, mark)
        return _range_left(look, row, settings, mark) if isinstance(settings, GridSettings) else None
    kind = "网格" if isinstance(settings, GridSettings) else "价差"
    if isinstance(settings, SpreadSettings) and settings.grid is not None:
        kind = grid_kind(settings)
    held = _lots(look, mark.instrument, mark.lots)
    what = f"{_name(look, mark.instrument)}平仓没有进展，{kind}还持有 {held}：{mark.why}；{mark.plan}。"
    return _alert(row, "FLATTEN_HELD", mark.instrument, what)


def _near_waits(look: Look, row: StrategyRow, mark: FarHeld | PositionMissing | NearExpires) -> AlertRaised | None:
    if isinstance(mark, PositionMissing):
        return _missing(look, row, mark)
    if isinstance(mark, NearExpires):
        left = f"{expires_words(mark)}，还有 {_lots(look, mark.instrument, mark.lots)}没有移"
        what = f"{_name(look, mark.instrument)}{left}；到期不移即交割或了结，时机等不到的请改时机，或人工移。"
        return _alert(row, "NEAR_EXPIRES", mark.instrument, what, Level.YELLOW if mark.days else Level.ORANGE)
    memory = row.memory
    if not mark.why or not isinstance(memory, RollMemory):
        return None
    lacks = f"远月缺 {mark.lack} 手未对冲，开得了即补齐" if mark.lack else "两腿已平衡，开得了即继续"
    stands = f"近月已平 {memory.closed} 手，远月已开 {memory.opened} 手，{lacks}"
    what = f"{_name(look, mark.instrument)}开不了，停止平近月：{mark.why.rstrip('。')}。{stands}。"
    return _alert(row, "FAR_HELD", mark.instrument, what)


def _range_left(look: Look, row: StrategyRow, settings: GridSettings, mark: RangeLeft) -> AlertRaised | None:
    choice, coming = settings.out_of_range, 0
    if isinstance(row.memory, GridMemory):
        settings = trailed(settings, row.memory.moved)
        coming = sum(child.reserved for child in row.memory.ledger.children.values() if not child.closing)
    if choice is OutOfRange.HOLD and not mark.stopped:
        return None  # it waits, and goes on when the price comes back
    held = row.lots.get(settings.instrument)
    lots = abs(held.lots) if held is not None else 0
    why = f"到达止损价 {settings.stop}" if mark.stopped else f"离开区间 {settings.lower} 至 {settings.upper}"
    does = "撤单后停止并保留持仓" if choice is OutOfRange.STOP else "撤单、平仓后停止"
    holds = _lots(look, settings.instrument, lots) + (f"，另有 {coming} 手入场委托还可能成交" if coming else "")
    what = f"{_name(look, settings.instrument)}价格 {mark.price} {why}，网格持有 {holds}；策略{does}。"
    return _alert(row, "GRID_STOPPED", settings.instrument, what)


def _target(
    row: StrategyRow, settings: TargetSettings, mark: TargetProposed | TargetHindered | RatioUnknown
) -> AlertRaised | None:
    what = target_mark(mark)
    match mark:
        case TargetProposed():
            if settings.mode is TargetMode.EXECUTE:
                return None  # it goes ahead by itself
            return _alert(row, "TARGET_PROPOSAL", settings.instrument, f"{what}。", Level.YELLOW)
        case TargetHindered():
            return _alert(row, "TARGET_HINDERED", settings.instrument, f"{what}。")
        case RatioUnknown():
            return _alert(row, "TARGET_RATIO", settings.instrument, f"{what}。", Level.YELLOW)
        case _:
            assert_never(mark)


def _spread_left(look: Look, row: StrategyRow, settings: SpreadSettings, mark: RangeLeft) -> AlertRaised | None:
    if isinstance(row.memory, SpreadMemory):
        settings = trailed_spread(settings, row.memory.moved)
    grid = settings.grid
    if grid is None or (grid.out_of_range is OutOfRange.HOLD and not mark.stopped):
        return None
    kind = grid_kind(settings)
    bounds = f"离开区间 {amount_text(grid.lower)} 至 {amount_text(grid.upper)}"
    why = f"到达止损价 {amount_text(grid.stop)}" if mark.stopped else bounds
    does = "停止并保留持仓" if grid.out_of_range is OutOfRange.STOP else "各腿平仓后停止"
    held = [(name, one.lots) for name, one in row.lots.items() if one.lots]
    holds = "、".join(f"{_name(look, name)}{_lots(look, name, abs(lots))}" for name, lots in held) or "没有持仓"
    lead = next(leg.instrument for leg in settings.legs if leg.active)
    what = f"{kind[:2]} {amount_text(mark.price)} {why}，{kind}持有 {holds}；策略{does}。"
    return _alert(row, "GRID_STOPPED", lead, what)


RESTING: Final = frozenset({StrategyPaused, StrategyStopped, OrderFilled})


def show_naked(turn: Turn, look: Look) -> None:
    """Raise an alert for each strategy that came to rest, or was filled at rest, in this turn with a naked leg."""
    rested: dict[tuple[AccountId, StrategyId], StrategyRow] = {}
    for said in turn.said:
        fact = said.fact
        if type(fact) not in RESTING:
            continue
        if isinstance(fact, StrategyPaused | StrategyStopped):
            row = turn.state.accounts[fact.account].strategies.get(fact.strategy)
        elif isinstance(fact, OrderFilled):
            row = _filled(turn.state, fact)
        else:
            continue
        if row is not None:
            rested[row.account, row.strategy] = row
    for row in rested.values():
        lacking = strategy_of(row.settings).lacking(row.settings, row.memory)
        if lacking and row.status not in DECIDING:
            turn.say(_naked(look, row, lacking))


class OverBreak:
    """Raise an alert for each leg that lacks lots when nothing of it can be sent any more before its break.

    What was told is no fact: after a restart in a break it is told again, which is the careful side.
    """

    def __init__(self) -> None:
        self._told: set[tuple[StrategyId, InstrumentId]] = set()

    @property
    def told(self) -> bool:
        """Return whether anything told stands until a look finds it over."""
        return bool(self._told)

    def look_at(self, turn: Turn, look: Look, account: AccountState) -> None:
        """Tell what is naked now, once for each break."""
        closing = {
            (row.strategy, name): _over_break(look, row, name, lots)
            for strategy, lacking in look.lacking(account).items()
            if (row := account.strategies[strategy]).status in DECIDING
            for name, lots in lacking
            if _closes(look, name)
        }
        for key, alert in closing.items():
            if key not in self._told:
                turn.say(alert)
        self._told = set(closing)


def _closes(look: Look, instrument: InstrumentId) -> bool:
    session = look.session(instrument)
    return session.phase is not Phase.CONTINUOUS or session.remaining(look.columns.at) <= EDGE


def _over_break(look: Look, row: StrategyRow, name: InstrumentId, lots: int) -> AlertRaised:
    lacks = f"{_name(look, name)}还应{'买入' if lots > 0 else '卖出'} {_lots(look, name, abs(lots))}"
    does = "休市前已来不及补齐，开市后策略先补齐；不能等的，请在仍开市的合约上人工对冲"
    return _alert(row, "LEG_OVER_BREAK", name, f"单腿敞口：{lacks}，{does}。")


def _filled(state: State, fact: OrderFilled) -> StrategyRow | None:
    account = state.accounts[fact.account]
    strategy = account.orders[fact.order].cause.strategy
    return account.strategies.get(strategy) if strategy is not None else None


def _naked(look: Look, row: StrategyRow, lacking: tuple[tuple[InstrumentId, int], ...]) -> AlertRaised:
    legs = "、".join(
        f"{_name(look, name)}还应{'买入' if lots > 0 else '卖出'} {_lots(look, name, abs(lots))}"
        for name, lots in lacking
    )
    if row.status is StrategyStatus.PAUSED:
        now = f"已暂停（{row.reason}），不再对冲；请人工平掉多出的腿，或恢复策略由它补齐。"
    else:
        now = f"已停止（{row.reason}），不再对冲；请人工平掉多出的腿。"
    return _alert(row, "LEG_NAKED", lacking[0][0], f"单腿敞口：{legs}；策略{now}")


def _alert(
    row: StrategyRow, code: str, instrument: InstrumentId, what: str, level: Level = Level.ORANGE
) -> AlertRaised:
    return AlertRaised(
        account=row.account,
        level=level,
        code=code,
        instrument=instrument,
        sentence=f"策略 {row.strategy}：{what}",
    )


def _name(look: Look, instrument: InstrumentId) -> str:
    return f"{look.instrument(instrument).name}（{instrument}）"


def _lots(look: Look, instrument: InstrumentId, lots: int) -> str:
    return _lots_worth(lots, worth(look, instrument, lots))


def _lots_worth(lots: int, value: Decimal | None) -> str:
    return f"{lots} 手（{'价值未知' if value is None else f'约 {yuan(value)}'}）"
