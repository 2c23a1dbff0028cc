from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain.days.sessions import SessionAt
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.intents import NOTHING
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import OutOfRange
from terminal.domain.view import Quote
from terminal.strategies.grid.stop import before, is_reached
from tests.unit.strategies.test_grid import RB, grid, settle, world
from tests.unit.strategies.world import STRATEGY, World


def test_a_close_that_is_immediate_or_cancel_is_cancelled_only_where_it_does_not_end_by_itself() -> None:
    made = world(out_of_range=OutOfRange.FLATTEN, lines=1, stop=Decimal(3080))
    settle(made)
    made.fill(made.one("line:1:entry"))
    made.show(RB, 3079, 3080)
    for _ in range(3):
        made.step()
    flat = made.one("flat")
    made.accept(flat)
    for _ in range(9):
        made.wait(1)
        made.step()
        assert made.live() == [flat], "lots that a close may still trade are sold twice"
        assert not flat.cancel_asked
    made.wait(1)
    made.step()
    assert flat.cancel_asked


@pytest.mark.parametrize("stop", [Decimal(3080), Decimal("3080.5"), Decimal(3084)])
@pytest.mark.parametrize("tick", [Decimal(1), Decimal(5)])
@pytest.mark.parametrize("side", list(Side))
def test_the_stop_begins_where_the_prices_before_it_end(side: Side, tick: Decimal, stop: Decimal) -> None:
    settings = grid(side=side, stop=stop)
    low, high = before(settings, tick)
    last = low if side is Side.BUY else high
    assert not is_reached(settings, last * tick)
    assert is_reached(settings, (last - side.sign) * tick)


def test_whether_the_stop_can_be_judged_costs_no_second_look_at_the_market(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a grid that holds lots and wants nothing
    made = world()
    settle(made)
    made.fill(made.one("line:1:entry"))
    made.show(RB, 3178, 3179)
    settle(made)
    asked: list[InstrumentId] = []
    quote, session = World.quote, World.session

    def seen(self: World, name: InstrumentId) -> Quote | None:
        asked.append(name)
        return quote(self, name)

    def told(self: World, name: InstrumentId) -> SessionAt:
        asked.append(name)
        return session(self, name)

    monkeypatch.setattr(World, "quote", seen)
    monkeypatch.setattr(World, "session", told)
    assert made.kind.decide(STRATEGY, made.settings, made.memory, made) == NOTHING
    assert len(asked) == 2
