"""Trade on recordings, let a broker of our own print its statements, and hold them against the journal.

The broker is told what the journal's plain rows say was traded and at what the days were settled; it keeps its own
books from there. Everything goes through the real command line.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.products.instrument import Instrument
from tests import tapes
from tests.broker import Broker, Day
from tests.e2e import acceptance as a
from tests.e2e import own_market as own
from tests.printed_statement import Style, print_statement

BOTH_LAYOUTS: Final = (Style(), Style(by_day=False, encoding="utf-8-sig", end="\n"))
STYLES: Final = (*BOTH_LAYOUTS, Style(units=True, rules=False), Style(old=True, numbers=False))
CASH: Final = """
[[person]]
id = "risk"
roles = { A = ["risk"] }

[[command]]
do = "cash"
at = "2018-10-08 14:59:59.2"
by = "risk"
account = "A"
amount = 5000
reason = "入金"
"""
NIGHT: Final = (
    own.terms("SHFE.ru1901", "3"),
    own.order("2018-10-08 14:59:59", "SHFE.ru1901", "BUY OPEN", 2, "12305"),
    CASH,
    own.order("2018-10-08 22:59:59", "SHFE.ru1901", "SELL CLOSE_YESTERDAY", 1, "12295"),
    own.order("2018-10-09 09:00:00.5", "SHFE.ru1901", "SELL OPEN", 1, "12295"),
)


def printed_days(played: a.Played, account: str = "A") -> Iterator[Day]:
    """Yield each settled day as the broker has it."""
    instruments = {
        row.body["instrument"]["id"]: msgspec.convert(row.body["instrument"], Instrument)
        for row in played.of("instrument_listed")
    }
    terms = {name: order["terms"] for name, order in played.orders().items()}
    broker: Broker | None = None
    for row in played.of("account_opened", "cash_moved", "order_filled", "day_settled"):
        if row.body["account"] != account:
            continue
        if row.kind == "account_opened":
            broker = Broker(Decimal(row.body["cash"]))
            continue
        assert broker is not None
        if row.kind == "cash_moved":
            broker.move(Decimal(row.body["amount"]))
        elif row.kind == "order_filled":
            tell(broker, row.body, terms[row.body["order"]], instruments)
        else:
            prices = {name: Decimal(price) for name, price in row.body["prices"].items()}
            yield broker.settle(row.body["trading_day"], prices)


def tell(broker: Broker, fill: dict[str, Any], terms: dict[str, Any], instruments: dict[str, Instrument]) -> None:
    broker.trade(
        fill["trading_day"], instruments[fill["instrument"]], Side(fill["side"]), Offset(terms["offset"]),
        fill["lots"], Decimal(fill["price"]), Decimal(fill["fee"]), fill["trade"],
        flag=HedgeFlag(terms["hedge_flag"]),
    )  # fmt: skip


def judge(
    played: a.Played, day: Day, path: Path, client: str, account: str = "A", *, styles: tuple[Style, ...] = BOTH_LAYOUTS
) -> None:
    """Every style of the day's statement agrees, and one cent in its margin does not."""
    for style in styles:
        path.write_bytes(print_statement(day, client, style))
        done = a.hengduo("reconcile", path, "--data", played.data, "--account", account)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert "全部相符，客户权益差 +0.00 元。" in done.stdout
    wrong = {**day.by_day, "保证金占用": day.by_day["保证金占用"] + Decimal("0.01")}
    path.write_bytes(print_statement(replace(day, by_day=wrong), client))
    done = a.hengduo("reconcile", path, "--data", played.data, "--account", account, "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert (found["differences"], found["agrees"]) == (1, False)
    (difference,) = [one for row in found["rows"] for one in row["differences"]]
    assert (difference["field"], Decimal(difference["yuan"])) == ("保证金占用", Decimal("0.01"))


def investor_of(played: a.Played, account: str = "A") -> str:
    found = (row.body["investor"] for row in played.of("account_opened") if row.body["account"] == account)
    return str(next(found))


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> a.Played:
    folder = tmp_path_factory.mktemp("night")
    (folder / "tape").mkdir()
    tapes.night_tape(folder / "tape")
    return a.play(folder / "tape", own.write_plan(folder / "plan.toml", *NIGHT), folder / "data")


def test_lots_kept_over_a_night_agree_on_both_days(night: a.Played, tmp_path: Path) -> None:
    days = list(printed_days(night))
    assert [day.day for day in days] == [20181008, 20181009]
    assert [len(day.deals) for day in days] == [1, 2]
    assert [sorted((lot.side, lot.open_day, lot.lots) for lot in day.held) for day in days] == [
        [(Side.BUY, 20181008, 2)],
        [(Side.BUY, 20181008, 1), (Side.SELL, 20181009, 1)],
    ]
    assert days[0].cash == (5000,)
    for day in days:
        judge(night, day, tmp_path / "statement.txt", investor_of(night), styles=STYLES)


def test_a_day_that_the_journal_has_not_settled_is_refused(night: a.Played, tmp_path: Path) -> None:
    *_, day = printed_days(night)
    path = tmp_path / "statement.txt"
    path.write_bytes(print_statement(day, investor_of(night)).replace(b"20181009", b"20181010"))
    assert "20181010 在日志里没有结算" in a.refused("reconcile", path, "--data", night.data)


def test_a_day_of_a_grid_with_a_hundred_trades_agrees(tmp_path: Path) -> None:
    folder = tmp_path / "tape"
    folder.mkdir()
    own.wave_tape(folder / "AP010_20200731.csv.gz")
    tapes.write_tape(
        folder / "AP010_20200803.csv.gz", tapes.CTP_COLUMNS, tapes.ctp_day("AP010", "20200803", "20200731")
    )
    plan = own.write_plan(tmp_path / "plan.toml", own.APPLE, own.GRID)
    played = a.play(folder, plan, tmp_path / "data")
    (day,) = printed_days(played)
    assert len(day.deals) > 100
    judge(played, day, tmp_path / "statement.txt", investor_of(played))


@pytest.mark.xdist_group("ap_roll")
def test_the_recorded_apple_days_agree_account_by_account(
    shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("apple")
    tape = shared_data / "tick" / "ctp_full" / "AP*_2020080[34].csv.gz"
    played = a.play(tape, a.PLANS / "ap_roll.toml", folder / "data")
    settled = 0
    for account in ("SPEC", "HEDGE"):
        for day in printed_days(played, account):
            settled += 1
            judge(played, day, folder / "statement.txt", investor_of(played, account), account)
    assert settled == 2


def test_the_days_recomputed_from_the_trades_are_the_brokers_to_the_cent(night: a.Played, tmp_path: Path) -> None:
    table = tmp_path / "marks.csv"
    done = a.hengduo("recompute", night.data, "--csv", table)
    assert done.returncode == 0, done.stderr
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for day in printed_days(night):
        of_day = [row for row in rows if row["trading_day"] == str(day.day)]
        pairs = (
            ("close_profit", day.by_day["平仓盈亏"]),
            ("position_profit", day.by_day["持仓盯市盈亏"]),
            ("trade_close_profit", day.by_trade["平仓盈亏"]),
            ("floating_profit", day.by_trade["浮动盈亏"]),
            ("fee", day.by_day["手续费"]),
        )
        for column, told in pairs:
            assert sum(Decimal(row[column]) for row in of_day) == told, (day.day, column)
        assert sum(int(row["lots"]) for row in of_day) == sum(lot.lots for lot in day.held)
