"""A grid over a contract and one over a spread leave their bounds, stop, and follow the price by the same rules."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain.fact.exit_marks import ExitDoubted, ExitSeen
from terminal.domain.fact.marks import RangeEntered, RangeLeft, StrategyMark
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings, OutOfRange, SpreadGrid, SpreadSettings
from terminal.strategies.grid import stop, trailing
from terminal.strategies.grid.stage import CALM
from terminal.strategies.spread import lines
from tests.unit.strategies.spreading import FAR, NEAR, calendar
from tests.unit.strategies.test_grid import RB, grid
from tests.unit.strategies.traded import future
from tests.unit.strategies.world import SECOND, World

ANCHOR, STEP, LINES = 3200, 20, 3


class Both(NamedTuple):
    """The same grid twice: over a contract, and over a spread that costs what the contract does."""

    price: GridSettings
    spread: SpreadSettings

    @property
    def grid(self) -> SpreadGrid:
        assert self.spread.grid is not None
        return self.spread.grid


def both(side: Side, *, step: int = STEP, trail: int | None = None) -> Both:
    """Return grids whose losing bound lies 100 yuan from the anchor, the stop 110, the winning bound 100."""
    sign = side.sign
    trail_to = None if trail is None else Decimal(ANCHOR + sign * trail)
    at = {"stop": Decimal(ANCHOR - sign * 110), "lower": Decimal(ANCHOR - 100), "upper": Decimal(ANCHOR + 100)}
    low, high = sorted((ANCHOR, ANCHOR - sign * step))
    return Both(
        grid(side=side, anchor=Decimal(ANCHOR), step=Decimal(step), lines=LINES, trail_to=trail_to,
             out_of_range=OutOfRange.HOLD, **at),
        calendar(
            buy_at=Decimal(low), sell_at=Decimal(high), sets=1, max_sets=LINES,
            grid=SpreadGrid(side=side, lines=LINES, trail_to=trail_to, out_of_range=OutOfRange.HOLD, **at),
        ),
    )  # fmt: skip


sides = st.sampled_from(Side)
moves = st.integers(-40, 160)
near = st.integers(-1, 1)  # at a border, or a tick on either side of it


@given(sides, moves, st.sampled_from((-110, -100, 100, 110)), near)
def test_stop_and_bounds_move_and_are_reached_alike(side: Side, moved: int, border: int, off: int) -> None:
    one, price = both(side), Decimal(ANCHOR + moved + border + off)
    far = Both(trailing.trailed(one.price, Decimal(moved)), lines.trailed(one.spread, Decimal(moved)))
    assert far.price.anchor == lines.anchor(far.spread, far.grid) == ANCHOR + moved
    assert (far.price.stop, far.price.lower, far.price.upper) == (far.grid.stop, far.grid.lower, far.grid.upper)
    assert stop.is_reached(far.price, price) == stop.is_reached(far.grid, price)
    assert trailing.wins_beyond(far.price, price) == trailing.wins_beyond(far.grid, price)


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("away", range(-1, 4))
@pytest.mark.parametrize("limit", [None, *range(-1, 4)])
def test_both_follow_a_price_from_the_same_one_on_the_spread_by_whole_spacings(
    side: Side, away: int, limit: int | None
) -> None:
    # Given a price, and a limit to follow it to, so many spacings from where the grids stand now, or a tick beside that
    moved, step = 40, 20
    for off, beside in product((-1, 0, 1), repeat=2):
        trail = None if limit is None else moved + limit * step + beside
        follow(side, step, moved, ANCHOR + side.sign * (moved + away * step + off), trail)


def follow(side: Side, step: int, moved: int, price: int, trail: int | None) -> None:
    """Assert that both grids, so far from where they were written, follow a price by the same rule."""
    one, so_far = both(side, step=step, trail=trail), Decimal(side.sign * moved)
    to_price = trailing.room(trailing.trailed(one.price, so_far), price, Decimal(1))
    far = Both(trailing.trailed(one.price, so_far), lines.trailed(one.spread, so_far))
    by_spacings = lines.room(far.spread, Decimal(price))
    assert by_spacings == side.sign * (abs(to_price) // step) * step
    assert to_price * side.sign >= 0
    # What it may still follow is no way out: of a spread only where a whole spacing is left, which a far price moves.
    assert lines.may_follow(far.spread, 0) is bool(lines.room(far.spread, Decimal(ANCHOR + side.sign * 9_999)))
    left = 0 if trail is None else trail - moved
    assert trailing.may_follow(far.price, empty=True) is (left > 0)
    assert lines.may_follow(far.spread, 0) is (left >= step)
    assert not trailing.may_follow(far.price, empty=False)
    assert not lines.may_follow(far.spread, 1)


def show(made: World, price: int) -> None:
    if RB in made.instruments:
        made.show(RB, price - 1, price + 1, last=price)
    else:
        made.show(NEAR, 7000, 7000)
        made.show(FAR, 7000 + price, 7000 + price)


def said(made: World, side: Side, *way: int, seconds: int = CALM // SECOND) -> list[tuple[int, StrategyMark]]:
    """Return what is said of bounds and stop on a way of prices, yuan to the winning side of the anchor."""
    found = list[tuple[int, StrategyMark]]()
    for away in way:
        show(made, ANCHOR + side.sign * away)
        before = len(made.marks)
        made.step()
        found += [(away, mark) for mark in made.marks[before:] if isinstance(mark, RangeLeft | RangeEntered)]
        made.wait(seconds)
    return found


def worlds(one: Both) -> tuple[World, World]:
    return World(one.price, [future(RB)]), World(one.spread, [future(FAR), future(NEAR)])


@pytest.mark.parametrize("side", list(Side))
def test_both_say_at_the_same_prices_that_they_are_left_entered_and_stopped(side: Side) -> None:
    way = (0, 100, 101, 100, -100, -101, -100, -109, -110)
    of_price, of_spread = (said(made, side, *way) for made in worlds(both(side)))
    assert of_price == of_spread
    assert [(away, isinstance(mark, RangeLeft)) for away, mark in of_price] == [
        (101, True), (100, False), (-101, True), (-100, False), (-109, True), (-110, True)
    ]  # fmt: skip


@pytest.mark.parametrize("side", list(Side))
def test_both_let_a_calm_go_by_before_they_say_that_the_price_is_back(side: Side) -> None:
    for made in worlds(both(side)):
        found = said(made, side, 0, 101, 100, seconds=CALM // SECOND - 1)
        assert [type(mark) for _, mark in found] == [RangeLeft]


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(("trail", "leaves"), [(120, False), (0, True)])
def test_neither_is_left_on_the_winning_side_while_it_may_follow(side: Side, trail: int, *, leaves: bool) -> None:
    for made in worlds(both(side, trail=trail or None)):
        assert bool(said(made, side, 0, 101)) is leaves


# --- before the first trade ------------------------------------------------------------------------------------------


def opens(made: World, low: int, high: int, *, traded: bool = False) -> None:
    """Show a price between two ends, before its first trade, or one that was traded at their middle."""
    last = (low + high) // 2 if traded else None
    if last is not None:
        low = high = last
    if RB in made.instruments:
        made.show(RB, low, high, last=last)
        made.quotes[RB] = made.quotes[RB]._replace(last=last)
    else:
        made.show(NEAR, 7000, 7000, last=7000)
        made.show(FAR, 7000 + low, 7000 + high)
        made.quotes[FAR] = made.quotes[FAR]._replace(last=None if last is None else 7000 + last)


def holding(one: Both) -> tuple[World, World]:
    """Return both worlds with the first line filled."""
    of_price, of_spread = worlds(one)
    step = one.spread.sell_at - one.spread.buy_at
    level = int(ANCHOR - one.grid.side.sign * step)
    show(of_price, ANCHOR)
    for _ in range(3):
        of_price.step()
        for row in of_price.live():
            of_price.accept(row)
    of_price.fill(of_price.one("line:1:entry"))
    made = of_spread
    made.show(NEAR, 7000, 7000)
    made.show(FAR, 7000 + level, 7000 + level)
    made.step()
    made.take(made.one("leg:0"))
    made.step()
    made.fill(made.one("leg:1"))
    made.step()
    for each in (of_price, of_spread):
        each.wait(CALM // SECOND)
    return of_price, of_spread


def of_all(made: World) -> list[StrategyMark]:
    kinds = RangeLeft | RangeEntered | ExitSeen | ExitDoubted
    return [one for one in made.marks if isinstance(one, kinds)]


def plain(mark: StrategyMark) -> object:
    """Return what a mark says, whatever its price is of."""
    return (bool(mark.why), mark.again) if isinstance(mark, ExitSeen) else mark


ends = st.integers(-150, 150)
books = st.lists(st.tuples(ends, ends, st.booleans(), st.sampled_from((1, 30, 61, 301))), min_size=1, max_size=8)


@settings(max_examples=60)
@given(sides, books)
def test_both_are_left_entered_stopped_and_told_of_alike_before_the_first_trade(
    side: Side, shown: list[tuple[int, int, bool, int]]
) -> None:
    both_worlds = holding(both(side))
    for one, other, traded, seconds in shown:
        low, high = sorted((one, other))
        for made in both_worlds:
            opens(made, ANCHOR + low, ANCHOR + low + 2 * ((high - low) // 2), traded=traded)
            made.step()
            made.wait(seconds)
            made.step()
    of_price, of_spread = ([plain(mark) for mark in of_all(made)] for made in both_worlds)
    assert of_price == of_spread


@pytest.mark.parametrize("side", list(Side))
def test_neither_is_stopped_by_a_middle_nobody_traded_at_and_both_are_told_of(side: Side) -> None:
    # Given a stop 110 yuan away from the anchor, and a book of which only the far end lies beyond it
    for made in holding(both(side)):
        near, far = ANCHOR - side.sign * 20, ANCHOR - side.sign * 300
        for _ in range(2):
            opens(made, min(near, far), max(near, far))
            made.step()
            made.wait(61)
        opens(made, min(near, far), max(near, far))
        made.step()
        assert [type(mark) for mark in of_all(made)] == [ExitDoubted, ExitSeen]
        # Then when both ends are beyond it, it is stopped, by the nearer one.
        at = ANCHOR - side.sign * 110
        opens(made, min(at, far), max(at, far))
        made.step()
        assert of_all(made)[-1] == RangeLeft(price=Decimal(at), stopped=True)


@given(sides, ends, ends)
def test_whatever_book_stays_each_grid_is_stopped_or_could_be_closed_short_of_its_stop(
    side: Side, one: int, other: int
) -> None:
    # Given a book that stands for long, at every distance of its two sides from the stop
    low, high = sorted((ANCHOR + one, ANCHOR + other))
    for made in holding(both(side)):
        for _ in range(9):
            opens(made, low, high)
            made.step()
            made.wait(45)
        closes = low if side is Side.BUY else high
        reached = (closes - (ANCHOR - side.sign * 110)) * side.sign <= 0
        assert any(isinstance(mark, RangeLeft) and mark.stopped for mark in of_all(made)) is reached
