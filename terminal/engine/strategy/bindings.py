"""Say which strategies can go with a roll, and what their settings are once far stands where near stood (D5).

- A grid's lines stand at near's prices: all move by what the roll paid, far less near.
- A spread's leg near becomes far: a set is worth that difference times the leg's coefficient more, so its two prices,
  and a grid's stop and bounds, move by as much. What it was willing to pay for its other legs stays what it was.
- A target trades another contract; its ratio has no price in it.
- A rule of one's own sees one series: what it saw of near moves to where far stands, so a roll is no move of the
  market to it. What prices its numbers hold the house cannot know, and leaves.
- An execution has its window and its limit, a conversion is done once, a roll moves others: they stay.

Differences are taken in whole ticks of far, so that what stood on a tick stands on one.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, assert_never

from msgspec.structs import replace

from terminal.domain.orders.order import Side
from terminal.domain.parameters.carry import carries
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import ExecutionSettings, GridSettings, RollSettings, SpreadSettings
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.words.spot_terms import SpotTerm
from terminal.engine.book.carriers import recorded_lots
from terminal.engine.strategy.envelope import finer_than_priced, unfit
from terminal.engine.strategy.owners import why_owned
from terminal.engine.wording import short
from terminal.strategies.grid.trailing import rebound as rebound_grid
from terminal.strategies.own.windows import rebound as rebound_own
from terminal.strategies.spread.rebound import rebound as rebound_spread
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow

ZERO = Decimal(0)
Bindable = GridSettings | SpreadSettings | OwnSettings | TargetSettings


def shift_of(far: Instrument, spread: Decimal) -> Decimal:
    """Return far less near, in yuan, in whole ticks of far."""
    return (spread / far.tick).to_integral_value(rounding=ROUND_HALF_UP) * far.tick


def rebound(settings: Bindable, roll: RollSettings, shift: Decimal, at: int) -> Bindable:
    """Return the settings of a strategy that has gone with a roll whose far stands `shift` yuan above near.

    `at` is the instant, UTC ns: what was quoted up to it is near's.
    """
    match settings:
        case GridSettings():
            return rebound_grid(settings, roll.far, shift)
        case SpreadSettings():
            return rebound_spread(settings, roll.near, roll.far, shift)
        case OwnSettings():
            return rebound_own(settings, roll.near, roll.far, at, shift)
        case TargetSettings():
            return replace(settings, instrument=roll.far)
        case _:
            assert_never(settings)


def bindable(settings: StrategySettings) -> Bindable | str:
    """Return the settings of a strategy that may go with a roll, or what it is that may not."""
    match settings:
        case ExecutionSettings():
            return "是算法执行：它绑定时间窗口与限价，到时自己结束，不能随移；请等它结束，或停止它"
        case RollSettings():
            return "是移仓，不能随另一个移仓移；请从随移策略里去掉它"
        case SpreadSettings() if settings.conversion is not None:
            return "是期权期货互转：只做一次，不能随移；请等它完成，或停止它"
        case SpreadSettings() if carries(settings.spot_side):
            return f"的价差含{SpotTerm.CARRY}：换了月份要持有更久，买卖价要重看，不能随移；请停止它，另启一个"
        case GridSettings() | SpreadSettings() | OwnSettings() | TargetSettings():
            return settings
        case _:
            assert_never(settings)


def misfit(row: StrategyRow, roll: RollSettings) -> str:
    """Return why a strategy's contracts, side or lots do not go with a roll, "" where they do.

    It follows the strategy's name, and has no full stop.
    """
    own, near = bindable(row.settings), short(roll.near)
    if isinstance(own, str):
        return own
    other_side = isinstance(own, GridSettings) and own.side is not roll.side
    if roll.near not in strategy_of(own).instruments(own) or own.hedge_flag is not roll.hedge_flag or other_side:
        return "的合约、方向或投保与移仓不同，不能随它移"
    if isinstance(own, SpreadSettings) and any(leg.instrument == roll.far for leg in own.legs):
        return f"已有一腿是 {short(roll.far)}，改绑后两腿会是同一合约；请停止它，或移到别的月份"
    if isinstance(own, OwnSettings) and any(one.instrument == roll.far for one in own.contracts):
        return f"已看着 {short(roll.far)}，改绑后两个合约会是同一个；请停止它，或移到别的月份"
    lots = recorded_lots(row, roll)
    if lots * roll.side.sign < 0:
        held = f"{'多' if lots > 0 else '空'} {abs(lots)} 手"
        return f"现持 {near} {held}，移仓移的是{'多' if roll.side is Side.BUY else '空'}头；请等它平掉，或不带它"
    return ""


def unbindable(look: Look, account: AccountState, row: StrategyRow, roll: RollSettings, shift: Decimal) -> str:
    """Return why a strategy's settings would not do on far, "" where they would; as `misfit` does."""
    own = bindable(row.settings)
    if isinstance(own, str):
        return own
    near, far = look.instrument(roll.near), look.instrument(roll.far)
    if (near.product, near.multiplier) != (far.product, far.multiplier):
        return f"不能随移：{short(roll.near)} 与 {short(roll.far)} 不是同一品种、同一合约乘数"
    new = rebound(own, roll, shift, look.now)
    fine = finer_than_priced(look, new)
    if fine is not None:
        return f"改绑后不成立：{short(fine)} 的价格系数太细，算不出价差"
    wrong = strategy_of(new).check(new) or unfit(look, new) or why_owned(account, row.strategy, new)
    return f"改绑 {short(roll.far)} 后不成立：{wrong.removesuffix('。')}" if wrong else ""
