"""Hold what a target (自动配平) states about itself: the day's ratio, that it left its band, what it waits for."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.target import FactorKind


class FactorPart(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what one factor gave: its value, its score from 0 to 1, its weight, and the percentage points it adds."""

    kind: FactorKind
    value: Decimal
    score: Decimal
    weight: Decimal
    points: Decimal


class RatioFrozen(msgspec.Struct, frozen=True, kw_only=True, tag="ratio_frozen"):
    """The band of a trading day was fixed at its first sight, in per cent of the exposure; it holds night and day.

    `basis` (yuan) and `permille` (its place in its window of `samples`) are those the ratio was read by.
    """

    trading_day: int
    low: Decimal
    ratio: Decimal  # the centre
    high: Decimal
    basis: Decimal | None = None
    permille: int | None = None
    samples: int = 0
    base: Decimal | None = None  # of a score: the ratio before what the parts add, per cent
    parts: tuple[FactorPart, ...] = ()


class DayNoted(msgspec.Struct, frozen=True, kw_only=True, tag="day_noted"):
    """What a trading day has shown of the contract so far: the settlement before it (yuan), its volume (lots).

    Said at its first sight, and now and then after it where the volume counts; the last one of a day stands.
    """

    trading_day: int
    pre_settlement: Decimal | None
    volume: int | None


class RatioUnknown(msgspec.Struct, frozen=True, kw_only=True, tag="ratio_unknown"):
    """The ratio of a trading day cannot be fixed yet, for this reason; nothing is traded until it is."""

    trading_day: int
    why: str


class TargetProposed(msgspec.Struct, frozen=True, kw_only=True, tag="target_proposed"):
    """The ratio has left its band: so many lots of a side bring it back to `after`. Tonnes are those of then.

    With a VAT rate (a fraction) the ratios are of the exposure net of it; the tonnes are plain all the same. `futures`
    are with the options by their delta.
    """

    number: int
    instrument: InstrumentId
    side: Side
    lots: int
    ratio: Decimal  # per cent, now
    after: Decimal
    exposure: Decimal
    futures: Decimal
    vat: Decimal | None = None


class TargetEnd(StrEnum):
    """Say why a proposal stands no more."""

    REACHED = "REACHED"  # what it wanted was traded
    INSIDE = "INSIDE"  # the ratio is in its band again without it
    TURNED = "TURNED"  # it would trade the other way now, or another day's band holds


class TargetEnded(msgspec.Struct, frozen=True, kw_only=True, tag="target_ended"):
    """A proposal is over; `lots` of it were traded, and the ratio is this now, in per cent."""

    number: int
    why: TargetEnd
    lots: int
    ratio: Decimal | None  # `None` where there is no exposure any more


class Obstacle(StrEnum):
    """Name what a target cannot mend by itself."""

    NO_GROUP = "NO_GROUP"
    NO_EXPOSURE = "NO_EXPOSURE"
    NO_ROOM = "NO_ROOM"  # it has traded what it may
    NOT_FREE = "NOT_FREE"  # what would have to be closed is not there, or others record it as theirs
    TOO_COARSE = "TOO_COARSE"  # one lot goes over the band
    BOUND = "BOUND"  # control C5, which counts options whole, would ask for a checker
    NO_DELTA = "NO_DELTA"  # an option counts in the group whose delta nobody can tell


class TargetHindered(msgspec.Struct, frozen=True, kw_only=True, tag="target_hindered"):
    """A target waits for people; said once a trading day of each obstacle, and `lots` could not be traded for it.

    Of a delta it is said too that it is known again (`over`): then it is news once more when it is not.
    """

    obstacle: Obstacle
    lots: int
    trading_day: int
    over: bool = False


TargetMark = DayNoted | RatioFrozen | RatioUnknown | TargetProposed | TargetEnded | TargetHindered
