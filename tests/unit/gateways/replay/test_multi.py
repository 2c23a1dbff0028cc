from __future__ import annotations

from pathlib import Path

import pytest

from terminal.domain.days.calendar import instant
from terminal.domain.errors import UserError
from terminal.domain.market import Batch, Column, DayFacts, Recording
from tests.tapes import MULTI_COLUMNS, index_future_rows, multi_row, multi_tape, read, swapped_rows, write_tape


def alone(folder: Path, rows: list[dict[str, str]]) -> Recording:
    return read(write_tape(folder / "alone.csv.gz", MULTI_COLUMNS, rows))


def said(market: Recording) -> list[tuple[Batch, DayFacts]]:
    return [(market.batch(batch), fact) for batch, fact in market.day_facts]


def test_exchange_codes_are_translated(tmp_path: Path) -> None:
    multi_tape(tmp_path)
    assert read(tmp_path).universe == ("CFFEX.IF1705", "CZCE.SF705", "CZCE.TA709", "DCE.y1709", "SHFE.ag1706")


def test_index_futures_say_the_day_before_the_auction_and_the_settlement_after_the_close(tmp_path: Path) -> None:
    market = alone(tmp_path, index_future_rows())
    assert [(batch.at, len(batch.slots)) for batch, _ in said(market)] == [
        (instant(20170424), 0),
        (instant(20170424, 7, 3, 53, 500_000_000), 0),
        (instant(20170424, 15, 25, 30), 0),
    ]
    facts = [fact for _, fact in said(market)]
    assert [(fact.upper_limit, fact.settlement) for fact in facts] == [(None, None), (18912, None), (18912, 17059)]
    assert facts[0].pre_settlement == 17194, "3438.7 lies between two ticks and is rounded half up"
    assert market.rows[:, Column.VOLUME].tolist() == [50, 60, 90]
    assert market.quarantined == {"outside_session": 4}


def test_the_auctions_row_is_a_quote(tmp_path: Path) -> None:
    rows = [multi_row("SF705", "XZCE", time, volume=volume) for time, volume in (("08:59:00", "4"), ("09:00:00", "9"))]
    assert alone(tmp_path, rows).at.tolist() == [instant(20170424, 8, 59), instant(20170424, 9)]


def test_rows_swapped_within_a_second_are_put_in_order_and_kept(tmp_path: Path) -> None:
    market = alone(tmp_path, swapped_rows())
    assert market.rows[:4, Column.VOLUME].tolist() == [1000, 1010, 1020, 1030]
    assert market.rows[1:3, Column.LAST].tolist() == [2499, 2501]
    assert "volume_fell" not in market.quarantined


def test_a_repeated_row_goes_and_the_row_that_adds_the_settlement_stays(tmp_path: Path) -> None:
    market = alone(tmp_path, swapped_rows())
    assert market.quarantined == {"trading_day": 1, "duplicate": 1}
    assert len(market.rows) == 6


def test_a_row_of_friday_night_under_mondays_date_is_refused_with_its_settlement(tmp_path: Path) -> None:
    market = alone(tmp_path, swapped_rows())
    assert market.at[-1] == instant(20170424, 14, 59, 59)
    assert [fact.settlement for _, fact in market.day_facts] == [None, 2499]


def test_zero_rows_of_the_evening_are_refused(tmp_path: Path) -> None:
    multi_tape(tmp_path)
    market = read(tmp_path)
    assert market.quarantined == {"trading_day": 4, "outside_session": 6, "duplicate": 1}
    assert "volume_fell" not in market.quarantined


def test_a_saturday_row_at_the_end_of_friday_night_belongs_to_monday(tmp_path: Path) -> None:
    multi_tape(tmp_path)
    market = read(tmp_path)
    batch, fact = said(market)[0]
    assert batch.at == instant(20170422, 2, 30, 0, 500_000_000)
    assert len(batch.slots) == 1
    assert (fact.instrument, fact.trading_day) == ("SHFE.ag1706", 20170424)


def test_what_an_exchange_sends_after_the_close_is_settlement_and_no_quote(tmp_path: Path) -> None:
    multi_tape(tmp_path)
    market = read(tmp_path)
    late = [(batch.at, len(batch.slots), fact.instrument) for batch, fact in said(market) if fact.settlement]
    assert (instant(20170424, 15, 0, 24, 680_000_000), 0, "DCE.y1709") in late
    assert (instant(20170424, 15, 0, 0, 500_000_000), 2, "SHFE.ag1706") in late


def test_a_settlement_shown_during_the_night_is_not_believed_before_the_close(tmp_path: Path) -> None:
    night = {"date": "2017-04-21", "settlement": "5000"}
    rows = [
        multi_row("TA709", "XZCE", "21:00:00", volume="10", **night),
        multi_row("TA709", "XZCE", "23:29:59", volume="20", **night),
        multi_row("TA709", "XZCE", "14:59:59", volume="30", settlement="5000"),
    ]
    facts = said(alone(tmp_path, rows))
    assert [(batch.at, fact.settlement) for batch, fact in facts] == [
        (instant(20170421, 21), None),
        (instant(20170424, 14, 59, 59), 2500),
    ]


def test_a_volume_that_falls_across_seconds_is_refused(tmp_path: Path) -> None:
    times = (("09:00:00", "10"), ("09:00:01", "90"), ("09:00:02", "20"), ("09:00:03", "30"))
    market = alone(tmp_path, [multi_row("TA709", "XZCE", time, volume=volume) for time, volume in times])
    assert market.rows[:, Column.VOLUME].tolist() == [10, 20, 30], "the fewest rows go"
    assert market.quarantined == {"volume_fell": 1}


def test_an_exchange_code_nobody_knows_is_an_error_with_its_line(tmp_path: Path) -> None:
    rows = [multi_row("TA709", "XZCE", "09:00:00"), multi_row("TA709", "XNYM", "09:00:01")]
    with pytest.raises(UserError, match=r"alone\.csv\.gz 第 3 行：不认识交易所代码“XNYM”"):
        alone(tmp_path, rows)
