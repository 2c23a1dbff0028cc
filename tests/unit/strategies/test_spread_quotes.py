"""The active leg of a spread rests where its fill, hedged at once, gives the asked price; and is withdrawn in time."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import LegBroken, RoundBegan, RoundEnded
from terminal.domain.orders.cancel_line import CancelLine
from terminal.domain.orders.order import Side, TimeCondition
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.quotes import rest_time
from tests.unit.strategies.spreading import FAR, NEAR, calendar, market, nets, world
from tests.unit.strategies.traded import Order, future
from tests.unit.strategies.world import SECOND, World

QUOTING = SpreadQuoting(tolerance_ticks=1, reach_ticks=8, rest_seconds=10, max_cancels=20)


def quoted(spread: int = 95, **changes: object) -> World:
    """A spread to be bought at 90 and sold at 110, whose price is 5 above what it may pay; its quote rests."""
    made = world(spread, **{"quoting": QUOTING, **changes})
    made.step()
    for row in made.live("leg:0"):
        made.accept(row)
    return made


def resting(made: World) -> Order:
    row = made.one("leg:0")
    assert row.terms.time_condition is TimeCondition.GFD
    return row


def spent(made: World) -> int:
    assert isinstance(made.memory, SpreadMemory)
    return made.memory.cancels


def test_the_quote_gives_exactly_the_asked_spread_when_hedged_at_the_opposite_price() -> None:
    made = quoted()
    row = resting(made)
    # Near is sold at its bid 7000, so far may cost 7090.
    assert (row.terms.side, int(row.terms.price), row.terms.lots) == (Side.BUY, 7090, 3)
    (began,) = made.of(RoundBegan)
    assert (began.price, began.quoted) == (90, True)
    made.fill(row, 2)
    made.step()
    hedge = made.one("leg:1")
    assert (hedge.terms.side, int(hedge.terms.price), hedge.terms.lots) == (Side.SELL, 7000, 2)
    assert row.terms.price - hedge.terms.price == 90


def test_it_is_sold_the_same_way_and_the_nearer_side_is_quoted() -> None:
    made = quoted(106)
    row = resting(made)
    # Selling: near is bought back at its ask 7001, so far must bring 7111.
    assert (row.terms.side, int(row.terms.price)) == (Side.SELL, 7111)


def test_the_active_leg_that_is_sold_is_rounded_up_and_one_that_is_bought_down() -> None:
    legs = calendar().legs
    half = msgspec.structs.replace(legs[0], coefficient=Decimal(2))
    made = World(calendar(legs=(half, legs[1]), buy_at=Decimal(7003), sell_at=Decimal(7013), quoting=QUOTING),
                 [future(FAR), future(NEAR)])  # fmt: skip
    made.show(NEAR, 7000, 7001)
    made.show(FAR, 7003, 7004)  # 2 x 7004 - 7000 = 7008: to be bought at 7001.5, to be sold at 7007
    made.step()
    (row,) = made.live("leg:0")
    assert (row.terms.side, int(row.terms.price)) == (Side.BUY, 7001)
    made.show(NEAR, 7000, 7002)
    made.show(FAR, 7005, 7006)
    dear = World(made.settings, [future(FAR), future(NEAR)])
    dear.show(NEAR, 7000, 7000)
    dear.show(FAR, 7005, 7008)
    dear.step()
    (row,) = dear.live("leg:0")
    assert (row.terms.side, int(row.terms.price)) == (Side.SELL, 7007)


def test_what_can_be_had_at_once_is_taken() -> None:
    made = quoted(90)
    row = made.one()
    assert row.terms.time_condition is TimeCondition.FAK


def test_without_quoting_nothing_rests() -> None:
    made = world(91, quoting=None)
    made.step()
    assert made.journal == []


def test_partial_fills_are_hedged_at_once_and_the_rest_goes_on_resting() -> None:
    made = quoted()
    row = resting(made)
    made.fill(row, 1)
    made.step()
    hedge = made.one("leg:1")
    assert hedge.terms.lots == 1
    assert not row.cancel_asked
    made.fill(hedge)
    made.step()
    assert not row.cancel_asked
    made.fill(row, 2)
    made.wait(2.2)
    made.step()
    made.fill(made.one("leg:1"))
    assert nets(made) == [3, -3]
    made.step()
    assert len(made.of(RoundEnded)) == 1


def test_a_small_move_of_the_others_is_borne_and_a_larger_one_withdraws_at_once() -> None:
    made = quoted()
    made.show(NEAR, 6999, 7000)
    made.step()
    assert not resting(made).cancel_asked, "one tick is the tolerance"
    made.show(NEAR, 6998, 6999)
    made.step()
    row = resting(made)
    assert row.cancel_asked, "two ticks worse than asked"
    made.cancelled(row)
    made.wait(11)
    made.step()
    assert int(resting(made).terms.price) == 7088


def test_a_better_price_is_quoted_only_after_the_rest() -> None:
    made = quoted()
    row = resting(made)
    made.show(NEAR, 7003, 7004)
    made.step()
    assert not row.cancel_asked
    made.wait(9)
    made.step()
    assert not row.cancel_asked
    made.wait(1.1)
    made.step()
    assert row.cancel_asked
    made.cancelled(row)
    made.step()
    assert made.live("leg:0") == [], "never sooner than it may"
    made.wait(10)
    made.step()
    assert int(resting(made).terms.price) == 7093


def test_the_quote_follows_what_the_others_show_and_the_naked_limit() -> None:
    made = world(95, quoting=QUOTING)
    made.show(NEAR, 7000, 7001, lots=2)
    made.step()
    assert made.one().terms.lots == 2
    made = quoted(naked_lots=1)
    assert made.one().terms.lots == 1


def hedge_is_gone(made: World) -> None:
    made.show(NEAR, None, 7001)


def hedge_is_at_its_limit(made: World) -> None:
    made.show(NEAR, 7000, 7001, limits=(6000, 7000))


def hedge_is_stale(made: World) -> None:
    made.at += 61 * SECOND
    made.show(FAR, 7094, 7095)


def break_is_near(made: World) -> None:
    made.sessions[NEAR] = msgspec.structs.replace(made.sessions[NEAR], ends_at=made.at + 20 * SECOND)


def opening_is_not_allowed(made: World) -> None:
    made.open_allowed = False


def far_away(made: World) -> None:
    made.show(FAR, 7099, 7100)


@pytest.mark.parametrize(
    "happens",
    [
        hedge_is_gone,
        hedge_is_at_its_limit,
        hedge_is_stale,
        break_is_near,
        opening_is_not_allowed,
        far_away,
    ],
)
def test_the_quote_is_withdrawn_when_its_fill_could_not_be_hedged_or_is_out_of_reach(happens: object) -> None:
    made = quoted()
    made.step()
    assert not resting(made).cancel_asked
    assert callable(happens)
    happens(made)
    made.step()
    row = resting(made)
    assert row.cancel_asked
    # It is asked for once, and nothing is placed while it stays so.
    made.step()
    made.cancelled(row)
    made.wait(12, refresh=False)
    made.step()
    made.step()
    assert made.live("leg:0") == []
    assert spent(made) == 1
    assert len(made.of(RoundEnded)) == 1, "a round in which nothing was traded ends"


def test_a_thinner_hedge_leg_withdraws_the_quote_and_a_smaller_one_follows() -> None:
    made = quoted()
    made.show(NEAR, 7000, 7001, lots=2)
    made.step()
    row = resting(made)
    assert row.cancel_asked
    made.cancelled(row)
    made.wait(12)
    made.step()
    assert resting(made).terms.lots == 2


def test_fewer_naked_lots_withdraw_a_quote_of_more() -> None:
    made = quoted()
    made.settings = msgspec.structs.replace(made.settings, naked_lots=2)
    made.step()
    row = resting(made)
    assert row.cancel_asked
    made.cancelled(row)
    made.wait(12)
    made.step()
    assert resting(made).terms.lots == 2


def test_held_lots_are_closed_by_the_quote_before_new_ones_are_opened() -> None:
    made = quoted(sets=2)
    made.fill(resting(made))
    made.step()
    made.fill(made.one("leg:1"))
    market(made, 106)
    for _ in range(3):
        made.wait(12)
        made.step()
    row = resting(made)
    assert (row.terms.side, row.terms.is_opening, row.terms.lots) == (Side.SELL, False, 2)
    made.open_allowed = False
    made.step()
    assert not row.cancel_asked, "its hedge closes too"


def test_a_round_that_may_quote_no_more_today_does_not_stand_in_the_way_of_the_next() -> None:
    made = quoted(sets=2, quoting=msgspec.structs.replace(QUOTING, max_cancels=2))
    made.fill(resting(made))
    made.step()
    made.fill(made.one("leg:1"))
    market(made, 106)
    for _ in range(3):
        made.wait(12)
        made.step()
    row = resting(made)
    made.accept(row)
    made.show(NEAR, 7004, 7005)
    made.step()
    assert row.cancel_asked
    made.cancelled(row)
    made.show(NEAR, 7000, 7001)
    made.wait(30)
    made.step()
    # A close may take two cancels, of today's and of yesterday's lots, and one is left.
    assert made.live() == []
    assert (len(made.of(RoundBegan)), len(made.of(RoundEnded))) == (2, 2)


def test_a_pause_withdraws_the_quote_and_then_it_rests() -> None:
    made = quoted()
    made.rest()
    row = resting(made)
    assert row.cancel_asked
    made.cancelled(row)
    made.step()
    assert made.resting


def test_a_hedge_that_has_to_be_chased_withdraws_what_is_left() -> None:
    made = quoted()
    row = resting(made)
    made.fill(row, 1)
    made.step()
    made.accept(made.one("leg:1"))
    made.show(NEAR, 6999, 7000)
    made.wait(4)
    made.step()
    made.step()
    assert row.cancel_asked


def test_a_broken_hedge_takes_the_active_leg_back_and_leaves_nothing_resting() -> None:
    made = quoted()
    row = resting(made)
    made.fill(row, 1)
    made.step()
    hedge = made.one("leg:1")
    made.accept(hedge)
    made.show(NEAR, None, None)
    made.step()
    assert row.cancel_asked
    made.cancelled(row)
    for _ in range(60):
        made.wait(1)
        made.step()
        for one in made.live():
            if one.cancel_asked:
                made.cancelled(one)
            elif one.terms.time_condition is TimeCondition.FAK:
                made.take(one)
    assert made.of(LegBroken)
    assert nets(made) == [0, 0]
    assert not made.live("leg:0")


# --- the ration of cancels ---


def test_over_a_break_of_an_hour_there_is_not_one_message() -> None:
    made = quoted()
    for name in (FAR, NEAR):
        made.sessions[name] = msgspec.structs.replace(made.sessions[name], ends_at=made.at + 60 * SECOND)
    while made.at < made.sessions[NEAR].ends_at:
        made.wait(1)
        made.step()
        for row in made.live():
            if row.cancel_asked:
                made.cancelled(row)
    before = len(made.messages)
    made.phase(Phase.BREAK, ends_in=3600)
    for _ in range(3600):
        made.wait(1)
        made.step()
    assert len(made.messages) == before
    assert spent(made) == 1
    made.phase(Phase.CONTINUOUS)
    made.wait(6)
    made.step()
    made.step()
    assert resting(made)


def wild(made: World, seconds: int) -> int:
    """Let near jump to and fro every second; return how many quotes were placed."""
    before = len(made.book)
    for second in range(seconds):
        jump = 4 if second % 2 else 0
        made.show(NEAR, 7000 - jump, 7001 - jump)
        made.wait(1)
        made.step()
        for row in made.live():
            if row.cancel_asked:
                made.cancelled(row)
            elif row.tag and not row.filled:
                made.accept(row) if row.state.name == "RECORDED" else None
    return len(made.book) - before


def test_the_more_of_the_cancels_are_spent_the_longer_a_quote_waits_and_then_it_only_takes() -> None:
    made = quoted(quoting=msgspec.structs.replace(QUOTING, max_cancels=6))
    made.wait(10)
    first = wild(made, 60)
    assert first <= 6
    wild(made, 900)
    assert spent(made) == 6
    assert wild(made, 300) == 0
    market(made, 90)
    made.wait(6)
    made.step()
    assert made.one().terms.time_condition is TimeCondition.FAK
    assert [rest_time(QUOTING, cancels) // SECOND for cancels in (0, 10, 19)] == [10, 20, 200]


def test_the_ration_begins_anew_with_the_trading_day() -> None:
    made = quoted(quoting=msgspec.structs.replace(QUOTING, max_cancels=1))
    made.show(NEAR, 6990, 6991)
    made.step()
    made.cancelled(resting(made))
    market(made, 95)
    made.wait(60)
    made.step()
    assert made.live() == []
    made.end_day()
    market(made, 95)
    made.wait(60)
    made.step()
    made.step()
    assert resting(made)


def test_at_three_fifths_of_the_line_of_the_exchange_it_only_takes() -> None:
    line = CancelLine(500, ())
    lined = [msgspec.structs.replace(future(name), cancel_line=line) for name in (FAR, NEAR)]
    for counted, rests in ((299, True), (300, False)):
        made = World(calendar(quoting=QUOTING), lined)
        market(made, 95)
        made.cancelled_elsewhere = counted
        made.step()
        assert bool(made.live()) is rests
    market(made, 90)
    made.step()
    assert made.one().terms.time_condition is TimeCondition.FAK


def test_a_cancelled_quote_is_no_failed_attempt() -> None:
    made = quoted()
    made.show(NEAR, 6990, 6991)
    made.step()
    made.cancelled(resting(made))
    assert isinstance(made.memory, SpreadMemory)
    assert made.memory.ledger.paces["leg:0"].failures == 0


def test_what_it_remembers_of_its_quotes_survives_a_restart() -> None:
    made = quoted()
    made.show(NEAR, 6990, 6991)
    made.step()
    made.cancelled(resting(made))
    made.restart()
    assert spent(made) == 1


def test_a_change_to_taking_withdraws_the_quote() -> None:
    made = quoted()
    made.settings = calendar()
    made.step()
    assert resting(made).cancel_asked


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tolerance_ticks": 11}, "重报容差应在 0 至 10 之间"),
        ({"reach_ticks": 0}, "最远挂单应在 1 至 100 之间"),
        ({"rest_seconds": 2}, "最短挂留应在 3 至 3600 之间"),
        ({"max_cancels": 401}, "每日撤单上限应在 1 至 400 之间"),
    ],
)
def test_figures_out_of_bounds_are_refused(changes: dict[str, int], said: str) -> None:
    made = world(100)
    wrong = made.kind.check(calendar(quoting=msgspec.structs.replace(QUOTING, **changes)))
    assert wrong is not None
    assert said in wrong
