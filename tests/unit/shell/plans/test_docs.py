from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.errors import UserError
from terminal.domain.parameters.limits import HedgeBound, Limits
from terminal.domain.parameters.own import OwnContract, OwnSettings
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.spot_side import SpotSide
from terminal.domain.parameters.strategy import (
    CurvePart,
    ExecutionSettings,
    GridSettings,
    RollSettings,
    SpreadGrid,
    SpreadLeg,
    SpreadSettings,
    Timing,
)
from terminal.domain.parameters.target import Factor, RatioRow, RatioSource, TargetSettings
from terminal.shell.plans import batch_tables as b
from terminal.shell.plans import stated_tables as s
from terminal.shell.plans import tables as t
from terminal.shell.plans.plan import read_plan
from terminal.shell.plans.tariff_tables import FeeTable, OptionTable
from tests.own_pair import PAIR
from tests.tapes import reference
from tests.unit.shell.plans.plans import refusal

ROOT: Final = Path(__file__).resolve().parents[4]
MANUAL: Final = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")
EXAMPLES: Final = re.findall(r"```toml\n(.*?)```", MANUAL, re.DOTALL)
STRATEGIES: Final = (ROOT / "docs" / "strategies.md").read_text(encoding="utf-8")
CODE: Final = re.findall(r"```python\n(.*?)```", STRATEGIES, re.DOTALL)[0]
PRICES, STOCKS = re.findall(r"```csv\n(.*?)```", MANUAL, re.DOTALL)[:2]

NOT_WRITTEN: Final = {
    "version",
    "is_hedge_account",
    "sha256",
    "title",
    "sample_seconds",
    "window",
    "others",
    "shifted",
}  # refused in a plan, and the manual says so
COMMON: Final = set(t.CommandTable.__struct_fields__)

# Section of the manual -> the struct whose keys it must list.
SECTIONS: Final[dict[str, tuple[type[msgspec.Struct], ...]]] = {
    "文件开头": (t.HeadTable,),
    "[limits]": (Limits, HedgeBound),
    "[[account]]": (t.AccountTable,),
    "[[person]]": (t.PersonTable,),
    "[[device]]": (t.DeviceTable,),
    "[[instrument]]": (t.InstrumentTable, FeeTable, t.DayTable, OptionTable),
    "[[spread]]": (t.SpreadTable, t.TypedSpread),
    "[[basis]]": (t.BasisTable,),
    "[[alarm]]": (t.AlarmTable,),
    "[[spot]]": (s.SpotTable,),
    "[[spot_series]]": (s.SpotSeriesTable,),
    "[[stock]]": (s.StockTable,),
    "[[strategy]]": (t.StrategyHead,),
    "roll": (RollSettings, *get_args(Timing)),
    "spread": (SpreadSettings, SpreadLeg, t.FormulaTable),
    "主动腿挂单": (SpreadQuoting,),
    "价差网格与基差网格": (SpreadGrid,),
    "期现价差": (SpotSide,),
    "grid": (GridSettings,),
    "own": (OwnSettings, OwnContract, t.OwnContracts),
    "execution": (ExecutionSettings, CurvePart),
    "target": (TargetSettings, RatioRow, Factor, *get_args(RatioSource)),
    "[[group]]": (b.GroupTable,),
    "[[command]]": (t.CommandTable,),
}


def section(name: str) -> str:
    """Return the text between a heading that begins with these words and the next heading."""
    found = re.search(rf"^##+ {re.escape(name)}(?: [^\n]*)?\n(.*?)(?=^##+ |\Z)", MANUAL, re.DOTALL | re.MULTILINE)
    assert found is not None, f"docs/plan.md has no section {name}"
    return found[1]


def listed(name: str) -> set[str]:
    """Return the keys a section's tables list."""
    return set(re.findall(r"^\|(?: (?:`[a-z_]+` )?\|)? `([a-z_]+)` \|", section(name), re.MULTILINE))


@pytest.mark.parametrize("name", SECTIONS)
def test_every_key_a_table_takes_stands_in_its_section(name: str) -> None:
    wanted = {key for table in SECTIONS[name] for key in table.__struct_fields__} - NOT_WRITTEN
    assert wanted <= listed(name)


@pytest.mark.parametrize("command", get_args(b.AnyCommand))
def test_every_command_has_a_section_with_its_keys(command: type[msgspec.Struct]) -> None:
    name = str(command.__struct_config__.tag)
    own = set(command.__struct_fields__) - (set() if command is t.CutTable else COMMON)
    assert own == listed(name)


def test_every_timing_stands_in_the_section_of_the_roll() -> None:
    for timing in get_args(Timing):
        assert f"`{timing.__struct_config__.tag}`" in section("roll")


def test_nothing_is_listed_that_a_plan_would_refuse() -> None:
    known = {key for tables in SECTIONS.values() for table in tables for key in table.__struct_fields__}
    known |= {"limits", "do", "days", "type"} - NOT_WRITTEN
    for name in SECTIONS:
        assert listed(name) <= known, name


def written(folder: Path, text: str) -> Path:
    """Write a plan, and beside it the file of prices and the code that the manual's names."""
    (folder / "double_ma.py").write_text(CODE, encoding="utf-8")
    (folder / "pair.py").write_text(PAIR, encoding="utf-8")
    (folder / "rizhao.csv").write_text(PRICES, encoding="utf-8")
    (folder / "ports.csv").write_text(STOCKS, encoding="utf-8")
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_examples_of_the_manual_are_one_plan(tmp_path: Path) -> None:
    read = read_plan(written(tmp_path, "\n".join(EXAMPLES)), reference())
    assert [len(series.entries) for series in read.script.series] == [2]
    commands = {entry.name for entry in read.script.entries}
    assert len(commands) + len(read.cuts) == sum(text.count("[[command]]") for text in EXAMPLES) + 5


def test_every_command_has_an_example() -> None:
    text = "\n".join(EXAMPLES)
    for command in get_args(b.AnyCommand):
        assert f'do = "{command.__struct_config__.tag}"' in text


def test_an_example_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "\n".join(EXAMPLES).replace("lots_per_line", "lots_per_lin"))
    assert "lots_per_line" in refusal(path)


LINES: Final = "\n".join(EXAMPLES).split("\n")
VALUES: Final = (
    "-1", '"x"', "[]", "{}", "true", "1e400", '"NaN"', '""', "[[1]]", "[{}]", "{ a = 1 }", "2020-01-01", "0", '"DCE."',
    '"SPOT.x"', "99999999999999999999999", "+120s", "",
)  # fmt: skip


@given(st.integers(min_value=0, max_value=len(LINES) - 1), st.sampled_from(VALUES))
def test_a_plan_with_any_line_spoilt_is_read_or_refused_in_one_sentence(place: int, value: str) -> None:
    key, equals, _ = LINES[place].partition("=")
    spoilt = [*LINES[:place], f"{key}{equals} {value}" if equals else value, *LINES[place + 1 :]]
    with TemporaryDirectory() as folder:
        path = written(Path(folder), "\n".join(spoilt))
        said = "方案 第"
        try:
            read_plan(path, reference())
        except UserError as refused:
            said = refused.message.replace(f" {path}", "")
    assert said.startswith("方案 第")
    assert "\n" not in said
