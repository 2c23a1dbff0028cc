"""Judge the plays of the sandbox by their journals: whose rounds were full, and what must not have been (I11-I14).

Between two facts nothing lacks that did not before, and nobody was told of anything, so the records and the calendar
say for how long a leg stood naked while it traded. While the link is down or not yet reconciled nobody can hedge, nor
tell: that time does not count.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.backtest.naked_time import NakedClock, has_legs
from terminal.domain.days.sessions import Phase
from terminal.domain.fact import facts as f
from terminal.domain.fact.sandbox import SandboxRound
from terminal.domain.orders.order import OrderState
from terminal.domain.parameters.strategy import RollSettings, SpreadSettings, StrategySettings
from terminal.domain.sandbox import RoundReader
from terminal.domain.words.typed_text import LONGEST_TEXT
from terminal.engine.check import beyond_targets, check_all
from terminal.engine.fold import apply
from terminal.engine.records.journal import Record
from terminal.engine.state import State
from terminal.strategies.roll.halves import fellow_name
from terminal.strategies.spread import hedge_ladder
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.ids import AccountId, StrategyId
    from terminal.engine.records.memory import MemoryJournal

    Owner = tuple[AccountId, StrategyId]

BEYOND_SECONDS: Final = 5  # a naked leg over its lots that nobody is told of for longer (SAFETY 6: orange)
GRACE_SECONDS: Final = 10  # for the way of an order and of its report
MOST_FAULTS: Final = 20  # told of one round
ALERTS: Final = frozenset({"LEG_BROKEN", "LEG_NAKED", "LEG_OVER_BREAK", "MARKET_STUCK", "FELLOW_OVER"})


class _Legs:
    """Follow how long one strategy's legs have stood naked, and since when beyond its lots; seconds of trading."""

    def __init__(self, calendar: Calendar) -> None:
        self.clock = NakedClock(calendar)
        self.over_from: Decimal | None = None
        self.told = False

    def stand(self, settings: StrategySettings, lots: int) -> None:
        """Take how many lots are naked from now on: whether more than may be, and since when."""
        if lots <= _limits(settings)[0]:
            self.over_from = None
        elif self.over_from is None:
            self.over_from = self.clock.time().seconds

    def fault(self, settings: StrategySettings, lots: int) -> str:
        """Return what is wrong with so many naked lots by now, empty where nothing is."""
        seconds = self.clock.time().seconds
        most, patience = _limits(settings)
        over = self.over_from is not None and seconds - self.over_from > BEYOND_SECONDS
        if self.told or not (over or seconds > patience + GRACE_SECONDS):
            return ""
        return f"I12 单腿 {lots} 手、{seconds} 秒没有告警（限 {most} 手、{patience} 秒）"


def _limits(settings: StrategySettings) -> tuple[int, int]:
    match settings:
        case SpreadSettings():
            return settings.naked_lots, hedge_ladder.chase_seconds(settings)
        case RollSettings():
            return settings.naked_lots, settings.chase_seconds * (settings.max_chases + 1)
        case _:
            return 0, 0


class PlayJudge:
    """Read one play's journal."""

    def __init__(self, calendar: Calendar) -> None:
        self.state = State()
        self.rounds: dict[Owner, RoundReader] = {}
        self.broken: list[str] = []  # of the whole play
        self.faults: dict[Owner, dict[str, None]] = {}
        self.version = self.plan_sha256 = ""
        self._calendar = calendar
        self._legs: dict[Owner, _Legs] = {}

    def read(self, journal: MemoryJournal) -> None:
        """Take every record, and look at what the whole came to."""
        for entry in journal.replay():
            if isinstance(entry.record, Record):
                self._take(entry.record.fact, entry.record.utc)
        self.broken += check_all(self.state)
        for owner in self.rounds:
            account = self.state.accounts[owner[0]]
            if any(row.state is OrderState.UNKNOWN and row.cause.strategy == owner[1] for row in account.live.values()):
                self._blame(owner, "还有结果不明的委托")
            if account.barrier.differences:
                self._blame(owner, "与交易所对账不一致")

    def found(self, tape_sha256: str, drill: int) -> list[SandboxRound]:
        """Return what each strategy's part in the play came to, in the order they were started."""
        return [
            SandboxRound(
                strategy=one.strategy,
                settings=one.settings,
                person=one.person,
                program=self.version,
                tape_sha256=tape_sha256,
                plan_sha256=self.plan_sha256,
                drill=drill,
                began_at=one.began_at,
                reached_at=one.reached_at,
                orders=len(one.orders),
                lots=one.lots,
                met=one.met,
                faults=_told((*one.faults(), *self.faults.get(owner, {}), *self.broken)),
            )
            for owner, one in self.rounds.items()
        ]

    def _take(self, fact: f.Fact, at: int) -> None:
        self._pass_time(at)
        apply(self.state, fact, at)
        for one in self.rounds.values():
            one.take(fact, at)
        match fact:
            case f.RunnerStarted():
                self.version, self.plan_sha256 = fact.version, fact.plan_sha256
            case f.StrategyStarted():
                self.rounds[fact.account, fact.strategy] = RoundReader(fact, at)
            case f.OrderRecorded():
                self._look_at_order(fact, at)
            case f.AlertRaised():
                self._hear(fact)
            case _:
                pass
        self._look_again(at)

    def _look_at_order(self, fact: f.OrderRecorded, at: int) -> None:
        name, account = fact.cause.strategy, self.state.accounts[fact.terms.account]
        if name is None:
            return
        owner = account.account, name
        for sentence in beyond_targets(account):
            self._blame(owner, sentence)
        template = self.state.tenant.instruments[fact.terms.instrument].session_on(account.trading_day)
        if template is None or self._calendar.session(template, at).phase is not Phase.CONTINUOUS:
            self._blame(owner, f"I14 {fact.order} 不在连续交易时段")

    def _hear(self, fact: f.AlertRaised) -> None:
        for owner, legs in self._legs.items():
            names = _names(owner[1], self.rounds[owner].settings)
            said = tuple(f"{what} {name}：" for what in ("策略", "跨账户移仓") for name in names)
            if fact.account == owner[0] and fact.code in ALERTS and fact.sentence.startswith(said):
                legs.told = True

    def _pass_time(self, at: int) -> None:
        for owner, legs in self._legs.items():
            legs.clock.reach(at, self.state.tenant.instruments)
            account = self.state.accounts[owner[0]]
            row = account.strategies.get(owner[1])
            if row is not None and legs.clock.lacking:
                lots = strategy_of(row.settings).naked_lots(row.settings, row.memory)
                why = legs.fault(row.settings, lots)
                if why:
                    self._blame(owner, why)

    def _look_again(self, at: int) -> None:
        for owner, one in self.rounds.items():
            if not has_legs(one.settings):
                continue
            account = self.state.accounts[owner[0]]
            row = account.strategies.get(owner[1])
            legs = self._legs.setdefault(owner, _Legs(self._calendar))
            legs.clock.reach(at, self.state.tenant.instruments)
            legs.clock.look_again(row if row is not None and account.barrier.passed else None)
            if row is not None and (kind := strategy_of(row.settings)).lacking(row.settings, row.memory):
                legs.stand(row.settings, kind.naked_lots(row.settings, row.memory))
            else:
                legs.clock.begin_again()
                legs.told, legs.over_from = False, None

    def _blame(self, owner: Owner, sentence: str) -> None:
        self.faults.setdefault(owner, {})[sentence] = None


def _told(faults: Sequence[str]) -> tuple[str, ...]:
    # A leg that nobody is told of is another fault with every record, and a round has to fit one record.
    more = (f"另有 {len(faults) - MOST_FAULTS} 条",) if len(faults) > MOST_FAULTS else ()
    return (*(why[:LONGEST_TEXT] for why in faults[:MOST_FAULTS]), *more)


def _names(strategy: StrategyId, settings: StrategySettings) -> tuple[StrategyId, ...]:
    # What either half of a roll between accounts says, the people of both are told of.
    if isinstance(settings, RollSettings) and settings.half is not None:
        return strategy, fellow_name(strategy, settings.half)
    return (strategy,)
