from __future__ import annotations

import numpy as np
import pytest

from terminal.domain.ids import InstrumentId
from terminal.domain.market import WIDTH, Column, DayFacts, Recording, Valid

RB, I = InstrumentId("SHFE.rb2101"), InstrumentId("DCE.i2101")  # noqa: E741 - its own letter


def recording() -> Recording:
    """Three batches: rebar; both; nothing but a word about the day."""
    rows = np.zeros((3, WIDTH), dtype=np.int64)
    rows[:, Column.BID] = [3700, 3701, 1660]
    return Recording(
        name="made",
        universe=(RB, I),
        slots=np.array([0, 0, 1], dtype=np.int64),
        rows=rows,
        ends=np.array([1, 3, 3], dtype=np.int64),
        at=np.array([10, 20, 30], dtype=np.int64),
        day_facts=(
            (1, DayFacts(instrument=RB, trading_day=20200821, pre_settlement=3690)),
            (2, DayFacts(instrument=I, trading_day=20200821, settlement=1650)),
            (2, DayFacts(instrument=RB, trading_day=20200821, settlement=3695)),
        ),
        quarantined={},
        absent={},
    )


def test_a_recording_is_cut_into_its_batches() -> None:
    tape = recording()
    batches = list(tape.batches())
    assert len(tape) == len(batches) == 3
    assert [(batch.index, batch.at, batch.slots.tolist()) for batch in batches] == [
        (0, 10, [0]),
        (1, 20, [0, 1]),
        (2, 30, []),
    ]
    assert [batch.rows[:, Column.BID].tolist() for batch in batches] == [[3700], [3701, 1660], []]


def test_what_is_said_about_a_day_comes_with_its_batch() -> None:
    batches = list(recording().batches())
    assert [len(batch.day_facts) for batch in batches] == [0, 1, 2]
    assert [fact.settlement for fact in batches[2].day_facts] == [1650, 3695]


@pytest.mark.parametrize("start", [0, 1, 2, 3])
def test_reading_begins_where_it_is_told_to(start: int) -> None:
    whole = list(recording().batches())
    part = list(recording().batches(start))
    assert [batch.index for batch in part] == [batch.index for batch in whole[start:]]
    assert [batch.day_facts for batch in part] == [batch.day_facts for batch in whole[start:]]


def test_one_batch_is_taken_out_by_its_number() -> None:
    batch = recording().batch(1)
    assert (batch.index, batch.at, batch.slots.tolist(), batch.day_facts) == (1, 20, [0, 1], ())


def test_every_value_that_may_be_missing_has_its_own_bit() -> None:
    bits = [int(bit) for bit in Valid]
    assert len(set(bits)) == len(bits)
    assert sum(bits) == (1 << len(bits)) - 1
    assert len({int(column) for column in Column}) == WIDTH
