"""The table of ratios: what it says, and one sentence with file and line for what it cannot say."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from terminal.domain.errors import UserError
from terminal.domain.parameters.pair import Months, Pair, PairKind, PairLeg
from terminal.domain.products.instrument import Instrument
from terminal.reports.scan.present import Reason
from terminal.shell.plans.pairs import read_pairs
from terminal.store.reference import resource_root
from tests import tapes

ROOT: Final = Path(__file__).resolve().parent.parent.parent.parent.parent
RATIOS: Final = Path(str(resource_root())) / "pairs" / "ratios.toml"


def find(name: str) -> Instrument:
    return tapes.resolve(name, tapes.reference().calendar.last)


def read(path: Path) -> dict[str, Pair]:
    return {one.name: one for one in read_pairs(path, tapes.reference(), find)}


def written(folder: Path, *lines: str) -> dict[str, Pair]:
    path = folder / "pairs.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read(path)


def test_the_margin_of_a_steel_mill_keeps_prices_and_lots_apart() -> None:
    margin = read(RATIOS)["螺纹盘面利润"]
    assert (margin.kind, margin.months) == (PairKind.CROSS_PRODUCT, Months.MAIN)
    assert margin.legs == (
        PairLeg(name="rb", coefficient=Decimal(1), lots=100),
        PairLeg(name="i", coefficient=Decimal("-1.6"), lots=-16),
        PairLeg(name="j", coefficient=Decimal("-0.5"), lots=-5),
    )


def test_the_pairs_of_exchanges_are_those_of_the_table_of_combinations() -> None:
    table = (Path(str(resource_root())) / "reference" / "combinations.csv").read_text(encoding="utf-8")
    traded = {tuple(row.split(",")[2:4]) for row in table.splitlines()}
    pairs = [one for one in read(RATIOS).values() if len(one.legs) == 2 and one.kind is PairKind.CROSS_PRODUCT]
    assert len(pairs) == 8
    assert {tuple(leg.name for leg in one.legs) for one in pairs} <= traded
    assert {(leg.coefficient, leg.lots) for one in pairs for leg in one.legs} == {(Decimal(1), 1), (Decimal(-1), -1)}


def test_copper_within_and_without_tax_differs_by_the_tax() -> None:
    copper = read(RATIOS)["沪铜国际铜"]
    assert copper.kind is PairKind.CROSS_MARKET
    assert [(leg.name, leg.coefficient, leg.lots) for leg in copper.legs] == [
        ("cu", Decimal(1), 7),
        ("bc", Decimal("-1.13"), -8),
    ]


def test_contracts_stand_for_themselves_and_two_months_are_a_calendar_spread(tmp_path: Path) -> None:
    found = written(
        tmp_path,
        *("[[pair]]", 'name = "跨期"', 'formula = "rb2510 - SHFE.rb2601"'),
        *("[[pair]]", 'name = "跨品种"', 'formula = "hc2510 - rb2510"', 'ratio = "2:2"'),
    )
    assert (found["跨期"].kind, found["跨期"].months) == (PairKind.CALENDAR, None)
    assert [leg.name for leg in found["跨期"].legs] == ["SHFE.rb2510", "SHFE.rb2601"]
    assert [(leg.name, leg.lots) for leg in found["跨品种"].legs] == [("SHFE.hc2510", 2), ("SHFE.rb2510", -2)]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "没有 [[pair]]"),
        (('name = "x"', 'formula = "rb - qq"'), "没有品种 qq"),
        (('name = "x"', 'formula = "rb2510 - qq2510"'), "未知合约 qq2510"),
        (('name = "x"', 'formula = "rb - i2510"'), "不能混写"),
        (('name = "x"', 'formula = "rb2510 - SHFE.rb2510"'), "写了两次"),
        (('name = "x"', 'formula = "rb"'), "现为 1 腿"),
        (('name = "x"', 'formula = "rb * i"'), "不能与合约相乘"),
        (('name = "x"', 'formula = "rb - i"', 'ratio = "1:0"'), "手数比第 2 项"),
        (('name = "x"', 'formula = "rb - 0.0000001*i"'), "太细"),
        (('name = ""', 'formula = "rb - i"'), "1 至 40 个"),
        (('name = "x"', 'formula = "rb - i"', 'kind = "OTHER"'), "不在可选值之内，见 docs/scan.md"),
        (('name = "x"', 'formula = "rb - i"', "ratoi = 1"), "是否想写 ratio？见 docs/scan.md"),
        (('name = "x"',), "缺少 formula"),
        (('name = "x"', 'formula = "rb2510 - hc2510"', 'months = "MAIN"'), "months 只用于品种"),
        (('name = "x"', 'formula = "m2601-C-3000 - m2601"'), "公式第"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(lines: tuple[str, ...], said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as wrong:
        written(tmp_path, *(("[[pair]]", *lines) if lines else ()))
    assert wrong.value.message.startswith(f"比价表 {tmp_path / 'pairs.toml'} 第 ")
    assert said in wrong.value.message


def test_the_examples_of_the_manual_can_be_read_and_it_names_every_reason_and_kind(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "scan.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    found = written(tmp_path, *blocks)
    assert {one.kind for one in found.values()} == {PairKind.CROSS_PRODUCT, PairKind.CROSS_MARKET}
    assert [name for name in (*Reason, PairKind.CROSS_MARKET) if name not in page] == []


def test_a_name_used_twice_is_refused(tmp_path: Path) -> None:
    one = ("[[pair]]", 'name = "x"', 'formula = "rb - i"')
    with pytest.raises(UserError, match="第 5 行：x 写了两次"):
        written(tmp_path, *one, *one)


def test_a_file_that_is_not_there_is_called_what_it_was_to_be(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="读不到比价表"):
        read(tmp_path / "none.toml")
