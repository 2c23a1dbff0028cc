"""申报费 is no cash that moved and no fill's commission: the account paid it, and its days add up with it."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from terminal.backtest.performance import performance
from terminal.backtest.report import Day
from terminal.backtest.run import Ran, backtest
from terminal.backtest.tables import days_table
from terminal.reports.snapshots import snapshots
from terminal.shell.plans.plan import read_plan
from tests import tapes
from tests.e2e import own_market as own
from tests.unit.backtest.test_backtest import HELD

ZERO = Decimal(0)
RISK = """
[[person]]
id = "risk"
roles = { A = ["risk"] }
"""


def filed(at: str, amount: int, reason: str = "申报费") -> str:
    return f"""
[[command]]
do = "cash"
at = "{at}"
by = "risk"
account = "A"
amount = {amount}
reason = "{reason}"
"""


def ran(folder: Path, *more: str) -> Ran:
    tapes.ctp_tape(folder)
    plan = own.write_plan(folder / "plan.toml", own.APPLE, RISK, *HELD, *more)
    return backtest([*folder.glob("*.csv*")], plan=read_plan(plan, tapes.reference()), reference=tapes.reference())


def parts(day: Day) -> Decimal:
    gained = day.close_profit + day.position_profit + day.premium
    return day.start_equity + day.moved + gained - day.commission - day.filed


def test_each_day_begins_where_the_last_ended_and_its_parts_come_to_its_end(tmp_path: Path) -> None:
    fees = filed("2020-07-31 09:01:00", -300), filed("2020-08-03 09:00:30", -50), filed("2020-08-03 09:00:31", 20)
    played = ran(tmp_path, *fees, filed("2020-08-03 09:00:32", 1000, "划转"))
    (account,) = played.report.accounts
    assert [day.filed for day in account.days] == [300, 30]
    assert [day.moved for day in account.days] == [0, 1000]
    assert [parts(day) for day in account.days] == [day.equity for day in account.days]
    assert all(later.start_equity == earlier.equity for earlier, later in pairwise(account.days))
    assert account.profit == sum((one.profit for one in played.report.strategies), ZERO) - 330
    assert "<th>申报费</th>" in days_table(account.days)
    (snapshot,) = snapshots(played.journal.replay(), "day")
    assert (snapshot.filed, snapshot.equity) == (300, account.days[0].equity)
    (told,) = performance(played.journal.replay(), tapes.reference().calendar).accounts
    assert told.earned is not None
    assert told.earned.profit == account.days[0].profit


def test_without_such_a_fee_no_page_names_it(tmp_path: Path) -> None:
    (account,) = ran(tmp_path).report.accounts
    assert "申报费" not in days_table(account.days)
