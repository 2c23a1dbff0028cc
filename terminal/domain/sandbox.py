"""Say what a full round in the sandbox is, whose rounds speak for which settings, and how many are wanted (H8).

A round is one strategy's part in one play of a plan over a tape. It is full when

- it was started, and traded lots by orders of its own;
- it reached its goal: an execution finished with its last lot, a roll with all its lots closed near and as many opened
  far (a half between accounts: those of its leg), a conversion finished; a grid, a spread or a rule of one's own held
  lots and was flat again, a rule of several contracts after each that it trades has traded; a target brought its ratio
  back into its band;
- it was not left paused, neither stopped nor ended over lots it held, and a rule of one's own did not fail;
- no invariant broke, and no leg stood naked beyond its limit without an alert (whoever plays it looks at that).

All of it is read from the facts of the play's journal. A play of the same tape with the same drill gives the same
facts, so it is the same round, however often it is played.

A round speaks for other settings that trade in the same manner: the same kind, products, legs, sides, timings, ladder
of chases, numbers and code of one's own, by the same version of the program. What no tape of the past can have stays
out of that: the account, delivery months and strikes, the contracts a roll took a rule from, dates, and absolute
prices, of which only counts whether there is one. Sizes may be smaller than they were in the sandbox, never larger: its
fills are bounded by volume, and a larger task meets another market.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from terminal.domain.fact import facts as f
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.marks import Finished
from terminal.domain.fact.sandbox import Disturbance, SandboxRound
from terminal.domain.fact.target_marks import TargetEnd, TargetEnded
from terminal.domain.ids import AccountId, InstrumentId, OrderId, StrategyId
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import (
    ExecutionSettings,
    GridSettings,
    Half,
    RollSettings,
    SpreadSettings,
    StrategySettings,
)
from terminal.domain.parameters.target import TargetSettings

LEAST_ROUNDS: Final = 3  # before a strategy may trade where rounds are asked for
OF_THE_DAY: Final = frozenset({"account", "far_account", "group", "strategies", "go", "before", "shifted"})
PRICES_AND_DATES: Final = frozenset(
    {
        "policy_day", "day", "first_day", "begins_at", "ends_at",
        "anchor", "stop", "lower", "upper", "trail_to", "buy_at", "sell_at", "limit",
    }
)  # fmt: skip
SIZES: Final = frozenset(
    {
        "lots", "batch_lots", "naked_lots", "sets", "max_sets", "lines", "lots_per_line", "max_lots", "total_lots",
        "shown_lots", "most_lots",
    }
)  # fmt: skip
"""Sizes of the whole settings; the lots of a leg are a ratio, and those of a spread's grid follow from `max_sets`."""
OTHERS_SIZE: Final = "max_lots"  # in a table: of a contract beside the first, which is traded or only seen
_CONTRACT: Final = re.compile(r"([A-Z]+\.[A-Za-z]+)\d+(.*)")


def wrong_rounds(wanted: int) -> str:
    """Return what is wrong with a number of rounds that is asked for, "" where nothing is."""
    if wanted == 0 or wanted >= LEAST_ROUNDS:
        return ""
    return f"应为 0（模拟账户，不要求）或不少于 {LEAST_ROUNDS}，现为 {wanted}"


def same_manner(tested: StrategySettings, wanted: StrategySettings) -> bool:
    """Return whether settings trade as the tested ones did, in no larger size."""
    return _manner(tested) == _manner(wanted) and all(
        size <= most for (name, size), (_, most) in zip(_sizes(wanted), _sizes(tested), strict=True)
    )


def another_manner(before: StrategySettings, wanted: StrategySettings) -> bool:
    """Return whether settings trade otherwise than those before, whatever the sizes of both."""
    return _manner(before) != _manner(wanted)


def manner_sha256(settings: StrategySettings, program: str) -> str:
    """Return the SHA-256, hex, of the manner in which a version of the program trades by settings."""
    return hashlib.sha256(msgspec.json.encode((program, _manner(settings)), order="deterministic")).hexdigest()


def _manner(settings: StrategySettings) -> object:
    whole = msgspec.to_builtins(settings)
    return _abstract({name: value for name, value in whole.items() if name not in SIZES})


def _sizes(settings: StrategySettings) -> list[tuple[str, int]]:
    sizes = [(name, getattr(settings, name)) for name in settings.__struct_fields__ if name in SIZES]
    others = settings.rest if isinstance(settings, OwnSettings) else ()
    return [*sizes, *((one.name, one.max_lots) for one in others)]


def _abstract(value: object) -> object:
    if isinstance(value, dict):
        return {
            name: bool(one) if name == OTHERS_SIZE else one is not None if name in PRICES_AND_DATES else _abstract(one)
            for name, one in value.items()
            if name not in OF_THE_DAY
        }
    if isinstance(value, list | tuple):
        return [_abstract(one) for one in value]
    found = _CONTRACT.fullmatch(value) if isinstance(value, str) else None
    return value if found is None else found[1] + re.sub(r"\d", "", found[2])


class Standing(NamedTuple):
    """Hold how far settings have come in the sandbox: full rounds, and the disturbances none of them met."""

    full: int
    unmet: tuple[Disturbance, ...]

    def passes(self, wanted: int) -> bool:
        """Return whether that is enough: so many rounds, and every disturbance in one of them."""
        return self.full >= wanted and not self.unmet


def counts(one: SandboxRound, settings: StrategySettings, program: str) -> bool:
    """Return whether a round speaks for settings as a version of the program trades by them."""
    return one.full and one.program == program and same_manner(one.settings, settings)


def same_round(one: SandboxRound) -> tuple[str, int]:
    """Return what tells rounds of the same settings apart: the tape's SHA-256 and the drill."""
    return one.tape_sha256, one.drill


def standing(rounds: Iterable[SandboxRound], settings: StrategySettings, program: str) -> Standing:
    """Return how far settings have come by these rounds; the same tape with the same drill counts once."""
    found = {same_round(one): one for one in rounds if counts(one, settings, program)}
    met = {disturbance for one in found.values() for disturbance in one.met}
    return Standing(len(found), tuple(one for one in Disturbance if one not in met))


class RoundReader:
    """Follow one strategy through the facts of a play, from the one that started it on."""

    def __init__(self, started: f.StrategyStarted, at: int) -> None:
        self.account: AccountId = started.account
        self.strategy: StrategyId = started.strategy
        self.settings: StrategySettings = started.settings
        self.person = started.person
        self.began_at, self.reached_at = at, 0
        self.lots = 0
        self.orders: set[OrderId] = set()
        self._net: dict[InstrumentId, int] = {}
        self._traded: set[str] = set()  # contracts of a rule of one's own, by the code's names: a roll changes none
        self._status, self._reason = StrategyStatus.RUNNING, ""
        self._met: set[Disturbance] = set()
        self._since: set[Disturbance] = set()  # the goal was reached last
        self._starting = False  # a runner that begins anew has lost its link too, which is no disturbance more

    def take(self, fact: f.Fact, at: int) -> None:
        """Take the next fact of the play, at the market clock of its record."""
        match fact:
            case f.RunnerStarted():
                self._since.add(Disturbance.RESTART)
                self._starting = True
            case f.BarrierBegan(account=self.account):
                self._starting = False
            case f.LinkLost(account=self.account) if not self._starting:
                self._since.add(Disturbance.LINK)
            case f.OrderRecorded(cause=cause, order=order) if (fact.terms.account, cause.strategy) == self._owner:
                self.orders.add(order)
            case f.OrderRejected(order=order) if order in self.orders:
                self._since.add(Disturbance.REJECTION)
            case f.OrderFilled(order=order) if order in self.orders:
                self._fill(fact, at)
            case f.StrategyMarked(mark=Finished() as mark) if fact.account == self.account:
                self._finish(fact.strategy, mark, at)
            case f.StrategyMarked(mark=TargetEnded(why=TargetEnd.REACHED)) if self._is_mine(fact):
                self._reach(at)
            case _:
                self._steer(fact, at)

    @property
    def _owner(self) -> tuple[AccountId, StrategyId]:
        return self.account, self.strategy

    def _is_mine(self, fact: f.StrategyMarked | f.StrategyChanged | f.StrategyPaused) -> bool:
        return (fact.account, fact.strategy) == self._owner

    def _fill(self, fact: f.OrderFilled, at: int) -> None:
        self.lots += fact.lots
        name = fact.instrument
        self._net[name] = self._net.get(name, 0) + fact.side.sign * fact.lots
        if isinstance(self.settings, OwnSettings):
            self._traded |= {one.name for one in self.settings.contracts if one.instrument == name}
        if self._comes_home and not self._untraded and not any(self._net.values()):
            self._reach(at)

    @property
    def _untraded(self) -> list[InstrumentId]:
        if not isinstance(self.settings, OwnSettings):
            return []
        wanted = (one for one in self.settings.contracts if one.max_lots)
        return [one.instrument for one in wanted if one.name not in self._traded]

    @property
    def _comes_home(self) -> bool:
        match self.settings:
            case GridSettings() | OwnSettings():
                return True
            case SpreadSettings():
                return self.settings.conversion is None
            case _:
                return False

    def _finish(self, strategy: StrategyId, mark: Finished, at: int) -> None:
        for moved in mark.moved:
            if moved.strategy == self.strategy:
                self.settings = moved.settings
                self._net[moved.far] = self._net.get(moved.far, 0) + self._net.pop(moved.near, 0)
        if strategy != self.strategy:
            return
        self._status, self._reason = StrategyStatus.FINISHED, mark.summary.rstrip("。")
        if self._did_all:
            self._reach(at)

    @property
    def _did_all(self) -> bool:
        # Of a task that has ended by itself; whoever comes home, or keeps a band, does not reach its goal by ending.
        match self.settings:
            case ExecutionSettings():
                return self.lots == self.settings.total_lots
            case RollSettings():
                goal = self.settings.side.sign * self.settings.lots
                legs = (self.settings.near, -goal, Half.NEAR), (self.settings.far, goal, Half.FAR)
                half = self.settings.half
                return all(self._net.get(name, 0) == lots for name, lots, own in legs if half in {None, own})
            case SpreadSettings():
                return self.settings.conversion is not None
            case GridSettings() | OwnSettings() | TargetSettings():
                return False

    def _reach(self, at: int) -> None:
        self.reached_at = at
        self._met |= self._since
        self._since = set()

    def _change(self, settings: StrategySettings, at: int) -> None:
        if not same_manner(self.settings, settings):  # what was done before says nothing of these
            self.began_at, self.reached_at, self.lots = at, 0, 0
            self._met, self._since, self._traded = set(), set(), set()
            if not self._comes_home:  # whoever does still has to get out of what it holds
                self._net = {}
        self.settings = settings

    def _steer(self, fact: f.Fact, at: int) -> None:
        match fact:
            case f.StrategyChanged() if self._is_mine(fact):
                self._change(fact.settings, at)
            case f.StrategyPaused(account=self.account, strategy=self.strategy):
                self._status, self._reason = StrategyStatus.PAUSED, fact.reason
            case f.StrategyResumed(account=self.account, strategy=self.strategy):
                self._status, self._reason = StrategyStatus.RUNNING, ""
            case f.StrategyStopped(account=self.account, strategy=self.strategy):
                self._status, self._reason = StrategyStatus.STOPPED, fact.reason
            case _:
                pass

    @property
    def met(self) -> tuple[Disturbance, ...]:
        """Return the disturbances it met on its way to its goal."""
        return tuple(one for one in Disturbance if one in self._met)

    def faults(self) -> tuple[str, ...]:
        """Return why the round is not full, by the play so far; empty when it is."""
        found = []
        if not self.lots:
            found.append("没有成交")
        elif self._untraded:
            names = "、".join(name.rpartition(".")[2] for name in self._untraded)
            found.append(f"没有做完：{names} 没有成交过，规则要交易的合约都要做到")
        elif not self.reached_at:
            ended = self._status is StrategyStatus.FINISHED and not self._comes_home
            found.append(f"没有做完：{self._reason if ended else '没有回到空仓、完成任务或配到区间'}")
        holds = self._comes_home and any(self._net.values())
        match self._status:
            case StrategyStatus.PAUSED:
                found.append(f"停在暂停：{self._reason}")
            case StrategyStatus.STOPPED if holds:
                found.append(f"带着持仓停止：{self._reason}")
            case StrategyStatus.FINISHED if holds:
                found.append(f"带着持仓结束：{self._reason}")
            case StrategyStatus.FINISHED if isinstance(self.settings, OwnSettings):  # a rule ends by nothing else
                found.append(f"规则自己停下：{self._reason}")
            case _:
                pass
        return tuple(found)
