"""Remember a roll: what its facts say of timings, batches, both legs, and what their fills cost."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.fact.facts import AccountFact, OrderAccepted, OrderFilled, OrderRefused, OrderRejected
from terminal.domain.fact.marks import (
    BatchBegan,
    Chased,
    ContractFrozen,
    FarHeld,
    FellowTold,
    Finished,
    LegBroken,
    LegRepaired,
    MarketFlows,
    MarketStuck,
    NearExpires,
    PositionMissing,
    RollBegan,
    StrategyMark,
    TimingChosen,
    TimingMark,
)
from terminal.domain.fact.roll_marks import (
    BeginHeld,
    DeadlineMissed,
    FarCovered,
    Hindrance,
    RollUnmatched,
    SlicesLifted,
)
from terminal.domain.ids import InstrumentId
from terminal.strategies.children import Ledger
from terminal.strategies.legs import Leg, fold_chase, follow
from terminal.strategies.roll.timings import TimingMemory, fold_timing

NEAR, FAR = "near", "far"
NEAR_LEG, FAR_LEG = 0, 1


class Fellow(msgspec.Struct):
    """Hold what a half of a roll between accounts was told of the other: its fees in yuan, and whether it can go on.

    `turned_at` is when that changed last (UTC ns); 0 where nothing was told yet.
    """

    fees: Decimal = Decimal(0)
    ready: bool = False
    why: str = ""
    turned_at: int = 0


class LateDay(msgspec.Struct):
    """Hold what people were told of a day that is not kept: when it had come or ahead, and when they were alerted."""

    on: bool
    alerted: int  # the trading day of the latest alert
    stands: bool = True  # by the settings it has


class RollMemory(msgspec.Struct, tag="roll_memory"):
    """Hold what the facts say: timings, batches, both legs, and what their fills cost.

    `near_value` and `far_value` are sums of lots x price. `batch_goal` is how many lots near has closed when the
    batch is done. Of a roll between accounts the leg that is not this half's is as it was told, and `fees` are its own.
    """

    timings: list[TimingMemory]
    near: Leg = msgspec.field(default_factory=Leg)
    far: Leg = msgspec.field(default_factory=Leg)
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    lead: int | None = None  # the place of the timing that decides, where they switch, as chosen on `lead_day`
    lead_day: int = 0
    main: InstrumentId | None = None
    main_day: int = 0
    sliced: bool = False  # the slices hold it to their pace
    began: bool = False
    began_at: int = 0
    stuck: bool = False  # a contract is at its limit or one-sided, or, as stated at `turned_at`, no longer
    turned_at: int = 0
    near_mid: Decimal | None = None
    far_mid: Decimal | None = None
    batch: int = 0
    batch_goal: int = 0
    near_value: Decimal = Decimal(0)
    far_value: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    filled_at: int = 0
    missing_day: int = 0
    outgrown_day: int = 0  # the trading day on which it waits, for what it takes along holds more lots than it moves
    short_day: int = 0  # the trading day on which the account last held none of the lots that were missing
    waits: list[Hindrance] = msgspec.field(default_factory=list)  # what kept it from beginning, as told on `waits_day`
    waits_day: int = 0
    waits_at: int = 0  # the last of them, UTC ns
    waits_why: str = ""
    expiry_day: int = 0  # the trading day on which near's last days were told of last
    finished: bool = False
    fellow: Fellow | None = None
    refused: str = ""  # why far's last order was not let out or not taken; empty once one is
    held: str = ""  # why far cannot be opened, as stated at `held_at`
    held_at: int = 0
    held_lack: int = 0  # lots far lacked then
    covered: int = 0  # lots far lacked when people were told that the account holds as many beside its own
    late: dict[str, LateDay] = msgspec.field(default_factory=dict)  # days (YYYYMMDD) that are told not to be kept
    unmatched: int = 0  # lots far lacked when people were told that near is over and the roll rests

    @property
    def closed(self) -> int:
        """Return the near lots closed."""
        return abs(self.near.net)

    @property
    def opened(self) -> int:
        """Return the far lots opened."""
        return abs(self.far.net)

    def planned_anew(self) -> None:
        """Take that its settings were changed: of a day still to come people are told again where it is not kept."""
        for one in self.late.values():
            one.stands = one.on


def fold_mark(memory: RollMemory, mark: StrategyMark, at: int) -> None:
    """Take what the roll stated about itself into its memory."""
    match mark:
        case TimingMark():
            fold_timing(memory.timings[mark.place], mark, at)
        case ContractFrozen():
            memory.main, memory.main_day = mark.main, mark.trading_day
        case TimingChosen():
            memory.lead, memory.lead_day = mark.place, mark.trading_day
        case PositionMissing() | NearExpires() | BeginHeld() | DeadlineMissed():
            _fold_day(memory, mark, at)
        case RollBegan() | SlicesLifted():
            _fold_beginning(memory, mark, at)
        case BatchBegan():
            memory.outgrown_day = 0
            memory.batch, memory.batch_goal = mark.batch, memory.closed + mark.lots
            memory.near.chases = 0
        case Chased():
            leg, scope = (memory.near, NEAR) if mark.leg == NEAR_LEG else (memory.far, FAR)
            fold_chase(memory.ledger, leg, scope, mark)
        case MarketStuck() | MarketFlows():
            memory.stuck, memory.turned_at = isinstance(mark, MarketStuck), at
        case LegBroken() | LegRepaired():
            memory.far.broken = mark.repair if isinstance(mark, LegBroken) else None
        case FarHeld() | FellowTold() | FarCovered() | RollUnmatched():
            _fold_told(memory, mark, at)
        case Finished():
            memory.finished = True
        case _:
            pass


def fold_far_answer(memory: RollMemory, fact: AccountFact) -> None:
    """Note whether the gate, and then the exchange, took the latest order of far."""
    match fact:
        case OrderRefused(findings=findings) if findings:
            worst = max(findings, key=lambda finding: finding.verdict)
            memory.refused = f"{worst.control}：{worst.sentence}"
        case OrderRejected(text=text):
            memory.refused = f"交易所拒单：{text}"
        case OrderAccepted() | OrderFilled():
            memory.refused = ""
        case _:
            pass


def _fold_beginning(memory: RollMemory, mark: RollBegan | SlicesLifted, at: int) -> None:
    if isinstance(mark, SlicesLifted):
        memory.sliced = False
        return
    memory.sliced, memory.began_at = mark.sliced, at
    memory.began, memory.near_mid, memory.far_mid = True, mark.near_mid, mark.far_mid


def _fold_day(memory: RollMemory, mark: PositionMissing | NearExpires | BeginHeld | DeadlineMissed, at: int) -> None:
    if isinstance(mark, DeadlineMissed):
        memory.late[str(mark.day)] = LateDay(on=mark.days <= 0, alerted=mark.trading_day)
    elif isinstance(mark, BeginHeld):
        told = memory.waits if memory.waits_day == mark.trading_day else []
        memory.waits, memory.waits_day = [*told, mark.kind], mark.trading_day
        memory.waits_at, memory.waits_why = at, mark.why
    elif isinstance(mark, NearExpires):
        memory.expiry_day = mark.trading_day
    else:
        memory.missing_day = mark.trading_day
        # Lots that a live close holds are there, and so are those of strategies that hold more than the roll moves.
        if mark.strategies:
            memory.outgrown_day = mark.trading_day
        elif not mark.held:
            memory.short_day = mark.trading_day


def _fold_told(memory: RollMemory, mark: FarHeld | FellowTold | FarCovered | RollUnmatched, at: int) -> None:
    if isinstance(mark, FarCovered):
        memory.covered = mark.lack
    elif isinstance(mark, RollUnmatched):
        memory.unmatched = mark.closed - mark.opened
    elif isinstance(mark, FarHeld):
        memory.held, memory.held_at, memory.held_lack = mark.why, at, mark.lack
    else:
        _fold_fellow(memory, mark, at)


def _fold_fellow(memory: RollMemory, mark: FellowTold, at: int) -> None:
    leg = memory.near if mark.leg == NEAR_LEG else memory.far
    if mark.leg == NEAR_LEG:
        memory.near_value = mark.value
    else:
        memory.far_value = mark.value
    leg.net = mark.lots  # without its sign, which nobody reads
    follow(memory.far, memory.closed - memory.opened, at)
    before = memory.fellow
    turned_at = at if before is None or mark.turned else before.turned_at
    memory.fellow = Fellow(fees=mark.fees, ready=mark.ready, why=mark.why, turned_at=turned_at)
    memory.filled_at = at if mark.lots else memory.filled_at
