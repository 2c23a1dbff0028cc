from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.backtest.run import digest_of
from terminal.backtest.sweep.window import cut, days_of, windows
from tests import tapes
from tests.random_tape import DAYS, RandomTape

NUMBERS = tuple(day for day, _ in DAYS)


@given(count=st.integers(0, 40), inside=st.integers(1, 12), outside=st.integers(1, 12))
def test_every_day_after_the_first_choice_is_judged_once_by_the_days_just_before_it(
    count: int, inside: int, outside: int
) -> None:
    days = list(range(100, 100 + count))
    found = windows(days, in_days=inside, out_days=outside)
    judged = [day for window in found for day in range(window.judged[0], window.judged[1] + 1)]
    assert judged == days[inside:]
    for window in found:
        assert window.chosen[1] - window.chosen[0] + 1 == inside
        assert window.judged[0] == window.chosen[1] + 1
        assert window.judged[1] - window.judged[0] < outside


@pytest.mark.parametrize("seed", [0, 3])
def test_the_days_of_a_recording_are_all_of_it_and_each_is_its_own(seed: int) -> None:
    tape, calendar = RandomTape(seed).recording(), tapes.reference().calendar
    assert days_of(tape, calendar) == NUMBERS
    assert digest_of(cut(tape, calendar, (NUMBERS[0], NUMBERS[-1]))) == digest_of(tape)
    parts = [cut(tape, calendar, (day, day)) for day in NUMBERS]
    assert sum(map(len, parts)) == len(tape)
    assert sum(len(part.day_facts) for part in parts) == len(tape.day_facts)
    for day, part in zip(NUMBERS, parts, strict=True):
        assert {calendar.trading_day(int(at)) for at in part.at} == {day}
        assert {fact.trading_day for _, fact in part.day_facts} <= {day}
        batches = list(part.batches())
        assert sum(len(batch.rows) for batch in batches) == len(part.slots)
    whole = [(int(batch.at), batch.rows.tolist(), batch.slots.tolist()) for batch in tape.batches()]
    again = [(int(batch.at), batch.rows.tolist(), batch.slots.tolist()) for part in parts for batch in part.batches()]
    assert again == whole
