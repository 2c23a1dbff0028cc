"""Let a rule of one's own trade a product's main contract (主力连续) through a backtest, as `hengduo continuous` does.

A plan names it as the contract of an own strategy: `instrument = "SHFE.rb.main"`. The main contract of each trading day
is told by what was known as that day began, and stands for the day. The strategy trades the real contract. When the
main contract changes it is paused, a roll moves what it holds, with real orders and their costs, and takes it along;
where it holds nothing its contract alone is changed. Then it goes on. Its rule sees one series by difference all the
while: what was quoted before stands where the new contract stands.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from terminal.backtest.main_script import ROLL, Follower, MainScript, Turn
from terminal.domain.commands import StartStrategy
from terminal.gateways.replay.open import read_recording
from terminal.reports.continuous.days import contracts_of
from terminal.reports.continuous.mains import By
from terminal.reports.continuous.series import continuous
from terminal.shell.opening import resolver
from terminal.shell.plans.listing import PlanListing
from terminal.shell.plans.own_code import MAIN
from terminal.shell.plans.plan import plan_of
from terminal.shell.plans.text import PlanText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.ids import ProductId
    from terminal.domain.market import Recording
    from terminal.domain.products.instrument import Reference
    from terminal.reports.continuous.days import Contract
    from terminal.reports.continuous.series import Series
    from terminal.shell.plans.plan import Plan

KEYS: Final = ("by", "ratio")


class Asked(NamedTuple):
    """Hold what a plan's strategy asks for: its place among them, its product, and how the main contract is told."""

    place: int
    product: str
    by: By
    ratio: Decimal


def names_main(path: Path) -> bool:
    """Return whether a plan has a strategy on a main contract."""
    return any(True for _ in _on_main(PlanText(path)))


def read_with_mains(
    path: Path, tapes: Sequence[Path], reference: Reference, reading: Callable[[float], None] | None = None
) -> tuple[Plan, Recording]:
    """Return a plan whose strategies follow the main contracts of a recording, and the recording.

    What cannot be followed is a `UserError` with the plan's line.
    """
    text = PlanText(path)
    asked = [_asked(text, place, raw) for place, raw in _on_main(text)]
    _refuse_taken_names(text)
    resolve = resolver(PlanListing(text, reference))
    recording = read_recording(tapes, instruments=resolve, calendar=reference.calendar, progress=reading)
    contracts = contracts_of(recording, resolve, reference.calendar)
    found = {one.place: _series(text, one, contracts) for one in asked}
    text.change({("strategy", place, "instrument"): series.points[0].instrument for place, series in found.items()})
    for place in found:
        text.tables["strategy"][place].pop("main", None)
    plan = plan_of(text, reference)
    names = {text.tables["strategy"][place]["id"]: place for place in found}
    followers = []
    for entry in plan.script.entries:
        if isinstance(entry.wish, StartStrategy) and entry.wish.strategy in names:
            turns = _turns(found[names[entry.wish.strategy]], reference.calendar)
            followers.append(
                Follower(entry.wish.account, entry.wish.strategy, entry.person, entry.device, turns, plan.opening.seed)
            )
    script = MainScript(plan.opening.seed, plan.script, followers)
    return msgspec.structs.replace(plan, script=script), recording


def untold(plan: Plan) -> list[str]:
    """Return after a run, a sentence each, which strategies did not come to their main contract, and why."""
    return plan.script.troubles if isinstance(plan.script, MainScript) else []


def _on_main(text: PlanText) -> Iterator[tuple[int, dict[str, Any]]]:
    for path, raw in text.entries("strategy"):
        if str(raw.get("instrument", "")).endswith(MAIN):
            yield int(path[-1]), raw


def _asked(text: PlanText, place: int, raw: dict[str, Any]) -> Asked:
    path = ("strategy", place)
    if raw.get("kind") != "own":
        raise text.wrong((*path, "instrument"), "只有自编策略（own）能以主力连续为合约；请写真实合约。")
    if "at" in raw:
        raise text.wrong((*path, "at"), "以主力连续为合约的策略从行情的第一日开始，请删去 at。")
    said = raw.get("main", {})
    if not isinstance(said, dict) or set(said) - set(KEYS):
        raise text.wrong((*path, "main"), 'main 应写成表：{ by = "open_interest", ratio = 1.1 }，两项都可不写。')
    by, ratio = said.get("by", By.OPEN_INTEREST), said.get("ratio", 1)
    if not isinstance(by, str) or by not in set(By):
        raise text.wrong((*path, "main"), f"main 的 by 应为 {' 或 '.join(By)}，现为 {by}。")
    if not isinstance(ratio, int | Decimal) or isinstance(ratio, bool) or not 1 <= _finite(ratio) < 1000:
        raise text.wrong((*path, "main"), f"main 的 ratio 应为 1 至 1000 的数，现为 {ratio}。")
    return Asked(place, str(raw["instrument"]).removesuffix(MAIN), By(by), Decimal(ratio))


def _finite(ratio: int | Decimal) -> int | Decimal:
    # What is no number compares with none.
    return ratio if not isinstance(ratio, Decimal) or ratio.is_finite() else 0


def _refuse_taken_names(text: PlanText) -> None:
    # Else the plan's own strategy would be taken for the roll that moves another.
    followed = {str(raw.get("id", "")) for _, raw in _on_main(text)}
    for path, raw in text.entries("strategy"):
        name = str(raw.get("id", ""))
        owner, there, number = name.rpartition(ROLL)
        if there and owner in followed and number.isdecimal():
            raise text.wrong(
                (*path, "id"), f"编号 {name} 留给策略 {owner} 换月时的移仓（{owner}{ROLL}1、{ROLL}2……），请换一个编号。"
            )


def _series(text: PlanText, asked: Asked, contracts: dict[ProductId, list[Contract]]) -> Series:
    path = ("strategy", asked.place, "instrument")
    found = next((name for name in contracts if name.casefold() == asked.product.casefold()), None)
    if found is None:
        there = "、".join(sorted(contracts)) or "没有期货合约"
        raise text.wrong(path, f"行情里没有品种 {asked.product} 的合约（有 {there}），请换行情，或改品种。")
    return continuous(found, contracts[found], by=asked.by, ratio=asked.ratio)


def _turns(series: Series, calendar: Calendar) -> list[Turn]:
    return [Turn(calendar.begins_at(one.trading_day), one.old, one.new, one.gap) for one in series.rolls]
