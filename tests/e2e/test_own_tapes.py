"""Run the whole product on recordings of our own making, in every format, without anything of ../shared."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests import tapes
from tests.e2e import acceptance as a
from tests.e2e import own_market as own
from tests.e2e import recorded as r

IRON: Final = 'trading_day = 20200821\npre_settlement = "100.0"\nupper_limit = "110.0"\nlower_limit = "90.0"'
GLASS: Final = "trading_day = 20200821\npre_settlement = 1832\nupper_limit = 1924\nlower_limit = 1740"


class Story(NamedTuple):
    """Hold a made-up tape, what a plan does on it, and the fills and absent values that must come of it."""

    write: Callable[[Path], object]
    parts: tuple[str, ...]
    fills: list[tuple[str, str, str, int, str, int]]  # instrument, side, offset, lots, price, trading day
    absent: dict[str, int]


STORIES: Final = {
    # A taking order on a Friday; the position is yesterday's on the Monday.
    "ctp_full": Story(
        tapes.ctp_tape,
        (own.APPLE, own.order("2020-07-31 09:00:00", "CZCE.AP010", "BUY OPEN", 2, "7010")),
        [("CZCE.AP010", "BUY", "OPEN", 2, "7002", 20200731)],
        {},
    ),
    # Opened by day, closed as yesterday's lot in the night, which is the next trading day.
    "ctp_full with a night": Story(
        tapes.night_tape,
        (
            own.terms("SHFE.ru1901", "3"),
            own.order("2018-10-08 14:59:59", "SHFE.ru1901", "BUY OPEN", 1, "12305"),
            own.order("2018-10-08 22:59:59", "SHFE.ru1901", "SELL CLOSE_YESTERDAY", 1, "12295"),
        ),
        [
            ("SHFE.ru1901", "BUY", "OPEN", 1, "12305", 20181008),
            ("SHFE.ru1901", "SELL", "CLOSE_YESTERDAY", 1, "12295", 20181009),
        ],
        {"settlement": 1},
    ),
    # The glass is locked at its lower limit: a seller rests there and trades with nobody.
    "whole_market": Story(
        tapes.market_tape,
        (
            own.terms("DCE.i2101", "1", IRON),
            own.terms("CZCE.FG101", "3", GLASS),
            own.order("2020-08-21 13:40:00.4", "DCE.i2101", "BUY OPEN", 3, "100.5"),
            own.order("2020-08-21 13:40:00.4", "CZCE.FG101", "SELL OPEN", 2, "1740"),
        ),
        [("DCE.i2101", "BUY", "OPEN", 3, "100.5", 20200821)],
        {"bid": 2, "last": 1},
    ),
    "multi": Story(
        tapes.multi_tape,
        (own.terms("CZCE.TA709", "3"), own.order("2017-04-24 09:00:01", "CZCE.TA709", "SELL OPEN", 4, "4998")),
        [("CZCE.TA709", "SELL", "OPEN", 4, "4998", 20170424)],
        {"settlement": 1},
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_a_made_up_tape_of_every_format_is_traded_the_same_way_twice(name: str, tmp_path: Path) -> None:
    story = STORIES[name]
    (tmp_path / "tape").mkdir()
    story.write(tmp_path / "tape")
    plan = own.write_plan(tmp_path / "plan.toml", *story.parts)
    once, twice = (
        a.play(tmp_path / "tape", plan, tmp_path / folder, hash_seed=seed) for seed, folder in enumerate("ab")
    )
    assert [(*trade[1:5], str(trade.price), trade.trading_day) for trade in once.trades] == story.fills
    assert (twice.summary.state_hash, twice.summary.journal_head) == (
        once.summary.state_hash, once.summary.journal_head,
    )  # fmt: skip
    assert {name: count for name, count in once.summary.absent.items() if count} == story.absent
    assert once.summary.refused == {}
    assert a.verify(once.data).orphans == 0
    a.judge_positions(once)
    a.judge_exchange(once)


@pytest.fixture(scope="module")
def wave(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own.wave_tape(tmp_path_factory.mktemp("wave") / "AP010.csv.gz")


@pytest.fixture(scope="module")
def steady(wave: Path) -> a.Played:
    plan = own.write_plan(wave.parent / "plan.toml", own.APPLE, own.GRID)
    return a.play(wave, plan, wave.parent / "steady")


def test_a_grid_lives_from_a_market_that_swings(steady: a.Played, wave: Path) -> None:
    assert len(steady.trades) > 100
    a.judge_lines(steady)
    a.judge_rates(steady)
    a.judge_positions(steady)
    a.judge_exchange(steady)
    apple = {"CZCE.AP010": r.Terms(tick=Decimal(1), multiplier=Decimal(10))}
    tape = r.read_ctp([wave], "CZCE")
    assert a.judge_fills(steady, tape, apple)["resting"] > 100
    a.judge_equity(steady, tape, apple)
    (account,) = steady.summary.accounts
    fees = sum(trade.fee for trade in steady.trades)
    assert account.equity > 2_000_000 - fees, "each turn of a line earns its step"


def test_the_table_of_fills_comes_from_projections_that_may_be_deleted(steady: a.Played, wave: Path) -> None:
    data = wave.parent / "projected"
    shutil.copytree(steady.data, data)
    first = steady.data.with_suffix(".csv").read_bytes()
    kept = data / "projections.db"
    assert a.plain_rows(kept, "SELECT count(*) FROM fills") == [(len(steady.trades),)]
    assert [trade[-1] for trade in steady.trades] == [row.body["trade"] for row in steady.of("order_filled")]
    for leave in (None, b"no database" * 1_000, kept.read_bytes()):
        kept.unlink(missing_ok=True)
        if leave is not None:
            kept.write_bytes(leave)
        data.with_suffix(".csv").unlink(missing_ok=True)  # no table that stands is overwritten
        a.play(wave, wave.parent / "plan.toml", data)
        assert data.with_suffix(".csv").read_bytes() == first
        assert a.plain_rows(kept, "SELECT count(*) FROM fills") == [(len(steady.trades),)]


def test_a_link_that_is_cut_loses_and_doubles_nothing(steady: a.Played, wave: Path) -> None:
    cuts = [f'\n[[command]]\ndo = "cut"\nat = "2020-07-31 09:0{minute}:07"\nseconds = 21\n' for minute in (1, 3, 5)]
    plan = own.write_plan(wave.parent / "cuts.toml", own.APPLE, own.GRID, *cuts)
    played = a.play(wave, plan, wave.parent / "cut")
    assert len(played.of("link_lost")) == 1 + len(cuts), "the start, and each cut"
    assert len(played.of("barrier_passed")) == 1 + len(cuts)
    assert played.summary.unknown_orders == 0
    assert 50 < len(played.trades) < len(steady.trades)
    for check in (a.judge_lines, a.judge_rates, a.judge_positions, a.judge_exchange):
        check(played)
    assert a.verify(played.data).orphans == 0
