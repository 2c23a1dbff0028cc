"""A call and a put of soybean meal become their future at recorded quotes, and the future a call again, in a backtest.

The recording is one glass of each contract: the last one of 2020-08-21. It stands for two minutes here, and what was
taken of it does not come back: the one call that is bid for is one lot.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from terminal.backtest.page import page
from terminal.backtest.report import encode
from terminal.backtest.run import Ran, backtest
from terminal.runner.replay import replay
from terminal.shell.plans.plan import read_plan
from tests import tapes

CHAIN: Final = "options/option_chain_close_DCE_20200821.csv.gz"
FUTURES: Final = "exchange_close/futures_close_settle_20200821.csv"
CALL, PUT, FUTURE = "DCE.m2101-C-2900", "DCE.m2101-P-2900", "DCE.m2101"
STEPS: Final = 240  # of half a second

HEAD: Final = """
seed = 20200821
tenant = "DEMO"
about = "豆粕期权期货互转"

[limits]
position_lots = 100
day_loss_yuan = 100_000

[[account]]
id = "A"
name = "账户"
cash = 1_000_000

[[person]]
id = "trader"
name = "交易员"
roles = { A = ["trader"] }
"""
INSTRUMENT: Final = """
[[instrument]]
id = "{name}"
broker_margin_add = "0.02"
pre_settlement = {pre_settlement}
upper_limit = {upper_limit}
lower_limit = {lower_limit}
fees.open = {{ by_lot = 2 }}
fees.close = {{ by_lot = 2 }}
fees.close_today = {{ by_lot = 2 }}
"""
# The call sold at 79, the put bought at 96, the future at 2885: 2902. The call bought at 82.5, the future sold at 2884.
SWAPS: Final = """
[[strategy]]
id = "to-future"
kind = "spread"
account = "A"
at = "+10s"
buy_at = 2902
max_sets = 1
naked_lots = 4
conversion = { verb = "SYNTHETIC", rate = 0.02 }
legs = [
    { instrument = "DCE.m2101-C-2900", coefficient = -1, lots = -1, active = true, closes = true },
    { instrument = "DCE.m2101-P-2900", coefficient = 1, lots = 1, closes = true },
    { instrument = "DCE.m2101", coefficient = 1, lots = 1 },
]

[[strategy]]
id = "to-call"
kind = "spread"
account = "A"
at = "+70s"
buy_at = -2801.5
max_sets = 1
naked_lots = 4
conversion = { verb = "PROTECTIVE", rate = 0.02 }
legs = [
    { instrument = "DCE.m2101-C-2900", coefficient = 1, lots = 1, active = true },
    { instrument = "DCE.m2101", coefficient = -1, lots = -1, closes = true },
]
"""


class Played(NamedTuple):
    """Hold what was played, and what came of it."""

    tape: Path
    plan: Path
    ran: Ran


def glasses(shared: Path) -> dict[str, dict[str, str]]:
    """Return the recorded last glass of the three contracts."""
    with gzip.open(shared / CHAIN, "rt", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    with (shared / FUTURES).open(encoding="utf-8") as text:
        rows += csv.DictReader(text)
    return {row["symbol"]: row for row in rows if row["symbol"] in {CALL, PUT, FUTURE}}


def order(name: str, side: str, price: str) -> str:
    return (
        f'\n[[command]]\ndo = "submit"\nat = "+2s"\nby = "trader"\naccount = "A"\ninstrument = "{name}"\n'
        f'side = "{side}"\noffset = "OPEN"\nlots = 1\nprice = {price}\n'
    )


@pytest.fixture(scope="module")
def played(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder, shown = tmp_path_factory.mktemp("options"), glasses(shared_data)
    rows = [
        tapes.market_row(
            name,
            step * 500 + place,
            last=row["last_price"],
            bid=row["bid_price1"],
            bid_lots=row["bid_volume1"],
            ask=row["ask_price1"],
            ask_lots=row["ask_volume1"],
            volume=row["volume"],
            interest=row["open_interest"],
        )
        for step in range(STEPS)
        for place, (name, row) in enumerate(sorted(shown.items()))
    ]
    tape = tapes.write_tape(folder / "close.csv.gz", tapes.MARKET_COLUMNS, rows)
    facts = "".join(INSTRUMENT.format(name=name, **row) for name, row in shown.items() if name == FUTURE)
    facts += "".join(
        INSTRUMENT.format(name=name, **row) + "fees.exercise = { by_lot = 1 }\n"
        for name, row in shown.items()
        if name != FUTURE
    )
    plan = folder / "plan.toml"
    held = order(CALL, "BUY", shown[CALL]["ask_price1"]) + order(PUT, "SELL", shown[PUT]["bid_price1"])
    plan.write_text(HEAD + facts + SWAPS + held, encoding="utf-8")
    return Played(tape, plan, run(tape, plan))


def run(tape: Path, plan: Path) -> Ran:
    reference = tapes.reference()
    return backtest([tape], plan=read_plan(plan, reference), reference=reference)


def test_both_conversions_come_to_their_end_at_recorded_prices_and_no_invariant_breaks(played: Played) -> None:
    report = played.ran.report
    assert report.violations == ()
    found = {one.strategy: one for one in report.strategies if one.kind == "spread"}
    assert {name: one.status for name, one in found.items()} == {"to-future": "FINISHED", "to-call": "FINISHED"}
    traded = {(fill.strategy, fill.instrument): (fill.side.sign * fill.lots, fill.price) for fill in played.ran.fills}
    assert traded == {
        (None, CALL): (1, Decimal("82.5")),
        (None, PUT): (-1, Decimal(85)),
        ("to-future", CALL): (-1, Decimal(79)),
        ("to-future", PUT): (1, Decimal(96)),
        ("to-future", FUTURE): (1, Decimal(2885)),
        ("to-call", CALL): (1, Decimal("82.5")),
        ("to-call", FUTURE): (-1, Decimal(2884)),
    }


def test_a_second_backtest_is_the_same_bytes(played: Played) -> None:
    again = run(played.tape, played.plan)
    assert encode(again.report) == encode(played.ran.report)
    assert page(again.report) == page(played.ran.report)
    assert again.fills == played.ran.fills


def test_a_replay_of_the_same_glasses_sends_the_same_orders(played: Played, tmp_path: Path) -> None:
    reference = tapes.reference()
    summary = asyncio.run(
        replay(
            tapes=[played.tape],
            plan=read_plan(played.plan, reference),
            reference=reference,
            data=tmp_path,
            trades=None,
            exchange=None,
        )
    )
    source, activity = played.ran.report.source, played.ran.report.total.activity
    assert (summary["journal_head"], summary["state_hash"]) == (source.journal_head, source.state_hash)
    assert (summary["orders"], summary["fills"], summary["unknown_orders"]) == (activity.orders, activity.fills, 0)
    assert activity.fills
