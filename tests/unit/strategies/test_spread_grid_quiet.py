"""What a grid over a spread sleeps through while a leg has not traded yet: no quote that matters, nor a first trade."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import pytest

from terminal.domain.market import Column
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import SpreadGrid, SpreadSettings
from terminal.domain.quiet import Quiet
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.table import SPREAD
from tests.unit.strategies.spreading import FAR, NEAR, calendar, trade
from tests.unit.strategies.traded import future
from tests.unit.strategies.world import STRATEGY, World


def opened(side: Side, low: int, high: int, *, held: bool = False, far: bool = False, trails: bool = False) -> World:
    """Return a grid whose far month has not traded, of a price between two ends: yuan on the way to its losing side.

    Its lines lie at 10 and 20, its bounds at -5 and 30, or far away, and its stop at 32. It holds both lines, or
    nothing. One that trails does so from -10 on.
    """
    wins, loses = (-50, 90) if far else (-5, 30)
    sign, zero = side.sign, Decimal(100)
    made = World(
        calendar(
            buy_at=min(zero, zero - sign * 10),
            sell_at=max(zero, zero - sign * 10),
            sets=1,
            max_sets=2,
            pause_seconds=1,
            grid=SpreadGrid(
                side=side,
                lines=2,
                stop=zero - sign * 32,
                lower=min(zero - sign * wins, zero - sign * loses),
                upper=max(zero - sign * wins, zero - sign * loses),
                trail_to=zero + sign * 40 if trails else None,
            ),
        ),
        [future(NEAR), future(FAR)],
    )
    book(made, side, 20 if held else 0, 20 if held else 0, last=0)
    trade(made)
    assert abs(made.net("leg:0")) == (2 if held else 0)
    made.wait(10)
    book(made, side, low, high, last=None)
    return made


def book(made: World, side: Side, *ends: int, last: int | None) -> None:
    low, high = sorted(7100 - side.sign * end for end in ends)
    made.show(NEAR, 7000, 7000)
    made.show(FAR, low, high)
    made.quotes[FAR] = made.quotes[FAR]._replace(last=last)


def quiet_of(made: World) -> Quiet | None:
    assert isinstance(made.memory, SpreadMemory)
    assert not made.memory.doubted_at
    assert isinstance(made.settings, SpreadSettings)
    return SPREAD.quiet(STRATEGY, made.settings, made.memory, made)


def corners(quiet: Quiet) -> Iterator[tuple[int, int, int, int]]:
    """Yield near's and far's bid and ask at the ends of what they may do in it."""
    ends = {(band.instrument, band.column): (band.low, band.high) for band in quiet.bands}
    columns = [ends[name, column] for name in (NEAR, FAR) for column in (Column.BID, Column.ASK)]
    for near_bid, near_ask, bid, ask in product(*columns):
        if near_bid <= near_ask and bid <= ask:
            yield near_bid, near_ask, bid, ask


def wanted(made: World) -> tuple[object, ...]:
    found = made.kind.decide(STRATEGY, made.settings, made.memory, made)
    return (*found.marks, *found.intents, *found.cancels)


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(
    ("middle", "held", "far"), [(3, False, False), (-4, False, True), (24, True, False), (25, True, True)]
)
@pytest.mark.parametrize("trails", [False, True])
@pytest.mark.parametrize("wide", range(5))
def test_within_what_it_sleeps_through_it_wants_nothing_whether_or_not_it_trades(
    side: Side, middle: int, held: bool, far: bool, trails: bool, wide: int
) -> None:
    made = opened(side, middle - wide, middle + wide, held=held, far=far, trails=trails)
    assert not wanted(made)
    quiet = quiet_of(made)
    assert quiet is not None
    for near_bid, near_ask, bid, ask in corners(quiet):
        for last in (None, 7000):
            made.show(NEAR, near_bid, near_ask, last=7000)
            made.show(FAR, bid, ask)
            made.quotes[FAR] = made.quotes[FAR]._replace(last=last)
            assert not wanted(made)


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("last", [None, 7100])
def test_it_sleeps_while_anything_of_the_price_is_inside_its_range(side: Side, last: int | None) -> None:
    made = opened(side, -6, 8)
    book(made, side, -6, 8, last=last)
    assert not wanted(made)
    quiet = quiet_of(made)
    assert quiet is not None
    for near_bid, near_ask, bid, ask in corners(quiet):
        made.show(NEAR, near_bid, near_ask, last=7000)
        made.show(FAR, bid, ask)
        made.quotes[FAR] = made.quotes[FAR]._replace(last=last)
        assert not wanted(made)
    # All of it is outside: it is left.
    book(made, side, -6, -6, last=last)
    assert wanted(made)


@pytest.mark.parametrize("side", list(Side))
def test_what_holds_lots_wakes_when_one_end_of_the_price_is_at_its_stop(side: Side) -> None:
    made = opened(side, 22, 31, held=True, far=True)
    assert not wanted(made)
    assert quiet_of(made) is not None
    book(made, side, 22, 32, last=None)
    assert wanted(made)
