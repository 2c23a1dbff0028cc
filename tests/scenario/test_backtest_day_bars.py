"""Backtest on bars of whole days, of which only the opening is a moment to act."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from terminal.backtest.run import Ran, backtest
from terminal.commands.main import main
from terminal.domain.errors import UserError
from terminal.domain.orders.order import Side
from terminal.shell.plans.plan import read_plan
from tests import bar_tapes, tapes
from tests.e2e import own_market as own

STEEL: Final = own.terms("SHFE.rb2401", "1")
CANCEL_ALL: Final = """
[[command]]
do = "cancel_all"
at = "{}"
by = "trader"
account = "A"
"""

SECOND: Final = """
[[account]]
id = "B"
cash = 2_000_000

[[person]]
id = "both"
roles = { A = ["trader"], B = ["trader"] }
"""


def group(members: str) -> str:
    return f"""
[[group]]
name = "g"
by = "both"
members = {{ {members} }}
"""


RISKS: Final = """
[[person]]
id = "risk"
roles = { A = ["risk"] }

[[person]]
id = "second"
roles = { A = ["risk"] }
"""


def latch(do: str, at: str, by: str) -> str:
    return f"""
[[command]]
do = "{do}"
at = "{at}"
by = "{by}"
account = "A"
reason = "演练"
"""


def batch(at: str, lots: int) -> str:
    return f"""
[[command]]
do = "batch"
at = "{at}"
by = "both"
group = "g"
instrument = "SHFE.rb2401"
side = "BUY"
offset = "OPEN"
lots = {lots}
price = 3710
"""


def ran(folder: Path, *parts: str) -> Ran:
    plan = own.write_plan(folder / "plan.toml", *parts)
    return backtest([*folder.glob("*.csv")], plan=read_plan(plan, tapes.reference()), reference=tapes.reference())


def week(folder: Path) -> None:
    """Write five days that close at 3700."""
    bar_tapes.tqsdk(folder / "SHFE.rb2401_day.csv", bar_tapes.days(20230918, [3700] * 5))


@pytest.mark.parametrize("at", ["2023-09-18 21:00:00", "+0s"])
def test_an_order_by_hand_at_the_opening_of_a_day_trades_on_that_days_bar(at: str, tmp_path: Path) -> None:
    # Given an order to buy at the first moment of a day, and one to sell at that of a later one
    week(tmp_path)
    orders = (
        own.order(at, "SHFE.rb2401", "BUY OPEN", 3, "3710"),
        own.order("2023-09-20 21:00:00", "SHFE.rb2401", "SELL CLOSE_YESTERDAY", 3, "3690"),
    )
    played = ran(tmp_path, STEEL, *orders)
    # Then both wait for the day's reconciliation only, and trade when its bar is over.
    assert played.report.undone == ()
    first = 20230918 if at == "+0s" else 20230919
    assert [(fill.trading_day, fill.side, fill.lots) for fill in played.fills] == [
        (first, Side.BUY, 3),
        (20230921, Side.SELL, 3),
    ]


def test_what_a_plan_cancels_in_the_moment_of_the_order_is_cancelled(tmp_path: Path) -> None:
    # Given an order at the opening of a day, and behind it, at the same moment, a cancel of everything
    week(tmp_path)
    at = "2023-09-18 21:00:00"
    played = ran(tmp_path, STEEL, own.order(at, "SHFE.rb2401", "BUY OPEN", 3, "3710"), CANCEL_ALL.format(at))
    # Then the cancel waits behind the order, and finds it.
    assert played.report.undone == ()
    assert played.fills == []
    assert played.report.total.activity.states == {"CANCELLED": 1}


def test_a_kill_switch_is_let_go_at_the_opening_of_a_day_after_that_days_reconciliation(tmp_path: Path) -> None:
    # Given an account stopped on one day, and two persons who let it go in the first moment of the next
    week(tmp_path)
    at, next_day = "2023-09-18 21:00:00", "2023-09-19 21:00:00"
    latches = latch("kill", at, "trader"), *(latch("release", next_day, person) for person in ("risk", "second"))
    order = own.order("2023-09-20 21:00:00", "SHFE.rb2401", "BUY OPEN", 3, "3710")
    played = ran(tmp_path, STEEL, RISKS, *latches, order)
    # Then it trades on the day after, as it was let go.
    assert played.report.undone == ()
    assert [(fill.trading_day, fill.lots) for fill in played.fills] == [(20230921, 3)]


def test_a_batch_at_the_opening_of_a_day_trades_in_every_account_of_its_group(tmp_path: Path) -> None:
    week(tmp_path)
    played = ran(tmp_path, STEEL, SECOND, group("A = 1, B = 2"), batch("2023-09-18 21:00:00", 3))
    assert played.report.undone == ()
    assert [(fill.account, fill.trading_day, fill.lots) for fill in played.fills] == [
        ("A", 20230919, 3),
        ("B", 20230919, 6),
    ]


def test_an_account_in_which_a_batch_came_to_nothing_is_told_with_its_reason(tmp_path: Path) -> None:
    # Given more lots than the second account may hold
    week(tmp_path)
    played = ran(tmp_path, STEEL, SECOND, group("A = 1, B = 20"), batch("2023-09-18 21:00:00", 3))
    ((account, why),) = [(one.account, one.words) for one in played.report.undone]
    assert [(fill.account, fill.lots) for fill in played.fills] == [("A", 3)]
    assert account == "B"
    assert "账户 B：" in why
    assert "40" in why, why


ROLL: Final = """
[[strategy]]
id = "r"
kind = "roll"
account = "A"
near = "SHFE.rb2401"
far = "SHFE.rb2405"
side = "BUY"
lots = 3
batch_lots = 3
timings = [{ type = "days_to_expiry", days = 900 }]
"""
ON_MAIN: Final = """
[[strategy]]
id = "g"
kind = "grid"
account = "A"
instrument = "SHFE.rb.main"
side = "BUY"
anchor = 3700
step = 10
lines = 8
lots_per_line = 1
lower = 3600
upper = 3760
stop = 3590
"""


def two_months(folder: Path, *, far_by_minute: bool = False) -> None:
    """Write five days of one month, and the same days of another, or a morning of it."""
    week(folder)
    far = bar_tapes.wave(20230918, 10, base=3600) if far_by_minute else bar_tapes.days(20230918, [3600] * 5)
    bar_tapes.tqsdk(folder / "SHFE.rb2405.csv", far)


@pytest.mark.parametrize("far_by_minute", [False, True])
def test_a_roll_on_bars_of_whole_days_is_refused_before_anything_is_played(
    tmp_path: Path, *, far_by_minute: bool
) -> None:
    two_months(tmp_path, far_by_minute=far_by_minute)
    with pytest.raises(UserError) as refused:
        ran(tmp_path, STEEL, own.terms("SHFE.rb2405", "1"), ROLL)
    assert "移仓 r 的 SHFE.rb2401 是日线，没有开始" in refused.value.message
    assert refused.value.message.endswith("请换分钟线或逐笔。")


@pytest.mark.parametrize("more", [[], ["--sweep"], ["--check-wakes"]])
def test_a_main_contract_on_bars_of_whole_days_is_refused_with_the_plans_line(
    more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two_months(tmp_path)
    plan = own.write_plan(tmp_path / "plan.toml", STEEL, own.terms("SHFE.rb2405", "1"), ON_MAIN)
    if more == ["--sweep"]:
        (tmp_path / "sweep.toml").write_text("[vary.g]\nstep = [5, 10]\n", encoding="utf-8")
        more = ["--sweep", str(tmp_path / "sweep.toml"), "--workers", "1"]
    tape = [word for path in tmp_path.glob("*.csv") for word in ("--tape", str(path))]
    assert main(["backtest", *tape, "--plan", str(plan), *more]) == 2
    told = "".join(capsys.readouterr())
    assert "SHFE.rb 的行情是日线（SHFE.rb2401），不能以主力连续为合约" in told
    assert "plan.toml 第 " in told


def test_minutes_of_both_months_are_followed_and_rolled(tmp_path: Path) -> None:
    for name, base in (("rb2401", 3700), ("rb2405", 3600)):
        bar_tapes.tqsdk(tmp_path / f"SHFE.{name}.csv", bar_tapes.wave(20230918, 10, base=base))
    assert ran(tmp_path, STEEL, own.terms("SHFE.rb2405", "1"), ROLL).report.market.bars
