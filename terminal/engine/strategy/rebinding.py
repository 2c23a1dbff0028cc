"""Let other strategies go with the position a roll moves (D5): bound to near before, to far after, by one fact.

A roll takes along what its settings name (`bindings` says which can go). When the roll begins they come to rest, for
their orders would hold the lots it closes: what is unbalanced is balanced first, and the roll waits for it. Until it
is over those lots are its own. The fact that it has finished says for each of them its new settings, so that no record
lies between the roll's end and theirs, and lets those that ran go on. Whom it could not bind it names with the reason.
A roll that is stopped half way binds nobody anew: what it had in hand stays paused, with the lots it misses in its
warning.

From a contract to which a roll has bound it a strategy does not go on the same trading day: when the main contract
turns in the night and back in the day session, nobody goes there and back, and opens in both. Another leg of a spread
may go on that day, once the first one's roll is over.

Who was approved by a second person was approved for near's prices: it is bound anew and waits for another approval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain.fact.control import Rest, StrategyStatus
from terminal.domain.fact.marks import Finished, KeptStrategy, MovedStrategy, PositionMissing, RollBegan
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import RollSettings
from terminal.domain.products.fees import round_half_up
from terminal.domain.words.settings import WORDS
from terminal.domain.words.typed_text import shown
from terminal.engine.book.carriers import carrier_of, is_on, moves_elsewhere, recorded_lots, was_bound_today
from terminal.engine.book.claims import why_bereft
from terminal.engine.records.forgetting import OVER
from terminal.engine.strategy.bindings import ZERO, bindable, misfit, rebound, shift_of, unbindable
from terminal.engine.strategy.envelope import not_approved
from terminal.engine.strategy.stopped import why_stopped
from terminal.engine.strategy.winding import bring_to_rest
from terminal.engine.wording import short
from terminal.strategies.roll.last_days import far_is_over, is_over
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.fact.marks import StrategyMark
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn


def why_not_taken(look: Look, account: AccountState, settings: RollSettings) -> str | None:
    """Return why a roll cannot take the strategies along that it names, or `None`."""
    if len(set(settings.strategies)) != len(settings.strategies):
        return "随移策略里有重复的编号。"
    for name in settings.strategies:
        row = account.strategies.get(name)
        if row is None or row.status in OVER:
            return f"随移策略 {shown(name)} 不存在或已结束。"
        wrong = misfit(row, settings) or unbindable(look, account, row, settings, ZERO)
        if wrong:
            return f"随移策略 {name} {wrong}。"
        if carrier_of(account, row) is not None:
            return f"随移策略 {name} 正随另一个移仓移动。"
        if was_bound_today(account, row, settings.near):
            return f"随移策略 {name} 今日已随移仓改绑过；同一交易日只改绑一次，请下一交易日再移。"
    return why_too_few(account, settings)


def why_too_few(account: AccountState, settings: RollSettings) -> str | None:
    """Return why a roll moves fewer lots than what it is to take along holds of near, or `None`."""
    rows = (account.strategies.get(name) for name in settings.strategies)
    lots = sum(abs(recorded_lots(row, settings)) for row in rows if row is not None and row.status not in OVER)
    if lots <= settings.lots:
        return None
    return f"随移策略共持 {lots} 手，多于移仓手数 {settings.lots} 手；请加大移仓手数。"


def why_not_fresh(settings: StrategySettings) -> str | None:
    """Return why nobody can start a strategy by these settings: they say what only a roll says; `None` where not."""
    if isinstance(settings, OwnSettings) and any(one.before for one in settings.contracts):
        return f"{WORDS['before']}由移仓填写，启动时请去掉。"
    return None


def why_waits(account: AccountState, roll: StrategyRow) -> str:
    """Return why a roll stands still for what it takes along, for its card; "" where it does not.

    One of them was bound to near today, another leg of it is being moved, it is still being balanced, or they have come
    to hold more than the roll moves: it would close lots of theirs and leave them on near.
    """
    settings, memory = roll.settings, roll.memory
    if roll.status is not StrategyStatus.RUNNING or not isinstance(settings, RollSettings) or not settings.strategies:
        return ""
    rows = [row for name in settings.strategies if (row := account.strategies.get(name)) is not None]
    if not isinstance(memory, RollMemory) or not memory.began:
        near = settings.near
        early = [row for row in rows if was_bound_today(account, row, near) and is_on(row, near)]
        if early:
            return f"随移策略 {_names(early)} 今日已改绑过，等下一交易日"
        others = [(row, other) for row in rows if (other := moves_elsewhere(account, row, settings)) is not None]
        return "，".join(
            f"随移策略 {row.strategy} 的另一腿正随移仓 {other.strategy} 移动，等它移完" for row, other in others
        )
    unbalanced = [row for row in rows if row.status is StrategyStatus.WINDING]
    if unbalanced:
        return f"等随移策略 {_names(unbalanced)} 平衡，再平近月"
    many = outgrown(account, roll)
    return "" if many is None else f"随移策略共持 {many.wanted} 手，多于移仓手数 {many.closable} 手，等加大移仓手数"


def stands_still(look: Look, account: AccountState, roll: StrategyRow) -> bool:
    """Return whether a roll decides nothing for what it takes along; one whose near or far is over waits for nobody."""
    settings = roll.settings
    return bool(why_waits(account, roll)) and not (isinstance(settings, RollSettings) and is_over(settings, look))


def outgrown(account: AccountState, roll: StrategyRow) -> PositionMissing | None:
    """Return the mark of a roll that has closed nothing yet while what it carries holds more lots than it moves."""
    settings, memory = roll.settings, roll.memory
    if not isinstance(settings, RollSettings) or not isinstance(memory, RollMemory) or memory.batch:
        return None
    rows = (account.strategies.get(name) for name in settings.strategies)
    held = {
        row.strategy: recorded_lots(row, settings) * settings.side.sign
        for row in rows
        if row is not None and row.status not in OVER and carrier_of(account, row) is roll
    }
    ours = {name: lots for name, lots in held.items() if lots > 0}  # who has turned to the other side stays on near
    if sum(ours.values()) <= settings.lots:
        return None
    return PositionMissing(
        instrument=settings.near,
        wanted=sum(ours.values()),
        closable=settings.lots,
        trading_day=account.trading_day,
        strategies=tuple(ours),
    )


def missing_said(account: AccountState, roll: StrategyRow) -> PositionMissing | None:
    """Return what a roll that waits has to say, once a trading day: that what it carries holds more than it moves."""
    known = isinstance(roll.memory, RollMemory) and roll.memory.missing_day == account.trading_day
    return None if known else outgrown(account, roll)


def _names(rows: list[StrategyRow]) -> str:
    return "、".join(row.strategy for row in rows)


def take_along(turn: Turn, account: AccountState, roll: StrategyRow, mark: StrategyMark) -> bool:
    """Let what a roll takes along come to rest as it begins; return whether the mark has bound some of it anew."""
    if isinstance(mark, RollBegan) and isinstance(roll.settings, RollSettings):
        for name in roll.settings.strategies:
            row = account.strategies.get(name)
            if row is not None and row.status is StrategyStatus.RUNNING and carrier_of(account, row) is roll:
                bring_to_rest(turn, account, row, Rest.PAUSED, _reason(roll))
    return isinstance(mark, Finished) and bool(mark.moved)


def bind_anew(look: Look, account: AccountState, roll: StrategyRow, mark: Finished) -> Finished | None:
    """Return the mark of a finished roll with what it took along; `None` while an order of theirs is not over."""
    settings, memory = roll.settings, roll.memory
    if not isinstance(settings, RollSettings) or not isinstance(memory, RollMemory) or not settings.strategies:
        return mark
    if any(order.cause.strategy in settings.strategies for order in account.live.values()):
        return None
    left, moved, kept = memory.closed, [], []
    for name in settings.strategies:
        row = account.strategies.get(name)
        if row is None or row.status in OVER:
            continue
        found = _bound(look, account, roll, row, left)
        if isinstance(found, str):
            kept.append(
                KeptStrategy(strategy=name, near=settings.near, why=f"{found}；现绑在 {_stands_on(row, settings)}")
            )
        else:
            left -= abs(recorded_lots(row, settings))
            moved.append(found)
    return replace(mark, moved=tuple(moved), kept=tuple(kept))


def _bound(look: Look, account: AccountState, roll: StrategyRow, row: StrategyRow, left: int) -> MovedStrategy | str:
    # What has changed since the roll was begun is judged again: here nobody is there to be asked.
    settings, memory = roll.settings, roll.memory
    if not isinstance(settings, RollSettings) or not isinstance(memory, RollMemory) or not memory.closed:
        return "近月没有平仓"
    if carrier_of(account, row) is not roll:
        return _why_not_carried(account, row, settings)
    if memory.closed != memory.opened:
        return f"近月已平 {memory.closed} 手，远月只开了 {memory.opened} 手"
    if far_is_over(settings, look):
        return f"远月 {short(settings.far)} 已过最后交易日"
    near, far = look.instrument(settings.near), look.instrument(settings.far)
    spread = (memory.far_value - memory.near_value) / memory.closed
    shift = shift_of(far, spread)
    own, lots = bindable(row.settings), recorded_lots(row, settings)
    wrong = misfit(row, settings) or unbindable(look, account, row, settings, shift)
    if isinstance(own, str) or wrong:
        return wrong
    if abs(lots) > left:
        return f"持 {abs(lots)} 手，移过去的只有 {left} 手"  # an order of its own filled late
    held, new = row.lots.get(settings.near), rebound(own, settings, shift, look.now)
    bereft = why_bereft(account, row)
    why = why_stopped(account, row.strategy, new) or bereft or not_approved(account, row, new)
    if not why and row.envelope is not None:
        why = "复核是就改绑之前的价格做的，请核对之后恢复"
    if not why and roll.status is StrategyStatus.PAUSED:  # who paused it has not said that anything should trade
        why = "移仓暂停着到期结束，请核对之后恢复"
    waited = row.status is StrategyStatus.PAUSED and row.reason.startswith(_reason(roll))
    return MovedStrategy(
        strategy=row.strategy,
        settings=new,
        version=row.version + 1,
        near=settings.near,
        far=settings.far,
        paid_yuan=round_half_up(near.value(spread * (0 if held is None else held.lots), 1)),
        resumes=waited and not why,
        why=why if waited else "",
        lots_taken=bool(bereft),
    )


def _why_not_carried(account: AccountState, row: StrategyRow, roll: RollSettings) -> str:
    # As `misfit` says it.
    other = carrier_of(account, row)
    if other is not None:
        return f"正随移仓 {other.strategy} 移动"
    if row.bound and row.bound_day == account.trading_day:
        return "今日已随移仓改绑过"
    return misfit(row, roll) or "移仓开始时没有随它移"


def _stands_on(row: StrategyRow, roll: RollSettings) -> str:
    names = strategy_of(row.settings).instruments(row.settings)
    return short(roll.near) if is_on(row, roll.near) else "、".join(short(name) for name in names)


def _reason(roll: StrategyRow) -> str:
    return f"随移仓 {roll.strategy} 移动"
