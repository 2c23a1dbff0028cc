"""Damage recordings and tapes at random: the answer is a sentence or a sound market, never anything else."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.domain.errors import UserError
from terminal.domain.market import Column, Recording, Valid
from terminal.store.tape import load_recording, save_recording
from tests import bar_tapes, tapes

RECORDINGS = ("ctp_full", "night", "whole_market", "multi")
OF_BARS = ("bars", "legs")

# A cut keeps a share of the bytes; a flip changes one; a splice copies some bytes to another place.
CUT = st.tuples(st.just("cut"), st.floats(0, 1), st.just(0))
FLIP = st.tuples(st.just("flip"), st.floats(0, 1), st.integers(1, 255))
SPLICE = st.tuples(st.just("splice"), st.floats(0, 1), st.integers(1, 400))
DAMAGE = st.lists(st.one_of(CUT, FLIP, FLIP, SPLICE), min_size=1, max_size=4)

HOUSE = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])

Damage = list[tuple[str, float, int]]


def spoil(data: bytes, damage: Damage) -> bytes:
    for kind, share, amount in damage:
        place = min(int(share * len(data)), max(len(data) - 1, 0))
        if kind == "cut":
            data = data[:place]
        elif kind == "flip" and data:
            data = data[:place] + bytes([data[place] ^ amount]) + data[place + 1 :]
        else:
            data = data[:place] + data[place // 2 : place // 2 + amount] + data[place:]
    return data


@cache
def recorded(kind: str) -> bytes:
    ctp = tapes.ctp_day("AP010", "20200803", "20200731")
    rows = {
        "ctp_full": (tapes.CTP_COLUMNS, ctp),
        "night": (tapes.CTP_COLUMNS, [tapes.ctp_row("ru1901", "20181009", "21:00:00", action_day="20181008", last="N/A",
                                                    bid="12300", ask="12305")] * 3),
        "whole_market": (tapes.MARKET_COLUMNS, [tapes.market_row("DCE.i2101", ms, volume=str(ms)) for ms in range(9)]),
        "multi": (tapes.MULTI_COLUMNS, [*tapes.index_future_rows(), *tapes.swapped_rows()]),
        "bars": (bar_tapes.VNPY.split(","), [
            {"local_symbol": "rb2401.SHFE", "datetime": f"2023-10-10 09:0{minute}:00", "open_price": "3649.0",
             "close_price": f"365{minute}.0", "high_price": "3660.0", "low_price": "3640.0", "volume": "90.0",
             "turnover": "0.0", "open_interest": "1000.0"} for minute in range(1, 9)]),
        "legs": (bar_tapes.SPREAD.split(","), [
            {"Contract_Name": "RB2010-RB2101", "Time": f"2020-08-18 09:0{minute}:00", "Main_Contract_Price": "3830.0",
             "Sub_Contract_Price": f"375{minute}.0", "Price_Gap": f"{80 - minute}.0"} for minute in range(9)]),
    }  # fmt: skip
    columns, market = rows[kind]
    return tapes.tape_bytes(columns, market)


def assert_sound(market: Recording) -> None:
    assert len(market.rows) == len(market.slots) == market.ends[-1]
    assert len(market.ends) == len(market.at)
    assert (np.diff(market.ends) >= 0).all()
    assert (np.diff(market.at) >= 0).all()
    assert set(np.unique(market.slots)) <= set(range(len(market.universe)))
    for column, bit in ((Column.BID, Valid.BID), (Column.ASK, Valid.ASK), (Column.LAST, Valid.LAST)):
        there = (market.rows[:, Column.MASK] & int(bit)) != 0
        assert (market.rows[there, column] > 0).all()
        assert (market.rows[~there, column] == 0).all()
    assert (market.rows >= 0).all()
    assert market.bars is None or len(market.bars) == len(market.rows)
    assert sum(len(batch.slots) for batch in market.batches()) == len(market.rows)


def market_or_sentence(read: Callable[[Path], Recording], path: Path) -> Recording | None:
    """Return the market, or nothing after one sentence; whatever else is raised fails the test."""
    sentence = "?"
    try:
        return read(path)
    except UserError as trouble:
        sentence = trouble.message
    assert sentence
    assert "\n" not in sentence
    return None


def read_damaged(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    market = market_or_sentence(tapes.read, path)
    if market is not None:
        assert_sound(market)


@pytest.mark.parametrize("kind", [*RECORDINGS, *OF_BARS])
@HOUSE
@given(damage=DAMAGE)
def test_a_damaged_recording_is_a_sentence_or_a_sound_market(tmp_path: Path, kind: str, damage: Damage) -> None:
    read_damaged(tmp_path / "tape.csv", spoil(recorded(kind), damage))


@pytest.mark.parametrize("kind", RECORDINGS)
@HOUSE
@given(damage=DAMAGE)
def test_a_damaged_packed_recording_is_a_sentence_or_a_sound_market(tmp_path: Path, kind: str, damage: Damage) -> None:
    read_damaged(tmp_path / "tape.csv.gz", spoil(gzip.compress(recorded(kind), mtime=0), damage))


@HOUSE
@given(data=st.binary(max_size=300))
def test_bytes_of_no_meaning_are_a_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "tape.csv").write_bytes(data)
    with pytest.raises(UserError):
        tapes.read(tmp_path / "tape.csv")


@pytest.mark.parametrize("name", ["manifest.json", "rows.npy", "slots.npy", "ends.npy", "at.npy"])
@HOUSE
@given(damage=DAMAGE)
def test_a_damaged_tape_never_loads(tmp_path: Path, name: str, damage: Damage) -> None:
    folder = tmp_path / "tape"
    if not folder.exists():
        (tmp_path / "tape.csv").write_bytes(recorded("multi"))
        save_recording(tapes.read(tmp_path / "tape.csv"), folder)
    whole = (folder / name).read_bytes()
    torn = spoil(whole, damage)
    (folder / name).write_bytes(torn)
    try:
        if torn == whole:
            load_recording(folder)
        else:
            with pytest.raises(UserError):
                load_recording(folder)
    finally:
        (folder / name).write_bytes(whole)
