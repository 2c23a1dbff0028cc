from __future__ import annotations

from pathlib import Path

from terminal.domain.days.calendar import instant
from terminal.domain.market import Column, DayFacts, Valid
from tests.tapes import CTP_COLUMNS, ctp_day, ctp_row, ctp_tape, night_tape, read, write_tape


def test_the_snapshot_of_the_evening_before_says_the_day_and_is_no_quote(tmp_path: Path) -> None:
    ctp_tape(tmp_path)
    market = read(tmp_path)
    first = next(market.batches())
    assert first.at == instant(20200730, 19, 29)
    assert len(first.slots) == 0
    assert [(fact.instrument, fact.trading_day, fact.pre_settlement) for fact in first.day_facts] == [
        ("CZCE.AP010", 20200731, 6990),
        ("CZCE.AP101", 20200731, 6990),
    ]
    assert market.quarantined["outside_session"] == 4
    assert not (market.rows[:, Column.LAST] == 9999).any(), "the evening's last price is no quote"
    assert not (market.rows == 7777).any(), "the next morning's opening price is look-ahead"


def test_a_friday_evening_speaks_of_monday(tmp_path: Path) -> None:
    ctp_tape(tmp_path)
    said = [(batch.at, batch.day_facts) for batch in read(tmp_path).batches() if batch.day_facts]
    at, facts = said[2]
    assert at == instant(20200731, 19, 29)
    assert {fact.trading_day for fact in facts} == {20200803}
    assert {fact.settlement for fact in facts} == {None}


def test_the_last_row_carries_the_settlement_and_its_duplicate_goes(tmp_path: Path) -> None:
    ctp_tape(tmp_path)
    market = read(tmp_path)
    assert market.quarantined["duplicate"] == 4
    assert [fact.settlement for _, fact in market.day_facts if fact.settlement] == [7002] * 4
    settled = [market.batch(batch).at for batch, fact in market.day_facts if fact.settlement]
    assert set(settled) == {instant(20200731, 14, 59, 59), instant(20200803, 14, 59, 59)}


def test_contracts_of_one_second_are_one_batch_in_the_order_of_their_ids(tmp_path: Path) -> None:
    files = ctp_tape(tmp_path)
    market = read(*files)
    assert market.universe == ("CZCE.AP010", "CZCE.AP101")
    assert market.batch(1).slots.tolist() == [0, 1]
    assert market.batch(1).at == instant(20200731, 8, 59)
    backward = read(*reversed(files))
    assert (backward.rows == market.rows).all()
    assert backward.day_facts == market.day_facts


def test_a_row_is_a_whole_snapshot(tmp_path: Path) -> None:
    ctp_tape(tmp_path)
    auction = read(tmp_path).batch(1).rows[0].tolist()
    whole = Valid.BID | Valid.ASK | Valid.LAST | Valid.VOLUME | Valid.OPEN_INTEREST
    assert auction == [6999, 7001, 7000, 5, 6, 100, 1000, int(whole), instant(20200731, 8, 59)]


def test_the_trading_day_changes_at_nine_in_the_evening_inside_a_file(tmp_path: Path) -> None:
    night_tape(tmp_path)
    market = read(tmp_path)
    assert market.quarantined == {}
    assert market.rows[:7, Column.VOLUME].tolist() == [2000, 2500, 2600, 2600, 10, 900, 1000]
    opening = [(market.batch(batch).at, fact.trading_day) for batch, fact in market.day_facts if not fact.settlement]
    assert opening == [
        (instant(20181008, 9, 0, 0, 500_000_000), 20181008),
        (instant(20181008, 21), 20181009),
        (instant(20181009, 21), 20181010),
    ]
    assert market.name == "回放 2018-10-08 至 2018-10-10"


def test_a_fact_is_said_once_and_keeps_what_was_known(tmp_path: Path) -> None:
    night_tape(tmp_path)
    second = [fact for _, fact in read(tmp_path).day_facts if fact.trading_day == 20181009]
    known = {"pre_settlement": 2462, "upper_limit": 2634, "lower_limit": 2289}
    assert [(fact.pre_settlement, fact.upper_limit, fact.lower_limit) for fact in second] == [(2462, 2634, 2289)] * 2
    assert [fact.settlement for fact in second] == [None, 2464]
    assert second[1] == DayFacts(instrument=second[1].instrument, trading_day=20181009, settlement=2464, **known)


def test_the_last_snapshot_of_a_session_may_come_up_to_a_second_after_the_bell(tmp_path: Path) -> None:
    rows = [
        ctp_row(
            "ru1901", "20181009", time, action_day="20181008", millis=millis, last="12300", bid="12295", ask="12305"
        )
        for time, millis in (("22:59:59", "500"), ("23:00:00", "500"), ("23:00:01", "000"), ("23:30:00", "000"))
    ]
    market = read(write_tape(tmp_path / "ru.csv", CTP_COLUMNS, rows))
    assert market.at.tolist() == [instant(20181008, 22, 59, 59, 500_000_000), instant(20181008, 23, 0, 0, 500_000_000)]
    assert market.quarantined == {"outside_session": 2}


def test_a_trading_day_the_calendar_denies_is_refused_and_counted(tmp_path: Path) -> None:
    rows = ctp_day("AP010", "20200803", "20200731")
    rows[2]["TradingDay"] = "20200804"
    market = read(write_tape(tmp_path / "AP010.csv", CTP_COLUMNS, rows))
    assert market.quarantined == {"trading_day": 1, "outside_session": 1, "duplicate": 1}


def test_non_prices_are_absent_and_counted(tmp_path: Path) -> None:
    rows = [
        ctp_row("AP010", "20200803", "09:00:00", bid="0.00", bid_lots="0"),
        ctp_row("AP010", "20200803", "09:00:01", ask="1.7976931348623157e+308", ask_lots="0"),
        ctp_row("AP010", "20200803", "09:00:02", last="N/A", volume="", interest="nan"),
        ctp_row("AP010", "20200803", "09:00:03", bid="6999.00", bid_lots="0"),
        ctp_row("AP010", "20200803", "09:00:04", bid="", bid_lots="9", upper="1.797e308"),
    ]
    for row in rows:
        row["UpperLimitPrice"] = "1.797e308"
    market = read(write_tape(tmp_path / "AP010.csv", CTP_COLUMNS, rows))
    assert market.absent == {
        "bid": 3,
        "ask": 1,
        "last": 1,
        "volume": 1,
        "open_interest": 1,
        "upper_limit": 1,
        "settlement": 1,
    }
    masks = market.rows[:, Column.MASK].tolist()
    assert [bool(mask & Valid.BID) for mask in masks] == [False, True, True, False, False]
    assert [bool(mask & Valid.ASK) for mask in masks] == [True, False, True, True, True]
    assert masks[2] == Valid.BID | Valid.ASK
    assert market.rows[:, Column.BID_LOTS].tolist() == [0, 5, 5, 0, 0], "lots without a price are no level"
    assert market.rows[:, Column.BID].tolist() == [0, 6999, 6999, 0, 0]


def test_a_price_off_the_tick_grid_is_refused_and_counted(tmp_path: Path) -> None:
    rows = ctp_day("AP010", "20200803", "20200731")
    rows[2]["BidPrice1"] = "6999.50"
    market = read(write_tape(tmp_path / "AP010.csv", CTP_COLUMNS, rows))
    assert market.quarantined["off_tick"] == 1
    assert len(market.rows) == 4


def test_facts_first_said_by_a_refused_row_are_taken_from_the_next(tmp_path: Path) -> None:
    rows = [
        ctp_row("AP010", "20200803", "09:00:00", bid="6999.50"),
        ctp_row("AP010", "20200803", "09:00:01"),
    ]
    market = read(write_tape(tmp_path / "AP010.csv", CTP_COLUMNS, rows))
    assert [(batch, fact.upper_limit) for batch, fact in market.day_facts] == [(0, 7480)]


def test_an_exchange_in_the_file_is_believed(tmp_path: Path) -> None:
    rows = [ctp_row("AP010", "20200803", "09:00:00") | {"ExchangeID": "CZCE"}]
    assert read(write_tape(tmp_path / "AP010.csv", CTP_COLUMNS, rows)).universe == ("CZCE.AP010",)
