"""What waiting in the market's queue is worth, by model, to the lot."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.errors import UserError
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Side
from terminal.domain.reports import Report, Traded
from terminal.gateways.sim.exchange import Exchange
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.matching.queue_model import QueueModel
from terminal.gateways.sim.store.file import ExchangeStore
from tests.unit.gateways.sim.made import (
    DAY,
    MORNING,
    OTHER,
    RB,
    UNIVERSE,
    MadeMarket,
    Shown,
    batch,
    calendar,
    instruments,
    order,
)

LIMITS = DayFacts(instrument=RB, trading_day=DAY, pre_settlement=3700, upper_limit=3800, lower_limit=3600)
NOTHING: Shown = (None, 0, None, 0)
Step = tuple[Shown, tuple[int, int] | None]


class Floor:
    """Drive an exchange with one model of the queue by hand."""

    def __init__(self, model: QueueModel) -> None:
        self.exchange = Exchange(universe=UNIVERSE, instruments=instruments(), calendar=calendar(), queue=model)
        self.exchange.begin(MORNING)
        self.index = 0
        self.volume = 1000

    def show(self, shown: Shown, *, last: int = 3700, traded: int = 0) -> list[tuple[str, int, Decimal]]:
        """Display a book after `traded` lots at `last`; return the fills."""
        self.volume += traded
        at = MORNING + self.index * SECOND_NS
        made = batch(self.index, at, {RB: shown}, [LIMITS], traded={RB: (last, self.volume)})
        self.index += 1
        return fills(self.exchange.advance(made).after)

    def buy(self, key: str, lots: int, price: int) -> list[tuple[str, int, Decimal]]:
        return fills(self.exchange.place(order(key, Side.BUY, lots, price)))


def fills(reports: list[Report]) -> list[tuple[str, int, Decimal]]:
    return [(r.wire_key, r.lots, r.price) for r in reports if isinstance(r, Traded)]


@pytest.mark.parametrize("model", QueueModel)
def test_at_a_locked_limit_an_order_fills_behind_the_queue_from_what_is_traded_there(model: QueueModel) -> None:
    floor = Floor(model)
    floor.show((3800, 500, None, 0), last=3800)
    assert floor.buy("a", 10, 3800) == []
    assert floor.show((3800, 470, None, 0), last=3800, traded=30) == []  # 470 ahead
    assert floor.show((3800, 100, None, 0), last=3800, traded=50) == [], "370 left or were taken away: 100 are ahead"
    assert floor.show((3800, 900, None, 0), last=3800, traded=104) == [("a", 4, Decimal(3800))]
    assert floor.show((3800, 900, None, 0), last=3800) == [], "who came later is behind"
    assert floor.show((3800, 900, None, 0), last=3800, traded=50) == [("a", 6, Decimal(3800))]


@pytest.mark.parametrize("model", QueueModel)
def test_at_a_locked_lower_limit_a_seller_waits_in_the_same_way(model: QueueModel) -> None:
    floor = Floor(model)
    floor.show((None, 0, 3600, 20), last=3600)
    assert fills(floor.exchange.place(order("a", Side.SELL, 5, 3600))) == []
    assert floor.show((None, 0, 3600, 20), last=3600, traded=23) == [("a", 3, Decimal(3600))]


@pytest.mark.parametrize("model", QueueModel)
def test_when_the_lock_opens_the_order_takes_what_is_displayed(model: QueueModel) -> None:
    floor = Floor(model)
    floor.show((3800, 500, None, 0), last=3800)
    floor.buy("a", 10, 3800)
    assert floor.show((3799, 5, 3800, 4), last=3800) == [("a", 4, Decimal(3800))]


def test_by_volume_a_trade_at_the_limit_of_an_order_is_no_fill_inside_the_band() -> None:
    floor = Floor(QueueModel.VOLUME)
    floor.show((3700, 5, 3702, 5))
    floor.buy("a", 2, 3700)
    assert floor.show((3700, 5, 3702, 5), last=3700, traded=90) == []
    assert floor.show((3698, 5, 3702, 5), last=3699, traded=90) == []
    assert floor.show((3698, 5, 3700, 5), last=3700) == [("a", 2, Decimal(3700))]


def test_by_position_an_order_fills_when_those_ahead_have_traded() -> None:
    floor = Floor(QueueModel.POSITION)
    floor.show((3700, 5, 3702, 5))
    assert floor.buy("a", 2, 3700) == []
    assert floor.show((3700, 4, 3702, 5), last=3702, traded=9) == [], "traded on the other side"
    assert floor.show((3700, 9, 3702, 5), last=3700, traded=3) == [], "one is left ahead"
    assert floor.show((3700, 9, 3702, 5), last=3700, traded=2) == [("a", 1, Decimal(3700))]
    assert floor.show((3700, 9, 3702, 5), last=3700, traded=1) == [("a", 1, Decimal(3700))]


def test_by_position_what_trades_through_an_order_fills_it_whoever_is_ahead() -> None:
    floor = Floor(QueueModel.POSITION)
    floor.show((3700, 50, 3702, 5))
    floor.buy("a", 5, 3700)
    assert floor.show((3698, 5, 3702, 5), last=3699, traded=3) == [("a", 3, Decimal(3700))]
    assert floor.show((3698, 5, 3702, 5), last=3700, traded=1) == [("a", 1, Decimal(3700))], "nobody is ahead any more"


def test_by_position_nothing_is_known_of_a_queue_deeper_in_the_book() -> None:
    floor = Floor(QueueModel.POSITION)
    floor.show((3700, 5, 3702, 5))
    floor.buy("a", 2, 3698)
    assert floor.show((3698, 30, 3702, 5), last=3698, traded=40) == []
    assert floor.show((3698, 30, 3702, 5), last=3698, traded=31) == [("a", 1, Decimal(3698))]


def test_two_own_orders_at_one_price_share_the_traded_lots_by_time() -> None:
    floor = Floor(QueueModel.POSITION)
    floor.show((3700, 3, 3702, 5))
    floor.buy("early", 2, 3700)
    floor.show((3700, 8, 3702, 5))
    fills(floor.exchange.place(order("late", Side.BUY, 2, 3700, account=OTHER)))
    # Ahead of the early one 3, ahead of the late one 8 of the market's; own lots are no part of these.
    assert floor.show((3700, 8, 3702, 5), last=3700, traded=9) == [("early", 2, Decimal(3700))]
    assert floor.show((3700, 8, 3702, 5), last=3700, traded=2) == [("late", 1, Decimal(3700))]


def test_what_was_traded_before_an_order_came_is_not_its_own() -> None:
    floor = Floor(QueueModel.POSITION)
    floor.show((3700, 5, 3702, 5))
    floor.show((3698, 5, 3702, 5), last=3700, traded=100)
    floor.buy("a", 2, 3700)
    assert floor.show((3698, 6, 3702, 5), last=3700) == []


BOOK = st.builds(
    lambda bid, lots, width: (bid, lots, bid + width, lots),
    st.integers(3697, 3703),
    st.integers(1, 9),
    st.integers(1, 3),
)
MOVE = st.tuples(BOOK, st.integers(3697, 3703), st.integers(0, 12), st.none() | st.integers(3697, 3703))


@given(st.lists(MOVE, min_size=1, max_size=25))
def test_waiting_orders_never_get_more_than_was_traded_and_displayed(
    moves: list[tuple[tuple[int, int, int, int], int, int, int | None]],
) -> None:
    floors = {model: Floor(model) for model in QueueModel}
    for number, (shown, last, traded, limit) in enumerate(moves):
        for floor in floors.values():
            told = floor.show(shown, last=last, traded=traded)
            assert sum(lots for _, lots, _ in told) <= traded + shown[3]
            assert all(price >= min(last, shown[2]) for _, _, price in told), "nobody sold for less"
            if limit is not None:
                floor.buy(str(number), 3, limit)
    held = {
        model: sum(p.long_today for p in floor.exchange.answer(order("x", Side.BUY, 1, 1).account)[2])
        for model, floor in floors.items()
    }
    assert held[QueueModel.VOLUME] <= held[QueueModel.POSITION], "waiting is worth something, never less than nothing"


# --- restart --------------------------------------------------------------------------------------------------------

LOCK = [((3800, 50, None, 0), 0), ((3800, 45, None, 0), 5), ((3800, 60, None, 0), 40), ((3800, 60, None, 0), 9)]


def locked_market() -> MadeMarket:
    volume, batches = 1000, []
    for index, (shown, traded) in enumerate(LOCK):
        volume += traded
        batches.append(batch(index, MORNING + index, {RB: shown}, [LIMITS], traded={RB: (3800, volume)}))
    return MadeMarket(batches)


def opened(path: Path, model: QueueModel = QueueModel.VOLUME) -> Host:
    return Host(
        store=ExchangeStore(path),
        market=locked_market(),
        instruments=instruments(),
        calendar=calendar(),
        queue=model,
    )


@pytest.mark.parametrize("stop_after", [1, 2, 3])
@pytest.mark.parametrize("model", QueueModel)
def test_a_place_in_the_queue_outlives_the_exchange(stop_after: int, model: QueueModel, tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    made = opened(path, model)
    made.log_in(0)
    made.take(1)
    made.next()
    made.place(order("a", Side.BUY, 10, 3800))
    while made._exchange.clock.next_batch < stop_after:
        made.next()
    made.save()
    made.close()
    again = opened(path, model)
    again.log_in(stop_after)
    lots = 0
    while (item := again.next()) is not None:
        lots += item.lots if isinstance(item, Traded) else 0
    assert lots == 4, "of 54 traded 50 were ahead"
    again.close()


def test_a_file_of_another_model_is_refused(tmp_path: Path) -> None:
    opened(tmp_path / "old.db").close()
    with pytest.raises(UserError, match="--queue volume"):
        opened(tmp_path / "old.db", QueueModel.POSITION)
    opened(tmp_path / "new.db", QueueModel.POSITION).close()
    opened(tmp_path / "new.db", QueueModel.POSITION).close()
    with pytest.raises(UserError, match="--queue position"):
        opened(tmp_path / "new.db")
