"""Say what a stress scenario is, which ones are always played, and read a person's own from a file.

A scenario moves every contract of a product by whole days at its limit; the same contract moves once however many
accounts hold it. Spot never moves: what futures do alone is the basis.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.ids import ProductId
from terminal.domain.products.limit_run import MOST
from terminal.domain.words.system import system_said

Moves = Annotated[int, msgspec.Meta(ge=-MOST, le=MOST)]
WAYS: Final = {1: "涨停", -1: "跌停"}


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold one scenario; moves are days at the limit in a row, down where negative.

    `products` speaks for itself; of the others the nearest delivery month of a product moves by `near` and the later
    ones by `far`, where these are said, and by `moves` where they are not. `bands` are first days' bands, as fractions,
    in the place of the contracts' own. `exits` says whether anybody can close a lot. `volatility` is added to what
    options imply (a year), `rate` is a year's interest; no time goes by.
    """

    name: str
    moves: Moves = 0
    products: dict[ProductId, Moves] = {}
    near: Moves | None = None
    far: Moves | None = None
    bands: dict[ProductId, Decimal] = {}
    exits: bool = True
    volatility: Decimal = Decimal(0)
    rate: Decimal = Decimal("0.02")

    def __post_init__(self) -> None:
        """Refuse figures of no use to anybody as a `ValueError`."""
        if len(self.name.splitlines()) != 1 or not self.name.strip():
            raise ValueError("name 应是一行文字，不能只有空格，也不能有换行")
        least_band, most_band = Decimal("0.001"), Decimal("0.3")
        bands = [(f"bands 的 {product}", band, least_band, most_band) for product, band in self.bands.items()]
        of_options = [
            ("volatility", self.volatility, Decimal(-1), Decimal(5)),
            ("rate", self.rate, Decimal(0), Decimal(1)),
        ]
        for name, value, least, most in (*of_options, *bands):
            if not value.is_finite() or not least <= value <= most:
                raise ValueError(f"{name} = {value}，应在 {least} 与 {most} 之间")

    def of(self, product: ProductId, *, is_near: bool) -> int:
        """Return by how many limit days a contract moves."""
        if product in self.products:
            return self.products[product]
        own = self.near if is_near else self.far
        return self.moves if own is None else own


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scenario: tuple[Scenario, ...]


def usual(products: Iterable[ProductId]) -> list[Scenario]:
    """Return what is always played: all products and each alone, the basis both ways, and no way out."""
    days = [days * way for way in WAYS for days in range(1, MOST + 1)]
    found = [Scenario(name=f"全部品种{_word(one)}", moves=one) for one in days]
    found += [
        Scenario(name="基差走扩：近月涨停、远月跌停", near=1, far=-1),
        Scenario(name="基差走扩：近月跌停、远月涨停", near=-1, far=1),
    ]
    found += [Scenario(name=f"无法平仓：全部品种{_word(one)}", moves=one, exits=False) for one in (MOST, -MOST)]
    return found + [
        Scenario(name=f"{product} {_word(one)}", products={product: one}) for product in products for one in days
    ]


def read_scenarios(path: Path) -> list[Scenario]:
    """Return the scenarios of a TOML file; one that does not fit is a `UserError` that names it."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as problem:
        raise UserError(f"读不到情景文件 {path}（{system_said(problem)}）；请核对路径。") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        what = "UTF-8 文字" if isinstance(problem, UnicodeDecodeError) else f"TOML（{problem}）"
        raise UserError(f"情景文件 {path} 不是 {what}；请改正。") from problem
    try:
        found = list(msgspec.convert(table, _File).scenario)
    except msgspec.ValidationError as problem:
        raise UserError(f"情景文件 {path} 写得不对：{_said(str(problem))}；写法见 docs/stress.md。") from problem
    names = [one.name for one in found]
    if not names or len(set(names)) < len(names):
        raise UserError(f"情景文件 {path} 里应至少有一个 [[scenario]]，name 各不相同；请改正。")
    return found


def _said(problem: str) -> str:
    # msgspec names the place and the kind in English.
    what, _, place = problem.partition(" - at `$.")
    where = place.rstrip("`")
    if missing := re.fullmatch(r"Object missing required field `(.*)`", what):
        return f"{where or '文件'} 缺少 {missing[1]}"
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", what):
        return f"{where or '文件'} 里不认识 {unknown[1]}"
    if kind := re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)`", what):
        words = {
            "int": "整数",
            "decimal": "数字",
            "bool": " true 或 false",
            "str": "文字（加引号）",
            "array": "表的数组",
        }
        return f"{where} 应为{words.get(kind[1], kind[1])}"
    if re.fullmatch(r"Expected `int` [<>]= -?\d+", what):
        return f"{where} 的停板天数应在 −{MOST} 与 {MOST} 之间"
    return f"{where} {what}".strip()


def _word(moves: int) -> str:
    return f"{WAYS[1 if moves > 0 else -1]} {abs(moves)} 日"
