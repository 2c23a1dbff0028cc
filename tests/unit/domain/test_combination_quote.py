"""What a combination is quoted at: derived from both of its legs, or as a feed tells it."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.ids import InstrumentId
from terminal.domain.products.combination import Combination, combination_of
from terminal.domain.products.combination_quote import combinations_among, listed_line, quote_of
from terminal.domain.products.instrument import Kind
from terminal.domain.view import Quote
from tests.engine_market import FAR_ORE, ORE_SPREAD, I, instruments

TICKS = st.integers(1, 5_000)
LOTS = st.integers(0, 300)


def quote(bid: int | None, ask: int | None, lots: tuple[int, int] = (5, 7), at: int = 9) -> Quote:
    return Quote(bid, ask, bid, *lots, 1, 1, 1792, 1526, 1600, at, at)


def ore() -> Combination:
    found = combination_of(instruments()[I], instruments()[FAR_ORE])
    assert found is not None
    return found


@given(st.tuples(TICKS, TICKS), st.tuples(TICKS, TICKS), st.tuples(LOTS, LOTS), st.tuples(LOTS, LOTS))
def test_what_is_derived_is_what_both_legs_cost_or_bring_for_the_lots_both_show(
    near: tuple[int, int], far: tuple[int, int], near_lots: tuple[int, int], far_lots: tuple[int, int]
) -> None:
    first, second = ((min(one), max(one)) for one in (near, far))
    found = quote_of(ore(), {I: quote(first[0], first[1], near_lots), FAR_ORE: quote(second[0], second[1], far_lots)})
    assert found is not None
    told = found.quote
    assert found.derived
    assert (told.bid, told.ask) == (first[0] - second[1], first[1] - second[0])
    assert (told.bid_lots, told.ask_lots) == (min(near_lots[0], far_lots[1]), min(near_lots[1], far_lots[0]))
    assert (told.last, told.volume, told.open_interest, told.pre_settlement) == (None, None, None, None)


def test_a_side_that_a_leg_does_not_show_is_not_there() -> None:
    found = quote_of(ore(), {I: quote(1660, None), FAR_ORE: quote(1600, 1601)})
    assert found is not None
    assert (found.quote.bid, found.quote.ask, found.quote.ask_lots) == (59, None, 0)
    assert quote_of(ore(), {I: quote(1660, 1661)}) is None


def test_it_is_as_old_as_its_older_leg_and_bounded_by_both_legs_limits() -> None:
    found = quote_of(ore(), {I: quote(1660, 1661, at=5), FAR_ORE: quote(1600, 1601, at=8)})
    assert found is not None
    assert (found.quote.exchange_at, found.quote.received_at) == (5, 5)
    assert (found.quote.lower_limit, found.quote.upper_limit) == (1526 - 1792, 1792 - 1526)


def test_off_its_own_grid_it_is_moved_against_whoever_takes_it() -> None:
    coarse = msgspec.structs.replace(ore(), tick=Decimal(1))
    found = quote_of(coarse, {I: quote(1660, 1661), FAR_ORE: quote(1600, 1601)})
    assert found is not None
    assert (found.quote.bid, found.quote.ask) == (29, 31)  # of 29.5 and 30.5


def test_what_a_feed_tells_goes_first() -> None:
    told = quote(57, 62)
    found = quote_of(ore(), {ORE_SPREAD: told, I: quote(1660, 1661), FAR_ORE: quote(1600, 1601)})
    assert found == (told, False)


def test_every_listed_pair_is_a_line_of_its_own_that_takes_limit_orders() -> None:
    (found,) = combinations_among(instruments()[name] for name in (FAR_ORE, InstrumentId("SHFE.rb2101"), I))
    line = listed_line(found)
    assert (line.id, line.kind, line.name) == (ORE_SPREAD, Kind.COMBINATION, "铁矿石2101−2105")
    assert (line.tick, line.max_lots, line.expiry) == (found.tick, found.max_lots, found.expiry)
    assert [kind.price_kind for kind in line.order_kinds] == ["LIMIT"]
    assert line.product not in {leg.product for leg in found.legs}
