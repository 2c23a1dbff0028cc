"""Hold the facts a strategy states about itself; its memory is the fold of these and of its orders' facts."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec
from msgspec import UNSET, UnsetType

from terminal.domain.fact.conversion_marks import DeltaApart
from terminal.domain.fact.exit_marks import ExitDoubted, ExitSeen
from terminal.domain.fact.own_marks import OwnShortened, OwnUnseen
from terminal.domain.fact.roll_marks import RollTold
from terminal.domain.fact.spot_marks import SpotMark
from terminal.domain.fact.target_marks import TargetMark
from terminal.domain.fact.way_marks import RateHeld, RepairBarred, WayBarred
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.parameters.strategy import StrategySettings


class TimingMark(msgspec.Struct, frozen=True, kw_only=True, tag="timing_mark"):
    """A roll timing (移仓时机) stands so: stated once a trading day, and again when it turns met or unmet.

    Value and threshold are decimal text in the timing's own unit: trading days, far / near open interest, thousandths
    of the window. An empty value means that it is not known yet; `note` says why. The middles of both contracts stand
    in the mark that says it is met for the first time. One that is not `turned` only tells a value that has moved.
    A ratio to an empty near contract is `Infinity`.
    """

    timing: str  # the timing's tag
    met: bool
    value: str
    threshold: str
    trading_day: int
    place: int = 0  # which of the settings' timings
    sighted: bool = False  # today's sight alone; a timing over several days is met by a row of sighted days
    note: str = ""
    turned: bool = True
    near_mid: Decimal | None = None
    far_mid: Decimal | None = None
    counts: bool = True  # this sight stands for its trading day; False: what it looks at says nothing so early
    unseen: bool = False  # a contract was not quoted: the first moment at which it is met with both is still to come


class TimingChosen(msgspec.Struct, frozen=True, kw_only=True, tag="timing_chosen"):
    """Another of the timings that switch (自动切换) decides from now on; `place` is that of the settings."""

    place: int
    trading_day: int


class PositionMissing(msgspec.Struct, frozen=True, kw_only=True, tag="position_missing"):
    """The account holds fewer closable lots than the strategy has to close; it waits.

    With `strategies` it is a roll that waits: they hold `wanted` lots, and it moves `closable`.
    """

    instrument: InstrumentId
    wanted: int
    closable: int
    trading_day: int
    strategies: tuple[StrategyId, ...] = ()
    held: int | None = None  # lots of the account, those included that live closes hold; told by a roll


class RollBegan(msgspec.Struct, frozen=True, kw_only=True, tag="roll_began"):
    """A roll started because its timings were met; `because` names them, `places` are theirs in the settings.

    `sliced` says that the slices (分批日程) hold it to their pace.
    """

    because: tuple[str, ...]
    near_mid: Decimal | None
    far_mid: Decimal | None
    places: tuple[int, ...] = ()
    sliced: bool = False


class BatchBegan(msgspec.Struct, frozen=True, kw_only=True, tag="batch_began"):
    """A roll batch started."""

    batch: int
    lots: int


class MarketStuck(msgspec.Struct, frozen=True, kw_only=True, tag="market_stuck"):
    """A contract of a roll is at its limit or shows one side only: nothing more of near is closed, far catches up.

    `lack` are the lots that far still has to open; `plan` is a sentence for people.
    """

    instrument: InstrumentId
    why: str
    lack: int
    plan: str


class MarketFlows(msgspec.Struct, frozen=True, kw_only=True, tag="market_flows"):
    """Both contracts of a roll can be traded either way again; it goes on."""


class ContractFrozen(msgspec.Struct, frozen=True, kw_only=True, tag="contract_frozen"):
    """The main contract of a product was fixed for a trading day (DOMAIN 4.8)."""

    trading_day: int
    main: InstrumentId


class RoundBegan(msgspec.Struct, frozen=True, kw_only=True, tag="round_began"):
    """A spread round started: `sets` > 0 buys the spread, < 0 sells it.

    `quoted`: with a quote of the active leg, so that `price` is what was asked and not what could be had.
    """

    round: int
    sets: int
    price: Decimal
    quoted: bool = False


class RoundEnded(msgspec.Struct, frozen=True, kw_only=True, tag="round_ended"):
    """A spread round is balanced again; `residual` is what each leg lacks of its exact ratio, in parts of a lot."""

    round: int
    residual: tuple[Decimal, ...] = ()
    over: bool = False  # the residual is worth more than its tolerance


class ResidualOver(msgspec.Struct, frozen=True, kw_only=True, tag="residual_over"):
    """A spread's residual (零头) has come to be worth more than its tolerance, in yuan.

    `residual` is what each leg lacks of its exact ratio, in parts of a lot.
    """

    residual: tuple[Decimal, ...]
    value_yuan: Decimal
    tolerance_yuan: Decimal


class HedgeRefused(msgspec.Struct, frozen=True, kw_only=True, tag="quoting_stopped"):
    """The gate refused a hedge, and the leg broke: the active one trades no more on this trading day, or until resumed.

    With `beforehand` it would refuse an order of the next slice, which waits. The tag is from when it ended quotes.
    """

    instrument: InstrumentId  # of the hedge that was refused
    trading_day: int
    why: str = ""  # the sentence of the refusal
    beforehand: bool = False


class CombinationBarred(msgspec.Struct, frozen=True, kw_only=True, tag="combination_barred"):
    """A spread that trades by its combination alone cannot: the gate refused the order, or none can be made.

    It is stated once a trading day, or again after it was resumed.
    """

    instrument: InstrumentId  # of the active leg
    trading_day: int
    why: str


class ExitReached(msgspec.Struct, frozen=True, kw_only=True, tag="exit_reached"):
    """A held spread can be closed at its own stop or take-profit: it closes what it opened, and ends."""

    price: Decimal  # what closing it gave then
    level: Decimal
    stopped: bool


class Repair(StrEnum):
    """Name the repairs of a broken leg, in the order they are tried."""

    PAY_UP = "PAY_UP"  # 加价: chase further through the opposite price
    UNWIND = "UNWIND"  # 反平: take the leg that did trade back to what the others could follow


class LegBroken(msgspec.Struct, frozen=True, kw_only=True, tag="leg_broken"):
    """A leg could not follow (断腿): lots missing and their value in yuan, and the repair that begins."""

    leg: int
    instrument: InstrumentId
    lots: int
    value_yuan: Decimal | None  # `None` where no price is known
    repair: Repair
    plan: str  # a sentence for people
    whose: str = ""  # the own orders in the way of the repair, in words


class LegRepaired(msgspec.Struct, frozen=True, kw_only=True, tag="leg_repaired"):
    """A broken leg is balanced again."""

    leg: int
    instrument: InstrumentId


class OwnAimed(msgspec.Struct, frozen=True, kw_only=True, tag="own_aimed"):
    """A person's own rule asks for other net lots from now on, and says why.

    `contract` is what its code calls one of the other contracts of a rule of several; the first is meant without it.
    """

    lots: int
    before: int
    reason: str
    contract: str | UnsetType = UNSET


class Chased(msgspec.Struct, frozen=True, kw_only=True, tag="chased"):
    """A child was too slow and is replaced at a better price; `price` in yuan is how far the next one may go."""

    leg: int
    chase: int
    price: Decimal | None = None  # where the strategy's own order may be the best that is shown


class FellowTold(msgspec.Struct, frozen=True, kw_only=True, tag="fellow_told"):
    """A half of a roll between accounts heard how the other half stands, said with the fact that changed it.

    Each account's stream is folded alone (SAFETY I15), so what a half must know of the other stands in its own: the
    lots filled on the other's leg, their sum of lots x price, their fees in yuan, and whether it can go on.
    """

    leg: int  # the other half's
    lots: int
    value: Decimal
    fees: Decimal
    ready: bool
    why: str = ""  # it is not ready: in few words, and naming nothing of the other account
    turned: bool = False  # `ready` is not what it was


class NearExpires(msgspec.Struct, frozen=True, kw_only=True, tag="near_expires"):
    """A strategy still holds lots of a contract so many trading days before its last one (0: on it).

    Of a roll they are what it has not moved of near.
    """

    instrument: InstrumentId
    lots: int
    days: int
    trading_day: int


class FarHeld(msgspec.Struct, frozen=True, kw_only=True, tag="far_held"):
    """What a roll in one account would open of far next is held back, or, with no `why`, no longer.

    It is said by the engine, ahead of near's close: `why` is the sentence of a rule, or of an order's refusal. It is
    said again where near was still filled, on its way back, and far now lacks lots that it did not.
    """

    instrument: InstrumentId  # far
    why: str
    lack: int = 0  # lots


class RangeLeft(msgspec.Struct, frozen=True, kw_only=True, tag="range_left"):
    """The price left the grid's bounds or reached its stop.

    Of a stop that `lasted` it is what its lots could be closed at alone: that has been at the stop for long.
    """

    price: Decimal
    stopped: bool
    lasted: bool = False


class RangeEntered(msgspec.Struct, frozen=True, kw_only=True, tag="range_entered"):
    """The price came back inside the grid's bounds."""

    price: Decimal


class FlattenHeld(msgspec.Struct, frozen=True, kw_only=True, tag="flatten_held"):
    """A grid or spread that closes what it holds has closed nothing for a while; stated once for each `cause`.

    A cause is of a trading day, and of what was held then: what is left after a fill may be stated for it again. `why`
    and `plan`, what is done and what people can do, are for people; `lots` are held now.
    """

    instrument: InstrumentId
    lots: int
    cause: str
    why: str
    plan: str


class GridTrailed(msgspec.Struct, frozen=True, kw_only=True, tag="grid_trailed"):
    """An empty grid followed the price: it stands `moved` yuan from where its settings put it, anchored at `anchor`."""

    moved: Decimal
    anchor: Decimal
    # By how many of them its geometric lines moved as they lie; a fact without it laid them out anew from the anchor.
    shifted: Decimal = Decimal(0)


class ExecutionBegan(msgspec.Struct, frozen=True, kw_only=True, tag="execution_began"):
    """An execution looks at its market for the first time on a trading day.

    `mid` is the middle of bid and ask, its first one the arrival price; `volume` are the market's lots of the day that
    do not count for its participation.
    """

    trading_day: int
    mid: Decimal | None
    volume: int


class MovedStrategy(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a strategy whose lots a roll has moved: its settings from now on, and their version.

    Its near lots are far lots now; `paid_yuan` is what moving them cost, signed like a purchase. With `resumes` it runs
    on; one that was at rest for the roll alone and may not run on stays paused, and `why` is for people. `lots_taken`
    where lots of its other contracts were closed from under it.
    """

    strategy: StrategyId
    settings: StrategySettings
    version: int
    near: InstrumentId
    far: InstrumentId
    paid_yuan: Decimal
    resumes: bool
    why: str = ""
    lots_taken: bool = False


class KeptStrategy(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a strategy that a roll was to take along and could not bind anew: it stays on near; `why` is for people."""

    strategy: StrategyId
    near: InstrumentId
    why: str


class Finished(msgspec.Struct, frozen=True, kw_only=True, tag="finished"):
    """The strategy has done all it was asked to; `moved` are those that a roll took along, `kept` it could not.

    One that is `cut` has not: it cannot go on, for what `summary` says, and people are told of the lots it leaves.
    """

    summary: str
    moved: tuple[MovedStrategy, ...] = ()
    kept: tuple[KeptStrategy, ...] = ()
    cut: bool | UnsetType = UNSET


StrategyMark = (
    TimingMark
    | TimingChosen
    | PositionMissing
    | DeltaApart
    | RollBegan
    | BatchBegan
    | MarketStuck
    | MarketFlows
    | ContractFrozen
    | RoundBegan
    | RoundEnded
    | ResidualOver
    | HedgeRefused
    | CombinationBarred
    | ExitReached
    | ExitSeen
    | ExitDoubted
    | LegBroken
    | LegRepaired
    | Chased
    | OwnAimed
    | OwnUnseen
    | OwnShortened
    | FellowTold
    | FarHeld
    | NearExpires
    | RollTold
    | WayBarred
    | RateHeld
    | RepairBarred
    | RangeLeft
    | RangeEntered
    | FlattenHeld
    | GridTrailed
    | ExecutionBegan
    | TargetMark
    | SpotMark
    | Finished
)
