"""Lay a plan's grid and a recording out as columns for the kernel, or say why the kernel must not play them.

What the kernel follows is the strategy, the exchange's matching and the pace of messages. What else could keep the
engine from an order is looked at here, before and after, and refused: the kernel never guesses what a control would do.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np

from terminal.backtest.kernel import memory as k
from terminal.domain.commands import StartStrategy
from terminal.domain.days.sessions import Phase
from terminal.domain.errors import UserError
from terminal.domain.market import Column, Valid
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.parameters.strategy import GridSettings, OutOfRange
from terminal.domain.products.fees import fees_known
from terminal.strategies.grid.ladder import levels
from terminal.strategies.grid.moment import ENTRY, EXIT, scope_of
from terminal.strategies.sight import EDGE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from terminal.domain.market import DayFacts, Recording
    from terminal.domain.parameters.limits import Limits
    from terminal.domain.products.instrument import Instrument, Reference
    from terminal.shell.plans.plan import Plan

    Table = NDArray[np.int64]

WORDS: Final = "列式内核"
# What the kernel knows of a grid's settings; whatever else a grid may be told must not be told.
KNOWN: Final = frozenset({
    "account", "instrument", "side", "spacing", "anchor", "step", "ratio", "lines", "lots_per_line", "stop", "lower",
    "upper", "out_of_range", "hedge_flag",
})  # fmt: skip
WHOLE: Final = int(Valid.BID | Valid.ASK | Valid.LAST)
MOST_MESSAGES: Final = k.MESSAGES - 1


class Laid(NamedTuple):
    """Hold what the kernel plays, and what its figures are reckoned with."""

    grid: k.Grid
    settings: GridSettings
    instrument: Instrument
    limits: Limits
    cash: Decimal


def refused(why: str) -> UserError:
    """Return the sentence that the kernel does not play something."""
    return UserError(f"{WORDS}不跑这个方案：{why}；请用 --engine engine。")


class Market(NamedTuple):
    """Hold a recording's columns as a long grid sees them and as a short one does, and each day's settlement, ticks."""

    long: Table
    short: Table
    instrument: Instrument
    settlements: tuple[int | None, ...]


def market_of(recording: Recording, plan: Plan, reference: Reference) -> Market:
    """Return the columns of a recording of one contract, traded continuously, both sides displayed in every row."""
    if len(recording.universe) != 1 or recording.bars is not None:
        raise refused("行情要是一个合约的逐笔")
    rows = len(recording.slots)
    if len(recording) != rows or not np.array_equal(recording.ends, np.arange(1, rows + 1)):
        raise refused("行情要一批一笔")
    calendar, at = reference.calendar, recording.at
    days = calendar.trading_days(calendar.trading_day(int(at[0])), calendar.trading_day(int(at[-1])))
    instrument = _one_instrument(plan, recording, days)
    ends = [calendar.ends_at(day) for day in days]
    places = np.searchsorted(ends, at, side="right")
    table = np.zeros((rows, 10), dtype=np.int64)
    table[:, k.AT], table[:, k.DAY] = at, places
    table[:, k.OPEN] = _open(at, instrument, days, reference)
    _check_whole(recording, table[:, k.OPEN])
    settlements = _say(table, recording, plan, days)
    bid, ask, last = (recording.column(column).astype(np.int64) for column in (Column.BID, Column.ASK, Column.LAST))
    table[:, k.FAR], table[:, k.FAR_LOTS] = ask, recording.column(Column.ASK_LOTS)
    table[:, k.NEAR], table[:, k.NEAR_LOTS] = bid, recording.column(Column.BID_LOTS)
    table[:, k.PRICE] = np.where(last < bid, bid, np.where(last > ask, ask, last))
    return Market(table, _turned(table), instrument, settlements)


def _turned(table: Table) -> Table:
    other = table.copy()
    for ours, theirs in ((k.FAR, k.NEAR), (k.NEAR, k.FAR), (k.LOW, k.HIGH), (k.HIGH, k.LOW), (k.PRICE, k.PRICE)):
        other[:, ours] = -table[:, theirs]
    other[:, k.FAR_LOTS], other[:, k.NEAR_LOTS] = table[:, k.NEAR_LOTS], table[:, k.FAR_LOTS]
    return other


def _check_whole(recording: Recording, state: Table) -> None:
    mask, runs = recording.column(Column.MASK), state >= k.RUNS_OUT
    begun = np.maximum.accumulate(runs)  # before that nothing is held that a price could move
    lots = np.minimum(recording.column(Column.BID_LOTS), recording.column(Column.ASK_LOTS))
    if ((mask & WHOLE) != WHOLE)[runs].any() or (lots <= 0)[runs].any() or ((mask & int(Valid.LAST)) == 0)[begun].any():
        raise refused("连续交易中的行情要每一笔都有买价、卖价、买卖手数与最新价")


def _one_instrument(plan: Plan, recording: Recording, days: tuple[int, ...]) -> Instrument:
    (name,) = recording.universe
    found = [plan.listing.instrument(name, day) for day in days]
    first = found[0]
    for field in ("tick", "multiplier", "max_lots", "explicit_close_today", "fees", "cancel_line", "session"):
        if any(getattr(one, field) != getattr(first, field) for one in found):
            raise refused(f"{name} 的 {field} 在行情之内变了")
    if not fees_known(first):
        raise refused(f"{name} 的手续费不全")
    if not first.explicit_close_today and first.fees.close != first.fees.close_today:
        raise refused(f"{name} 平今与平昨的手续费不同，又不分平今指令")
    if first.expiry is not None and days[-1] >= first.expiry:
        raise refused(f"{name} 的行情到了最后交易日")
    return first


def _open(at: Table, instrument: Instrument, days: tuple[int, ...], reference: Reference) -> Table:
    calendar, found = reference.calendar, np.full(len(at), k.PAUSES, dtype=np.int64)
    for day in days:
        template = instrument.session_on(day)
        plan = () if template is None else calendar.day_plan(template, day)
        trading = [interval for interval in plan if interval.phase is Phase.CONTINUOUS]
        if not trading:
            raise refused(f"{day} 没有连续交易")
        # A window that takes cancels only, as some have in the morning after a night, gathers nothing.
        pairs = [pair for pair in pairwise(plan) if all(one.phase is Phase.AUCTION for one in pair) and pair[0].orders]
        gathers = [one for pair in pairs for one in pair]
        for interval in plan:
            first, edge, stop = np.searchsorted(at, (interval.begins_at, interval.ends_at - EDGE, interval.ends_at))
            if interval in gathers:
                found[first:stop] = k.GATHERS
            elif interval.phase is Phase.CONTINUOUS:
                found[first:edge], found[edge:stop] = k.MAY_SEND, k.RUNS_OUT
        over, ends = np.searchsorted(at, (trading[-1].ends_at, calendar.ends_at(day)))
        found[over:ends] = k.IS_OVER
        if 0 < over < len(at) and found[over - 1] == k.MAY_SEND:
            raise refused(f"{day} 的行情没有录到收盘前三秒之内")
    return found


def _say(table: Table, recording: Recording, plan: Plan, days: tuple[int, ...]) -> tuple[int | None, ...]:
    """Write each day's band into the columns, and return its settlement price, where it was told."""
    (name,) = recording.universe
    table[:, k.LOW], table[:, k.HIGH] = -k.NEVER, k.NEVER
    said: list[list[DayFacts | None]] = [[plan.listing.day_facts(name, day)] for day in days]
    for index, fact in recording.day_facts:
        place = int(table[index, k.DAY]) if index < len(table) else -1
        begins = index == 0 or table[index, k.DAY] != table[index - 1, k.DAY]
        told = said[place][1:]
        if days[place] != fact.trading_day or not (begins if not told else _only_settles(told[-1], fact)):
            raise refused(f"{fact.trading_day} 的涨跌停价不在当日第一笔，或在当日之内变了")
        said[place].append(fact)
    settlements: list[int | None] = []
    for place, facts in enumerate(said):
        rows, settlement = table[:, k.DAY] == place, None
        for one in facts:
            if one is None:
                continue
            if one.lower_limit is not None:
                table[rows, k.LOW] = one.lower_limit
            if one.upper_limit is not None:
                table[rows, k.HIGH] = one.upper_limit
            settlement = one.settlement if one.settlement is not None else settlement
        settlements.append(settlement)
    return tuple(settlements)


def _only_settles(before: DayFacts | None, fact: DayFacts) -> bool:
    return before is not None and msgspec.structs.replace(fact, settlement=before.settlement) == before


# --- the plan ---


def lay(plan: Plan, market: Market) -> Laid:
    """Return a plan's grid over a market; a plan that is more than one grid is a `UserError`."""
    settings, limits = _one_grid(plan, market), plan.opening.limits[0].limits
    instrument, total = market.instrument, settings.lines * settings.lots_per_line
    _check_limits(settings, limits, market, total)
    sign, tick = settings.side.sign, instrument.tick
    given = np.zeros(k.GIVEN, dtype=np.int64)
    lower, upper = _up(settings.lower / tick), _down(settings.upper / tick)
    given[k.LOWER], given[k.UPPER] = (lower, upper) if sign > 0 else (-upper, -lower)
    given[k.STOP] = _down(settings.stop / tick) if sign > 0 else -_up(settings.stop / tick)
    given[k.LINES], given[k.PER_LINE] = settings.lines, settings.lots_per_line
    given[k.HOLDS] = settings.out_of_range is OutOfRange.HOLD
    given[k.BURST], given[k.SUSTAINED] = limits.messages_in_one_second, limits.messages_per_second_average * 10
    given[k.REPEATS] = limits.repeats_in_window
    line = instrument.cancel_line
    given[k.CANCELS_MOST] = k.NEVER if line is None else -(-line.cancels * 9 // 10)
    given[k.EXPLICIT], given[k.BUYS_FIRST] = instrument.explicit_close_today, sign > 0
    ladder = np.array(levels(settings, tick), dtype=np.int64) * sign
    memory = _memory(given, ladder, market.long if sign > 0 else market.short)
    return Laid(memory, settings, instrument, limits, plan.opening.accounts[0].cash)


def _up(value: Decimal) -> int:
    return int(value.to_integral_value(rounding=ROUND_CEILING))


def _down(value: Decimal) -> int:
    return int(value.to_integral_value(rounding=ROUND_FLOOR))


def _one_grid(plan: Plan, market: Market) -> GridSettings:
    opening, entries = plan.opening, plan.script.entries
    if len(opening.accounts) != 1 or opening.spreads or opening.alarms or opening.spots or plan.cuts:
        raise refused("要只有一个账户，没有价差、告警、现货与断线")
    if len(entries) != 1 or not isinstance(entries[0].wish, StartStrategy):
        raise refused("要只有一个策略，没有别的命令")
    settings, first = entries[0].wish.settings, int(market.long[0, k.AT])
    if not isinstance(settings, GridSettings) or settings.trail_to is not None:
        raise refused("策略要是不跟随的网格")
    for field in msgspec.structs.fields(GridSettings):
        if field.name not in KNOWN and getattr(settings, field.name) != field.default:
            raise refused(f"内核不知道网格的设置 {field.name}")
    if settings.instrument != market.instrument.id or entries[0].when.instant(first) > first:
        raise refused("网格要在行情的合约上，从第一笔开始")
    if settings.hedge_flag is not HedgeFlag.SPECULATION:
        raise refused("网格要是投机持仓")
    return settings


def _check_limits(settings: GridSettings, limits: Limits, market: Market, total: int) -> None:
    instrument = market.instrument
    most = limits.position_lots_by_instrument.get(instrument.id, limits.position_lots)
    if limits.is_hedge_account or limits.hedge_bounds or limits.hedge_plan_lots is not None:
        raise refused("账户要不是套保账户，没有套保方案")
    if most is None or limits.day_loss_yuan is None or total > most * limits.position_confirm_fraction:
        raise refused(f"全部格子 {total} 手要在持仓限额的复核线之内，日亏损限额要写明")
    limit = instrument.position_limit
    if limit is not None and limit.lots is not None and total > limit.lots * limits.position_confirm_fraction:
        raise refused(f"全部格子 {total} 手要在交易所持仓限额的复核线之内")
    if instrument.max_lots is not None and settings.lots_per_line > instrument.max_lots:
        raise refused("每格手数要在交易所的最大下单手数之内")
    highest = int(market.long[:, k.FAR].max())
    if instrument.value(instrument.price(highest), total) > min(limits.confirm_value_yuan, limits.max_value_yuan):
        raise refused("全部格子的市值要在复核线与上限之内")
    if limits.messages_per_second_average * 10 > MOST_MESSAGES or limits.repeats_in_window > MOST_MESSAGES:
        raise refused(f"报撤频率与重复委托的限额要在 {MOST_MESSAGES} 之内")


def _memory(given: Table, ladder: Table, market: Table) -> k.Grid:
    lines = int(given[k.LINES])
    now = np.zeros(k.KNOWN, dtype=np.int64)
    now[[k.LEFT_AT, k.REFUSED_AT, k.SENT]] = k.NONE
    now[k.BUYING], now[k.SELLING] = -k.NEVER, k.NEVER
    slots = np.zeros((2 * lines, k.FIELDS), dtype=np.int64)
    slots[:, k.CANCELLED] = k.NONE
    scopes = [scope_of(slot // 2 + 1, EXIT if slot % 2 else ENTRY) for slot in range(2 * lines)]
    slots[np.argsort(scopes), k.SCOPE] = np.arange(2 * lines)
    return k.Grid(
        given=given,
        ladder=ladder,
        market=market,
        now=now,
        slots=slots,
        active=np.zeros(2 * lines + 1, dtype=np.int64),
        found=np.zeros((3, 2 * lines + k.FAR_LINES), dtype=np.int64),
        held=np.zeros(lines, dtype=np.int64),
        queue=np.zeros((k.QUEUE, 4), dtype=np.int64),
        messages=np.zeros(k.MESSAGES, dtype=np.int64),
        entries=np.zeros(k.MESSAGES, dtype=np.int64),
        orders=np.zeros((len(market) // 2 + 1000, 4), dtype=np.int64),
        fills=np.zeros((len(market) // 2 + 1000, 5), dtype=np.int64),
    )


def side_of(settings: GridSettings, slot: int) -> Side:
    """Return what an order of a slot does: an entry the grid's side, an exit the other."""
    return settings.side.opposite if slot % 2 else settings.side
