"""A desk asks for the older basis of every product of a large market, a few at a time, until each has come."""

from __future__ import annotations

import zlib
from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.ids import ProductId
from terminal.domain.orders.order import Side
from terminal.engine.prices.basis import BASIS_STEP_NS, Basis
from terminal.shell.desk.older_basis import AT_ONCE, UNHEARD
from terminal.sync import messages as m
from terminal.sync.wire import encode
from tests.desk_rig import Seat
from tests.engine_world import RB, terms
from tests.sync_rig import SECOND, Rig, only

EMPTY = zlib.compress(b"")
MANY = 80  # more products than a runner takes messages in a second, or answers at once
PRODUCTS = [ProductId(f"X.p{number:02d}") for number in range(MANY)]


@pytest.fixture
def seat() -> Seat:
    made = Seat(Rig())
    made.connect()
    made.rig.quote()
    made.wait(2)
    made.sent.clear()
    made.drained.clear()
    return made


def quote(seat: Seat, products: list[ProductId], *, after: int = 0, lost: bool = False) -> None:
    at = seat.rig.living.engine.columns.at + after

    def sample(product: ProductId) -> Basis:
        return Basis(
            product=product, trading_day=20200821, at=at, spot=RB, spot_price=Decimal(1), spot_at=at,
            spot_until=at + 9, future=RB, future_price=Decimal(2), future_at=at, future_until=at + 9,
        )  # fmt: skip

    basis = tuple(map(sample, products))
    seat.give(encode(m.Quotes(at=at, trading_day=20200821, updates=1, gateway=True, basis=basis, basis_lost=lost)))


def asked(seat: Seat) -> list[ProductId]:
    return [frame.product for frame in only(seat.sent, m.FetchBasis)]


def came(seat: Seat) -> list[ProductId]:
    return [product for drained in seat.drained for product in drained.history if product in PRODUCTS]


def test_every_product_of_a_large_market_gets_its_history_and_none_is_turned_away(seat: Seat) -> None:
    # Given quotes of more products than may be asked for in a second
    quote(seat, PRODUCTS)
    look(seat)
    assert asked(seat) == PRODUCTS[:AT_ONCE]
    # When the runner answers at once, and the person sends an order meanwhile
    seat.wait(0.5)
    order = seat.press(c.SubmitOrder(terms=terms(Side.BUY, 1, 3690)))
    seat.wait(0.25 * MANY / AT_ONCE)
    # Then each has come, was asked for once, and the order was taken.
    assert sorted(came(seat)) == PRODUCTS
    assert asked(seat) == PRODUCTS
    assert seat.codes(order)[-1] == "OK"


def test_the_next_is_asked_for_when_one_has_come(seat: Seat) -> None:
    quote(seat, PRODUCTS)
    (first, *_) = look(seat)
    seat.runner = None  # the rest is not answered
    assert look(seat) == []
    seat.give(encode(m.Chunk(request=first.request, product=first.product, part=0, last=True, data=EMPTY)))
    assert [frame.product for frame in look(seat)] == [PRODUCTS[AT_ONCE]]


def test_what_was_turned_away_is_asked_for_again_after_a_second_and_nothing_before(seat: Seat) -> None:
    quote(seat, PRODUCTS)
    look(seat)
    seat.runner = None
    seat.sent.clear()
    seat.give(encode(m.Throttle(sentence="每秒最多 50 条消息")))
    quote(seat, PRODUCTS)
    look(seat, SECOND - 1)
    assert asked(seat) == []
    look(seat, 1)
    assert len(asked(seat)) == AT_ONCE
    assert set(asked(seat)) <= set(PRODUCTS[AT_ONCE:])  # after what waited longer


def test_what_nothing_is_heard_of_for_ten_seconds_is_asked_for_again_and_then_less_often(seat: Seat) -> None:
    quote(seat, PRODUCTS[:1])
    (first,) = look(seat)
    seat.runner = None
    look(seat, UNHEARD - 1)
    assert len(asked(seat)) == 1
    look(seat, 1)
    assert asked(seat) == PRODUCTS[:1] * 2
    look(seat, UNHEARD)
    assert len(asked(seat)) == 2
    look(seat, UNHEARD)
    assert len(asked(seat)) == 3
    # The answer to what is not waited for any more is no answer to the new question.
    seat.give(encode(m.Chunk(request=first.request, product=first.product, part=0, last=True, data=EMPTY)))
    seat.look()
    assert came(seat) == []
    last = only(seat.sent, m.FetchBasis)[-1]
    seat.give(encode(m.Chunk(request=last.request, product=last.product, part=0, last=True, data=EMPTY)))
    seat.look()
    assert came(seat) == PRODUCTS[:1]


def test_a_part_of_a_long_history_is_a_sign_of_life(seat: Seat) -> None:
    quote(seat, PRODUCTS[:1])
    (first,) = look(seat)
    seat.runner = None
    for part in range(3):
        look(seat, UNHEARD - 1)
        chunk = m.Chunk(request=first.request, product=first.product, part=part, last=part == 2, data=EMPTY)
        seat.give(encode(chunk))
    seat.look()
    assert asked(seat) == came(seat) == PRODUCTS[:1]


def test_lost_samples_are_asked_for_again_up_to_now_and_only_a_few_at_once(seat: Seat) -> None:
    quote(seat, PRODUCTS[:3])
    look(seat)
    seat.pump()
    seat.sent.clear()
    quote(seat, [], after=BASIS_STEP_NS, lost=True)
    again = look(seat)
    at = seat.rig.living.engine.columns.at + BASIS_STEP_NS
    assert [frame.product for frame in again if frame.product in PRODUCTS] == PRODUCTS[:3]
    assert {frame.before for frame in again} == {(at // BASIS_STEP_NS + 1) * BASIS_STEP_NS}


def test_another_connection_asks_anew_and_takes_no_answer_to_the_one_before(seat: Seat) -> None:
    quote(seat, PRODUCTS)
    look(seat)
    seat.lose()
    seat.connect()
    seat.sent.clear()
    quote(seat, PRODUCTS)
    look(seat)
    assert asked(seat) == PRODUCTS[:AT_ONCE]


def look(seat: Seat, after: int = 0) -> list[m.FetchBasis]:
    """Look at the clock so much later, and send what comes of it."""
    seat.rig.now += after
    seat.look()
    return only(seat.up(), m.FetchBasis)
