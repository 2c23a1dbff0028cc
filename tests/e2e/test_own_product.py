"""A person adds a product by rows in the data folder and trades it: no code, and a wrong row stops before anything."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from terminal.store.reference import read_resource
from tests import tapes
from tests.e2e import acceptance as a
from tests.e2e import own_market as own

ROWS = {
    "products.csv": (
        "CZCE.ZY,2020-01-02,自有品种,20,1,元/吨,吨,20,TODAY_FIRST,no,no,FIFO,SINGLE_FIRST,low,yes,trading-day 10,"
        "CZCE.day,,合同"
    ),
    "order_sizes.csv": "CZCE.ZY,2020-01-02,1,100,,合同",
    "margins.csv": "CZCE.ZY,2020-01-02,0.08,,0.02,合同",
    "fees.csv": "CZCE.ZY,2020-01-02,0.0001,1.5,0.0001,1.5,,0,合同",
    "position_limits.csv": "CZCE.ZY,2020-01-02,listed,3,,,合同",
}


LATE = "CZCE.late,CZCE,2020-01-02,,,1000-1130 1330-1500,0955-0959-1000,none,合同"


def data_folder(folder: Path, **changed: str) -> Path:
    own_tables = folder / "data" / "reference"
    own_tables.mkdir(parents=True)
    rows = {name: changed.pop(name.partition(".")[0], row) for name, row in ROWS.items()}
    for name, row in (rows | {f"{name}.csv": row for name, row in changed.items()}).items():
        table = read_resource(f"{'calendar' if name in ('sessions.csv', 'holidays.csv') else 'reference'}/{name}")
        header = next(line for line in table.splitlines() if line[0] != "#")
        (own_tables / name).write_text(f"{header}\n{row}\n", encoding="utf-8")
    return folder / "data"


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return tapes.write_tape(tmp_path / "ZY.csv.gz", tapes.CTP_COLUMNS, tapes.ctp_day("ZY010", "20200731", "20200730"))


def plan(folder: Path) -> Path:
    opening = own.order("2020-07-31 09:00:00", "CZCE.ZY010", "BUY OPEN", 2, "7010")
    beyond = own.order("2020-07-31 09:00:00", "CZCE.ZY010", "BUY OPEN", 3, "7009")
    return own.write_plan(folder / "plan.toml", opening, beyond)


def test_an_own_product_trades_under_its_own_terms(tape: Path, tmp_path: Path) -> None:
    played = a.play(tape, plan(tmp_path), data_folder(tmp_path))
    assert [(trade.instrument, trade.lots) for trade in played.trades] == [("CZCE.ZY010", 2)]
    (trade,) = played.trades
    assert (trade.price, trade.fee) == (7002, Decimal("31.01"))  # (7002 x 20 x 0.0001 + 1.5) x 2, to the cent
    # Five lots would be more than the three its row allows.
    assert played.summary.refused == {"EXCHANGE_POSITION_LIMIT": 1}
    assert a.verify(played.data).ok


def test_an_own_product_trades_in_its_own_hours(tape: Path, tmp_path: Path) -> None:
    own_hours = ROWS["products.csv"].replace("CZCE.day", "CZCE.late")
    data = data_folder(tmp_path, products=own_hours, sessions=LATE)
    order = own.order("2020-07-31 10:15:00", "CZCE.ZY010", "BUY OPEN", 1, "7010")
    played = a.play(tape, own.write_plan(tmp_path / "plan.toml", order), data)
    assert played.summary.quarantined["outside_session"] == 3  # of the evening, 08:59 and 09:00
    assert [(trade.instrument, trade.lots) for trade in played.trades] == [("CZCE.ZY010", 1)]
    assert a.verify(played.data).ok


def test_a_year_that_a_person_adds_is_traded_in(tmp_path: Path) -> None:
    # Given the first trading day of a year the program's calendar does not have
    rows = tapes.ctp_day("ZY705", "20270104", "20261231")
    tape = tapes.write_tape(tmp_path / "ZY.csv.gz", tapes.CTP_COLUMNS, rows)
    script = own.write_plan(
        tmp_path / "plan.toml", own.order("2027-01-04 09:00:00", "CZCE.ZY705", "BUY OPEN", 1, "7010")
    )
    year = "2027-01-01,first\n2027-12-31,last\n2027-01-01,closed"
    # Then it is traded with the person's rows, and refused with a remedy without them.
    played = a.play(tape, script, data_folder(tmp_path, holidays=year))
    assert [(trade.instrument, trade.trading_day) for trade in played.trades] == [("CZCE.ZY705", 20270104)]
    assert a.verify(played.data).ok
    bare = data_folder(tmp_path / "bare")
    assert "reference/holidays.csv" in a.refused("replay", "--tape", tape, "--plan", script, "--data", bare)


def test_a_wrong_own_row_stops_the_command_and_leaves_the_folder_as_it_was(tape: Path, tmp_path: Path) -> None:
    data = data_folder(tmp_path, margins="CZCE.ZY,2020-01-02,8,,0.02,合同")
    before = sorted(path.name for path in data.rglob("*"))
    sentence = a.refused("replay", "--tape", tape, "--plan", plan(tmp_path), "--data", data)
    assert f"{data / 'reference' / 'margins.csv'} 第 2 行：margin_rate = “8”，应为 0 到 1 之间的比率" in sentence
    assert sorted(path.name for path in data.rglob("*")) == before
