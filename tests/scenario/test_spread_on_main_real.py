"""Take rebar against ore over the change of both main contracts, on the minutes that were recorded in August 2020.

The recordings hold the prices of two months of each product and no open interest: which month has more, and so the day
of the change, is ours.
"""

from __future__ import annotations

import csv
import gzip
from decimal import Decimal
from pathlib import Path
from typing import Final

from terminal.backtest.mains import read_with_mains, untold
from terminal.backtest.run import Ran, play
from terminal.domain.days.calendar import instant
from tests import bar_tapes, tapes
from tests.e2e import own_market as own

TURNS: Final = 20200812  # from this trading day on the later month has more open interest; it is the main one the next
MONTHS: Final = {"RB": ("SHFE.rb2010", "SHFE.rb2101"), "Iron": ("DCE.i2101", "DCE.i2105")}
PRICES: Final = ("Main_Contract_Price", "Sub_Contract_Price")
MILL: Final = """
[[strategy]]
id = "mill"
kind = "spread"
account = "A"
formula = "rb.main - 1.6*i.main"
ratio = "12:2"
active = "rb.main"
buy_at = 2495
sell_at = 2520
max_sets = 2
naked_lots = 4
hedge_seconds = 120
"""
TERMS: Final = "".join(own.terms(name, "3") for names in MONTHS.values() for name in names)


def recorded(data: Path, folder: Path) -> Path:
    """Write the minutes of five trading days as bars, with our open interest."""
    calendar = tapes.reference().calendar
    folder.mkdir()
    for file, names in MONTHS.items():
        with gzip.open(data / "spread_1min" / f"{file}.csv.gz", "rt", encoding="utf-8") as lines:
            rows = [one for one in csv.DictReader(lines) if "2020-08-10" <= one["Time"] < "2020-08-14 20"]
        for place, (name, column) in enumerate(zip(names, PRICES, strict=True)):
            bars: list[bar_tapes.Bar] = []
            for one in rows:
                day, hour, minute = one["Time"][:10].replace("-", ""), one["Time"][11:13], one["Time"][14:16]
                at = instant(int(day), int(hour), int(minute))
                leads = (calendar.trading_day(at) < TURNS) == (place == 0)
                price = float(one[column])
                bars.append((at, price, price, price, price, 500, 9000 if leads else 100))
            bar_tapes.tqsdk(folder / f"{name}_1min.csv", bars)
    return folder


def ran(data: Path, folder: Path) -> Ran:
    path = own.write_plan(folder / "plan.toml", TERMS, MILL)
    plan, recording = read_with_mains(path, [recorded(data, folder / "tape")], tapes.reference())
    found = play(recording, plan=plan, reference=tapes.reference())
    assert untold(plan) == []
    return found


def test_a_spread_holds_its_sets_over_the_change_of_both_legs(shared_data: Path, tmp_path: Path) -> None:
    found = ran(shared_data, tmp_path)
    assert found.report.violations == ()
    told = {str(one.strategy): one for one in found.report.strategies}
    # Two sets were bought before, and both legs are in the next month after it, in one night.
    assert told["mill"].open_lots == {"DCE.i2105": -4, "SHFE.rb2101": 24}
    changes = told["mill"].changes
    assert [(one.trading_day, one.near, one.far, one.lots) for one in changes] == [
        (20200813, "SHFE.rb2010", "SHFE.rb2101", 24),
        (20200813, "DCE.i2101", "DCE.i2105", -4),
    ]
    # The real steps: rebar some seventy yuan lower, which a set of the spread pays; ore sixty lower, times 1.6, back.
    moved = [one.moved or Decimal(0) for one in changes]
    assert -95 < moved[0] < -60
    assert 85 < moved[1] < 110
    # No more lots were ever open between two months than the spread bears between its legs.
    assert all(one.naked is not None and one.naked.most_lots <= 4 for one in told.values())
    rolls = [one for one in told.values() if one.kind == "roll"]
    assert [one.roll is not None and one.roll.lots for one in rolls] == [24, 4]
    cost = sum((one.cost or Decimal(0) for one in changes), Decimal(0))
    assert cost == -sum((one.profit for one in rolls), Decimal(0)) > 0
    assert told["mill"].carried is not None
    assert told["mill"].carried.cost == cost
