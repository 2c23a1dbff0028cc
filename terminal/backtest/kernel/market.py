"""Lay a recording out as columns for the kernels, or say why they must not play it.

What the kernels follow is the strategy, the exchange's matching and the pace of messages. What else could keep the
engine from an order is looked at before and after, and refused: a kernel never guesses what a control would do.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np

from terminal.backtest.kernel import memory as k
from terminal.backtest.kernel.settlements import Settlements, settlements_of
from terminal.domain.days.sessions import Phase
from terminal.domain.errors import UserError
from terminal.domain.market import Column, Valid
from terminal.domain.orders.kinds import OrderKind, conditions_of
from terminal.domain.orders.order import PriceKind
from terminal.domain.products.fees import fees_known
from terminal.domain.products.margin import margin_rate
from terminal.domain.products.product import PositionLimit
from terminal.strategies.sight import EDGE

if TYPE_CHECKING:
    from decimal import Decimal

    from numpy.typing import NDArray

    from terminal.domain.ids import InstrumentId
    from terminal.domain.market import DayFacts, Recording
    from terminal.domain.products.instrument import Instrument, Reference
    from terminal.shell.plans.plan import Plan

    Table = NDArray[np.int64]

WORDS: Final = "列式内核"
WHOLE: Final = int(Valid.BID | Valid.ASK | Valid.LAST)
TWO_SIDED: Final = int(Valid.BID | Valid.ASK)
MOST_CONTRACTS: Final = 2
# Terms of a contract that may change within a recording: of these the checks take the strictest of its days ...
STRICTEST: Final = frozenset({
    "margin_rate", "broker_margin_add", "margin_by_lot", "position_limit", "min_lots", "order_kinds",
})  # fmt: skip
# ... and these say nothing of a limit order for speculation, charged on both sides, whose day has told its band.
UNMINDED: Final = frozenset({"hedge_margin_rate", "price_limit", "larger_side", "max_market_lots", "vat_rate"})
MAY_CHANGE: Final = STRICTEST | UNMINDED


def refused(why: str) -> UserError:
    """Return the sentence that the kernel does not play something, and who does."""
    return UserError(f"{WORDS}不跑这个方案：{why}；改由引擎跑。")


class Market(NamedTuple):
    """Hold a recording's columns as a long grid sees them and as a short one does.

    `beside` holds of each row which contract it is of and its session. `left` are trading days to the contract's last
    one, by contract and day; of a contract whose last day is not known there are none. Of each batch there is the
    instant, and how many rows there are up to its end; `priced` is the first batch with which a price of any kind is
    known of each contract; `settled` are the settlements of its days.
    """

    long: Table
    short: Table
    beside: Table
    instruments: tuple[Instrument, ...]
    left: tuple[tuple[int, ...], ...]
    at: Table
    ends: Table
    priced: tuple[int, ...]
    settled: Settlements


def market_of(recording: Recording, plan: Plan, reference: Reference) -> Market:
    """Return the columns of a recording of one contract or two, both sides displayed while they trade."""
    if len(recording.universe) > MOST_CONTRACTS or recording.bars is not None:
        raise refused("行情要是一个或两个合约的逐笔")
    rows, counts = len(recording.slots), np.diff(recording.ends, prepend=0)
    _check_batches(recording, counts)
    calendar, at = reference.calendar, np.repeat(recording.at, counts)
    days = calendar.trading_days(calendar.trading_day(int(at[0])), calendar.trading_day(int(at[-1])))
    instruments = tuple(_one_instrument(plan, name, days) for name in recording.universe)
    if len({(one.session, one.exchange) for one in instruments}) > 1:
        raise refused("两个合约要在同一交易所，交易时段相同")
    ends = [calendar.ends_at(day) for day in days]
    places = np.searchsorted(ends, recording.at, side="right")
    told = _check_empty(recording, counts, places)
    table, beside = np.zeros((rows, 10), dtype=np.int64), np.zeros((rows, 6), dtype=np.int64)
    table[:, k.AT], table[:, k.DAY] = at, np.repeat(places, counts)
    beside[:, k.SLOT], beside[:, k.MORE] = recording.slots, 1
    beside[recording.ends[counts > 0] - 1, k.MORE], beside[told, k.BEGUN] = 0, 1
    beside[:, k.BOTH] = (recording.column(Column.MASK) & TWO_SIDED) == TWO_SIDED
    table[:, k.OPEN] = _open(at, beside, instruments[0], days, reference)
    _check_whole(recording, table[:, k.OPEN])
    _say(table, beside, recording, plan, days, places)
    bid, ask, last = (recording.column(column).astype(np.int64) for column in (Column.BID, Column.ASK, Column.LAST))
    table[:, k.FAR], table[:, k.FAR_LOTS] = ask, recording.column(Column.ASK_LOTS)
    table[:, k.NEAR], table[:, k.NEAR_LOTS] = bid, recording.column(Column.BID_LOTS)
    table[:, k.PRICE] = np.where(last < bid, bid, np.where(last > ask, ask, last))
    left = tuple(
        () if one.expiry is None else tuple(calendar.days_between(day, one.expiry) for day in days)
        for one in instruments
    )
    priced = tuple(_priced(recording, plan, name, days[0]) for name in recording.universe)
    settled = settlements_of(recording, plan, days, places)
    return Market(table, _turned(table), beside, instruments, left, recording.at, recording.ends, priced, settled)


def _check_batches(recording: Recording, counts: Table) -> None:
    two = recording.ends[counts == MOST_CONTRACTS] - 1
    if counts.max() > len(recording.universe) or (recording.slots[two] == recording.slots[two - 1]).any():
        raise refused("行情的一批里，一个合约要至多一笔")


def _check_empty(recording: Recording, counts: Table, places: Table) -> Table:
    """Return the rows before which their day has begun with words alone; other batches without a quote are refused."""
    (empty,) = np.nonzero(counts == 0)
    if not len(empty):
        return empty
    begins = np.diff(places, prepend=-1)[empty] > 0
    if empty[-1] == len(counts) - 1 or not begins.all() or (counts[empty + 1] == 0).any():
        raise refused("没有报价的批次要在当日的开头")
    if (recording.at[empty + 1] - recording.at[empty] < k.ASK_EVERY).any() or (
        places[empty + 1] != places[empty]
    ).any():
        raise refused("没有报价的批次要早于当日第一笔半分钟")
    return recording.ends[empty]


def _priced(recording: Recording, plan: Plan, name: InstrumentId, day: int) -> int:
    mask, said = recording.column(Column.MASK), plan.listing.day_facts(name, day)
    if said is not None and said.pre_settlement is not None:
        return 0
    facts = [
        index for index, fact in recording.day_facts if fact.instrument == name and fact.pre_settlement is not None
    ]
    shown = ((mask & int(Valid.LAST)) != 0) | ((mask & TWO_SIDED) == TWO_SIDED)
    rows = np.flatnonzero(shown & (recording.slots == recording.universe.index(name)))[:1]
    found = [*facts, *np.searchsorted(recording.ends, rows, side="right").tolist()]
    if not found:
        raise refused(f"行情里没有 {name} 的价格")
    return int(min(found))


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


def _one_instrument(plan: Plan, name: InstrumentId, days: tuple[int, ...]) -> Instrument:
    found = [plan.listing.instrument(name, day) for day in days]
    first = found[0]
    for field in msgspec.structs.fields(type(first)):
        if field.name in MAY_CHANGE:
            continue
        if any(getattr(one, field.name) != getattr(first, field.name) for one in found):
            raise refused(f"{name} 的 {field.name} 在行情之内变了")
    if any(margin_rate(one) is None for one in found):
        raise refused(f"{name} 的保证金率不知道")
    if not fees_known(first):
        raise refused(f"{name} 的手续费不全")
    if not first.explicit_close_today and first.fees.close != first.fees.close_today:
        raise refused(f"{name} 平今与平昨的手续费不同，又不分平今指令")
    if first.expiry is not None and days[-1] >= first.expiry:
        raise refused(f"{name} 的行情到了最后交易日")
    return _strictest(found)


def _strictest(found: list[Instrument]) -> Instrument:
    # What is looked at for the worst alone: the fewest lots held, the highest margin, the largest smallest order, the
    # limit orders that are taken on all days.
    def highest(field: str) -> Decimal | None:
        return max((rate for one in found if (rate := getattr(one, field)) is not None), default=None)

    least = max((one.min_lots for one in found if one.min_lots is not None), default=None)
    taken = set.intersection(*(set(conditions_of(one.order_kinds, PriceKind.LIMIT)) for one in found))
    limits = [_fewest(one.position_limit) for one in found if one.position_limit is not None]
    return msgspec.structs.replace(
        found[0],
        margin_rate=highest("margin_rate"),
        broker_margin_add=highest("broker_margin_add"),
        margin_by_lot=highest("margin_by_lot"),
        min_lots=least,
        order_kinds=(OrderKind(PriceKind.LIMIT, tuple(sorted(taken))),),
        position_limit=PositionLimit(lots=min(limits)) if limits else None,
    )


def _fewest(limit: PositionLimit) -> int:
    # A share of an open interest that nobody foresees is least where it begins.
    if limit.share is None or limit.open_interest_from is None:
        return limit.lots
    return min(limit.lots, limit.most(limit.open_interest_from))


def _open(at: Table, beside: Table, instrument: Instrument, days: tuple[int, ...], reference: Reference) -> Table:
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
            beside[first:stop, k.BEGINS], beside[first:stop, k.ENDS] = interval.begins_at, interval.ends_at
            if interval in gathers:
                found[first:stop] = k.GATHERS
            elif interval.phase is Phase.CONTINUOUS:
                found[first:edge], found[edge:stop] = k.MAY_SEND, k.RUNS_OUT
        over, ends = np.searchsorted(at, (trading[-1].ends_at, calendar.ends_at(day)))
        found[over:ends] = k.IS_OVER
        if 0 < over < len(at) and found[over - 1] == k.MAY_SEND:
            raise refused(f"{day} 的行情没有录到收盘前三秒之内")
    return found


def _say(table: Table, beside: Table, recording: Recording, plan: Plan, days: tuple[int, ...], places: Table) -> None:
    """Write each day's band into the columns; `places` are the days of the batches."""
    table[:, k.LOW], table[:, k.HIGH] = -k.NEVER, k.NEVER
    said = {name: [[plan.listing.day_facts(name, day)] for day in days] for name in recording.universe}
    for index, fact in recording.day_facts:
        place = int(places[index]) if index < len(places) else -1
        begins = index == 0 or place != places[index - 1]
        told = said[fact.instrument][place][1:]
        if days[place] != fact.trading_day or not (begins if not told else _only_settles(told[-1], fact)):
            raise refused(f"{fact.trading_day} 的涨跌停价不在当日第一笔，或在当日之内变了")
        said[fact.instrument][place].append(fact)
    for slot, by_day in enumerate(said.values()):
        ours = beside[:, k.SLOT] == slot
        for day, facts in enumerate(by_day):
            rows = ours & (table[:, k.DAY] == day)
            for one in facts:
                if one is not None and one.lower_limit is not None:
                    table[rows, k.LOW] = one.lower_limit
                if one is not None and one.upper_limit is not None:
                    table[rows, k.HIGH] = one.upper_limit


def _only_settles(before: DayFacts | None, fact: DayFacts) -> bool:
    return before is not None and msgspec.structs.replace(fact, settlement=before.settlement) == before
