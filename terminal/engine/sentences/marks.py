"""Say what strategies state about themselves (marks) as the sentences people read."""

from __future__ import annotations

from typing import assert_never

from terminal.domain.days.calendar import show
from terminal.domain.fact import marks as m
from terminal.domain.fact.conversion_marks import DeltaApart
from terminal.domain.fact.exit_marks import ExitDoubted, ExitSeen
from terminal.domain.fact.own_marks import OwnShortened, OwnUnseen
from terminal.domain.fact.roll_marks import BeginHeld, DeadlineMissed, Delay, FarCovered, RollUnmatched, SlicesLifted
from terminal.domain.fact.spot_marks import SpotMark
from terminal.domain.fact.target_marks import TargetMark
from terminal.domain.fact.way_marks import RateHeld, RepairBarred, WayBarred
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import (
    GridSettings,
    OutOfRange,
    RollSettings,
    SpreadGrid,
    SpreadSettings,
    StrategySettings,
)
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.timings import timing_name, timing_now
from terminal.engine.sentences.spot import spot_mark
from terminal.engine.sentences.strategy import grid_kind, residual_text, signed_lots
from terminal.engine.sentences.target import target_mark
from terminal.engine.wording import BUY_SELL, short, yuan
from terminal.strategies.grid.unseen import LAST_MINUTES, PUT_OFF_MINUTES, WARNED_MINUTES
from terminal.strategies.roll.memory import NEAR_LEG


def timing_of(settings: StrategySettings, place: int) -> str:
    """Return the name of a roll's timing by its place; "" where there is none."""
    if not isinstance(settings, RollSettings) or place >= len(settings.timings):
        return ""
    return timing_name(settings.timings[place])


def _whose(settings: StrategySettings, mark: m.OwnAimed) -> str:
    # Whose target it is, where a rule has several contracts.
    contracts = settings.contracts if isinstance(settings, OwnSettings) and settings.rest else ()
    return next((f"{short(one.instrument)} " for one in contracts if one.name == (mark.contract or "")), "")


def mark_sentence(settings: StrategySettings, mark: m.StrategyMark) -> str:
    """Return what a strategy states about itself as a sentence; "" for pace that tells a person nothing."""
    if isinstance(mark, TargetMark):
        return target_mark(mark)
    if isinstance(mark, SpotMark):
        return spot_mark(mark)
    match mark:
        case (
            m.TimingMark()
            | m.TimingChosen()
            | m.ContractFrozen()
            | m.RollBegan()
            | m.BatchBegan()
            | m.MarketStuck()
            | m.MarketFlows()
            | m.FellowTold()
            | m.FarHeld()
            | m.NearExpires()
            | SlicesLifted()
            | DeadlineMissed()
        ):
            return _roll_mark(settings, mark)
        case (
            m.ExitReached()
            | ExitSeen()
            | m.RoundBegan()
            | m.RoundEnded()
            | m.ResidualOver()
            | m.HedgeRefused()
            | m.CombinationBarred()
        ):
            return _spread_mark(settings, mark)
        case m.LegBroken() | RepairBarred():
            value = "" if mark.value_yuan is None else f"（约 {yuan(mark.value_yuan)}）"
            return f"断腿：{short(mark.instrument)} 缺 {mark.lots} 手{value}，{plan_words(mark)}"
        case m.LegRepaired():
            return f"{short(mark.instrument)} 断腿已补平"
        case (
            m.PositionMissing() | WayBarred() | RateHeld() | FarCovered() | BeginHeld() | RollUnmatched() | DeltaApart()
        ):
            return _waiting(mark)
        case m.OwnAimed() | OwnUnseen() | OwnShortened():
            return _own(settings, mark)
        case m.RangeLeft() | m.RangeEntered() | m.FlattenHeld() | m.GridTrailed() | m.ExecutionBegan():
            return _single_mark(settings, mark)
        case m.Finished():
            return f"{mark.summary.rstrip('。')}{_moved(mark)}"
        case m.Chased() | ExitDoubted():
            return ""
        case _:
            assert_never(mark)


def plan_words(mark: m.LegBroken | RepairBarred) -> str:
    """Return what is done about a broken leg, and which own orders are in its way; without a full stop."""
    return f"{mark.plan}；挡着的是 {mark.whose}" if mark.whose else mark.plan


def _own(settings: StrategySettings, mark: m.OwnAimed | OwnUnseen | OwnShortened) -> str:
    if isinstance(mark, OwnShortened):
        return shortened_words(mark.since) if mark.since else "重启后取的价格已够"
    if isinstance(mark, OwnUnseen):
        return unseen_words(mark) if mark.why else "规则又看得到行情，或已不持仓"
    aims = f"目标由 {signed_lots(mark.before)} 改为 {signed_lots(mark.lots)}"
    return f"{_whose(settings, mark)}{aims}：{mark.reason}"


def shortened_words(since: int) -> str:
    """Return that a rule warms up anew, and since when."""
    return f"重启后只有 {show(since)[11:19]} 起的价格，重新预热，取满之前规则看到的比重启前少"


def unseen_words(mark: OwnUnseen) -> str:
    """Return of which contract a rule is shown no prices, since when, and what that means."""
    return f"{short(mark.instrument)} {mark.why}，{show(mark.since)[11:19]} 起没有取价，规则看不到行情"


def _exit(settings: StrategySettings, mark: m.ExitReached | ExitSeen) -> str:
    if isinstance(mark, m.ExitReached):
        what = "止损" if mark.stopped else "止盈"
        return f"平仓价差 {amount_text(mark.price)} 到{what}价 {amount_text(mark.level)}，开始平仓，平完结束"
    if isinstance(settings, GridSettings) or (isinstance(settings, SpreadSettings) and settings.grid is not None):
        name = short(mark.instrument)
        then = f"再这样满 {WARNED_MINUTES} 分钟按止损处理" if mark.beyond else "止损和区间不能判"
        then = f"断续已满 {PUT_OFF_MINUTES} 分钟，止损被推迟" if mark.put_off else then
        return f"{name} {mark.why}，{then}" if mark.why else f"{name} 又看得到价格，止损和区间照常判"
    return f"{short(mark.instrument)} {mark.why}，看不到平仓的价" if mark.why else "各腿恢复双边报价，止损止盈照常判"


def _fellow(mark: m.FellowTold) -> str:
    if not mark.turned:
        return ""
    if mark.leg == NEAR_LEG:
        return "" if mark.ready else f"平近月的一半{mark.why}"
    return "开远月的一半可以继续" if mark.ready else f"开远月的一半{mark.why}，近月停下等它"


_RollMark = (
    m.TimingMark
    | m.TimingChosen
    | m.ContractFrozen
    | m.RollBegan
    | m.BatchBegan
    | m.MarketStuck
    | m.MarketFlows
    | m.FellowTold
    | m.FarHeld
    | m.NearExpires
    | SlicesLifted
    | DeadlineMissed
)


_SpreadMark = (
    m.ExitReached | ExitSeen | m.RoundBegan | m.RoundEnded | m.ResidualOver | m.HedgeRefused | m.CombinationBarred
)


# What keeps a roll that its timings have called for, and that may be over at any time.
HELD_UP = frozenset({Delay.STUCK, Delay.FAR_HELD, Delay.FELLOW, Delay.BROKEN, Delay.MISSING, Delay.WAITS})


def expires_words(mark: m.NearExpires) -> str:
    """Return how far a contract is from its last trading day."""
    return f"还有 {mark.days} 个交易日到最后交易日" if mark.days else f"本交易日（{mark.trading_day}）是最后交易日"


def missed_words(settings: StrategySettings, mark: DeadlineMissed) -> str:
    """Return which day a roll does not keep, and how many lots it still moves by then."""
    if mark.days:
        when = f" 还有 {mark.days} 个交易日" if mark.days > 0 else " 已过"
    else:
        when = " 就是本交易日" if mark.day == mark.trading_day else "，本交易日是它之前最后一个交易日"
    timing = timing_of(settings, mark.place)
    return f"“{timing}”的日子 {mark.day}{when}，还有 {mark.lots} 手没有移{_missed_then(mark)}"


def _missed_then(mark: DeadlineMissed) -> str:
    # What is left once the day is over; nothing is said of a day that is past.
    if mark.days < 0 or mark.cause is Delay.MOVING:
        return ""
    moves = f"至多再移 {mark.moves} 手，其余 {mark.lots - mark.moves} 手" if mark.moves else "不再移，它们"
    if mark.cause in HELD_UP:
        return "，现在移不动，这样下去它们过后仍在近月"
    return f"，照现在的安排到那天{moves}过后仍在近月"


def covered_words(mark: FarCovered) -> str:
    """Return what the account holds of far beside a winding roll's own, and whose that is."""
    names = "、".join(mark.strategies)
    whose = f"其中 {mark.claimed} 手记在策略 {names} 名下" if mark.claimed else "不记在任何策略名下"
    left = mark.lack - mark.there
    enough = f"够补缺的 {mark.lack} 手" if left <= 0 else f"缺的 {mark.lack} 手还差 {left} 手没有对冲"
    return f"账户里另有同向 {mark.there} 手（{whose}），{enough}"


def apart_words(mark: DeltaApart) -> str:
    """Return how the lots of a conversion by delta are not equal any more, and until when it waits."""
    option, future = short(mark.instrument), short(mark.future)
    if mark.delta is None:
        return f"{option} 的 Delta 现在算不出（{mark.why}），不能等量换，等待"
    return (
        f"{option} {mark.lots} 手现在的 Delta 是 {amount_text(mark.delta)}，等量是 {future} {mark.wanted} 手，"
        f"设的是 {mark.given} 手，不再等量，等待"
    )


def unmatched_words(mark: RollUnmatched) -> str:
    """Return that near is over, what of both legs was done, and what lacks."""
    stands = f"近月已平 {mark.closed} 手，远月已开 {mark.opened} 手，还缺 {mark.closed - mark.opened} 手未对冲"
    return f"已过最后交易日，没有可移的了：{stands}"


def _waiting(
    mark: m.PositionMissing | WayBarred | RateHeld | FarCovered | BeginHeld | RollUnmatched | DeltaApart,
) -> str:
    if isinstance(mark, RollUnmatched):
        return f"{short(mark.instrument)} {unmatched_words(mark)}"
    if isinstance(mark, DeltaApart):
        return apart_words(mark)
    if isinstance(mark, RateHeld) and mark.again:
        return ""
    if isinstance(mark, RateHeld):
        waits = "对冲等着报" if mark.hedges else "委托等有余地了依次报"
        return f"{short(mark.instrument)} 所在交易所的报撤频率已用满，{waits}，不算被拒"
    if isinstance(mark, BeginHeld):
        return f"移仓时机已满足而没有开始：{mark.why}"
    if isinstance(mark, FarCovered):
        return f"{short(mark.instrument)} {covered_words(mark)}；收尾开得了时会再开一遍"
    return _missing(mark) if isinstance(mark, m.PositionMissing) else way_words(mark)


def _missing(mark: m.PositionMissing) -> str:
    if mark.strategies:
        return outgrown_words(mark)
    return f"{short(mark.instrument)} 要平 {mark.wanted} 手，可平只有 {mark.closable} 手，等待；请核对持仓"


def _spread_mark(
    settings: StrategySettings,
    mark: _SpreadMark,
) -> str:
    match mark:
        case m.ExitReached() | ExitSeen():
            return _exit(settings, mark)
        case m.HedgeRefused(beforehand=True):
            return f"{short(mark.instrument)} 过不了风控，主动腿先不报单"
        case m.HedgeRefused():
            return f"{short(mark.instrument)} 的对冲被风控拒绝，今日主动腿不再报单"
        case m.CombinationBarred():
            return f"组合合约报不出：{mark.why.rstrip('。')}"
        case m.RoundBegan() if isinstance(settings, SpreadSettings) and settings.conversion is not None:
            return f"互转价 {amount_text(mark.price)} 到限价，第 {mark.round} 轮开始"
        case m.RoundBegan():
            what = "买入" if mark.sets > 0 else "卖出"
            if mark.quoted:
                return f"第 {mark.round} 轮开始挂单，{what}价差 {amount_text(mark.price)}，{abs(mark.sets)} 套"
            return f"价差到 {amount_text(mark.price)}，第 {mark.round} 轮开始{what} {abs(mark.sets)} 套"
        case m.RoundEnded():
            return f"第 {mark.round} 轮结束，各腿已平衡"
        case m.ResidualOver():
            what = residual_text(settings, mark.residual) if isinstance(settings, SpreadSettings) else ""
            return f"零头 {what}，共 {yuan(mark.value_yuan)}，超过容差 {yuan(mark.tolerance_yuan)}"
        case _:
            assert_never(mark)


def _single_mark(
    settings: StrategySettings,
    mark: m.RangeLeft | m.RangeEntered | m.FlattenHeld | m.GridTrailed | m.ExecutionBegan,
) -> str:
    what = grid_kind(settings)[:2] if isinstance(settings, SpreadSettings) else "价格"
    match mark:
        case m.RangeLeft():
            what = f"平仓的{what}" if mark.lasted else what
            why = "到达止损价" if mark.stopped else "离开网格区间"
            lasted = f"满 {LAST_MINUTES} 分钟" if mark.lasted else ""
            return f"{what} {amount_text(mark.price)} {why}{lasted}，{_leaves(settings, stopped=mark.stopped)}"
        case m.RangeEntered():
            return f"{what} {amount_text(mark.price)} 回到网格区间，继续"
        case m.FlattenHeld():
            return f"平仓没有进展，还持有 {mark.lots} 手：{mark.why}；{mark.plan}"
        case m.GridTrailed():
            return f"网格空仓，随{what}移到起始价 {amount_text(mark.anchor)}"
        case m.ExecutionBegan():
            return f"开始执行，到达价 {'未知' if mark.mid is None else amount_text(mark.mid)}"
        case _:
            assert_never(mark)


def _leaves(settings: StrategySettings, *, stopped: bool) -> str:
    bounds = settings.grid if isinstance(settings, SpreadSettings) else settings
    if not isinstance(bounds, GridSettings | SpreadGrid):
        return "不再开新仓"
    if bounds.out_of_range is OutOfRange.STOP:
        return "停止并保留持仓"
    if bounds.out_of_range is OutOfRange.FLATTEN or stopped:
        return "平仓后停止"
    return "不再入场，持仓照样止盈，回到区间再报"


def way_words(mark: WayBarred) -> str:
    """Return whose order keeps which one from being sent, or that none does any more."""
    what = f"{BUY_SELL[mark.side]} {short(mark.instrument)}"
    return f"{what} 等待{mark.why}让开，否则会自成交" if mark.why else f"{what} 不再等自己的委托让开"


def outgrown_words(mark: m.PositionMissing) -> str:
    """Return that what a roll takes along holds more than it moves, without a full stop."""
    names, near = "、".join(mark.strategies), short(mark.instrument)
    return f"随移策略 {names} 现持 {near} {mark.wanted} 手，多于移仓手数 {mark.closable} 手，等待；请加大移仓手数"


def _moved(mark: m.Finished) -> str:
    names = "、".join(f"{one.strategy}（{short(one.near)} → {short(one.far)}）" for one in mark.moved)
    kept = "、".join(f"{one.strategy}（{one.why}）" for one in mark.kept)
    return (f"；随移策略 {names} 已改绑" if names else "") + (f"；未改绑 {kept}" if kept else "")


def _roll_mark(settings: StrategySettings, mark: _RollMark) -> str:
    match mark:
        case m.MarketStuck():
            return f"{short(mark.instrument)} {mark.why}：{mark.plan}"
        case m.MarketFlows():
            if isinstance(settings, TargetSettings):
                return "恢复双边报价，配平继续"
            return "两个合约都恢复双边报价，移仓继续"
        case m.TimingChosen():
            return f"移仓时机自动切换：现在由“{timing_of(settings, mark.place)}”决定"
        case m.TimingMark():
            return "" if not mark.turned else f"移仓时机{timing_sentence(settings, mark)}"
        case m.ContractFrozen():
            return f"今日主力合约 {short(mark.main)}"
        case m.RollBegan() | SlicesLifted() | DeadlineMissed():
            return _goes(settings, mark)
        case m.BatchBegan():
            return f"第 {mark.batch} 批开始，{mark.lots} 手"
        case m.FellowTold():
            return _fellow(mark)
        case m.NearExpires():
            left = f"还有 {mark.lots} 手没有移" if isinstance(settings, RollSettings) else f"还持有 {mark.lots} 手"
            return f"{short(mark.instrument)} {expires_words(mark)}，{left}"
        case m.FarHeld():
            return (
                f"停止平近月：{short(mark.instrument)} 开不了（{mark.why}）" if mark.why else "远月又可以开，移仓继续"
            )
        case _:
            assert_never(mark)


def _goes(settings: StrategySettings, mark: m.RollBegan | SlicesLifted | DeadlineMissed) -> str:
    if isinstance(mark, DeadlineMissed):
        return missed_words(settings, mark)
    if isinstance(mark, m.RollBegan):
        return "移仓时机已到，开始移仓"
    met = "、".join(f"“{timing_of(settings, place)}”" for place in mark.places)
    return f"{met}已满足，不再按份：其余 {mark.lots} 手接着移完"


def timing_sentence(settings: StrategySettings, mark: m.TimingMark) -> str:
    """Return how a timing stands: whether it is met, its threshold, its value now."""
    name = timing_of(settings, mark.place) or mark.timing
    stands = timing_now(mark)
    now = f"，{stands}" if stands else ""
    note = f"（{mark.note}）" if mark.note else ""
    return f"{'已满足' if mark.met else '未满足'}：{name}{now}{note}"
