"""Backtest on bars of whole days, of which only the opening is a moment to act."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from terminal.backtest.run import Ran, backtest
from terminal.domain.orders.order import Side
from terminal.shell.plans.plan import read_plan
from tests import bar_tapes, tapes
from tests.e2e import own_market as own

STEEL: Final = own.terms("SHFE.rb2401", "1")


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
