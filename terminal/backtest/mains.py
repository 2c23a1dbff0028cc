"""Let a strategy trade a product's main contract (主力连续) through a backtest, as `hengduo continuous` tells it.

A plan names it as the contract of a grid, of a spread's legs, or of a rule of one's own: `instrument = "SHFE.rb.main"`.
The main contract of each trading day is told by what was known as that day began, and stands for the day. The strategy
trades the real contract. When the main contract changes it is paused, a roll moves what it holds, with real orders and
their costs, and takes it along; where it holds nothing its contract alone is changed. Then it goes on. A rule sees one
series by difference all the while: what was quoted before stands where the new contract stands. A grid's prices, and a
spread's, are written for the first main contracts of the recording, and go with the differences, a spread's by the
coefficient of the leg that changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from terminal.backtest.main_script import Follower, MainScript
from terminal.backtest.main_table import asked_of, product_in, written
from terminal.backtest.months.turns import Turn
from terminal.domain.commands import StartStrategy
from terminal.domain.parameters.strategy import GridSettings, SpreadSettings
from terminal.gateways.replay.open import read_recording
from terminal.reports.continuous.days import contracts_of
from terminal.reports.continuous.series import continuous
from terminal.shell.opening import resolver
from terminal.shell.plans.listing import PlanListing
from terminal.shell.plans.on_tape import LATER
from terminal.shell.plans.plan import plan_of
from terminal.shell.plans.script import PlanScript
from terminal.shell.plans.text import PlanText
from terminal.strategies.grid.trailing import rebound as rebound_grid
from terminal.strategies.spread.rebound import rebound as rebound_spread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path

    from terminal.backtest.main_table import Asked
    from terminal.domain.days.calendar import Calendar
    from terminal.domain.ids import InstrumentId, ProductId, StrategyId
    from terminal.domain.market import Recording
    from terminal.domain.products.instrument import Reference
    from terminal.reports.continuous.days import Contract
    from terminal.reports.continuous.series import Series
    from terminal.shell.plans.lines import Path as PlanPath
    from terminal.shell.plans.plan import Plan
    from terminal.shell.plans.script import Scripted

Contracts = dict["ProductId", list["Contract"]]
"""The contracts of a recording that have traded, by product, the nearer month first."""


class Course(NamedTuple):
    """Hold the way of one product from its first contract, which stands `moved` yuan above the recording's first."""

    first: InstrumentId
    moved: Decimal
    turns: list[Turn]


class Followed(NamedTuple):
    """Hold what a strategy asks for, and the way of each product that it follows, by its name in the plan."""

    asked: Asked
    courses: dict[str, Course]

    @property
    def turns(self) -> list[Turn]:
        """Return the changes of all its products, in their order."""
        return sorted((turn for one in self.courses.values() for turn in one.turns), key=lambda turn: turn.begins)


def read_with_mains(
    path: Path, tapes: Sequence[Path], reference: Reference, reading: Callable[[float], None] | None = None
) -> tuple[Plan, Recording]:
    """Return a plan whose strategies follow the main contracts of a recording, and the recording.

    What cannot be followed is a `UserError` with the plan's line.
    """
    text = PlanText(path)
    asked_of(text)
    resolve = resolver(PlanListing(text, reference))
    recording = read_recording(tapes, instruments=resolve, calendar=reference.calendar, progress=reading)
    return plan_with_mains(text, contracts_in(text, recording, reference), reference), recording


def contracts_in(text: PlanText, recording: Recording, reference: Reference) -> Contracts:
    """Return the contracts of a recording, as the plan lists them; bars of whole days are a `UserError`."""
    found = contracts_of(recording, resolver(PlanListing(text, reference)), reference.calendar)
    by_day = recording.by_day
    for asked in asked_of(text):
        for product in asked.products:
            name = _named(product, found)
            daily = None if name is None else next((one for one in found[name] if one.instrument.id in by_day), None)
            if daily is not None:
                what = (
                    f"{product} 的行情是日线（{daily.instrument.id}），不能以主力连续为合约：日线上一天只有开盘能报单，"
                )
                why = f"换月平了近月，{LATER}，策略停着；请换分钟线或逐笔，或写真实合约。"
                raise text.wrong(_place_of(asked, product), what + why)
    return found


def plan_with_mains(
    text: PlanText, contracts: Contracts, reference: Reference, days: tuple[int, int] | None = None
) -> Plan:
    """Return the plan of a text whose strategies follow the main contracts of a recording.

    `days` are the first and last trading day that are played, where not all of the recording is: the main contract of
    each is told by the day before it all the same, and a grid's prices have come to the first of them.
    """
    asked = asked_of(text)
    found = [_followed(text, one, contracts, reference.calendar, days) for one in asked]
    changes: dict[PlanPath, object] = {}
    for one in found:
        changes |= written(one.asked, {product: course.first for product, course in one.courses.items()})
    text = text.varied(changes)
    for one in found:
        text.tables["strategy"][one.asked.place].pop("main", None)
    plan = plan_of(text, reference)
    by_name = {text.tables["strategy"][one.asked.place]["id"]: one for one in found}
    entries = [_moved(entry, by_name) for entry in plan.script.entries]
    seed, script = plan.opening.seed, plan.script
    followers = []
    for entry in entries:
        if isinstance(entry.wish, StartStrategy) and entry.wish.strategy in by_name:
            followed = by_name[entry.wish.strategy]
            who = entry.wish.account, entry.wish.strategy, entry.person, entry.device
            followers.append(Follower(*who, followed.turns, seed, pace=followed.asked.pace))
    moved = PlanScript(seed, entries, script.series, script.known, script.unbidden)
    return msgspec.structs.replace(plan, script=MainScript(seed, moved, followers))


def untold(plan: Plan) -> list[str]:
    """Return after a run, a sentence each, which strategies did not come to their main contract, and why."""
    return plan.script.troubles if isinstance(plan.script, MainScript) else []


def _followed(
    text: PlanText, asked: Asked, contracts: Contracts, calendar: Calendar, days: tuple[int, int] | None
) -> Followed:
    courses = {product: _course(_series(text, asked, product, contracts), calendar, days) for product in asked.products}
    return Followed(asked, courses)


def _series(text: PlanText, asked: Asked, product: str, contracts: Contracts) -> Series:
    found = _named(product, contracts)
    if found is None:
        there = "、".join(sorted(contracts)) or "没有期货合约"
        raise text.wrong(
            _place_of(asked, product), f"行情里没有品种 {product} 的合约（有 {there}），请换行情，或改品种。"
        )
    return continuous(found, contracts[found], by=asked.by, ratio=asked.ratio)


def _named(product: str, contracts: Contracts) -> ProductId | None:
    # A formula may leave the exchange out.
    typed = product.casefold()
    return next((name for name in contracts if typed in {name.casefold(), product_in(name)}), None)


def _place_of(asked: Asked, product: str) -> PlanPath:
    return next(where for where, said in asked.names if product in said)


def _course(series: Series, calendar: Calendar, days: tuple[int, int] | None) -> Course:
    first, last = days or (series.points[0].trading_day, series.points[-1].trading_day)
    begun = [one for one in series.points if one.trading_day <= first] or series.points[:1]
    turns = [
        Turn(calendar.begins_at(one.trading_day), one.old, one.new, one.gap)
        for one in series.rolls
        if begun[-1].trading_day < one.trading_day <= last
    ]
    moved = sum((one.gap for one in series.rolls if one.trading_day <= begun[-1].trading_day), start=0 * series.tick)
    return Course(begun[-1].instrument, moved, turns)


def _moved(entry: Scripted, followed: Mapping[StrategyId, Followed]) -> Scripted:
    # What has prices of its own and begins later than the recording stands where it would have come to.
    wish = entry.wish
    if not isinstance(wish, StartStrategy) or wish.strategy not in followed:
        return entry
    settings = wish.settings
    for course in followed[wish.strategy].courses.values():
        if course.moved and isinstance(settings, GridSettings):
            settings = rebound_grid(settings, course.first, course.moved)
        elif course.moved and isinstance(settings, SpreadSettings):
            settings = rebound_spread(settings, course.first, course.first, course.moved)
    return msgspec.structs.replace(entry, wish=msgspec.structs.replace(wish, settings=settings))
