"""Say what all families ask of a plan before a kernel plays it, and what a kernel hands back.

The controls of the gate that a kernel does not follow are looked at here: they must have nothing to say whatever the
strategy does, or the plan is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar

import msgspec

from terminal.backtest.kernel import memory as k
from terminal.backtest.kernel.exchange import FILLS, ORDERS, STOPPED
from terminal.backtest.kernel.market import refused
from terminal.domain.commands import StartStrategy
from terminal.domain.orders.order import HedgeFlag
from terminal.strategies.sight import FRESH

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from decimal import Decimal

    import numpy as np
    from numpy.typing import NDArray

    from terminal.backtest.kernel.exchange import Legs
    from terminal.backtest.kernel.market import Market
    from terminal.domain.parameters.limits import Limits
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.domain.products.instrument import Instrument
    from terminal.shell.plans.plan import Plan

    Table = NDArray[np.int64]

S = TypeVar("S", bound="StrategySettings")


class Family(Protocol):
    """Play one plan of a family of strategies, and tell what came of it."""

    def play(self) -> int:
        """Play the whole market, and return why it stopped, 0 where it came to the end."""

    @property
    def orders(self) -> Table:
        """Return the orders in the order they were sent, in the columns that `memory` names."""

    @property
    def fills(self) -> Table:
        """Return the fills in the order they came, in the same columns."""


class LegsFamily:
    """Play a strategy that has one order at a time on each contract, by the kernel of its family."""

    def __init__(self, memory: Legs, play: Callable[[Legs], int]) -> None:
        self.memory = memory
        self._play = play

    def play(self) -> int:
        """Play the whole market, and return why it stopped, 0 where it came to the end."""
        self._play(self.memory)
        return int(self.memory.now[STOPPED])

    @property
    def orders(self) -> Table:
        """Return the orders in the order they were sent."""
        return self.memory.orders[: self.memory.now[ORDERS]]

    @property
    def fills(self) -> Table:
        """Return the fills in the order they came."""
        return self.memory.fills[: self.memory.now[FILLS]]


class Laid(NamedTuple):
    """Hold what a kernel plays, and what its figures are reckoned with.

    `slack` lots of each contract may be under way at once, beside what is held.
    """

    family: Family
    settings: StrategySettings
    instruments: tuple[Instrument, ...]
    slack: tuple[int, ...]
    limits: Limits
    cash: Decimal


def sole_settings(plan: Plan, market: Market) -> StrategySettings:
    """Return the settings of a plan's one strategy, that trades from the first quote on; else it is a `UserError`."""
    opening, entries = plan.opening, plan.script.entries
    if len(opening.accounts) != 1 or opening.spreads or opening.alarms or opening.spots or plan.cuts:
        raise refused("要只有一个账户，没有价差、告警、现货与断线")
    if len(entries) != 1 or not isinstance(entries[0].wish, StartStrategy):
        raise refused("要只有一个策略，没有别的命令")
    settings, first = entries[0].wish.settings, int(market.at[0])
    if entries[0].when.instant(first) > first:
        raise refused("策略要从第一笔开始")
    if settings.hedge_flag is not HedgeFlag.SPECULATION:
        raise refused("策略要是投机持仓")
    return settings


def check_priced(market: Market) -> None:
    """Refuse a market whose first quote shows no price: the strategy would start later."""
    if any(market.priced):
        raise refused("行情的第一笔要有价格")


def check_known(settings: msgspec.Struct, known: Collection[str], word: str) -> None:
    """Refuse settings that a kernel does not know: a new one must not be left out unseen."""
    for field in msgspec.structs.fields(type(settings)):
        if field.name not in known and getattr(settings, field.name) != field.default:
            raise refused(f"内核不知道{word}的设置 {field.name}")


def check_limits(market: Market, limits: Limits, most: Sequence[int], largest: Sequence[int]) -> None:
    """Refuse a plan whose size could come near C2, C4 or C5: most lots held, and of an order, of each contract."""
    if limits.is_hedge_account or limits.hedge_bounds or limits.hedge_plan_lots is not None:
        raise refused("账户要不是套保账户，没有套保方案")
    if limits.day_loss_yuan is None:
        raise refused("日亏损限额要写明")
    value = 0 * limits.confirm_value_yuan
    for slot, instrument in enumerate(market.instruments):
        total = most[slot]
        lots = limits.position_lots_by_instrument.get(instrument.id, limits.position_lots)
        if lots is None or total > lots * limits.position_confirm_fraction:
            raise refused(f"{instrument.id} 最多 {total} 手，要在持仓限额的复核线之内")
        limit = instrument.position_limit
        if limit is not None and limit.lots is not None and total > limit.lots * limits.position_confirm_fraction:
            raise refused(f"{instrument.id} 最多 {total} 手，要在交易所持仓限额的复核线之内")
        if instrument.max_lots is None or largest[slot] > instrument.max_lots:
            raise refused(f"{instrument.id} 每笔至多 {largest[slot]} 手，要在交易所的最大下单手数之内")
        ours = market.long[market.beside[:, k.SLOT] == slot, k.FAR]
        value += instrument.value(instrument.price(int(ours.max())), total)
    if value > min(limits.confirm_value_yuan, limits.max_value_yuan):
        raise refused("全部手数的市值要在复核线与上限之内")


# What the strategies that send one order at a time to a place can never come to, at the pace they keep by themselves:
# in a second an order and two cancels, in ten five orders and six cancels; thirty orders a minute.
MESSAGES_A_SECOND: Final = 3
MESSAGES_IN_TEN: Final = 11
ORDERS_A_MINUTE: Final = 30


def check_pace(limits: Limits, places: int) -> None:
    """Refuse limits of C3, C8 and C10 that strategies with so many places for one order could come to."""
    if (
        limits.messages_in_one_second < MESSAGES_A_SECOND * places
        or limits.messages_per_second_average * 10 < MESSAGES_IN_TEN * places
        or limits.repeats_in_window < ORDERS_A_MINUTE
    ):
        raise refused("报撤频率（C8）与重复委托（C10）的限额比策略自己的节奏还紧")
    ages = (limits.quote_max_age_seconds, *limits.quote_max_age_by_instrument.values())
    if min(ages) * k.SECOND < FRESH:
        raise refused("行情时效（C3b）的限额比策略自己的还紧")
    if limits.collar_confirm_ticks < k.FARTHEST or limits.duplicate_window_seconds * k.SECOND >= k.GAP:
        raise refused("价格范围（C3）或重复委托（C9）的限额比策略自己的还紧")


def cancels_most(instrument: Instrument) -> int:
    """Return from how many cancels of a day on a kernel stops: before people are reminded of the exchange's line."""
    line = instrument.cancel_line
    return k.NEVER if line is None else -(-line.cancels * 6 // 10)
