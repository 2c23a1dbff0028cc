from __future__ import annotations

from pathlib import Path

from terminal.domain.days.calendar import instant
from terminal.domain.market import Column, Valid
from tests.tapes import MARKET_COLUMNS, market_row, market_tape, read, write_tape

START = instant(20200821, 13, 40)


def test_the_receivers_clock_cuts_the_batches(tmp_path: Path) -> None:
    market = read(market_tape(tmp_path))
    assert [len(batch.slots) for batch in market.batches()] == [3, 2, 2]
    assert [abs(at - START - ms * 1_000_000) <= 128 for at, ms in zip(market.at.tolist(), (4, 503, 1001), strict=True)]
    assert market.quarantined == {}
    assert market.day_facts == ()


def test_rows_keep_the_order_in_which_they_were_received(tmp_path: Path) -> None:
    market = read(market_tape(tmp_path))
    names = [market.universe[slot] for slot in market.slots.tolist()]
    assert names[:3] == ["DCE.i2101", "CZCE.FG101", "SHFE.rb2010"]


def test_the_exchanges_stamp_is_its_whole_microsecond(tmp_path: Path) -> None:
    market = read(market_tape(tmp_path))
    assert market.rows[:3, Column.EXCHANGE_AT].tolist() == [
        START + 588_000_000,
        START + 130_000_000,
        START - 125_000_000,
    ]


def test_a_limit_locked_contract_has_no_bid(tmp_path: Path) -> None:
    market = read(market_tape(tmp_path))
    glass = market.rows[market.slots == market.universe.index("CZCE.FG101")]
    assert [bool(mask & Valid.BID) for mask in glass[:, Column.MASK].tolist()] == [True, False, False]
    assert glass[1:, Column.BID_LOTS].tolist() == [0, 0]
    assert glass[1:, Column.ASK].tolist() == [1740, 1740]
    assert market.absent == {"bid": 2, "ask": 0, "last": 1, "volume": 0, "open_interest": 0}


def test_bursts_of_several_files_are_merged_by_the_receivers_clock(tmp_path: Path) -> None:
    halves = [[market_row("DCE.i2101", ms) for ms in (0, 500)], [market_row("DCE.j2101", ms) for ms in (2, 501)]]
    for place, rows in enumerate(halves):
        write_tape(tmp_path / f"{place}.csv", MARKET_COLUMNS, rows)
    assert [batch.slots.tolist() for batch in read(tmp_path).batches()] == [[0, 1], [0, 1]]


def test_an_opening_rounded_into_the_break_is_still_the_opening(tmp_path: Path) -> None:
    row = market_row("DCE.i2101", -600_000)
    row["quote_nano_time"] = str(instant(20200821, 13, 30) - 128)
    market = read(write_tape(tmp_path / "opening.csv", MARKET_COLUMNS, [row]))
    assert market.rows[0, Column.EXCHANGE_AT] == instant(20200821, 13, 30)


def test_spot_has_no_session_and_is_quoted_at_any_hour(tmp_path: Path) -> None:
    rows = [market_row("SPOT.i.日照港", 5 * 3_600_000, last="840.00"), market_row("DCE.i2101", 5 * 3_600_000 + 1)]
    market = read(write_tape(tmp_path / "spot.csv", MARKET_COLUMNS, rows))
    assert [market.universe[slot] for slot in market.slots.tolist()] == ["SPOT.i.日照港"]
    assert market.quarantined == {"outside_session": 1}
