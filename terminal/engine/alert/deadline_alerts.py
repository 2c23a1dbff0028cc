"""Say to people why a roll does not keep a day by which near must be left, and what they can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.control import Rest, StrategyStatus
from terminal.domain.fact.roll_marks import DeadlineMissed, Delay
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Combine, RollSettings
from terminal.domain.words.risk import Level
from terminal.domain.words.settings import COMBINES, WORDS
from terminal.engine.alert.sentences import alert_for, named, same_lots
from terminal.engine.sentences.marks import missed_words
from terminal.strategies.roll.deadline import remainder
from terminal.strategies.roll.leaving import Deadline
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.roll.pace import slices_by, slices_of

if TYPE_CHECKING:
    from terminal.domain.fact.facts import AlertRaised
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow

MENDED = "按写明的原因处理"
RESTED = frozenset({StrategyStatus.PAUSED, StrategyStatus.WINDING})
ANY_OF_THEM = "把时机组合改成任一满足"


def deadline_alert(look: Look, row: StrategyRow, settings: RollSettings, mark: DeadlineMissed) -> AlertRaised | None:
    """Return the alert that a day is not kept: yellow ahead of it, orange once it has come; `None` where told today."""
    if mark.again:
        return None  # who changed its settings has just read of it in the preview
    cause, why = _besides_rest(look, row, settings, mark), ""
    ways = [] if cause is None else _ways(look, settings, mark, cause)
    if cause is not None:
        why = _why(look, row, settings, mark, cause)
    if row.status in RESTED:
        why = "，".join(filter(None, (f"{_rested(row)}（{row.reason}）", why)))
        ways = [f"恢复它，并{'或'.join(ways)}" if ways else "恢复它"] if row.then is not Rest.STOPPED else ["另启一个"]
    does = f"请{'，或'.join((*ways, '人工移'))}" if ways else "来不及的请人工移"
    same = same_lots(look, row, settings, mark.lots)
    what = f"{named(look, mark.instrument)}{missed_words(settings, mark)}{same}：{why}；{does}。"
    return alert_for(row, "ROLL_LATE", mark.instrument, what, Level.YELLOW if mark.days > 0 else Level.ORANGE)


def _rested(row: StrategyRow) -> str:
    if row.status is StrategyStatus.PAUSED:
        return "移仓已暂停"
    return f"移仓正在收尾，不平近月，平衡后{'停止' if row.then is Rest.STOPPED else '暂停'}"


def _besides_rest(look: Look, row: StrategyRow, settings: RollSettings, mark: DeadlineMissed) -> Delay | None:
    # What keeps near besides that the roll is paused: whether it is enough to let it go on.
    if mark.cause is not Delay.RESTS or not isinstance(row.memory, RollMemory):
        return mark.cause
    found = remainder(settings, row.memory, look, Deadline(mark.day, mark.days, mark.place))
    return None if found is None or found.cause not in {Delay.TIMINGS, Delay.SLICES} else found.cause


def _ways(look: Look, settings: RollSettings, mark: DeadlineMissed, cause: Delay) -> list[str]:
    ways, slices = list[str](), slices_of(settings)
    fits = 0 if slices is None or cause is not Delay.SLICES else slices_by(slices, mark.days, look)
    if slices is not None and 0 < fits < slices.slices:
        ways.append(f"把份数减到 {fits} 份以内")
    if cause in {Delay.SLICES, Delay.TIMINGS} and settings.combine is not Combine.ANY:
        ways.append(ANY_OF_THEM)
    if cause is Delay.BATCHES:
        ways.append(f"加大{WORDS['batch_lots']}或减少{WORDS['batch_pause_seconds']}")
    if cause in {Delay.FAR_HELD, Delay.FELLOW, Delay.WAITS}:
        ways.append(MENDED)
    if cause is Delay.MISSING:
        ways.append("撤去占着近月的平仓委托" if _is_frozen(look, settings) else MENDED)
    return ways


def _is_frozen(look: Look, settings: RollSettings) -> bool:
    position = look.position(settings.account, settings.near, settings.hedge_flag)
    return not (position.long_closable if settings.side is Side.BUY else position.short_closable)


def _why(look: Look, row: StrategyRow, settings: RollSettings, mark: DeadlineMissed, cause: Delay) -> str:
    ahead, combined = mark.days > 0, f"时机组合（{COMBINES[settings.combine]}）"
    begun = isinstance(row.memory, RollMemory) and row.memory.began
    batches = f"每批 {settings.batch_lots} 手、批间停 {settings.batch_pause_seconds} 秒，来不及"
    known = {
        Delay.TIMINGS: f"{combined}{'到那天还不会满足' if ahead else '现在没有满足'}",
        Delay.SLICES: f"{combined}{'不会加快' if ahead else '现在不加快'}",
        Delay.BATCHES: batches,
        Delay.STUCK: "有合约封板或只剩一边报价，停止平近月，恢复双边报价就接着移",
        Delay.MISSING: f"近月的可平手数不够{'' if _is_frozen(look, settings) else '它移，等着（原因见缺手数的提醒）'}",
        Delay.MOVING: f"{'还在移' if begun else '还没有开始移'}{'，剩下的时间不多' if mark.days == 0 else ''}",
    }
    return known.get(cause) or (_told(row.memory, cause) if isinstance(row.memory, RollMemory) else "")


def _told(memory: RollMemory, cause: Delay) -> str:
    # What people were told of already, said again as it was.
    if cause is Delay.FAR_HELD:
        return f"远月开不了，停止平近月（{memory.held.rstrip('。')}）"
    if cause is Delay.FELLOW:
        why = "" if memory.fellow is None else memory.fellow.why
        return f"开远月的一半{why or '还没有消息'}，停下等它"
    if cause is Delay.BROKEN:
        return f"远月缺 {memory.closed - memory.opened} 手没有跟上，补齐之前不平近月"
    return f"时机已满足而没有开始（{memory.waits_why.rstrip('。')}）" if cause is Delay.WAITS else ""
