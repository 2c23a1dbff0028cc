"""The calendar agrees with what was recorded of real trading days."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

from terminal.domain.days.calendar import (
    SECOND_NS,
    instant,
)
from terminal.domain.days.sessions import Phase, SessionId
from terminal.store.reference import load_calendar

CALENDAR = load_calendar()
REBAR, GOLD, COPPER = SessionId("SHFE.2300"), SessionId("SHFE.0230"), SessionId("SHFE.0100")
APPLE, COTTON, ORE = SessionId("CZCE.day"), SessionId("CZCE.2300"), SessionId("DCE.2300")
INDEX, BOND = SessionId("CFFEX.index"), SessionId("CFFEX.bond")


def phase(session: SessionId, at: int) -> Phase:
    return CALENDAR.session(session, at).phase


def rows(file: Path) -> list[dict[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def stamp(day: str, clock: str) -> int:
    hour, minute, second = (int(part) for part in clock.split(":"))
    return instant(int(day.replace("-", "")), hour, minute, second)


def test_the_calendar_agrees_with_the_trading_day_of_recorded_ctp_rows(shared_data: Path) -> None:
    files = sorted((shared_data / "tick" / "ctp_full").glob("*.csv.gz"))
    assert len(files) == 13
    for file in files:
        for row in rows(file):
            at = stamp(row["ActionDay"], row["UpdateTime"])
            assert CALENDAR.trading_day(at) == int(row["TradingDay"]), (file.name, row["UpdateTime"])


def test_friday_nights_last_rows_belong_to_monday(shared_data: Path) -> None:
    for name in ("ag1706", "au1706", "pb1705", "sn1705"):
        first = rows(shared_data / "tick" / "multi_20170424" / f"{name}_20170424.csv.gz")[0]
        assert first["dataDate"] == "2017-04-22"
        assert CALENDAR.trading_day(stamp(first["dataDate"], first["dataTime"])) == 20170424


def test_ru_trades_when_the_calendar_says_so(shared_data: Path) -> None:
    traded = 0
    for day in ("20181008", "20181009", "20181010"):
        before = 0
        for row in rows(shared_data / "tick" / "ctp_full" / f"ru1901_{day}.csv.gz"):
            at = stamp(row["ActionDay"], row["UpdateTime"])
            if int(row["Volume"]) > before and before:
                # A trade may be reported with the second in which its session ends.
                assert phase(REBAR, at - SECOND_NS) is Phase.CONTINUOUS or phase(REBAR, at) is Phase.CONTINUOUS
                traded += 1
            before = int(row["Volume"])
    assert traded > 50_000


def test_minute_bars_begin_only_inside_continuous_trading(shared_data: Path) -> None:
    for name, session in (("DCE.m2005", ORE), ("SHFE.cu1905", COPPER), ("SHFE.au1912", GOLD)):
        for row in rows(shared_data / "bar_1min" / f"{name}_1min_tqsdk.csv.gz"):
            assert phase(session, int(row["datetime_ns"])) is Phase.CONTINUOUS, (name, row["datetime_shanghai"])


def test_the_whole_market_was_recorded_inside_one_interval(shared_data: Path) -> None:
    file = shared_data / "tick" / "whole_market" / "all_mains_20200821_1337_1410.csv.gz"
    stamps = [int(row["local_nano_time"]) for row in rows(file)]
    for session in (REBAR, GOLD, APPLE, COTTON, ORE, INDEX, BOND):
        assert CALENDAR.session(session, min(stamps)) is CALENDAR.session(session, max(stamps))
    assert CALENDAR.trading_day(max(stamps)) == 20200821
