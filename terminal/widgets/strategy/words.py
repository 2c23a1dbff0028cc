"""Say strategies in words: kinds, states, and their settings field by field."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum
from typing import TYPE_CHECKING, Final, assert_never

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import (
    ExecutionSettings,
    GridSettings,
    RollSettings,
    SpreadSettings,
    StrategySettings,
)
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.words.differences import differences as differences_of_settings
from terminal.domain.words.elements import NONE
from terminal.domain.words.settings import (
    ACTIVE_ORDERS,
    CAPTIONS,
    GRID_SIDES,
    ActiveOrders,
    Choice,
    choice,
)
from terminal.domain.words.spot_terms import SPOT_TAXES, SPOT_WAYS, SpotWay
from terminal.domain.words.terms import Term
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
CONTRACTS: Final = frozenset({"near", "far", "instrument"})
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
    """Return caption, my text and the latest text of everything in which two settings differ.

    It is what the runner and a checker are told. What the form shows as fields of their own is told field by field.
    """
    return tuple(_told(mine, latest))


def _told(mine: StrategySettings, latest: StrategySettings) -> Iterator[tuple[str, str, str]]:
    for one in differences_of_settings(mine, latest):
        before, after = one.before, one.after
        if one.field in CONTRACTS:
            before, after = short_code(InstrumentId(before)), short_code(InstrumentId(after))
        yield from tuple(_apart(one.field, mine, latest)) or ((one.name, before, after),)


def _apart(field: str, mine: StrategySettings, latest: StrategySettings) -> Iterator[tuple[str, str, str]]:
    if field not in FIELDS_OF or not (isinstance(mine, SpreadSettings) and isinstance(latest, SpreadSettings)):
        return
    ours, theirs = (dict(FIELDS_OF[field](one)) for one in (mine, latest))
    for name in dict.fromkeys((*ours, *theirs)):
        one, other = ours.get(name, NONE), theirs.get(name, NONE)
        if one != other:
            yield name, one, other


def _lines(settings: SpreadSettings) -> Iterator[tuple[str, str]]:
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
        yield caption, _number(getattr(settings.quoting, name), unit)


def _spot(settings: SpreadSettings) -> Iterator[tuple[str, str]]:
    side = settings.spot_side
    if settings.conversion is None:
        long = side is not None and side.side is Side.BUY
        way = SpotWay.NONE if side is None else SpotWay.LONG if long else SpotWay.SHORT
        yield CAPTIONS["spot_side"][0], SPOT_WAYS[way]
    if side is None:
        return
    yield CAPTIONS["tonnes"][0], _number(side.tonnes, CAPTIONS["tonnes"][1])
    yield CAPTIONS["tax"][0], SPOT_TAXES[side.tax]
    for name in ("alert_minutes", "financing_percent", "storage_yuan"):
        yield CAPTIONS[name][0], _number(getattr(side, name), CAPTIONS[name][1])


FIELDS_OF: Final = {"grid": _lines, "quoting": _quoting, "spot_side": _spot}


def _value_text(settings: StrategySettings, value: Choice | Decimal | int | None, unit: str) -> str:
    if value is None:
        return NONE
    if isinstance(value, Choice):
        return choice(settings, value)
    return _number(value, unit)


def _number(value: Decimal | int, unit: str) -> str:
    return f"{exact(value)} {unit}".strip()


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
