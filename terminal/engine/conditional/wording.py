"""Say a conditional order in words: the same ones in lists, events, previews and refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from terminal.domain.books.holding import decimal_text
from terminal.domain.days.calendar import show
from terminal.domain.orders.conditional import (
    AllOf,
    AnyOf,
    AtPrice,
    BasisReaches,
    BreaksEven,
    CloseLots,
    Condition,
    ConditionalState,
    MarketOpens,
    PriceReaches,
    PriceWithin,
    Quoted,
    SpreadReaches,
    TimeReached,
    Validity,
    Way,
    WhenShort,
    parts_of,
)
from terminal.domain.orders.order import Side
from terminal.domain.words.terms import Term
from terminal.engine.wording import BUY_SELL, CONDITIONS, FLAGS, LONG_SHORT, OFFSETS, day_text, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.orders.conditional import Conditional, Part, Release, ReleasePrice

QUOTED: Final = {Quoted.LAST: Term.LAST, Quoted.BID: Term.BID, Quoted.ASK: Term.ASK}
SPREADS: Final = {Quoted.BID: Term.SELL_AT, Quoted.ASK: Term.BUY_AT, Quoted.LAST: Term.LAST}
WAYS: Final = {Way.AT_OR_ABOVE: "≥", Way.AT_OR_BELOW: "≤"}
VALIDITIES: Final = {
    Validity.SESSION: Term.GOOD_FOR_SESSION,
    Validity.GFD: Term.GOOD_FOR_DAY,
    Validity.GTD: Term.GOOD_TILL_DAY,
    Validity.GTC: Term.GOOD_TILL_CANCELLED,
}
WHEN_SHORT: Final = {WhenShort.CANCEL_FIRST: Term.CANCEL_CLOSES_FIRST, WhenShort.FAIL: Term.DO_NOT_SEND}
STATES: Final = {
    ConditionalState.WAITING: Term.CONDITION_WAITING,
    ConditionalState.PAUSED: Term.PAUSE,
    ConditionalState.TRIGGERED: Term.TRIGGERED,
    ConditionalState.RELEASED: Term.TRIGGERED,
    ConditionalState.FAILED: Term.TRIGGERED_NOT_SENT,
    ConditionalState.WITHDRAWN: Term.CONDITION_WITHDRAWN,
    ConditionalState.EXPIRED: Term.EXPIRED,
}


def condition_text(condition: Condition, due: tuple[int, ...] = ()) -> str:
    """Return what is waited for, like `rb2101 最新价 ≥ 3705`; with `due` a time is told with its day."""
    parts = parts_of(condition)
    words = [part_text(part, at) for part, at in zip(parts, due or (0,) * len(parts), strict=True)]
    match condition:
        case AllOf():
            return " 且 ".join(words)
        case AnyOf():
            return " 或 ".join(words)
        case _:
            return words[0]


def part_text(part: Part, due: int = 0) -> str:
    """Return one part of a condition in words."""
    name = short(part.instrument)
    match part:
        case PriceReaches():
            return f"{name} {QUOTED[part.quoted]} {WAYS[part.way]} {decimal_text(part.price)}"
        case PriceWithin():
            lowest, highest = decimal_text(part.lowest), decimal_text(part.highest)
            return f"{name} {QUOTED[part.quoted]}在 {lowest} 至 {highest}"
        case TimeReached():
            when = show(due)[:19] if due else clock_text(part.clock)
            return f"{name} 到 {when}"
        case MarketOpens():
            return f"{name} {Term.MARKET_OPENS}（{show(due)[:16]}）" if due else f"{name} 下一次{Term.MARKET_OPENS}"
        case BreaksEven():
            holds = LONG_SHORT[part.side]
            what = "不亏" if part.way is Way.AT_OR_ABOVE else "不再盈利"
            return f"{name} {holds}头现平{what}（含手续费）{FLAGS[part.hedge_flag]}"
        case SpreadReaches():
            return f"{spread_text(part)} {SPREADS[part.quoted]} {WAYS[part.way]} {decimal_text(part.value)}"
        case BasisReaches():
            return f"{basis_text(part)} {WAYS[part.way]} {decimal_text(part.value)}"
        case _:
            assert_never(part)


def what_counts(condition: Condition) -> str:
    """Return what a spread or basis in a condition needs before it counts; empty where there is neither."""
    parts = parts_of(condition)
    words = []
    if any(isinstance(part, SpreadReaches) for part in parts):
        words.append("价差：两腿都有一分钟内的买卖价才算")
    if any(isinstance(part, BasisReaches) for part in parts):
        words.append("基差：期货有一分钟内的买卖价、现货是本日或上一交易日报的才算")
    return "；".join(words)


def spread_text(part: SpreadReaches) -> str:
    """Return which spread is meant, like `rb2101−0.5×rb2105`."""
    times = "" if part.coefficient == 1 else f"{decimal_text(part.coefficient)}×"
    return f"{short(part.instrument)}−{times}{short(part.less)}"


def basis_text(part: BasisReaches) -> str:
    """Return which basis is meant, like `i.日照港−i2101 最新价 基差`."""
    return f"{short(part.spot)}−{short(part.instrument)} {QUOTED[part.quoted]} {Term.BASIS}"


def clock_text(clock: int) -> str:
    """Return seconds after midnight as a time.

    >>> clock_text(53_700)
    '14:55:00'
    """
    return f"{clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}"


def release_text(release: Release) -> str:
    """Return what is let go, like `卖平 rb2101 5 手 @对手价−2 跳（可平不足先撤平仓单）`."""
    lots = f"{short(release.instrument)} {release.lots:,} 手 @{price_text(release.price, release.side)}"
    special = f"{FLAGS[release.hedge_flag]}{CONDITIONS[release.time_condition]}"
    if isinstance(release, CloseLots):
        done = f"{Term.CLOSABLE}不足{WHEN_SHORT[release.when_short]}"
        return f"{BUY_SELL[release.side]}{Term.CLOSE}{Term.POSITIONS} {lots}{special}（{done}）"
    return f"{BUY_SELL[release.side]}{OFFSETS[release.offset]} {lots}{special}"


def price_text(price: ReleasePrice, side: Side) -> str:
    """Return at what price an order of a side goes out."""
    if isinstance(price, AtPrice):
        return decimal_text(price.price)
    if not price.ticks:
        return str(Term.COUNTER_PRICE)
    sign = "+" if side.sign * price.ticks > 0 else "−"
    return f"{Term.COUNTER_PRICE}{sign}{abs(price.ticks)} 跳"


def exit_text(wanted: Conditional) -> str:
    """Return an attached close in short: `止损 3080`, `止盈 3260`, or what it waits for."""
    condition, release = wanted.condition, wanted.release
    if isinstance(condition, PriceReaches) and condition.instrument == release.instrument:
        falls = condition.way is Way.AT_OR_BELOW
        name = Term.STOP_LOSS if falls is (release.side is Side.SELL) else Term.TAKE_PROFIT
        return f"{name} {decimal_text(condition.price)}"
    if isinstance(condition, BreaksEven) and condition.way is Way.AT_OR_BELOW:
        return str(Term.BREAK_EVEN)
    return f"{Term.STOP_LOSS}{Term.TAKE_PROFIT} {condition_text(condition)}"


def guard_text(exits: Sequence[Conditional]) -> str:
    """Return what is attached to a position in one line, like `止损 3080、止盈 3260（二择一）卖平持仓 …，撤前有效`."""
    pair = f"（{Term.ONE_OF_TWO}）" if len(exits) > 1 else ""
    same = len({(release_text(one.release), validity_text(one)) for one in exits}) == 1
    if not same:
        return f"{'、'.join(f'{exit_text(one)}：{conditional_text(one)}' for one in exits)}{pair}"
    ends = f"{release_text(exits[0].release)}，{validity_text(exits[0])}"
    return f"{'、'.join(map(exit_text, exits))}{pair} {ends}"


def validity_text(wanted: Conditional) -> str:
    """Return how long it stands, like `当日有效` or `有效至 2020-09-01`."""
    if wanted.validity is Validity.GTD and wanted.last_day is not None:
        return f"{Term.GOOD_TILL_DAY} {day_text(wanted.last_day)}"
    return str(VALIDITIES[wanted.validity])


def conditional_text(wanted: Conditional, due: tuple[int, ...] = ()) -> str:
    """Return the whole in one line: when, then what, for how long."""
    return f"{condition_text(wanted.condition, due)} 时 {release_text(wanted.release)}，{validity_text(wanted)}"
