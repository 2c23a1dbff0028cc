from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

import msgspec
import pytest

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import Finished, RangeEntered, RangeLeft
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Offset, Side, TimeCondition
from terminal.domain.parameters.strategy import GridSettings, GridSpacing, OutOfRange
from terminal.strategies.grid.ladder import levels
from terminal.strategies.grid.moment import ENTRY, EXIT, GridMemory, scope_of
from terminal.strategies.table import GRID
from tests.unit.strategies.traded import future
from tests.unit.strategies.world import ACCOUNT, World

RB = InstrumentId("SHFE.rb2510")


def grid(**changes: object) -> GridSettings:
    settings = GridSettings(
        account=ACCOUNT,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3200),
        step=Decimal(20),
        lines=5,
        lots_per_line=4,
        stop=Decimal(3080),
        lower=Decimal(3090),
        upper=Decimal(3300),
    )
    return msgspec.structs.replace(settings, **changes)


def world(bid: int = 3189, ask: int = 3190, **changes: object) -> World:
    made = World(grid(**changes), [future(RB)])
    made.show(RB, bid, ask)
    return made


class LineState(StrEnum):
    """Name the states of a line."""

    EMPTY = "EMPTY"  # 空
    WORKING = "WORKING"  # 挂
    HELD = "HELD"  # 成
    EXITING = "EXITING"  # 平


def states(made: World) -> list[LineState]:
    """Return the state of each line, line 1 first."""
    assert isinstance(made.memory, GridMemory)
    busy = {child.scope for child in made.memory.ledger.children.values() if child.reserved}
    found = []
    for line, held in enumerate(made.memory.held, start=1):
        if scope_of(line, EXIT) in busy:
            found.append(LineState.EXITING)
        elif held > 0:
            found.append(LineState.HELD)
        else:
            found.append(LineState.WORKING if scope_of(line, ENTRY) in busy else LineState.EMPTY)
    return found


def accept_all(made: World) -> None:
    for row in made.live():
        if row.state.value == "RECORDED":
            made.accept(row)


def settle(made: World) -> None:
    """Let it order, accept, and order again, until nothing more comes."""
    for _ in range(30):
        before = len(made.book)
        made.step()
        accept_all(made)
        if len(made.book) == before:
            return
    raise AssertionError("the grid does not come to rest")


def prices(made: World, side: Side) -> list[int]:
    return sorted(int(row.terms.price) for row in made.live() if row.terms.side is side)


def test_geometric_lines_are_snapped_half_up_each_by_itself() -> None:
    settings = grid(spacing=GridSpacing.GEOMETRIC, step=None, ratio=Decimal("0.99"), lines=4, stop=Decimal(3000))
    assert levels(settings, Decimal(1)) == (3200, 3168, 3136, 3105, 3074)


def test_arithmetic_lines_fall_for_a_long_grid_and_rise_for_a_short_one() -> None:
    assert levels(grid(), Decimal(1)) == (3200, 3180, 3160, 3140, 3120, 3100)
    short = grid(side=Side.SELL, lower=Decimal(3100), upper=Decimal(3400), stop=Decimal(3500))
    assert levels(short, Decimal(5)) == tuple(price // 5 for price in (3200, 3220, 3240, 3260, 3280, 3300))


def test_only_the_nearest_three_lines_rest_and_each_at_its_own_price() -> None:
    made = world()
    settle(made)
    assert prices(made, Side.BUY) == [3140, 3160, 3180]
    assert states(made) == [LineState.WORKING] * 3 + [LineState.EMPTY] * 2
    for row in made.live():
        assert row.terms.time_condition is TimeCondition.GFD
        assert row.terms.offset is Offset.OPEN
        assert row.terms.lots == 4


def test_a_filled_line_takes_its_profit_one_spacing_higher_and_is_armed_again() -> None:
    made = world()
    settle(made)
    made.fill(made.one("line:1:entry"))
    made.show(RB, 3178, 3179)
    settle(made)
    exit_order = made.one("line:1:exit")
    assert (int(exit_order.terms.price), exit_order.terms.lots) == (3200, 4)
    assert exit_order.terms.offset is not Offset.OPEN
    assert states(made)[0] is LineState.EXITING
    made.wait(120)
    made.fill(exit_order)
    made.show(RB, 3199, 3200)
    settle(made)
    assert states(made)[0] is LineState.WORKING
    assert isinstance(made.memory, GridMemory)
    assert made.memory.turns[0] == 4


def test_an_exit_covers_filled_lots_only_and_grows_with_them() -> None:
    made = world()
    settle(made)
    entry = made.one("line:1:entry")
    made.fill(entry, 1)
    settle(made)
    assert made.one("line:1:exit").terms.lots == 1
    made.fill(entry, 2)
    settle(made)
    assert made.one("line:1:exit").terms.lots == 1, "renewed at once for every lot"
    made.fill(entry, 1)
    settle(made)
    first = made.one("line:1:exit")
    assert first.cancel_asked
    made.cancelled(first)
    made.wait(3)
    settle(made)
    assert made.one("line:1:exit").terms.lots == 4


def test_a_fill_that_races_the_renewal_of_an_exit_is_not_sold_twice() -> None:
    made = world()
    settle(made)
    entry = made.one("line:1:entry")
    made.fill(entry, 2)
    settle(made)
    made.fill(entry, 2)
    settle(made)
    first = made.one("line:1:exit")
    made.cancelled(first, owed=1)
    made.wait(3)
    settle(made)
    assert made.live("line:1:exit") == []
    made.fill(first, 1)
    made.wait(3)
    settle(made)
    assert made.one("line:1:exit").terms.lots == 3


def test_restart_places_no_second_order_on_any_line() -> None:
    made = world()
    settle(made)
    made.fill(made.one("line:1:entry"), 2)
    settle(made)
    before = len(made.book)
    made.restart()
    made.wait(60)
    settle(made)
    assert len(made.book) == before


def test_after_the_day_ends_lines_are_armed_from_fills_not_from_the_last_price() -> None:
    made = world()
    settle(made)
    made.fill(made.one("line:1:entry"))
    settle(made)
    made.end_day()
    made.step()
    assert made.live() == [], "yesterday's quote is no quote of this session"
    made.show(RB, 3149, 3150)  # a gap over line 2, which holds nothing
    settle(made)
    assert prices(made, Side.BUY) == [3100, 3120, 3140]
    assert prices(made, Side.SELL) == [3200]
    assert states(made)[1] is LineState.EMPTY


def test_nothing_is_bought_at_or_above_an_exit_of_the_grid() -> None:
    made = world(bid=3149, ask=3150)
    settle(made)
    made.fill(made.one("line:3:entry"))  # 3140; its exit stands at 3160, the entry of line 2
    made.show(RB, 3155, 3170)
    settle(made)
    assert prices(made, Side.SELL) == [3160]
    assert max(prices(made, Side.BUY)) < 3160


def test_an_entry_at_the_price_of_an_exit_is_cancelled_before_the_exit_is_sent() -> None:
    made = world(bid=3149, ask=3161)
    settle(made)
    assert 3160 in prices(made, Side.BUY)
    made.fill(made.one("line:3:entry"))  # out of turn: the better line 2 still rests
    settle(made)
    assert made.live("exit") == []
    upper = made.one("line:2:entry")
    assert upper.cancel_asked
    made.cancelled(upper)
    settle(made)
    assert prices(made, Side.SELL) == [3160]


def test_a_line_never_enters_through_the_market() -> None:
    made = world(bid=3145, ask=3150)
    settle(made)
    assert prices(made, Side.BUY) == [3100, 3120, 3140]


def test_orders_stay_inside_the_daily_limits() -> None:
    made = world()
    made.show(RB, 3189, 3190, limits=(3150, 3195))
    settle(made)
    assert prices(made, Side.BUY) == [3160, 3180]
    made.fill(made.one("line:1:entry"))
    settle(made)
    assert prices(made, Side.SELL) == [], "3200 lies above the upper limit"


def test_a_limit_locked_market_gets_no_entries_and_no_messages() -> None:
    made = world()
    made.show(RB, None, 3190, limits=(3190, 3400), last=3190)
    for _ in range(100):
        made.wait(1)
        made.step()
    assert made.messages == []


def test_a_price_that_hovers_between_lines_costs_no_cancels() -> None:
    made = world()
    settle(made)
    for turn in range(40):
        price = 3178 if turn % 2 else 3190
        made.wait(1)
        made.show(RB, price - 1, price)
        settle(made)
    assert not any(row.cancel_asked for row in made.book.values())


def test_a_refused_entry_is_tried_again_ever_more_slowly() -> None:
    made = world(lines=1, stop=Decimal(3080))
    made.gate = lambda _: False
    times: list[int] = []
    for _ in range(1200):
        if made.step().intents:
            times.append(made.at)
        made.wait(0.5)
    gaps = [(after - before) / 1e9 for before, after in pairwise(times)]
    assert gaps[0] >= 1
    assert all(after + before >= 30 for before, after in pairwise(gaps)), "C10 would pause it"
    assert len(times) <= 13


def test_rejects_back_off_and_the_tenth_in_a_row_waits_minutes() -> None:
    made = world(lines=1, stop=Decimal(3080))
    times: list[int] = []
    for _ in range(2000):
        made.step()
        for row in made.live():
            times.append(made.at)
            made.rejected(row)
        made.wait(0.5)
    gaps = [round((after - before) / 1e9) for before, after in pairwise(times)]
    assert gaps[:4] == [2, 2, 4, 8]
    assert max(gaps[:9]) <= 30
    assert gaps[10] == 300


def test_an_unknown_entry_is_neither_replaced_nor_cancelled() -> None:
    lost = World(grid(), [future(RB)])
    lost.show(RB, 3189, 3190)
    lost.step()
    unknown = lost.one("line:1:entry")
    lost.lost(unknown)
    for _ in range(200):
        lost.wait(1)
        lost.step()
        accept_all(lost)
    assert len([row for row in lost.book.values() if row.tag == "line:1:entry"]) == 1
    assert states(lost)[0] is LineState.WORKING
    lost.voided(unknown)
    lost.wait(5)
    settle(lost)
    assert lost.one("line:1:entry") is not unknown


def test_nothing_is_sent_outside_the_session_or_right_before_a_break() -> None:
    made = world()
    made.phase(Phase.AUCTION)
    made.refresh()
    made.step()
    made.phase(Phase.CONTINUOUS, ends_in=3)
    made.refresh()
    made.step()
    assert made.book == {}
    made.phase(Phase.CONTINUOUS, ends_in=60)
    made.refresh()
    made.step()
    assert made.book


def test_hold_waits_outside_the_bounds_and_goes_on_inside() -> None:
    made = world(lower=Decimal(3100))
    settle(made)
    made.wait(5)
    made.show(RB, 3094, 3095)
    made.step()
    made.step()
    assert [mark.stopped for mark in made.of(RangeLeft)] == [False]
    assert all(row.cancel_asked for row in made.live("entry"))
    for row in made.live():
        made.cancelled(row)
    made.wait(10)
    made.show(RB, 3149, 3150)
    settle(made)
    assert made.live() == [], "back at once"
    made.wait(60)
    made.step()
    settle(made)
    assert len(made.of(RangeEntered)) == 1
    assert prices(made, Side.BUY) == [3100, 3120, 3140]


@pytest.mark.parametrize(("choice", "kept"), [(OutOfRange.STOP, 8), (OutOfRange.FLATTEN, 0), (OutOfRange.HOLD, 0)])
def test_at_the_stop_only_stop_keeps_the_lots(choice: OutOfRange, kept: int) -> None:
    made = world(out_of_range=choice)
    settle(made)
    made.fill(made.one("line:1:entry"))
    made.fill(made.one("line:2:entry"))
    settle(made)
    made.show(RB, 3079, 3080, lots=5)
    made.step()
    assert made.of(RangeLeft)
    made.step()
    assert all(row.cancel_asked for row in made.live())
    made.wait(1)
    made.step()
    assert all(row.terms.time_condition is TimeCondition.GFD for row in made.live()), "closes before its exits are out"
    for row in made.live():
        made.cancelled(row)
    for _ in range(10):
        made.wait(3)
        made.step()
        for row in made.live():
            assert row.terms.lots <= 5, "more than displayed"
            made.take(row)
    assert made.long.get(RB, 0) == kept
    assert len(made.of(Finished)) == 1
    assert made.busiest_minute() < 20


def test_flattening_waits_for_every_exit_to_be_proven_out_and_closes_own_lots_only() -> None:
    made = world(out_of_range=OutOfRange.FLATTEN)
    made.long[RB] = 30  # other people's lots on the same account
    settle(made)
    made.fill(made.one("line:1:entry"))
    made.step()
    leave = made.one("line:1:exit")
    made.lost(leave)
    made.show(RB, 3079, 3080)
    for _ in range(20):
        made.step()
        for row in made.live():
            if row.cancel_asked:
                made.cancelled(row)
        made.wait(1)
    assert made.live() == [leave]
    made.fill(leave, 1)
    made.cancelled(leave)
    made.wait(3)
    made.step()
    assert made.one("flat").terms.lots == 3
    made.take(made.one("flat"))
    made.step()
    assert made.finished
    assert made.long[RB] == 30


def test_flattening_waits_while_nobody_bids() -> None:
    made = world(out_of_range=OutOfRange.FLATTEN, lines=1, stop=Decimal(3080))
    settle(made)
    made.fill(made.one("line:1:entry"))
    assert states(made) == [LineState.HELD]
    made.show(RB, None, 3060, limits=(3060, 3300), last=3060)
    for _ in range(60):
        made.wait(1)
        made.step()
    assert made.live() == []
    assert len(made.messages) == 1
    made.show(RB, 3065, 3066)
    made.step()
    made.take(made.one("flat"))
    assert made.long[RB] == 0


def test_flattening_ends_when_somebody_has_closed_the_position_by_hand() -> None:
    made = world(out_of_range=OutOfRange.FLATTEN)
    settle(made)
    made.fill(made.one("line:1:entry"))
    made.long[RB] = 0
    made.show(RB, 3079, 3080)
    for _ in range(5):
        made.step()
        for row in made.live():
            if row.cancel_asked:
                made.cancelled(row)
        made.wait(3)
    assert made.finished


def test_a_short_grid_mirrors_a_long_one() -> None:
    made = world(bid=3210, ask=3211, side=Side.SELL, lower=Decimal(3100), upper=Decimal(3400), stop=Decimal(3500))
    settle(made)
    assert prices(made, Side.SELL) == [3220, 3240, 3260]
    made.fill(made.one("line:1:entry"))
    settle(made)
    exit_order = made.one("line:1:exit")
    assert (exit_order.terms.side, int(exit_order.terms.price)) == (Side.BUY, 3200)
    made.show(RB, 3500, 3501)
    made.step()
    assert made.of(RangeLeft)


def test_a_grid_finer_than_the_tick_says_so_and_ends() -> None:
    made = World(grid(step=Decimal("0.4")), [future(RB)])
    made.show(RB, 3189, 3190)
    made.step()
    assert made.finished
    assert made.book == {}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"lots_per_line": 0}, "每格手数"),
        ({"lines": 0}, "线数"),
        ({"step": None}, "等差"),
        ({"step": Decimal(-1)}, "等差"),
        ({"spacing": GridSpacing.GEOMETRIC}, "等比"),
        ({"spacing": GridSpacing.GEOMETRIC, "step": None, "ratio": Decimal("1.01")}, "小于 1"),
        ({"side": Side.SELL, "spacing": GridSpacing.GEOMETRIC, "step": None, "ratio": Decimal("0.9")}, "大于 1"),
        ({"stop": Decimal(3150)}, "止损价"),
        ({"side": Side.SELL, "stop": Decimal(3000), "upper": Decimal(3400), "lower": Decimal(3100)}, "止损价"),
        ({"lower": Decimal(3150)}, "超出区间"),
        ({"upper": Decimal(3000)}, "低于上限"),
        ({"stop": Decimal(0)}, "为正"),
    ],
)
def test_settings_that_make_no_grid_are_named_in_one_sentence(changes: dict[str, object], word: str) -> None:
    problem = GRID.check(grid(**changes))
    assert problem is not None
    assert word in problem
    assert GRID.check(grid()) is None


def test_a_line_that_an_own_order_bars_keeps_no_other_line_from_its_order_and_is_wanted_still() -> None:
    # Given a grid of which the nearest line would trade with somebody's own order, and was refused for it
    made = world(bid=3189, ask=3190)
    barred = Decimal(3180)
    made.barred.add((RB, Side.BUY, barred))
    # When it decides again and again
    found = []
    for _ in range(6):
        found.append(made.step())
        made.wait(3)
    # Then the lines beyond it rest, its own is told as waiting every time, and goes out once nothing bars it.
    prices = {order.price for decision in found for order in decision.intents}
    assert barred not in prices
    assert Decimal(3160) in prices
    assert all([one.price for one in decision.waiting] == [barred] for decision in found)
    made.barred.clear()
    assert [order.price for order in made.step().intents] == [barred]
