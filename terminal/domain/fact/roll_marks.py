"""Hold what is stated about a roll that cannot go on as it should, by itself or by the engine."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from terminal.domain.ids import InstrumentId, StrategyId


class FarCovered(msgspec.Struct, frozen=True, kw_only=True, tag="far_covered"):
    """The account holds far lots beside a winding roll's own that cover what it lacks: it would open them once more.

    Said once for each number of lots that lack: a roll does not know of what a person, or another strategy, has traded.
    """

    instrument: InstrumentId  # far
    lack: int  # lots
    there: int  # lots on the roll's side that are not its own
    claimed: int = 0  # of these, lots that other strategies record
    strategies: tuple[StrategyId, ...] = ()  # which these are


class Hindrance(StrEnum):
    """Name what kind of thing holds a roll back: the market of a contract, the next break, or that far may not open."""

    MARKET = "MARKET"
    BREAK = "BREAK"
    OPENING = "OPENING"


class BeginHeld(msgspec.Struct, frozen=True, kw_only=True, tag="begin_held"):
    """A roll whose timings are met has not begun for a minute, and `why`; each kind is said once a trading day."""

    instrument: InstrumentId  # the contract that holds it back; near where none does
    kind: Hindrance
    why: str
    trading_day: int


class SlicesLifted(msgspec.Struct, frozen=True, kw_only=True, tag="slices_lifted"):
    """A roll that its daily slices had begun is not held to them any more: it would begin without them now."""

    places: tuple[int, ...]  # of the timings that are met, the slices left out
    lots: int  # near lots that are still to be closed


class RollUnmatched(msgspec.Struct, frozen=True, kw_only=True, tag="roll_unmatched"):
    """Near is over under a roll that rests, and far lacks lots of what was closed: it stays until a person decides.

    Said once for each number of lots that lack.
    """

    instrument: InstrumentId  # near
    closed: int  # lots of near
    opened: int  # lots of far


class Delay(StrEnum):
    """Name what keeps a roll from leaving near by a day."""

    RESTS = "RESTS"  # it is paused, or winds down
    TIMINGS = "TIMINGS"  # its timings do not call for it
    SLICES = "SLICES"  # its daily slices hold it to their pace
    BATCHES = "BATCHES"  # its batches, and the pauses between them
    STUCK = "STUCK"  # a market at its limit, or with one side gone
    FAR_HELD = "FAR_HELD"  # far cannot be opened
    FELLOW = "FELLOW"  # the other half of a roll between accounts cannot go on
    BROKEN = "BROKEN"  # far lags, and near waits for it
    MISSING = "MISSING"  # near lots cannot be closed
    WAITS = "WAITS"  # it is called for and has not begun
    MOVING = "MOVING"  # nothing known: it moves, and little of the day is left, or the day is past


class DeadlineMissed(msgspec.Struct, frozen=True, kw_only=True, tag="deadline_missed"):
    """A day by which near must be left is not kept as things stand: said once ahead of it, once when it has come."""

    instrument: InstrumentId  # near
    day: int  # the natural day (YYYYMMDD)
    days: int  # trading days to it; 0 on it, less where it is past
    place: int  # of its timing in the settings
    lots: int  # near lots still to be rolled
    moves: int  # of these, lots that go at most by the end of that day
    trading_day: int
    cause: Delay | None = None  # not told by versions before 37 of the fold
    again: bool = False  # people were alerted of that day on this trading day: its settings were changed since


RollTold = BeginHeld | FarCovered | SlicesLifted | RollUnmatched | DeadlineMissed
