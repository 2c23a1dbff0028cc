"""Say strategies in words: kinds, states, and their settings field by field."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum
from typing import TYPE_CHECKING, Final, assert_never

from msgspec.structs import fields

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import (
    DaysToExpiry,
    ExecutionSettings,
    GridSettings,
    Manual,
    OpenInterestCrossover,
    RollSettings,
    SpreadDeviation,
    SpreadLeg,
    SpreadPercentile,
    SpreadSettings,
    StrategySettings,
    Timing,
)
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.words.execution_texts import curve_text
from terminal.domain.words.settings import (
    ACTIVE_ORDERS,
    CAPTIONS,
    GRID_SIDES,
    MOMENTS,
    WORDS,
    ActiveOrders,
    Choice,
    choice,
    moment,
)
from terminal.domain.words.spot_terms import SPOT_TAXES, SPOT_WAYS, SpotWay
from terminal.domain.words.target import source_text
from terminal.domain.words.terms import Term
from terminal.domain.words.timings import timing_name
from terminal.widgets.parts.figures import MINUS
from terminal.widgets.strategy.fields import short_code

if TYPE_CHECKING:
    from collections.abc import Iterator


class StrategyKind(IntEnum):
    """Number the kinds as their tabs stand."""

    ROLL = 0
    SPREAD = 1
    GRID = 2
    CONVERT = 3
    EXECUTION = 4
    TARGET = 5
    OWN = 6


KINDS: Final = {
    StrategyKind.ROLL: Term.ROLL,
    StrategyKind.SPREAD: Term.SPREAD,
    StrategyKind.GRID: Term.GRID,
    StrategyKind.CONVERT: Term.CONVERT,
    StrategyKind.EXECUTION: Term.EXECUTION,
    StrategyKind.TARGET: Term.TARGET,
    StrategyKind.OWN: Term.OWN,
}
# A shape, a word and a colour each: the state can be told without seeing colours.
STATES: Final = {
    StrategyStatus.RUNNING: ("●", Term.RUNNING, "running"),
    StrategyStatus.WINDING: ("◆", Term.WINDING, "winding"),
    StrategyStatus.PAUSED: ("■", Term.PAUSE, "paused"),
    StrategyStatus.STOPPED: ("□", Term.STOP, "ended"),
    StrategyStatus.FINISHED: ("◎", Term.FINISHED, "ended"),
}
NAMES_OF_LINES: Final = ("lines", "stop", "lower", "upper", "out_of_range", "trail_to")
NAMES_OF_QUOTING: Final = ("tolerance_ticks", "reach_ticks", "rest_seconds", "max_cancels")
NAMES_OF_SPOT: Final = ("tonnes", "tax", "alert_minutes", "financing_percent", "storage_yuan")
ENDED: Final = frozenset({StrategyStatus.STOPPED, StrategyStatus.FINISHED})


def standing_of(status: StrategyStatus, *, old: bool) -> tuple[str, str, str]:
    """Return shape, word and colour of a state; one of before the link was cut is hollow, and says so."""
    if old and status not in ENDED:  # what has ended stays so, heard or not
        return "○", f"{Term.BEFORE_CUT}{STATES[status][1]}", "old"
    return STATES[status]


def kind_of(settings: StrategySettings) -> StrategyKind:
    """Return the kind of a strategy by its settings."""
    match settings:
        case RollSettings():
            return StrategyKind.ROLL
        case SpreadSettings():
            return StrategyKind.SPREAD if settings.conversion is None else StrategyKind.CONVERT
        case GridSettings():
            return StrategyKind.GRID
        case OwnSettings():
            return StrategyKind.OWN
        case ExecutionSettings():
            return StrategyKind.EXECUTION
        case TargetSettings():
            return StrategyKind.TARGET
        case _:
            assert_never(settings)


def differences(mine: StrategySettings, latest: StrategySettings) -> tuple[tuple[str, str, str], ...]:
    """Return caption, my text and the latest text of every field in which two settings differ."""
    ours, theirs = ({**dict(_said(one)), **dict(_lines(one))} for one in (mine, latest))
    names = [*ours, *(name for name in theirs if name not in ours)]
    pairs = ((name, ours.get(name, "无"), theirs.get(name, "无")) for name in names)
    return tuple((name, one, other) for name, one, other in pairs if one != other)


def _said(settings: StrategySettings) -> Iterator[tuple[str, str]]:
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.name in {"timings", "legs", "numbers"}:
            yield from _parts(settings)
        elif field.name == "others" and isinstance(settings, OwnSettings):
            yield from ((WORDS["others"], others_text(settings)),) if settings.rest else ()
        elif field.name in {"weights", "strategies"}:
            yield WORDS[field.name], "、".join(map(str, value)) or "无"
        elif field.name == "curve":
            yield WORDS[field.name], curve_text(value) or "无"
        elif field.name in MOMENTS:
            yield WORDS[field.name], moment(value) or "无"
        elif field.name == "source":
            yield WORDS[field.name], source_text(settings.source) if isinstance(settings, TargetSettings) else ""
        elif field.name in CAPTIONS and field.name not in _told_with_lines(settings):
            caption, unit = CAPTIONS[field.name]
            yield caption, _value_text(settings, value, unit)


def _parts(settings: StrategySettings) -> Iterator[tuple[str, str]]:
    match settings:
        case RollSettings():
            for place, timing in enumerate(settings.timings, 1):
                yield f"{Term.TIMING} {place}", timing_text(timing)
        case SpreadSettings():
            for place, leg in enumerate(settings.legs, 1):
                yield f"{Term.LEG} {place}", leg_text(leg)
        case OwnSettings():
            for one in settings.numbers:
                yield one.title, f"{exact(one.value)} {one.unit}".strip()
        case _:
            pass


def _told_with_lines(settings: StrategySettings) -> frozenset[str]:
    # What all lines hold follows from them and the sets of a line.
    if not isinstance(settings, SpreadSettings):
        return frozenset()
    return frozenset({"grid", "quoting", "spot_side"} | (set() if settings.grid is None else {"max_sets"}))


def _lines(settings: StrategySettings) -> Iterator[tuple[str, str]]:
    if not isinstance(settings, SpreadSettings):
        return
    yield from _quoting(settings)
    yield from _spot(settings)
    grid = settings.grid
    if grid is None:
        return
    yield CAPTIONS["grid"][0], GRID_SIDES[grid.side]
    for name in NAMES_OF_LINES:
        caption, unit = CAPTIONS[name]
        yield caption, _value_text(settings, getattr(grid, name), unit)


def _quoting(settings: SpreadSettings) -> Iterator[tuple[str, str]]:
    if settings.conversion is None:
        way = ActiveOrders.TAKE if settings.quoting is None else ActiveOrders.QUOTE
        yield CAPTIONS["quoting"][0], ACTIVE_ORDERS[way]
    for name in NAMES_OF_QUOTING if settings.quoting is not None else ():
        caption, unit = CAPTIONS[name]
        yield caption, _number_or_contract(getattr(settings.quoting, name), unit)


def _spot(settings: SpreadSettings) -> Iterator[tuple[str, str]]:
    side = settings.spot_side
    if settings.conversion is None:
        long = side is not None and side.side is Side.BUY
        way = SpotWay.NONE if side is None else SpotWay.LONG if long else SpotWay.SHORT
        yield CAPTIONS["spot_side"][0], SPOT_WAYS[way]
    if side is None:
        return
    yield CAPTIONS["tonnes"][0], _number_or_contract(side.tonnes, CAPTIONS["tonnes"][1])
    yield CAPTIONS["tax"][0], SPOT_TAXES[side.tax]
    for name in ("alert_minutes", "financing_percent", "storage_yuan"):
        yield CAPTIONS[name][0], _number_or_contract(getattr(side, name), CAPTIONS[name][1])


def _value_text(settings: StrategySettings, value: object, unit: str) -> str:
    if value is None:
        return "无"
    if isinstance(value, Choice):
        return choice(settings, value)
    return _number_or_contract(value, unit)


def _number_or_contract(value: object, unit: str) -> str:
    if isinstance(value, Decimal | int):
        return f"{exact(value)} {unit}".strip()
    return short_code(InstrumentId(str(value)))


def timing_text(timing: Timing) -> str:
    """Return a timing in words, with everything that it is made of."""
    slack = getattr(timing, "slack", 0)
    loose = f"，回差 {exact(slack)}" if slack else ""
    match timing:
        case DaysToExpiry() if timing.policy_day is None and not timing.before_delivery_month:
            return f"距近月到期不多于 {timing.days} 个交易日"
        case OpenInterestCrossover():
            return f"远月持仓量达近月 {exact(timing.ratio)} 倍，连续 {timing.days} 日{loose}"
        case SpreadPercentile() | SpreadDeviation():
            what = (
                f"分位 {timing.permille}‰" if isinstance(timing, SpreadPercentile) else f"偏离 {timing.deviations} 倍"
            )
            return f"价差{what}，每 {timing.sample_seconds} 秒采样，窗口 {timing.window}，预热 {timing.at_least}{loose}"
        case Manual():
            return f"{timing_name(timing)}（{'已' if timing.go else '未'}发令）"
        case _:
            return f"{timing_name(timing)}{loose}"


def leg_text(leg: SpreadLeg) -> str:
    """Return a leg in words."""
    lead = f"，{Term.ACTIVE_LEG}" if leg.active else ""
    lots = f"{exact(leg.lots)} 手{lead}"
    seconds = "" if leg.hedge_seconds is None else f"，{Term.HEDGE_SECONDS} {leg.hedge_seconds} 秒"
    chases = "" if leg.max_chases is None else f"，{Term.MAX_CHASES} {leg.max_chases} 次"
    how = f"加价 {leg.pay_up_ticks} 跳{seconds}{chases}"
    return f"{short_code(leg.instrument)} × {exact(leg.coefficient)}，{lots}，{how}"


def others_text(settings: OwnSettings) -> str:
    """Return the contracts of a rule of one's own beside the first, and the most lots of each."""
    each = (
        f"{short_code(one.instrument)} {f'{Term.MAX_HELD} {one.max_lots} 手' if one.max_lots else '只看'}"
        for one in settings.rest
    )
    return "；".join(each)


def exact(value: Decimal | int) -> str:
    """Return a number with all its digits and the U+2212 minus."""
    return (str(value) if isinstance(value, int) else f"{value:f}").replace("-", MINUS)
