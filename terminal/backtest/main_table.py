"""Read what a plan's strategies ask for whose contract is a product's main one (`SHFE.rb.main`), see `mains`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from terminal.backtest.main_script import ROLL, Pace
from terminal.reports.continuous.mains import By
from terminal.shell.plans.main_name import MAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.shell.plans.text import PlanText

KEYS: Final = ("by", "ratio", *Pace._fields)
KINDS: Final = ("own", "grid")
LARGEST: Final = 1000
LONGEST_CHASE: Final = 24 * 3600  # seconds


class Asked(NamedTuple):
    """Hold what a plan's strategy asks for: its place among them, its product, and how the main contract is told.

    `pace` is how the rolls chase.
    """

    place: int
    product: str
    by: By
    ratio: Decimal
    pace: Pace


def names_main(text: PlanText) -> bool:
    """Return whether a plan has a strategy on a main contract."""
    return any(True for _ in _on_main(text))


def asked_of(text: PlanText) -> list[Asked]:
    """Return what the strategies on main contracts ask for; what cannot be followed is a `UserError` with its line."""
    asked = [_asked(text, place, raw) for place, raw in _on_main(text)]
    _refuse_taken_names(text)
    return asked


def read_files(text: PlanText) -> None:
    """Read the files beside a plan that it names, before anybody can read the plan itself: that needs a recording."""
    for table, key in (("strategy", "code"), ("spot_series", "file"), ("stock", "file")):
        for path, raw in text.entries(table):
            if isinstance(name := raw.get(key), str) and name:
                text.beside(name, (*path, key))


def _on_main(text: PlanText) -> Iterator[tuple[int, dict[str, Any]]]:
    for path, raw in text.entries("strategy"):
        if str(raw.get("instrument", "")).endswith(MAIN):
            yield int(path[-1]), raw


def _asked(text: PlanText, place: int, raw: dict[str, Any]) -> Asked:
    path = ("strategy", place)
    if raw.get("kind") not in KINDS:
        raise text.wrong((*path, "instrument"), "只有网格与自编策略能以主力连续为合约；请写真实合约。")
    if "at" in raw:
        raise text.wrong((*path, "at"), "以主力连续为合约的策略从行情的第一日开始，请删去 at。")
    where, said = (*path, "main"), raw.get("main", {})
    if not isinstance(said, dict) or set(said) - set(KEYS):
        known = "、".join(KEYS)
        raise text.wrong(where, f'main 应写成表：{{ by = "open_interest", ratio = 1.1 }}，可写 {known}，都可不写。')
    by, ratio = said.get("by", By.OPEN_INTEREST), said.get("ratio", 1)
    if not isinstance(by, str) or by not in set(By):
        raise text.wrong(where, f"main 的 by 应为 {' 或 '.join(By)}，现为 {by}。")
    if not isinstance(ratio, int | Decimal) or isinstance(ratio, bool) or not 1 <= _finite(ratio) < LARGEST:
        raise text.wrong(where, f"main 的 ratio 应为 1 至 {LARGEST} 的数，现为 {ratio}。")
    pay, chase = (said.get(key) for key in Pace._fields)
    if pay is not None and not _whole(pay, 0, LARGEST):
        raise text.wrong(where, f"main 的 pay_up_ticks 应为 0 至 {LARGEST} 的整数（跳），现为 {pay}。")
    if chase is not None and not _whole(chase, 1, LONGEST_CHASE):
        raise text.wrong(where, f"main 的 chase_seconds 应为 1 至 {LONGEST_CHASE} 的整数（秒），现为 {chase}。")
    product = str(raw["instrument"]).removesuffix(MAIN)
    return Asked(place, product, By(by), Decimal(ratio), Pace(pay, chase))


def _finite(ratio: int | Decimal) -> int | Decimal:
    # What is no number compares with none.
    return ratio if not isinstance(ratio, Decimal) or ratio.is_finite() else 0


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


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
