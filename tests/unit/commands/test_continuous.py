"""The verb: recorded months in, one series out, for people, for programs and as a table."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from terminal.commands.main import main
from terminal.domain.days.calendar import instant
from tests import tapes
from tests.scan_tapes import row

DAYS = (20231009, 20231010, 20231011)
NEAR = {20231009: (3690, 900), 20231010: (3700, 900), 20231011: (3710, 1)}
FAR = {20231009: (3580, 100), 20231010: (3600, 901), 20231011: (3650, 902)}


def told(symbol: str, closes: dict[int, tuple[int, int]]) -> list[tapes.Row]:
    """Return a quote before each opening that repeats a wrong last price, one in the morning and the close."""
    rows = []
    for day, (close, interest) in closes.items():
        for at, last, volume in (
            (instant(day, 8, 59), 9999, 0),
            (instant(day, 9, 30), close - 5, 10),
            (instant(day, 14, 59), close, 20),
        ):
            quoted = row(symbol, at, (close, close + 1), upper=10_000, lower=1)
            rows.append(quoted | {"LastPrice": f"{last}.00", "Volume": str(volume), "OpenInterest": f"{interest}.00"})
    return rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tape"
    made.mkdir()
    for symbol, closes in (("rb2401", NEAR), ("rb2405", FAR)):
        tapes.write_tape(made / f"{symbol}.csv", tapes.CTP_COLUMNS, told(symbol, closes))
    return made


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = main(["continuous", *map(str, words)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_people_see_the_days_the_steps_and_both_ends(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, folder)
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("SHFE.rb 主力连续　20231009 至 20231011　每交易日一点，共 3 点　按持仓量")
    assert lines[2].split() == [
        "20231011", "SHFE.rb2401", "SHFE.rb2405", "20231010", "3700", "3600", "-100", "0.97297297", "900", "901",
    ]  # fmt: skip
    assert lines[3].startswith("首点 2023-10-09 14:59:00 SHFE.rb2401　真实 3690　差额 3590　比例 3590")


def test_programs_get_the_same_and_the_table_has_every_minute(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "series.csv"
    code, out, _ = run(capsys, folder, "--product", "rb", "--step", "minute", "--csv", table, "--json")
    assert code == 0
    found = json.loads(out)
    assert [(one["trading_day"], one["gap"]) for one in found["rolls"]] == [(20231011, "-100")]
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    # Before the opening nothing has traded: the price that is repeated there is nobody's.
    assert [(one["at"][:16], one["instrument"], one["price"], one["difference"]) for one in rows] == [
        ("2023-10-09 09:30", "SHFE.rb2401", "3685", "3585"),
        ("2023-10-09 14:59", "SHFE.rb2401", "3690", "3590"),
        ("2023-10-10 09:30", "SHFE.rb2401", "3695", "3595"),
        ("2023-10-10 14:59", "SHFE.rb2401", "3700", "3600"),
        ("2023-10-11 09:30", "SHFE.rb2405", "3645", "3645"),
        ("2023-10-11 14:59", "SHFE.rb2405", "3650", "3650"),
    ]
    assert [one["price"] for one in found["points"]] == [one["price"] for one in rows]


def test_a_ratio_that_is_not_reached_leaves_the_contract_and_by_volume_the_series_begins_a_day_later(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "全程是 SHFE.rb2401，没有换月。" in run(capsys, folder, "--ratio", "1.1")[1]
    assert "20231010 至 20231011" in run(capsys, folder, "--by", "volume")[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--ratio", "0.9"], "--ratio 应为 1 至 1000 的数，现为 0.9。"),
        (["--ratio", "许多"], "--ratio 应为 1 至 1000 的数，现为 许多。"),
        (["--ratio", "1e400"], "--ratio 应为 1 至 1000 的数，现为 1e400。"),
        (["--ratio", "nan"], "--ratio 应为 1 至 1000 的数，现为 nan。"),
        (["--by", "price"], "--by 应为 open_interest 或 volume，现为 price。"),
        (["--step", "hour"], "--step 应为 day 或 minute，现为 hour。"),
        (["--product", "hc"], "行情里没有品种 hc，有 SHFE.rb；请改正 --product。"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    code, out, err = run(capsys, folder, *words)
    assert (code, out) == (2, "")
    assert sentence in err


def test_several_products_are_named_and_a_table_is_not_overwritten(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "there.csv"
    table.write_text("mine", encoding="utf-8")
    code, _, err = run(capsys, folder, "--csv", table)
    assert (code, table.read_text(encoding="utf-8")) == (2, "mine")
    assert "已有，不覆盖它" in err
    tapes.write_tape(folder / "hc2401.csv", tapes.CTP_COLUMNS, told("hc2401", NEAR))
    code, _, err = run(capsys, folder)
    assert code == 2
    assert "行情里有 2 个品种：请用 --product 选一个（SHFE.hc、SHFE.rb）。" in err
    assert run(capsys)[0] == 2
