"""What a grid says it may sleep through: on no price within it does the grid want anything, up to the last tick."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from terminal.domain.fact.exit_marks import ExitDoubted
from terminal.domain.fact.marks import GridTrailed, RangeEntered
from terminal.domain.market import Column
from terminal.domain.orders.intents import Decision
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings, OutOfRange
from terminal.domain.quiet import Quiet
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.stage import CALM
from terminal.strategies.table import GRID
from tests.unit.strategies.test_grid import RB, accept_all, settle, world
from tests.unit.strategies.test_grid_trailing import let
from tests.unit.strategies.world import SECOND, STRATEGY, World

SHORT: dict[str, Any] = {
    "side": Side.SELL,
    "stop": Decimal(3320),
    "lower": Decimal(3100),
    "upper": Decimal(3310),
}


def quiet_of(made: World) -> Quiet:
    assert isinstance(made.settings, GridSettings)
    assert isinstance(made.memory, GridMemory)
    found = GRID.quiet(STRATEGY, made.settings, made.memory, made)
    assert found is not None
    assert found.until > made.at
    return found


def holds(quiet: Quiet, bid: int, ask: int) -> bool:
    seen = {Column.BID: bid, Column.ASK: ask}
    return all(one.low <= seen[one.column] <= one.high for one in quiet.bands if one.column in seen)


def wanted(made: World) -> Decision:
    return made.kind.decide(STRATEGY, made.settings, made.memory, made, winding=False)


def sweep(made: World) -> list[int]:
    """Assert that the grid wants nothing on any bid it may sleep through; return those bids."""
    quiet = quiet_of(made)
    inside = [bid for bid in range(3000, 3400) if holds(quiet, bid, bid + 1)]
    for bid in inside:
        for last in (bid, bid + 1):
            made.show(RB, bid, bid + 1, last=last)
            found = wanted(made)
            assert (found.marks, found.intents, found.cancels) == ((), (), ()), (bid, last)
    return inside


def left(bid: int, **changes: Any) -> World:
    """Return a grid whose price has left it for long enough to come back."""
    made = world(**{"out_of_range": OutOfRange.HOLD, **changes})
    settle(made)
    made.show(RB, bid, bid + 1)
    let(made, 3)
    made.wait(CALM // SECOND + 1)
    made.show(RB, bid, bid + 1)
    return made


@pytest.mark.parametrize(
    ("bid", "border", "changes"), [(3085, 3090, {}), (3302, 3300, {}), (3095, 3100, SHORT), (3314, 3310, SHORT)]
)
def test_a_grid_that_the_price_has_left_sleeps_up_to_the_tick_before_its_bound(
    bid: int, border: int, changes: dict[str, Any]
) -> None:
    made = left(bid, **changes)
    assert sweep(made)
    # At the bound itself it goes on.
    made.show(RB, border, border + 1, last=border) if bid > border else made.show(RB, border - 1, border, last=border)
    assert [type(one) for one in wanted(made).marks] == [RangeEntered]


@pytest.mark.parametrize(
    ("price", "changes"),
    [(3220, {"trail_to": Decimal(3260)}), (3180, {**SHORT, "trail_to": Decimal(3150)})],
)
def test_an_empty_grid_sleeps_up_to_the_tick_before_it_follows(price: int, changes: dict[str, Any]) -> None:
    made = world(3199, 3200, **changes)
    settle(made)
    assert sweep(made)
    made.show(RB, price, price + 1, last=price) if price > 3200 else made.show(RB, price - 1, price, last=price)
    found = wanted(made)
    assert found.cancels or [type(one) for one in found.marks] == [GridTrailed]


@pytest.mark.parametrize(("ask", "changes"), [(3190, {}), (3211, SHORT)])
def test_a_grid_whose_first_line_must_wait_wakes_where_the_price_would_take_that_line_away(
    ask: int, changes: dict[str, Any]
) -> None:
    # Given a first line whose order was rejected, and others that rest
    made = world(ask - 1, ask, **changes)
    made.step()
    made.rejected(made.one("line:1:entry"))
    for _ in range(3):
        made.step()
        accept_all(made)
    assert not made.live("line:1:entry")
    assert len(made.live()) == 2
    # Then it sleeps through no price on which another line would be wanted instead.
    assert sweep(made)


def test_a_grid_that_holds_lots_wakes_where_a_quote_that_nothing_followed_grows_old() -> None:
    made = world()
    settle(made)
    empty = quiet_of(made).until
    made.fill(made.one("line:1:entry"))
    made.show(RB, 3178, 3179)
    settle(made)
    until = quiet_of(made).until
    assert until < empty
    # Up to then it wants nothing, and then it says that the quote is old.
    made.wait((until - 1 - made.at) / SECOND, refresh=False)
    assert not wanted(made).marks
    made.at = until
    assert wanted(made).marks == (ExitDoubted(doubted=True),)


def test_a_grid_that_cannot_judge_its_stop_before_the_first_trade_sleeps_through_nothing() -> None:
    made = world()
    settle(made)
    made.fill(made.one("line:1:entry"))
    made.show(RB, 3178, 3179)
    settle(made)
    made.quotes[RB] = made.quotes[RB]._replace(bid=3070, last=None)
    assert isinstance(made.settings, GridSettings)
    assert isinstance(made.memory, GridMemory)
    made.memory.calmed_at = made.at  # it could a moment ago, so nobody doubts it yet
    assert not wanted(made).marks
    assert GRID.quiet(STRATEGY, made.settings, made.memory, made) is None
    made.wait(61)
    assert wanted(made).marks == (ExitDoubted(doubted=True, beyond=True),)
