from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import commands as c
from terminal.domain.ids import ConfirmationId
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Scope
from terminal.sync.age import Offset, ttl_ms
from tests.engine_world import ONE, terms
from tests.two_desks_people import GRID, SETTINGS

ORDER = terms(Side.BUY, 1, 3690)


@pytest.mark.parametrize(
    ("body", "ms"),
    [
        (c.SubmitOrder(terms=ORDER), 3_000),
        (c.EditOrder(account=ONE, confirmation=ConfirmationId("k"), terms=ORDER), 3_000),
        (c.StartStrategy(account=ONE, strategy=GRID, settings=SETTINGS), 3_000),
        (c.ResumeStrategy(account=ONE, strategy=GRID), 3_000),
        (c.ChangeStrategy(account=ONE, strategy=GRID, base_version=1, settings=SETTINGS), 3_000),
        (c.Release(account=ONE, scope=Scope(), reason=""), 3_000),
        (c.ApproveOrder(account=ONE, confirmation=ConfirmationId("k"), order_hash="", signature=""), 30_000),
        (c.CancelAll(account=ONE), 86_400_000),
        (c.Kill(account=ONE, scope=Scope(), reason=""), 86_400_000),
        (c.SaveDocument(name="x", base_version=0, body=""), 86_400_000),
    ],
)
def test_what_could_make_an_order_lives_three_seconds_and_an_approval_thirty(body, ms):
    assert ttl_ms(body) == ms


@given(st.integers(-(10**18), 10**18), st.lists(st.tuples(st.integers(0, 10**10), st.integers(0, 10**10)), min_size=1))
def test_an_age_is_never_reckoned_too_young_however_the_directions_are_delayed(skew, trips):
    offset, now = Offset(), 0
    for out, back in trips:
        sent, now = now, now + out + back
        offset.heard(sent=sent, theirs=sent + out - skew, now=now)
    assert offset.value is not None
    assert offset.value <= skew  # so `now - (pressed + offset)` is at least the true age
    assert offset.value == skew - min(out for out, _ in trips[-12:])


def test_before_the_first_pong_there_is_no_offset():
    assert Offset().value is None


def test_a_clock_that_was_set_back_by_a_sleep_drops_what_was_measured_before():
    offset = Offset()
    offset.heard(sent=0, theirs=-1_000, now=2)
    assert offset.value == 1_000
    offset.heard(sent=10, theirs=510, now=12)  # our clock stood still meanwhile
    assert offset.value == -500
