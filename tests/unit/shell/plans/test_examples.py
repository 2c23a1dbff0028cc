"""Read the example plans the program ships, and play each over its recording."""

from __future__ import annotations

import asyncio
import csv
import tomllib
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import pytest

from terminal.backtest.run import backtest
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import CommandDone, ConfirmationDecided
from terminal.domain.ids import InstrumentId, TenantId
from terminal.engine.records.journal import Record
from terminal.runner.replay import replay
from terminal.shell.plans.plan import read_plan
from terminal.store.journal import SqliteJournal
from tests.tapes import reference

ROOT: Final = Path(__file__).resolve().parents[4]
PLANS: Final = ROOT / "resources" / "plans"
EXAMPLES: Final = {
    "whole_market": "tick/whole_market",
    "ap_roll": "tick/ctp_full/AP*",
    "ru_night": "tick/ctp_full/ru*",
}
"""Plan and the recordings it is made for."""
OF_BARS: Final = (
    "rb_minutes",
    "rb_spread_grid",
    "i_minutes",
    "m_minutes",
    "ta_minutes",
    "rb_holiday",
    "rb_execution",
)
"""Plans for recorded bars: tests/scenario/test_recorded_markets.py plays them."""
SERIES_END: Final = 20201009
"""The last trading day of every recorded series of spread minutes."""


@pytest.mark.parametrize("name", [*EXAMPLES, *OF_BARS])
def test_an_example_plan_is_read(name: str) -> None:
    read = read_plan(PLANS / f"{name}.toml", reference())
    assert read.opening.tenant == "DEMO"
    assert read.script.entries


def test_every_example_plan_is_tested() -> None:
    assert {path.stem for path in PLANS.glob("*.toml")} == {*EXAMPLES, *OF_BARS}


@pytest.mark.parametrize("name", [name for name in OF_BARS if name.endswith("_minutes")])
def test_a_roll_on_a_series_of_prices_waits_only_for_what_the_series_shows(name: str) -> None:
    plan = tomllib.loads((PLANS / f"{name}.toml").read_text(encoding="utf-8"))
    days = reference().calendar
    for roll in (one for one in plan["strategy"] if one["kind"] == "roll"):
        for timing in roll["timings"]:
            assert timing["type"] not in {"open_interest_crossover", "volume_crossover", "liquidity", "roll_yield"}
            if timing["type"] == "days_to_expiry":
                expiry = reference().instrument(InstrumentId(roll["near"]), SERIES_END).expiry
                assert expiry is not None
                due = min(expiry, timing.get("policy_day", expiry))
                assert days.days_between(SERIES_END, due) <= timing["days"]


def test_invented_spot_prices_are_labelled() -> None:
    for path in PLANS.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert text.count("[[spot]]") == text.count('source = "示例'), path.name


def test_the_days_facts_of_the_whole_market_are_those_the_exchanges_published(shared_data: Path) -> None:
    listing = read_plan(PLANS / "whole_market.toml", reference()).listing
    published = {}
    with (shared_data / "exchange_close" / "futures_close_settle_20200821.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            published[row["symbol"]] = row
    found = 0
    for name, row in published.items():
        said = listing.day_facts(InstrumentId(name), 20200821)
        if said is None:
            continue
        found += 1
        tick = listing.instrument(InstrumentId(name), 20200821).tick
        for column in ("pre_settlement", "upper_limit", "lower_limit"):
            ticks = getattr(said, column)
            assert ticks * tick == Decimal(row[column]), (name, column)
    assert found == 61


# --- played ----------------------------------------------------------------------------------------------------------

Played = tuple[dict[str, Any], list[dict[str, str]], Path]


@pytest.fixture(scope="module")
def played(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a function that plays an example once: its summary, its trades, and where its journal is."""
    known: dict[str, Played] = {}

    def play(name: str) -> Played:
        if name not in known:
            data = tmp_path_factory.mktemp(name)
            summary = asyncio.run(
                replay(
                    tapes=[shared_data / EXAMPLES[name]],
                    plan=read_plan(PLANS / f"{name}.toml", reference()),
                    reference=reference(),
                    data=data,
                    trades=data / "trades.csv",
                    exchange=None,
                )
            )
            with (data / "trades.csv").open(encoding="utf-8-sig", newline="") as file:
                known[name] = summary, list(csv.DictReader(file)), data
        return known[name]

    return play


def strategy(summary: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in summary["strategies"] if row["strategy"] == name)
    return found


def test_grids_and_cross_product_spreads_trade_both_ways_over_the_whole_market(played: Any) -> None:
    summary, trades, _ = played("whole_market")
    assert summary["ticks"] == 152_670
    for instrument in (
        "DCE.pp2101",
        "SHFE.ag2012",
        "CZCE.RM101",
        "CZCE.OI101",
        "DCE.a2101",
        "DCE.j2101",
        "SHFE.hc2010",
    ):
        ways = {(trade["side"], trade["offset"] == "OPEN") for trade in trades if trade["instrument"] == instrument}
        assert {way for way, _ in ways} == {"BUY", "SELL"}, instrument
        assert {opening for _, opening in ways} == {True, False}, instrument


def test_the_limit_locked_contract_gets_no_fill(played: Any) -> None:
    _, trades, _ = played("whole_market")
    locked = instant(20200821, 13, 55, 10)
    fills = [int(trade["at_ns"]) for trade in trades if trade["instrument"] == "CZCE.FG101"]
    assert fills
    assert all(at < locked for at in fills)


def test_contracts_with_missing_facts_are_refused_with_their_reason(played: Any) -> None:
    summary, trades, _ = played("whole_market")
    assert summary["refused"]["MARGIN_UNKNOWN"] == 2
    assert not {trade["instrument"] for trade in trades} & {"INE.lu2101", "CZCE.PM105", "CZCE.LR011"}


def test_every_attack_on_a_confirmation_is_refused_and_every_ending_is_seen(played: Any) -> None:
    _, _, data = played("whole_market")
    codes, endings = set(), set()
    journal = SqliteJournal(data, TenantId("DEMO"))
    for entry in journal.replay():
        fact = entry.record.fact if isinstance(entry.record, Record) else None
        if isinstance(fact, CommandDone):
            codes.add(fact.code)
        elif isinstance(fact, ConfirmationDecided):
            endings.add(str(fact.decision))
    journal.close()
    assert codes >= {"MAKER_IS_CHECKER", "UNKNOWN_DEVICE", "BAD_SIGNATURE", "NOT_PENDING", "HASH_MISMATCH", "STALE"}
    assert endings >= {"APPROVE", "CONSUME", "REJECT", "STALE", "SUPERSEDE", "EXPIRE"}


def test_both_rolls_complete_and_the_calendar_spread_trades_both_ways(played: Any) -> None:
    summary, trades, _ = played("ap_roll")
    for name, lots in (("roll-long", 30), ("roll-short", -30)):
        row = strategy(summary, name)
        assert row["status"] == "FINISHED"
        assert row["lots"] == {"CZCE.AP010": -lots, "CZCE.AP101": lots}
    net = {(row["account"], row["instrument"], row["hedge_flag"]): row["net"] for row in summary["positions"]}
    assert net["SPEC", "CZCE.AP101", "SPECULATION"] == 30
    assert net["HEDGE", "CZCE.AP101", "HEDGE"] == -30
    days = {trade["trading_day"] for trade in trades if trade["account"] == "SPEC"}
    assert "20200806" in days
    assert strategy(summary, "calendar")["orders"] > 50


def test_the_grid_carries_lots_over_the_night_and_the_trading_day(played: Any) -> None:
    summary, trades, _ = played("ru_night")
    assert {trade["trading_day"] for trade in trades} == {"20181008", "20181009", "20181010", "20181011"}
    assert {"CLOSE_TODAY", "CLOSE_YESTERDAY"} <= {trade["offset"] for trade in trades}
    assert summary["refused"] == {}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_backtest_gives_the_orders_and_fills_of_the_replay(name: str, played: Any, shared_data: Path) -> None:
    summary, trades, data = played(name)
    ran = backtest(
        [shared_data / EXAMPLES[name]], plan=read_plan(PLANS / f"{name}.toml", reference()), reference=reference()
    )
    journal = SqliteJournal(data, TenantId("DEMO"))
    for ours, theirs in zip_longest(ran.journal.replay(), journal.replay()):
        assert ours is not None
        assert theirs is not None
        assert ours.record == theirs.record  # orders with their terms and times, fills with their prices, all else
    journal.close()
    report = ran.report
    assert report.violations == ()
    assert report.source.journal_head == summary["journal_head"]
    assert report.source.state_hash == summary["state_hash"]
    assert report.total.activity.orders == summary["orders"]
    assert report.total.activity.refused == dict(sorted(summary["refused"].items()))
    assert [(fill.order_id, fill.trade_id, str(fill.price)) for fill in ran.fills] == [
        (trade["order_id"], trade["trade_id"], trade["price"]) for trade in trades
    ]
    assert [one.profit for one in report.accounts] == [
        sum((row.profit for row in report.strategies if row.account == one.account), Decimal(0))
        for one in report.accounts
    ]
