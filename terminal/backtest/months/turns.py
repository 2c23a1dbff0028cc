"""Say of each kind of strategy that follows main contracts how it goes to the next one: what rolls, what changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

import msgspec

from terminal.backtest.words import STATUSES
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import GridSettings, Manual, RollSettings, SpreadSettings
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.stage import Stage
from terminal.strategies.grid.trailing import rebound as rebound_grid
from terminal.strategies.own.windows import rebound as rebound_own
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.rebound import rebound as rebound_spread
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId
    from terminal.engine.state import StrategyRow

ROLL: Final = "-换月"  # between a strategy's name and the number of the change: its roll
MOST_NAKED: Final = 5  # lots closed near and not yet opened far

Followed = OwnSettings | GridSettings | SpreadSettings
FOLLOWED: Final = (OwnSettings, GridSettings, SpreadSettings)


class Turn(NamedTuple):
    """Hold a change of the main contract: from when on (UTC ns), and how much dearer the new one closed, yuan."""

    begins: int
    old: InstrumentId
    new: InstrumentId
    gap: Decimal


class Pace(NamedTuple):
    """Hold how a roll chases what does not fill: ticks beyond the opposite price, and seconds of patience.

    `None` is as the strategy does, or for a grid, which never chases, as any roll does.
    """

    pay_up_ticks: int | None = None
    chase_seconds: int | None = None


def roll_name(strategy: StrategyId, turn: int) -> StrategyId:
    """Return the name of the roll that takes a strategy over its change number `turn`, from 0."""
    return StrategyId(f"{strategy}{ROLL}{turn + 1}")


def stands_on(settings: Followed, instrument: InstrumentId) -> bool:
    """Return whether a strategy is bound to a contract, be it by one leg."""
    return instrument in strategy_of(settings).instruments(settings)


def is_leaving(row: StrategyRow) -> bool:
    """Return whether a strategy only closes what it holds, and ends: at its stop, or out of its bounds."""
    return isinstance(row.memory, GridMemory | SpreadMemory) and row.memory.stage is not Stage.RUNNING


def net_of(row: StrategyRow, instrument: InstrumentId) -> int:
    """Return the signed lots that a strategy holds of a contract."""
    held = row.lots.get(instrument)
    return 0 if held is None else held.lots


def standing_of(roll: StrategyRow) -> str:
    """Return in words how far a roll has come."""
    said = f"移仓 {roll.strategy} {STATUSES[roll.status.value]}{f'（{roll.reason}）' if roll.reason else ''}"
    settings, memory = roll.settings, roll.memory
    if not isinstance(settings, RollSettings) or not isinstance(memory, RollMemory):
        return said
    left, opened = settings.lots - abs(memory.near.net), abs(memory.far.net)
    return f"{said}，{settings.near} 还有 {left} 手没有平，{settings.far} 已开 {opened} 手"


def turned(settings: Followed, turn: Turn, at: int) -> Followed:
    """Return the settings of what holds nothing once the main contract has changed; `at` is UTC ns."""
    match settings:
        case GridSettings():
            return rebound_grid(settings, turn.new, turn.gap)
        case SpreadSettings():
            return rebound_spread(settings, turn.old, turn.new, turn.gap)
        case OwnSettings():
            return rebound_own(settings, turn.old, turn.new, at, turn.gap)
        case _:
            assert_never(settings)


def roll_of(settings: Followed, strategy: StrategyId, net: int, turn: Turn, pace: Pace) -> RollSettings:
    """Return the roll that moves net lots of a strategy to the new main contract at once.

    No more lots are open between the months than a spread bears between its legs.
    """
    most = min(MOST_NAKED, settings.naked_lots) if isinstance(settings, SpreadSettings) else MOST_NAKED
    roll = RollSettings(
        account=settings.account,
        near=turn.old,
        far=turn.new,
        side=Side.BUY if net > 0 else Side.SELL,
        lots=abs(net),
        batch_lots=abs(net),
        naked_lots=min(abs(net), most),
        timings=(Manual(go=True),),
        hedge_flag=settings.hedge_flag,
        strategies=(strategy,),
    )
    for one in (_pace_of(settings, turn.old), pace):
        chosen = {key: value for key, value in one._asdict().items() if value is not None}
        roll = msgspec.structs.replace(roll, **chosen)
    return roll


def _pace_of(settings: Followed, instrument: InstrumentId) -> Pace:
    match settings:
        case GridSettings():
            return Pace()
        case SpreadSettings():
            leg = next(one for one in settings.legs if one.instrument == instrument)
            return Pace(leg.pay_up_ticks, leg.hedge_seconds or settings.hedge_seconds)
        case OwnSettings():
            return Pace(settings.pay_up_ticks, settings.chase_seconds)
        case _:
            assert_never(settings)
