from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import Chased, ExecutionBegan, Finished, PositionMissing
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import CurvePart, ExecutionStyle
from terminal.domain.quiet import EVER, Quiet
from terminal.strategies.execution.memory import ExecutionMemory
from tests.unit.strategies.executing import RB, START, execution, run, world
from tests.unit.strategies.world import MINUTE, SECOND, STRATEGY, World

ICEBERG, BEST = ExecutionStyle.ICEBERG, ExecutionStyle.BEST


def sent(made: World) -> list[tuple[int, int, Decimal]]:
    """Seconds after the start, lots and price of every child."""
    return [((row.recorded_at - START) // SECOND, row.terms.lots, row.terms.price) for row in made.book.values()]


def summary(made: World) -> str:
    (mark,) = made.of(Finished)
    return mark.summary


# --- TWAP --------------------------------------------------------------------------------------------------------


def test_a_twap_sends_equal_lots_for_equal_time_at_the_opposite_price() -> None:
    made = world()
    run(made, 700)
    assert [(lots, price) for _, lots, price in sent(made)] == [(6, Decimal(3200))] * 10
    starts = [at for at, _, _ in sent(made)]
    assert all(0 <= at - 60 * place <= 3 for place, at in enumerate(starts))
    assert summary(made) == "买入 60 手全部成交，均价 3200。"


def test_nothing_is_sent_before_the_window() -> None:
    made = world(begins_at=START + MINUTE)
    run(made, 57)
    assert not made.book
    assert made.kind.quiet(STRATEGY, made.settings, made.memory, made) == Quiet(START + MINUTE)
    run(made, 30)
    assert made.book


def test_time_counts_only_while_the_market_trades() -> None:
    made = world(ends_at=START + 40 * MINUTE, slice_seconds=120)
    made.spans = [(START, START + 5 * MINUTE), (START + 35 * MINUTE, START + 40 * MINUTE)]
    made.phase(Phase.CONTINUOUS, ends_in=5 * 60)
    run(made, 5 * 60)
    before = sum(lots for _, lots, _ in sent(made))
    made.phase(Phase.BREAK, ends_in=30 * 60)
    run(made, 30 * 60, step=60)
    assert sum(lots for _, lots, _ in sent(made)) == before == 36  # the third slice goes on after the break
    made.phase(Phase.CONTINUOUS, ends_in=5 * 60)
    run(made, 6 * 60)
    assert [lots for _, lots, _ in sent(made)] == [12] * 5
    assert [at // 60 for at, _, _ in sent(made)] == [0, 2, 4, 36, 38]


def test_a_late_start_hurries_nothing() -> None:
    made = world()
    made.phase(Phase.AUCTION, ends_in=300)
    made.wait(300)
    made.phase(Phase.CONTINUOUS)
    made.spans = [(START, START + 600 * SECOND)]
    made.refresh()
    run(made, 400)
    # Ten slices of six were planned: the five that are left are of twelve, each in two children as large as planned.
    assert [lots for _, lots, _ in sent(made)] == [6] * 10
    assert [at // 60 for at, _, _ in sent(made)] == [5, 5, 6, 6, 7, 7, 8, 8, 9, 9]


def test_lots_that_do_not_divide_are_rounded_on_the_running_sum() -> None:
    made = world(total_lots=25)
    run(made, 700)
    assert [lots for _, lots, _ in sent(made)] == [3, 2, 3, 2, 3, 2, 3, 2, 3, 2]


def test_a_pause_is_made_up_by_children_no_larger_than_a_slice() -> None:
    made = world()
    run(made, 60)
    made.rest()
    made.wait(240)
    made.resume()
    run(made, 30)
    assert {lots for _, lots, _ in sent(made)} == {6}
    gaps = [later - earlier for (earlier, _, _), (later, _, _) in zip(sent(made)[1:], sent(made)[2:], strict=False)]
    assert min(gaps) >= 2
    assert made.net("work") == 36


# --- VWAP --------------------------------------------------------------------------------------------------------


def curve(*parts: tuple[str, str, int]) -> tuple[CurvePart, ...]:
    return tuple(CurvePart(begin=begin, end=end, weight=Decimal(weight)) for begin, end, weight in parts)


def test_a_vwap_follows_the_users_curve() -> None:
    # The world begins at 09:46:40 Shanghai time; the window is 09:46:40 to 09:56:40.
    made = world(style=ExecutionStyle.VWAP, curve=curve(("09:41", "09:51", 10), ("09:51", "10:01", 30)), total_lots=80)
    made.spans = [(START - 60 * MINUTE, START + 60 * MINUTE)]
    run(made, 700)
    lots = [lots for _, lots, _ in sent(made)]
    assert sum(lots) == 80
    # 4 min 20 s at weight 1 a minute, 5 min 40 s at weight 3 a minute: 4.33 to 17.
    early = sum(lots for at, lots, _ in sent(made) if at < 240)
    assert early == round(80 * 4 / (4 + 1 / 3 + 17))


# --- iceberg -----------------------------------------------------------------------------------------------------


def test_an_iceberg_shows_a_few_lots_and_shows_again_only_when_they_are_filled() -> None:
    made = world(style=ICEBERG, shown_lots=5, total_lots=12, limit=Decimal(3199))
    made.steps()
    row = made.one()
    assert (row.terms.lots, row.terms.price) == (5, Decimal(3199))
    made.accept(row)
    made.fill(row, 3)
    run(made, 60, fills=False)
    assert len(made.book) == 1
    made.fill(row)
    run(made, 12)
    assert [lots for _, lots, _ in sent(made)] == [5, 5, 2]
    assert made.finished


# --- best limit --------------------------------------------------------------------------------------------------


def chase(made: World, moves: int) -> None:
    """Let the market run away tick by tick, the exchange doing as it is asked."""
    for place in range(moves):
        made.steps()
        for row in made.live():
            if row.cancel_asked:
                made.cancelled(row)
            elif row.state.value == "RECORDED":
                made.accept(row)
        made.wait(11)
        made.show(RB, 3199 + place // 3, 3200 + place // 3)


def test_best_limit_follows_its_own_side_and_pays_up_no_further_than_its_cap() -> None:
    made = world(style=BEST, bid=3199, ask=3205, max_pay_up_ticks=2, max_chases=5)
    made.steps()
    made.accept(made.one())
    assert made.one().terms.price == 3199
    made.wait(9)
    made.step()
    assert not made.of(Chased)
    prices = []
    for _ in range(8):
        made.wait(11)
        made.steps()
        for row in made.live():
            if row.cancel_asked:
                made.cancelled(row)
        made.wait(3)
        made.steps()
        for row in made.live():
            if row.state.value == "RECORDED":
                made.accept(row)
        prices.append(made.one().terms.price)
    assert prices[:2] == [3200, 3201]
    assert set(prices[2:]) == {3201}  # two ticks beyond 3199, and no further


def test_no_more_repricings_than_allowed() -> None:
    made = world(style=BEST, max_chases=2)
    chase(made, 40)
    assert len(made.of(Chased)) == 2
    assert max(row.terms.price for row in made.book.values()) < 3212


def test_no_child_passes_the_limit_however_the_market_runs() -> None:
    for style in ExecutionStyle:
        parts = curve(("00:00", "12:00", 1), ("12:00", "00:00", 1)) if style is ExecutionStyle.VWAP else ()
        made = world(style=style, limit=Decimal(3202), curve=parts, max_chases=50)
        made.spans = [(START - 60 * MINUTE, START + 60 * MINUTE)]
        chase(made, 40)
        assert made.book
        assert max(row.terms.price for row in made.book.values()) <= 3202
        mirror = world(style=style, side=Side.SELL, limit=Decimal(3198), curve=parts, max_chases=50)
        mirror.spans = made.spans
        for place in range(20):
            mirror.step()
            mirror.wait(4)
            mirror.show(RB, 3199 - place, 3200 - place)
        assert min(row.terms.price for row in mirror.book.values()) >= 3198


def test_a_limit_below_the_band_is_not_lifted_into_it() -> None:
    made = world(limit=Decimal(3100))
    made.show(RB, 3199, 3200, limits=(3150, 3400))
    run(made, 60)
    assert not made.book


def test_a_tighter_limit_takes_the_children_beyond_it_out() -> None:
    made = world(style=ICEBERG, shown_lots=5)
    made.steps()
    made.accept(made.one())
    assert made.one().terms.price == 3210
    made.settings = replace(execution(style=ICEBERG, shown_lots=5), limit=Decimal(3205))
    made.wait(3)
    made.step()
    assert made.one().cancel_asked


# --- what keeps it from trading ----------------------------------------------------------------------------------


def test_a_locked_or_one_sided_book_gets_nothing() -> None:
    made = world(limit=Decimal(3300))
    made.step()
    for bid, ask in ((3210, None), (None, 3200), (3210, 3211)):
        made.show(RB, bid, ask, limits=(3000, 3210))
        run(made, 9)
        assert not made.book
    made.show(RB, 3208, 3209, limits=(3000, 3210))
    run(made, 3)
    assert made.book


def test_the_participation_cap_counts_what_the_market_traded_since() -> None:
    made = world(participation_percent=10)
    made.show(RB, 3199, 3200, volume=50_000)
    run(made, 30)
    assert not made.book  # nothing has traded since it began
    made.show(RB, 3199, 3200, volume=50_045)
    run(made, 30)
    assert made.net("work") == 4
    made.show(RB, 3199, 3200, volume=51_000)
    run(made, 20)
    assert made.net("work") == 12  # two slices are due by now


def test_without_a_volume_a_capped_execution_does_not_begin() -> None:
    made = world(participation_percent=10)
    run(made, 30)
    assert not made.journal


def test_a_close_without_the_position_is_told_once_a_day() -> None:
    made = world(offset=Offset.CLOSE, side=Side.SELL, limit=Decimal(3190), total_lots=20)
    run(made, 30)
    assert [mark.wanted for mark in made.of(PositionMissing)] == [2]
    assert not made.book
    made.long[RB] = 20
    run(made, 700)
    assert made.net("work") == -20


# --- safety ------------------------------------------------------------------------------------------------------


def test_an_unknown_order_counts_as_filled_until_it_is_proven() -> None:
    made = world(style=BEST, total_lots=10)
    made.steps()
    row = made.one()
    made.lost(row)
    run(made, 120, fills=False)
    assert len(made.book) == 1
    made.voided(row)
    run(made, 12, fills=False)
    assert len(made.book) == 2


def test_children_never_come_to_more_than_the_whole_whatever_the_exchange_does() -> None:
    made = world(total_lots=31, slice_seconds=30)
    for place in range(400):
        made.step()
        for number, row in enumerate(made.live()):
            kind = (place * 7 + number * 3) % 5
            if row.state.value == "RECORDED":
                if kind == 0:
                    made.lost(row)
                elif kind == 1:
                    made.rejected(row)
                else:
                    made.accept(row)
            elif row.state.value in {"LIVE", "PARTIAL"}:
                if row.cancel_asked:
                    made.cancelled(row)
                elif kind == 2 and row.terms.lots - row.filled > 1:
                    made.fill(row, 1)
                elif kind == 3:
                    made.fill(row)
        assert made.net("work") + made.under_way("work") <= 31
        made.restart()
        made.wait(2)


def test_the_end_cancels_and_tells_what_is_left_only_when_every_end_is_proven() -> None:
    made = world(limit=Decimal(3198))
    run(made, 595, fills=False)
    made.fill(made.live()[0], 2)
    for row in made.live():
        if row.state.value == "RECORDED":
            made.accept(row)
    made.at = START + 600 * SECOND
    made.refresh()
    made.step()
    assert made.live()
    assert all(row.cancel_asked for row in made.live())
    assert not made.finished
    for row in made.live():
        made.cancelled(row)
    made.step()
    assert summary(made).endswith("成交 2 手，均价 3198，剩余 58 手不再追。")
    assert made.kind.quiet(STRATEGY, made.settings, made.memory, made) == EVER
    made.restart()


def test_it_ends_when_no_trading_is_left_before_the_end() -> None:
    made = world(ends_at=START + 30 * MINUTE, slice_seconds=120, limit=Decimal(3198))
    made.spans = [(START, START + 10 * MINUTE)]
    made.phase(Phase.CONTINUOUS, ends_in=600)
    run(made, 590, fills=False)
    made.wait(20)
    made.phase(Phase.CLOSED)
    for row in made.live():
        made.expired(row)
    made.step()
    assert made.finished


def test_fewer_lots_than_it_has_are_refused_and_what_lasts_lasts() -> None:
    made = world()
    run(made, 120)
    assert isinstance(made.memory, ExecutionMemory)
    had = made.memory.had
    assert had == 12
    settings = execution()
    assert made.kind.may_change(settings, replace(settings, total_lots=had), made.memory) is None
    fewer = made.kind.may_change(settings, replace(settings, total_lots=had - 1), made.memory)
    assert fewer == "已成交和在途共 12 手，总手数不能少于它。"
    other = made.kind.may_change(settings, replace(settings, style=BEST), made.memory)
    assert other == "算法不能在运行中修改；请停止策略后另启一个。"


def test_a_new_trading_day_begins_with_a_mark_and_its_own_volume() -> None:
    made = world(ends_at=START + 20 * 60 * MINUTE, style=BEST, total_lots=50, participation_percent=10)
    made.spans = [(START, START + 20 * 60 * MINUTE)]
    made.show(RB, 3199, 3200, volume=1_000)
    made.step()
    made.show(RB, 3199, 3200, volume=1_100)
    run(made, 9)
    assert made.net("work") == 10
    made.end_day()
    made.show(RB, 3199, 3200, volume=200)
    run(made, 9)
    assert [mark.volume for mark in made.of(ExecutionBegan)] == [1_000, 0]
    assert made.net("work") == 30
    made.restart()


@pytest.mark.parametrize("style", ExecutionStyle)
def test_every_style_finishes_a_market_that_fills_everything(style: ExecutionStyle) -> None:
    parts = curve(("00:00", "12:00", 1)) if style is ExecutionStyle.VWAP else ()
    made = world(style=style, curve=parts, shown_lots=7)
    made.spans = [(START - MINUTE, START + 60 * MINUTE)]
    run(made, 700)
    assert made.net("work") == 60
    assert made.finished
