"""Accept the rubber grid: ru1901 across the night sessions of 8-10 Oct 2018, through the real command line."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.e2e import acceptance as a
from tests.e2e import recorded as r

pytestmark = pytest.mark.xdist_group("ru_night")

PLAN: Final = a.PLANS / "ru_night.toml"
RU: Final = "SHFE.ru1901"
RATE: Final = Decimal("0.000045")  # of the value, opening and closing alike
NEXT: Final = {20181008: 20181009, 20181009: 20181010, 20181010: 20181011}


@pytest.fixture(scope="module")
def files(shared_data: Path) -> list[Path]:
    found = sorted((shared_data / "tick" / "ctp_full").glob("ru1901*.csv.gz"))
    assert len(found) == 3
    return found


@pytest.fixture(scope="module")
def played(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> a.Played:
    return a.play(files[0].parent / "ru1901*.csv.gz", PLAN, tmp_path_factory.mktemp("ru_night") / "data")


@pytest.fixture(scope="module")
def tape(files: list[Path]) -> r.Tape:
    return r.read_ctp(files, "SHFE")


@pytest.fixture(scope="module")
def terms(shared_data: Path) -> dict[str, r.Terms]:
    return r.read_terms(shared_data)


class Turn(NamedTuple):
    """Hold one line's way in and out again."""

    line: str
    entry: a.Trade
    exit: a.Trade


def turns(played: a.Played) -> list[Turn]:
    orders = played.orders()
    open_entries: dict[str, list[a.Trade]] = defaultdict(list)
    found = []
    for trade in played.trades:
        _, line, what = orders[trade.order]["cause"]["tag"].split(":")
        if what == "entry":
            open_entries[line].append(trade)
        else:
            found.append(Turn(line, open_entries[line].pop(0), trade))
    return found


def test_the_night_belongs_to_the_next_trading_day(played: a.Played) -> None:
    nights = 0
    for trade in played.trades:
        day, time = r.clock(trade.at).split()
        natural = int(day.replace("-", ""))
        night = time >= "21:00:00"
        nights += night
        assert trade.trading_day == (NEXT[natural] if night else natural), trade
        inside = ("09:00:00", "10:15:00"), ("10:30:00", "11:30:00"), ("13:30:00", "15:00:00"), ("21:00:00", "23:00:00")
        assert any(begins <= time <= ends for begins, ends in inside), trade
    assert 0 < nights < len(played.trades)
    assert {trade.trading_day for trade in played.trades} == {20181008, *NEXT.values()}


def test_lines_opened_by_day_are_closed_at_night_on_the_next_trading_day(played: a.Played) -> None:
    carried = [turn for turn in turns(played) if turn.entry.trading_day != turn.exit.trading_day]
    assert len(carried) >= 5
    for turn in carried:
        assert r.clock(turn.entry.at)[11:] < "15:00:01"
        assert r.clock(turn.exit.at)[11:] >= "21:00:00"
        assert turn.exit.trading_day == NEXT[turn.entry.trading_day]
        assert turn.exit.offset == "CLOSE_YESTERDAY", "the exchange tells the lots of the two days apart"
        assert turn.exit.price > turn.entry.price
    assert {turn.exit.offset for turn in turns(played)} == {"CLOSE_TODAY", "CLOSE_YESTERDAY"}


def test_an_order_of_the_night_is_filled_in_the_morning(played: a.Played) -> None:
    recorded = {row.body["order"]: row.utc for row in played.of("order_recorded")}
    kept = [trade for trade in played.trades
            if r.clock(recorded[trade.order])[11:] >= "21:00:00" and r.clock(trade.at)[11:] < "21:00:00"]  # fmt: skip
    assert kept, "no order outlived its night"
    assert all(played.orders()[trade.order]["trading_day"] == trade.trading_day for trade in kept)


def test_no_line_ever_has_a_second_order(played: a.Played) -> None:
    a.judge_lines(played)
    a.judge_rates(played)


def test_no_order_outlives_its_trading_day(played: a.Played) -> None:
    expired = played.of("order_expired")
    assert expired, "day orders end at the close of their trading day"
    orders = played.orders()
    for row in [*expired, *played.of("order_filled")]:
        day, time = r.clock(row.body.get("exchange_at", row.utc)).split()
        natural = int(day.replace("-", ""))
        assert orders[row.body["order"]]["trading_day"] == (NEXT[natural] if time >= "21:00:00" else natural)


def test_each_day_settles_at_the_exchanges_price_and_the_last_one_has_none(played: a.Played, files: list[Path]) -> None:
    stated: dict[int, Decimal] = {}
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                if row["SettlementPrice"] != "N/A" and row["UpdateTime"] == "15:00:00":
                    stated[int(row["TradingDay"])] = Decimal(row["SettlementPrice"])
    settled = [row.body for row in played.of("day_settled")]
    assert [(day["trading_day"], day["next_day"]) for day in settled] == list(NEXT.items())
    for day in settled:
        assert day["provisional"] == []
        assert all(Decimal(price) == stated[day["trading_day"]] for price in day["prices"].values())
    assert any(day["prices"] for day in settled)
    assert 20181011 not in stated
    assert played.summary.absent["settlement"] == 1


def test_a_paused_grid_takes_back_its_orders_and_goes_on_from_its_lines(played: a.Played) -> None:
    (paused,) = played.of("strategy_paused")
    (resumed,) = played.of("strategy_resumed")
    assert r.clock(paused.utc) < "2018-10-09 15:00:00"
    assert r.clock(resumed.utc) > "2018-10-09 21:00:00"
    between = [row for row in played.of("order_recorded", "order_filled") if paused.utc < row.utc < resumed.utc]
    assert between == []
    after = [row for row in played.of("order_recorded") if row.utc >= resumed.utc]
    assert after
    assert played.summary.strategies[0].status == "RUNNING"


def test_the_fills_are_the_recordings_and_the_books_are_exact(
    played: a.Played, tape: r.Tape, terms: dict[str, r.Terms]
) -> None:
    assert a.judge_fills(played, tape, terms)["resting"] > 50
    a.judge_positions(played)
    a.judge_equity(played, tape, terms)
    multiplier = terms[RU].multiplier
    for trade in played.trades:
        assert trade.fee == a.rounded_half_up(RATE * trade.price * multiplier * trade.lots)


def test_the_journal_and_the_exchange_tell_the_same_story(played: a.Played) -> None:
    a.judge_exchange(played)
    verified = a.verify(played.data)
    assert verified.orphans == 0
    assert (verified.orders, verified.fills) == (played.summary.orders, played.summary.fills)
