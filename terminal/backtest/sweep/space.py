"""Read which settings of which strategies are to be tried: every value of one with every value of all others.

A sweep is a TOML file beside a plan. `[vary.ID]` names a strategy of the plan; each key in it is one of its settings
that are a single number, word or truth, and has a list of values or a range, both ends in it. Under `numbers` stand the
parameters of a rule that a person has written, by the names its code gives them. The points are the
product of all of them, in the order of the file, the last key turning fastest. What a value does not fit is found
when its point is played and stands in its row; what makes no sense as a sweep is refused before anything runs.
"""

from __future__ import annotations

import math
from decimal import Decimal
from enum import Enum
from itertools import product
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args

import msgspec

from terminal.backtest.sweep.figures import RANKS
from terminal.domain.ids import StrategyId
from terminal.domain.parameters.own import OwnSettings
from terminal.shell.plans.commands import KINDS
from terminal.shell.plans.own_code import BY_CODE, with_code
from terminal.shell.plans.tariff_tables import Table
from terminal.shell.plans.text import PlanText, unknown_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path as FilePath

    from terminal.shell.plans.lines import Path
    from terminal.shell.plans.text import Raw

MOST_POINTS: Final = 10_000
WORD: Final = "扫描文件"
PAGE: Final = "docs/backtest.md"
NUMBERS: Final = "numbers"
IN_CONTRACTS: Final = ("instrument", "max_lots")  # where a rule has several contracts these stand in their table

Value = int | bool | str | Decimal


class RangeTable(Table, frozen=True, kw_only=True, rename={"first": "from", "last": "to", "step": "by"}):
    """Hold `{ from = 3, to = 9, by = 2 }`: 3, 5, 7, 9."""

    first: Decimal
    last: Decimal
    step: Decimal


class HeadTable(Table, frozen=True, kw_only=True):
    """Hold what stands above the first table."""

    about: str = ""
    rank: str = "profit"


class WalkTable(Table, frozen=True, kw_only=True):
    """`[walk]`: so many trading days to choose in, so many after them to judge in (向前检验)."""

    in_days: int
    out_days: int


class Axis(NamedTuple):
    """Hold one setting that is varied: whose, where it stands in the plan, and its values."""

    strategy: StrategyId
    key: str
    path: Path
    values: tuple[Value, ...]

    @property
    def name(self) -> str:
        """Return what the tables call it."""
        return f"{self.strategy}.{self.key}"


class Space(NamedTuple):
    """Hold a sweep that has been read."""

    sha256: str
    about: str
    rank: str
    axes: tuple[Axis, ...]
    walk: WalkTable | None = None

    def points(self) -> list[tuple[Value, ...]]:
        """Return the values of each point, one for each axis."""
        return list(product(*(axis.values for axis in self.axes)))


def read_space(path: FilePath, plan: PlanText) -> Space:
    """Return the sweep of a plan in a TOML file; anything wrong in it is a `UserError` with file and line."""
    text = PlanText(path, what=WORD, page=PAGE)
    keys = (*HeadTable.__struct_fields__, "vary", "walk")
    text.known_keys(keys)
    head = text.convert(
        {key: text.tables[key] for key in HeadTable.__struct_fields__ if key in text.tables}, HeadTable, ()
    )
    if head.rank not in RANKS:
        raise text.wrong(("rank",), f"不能按 {head.rank} 排序，可用：{'、'.join(RANKS)}。")
    vary = text.tables.get("vary")
    if not isinstance(vary, dict) or not vary:
        raise text.wrong(("vary",), "没有要变的参数，请写一张 [vary.策略编号] 表。")
    axes = [axis for name, table in vary.items() for axis in _axes(text, plan, name, table)]
    count = math.prod(len(axis.values) for axis in axes)
    if count > MOST_POINTS:
        sizes = " × ".join(str(len(axis.values)) for axis in axes)
        raise text.wrong(("vary",), f"共 {sizes} = {count} 点，至多 {MOST_POINTS} 点，请减少取值。")
    return Space(text.sha256, head.about, head.rank, tuple(axes), _walk(text))


def _walk(text: PlanText) -> WalkTable | None:
    if "walk" not in text.tables:
        return None
    walk = text.convert(text.tables["walk"], WalkTable, ("walk",))
    for key in WalkTable.__struct_fields__:
        if getattr(walk, key) < 1:
            raise text.wrong(("walk", key), f"{key} 应为正的交易日数，现为 {getattr(walk, key)}。")
    return walk


def _axes(text: PlanText, plan: PlanText, name: str, table: object) -> list[Axis]:
    path: Path = ("vary", name)
    found = {row.get("id"): (place, row) for place, (_, row) in enumerate(plan.entries("strategy"))}
    if name not in found:
        ids = "、".join(str(one) for one in found) or "没有"
        raise text.wrong(path, f"方案里没有策略 {name}，其中的策略：{ids}。")
    if not isinstance(table, dict) or not table:
        raise text.wrong(path, f"策略 {name} 没有要变的参数，请写上键与取值。")
    place, row = found[name]
    own = row.get("kind") == "own"
    known = _single(row) + ((NUMBERS,) if own else ())
    axes: list[Axis] = []
    for key, wanted in table.items():
        where: Path = (*path, key)
        if key not in known:
            raise text.wrong(where, unknown_key(key, known))
        if key == NUMBERS and own:
            aside = plan.varied({})  # what is read once more is not to count twice in the plan's hash
            names = [one["name"] for one in with_code(aside, row, ("strategy", place))[NUMBERS]]
            axes.extend(_numbers(text, StrategyId(name), place, wanted, names))
        else:
            axes.append(Axis(StrategyId(name), key, ("strategy", place, key), _values(text, wanted, where)))
    return axes


def _numbers(text: PlanText, strategy: StrategyId, place: int, table: object, names: Sequence[str]) -> Iterator[Axis]:
    # The parameters of a rule of one's own.
    path: Path = ("vary", strategy, NUMBERS)
    if not isinstance(table, dict) or not table:
        raise text.wrong(path, "numbers 应写成表：{ fast = [5, 10], slow = { from = 20, to = 60, by = 20 } }。")
    for key, wanted in table.items():
        if key not in names:
            known = "、".join(names) or "没有参数"
            raise text.wrong((*path, key), f"策略 {strategy} 的代码没有参数 {key}，可用：{known}。")
        values = _values(text, wanted, (*path, key))
        word = next((one for one in values if isinstance(one, bool | str)), None)
        if word is not None:
            raise text.wrong((*path, key), f"{key} 应为数字，现为 {word}。")
        yield Axis(strategy, f"{NUMBERS}.{key}", ("strategy", place, NUMBERS, key), values)


def _single(row: Raw) -> tuple[str, ...]:
    # The settings of a strategy's kind that are one value each; an account is whose money it is, and no parameter, and
    # which half of a roll between two a strategy is, the runner says.
    kind = KINDS.get(str(row.get("kind")))
    if kind is None:
        return ()
    no = {
        "account",
        "far_account",
        "half",
        *(BY_CODE if kind is OwnSettings else ()),
        *(IN_CONTRACTS if "contracts" in row else ()),
    }
    return tuple(one.name for one in msgspec.structs.fields(kind) if one.name not in no and _is_single(one.type))


def _is_single(form: Any) -> bool:  # noqa: ANN401 - a type form
    options = [option for option in get_args(form) or (form,) if option is not type(None)]
    plain = [getattr(option, "__supertype__", option) for option in options]
    return all(isinstance(one, type) and issubclass(one, int | str | Decimal | Enum) for one in plain)


def _values(text: PlanText, wanted: object, path: Path) -> tuple[Value, ...]:
    values = _ranged(text, wanted, path) if isinstance(wanted, dict) else _listed(text, wanted, path)
    if not values:
        raise text.wrong(path, f"{path[-1]} 没有一个取值，请写上。")
    for place, value in enumerate(values):
        if any(_equal(value, before) for before in values[:place]):
            raise text.wrong(path, f"{path[-1]} 的取值 {value} 写了两次，请删去一个。")
    return values


def _equal(one: Value, other: Value) -> bool:
    return isinstance(one, bool) is isinstance(other, bool) and one == other


def _listed(text: PlanText, wanted: object, path: Path) -> tuple[Value, ...]:
    if not isinstance(wanted, list):
        raise text.wrong(path, f"{path[-1]} 应写成取值的数组 [1, 2, 3]，或范围 {{ from = 1, to = 9, by = 2 }}。")
    if len(wanted) > MOST_POINTS:
        raise text.wrong(path, f"{path[-1]} 有 {len(wanted)} 个取值，至多 {MOST_POINTS} 个。")
    for place, value in enumerate(wanted):
        if not isinstance(value, int | str | Decimal):
            raise text.wrong((*path, place), f"{path[-1]} 的取值应为数字、文字或 true、false。")
        if not isinstance(value, str):
            text.convert(Decimal(value), Decimal, (*path, place))  # a sensible number
    return tuple(wanted)


def _ranged(text: PlanText, wanted: Raw, path: Path) -> tuple[Value, ...]:
    said = text.convert(wanted, RangeTable, path)
    if said.step <= 0:
        raise text.wrong((*path, "by"), f"{path[-1]} 的步长 by 应为正数，现为 {said.step}。")
    if said.last < said.first:
        raise text.wrong((*path, "to"), f"{path[-1]} 的范围是空的：to {said.last} 小于 from {said.first}。")
    count = int((said.last - said.first) / said.step) + 1
    if count > MOST_POINTS:
        raise text.wrong(path, f"{path[-1]} 的范围有 {count} 个取值，至多 {MOST_POINTS} 个，请把 by 写大。")
    found = [said.first + place * said.step for place in range(count)]
    # Whole numbers stay whole: a count of lines is no 8.0.
    whole = all(isinstance(wanted[key], int) for key in ("from", "to", "by"))
    return tuple(int(value) for value in found) if whole else tuple(found)
