"""Hold docs/book.md to what the verb takes and prints."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

import msgspec
import pytest

from terminal.commands.main import main
from terminal.shell.ledgers.lines import FEE_KEYS, KEYS, OPTION_KEYS, RATE_KEYS
from terminal.shell.ledgers.report import (
    AccountFigures,
    LineFigures,
    PositionFigures,
    SideFigures,
    StatementFigures,
)
from tests.ledger_lines import Figures

MANUAL: Final = (Path(__file__).resolve().parents[4] / "docs" / "book.md").read_text(encoding="utf-8")
FIELDS: Final[dict[str, tuple[type[msgspec.Struct], ...]]] = {
    "打印什么": (LineFigures,),
    "account": (AccountFigures,),
    "positions": (PositionFigures, SideFigures),
}


def section(name: str) -> str:
    """Return the text between a heading that begins with these words and the next heading."""
    found = re.search(rf"^##+ {re.escape(name)}(?: [^\n]*)?\n(.*?)(?=^##+ |\Z)", MANUAL, re.DOTALL | re.MULTILINE)
    assert found is not None, f"docs/book.md has no section {name}"
    return found[1]


def listed(name: str) -> set[str]:
    """Return the keys a section's tables list."""
    return set(re.findall(r"^\| `([a-z_]+)` \|", section(name), re.MULTILINE))


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", MANUAL, re.DOTALL)


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (ledger,) = blocks("jsonl")
    monkeypatch.chdir(tmp_path)
    Path("eg.jsonl").write_text(ledger, encoding="utf-8")
    return Path("eg.jsonl")


@pytest.mark.parametrize("name", KEYS)
def test_every_key_a_line_takes_stands_in_its_section_and_no_other(name: str) -> None:
    more = {*RATE_KEYS, *OPTION_KEYS} if name == "instrument" else set()
    assert listed(name) == set(KEYS[name]) | more


def test_the_three_fees_are_named() -> None:
    assert all(f"`{key}`" in section("instrument") for key in FEE_KEYS)


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_that_is_printed_stands_in_its_section_and_no_other(name: str) -> None:
    assert listed(name) == {field for table in FIELDS[name] for field in table.__struct_encode_fields__}


def test_a_statement_is_an_account_and_the_day_that_ended() -> None:
    more = set(StatementFigures.__struct_fields__) - set(AccountFigures.__struct_fields__)
    assert more == {"trading_day"}
    assert "`trading_day`" in section("statement")


def test_the_example_prints_what_the_page_says(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["book", str(example), "--json"]) == 0
    lines: list[Figures] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (shown,) = blocks("json")
    assert lines[-1] == json.loads(shown)
    assert [line["line"] for line in lines] == [1, 2, 3, 4, 5, 6, 7]


def test_the_example_gives_the_table_of_the_page(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, sentence = blocks("text")
    assert main(["book", str(example)]) == 0
    assert capsys.readouterr().out == table
    with example.open("a", encoding="utf-8") as file:
        print(
            '{"do": "trade", "symbol": "eg2601", "side": "BUY", "offset": "CLOSE", "lots": 20, "price": 4390, '
            '"flag": "HEDGE"}',
            file=file,
        )
    assert main(["book", str(example)]) == 2
    assert capsys.readouterr() == ("", sentence)
