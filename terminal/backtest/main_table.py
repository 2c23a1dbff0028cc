"""Read what a plan's strategies ask for whose contract is a product's main one (`SHFE.rb.main`), see `mains`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from terminal.backtest.months.turns import ROLL, Pace
from terminal.domain.parameters.route import SpreadRoute
from terminal.reports.continuous.mains import By
from terminal.shell.plans.main_name import FORMULA, IN_FORMULA, MAIN, mains_in, names_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from terminal.domain.ids import InstrumentId
    from terminal.shell.plans.lines import Path
    from terminal.shell.plans.text import PlanText

KEYS: Final = ("by", "ratio", *Pace._fields)
KINDS: Final = ("own", "grid", "spread")
LARGEST: Final = 1000
LONGEST_CHASE: Final = 24 * 3600  # seconds
_MONTH: Final = re.compile(r"(?:[A-Za-z]+\.)?([A-Za-z]+)[0-9]", re.ASCII)  # how a contract of a product begins
_CARRY: Final = ("financing_percent", "storage_yuan")


class Asked(NamedTuple):
    """Hold what a plan's strategy asks for: its place among them, its products, and how the main contract is told.

    `names` are what the plan says at the places that name a main contract; `pace` is how the rolls chase.
    """

    place: int
    products: tuple[str, ...]
    names: tuple[tuple[Path, str], ...]
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


def written(asked: Asked, firsts: Mapping[str, InstrumentId]) -> dict[Path, str]:
    """Return what the plan would say with contracts in the place of its main ones, given by product as it names it."""
    return {
        path: IN_FORMULA.sub(lambda found: firsts[found[1]], said)
        if path[-1] == FORMULA
        else firsts[said.removesuffix(MAIN)]
        for path, said in asked.names
    }


def product_in(name: str) -> str:
    """Return a product without its exchange, as names are compared."""
    return name.rpartition(".")[2].casefold()


def _on_main(text: PlanText) -> Iterator[tuple[int, dict[str, Any]]]:
    for path, raw in text.entries("strategy"):
        if _names(raw, path):
            yield int(path[-1]), raw


def _names(raw: dict[str, Any], path: Path) -> tuple[tuple[Path, str], ...]:
    return tuple((where, said) for where, said in names_in(raw, path) if mains_in(where, said))


def _asked(text: PlanText, place: int, raw: dict[str, Any]) -> Asked:
    path = ("strategy", place)
    names = _names(raw, path)
    products = tuple(dict.fromkeys(typed for where, said in names for typed in mains_in(where, said)))
    if raw.get("kind") not in KINDS:
        what = "只有网格、价差的各腿与看一个合约的自编策略能以主力连续为合约；请写真实合约。"
        raise text.wrong(names[0][0], what)
    if raw["kind"] == "spread":
        _check_spread(text, raw, names, path)
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
    return Asked(place, products, names, By(by), Decimal(ratio), Pace(pay, chase))


def _check_spread(text: PlanText, raw: dict[str, Any], names: tuple[tuple[Path, str], ...], path: Path) -> None:
    if "conversion" in raw:
        raise text.wrong((*path, "conversion"), "互转只做一次，不换月；请写真实合约。")
    if raw.get("route", SpreadRoute.SYNTHETIC) != SpreadRoute.SYNTHETIC:
        what = (
            "以主力连续为合约的价差只能拆腿：两腿换月不在同一天，中间那几日交易所没有这两个月份的组合；请删去 route。"
        )
        raise text.wrong((*path, "route"), what)
    side = raw.get("spot_side")
    carried = next((key for key in _CARRY if isinstance(side, dict) and side.get(key)), None)
    if carried is not None:
        what = "含持有成本的价差换月后要持有更久，买卖价要重看，不能以主力连续为合约；请删去它，或写真实合约。"
        raise text.wrong((*path, "spot_side", carried), what)
    _refuse_same_product(text, raw, names, path)


def _refuse_same_product(text: PlanText, raw: dict[str, Any], names: tuple[tuple[Path, str], ...], path: Path) -> None:
    # Its main contract would come to be that of the other leg: a spread of a contract against itself.
    seen: set[str] = set()
    for where, said in names:
        found = {product_in(typed) for typed in mains_in(where, said)}
        if where[-1] == "instrument" and found & seen:
            what = "两腿都是它的主力，总是同一个合约，没有价差"
            raise text.wrong(where, f"{said} 写了两腿：{what}；跨期价差请写真实合约，由移仓换月。")
        seen |= found
    for where, said in names_in(raw, path):
        other = next((one for one in _MONTH.findall(said) if one.casefold() in seen), None)
        if other is not None and where[-1] != "active":
            what = f"另一腿是 {other} 的主力，早晚就是同一个合约"
            raise text.wrong(
                where, f"{said} 里有与主力连续同一品种的合约：{what}；跨期价差请各腿都写真实合约，由移仓换月。"
            )


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
