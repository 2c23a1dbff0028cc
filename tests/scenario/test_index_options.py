"""Index options end on their last day, settled in cash, though nobody lists the index they are on (DOMAIN 4.12)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import PositionEnded
from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Side
from terminal.domain.products.ending import How
from tests.engine_market import INDEX_CALL, INDEX_PUT, WITH_INDEX, Shown
from tests.engine_world import DAY, NEXT_DAY, ONE, World
from tests.scenario.conftest import Begin

CASH = 20_000_000
MONDAY, TUESDAY, WEDNESDAY = (instant(day, 9, 30, 1) for day in (NEXT_DAY, 20200825, 20200826))
UNSEEN: dict[InstrumentId, Shown] = {INDEX_CALL: (None, None), INDEX_PUT: (None, None)}
OVERDUE = "STILL_HELD_AFTER_LAST_DAY"


def held(begin: Begin, *, path: Path | None = None) -> World:
    """Be two calls of 4600 long at 100.2, one short at 100, and a put of 4700 long at 30.2, on their last afternoon."""
    world = begin(at=instant(DAY, 14, 50), universe=WITH_INDEX, cash=CASH, funds={ONE: Decimal(CASH)}, exchange=path)
    world.show({INDEX_CALL: ("100", "100.2"), INDEX_PUT: ("30", "30.2")}, last={INDEX_CALL: 100, INDEX_PUT: 30})
    for side, lots, price, name in (
        (Side.BUY, 2, "100.2", INDEX_CALL),
        (Side.SELL, 1, "100", INDEX_CALL),
        (Side.BUY, 1, "30.2", INDEX_PUT),
    ):
        assert world.order(side, lots, price, instrument=name).ok
    return world


def ends(world: World) -> list[tuple[int, str, Side, int, How, Decimal]]:
    found = [(one.trading_day, one.ending) for one in world.facts(PositionEnded) if one.account == ONE]
    return [(day, one.instrument, one.side, one.lots, one.how, one.price) for day, one in found]


def equities(world: World) -> tuple[Decimal, Decimal]:
    marks = world.engine.columns.last_price
    return world.account.book.view(marks).equity, world.host._exchange._funds.books[ONE].view(marks).equity


def overdue(world: World) -> list[str]:
    return [one.sentence for one in world.account.open_alerts.values() if one.code == OVERDUE]


def test_they_end_at_the_difference_their_own_settlement_says(begin: Begin) -> None:
    # Given that 120 is said of the call on its last day, 0.2 of the put, and nothing of the index
    world = held(begin)
    before, _ = equities(world)
    said = [(INDEX_CALL, 600), (INDEX_PUT, 1)]
    world.show(facts=[DayFacts(instrument=name, trading_day=DAY, settlement=ticks) for name, ticks in said])
    world.show_at(MONDAY, UNSEEN)
    # Then the call pays 120 a lot and the put 0.2, with 2 yuan a lot to exercise, here and at the exchange.
    assert ends(world) == [
        (DAY, INDEX_CALL, Side.BUY, 2, How.EXERCISED, 4720),
        (DAY, INDEX_CALL, Side.SELL, 1, How.ASSIGNED, 4720),
        (DAY, INDEX_PUT, Side.BUY, 1, How.EXERCISED, Decimal("4699.8")),
    ]
    assert equities(world) == (before + (12_000 + 20) - 8, before + (12_000 + 20) - 8)
    assert (world.account.book.positions(), overdue(world)) == ([], [])


def test_without_a_settlement_price_they_end_a_day_later_at_their_last_one(begin: Begin) -> None:
    # Given that nobody said anything of the day
    world = held(begin)
    world.show_at(MONDAY, UNSEEN)
    # Then nothing ends, people are told what it waits for and what will be, and the day after it ends.
    assert not ends(world)
    (sentence,) = overdue(world)
    assert f"{INDEX_CALL}、{INDEX_PUT} 已过最后交易日" in sentence
    world.show_at(TUESDAY)
    assert [(one[1], one[3], one[5]) for one in ends(world)] == [
        (INDEX_CALL, 2, 4700),
        (INDEX_CALL, 1, 4700),
        (INDEX_PUT, 1, 4670),
    ]
    assert any("按最后已知价了结" in one.sentence for one in world.account.open_alerts.values())
    assert not world.account.book.positions()


def test_one_without_any_price_waits_visibly_for_one_that_the_plan_says(begin: Begin, tmp_path: Path) -> None:
    # Given an option of which nothing was shown on its last day
    world = begin(
        at=instant(20200820, 14, 50),
        universe=WITH_INDEX,
        cash=CASH,
        funds={ONE: Decimal(CASH)},
        exchange=tmp_path / "exchange.db",
    )
    world.show({INDEX_CALL: ("100", "100.2")}, last={INDEX_CALL: 100})
    assert world.order(Side.BUY, 2, "100.2", instrument=INDEX_CALL).ok
    del world.quotes[INDEX_CALL]
    for at in (instant(DAY, 9, 30, 1), MONDAY, TUESDAY, WEDNESDAY):
        world.show_at(at)
        world.restart(exchange_too=True)
    assert not ends(world)
    assert len(overdue(world)) == 3
    # When the plan says it, and exchange and runner begin anew
    world.facts_of_days = (DayFacts(instrument=INDEX_CALL, trading_day=DAY, settlement=600),)
    world.restart(exchange_too=True)
    world.show_at(instant(20200827, 9, 30, 1))
    # Then it ends at that.
    assert [(one[1], one[3], one[4], one[5]) for one in ends(world)] == [(INDEX_CALL, 2, How.EXERCISED, 4720)]
    assert not world.account.book.positions()
