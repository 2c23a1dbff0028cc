"""Say to people what a roll cannot mend by itself: what waits, what is left of near, what far lacks, what to do now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from terminal.domain.fact.control import Rest, StrategyStatus
from terminal.domain.fact.marks import FarHeld, FellowTold, NearExpires
from terminal.domain.fact.roll_marks import BeginHeld, DeadlineMissed, FarCovered, RollTold, RollUnmatched, SlicesLifted
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Half
from terminal.domain.words.risk import Level
from terminal.engine.alert.deadline_alerts import deadline_alert
from terminal.engine.alert.sentences import alert_for, lots_text, named, same_lots
from terminal.engine.folds.book import has_ended
from terminal.engine.sentences.marks import covered_words, expires_words
from terminal.strategies.roll.last_days import was_short
from terminal.strategies.roll.memory import NEAR_LEG, RollMemory

if TYPE_CHECKING:
    from terminal.domain.fact.facts import AlertRaised
    from terminal.domain.fact.marks import Finished
    from terminal.domain.parameters.strategy import RollSettings
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow

NOT_THERE: Final = "账户里并没有（没有持有过，或已平掉），不涉及到期"


def roll_alert(
    look: Look, row: StrategyRow, settings: RollSettings, mark: RollTold | FellowTold | FarHeld | NearExpires
) -> AlertRaised | None:
    """Return the alert that a roll's statement calls for, or `None`."""
    match mark:
        case FellowTold():
            memory = row.memory
            return _fellow_held(look, row, settings, memory, mark) if isinstance(memory, RollMemory) else None
        case FarHeld():
            return _far_held(look, row, mark)
        case NearExpires():
            left = f"{expires_words(mark)}，还有 {lots_text(look, mark.instrument, mark.lots)}没有移"
            left += same_lots(look, row, settings, mark.lots)
            what = f"{named(look, mark.instrument)}{left}；到期不移即交割或了结，{_not_moved(row)}，或人工移。"
            return alert_for(row, "NEAR_EXPIRES", mark.instrument, what, Level.YELLOW if mark.days else Level.ORANGE)
        case BeginHeld():
            what = f"移仓时机已满足而没有开始：{mark.why}。原因消失就开始；赶不及的请按原因处理，或人工移。"
            return alert_for(row, "ROLL_WAITS", mark.instrument, what)
        case FarCovered():
            return _covered(look, row, mark)
        case RollUnmatched():
            return _unmatched(look, row, settings, mark)
        case DeadlineMissed():
            return deadline_alert(look, row, settings, mark)
        case SlicesLifted():
            return None
        case _:
            assert_never(mark)


def roll_left(look: Look, row: StrategyRow, settings: RollSettings, mark: Finished) -> str:
    """Return what a roll that is over has not moved, and what far lacks; "" where there is neither."""
    memory = row.memory
    if not isinstance(memory, RollMemory) or (settings.half is Half.FAR and memory.opened >= memory.closed):
        return ""
    if memory.closed == memory.opened >= settings.lots:
        return ""
    far_is_over = (look.days_to_expiry(settings.far) or 0) < 0
    then = "没有移的按到期处理，请核对持仓，要续做请人工开远月"
    if was_short(settings, memory, look):
        then = "没有移的账户里已经没有，请核对持仓，要续做请人工开远月"
    elif not _expires(look, row, settings):
        then = f"没有移的{NOT_THERE}，请核对移仓手数与持仓"
    if far_is_over:
        then = "没有移的还在近月，远月缺的请在别的月份人工补齐，请核对持仓"
    return f"{mark.summary.rstrip('。')}。{then}"


def _expires(look: Look, row: StrategyRow, settings: RollSettings) -> bool:
    # Whether near lots were delivered or settled: they are still booked, or the exchange has told their end.
    # After a long stop that may be forgotten.
    name, flag, side = settings.near, settings.hedge_flag, settings.side
    held, account = look.position(row.account, name, flag), look.state.accounts[row.account]
    if (held.long if side is Side.BUY else held.short) or has_ended(account, name, flag, side):
        return True
    last = look.instrument(name).expiry
    return last is not None and last < account.forgotten.before


def _fellow_held(
    look: Look, row: StrategyRow, settings: RollSettings, memory: RollMemory, mark: FellowTold
) -> AlertRaised | None:
    if not mark.turned or mark.ready or mark.leg == NEAR_LEG or not memory.began:
        return None
    ahead, near_is_over = memory.closed - memory.opened, (look.days_to_expiry(settings.near) or 0) < 0
    back = "" if near_is_over else "或买回近月" if settings.side.sign > 0 else "或卖回近月"
    lacks = f"差 {ahead} 手由它补齐，不能等的请人工开远月{back}" if ahead > 0 else "两腿已平衡"
    what = (
        f"跨账户移仓：开远月的一半{mark.why}{'' if near_is_over else '，停止平近月'}；"
        f"近月已平 {memory.closed} 手，远月已开 {memory.opened} 手，{lacks}。"
    )
    return alert_for(row, "FELLOW_HELD", settings.far, what)


def _far_held(look: Look, row: StrategyRow, mark: FarHeld) -> AlertRaised | None:
    memory = row.memory
    if not mark.why or not isinstance(memory, RollMemory):
        return None
    lacks = f"远月缺 {mark.lack} 手未对冲，开得了即补齐" if mark.lack else "两腿已平衡，开得了即继续"
    stands = f"近月已平 {memory.closed} 手，远月已开 {memory.opened} 手，{lacks}"
    what = f"{named(look, mark.instrument)}开不了，停止平近月：{mark.why.rstrip('。')}。{stands}。"
    return alert_for(row, "FAR_HELD", mark.instrument, what)


def _unmatched(look: Look, row: StrategyRow, settings: RollSettings, mark: RollUnmatched) -> AlertRaised:
    # It is paused, and far is not over: only its people can have the rest opened.
    lack = mark.closed - mark.opened
    does = f"要补齐请恢复它，补齐后自己结束；已人工{_opens(settings)}的，停止它，它立即停下，不再由它补"
    if settings.half is Half.NEAR:
        does = "由远月账户的一半补，补齐后这一半自己结束"
    left = settings.lots - mark.closed
    rest = f"，没有移的 {left} 手{'已按到期处理' if _expires(look, row, settings) else NOT_THERE}" if left > 0 else ""
    what = (
        f"{named(look, mark.instrument)}已过最后交易日，移仓已暂停（{row.reason}），没有可移的了："
        f"近月已平 {mark.closed} 手，{named(look, settings.far)}已开 {mark.opened} 手，"
        f"还缺 {lots_text(look, settings.far, lack)}未对冲{rest}；{does}。"
    )
    return alert_for(row, "ROLL_UNMATCHED", settings.far, what)


def _opens(settings: RollSettings) -> str:
    return "买开" if settings.side.sign > 0 else "卖开"


def _not_moved(row: StrategyRow) -> str:
    match row.status:
        case StrategyStatus.PAUSED:
            return f"移仓已暂停（{row.reason}），不会自己移；请恢复它"
        case StrategyStatus.WINDING:
            return f"移仓正在收尾（{row.reason}），不再平近月；请收尾后另启"
        case _ if isinstance(row.memory, RollMemory) and row.memory.began:
            return f"来不及的请{'减少份数' if row.memory.sliced else '加大每批手数'}"
        case _:
            return "时机等不到的请改时机"


def _covered(look: Look, row: StrategyRow, mark: FarCovered) -> AlertRaised:
    again = "再按一次停止" if row.then is Rest.STOPPED else "按两次停止"
    what = (
        f"{named(look, mark.instrument)}收尾还缺 {mark.lack} 手；{covered_words(mark)}。移仓不知道它们，"
        f"开得了时会再开一遍：是人工补的，请{again}，不再由它补；不是来补的不用管。"
    )
    return alert_for(row, "FAR_COVERED", mark.instrument, what)
