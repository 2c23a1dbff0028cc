"""Accept the apple roll: AP010 and AP101, the five trading days of 3-7 Aug 2020, through the real command line."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from tests.e2e import acceptance as a
from tests.e2e import recorded as r

pytestmark = pytest.mark.xdist_group("ap_roll")

PLAN: Final = a.PLANS / "ap_roll.toml"
NEAR, FAR = "CZCE.AP010", "CZCE.AP101"
DAYS: Final = (20200803, 20200804, 20200805, 20200806, 20200807)
LAST_TRADING_DAY: Final = 20201022  # of AP010, by reference/tqsdk
CROSSOVER: Final = "open_interest_crossover"
NAKED: Final = 5  # lots closed near but not yet opened far: the default, which the plan leaves as it is
YUAN_A_LOT: Final = 20


@pytest.fixture(scope="module")
def files(shared_data: Path) -> list[Path]:
    found = sorted((shared_data / "tick" / "ctp_full").glob("AP*.csv.gz"))
    assert len(found) == 10
    return found


@pytest.fixture(scope="module")
def played(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> a.Played:
    return a.play(files[0].parent / "AP*.csv.gz", PLAN, tmp_path_factory.mktemp("ap_roll") / "data")


@pytest.fixture(scope="module")
def tape(files: list[Path]) -> r.Tape:
    return r.read_ctp(files, "CZCE")


@pytest.fixture(scope="module")
def rows(files: list[Path]) -> list[dict[str, str]]:
    found = []
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
            found += list(csv.DictReader(text))
    return found


@pytest.fixture(scope="module")
def terms(shared_data: Path) -> dict[str, r.Terms]:
    return r.read_terms(shared_data)


def test_the_evening_before_already_belongs_to_the_trading_day(
    played: a.Played, files: list[Path], rows: list[dict[str, str]]
) -> None:
    for row in played.of("account_opened"):
        assert r.clock(row.utc) == "2020-07-31 19:29:00", "a Friday evening"
        assert row.body["trading_day"] == DAYS[0], "and the Monday after it"
    for row in played.of("day_settled"):
        assert r.clock(row.utc)[11:13] == "19", "the snapshot of the evening is the first word of the next day"
        assert int(r.clock(row.utc)[:10].replace("-", "")) == row.body["trading_day"] < row.body["next_day"]
    evenings = sum(row["ActionDay"] != row["TradingDay"] for row in rows)
    assert evenings == len(files)
    assert played.summary.quarantined == {"outside_session": evenings, "duplicate": len(files)}
    assert played.summary.ticks == len(rows) - evenings - len(files)


def test_the_long_position_rolls_because_its_expiry_is_near(played: a.Played, shared_data: Path) -> None:
    with gzip.open(shared_data / "reference" / "akshare" / "trading_calendar.json.gz", "rt", encoding="utf-8") as file:
        calendar = [int(str(day).replace("-", "")) for day in json.load(file)]
    marks = played.marks("roll-long")
    left = {mark["trading_day"]: int(mark["value"]) for mark in marks
            if mark["type"] == "timing_mark" and mark["timing"] == "days_to_expiry"}  # fmt: skip
    assert left == {day: sum(day < other <= LAST_TRADING_DAY for other in calendar) for day in DAYS[:4]}
    (began,) = [mark for mark in marks if mark["type"] == "roll_began"]
    assert began["because"] == ["days_to_expiry"]
    first = next(trade for trade in played.trades if strategy_of(played, trade) == "roll-long")
    assert first.trading_day == 20200806
    assert left[20200806] == 49, "the plan's threshold"


def test_the_short_hedge_rolls_because_the_spread_stands_high(played: a.Played) -> None:
    marks = played.marks("roll-short")
    (began,) = [mark for mark in marks if mark["type"] == "roll_began"]
    assert began["because"] == ["spread_percentile"]
    met = next(
        mark for mark in marks if mark["type"] == "timing_mark" and mark["met"]
    )  # it is told again while it rolls
    assert met["timing"] == "spread_percentile"
    assert int(met["value"]) >= int(met["threshold"]) == 950


@pytest.mark.parametrize("strategy", ["roll-long", "roll-short"])
def test_the_crossover_of_open_interest_is_shown_unmet(strategy: str, played: a.Played, tape: r.Tape) -> None:
    stated = [row for row in played.of("strategy_marked")
              if row.body["strategy"] == strategy and row.body["mark"].get("timing") == CROSSOVER]  # fmt: skip
    days = {row.body["mark"]["trading_day"] for row in stated}
    began = next(row for row in played.of("strategy_marked")
                 if row.body["strategy"] == strategy and row.body["mark"]["type"] == "roll_began")  # fmt: skip
    assert days == {day for day in DAYS if day <= int(r.clock(began.utc)[:10].replace("-", ""))}, "said on every day"
    for row in stated:
        near, far = (next(shown for shown in reversed(tape[name]) if shown.at <= row.body["at"])
                     for name in (NEAR, FAR))  # fmt: skip
        assert far.interest is not None
        assert near.interest is not None
        assert not row.body["mark"]["met"]
        assert row.body["mark"]["value"] == str(round(far.interest / near.interest, 4))
        assert Decimal(row.body["mark"]["value"]) < Decimal(row.body["mark"]["threshold"]) == 1


@pytest.mark.parametrize(("strategy", "account"), [("roll-long", "SPEC"), ("roll-short", "HEDGE")])
def test_a_roll_moves_every_lot_in_batches_and_never_stands_naked(
    strategy: str, account: str, played: a.Played
) -> None:
    moved: Counter[str] = Counter()
    for trade in played.trades:
        if strategy_of(played, trade) == strategy:
            assert trade.account == account
            assert trade.offset == ("CLOSE" if trade.instrument == NEAR else "OPEN")
            moved[trade.instrument] += trade.lots
            assert 0 <= moved[NEAR] - moved[FAR] <= NAKED, trade
    assert moved == {NEAR: 30, FAR: 30}
    (row,) = [row for row in played.summary.strategies if row.strategy == strategy]
    assert row.status == "FINISHED"
    batches = [mark["lots"] for mark in played.marks(strategy) if mark["type"] == "batch_began"]
    assert sum(batches) == 30
    assert len(batches) >= 3


def strategy_of(played: a.Played, trade: a.Trade) -> str | None:
    found = played.orders()[trade.order]["cause"]["strategy"]
    return None if found is None else str(found)


def test_the_calendar_spread_trades_both_ways(played: a.Played) -> None:
    rounds = [mark["sets"] for mark in played.marks("calendar") if mark["type"] == "round_began"]
    assert min(rounds) < 0 < max(rounds)
    sides = {(trade.instrument, trade.side) for trade in played.trades if strategy_of(played, trade) == "calendar"}
    assert sides == {(name, side) for name in (NEAR, FAR) for side in ("BUY", "SELL")}
    (row,) = [row for row in played.summary.strategies if row.strategy == "calendar"]
    assert row.lots[FAR] == -row.lots[NEAR], "it rests on whole sets"
    assert row.status == "RUNNING"


def test_each_day_settles_once_at_the_exchanges_price(played: a.Played, rows: list[dict[str, str]]) -> None:
    settled = {(f"CZCE.{row['InstrumentID']}", int(row["TradingDay"])): Decimal(row["SettlementPrice"])
               for row in rows if row["SettlementPrice"] != "N/A"}  # fmt: skip
    for account in ("SPEC", "HEDGE"):
        days = [row.body for row in played.of("day_settled") if row.body["account"] == account]
        assert [(day["trading_day"], day["next_day"]) for day in days] == list(pairwise(DAYS))
        for day in days:
            assert day["provisional"] == []
            assert day["prices"]
            for name, price in day["prices"].items():
                assert Decimal(price) == settled[name, day["trading_day"]]


def test_every_fill_stands_on_its_trading_day_inside_its_session(played: a.Played) -> None:
    assert {trade.trading_day for trade in played.trades} >= set(DAYS[:4])
    for trade in played.trades:
        day, time = r.clock(trade.at).split()
        assert int(day.replace("-", "")) == trade.trading_day
        assert "09:00:00" <= time <= "10:15:00" or "10:30:00" <= time <= "11:30:00" or "13:30:00" <= time <= "15:00:00"


def test_positions_roll_from_today_to_yesterday_and_the_money_adds_up(
    played: a.Played, tape: r.Tape, terms: dict[str, r.Terms]
) -> None:
    a.judge_positions(played)
    a.judge_equity(played, tape, terms)
    assert any(position.long_yesterday or position.short_yesterday for position in played.summary.positions)
    assert all(account.trading_day == DAYS[-1] for account in played.summary.accounts)
    assert all(trade.fee == YUAN_A_LOT * trade.lots for trade in played.trades)


def test_every_fill_is_one_the_recording_allowed(
    played: a.Played, tape: r.Tape, terms: dict[str, r.Terms], rows: list[dict[str, str]]
) -> None:
    found = a.judge_fills(played, tape, terms)
    assert found["taking"] > 50
    assert found["resting"] > 5
    limits: dict[tuple[str, int], set[tuple[Decimal, Decimal]]] = defaultdict(set)
    for row in rows:
        band = (Decimal(row["LowerLimitPrice"]), Decimal(row["UpperLimitPrice"]))
        limits[f"CZCE.{row['InstrumentID']}", int(row["TradingDay"])].add(band)
    for trade in played.trades:
        ((lower, upper),) = limits[trade.instrument, trade.trading_day]
        assert lower <= trade.price <= upper, trade


def test_a_hedge_account_may_not_open_the_wrong_way(played: a.Played) -> None:
    (refused,) = played.of("order_refused")
    assert refused.body["findings"][0]["code"] == "HEDGE_WRONG_DIRECTION"
    assert played.summary.refused == {"HEDGE_WRONG_DIRECTION": 1}


def test_the_journal_and_the_exchange_tell_the_same_story(played: a.Played) -> None:
    a.judge_exchange(played)
    a.judge_rates(played)
    verified = a.verify(played.data)
    assert verified.orphans == 0
    assert (verified.orders, verified.fills) == (played.summary.orders, played.summary.fills)
