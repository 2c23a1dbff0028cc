from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.errors import InvariantError
from terminal.domain.orders.offset import Bucket, bucket_of, closable, plan_close
from terminal.domain.orders.order import Offset, Side
from terminal.domain.view import PositionView
from tests.books import instrument

EXPLICIT, PLAIN = instrument("SHFE.rb2510"), instrument("DCE.m2509")
HELD = PositionView(5, 10, 3, 4, 1, 2, 0, 4)


def test_shanghai_keeps_today_apart_and_plain_close_means_yesterday() -> None:
    assert bucket_of(EXPLICIT, Offset.CLOSE_TODAY) is Bucket.TODAY
    assert bucket_of(EXPLICIT, Offset.CLOSE) is Bucket.YESTERDAY
    assert bucket_of(EXPLICIT, Offset.CLOSE_YESTERDAY) is Bucket.YESTERDAY


@pytest.mark.parametrize("offset", [Offset.CLOSE, Offset.CLOSE_TODAY, Offset.CLOSE_YESTERDAY])
def test_elsewhere_every_close_takes_the_oldest_lots(offset: Offset) -> None:
    assert bucket_of(PLAIN, offset) is Bucket.OLDEST_FIRST
    assert closable(PLAIN, HELD, Side.SELL, offset) == 12


def test_opening_takes_no_lots() -> None:
    with pytest.raises(InvariantError):
        bucket_of(EXPLICIT, Offset.OPEN)


def test_closable_is_what_no_pending_close_holds_on_the_side_the_order_closes() -> None:
    assert closable(EXPLICIT, HELD, Side.SELL, Offset.CLOSE_TODAY) == 4
    assert closable(EXPLICIT, HELD, Side.SELL, Offset.CLOSE) == 8
    assert closable(EXPLICIT, HELD, Side.BUY, Offset.CLOSE_TODAY) == 3
    assert closable(EXPLICIT, HELD, Side.BUY, Offset.CLOSE_YESTERDAY) == 0


def test_more_frozen_than_held_closes_nothing() -> None:
    zombie = PositionView(0, 0, 0, 0, 0, 5, 0, 0)
    assert closable(EXPLICIT, zombie, Side.SELL, Offset.CLOSE) == 0
    assert closable(EXPLICIT, zombie, Side.SELL, Offset.CLOSE_TODAY) == 0
    assert plan_close(PLAIN, zombie, Side.SELL, 1) == ()


def test_shanghai_closes_yesterday_first_unless_told_otherwise() -> None:
    assert plan_close(EXPLICIT, HELD, Side.SELL, 10) == ((Offset.CLOSE_YESTERDAY, 8), (Offset.CLOSE_TODAY, 2))
    assert plan_close(EXPLICIT, HELD, Side.SELL, 10, today_first=True) == (
        (Offset.CLOSE_TODAY, 4),
        (Offset.CLOSE_YESTERDAY, 6),
    )
    assert plan_close(EXPLICIT, HELD, Side.BUY, 9) == ((Offset.CLOSE_TODAY, 3),)


def test_elsewhere_one_plain_close_does_it() -> None:
    assert plan_close(PLAIN, HELD, Side.SELL, 10) == ((Offset.CLOSE, 10),)
    assert plan_close(PLAIN, HELD, Side.BUY, 10) == ((Offset.CLOSE, 3),)


@pytest.mark.parametrize("lots", [0, -1])
def test_a_wish_for_no_lots_is_a_broken_invariant(lots: int) -> None:
    with pytest.raises(InvariantError):
        plan_close(PLAIN, HELD, Side.SELL, lots)


COUNT = st.integers(0, 30)


@given(
    st.builds(PositionView, *[COUNT] * 8),
    st.sampled_from(Side),
    st.integers(1, 100),
    st.booleans(),
    st.booleans(),
)
def test_the_parts_never_open_never_exceed_the_wish_or_what_is_closable(
    position: PositionView, side: Side, lots: int, explicit: bool, today_first: bool
) -> None:
    terms = EXPLICIT if explicit else PLAIN
    parts = plan_close(terms, position, side, lots, today_first=today_first)
    assert sum(part for _, part in parts) <= lots
    assert len({offset for offset, _ in parts}) == len(parts)
    for offset, part in parts:
        assert offset is not Offset.OPEN
        assert 0 < part <= closable(terms, position, side, offset)
    if sum(part for _, part in parts) < lots:  # then nothing closable was left over
        left = dict(parts)
        offsets = (Offset.CLOSE_TODAY, Offset.CLOSE_YESTERDAY) if explicit else (Offset.CLOSE,)
        assert all(closable(terms, position, side, offset) == left.get(offset, 0) for offset in offsets)
