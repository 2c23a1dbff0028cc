"""The real recordings, read whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.domain.days.calendar import instant
from terminal.domain.market import Column, Recording, Valid
from tests.tapes import read


@pytest.fixture(scope="module")
def whole_market(shared_data: Path) -> Recording:
    return read(shared_data / "tick" / "whole_market")


@pytest.fixture(scope="module")
def apples(shared_data: Path) -> Recording:
    return read(shared_data / "tick" / "ctp_full" / "AP*.csv.gz")


@pytest.fixture(scope="module")
def rubber(shared_data: Path) -> Recording:
    return read(shared_data / "tick" / "ctp_full" / "ru1901*.csv.gz")


@pytest.fixture(scope="module")
def many(shared_data: Path) -> Recording:
    return read(shared_data / "tick" / "multi_20170424")


def of(market: Recording, instrument: str) -> NDArray[np.int64]:
    kept: NDArray[np.int64] = market.rows[market.slots == list(map(str, market.universe)).index(instrument)]
    return kept


def sound(market: Recording) -> bool:
    """Return whether clock, batches and volumes are as everything above relies on."""
    inside = bool((np.diff(market.at) >= 0).all() and (np.diff(market.ends) >= 0).all())
    prices = all(
        (market.rows[(market.rows[:, Column.MASK] & bit) != 0, column] > 0).all()
        for column, bit in ((Column.BID, Valid.BID), (Column.ASK, Valid.ASK), (Column.LAST, Valid.LAST))
    )
    return inside and prices and int(market.ends[-1]) == len(market.rows)


def test_every_update_of_the_whole_market_is_read(whole_market: Recording) -> None:
    assert len(whole_market.rows) == 152_670
    assert len(whole_market.universe) == 64
    assert len(whole_market) == 25_931
    assert whole_market.quarantined == {}
    assert whole_market.absent == {"bid": 1198, "ask": 0, "last": 16, "volume": 0, "open_interest": 0}
    assert whole_market.name == "回放 2020-08-21"
    assert sound(whole_market)


def test_glass_is_locked_from_thirteen_fifty_five_ten_on(whole_market: Recording) -> None:
    glass = of(whole_market, "CZCE.FG101")
    locked = (glass[:, Column.MASK] & int(Valid.BID)) == 0
    assert int(locked.sum()) == 1198
    assert int(glass[locked, Column.EXCHANGE_AT][0]) == instant(20200821, 13, 55, 10)
    assert set(glass[locked, Column.ASK].tolist()) == {1740}
    assert set(of(whole_market, "CZCE.PM105")[:, Column.LAST].tolist()) == {0}


def test_apples_are_five_trading_days_side_by_side(apples: Recording) -> None:
    assert apples.universe == ("CZCE.AP010", "CZCE.AP101")
    assert len(apples.rows) == 102_800 - 20
    assert apples.quarantined == {"outside_session": 10, "duplicate": 10}
    assert sound(apples)
    settled = {(str(f.instrument), f.trading_day): f.settlement for _, f in apples.day_facts if f.settlement}
    days = (20200803, 20200804, 20200805, 20200806, 20200807)
    assert [settled["CZCE.AP010", day] for day in days] == [7104, 7159, 7157, 7081, 6891]
    assert [settled["CZCE.AP101", day] for day in days] == [7231, 7334, 7332, 7271, 7185]
    opening = [(apples.batch(batch).at, fact) for batch, fact in apples.day_facts if not fact.settlement]
    assert opening[0][0] == instant(20200731, 19, 29)
    assert [fact.trading_day for _, fact in opening[::2]] == list(days)
    assert len(apples.day_facts) == 20


def test_rubbers_trading_day_changes_at_nine_in_the_evening(rubber: Recording) -> None:
    assert len(rubber.rows) == 38_536 + 39_541 + 38_421
    assert rubber.quarantined == {}
    assert sound(rubber)
    falls = np.flatnonzero(np.diff(rubber.rows[:, Column.VOLUME]) < 0) + 1
    turns = [instant(day, 21, 0, 0, 500_000_000) for day in (20181008, 20181009, 20181010)]
    assert rubber.rows[falls, Column.EXCHANGE_AT].tolist() == turns
    days = {fact.trading_day: (rubber.batch(batch).at, fact.settlement) for batch, fact in rubber.day_facts}
    assert list(days) == [20181008, 20181009, 20181010, 20181011]
    assert [days[day][1] for day in (20181008, 20181009, 20181010)] == [2462, 2524, 2522]
    assert days[20181011] == (turns[2], None)


def test_every_row_of_the_multi_file_day_is_a_quote_or_counted(many: Recording) -> None:
    assert len(many.universe) == 27
    assert len(many.rows) + sum(many.quarantined.values()) == 409_075
    # au1706 holds 198 rows with prices cut to 284.849 and the like: no multiple of its tick of 0.05.
    assert many.quarantined == {"trading_day": 47, "off_tick": 198, "outside_session": 34, "duplicate": 1}
    assert sound(many)


def test_swapped_rows_are_ordered_and_friday_nights_stray_is_gone(many: Recording) -> None:
    for name, rows in (("CZCE.TA709", 20_579), ("CZCE.SM705", 4_481), ("CZCE.CF709", 14_267), ("CZCE.SF705", 3_022)):
        kept = of(many, name)
        assert len(kept) == rows
        assert (np.diff(kept[:, Column.VOLUME]) >= 0).all()
        assert int(kept[-1, Column.EXCHANGE_AT]) < instant(20170424, 15)


def test_saturdays_last_snapshot_opens_mondays_trading_day(many: Recording) -> None:
    assert many.at[:2].tolist() == [
        instant(20170422, 1, 0, 0, 500_000_000),
        instant(20170422, 2, 30, 0, 500_000_000),
    ]
    assert {many.universe[slot] for slot in many.slots[: many.ends[1]].tolist()} == {
        "SHFE.ag1706", "SHFE.au1706", "SHFE.pb1705", "SHFE.sn1705",
    }  # fmt: skip
    assert {fact.trading_day for _, fact in many.day_facts} == {20170424}


def test_every_contract_of_the_day_has_its_settlement(many: Recording) -> None:
    settled = {str(fact.instrument): fact.settlement for _, fact in many.day_facts if fact.settlement}
    assert len(settled) == 27
    assert settled["CZCE.TA709"] == 2499, "4998; Friday night's stray says 5000"
    assert settled["CFFEX.TF1706"] == 19_621
    assert settled["DCE.y1709"] == 2927
    limits = {str(fact.instrument): (fact.upper_limit, fact.lower_limit) for _, fact in many.day_facts}
    assert limits["CFFEX.IF1705"] == (18_912, 15_474)


def test_a_recording_reads_the_same_twice(shared_data: Path, whole_market: Recording) -> None:
    again = read(shared_data / "tick" / "whole_market")
    for column in ("slots", "rows", "ends", "at"):
        assert (getattr(again, column) == getattr(whole_market, column)).all()
