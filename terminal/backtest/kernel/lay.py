"""Say what all families ask of a plan before a kernel plays it, and what a kernel hands back.

The controls of the gate that a kernel does not follow are looked at here: they must have nothing to say whatever the
strategy does, or the plan is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar

import msgspec

from terminal.backtest.kernel import memory as k
from terminal.backtest.kernel.market import refused
from terminal.domain.commands import StartStrategy
from terminal.domain.orders.kinds import conditions_of
from terminal.domain.orders.order import HedgeFlag, PriceKind, TimeCondition
from terminal.risk.message_rate import opening_rate
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
        return int(self.memory.now[k.STOPPED])

    @property
    def orders(self) -> Table:
        """Return the orders in the order they were sent."""
        return self.memory.orders[: self.memory.now[k.ORDERS]]

    @property
    def fills(self) -> Table:
        """Return the fills in the order they came."""
        return self.memory.fills[: self.memory.now[k.FILLS]]


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


# The limits that a kernel has looked at, here or in its audit, or that have nothing to say of what it lets through: the
# share of C3's collar for people's word, behind its ticks, and that of C5. Any other has to be as nobody changed it.
LOOKED_AT: Final = frozenset({
    "version", "confirm_value_yuan", "max_value_yuan", "hedge_plan_lots", "collar_confirm_ticks",
    "collar_confirm_fraction", "collar_max_fraction", "quote_max_age_seconds", "quote_max_age_by_instrument",
    "position_lots", "position_lots_by_instrument", "position_confirm_fraction", "hedge_bounds",
    "hedge_confirm_fraction", "margin_confirm", "margin_max", "day_loss_yuan", "strategy_day_loss_yuan",
    "is_hedge_account", "messages_per_second_average", "messages_in_one_second", "duplicate_window_seconds",
    "repeats_in_window", "refusals_in_window", "working_orders_confirm", "working_orders_max",
    "working_orders_per_instrument", "sandbox_rounds",
})  # fmt: skip


def check_limits(market: Market, limits: Limits, most: Sequence[int], largest: Sequence[int], *, smallest: int) -> None:
    """Refuse a plan that C1 or H8 could refuse, or whose size could come near C2, C4 or C5.

    `most` lots are held of each contract, `largest` are in an order of it; no opening order has fewer than `smallest`.
    """
    check_known(limits, LOOKED_AT, "限额")
    if limits.sandbox_rounds:
        raise refused("启动前要先在沙盘里走完几轮")
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
        if instrument.min_lots is not None and smallest < instrument.min_lots:
            raise refused(f"{instrument.id} 每笔至少 {smallest} 手，少于交易所的最小下单手数 {instrument.min_lots} 手")
        if not SENT_AS.issubset(conditions_of(instrument.order_kinds, PriceKind.LIMIT)):
            raise refused(f"交易所对 {instrument.id} 不收当日有效与立即成交剩余撤销的限价委托")
        ours = market.long[market.beside[:, k.SLOT] == slot, k.FAR]
        value += instrument.value(instrument.price(int(ours.max())), total)
    if value > min(limits.confirm_value_yuan, limits.max_value_yuan):
        raise refused("全部手数的市值要在复核线与上限之内")


# What the strategies that send one order at a time to a place can never come to, at the pace they keep by themselves:
# in a second an order and two cancels, in ten five orders and six cancels; thirty orders a minute.
MESSAGES_A_SECOND: Final = 3
MESSAGES_IN_TEN: Final = 11
ORDERS_A_MINUTE: Final = 30
# What no strategy comes to: after a second refusal within half a minute it waits until the first is over.
REFUSALS: Final = 3
SENT_AS: Final = frozenset({TimeCondition.GFD, TimeCondition.FAK})


def check_repeats(limits: Limits) -> None:
    """Refuse limits of C9 and C10 that a strategy could come to by sending its next order, or by being refused."""
    if limits.duplicate_window_seconds * k.SECOND >= k.GAP or limits.refusals_in_window < REFUSALS:
        raise refused("重复委托（C9）或连续被拒（C10）的限额比策略自己的还紧")


def working_most(limits: Limits) -> int:
    """Return how many orders of one contract may be under way at once before C11 speaks."""
    return min(limits.working_orders_confirm, limits.working_orders_max, limits.working_orders_per_instrument)


def check_pace(market: Market, limits: Limits, places: int) -> None:
    """Refuse limits of C3 and C8 to C11 that strategies with so many places for one order could come to."""
    check_repeats(limits)
    rate = opening_rate(limits)
    if (
        rate.second < MESSAGES_A_SECOND * places
        or rate.ten < MESSAGES_IN_TEN * places
        or limits.repeats_in_window < ORDERS_A_MINUTE
    ):
        raise refused("报撤频率（C8）与重复委托（C10）的限额比策略自己的节奏还紧")
    ages = (limits.quote_max_age_seconds, *limits.quote_max_age_by_instrument.values())
    if min(ages) * k.SECOND < FRESH:
        raise refused("行情时效（C3b）的限额比策略自己的还紧")
    nearest = market.long[market.long[:, k.OPEN] == k.MAY_SEND, k.NEAR]
    reached = limits.collar_max_fraction * int(nearest.min()) if len(nearest) else k.FARTHEST
    if limits.collar_confirm_ticks < k.FARTHEST or reached < k.FARTHEST:
        raise refused("价格范围（C3）的限额比策略自己的还紧")
    if working_most(limits) < places:
        raise refused("未了委托（C11）的限额比策略自己的还紧")


def cancels_most(instrument: Instrument) -> int:
    """Return from how many cancels of a day on a kernel stops: before people are reminded of the exchange's line."""
    line = instrument.cancel_line
    return k.NEVER if line is None else -(-line.cancels * 6 // 10)
