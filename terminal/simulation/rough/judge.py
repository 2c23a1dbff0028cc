"""Judge a strategy's children: none beyond its target, none outside sessions, no naked leg that nobody is told of.

What a naked leg may be (SAFETY I12): up to the limit of its settings for as long as its chases take. What is more, or
takes longer, must have been told to people, with a plan; what was told when the leg became naked stands for as long as
it stays so. Sessions are read from the calendar's own plan of the day (I14), by the market clock of the order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from terminal.domain.days.calendar import SECOND_NS, Calendar
from terminal.domain.days.sessions import Phase
from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import LegBroken, MarketStuck
from terminal.domain.ids import InstrumentId, OrderId, StrategyId, WireKey
from terminal.domain.orders.order import Offset, OrderTerms, TimeCondition
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import (
    ExecutionSettings,
    GridSettings,
    RollSettings,
    SpreadSettings,
    StrategySettings,
)
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.products.instrument import Instrument
from terminal.engine.ports import WireOrder
from terminal.engine.records.journal import Record
from terminal.simulation.combined import parts_of
from terminal.simulation.rough.combination_judge import CombinationJudge
from terminal.simulation.rough.exit_judge import BothSides, ExitJudge
from terminal.simulation.rough.own_judge import OwnJudge
from terminal.simulation.rough.refusal_judge import Refusals
from terminal.simulation.rough.resting import Resting
from terminal.simulation.rough.roll_judge import roll_faults
from terminal.simulation.rough.spot_judge import SpotJudge
from terminal.simulation.rough.swap_judge import swap_faults
from terminal.simulation.rough.tally import Tally, names_of
from terminal.simulation.rough.target_judge import TargetJudge
from terminal.simulation.rough.timing_judge import TimingJudge

_ALERTS = frozenset({"LEG_BROKEN", "LEG_NAKED", "LEG_OVER_BREAK", "MARKET_STUCK", "FELLOW_OVER"})
_PLANNING = frozenset(
    {"LEG_NAKED", "LEG_OVER_BREAK", "FELLOW_OVER"}
)  # their sentence says what is done, and what people have to do
_BEYOND = 5 * SECOND_NS  # a limit that is passed for so long is orange (SAFETY 6)
_GRACE = 10 * SECOND_NS  # for the way of an order and its report, and for the first batch after a crash
_JUMP = 2 * SECOND_NS  # the market clock jumps where nothing is played


class _Bare(NamedTuple):
    """Hold since when a strategy is naked, and beyond its limit, in steady time; `told`: alert, plan."""

    since: int
    over: int | None


class ChildJudge:
    """Follow every strategy of one play over all lives of its runner."""

    def __init__(
        self,
        calendar: Calendar,
        instrument: Callable[[InstrumentId, int], Instrument],
        blame: Callable[[str], None],
        both_sides: BothSides,
    ) -> None:
        self.tally = Tally()
        self._targets = TargetJudge(self.tally, calendar, instrument)
        self._rules = OwnJudge(self.tally)
        self.timings = TimingJudge(self.tally, calendar, instrument)
        self._resting = Resting()
        self._refusals = Refusals()
        self._exits = ExitJudge(self.tally, both_sides, trades=self._open)
        self.combinations = CombinationJudge(self.tally, both_sides)
        self._spots = SpotJudge()
        self.children = 0
        self.naked_seconds = 0
        self._calendar = calendar
        self._instrument = instrument
        self._blame = blame
        self._settings: dict[StrategyId, StrategySettings] = {}
        self._owner: dict[WireKey, StrategyId] = {}
        self.quotes = 0
        self._quoted_by: dict[OrderId, tuple[StrategyId, int]] = {}  # with the trading day they were recorded on
        self._spent: dict[tuple[StrategyId, int], int] = {}
        self._bare: dict[StrategyId, _Bare] = {}
        self._alerted: set[StrategyId] = set()
        self._planned: set[StrategyId] = set()
        self._at = 0
        self._steady = 0

    def kept(self, records: Sequence[Record]) -> None:
        """Take what became durable: who owns an order, what was asked for, what people were told."""
        for record in records:
            match record.fact:
                case f.StrategyStarted() | f.StrategyChanged() as fact:
                    self._settings[fact.strategy] = fact.settings
                case f.OrderRecorded(cause=cause, wire_key=key) as fact if cause.strategy is not None:
                    self._owner[key] = cause.strategy
                    self._quoted(fact, cause.strategy)
                case f.CancelRecorded() as fact:
                    self._cancels(fact)
                case f.StrategyMarked(mark=LegBroken() | MarketStuck() as mark) as fact if mark.plan:
                    self._planned.add(fact.strategy)
                case f.AlertRaised() as fact if fact.code in _ALERTS:
                    self._alert(fact)
                case _:
                    pass
            self._rules.kept(record.fact)
            self.timings.kept(record.fact)
            for fault in (
                *self._targets.kept(record.fact, self._settings),
                *self._resting.kept(record.fact),
                *self._exits.kept(record.fact, self._settings, record.utc),
                *self._refusals.kept(record.fact, self._calendar.trading_day(record.utc)),
                *self._spots.kept(record.fact),
            ):
                self._blame(fault)
        for fault in self.combinations.kept(records, self._settings):
            self._blame(fault)

    def _quoted(self, fact: f.OrderRecorded, strategy: StrategyId) -> None:
        settings, terms = self._settings[strategy], fact.terms
        if not isinstance(settings, SpreadSettings) or terms.time_condition is not TimeCondition.GFD:
            return
        if terms.instrument == next(leg.instrument for leg in settings.legs if leg.active):
            self.quotes += 1
            self._quoted_by[fact.order] = strategy, fact.trading_day
            if settings.quoting is None:
                self._blame(f"E3 {strategy} has {fact.order} rest, though it only takes")

    def _cancels(self, fact: f.CancelRecorded) -> None:
        # Each quote at most once, however often it is asked for: what a day's ration is spent on.
        strategy, day = self._quoted_by.pop(fact.order, (None, 0))
        settings = None if strategy is None else self._settings[strategy]
        if strategy is None or not isinstance(settings, SpreadSettings):
            return
        spent = self._spent[strategy, day] = self._spent.get((strategy, day), 0) + 1
        if settings.quoting is not None and spent > settings.quoting.max_cancels:
            self._blame(
                f"E3 {strategy} has spent {spent} cancels on {day}, it may spend {settings.quoting.max_cancels}"
            )

    def _alert(self, fact: f.AlertRaised) -> None:
        for strategy in self._settings:
            if fact.sentence.startswith((f"策略 {strategy}：", f"跨账户移仓 {strategy}：")):
                self._alerted.add(strategy)
                if fact.code in _PLANNING:
                    self._planned.add(strategy)

    def sent(self, order: WireOrder, at: int) -> None:
        """Judge an order on its way out, at the market clock."""
        strategy = self._owner.get(order.wire_key)
        if strategy is None:
            self.tally.sent(order.wire_key, None, order.terms, at)
            return
        self.children += 1
        settings = self._settings[strategy]
        parts = parts_of(order.terms)
        for shut in (part.instrument for part in parts if not self._open(part.instrument, at)):
            self._blame(f"C15 {strategy} sent {order.wire_key} outside the session of {shut}")
        if isinstance(settings, ExecutionSettings):
            for fault in _beyond_terms(settings, order.terms, at):
                self._blame(f"C17 {strategy} sent {order.wire_key} {fault}")
        for part in parts:
            for fault in self._led_astray(strategy, settings, part, at):
                self._blame(f"I11 {strategy} sent {order.wire_key} {fault}")
        if isinstance(settings, SpreadSettings):
            for fault in self.combinations.faults(strategy, order.terms):
                self._blame(f"E2 {strategy} sent {order.wire_key} {fault}")
        self.tally.sent(order.wire_key, strategy, order.terms, at)
        for fault in self.tally.beyond(strategy, settings):
            self._blame(fault)

    def _led_astray(
        self, strategy: StrategyId, settings: StrategySettings, terms: OrderTerms, at: int
    ) -> Iterator[str]:
        if isinstance(settings, TargetSettings):
            yield from self._targets.faults(strategy, settings, terms, at)
        elif isinstance(settings, OwnSettings):
            yield from self._rules.faults(strategy, settings, terms)
        elif isinstance(settings, RollSettings):
            yield from roll_faults(self.tally, strategy, settings, terms)
            yield from self.timings.faults(strategy, settings, terms, at)
        elif isinstance(settings, SpreadSettings):
            yield from swap_faults(settings, terms)

    def _open(self, instrument: InstrumentId, at: int) -> bool:
        day = self._calendar.trading_day(at)
        known = self._instrument(instrument, day)
        session = known.session_on(day)
        return session is not None and any(
            part.phase is Phase.CONTINUOUS and part.begins_at <= at < part.ends_at
            for part in self._calendar.day_plan(session, day)
        )

    def begin(self) -> None:
        """Begin a life: whoever has just started is given its time."""
        self._bare = {name: _Bare(self._steady, None) for name in self._bare}

    def look(self, at: int) -> None:
        """Judge what stands naked now."""
        self._steady += min(max(at - self._at, 0), _JUMP)
        self._at = at
        for fault in (*self._exits.look(self._settings, at, self._steady), *self.combinations.look(self._steady)):
            self._blame(fault)
        for strategy, settings in self._settings.items():
            names = set(names_of(strategy, settings))
            lots = self.tally.naked(strategy, settings)
            if not lots:
                self._bare.pop(strategy, None)
                self._alerted -= names
                self._planned -= names
                continue
            self._judge(strategy, settings, lots)

    def _judge(self, strategy: StrategyId, settings: StrategySettings, lots: int) -> None:
        now, before = self._steady, self._bare.get(strategy)
        most, patience = _limits(settings)
        over = None if lots <= most else now
        bare = _Bare(now, over) if before is None else _Bare(before.since, over and (before.over or now))
        self._bare[strategy] = bare
        self.naked_seconds = max(self.naked_seconds, (now - bare.since) // SECOND_NS)
        is_late = now - bare.since > patience * SECOND_NS + _GRACE
        is_beyond = bare.over is not None and now - bare.over > _BEYOND
        names = set(names_of(strategy, settings))  # what either half says, the people of both are told of
        if (is_late or is_beyond) and not (names & self._alerted and names & self._planned):
            told = "no alert" if not names & self._alerted else "no plan"
            self._blame(
                f"I12 {strategy} holds {lots} naked lots for {(now - bare.since) // SECOND_NS} s with {told}; "
                f"its limits are {most} lots and {patience} s"
            )


def _beyond_terms(settings: ExecutionSettings, terms: OrderTerms, at: int) -> Iterator[str]:
    if (terms.price - settings.limit) * settings.side.sign > 0:
        yield f"at {terms.price}, beyond its limit {settings.limit}"
    if not settings.begins_at <= at < settings.ends_at:
        yield f"at {at}, outside its window {settings.begins_at} to {settings.ends_at}"
    if terms.side is not settings.side or terms.is_opening is not (settings.offset is Offset.OPEN):
        yield f"as {terms.side} {terms.offset}, asked for {settings.side} {settings.offset}"


def _limits(settings: StrategySettings) -> tuple[int, int]:
    # How many lots may stand naked, and for how many seconds, before people are told.
    match settings:
        case SpreadSettings():
            slowest = max(
                (leg.hedge_seconds or settings.hedge_seconds) * ((leg.max_chases or settings.max_chases) + 1)
                for leg in settings.legs
                if not leg.active
            )
            return settings.naked_lots, slowest
        case RollSettings():
            return settings.naked_lots, settings.chase_seconds * (settings.max_chases + 1)
        case GridSettings() | OwnSettings() | ExecutionSettings() | TargetSettings():
            return 0, 0
