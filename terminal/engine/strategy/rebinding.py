"""Let other strategies go with the position a roll moves (D5): bound to near before, to far after, by one fact.

A roll takes along what its settings name, and only grids: a grid's lines can be moved by what the roll paid. When the
roll begins they are paused, for their orders would hold the lots it closes; until it is over those lots are its own.
The fact that it has finished says for each of them its new settings, so that no record lies between the roll's end and
theirs, and lets those that ran go on. A roll that is stopped half way binds nobody anew: what it had in hand stays
paused, with the lots it misses in its warning.

Who was approved by a second person was approved for near's prices: it is bound anew and waits for another approval.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP
from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain.errors import InvariantError
from terminal.domain.fact.control import StrategyPaused, StrategyStatus
from terminal.domain.fact.marks import Finished, MovedStrategy, RollBegan
from terminal.domain.parameters.strategy import GridSettings, RollSettings
from terminal.domain.products.fees import round_half_up
from terminal.domain.words.typed_text import shown
from terminal.engine.records.forgetting import OVER
from terminal.strategies.grid.trailing import rebound
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.fact.marks import StrategyMark
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn


def why_not_taken(account: AccountState, settings: RollSettings) -> str | None:
    """Return why a roll cannot take the strategies along that it names, or `None`."""
    if len(set(settings.strategies)) != len(settings.strategies):
        return "随移策略里有重复的编号。"
    lots = 0
    for name in settings.strategies:
        row = account.strategies.get(name)
        if row is None or row.status in OVER:
            return f"随移策略 {shown(name)} 不存在或已结束。"
        own = row.settings
        if not isinstance(own, GridSettings):
            return f"随移策略 {name} 不是网格；只有网格能随移仓改绑，请停止它或减少移仓手数。"
        if (own.instrument, own.side, own.hedge_flag) != (settings.near, settings.side, settings.hedge_flag):
            return f"随移策略 {name} 的合约、方向或投保与移仓不同，不能随它移。"
        if carrier_of(account, row) is not None:
            return f"随移策略 {name} 正随另一个移仓移动。"
        held = row.lots.get(settings.near)
        lots += 0 if held is None else abs(held.lots)
    return (
        f"随移策略共持 {lots} 手，多于移仓手数 {settings.lots} 手；请加大移仓手数。" if lots > settings.lots else None
    )


def carrier_of(account: AccountState, row: StrategyRow) -> StrategyRow | None:
    """Return the roll that has begun to move a strategy's lots and is not over, `None` where there is none."""
    for one in account.strategies.values():
        named = isinstance(one.settings, RollSettings) and row.strategy in one.settings.strategies
        if named and one.status not in OVER and isinstance(one.memory, RollMemory) and one.memory.began:
            return one
    return None


def take_along(turn: Turn, account: AccountState, roll: StrategyRow, mark: StrategyMark) -> bool:
    """Pause what a roll takes along as it begins; return whether the mark has bound some of it anew."""
    if isinstance(mark, RollBegan) and isinstance(roll.settings, RollSettings):
        for name in roll.settings.strategies:
            row = account.strategies.get(name)
            if row is not None and row.status is StrategyStatus.RUNNING:
                turn.say(StrategyPaused(account=account.account, strategy=name, reason=_reason(roll)))
    return isinstance(mark, Finished) and bool(mark.moved)


def bind_anew(look: Look, account: AccountState, roll: StrategyRow, mark: Finished) -> Finished | None:
    """Return the mark of a finished roll with what it took along; `None` while an order of theirs is not over."""
    settings, memory = roll.settings, roll.memory
    if not isinstance(settings, RollSettings) or not isinstance(memory, RollMemory) or not settings.strategies:
        return mark
    rows = [account.strategies[name] for name in settings.strategies if name in account.strategies]
    if any(order.cause.strategy in settings.strategies for order in account.live.values()):
        return None
    return replace(mark, moved=tuple(_moved(look, roll, settings, memory, rows)))


def _moved(
    look: Look, roll: StrategyRow, settings: RollSettings, memory: RollMemory, rows: list[StrategyRow]
) -> Iterator[MovedStrategy]:
    near, left = look.instrument(settings.near), memory.closed
    spread = (memory.far_value - memory.near_value) / memory.closed
    shift = (spread / near.tick).to_integral_value(rounding=ROUND_HALF_UP) * near.tick
    for row in rows:
        held = row.lots.get(settings.near)
        lots = 0 if held is None else held.lots
        if row.status in OVER or not isinstance(row.settings, GridSettings) or abs(lots) > left:
            continue  # an order of its own filled late: what it holds was not all moved
        new = rebound(row.settings, settings.far, shift)
        if strategy_of(new).check(new) is not None:
            continue
        left -= abs(lots)
        yield MovedStrategy(
            strategy=row.strategy,
            settings=new,
            version=row.version + 1,
            near=settings.near,
            far=settings.far,
            paid_yuan=round_half_up(near.value(spread * lots, 1)),
            resumes=row.status is StrategyStatus.PAUSED and row.reason == _reason(roll) and row.envelope is None,
        )


def move_strategy(account: AccountState, moved: MovedStrategy) -> None:
    """Fold that a strategy's lots have gone to another contract, and its settings with them."""
    row = account.strategies[moved.strategy]
    if moved.version != row.version + 1 or type(moved.settings) is not type(row.settings):
        raise InvariantError(f"strategy {row.strategy} cannot go from version {row.version} to {moved.version}")
    row.settings, row.version, row.heard_day = moved.settings, moved.version, account.trading_day
    held = row.lots.pop(moved.near, None)
    if held is not None:
        held.cost += moved.paid_yuan
        row.lots[moved.far] = held
    if moved.resumes:
        row.status, row.reason, row.then = StrategyStatus.RUNNING, "", None


def _reason(roll: StrategyRow) -> str:
    return f"随移仓 {roll.strategy} 移动"
