from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.errors import UserError
from terminal.domain.market import Column
from terminal.gateways.replay.sift import longest_rise
from tests.tapes import CTP_COLUMNS, MARKET_COLUMNS, ctp_row, market_row, read, write_tape


def rises(values: list[int]) -> bool:
    return all(before <= after for before, after in pairwise(values))


@given(st.lists(st.integers(0, 6), max_size=9))
def test_the_longest_rise_loses_as_few_values_as_possible(values: list[int]) -> None:
    run = longest_rise(values)
    assert run == sorted(set(run))
    assert rises([values[place] for place in run])
    longer = combinations(values, len(run) + 1)
    assert not any(rises(list(some)) for some in longer)


def test_one_absurd_volume_does_not_cost_the_rest_of_the_day(tmp_path: Path) -> None:
    volumes = ("100", "110", "99999999", "120", "130")
    rows = [ctp_row("AP010", "20200803", f"09:00:0{place}", volume=text) for place, text in enumerate(volumes)]
    market = read(write_tape(tmp_path / "AP010.csv", CTP_COLUMNS, rows))
    assert market.rows[:, Column.VOLUME].tolist() == [100, 110, 120, 130]
    assert market.quarantined == {"volume_fell": 1}


def test_time_that_runs_backward_within_an_instrument_is_an_error_with_file_and_line(tmp_path: Path) -> None:
    rows = [ctp_row("AP010", "20200803", time) for time in ("09:00:00", "09:00:05", "09:00:03")]
    tape = write_tape(tmp_path / "AP010.csv", CTP_COLUMNS, rows)
    with pytest.raises(UserError, match=r"AP010\.csv 第 4 行：时间倒流"):
        read(tape)


def test_instruments_of_one_file_may_follow_one_another(tmp_path: Path) -> None:
    rows = [ctp_row(symbol, "20200803", time) for symbol in ("AP101", "AP010") for time in ("09:00:00", "09:00:01")]
    market = read(write_tape(tmp_path / "both.csv", CTP_COLUMNS, rows))
    assert [batch.slots.tolist() for batch in market.batches()] == [[0, 1], [0, 1]]


def test_stamps_swapped_within_a_second_are_put_in_order(tmp_path: Path) -> None:
    rows = [
        ctp_row("AP010", "20200803", "09:00:00", millis=millis, volume=volume)
        for millis, volume in (("000", "1"), ("500", "3"), ("250", "2"))
    ]
    market = read(write_tape(tmp_path / "AP010.csv", CTP_COLUMNS, rows))
    assert market.rows[:, Column.VOLUME].tolist() == [1, 2, 3]


def test_a_receivers_clock_that_runs_backward_is_an_error(tmp_path: Path) -> None:
    rows = [market_row("DCE.i2101", 500), market_row("DCE.j2101", 400)]
    tape = write_tape(tmp_path / "live.csv", MARKET_COLUMNS, rows)
    with pytest.raises(UserError, match=r"live\.csv 第 3 行：时间倒流"):
        read(tape)


def test_exchange_stamps_may_run_backward_between_symbols_and_never_within_one(tmp_path: Path) -> None:
    rows = [market_row("DCE.i2101", 0, lead_ms=588), market_row("CZCE.PM105", 1, lead_ms=-129, bid="99", ask="101")]
    tape = write_tape(tmp_path / "live.csv", MARKET_COLUMNS, rows)
    rows[1]["last_price"] = "100"
    assert len(read(tape)) == 1
    rows = [market_row("DCE.i2101", 0, lead_ms=588), market_row("DCE.i2101", 500, lead_ms=0)]
    with pytest.raises(UserError, match="时间倒流"):
        read(write_tape(tape, MARKET_COLUMNS, rows))


def test_a_day_outside_the_calendar_is_an_error_with_file_and_line(tmp_path: Path) -> None:
    rows = [ctp_row("AP010", "21500803", "09:00:00")]
    with pytest.raises(UserError, match=r"AP010\.csv 第 2 行：.*21500803"):
        read(write_tape(tmp_path / "AP010.csv", CTP_COLUMNS, rows))
