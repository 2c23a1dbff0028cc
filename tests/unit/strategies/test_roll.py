from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.ids import InstrumentId
from terminal.domain.marks import (
    BatchBegan,
    Chased,
    ContractFrozen,
    Finished,
    LegBroken,
    LegRepaired,
    PositionMissing,
    RollBegan,
    TimingMark,
)
from terminal.domain.order import Offset, Side
from terminal.domain.sessions import Phase
from terminal.domain.strategy_settings import (
    Combine,
    DaysToExpiry,
    OpenInterestCrossover,
    RollSettings,
    SpreadPercentile,
)
from terminal.domain.view import SpreadRank
from terminal.strategies.roll import RollMemory
from terminal.strategies.roll_cost import cost_sentence, roll_cost, roll_yield
from terminal.strategies.table import ROLL
from tests.unit.strategies.world import ACCOUNT, World, future

NEAR, FAR = InstrumentId("SHFE.rb2510"), InstrumentId("SHFE.rb2601")


def settings(**changes: object) -> RollSettings:
    made = RollSettings(
        account=ACCOUNT,
        near=NEAR,
        far=FAR,
        side=Side.BUY,
        lots=10,
        batch_lots=4,
        timings=(DaysToExpiry(days=3),),
        naked_lots=3,
        batch_pause_seconds=10,
    )
    return msgspec.structs.replace(made, **changes)


def world(held: int = 10, days: int = 3, **changes: object) -> World:
    made = World(settings(**changes), [future(NEAR), future(FAR)])
    (made.long if settings(**changes).side is Side.BUY else made.short)[NEAR] = held
    made.expiry[NEAR] = days
    market(made)
    return made


def market(made: World, near: int = 9000, far: int = 8000) -> None:
    made.show(NEAR, 3210, 3211, interest=near)
    made.show(FAR, 3250, 3252, interest=far)


def memory(made: World) -> RollMemory:
    assert isinstance(made.memory, RollMemory)
    return made.memory


def timings(made: World) -> list[TimingMark]:
    return [mark for mark in made.marks if isinstance(mark, TimingMark)]


def work(made: World, seconds: int) -> None:
    """Let time pass; what may fill fills: near at its own side or better, far at once."""
    for _ in range(seconds):
        made.step()
        for row in made.live():
            made.fill(row)
        made.wait(1)


def begin(made: World) -> None:
    made.step()
    assert made.of(RollBegan)
    made.step()
    assert made.of(BatchBegan)


def test_a_roll_waits_for_its_timing_and_states_it_once_a_trading_day() -> None:
    made = world(days=9)
    for _ in range(50):
        made.wait(10)
        made.step()
    assert made.book == {}
    assert [(mark.met, mark.value, mark.threshold) for mark in timings(made)] == [(False, "9", "3")]
    made.end_day()
    made.expiry[NEAR] = 8
    made.step()
    assert len(timings(made)) == 1, "nothing is judged by yesterday's quotes"
    made.refresh()
    made.step()
    assert [mark.value for mark in timings(made)] == ["9", "8"]


def test_days_to_expiry_begins_the_roll_with_the_crossover_shown_unmet() -> None:
    made = world(days=9, timings=(DaysToExpiry(days=3), OpenInterestCrossover()))
    made.step()
    assert [(mark.timing, mark.met) for mark in timings(made)] == [
        ("days_to_expiry", False),
        ("open_interest_crossover", False),
    ]
    assert timings(made)[1].value == "0.8889"
    assert "远月 8000" in timings(made)[1].note
    made.end_day()
    made.expiry[NEAR] = 3
    made.refresh()
    made.step()
    assert [(mark.timing, mark.met) for mark in timings(made)[2:]] == [
        ("days_to_expiry", True),
        ("open_interest_crossover", False),
    ]
    (began,) = made.of(RollBegan)
    assert began == RollBegan(because=("days_to_expiry",), near_mid=Decimal("3210.5"), far_mid=Decimal(3251))


def test_all_timings_must_be_met_where_the_settings_say_so() -> None:
    made = world(timings=(DaysToExpiry(days=3), OpenInterestCrossover()), combine=Combine.ALL)
    made.step()
    assert not made.of(RollBegan)
    made.wait(1)
    market(made, near=9000, far=9000)
    made.step()
    assert made.of(RollBegan), "a turn that begins the roll is stated at once"


def test_a_crossover_over_days_is_met_by_the_last_sights_of_days_in_a_row() -> None:
    made = world(days=99, timings=(OpenInterestCrossover(days=3),))
    met = []
    for far in (9100, 8000, 9100, 9200, 9300):
        made.wait(60)
        market(made, far=far)
        made.step()
        met.append(timings(made)[-1].met)
        made.restart()
        made.end_day()
    assert met == [False, False, False, False, True]
    assert [mark.sighted for mark in timings(made)] == [True, False, True, True, True]


def test_only_the_last_sight_of_a_day_counts() -> None:
    made = world(days=99, timings=(OpenInterestCrossover(days=2),))
    market(made, far=9100)
    made.step()
    made.wait(60)
    market(made, far=8900)
    made.step()
    made.end_day()
    market(made, far=9100)
    made.step()
    assert [(mark.sighted, mark.met) for mark in timings(made)] == [(True, False), (False, False), (True, False)]


def test_open_interests_that_run_level_do_not_flood_the_journal() -> None:
    made = world(days=99, timings=(OpenInterestCrossover(days=2),))
    for turn in range(600):
        made.wait(0.5)
        market(made, far=9000 - turn % 2)
        made.step()
    assert len(timings(made)) <= 12


def test_the_main_contract_is_fixed_once_a_trading_day() -> None:
    made = world(days=99, timings=(OpenInterestCrossover(days=9),))
    for day in ((8999, 9001), (9001, 8999)):
        for far in day:
            market(made, far=far)
            made.step()
            made.wait(60)
        made.end_day()
    assert [mark.main for mark in made.of(ContractFrozen)] == [NEAR, FAR]


@pytest.mark.parametrize(
    ("side", "permille", "samples", "met"),
    [
        (Side.BUY, 200, 60, True),
        (Side.BUY, 201, 60, False),
        (Side.BUY, 100, 59, False),
        (Side.SELL, 800, 60, True),
        (Side.SELL, 799, 60, False),
    ],
)
def test_the_spread_percentile_is_met_where_the_roll_is_cheap(
    side: Side, permille: int, samples: int, met: bool
) -> None:
    made = world(days=99, side=side, timings=(SpreadPercentile(),))
    (watch,) = ROLL.watches(settings(timings=(SpreadPercentile(),)))
    assert watch.legs == ((FAR, Decimal(1)), (NEAR, Decimal(-1)))
    made.step()
    assert timings(made)[-1].value == ""
    made.ranks[watch] = SpreadRank(Decimal(40), permille, samples)
    made.wait(60)
    made.step()
    assert bool(made.of(RollBegan)) is met


def test_near_is_closed_first_and_far_opened_for_what_was_closed() -> None:
    made = world()
    begin(made)
    made.step()
    near = made.one()
    assert (near.tag, near.terms.side, near.terms.lots) == ("batch:1:near", Side.SELL, 3)
    assert near.terms.offset is not Offset.OPEN
    assert int(near.terms.price) == 3211, "it rests at its own side first"
    made.fill(near, 1)
    made.step()
    far = made.one("far")
    assert (far.terms.side, far.terms.offset, far.terms.lots) == (Side.BUY, Offset.OPEN, 1)
    assert int(far.terms.price) == 3252


def test_near_never_runs_further_ahead_than_naked_lots() -> None:
    made = world()
    begin(made)
    made.step()
    made.fill(made.one("near"))
    for _ in range(20):
        made.wait(1)
        made.step()
    assert made.net("near") == -3
    assert made.under_way("near") == 0
    made.fill(made.one("far"), 1)
    made.wait(3)
    made.step()
    assert made.one("near").terms.lots == 1


def test_a_roll_goes_through_its_batches_and_ends_with_its_cost() -> None:
    made = world()
    work(made, 200)
    assert [mark.lots for mark in made.of(BatchBegan)] == [4, 4, 2]
    assert (made.long, made.short) == ({NEAR: 0, FAR: 10}, {})
    (finished,) = made.of(Finished)
    assert finished.summary.startswith("移仓完成：rb2510 → rb2601 10 手，每吨成本 41.00 元")
    assert "（中间价差 40.50，滑点 0.50）" in finished.summary
    made.restart()


def test_once_begun_the_roll_goes_on_when_its_timing_is_no_longer_met() -> None:
    made = world()
    work(made, 5)
    made.expiry[NEAR] = 99
    work(made, 200)
    assert made.finished


def test_a_short_roll_buys_near_and_sells_far() -> None:
    made = world(side=Side.SELL)
    work(made, 200)
    assert (made.short, made.long) == ({NEAR: 0, FAR: 10}, {})
    (finished,) = made.of(Finished)
    assert "每吨成本 −40.00 元" in finished.summary, "a short hedger receives"


def test_the_cost_of_a_long_roll_is_far_ask_less_near_bid() -> None:
    values = {"near_value": Decimal(3210 * 100), "far_value": Decimal(3252 * 100), "fees": Decimal("646.20")}
    cost = roll_cost(future(NEAR), Side.BUY, lots=100, **values, near_mid=Decimal("3210.5"), far_mid=Decimal(3251))
    assert (cost.per_tonne, cost.mid, cost.slippage) == (Decimal(42), Decimal("40.5"), Decimal("1.5"))
    assert (cost.fees_yuan, cost.all_in_yuan) == (Decimal("646.20"), Decimal("42646.20"))
    short = roll_cost(
        future(NEAR),
        Side.SELL,
        lots=100,
        near_value=Decimal(3211 * 100),
        far_value=Decimal(3250 * 100),
        fees=Decimal(0),
        near_mid=None,
        far_mid=None,
    )
    assert short.per_tonne == Decimal(-39)
    eggs = roll_cost(future(NEAR, tonnes=None), Side.BUY, lots=1, **values, near_mid=None, far_mid=None)
    assert eggs.per_tonne is None
    assert cost_sentence(eggs).startswith("单位成本")


def test_contango_costs_the_long_roll_a_yield_and_pays_the_short_one() -> None:
    near, far, days = Decimal("3210.5"), Decimal(3251), 122 - 30
    long, short = (roll_yield(side, near, far, days) * 100 for side in (Side.BUY, Side.SELL))
    assert long.quantize(Decimal("0.0001")) == Decimal("-4.9425")
    assert short == -long


def test_a_slow_near_order_is_chased_from_its_own_side_to_the_opposite_and_beyond() -> None:
    made = world(naked_lots=4)
    begin(made)
    prices = []
    for _ in range(4):
        made.step()
        near = made.one("near")
        made.accept(near)
        prices.append(int(near.terms.price))
        made.wait(5)
        made.step()
        assert near.cancel_asked
        made.cancelled(near)
    assert prices == [3211, 3210, 3209, 3208]
    assert len(made.of(Chased)) == 4


def test_remaining_lots_survive_restart_and_the_night() -> None:
    made = world()
    begin(made)
    made.step()
    made.fill(made.one("near"), 2)
    made.step()
    made.fill(made.one("far"), 1)
    made.restart()
    made.end_day()
    made.step()
    assert made.live() == []
    made.refresh()
    made.step()
    assert made.one("far").terms.lots == 1
    assert made.one("near").terms.lots == 2
    work(made, 200)
    assert made.finished
    assert (made.net("near"), made.net("far")) == (-10, 10)


def test_a_position_the_account_does_not_hold_is_said_once_a_day_and_waited_for() -> None:
    made = world(held=0)
    for _ in range(100):
        made.wait(1)
        made.step()
    assert made.book == {}
    assert len(made.of(PositionMissing)) == 1
    made.end_day()
    made.refresh()
    made.step()
    assert len(made.of(PositionMissing)) == 2
    made.long[NEAR] = 6
    work(made, 100)
    assert made.net("far") == 6
    assert not made.finished
    made.long[NEAR] = 4
    work(made, 200)
    assert made.finished


def test_lots_that_vanish_in_the_middle_of_a_batch_are_missed_and_waited_for() -> None:
    made = world(naked_lots=1)
    begin(made)
    work(made, 3)
    made.long[NEAR] = 0
    for row in made.live("near"):
        made.cancelled(row)
    work(made, 60)
    assert len(made.of(PositionMissing)) == 1
    assert -made.net("near") == made.net("far") > 0


@pytest.mark.parametrize("timing", [DaysToExpiry(days=3), OpenInterestCrossover()])
def test_a_timing_whose_value_is_not_known_is_unmet_and_says_why(
    timing: DaysToExpiry | OpenInterestCrossover,
) -> None:
    made = world(timings=(timing,))
    made.expiry.clear()
    made.show(NEAR, 3210, 3211)
    made.step()
    (mark,) = timings(made)
    assert (mark.met, mark.value) == (False, "")
    assert "未知" in mark.note


def test_near_stands_still_while_far_is_locked_and_its_order_is_pulled() -> None:
    made = world()
    begin(made)
    made.step()
    near = made.one("near")
    made.accept(near)
    made.show(FAR, 3252, None, limits=(3000, 3252))
    made.step()
    assert near.cancel_asked
    made.cancelled(near)
    for _ in range(300):
        made.wait(1)
        made.step()
    assert made.live() == []
    assert len(made.messages) == 2


def test_a_far_leg_that_cannot_follow_is_broken_and_never_unwound() -> None:
    made = world(max_chases=3)
    begin(made)
    made.step()
    made.fill(made.one("near"))
    made.show(FAR, 3252, None, limits=(3000, 3252))
    for _ in range(120):
        made.wait(1)
        made.step()
    (broken,) = made.of(LegBroken)
    assert (broken.instrument, broken.lots) == (FAR, 3)
    assert made.net("near") == -3
    assert made.live() == []
    made.show(FAR, 3250, 3252)
    made.step()
    assert made.one("far").terms.lots == 3
    made.fill(made.one("far"))
    made.step()
    assert made.of(LegRepaired)
    work(made, 200)
    assert made.finished


def test_near_stands_still_while_far_is_broken() -> None:
    made = world(max_chases=3)
    begin(made)
    made.step()
    near = made.one("near")
    made.fill(near, 1)
    made.cancelled(near)
    for _ in range(60):
        made.step()
        for row in made.live("far"):
            made.rejected(row)
        for row in made.live("near"):
            made.cancelled(row)
        made.wait(1)
    assert made.of(LegBroken)
    assert made.live("near") == []
    before = len(made.book)
    for _ in range(60):
        made.step()
        assert made.live("near") == []
        made.wait(1)
    assert len(made.book) - before == 1, "far itself goes on"


def test_each_batch_rests_at_its_own_side_again() -> None:
    made = world(lots=8, naked_lots=4)
    begin(made)
    made.step()
    slow = made.one("near")
    made.accept(slow)
    made.wait(5)
    made.step()
    made.cancelled(slow)
    work(made, 4)
    assert made.net("near") == -4
    made.wait(10)
    made.step()
    made.step()
    assert (made.one("near").tag, int(made.one("near").terms.price)) == ("batch:2:near", 3211)


def test_an_unknown_near_order_is_not_replaced_and_far_waits_for_its_proof() -> None:
    made = world()
    begin(made)
    made.step()
    near = made.one("near")
    made.lost(near)
    for _ in range(100):
        made.wait(1)
        made.step()
    assert len(made.book) == 1
    made.cancelled(near)
    made.wait(5)
    made.step()
    assert made.one("near").terms.lots == 3


def test_nothing_is_closed_right_before_a_break() -> None:
    made = world()
    begin(made)
    made.phase(Phase.CONTINUOUS, ends_in=8)
    made.refresh()
    made.step()
    assert len(made.book) == 1
    made.accept(made.one())
    made.wait(1)
    made.step()
    assert made.one().cancel_asked, "a resting near order is pulled before the break"


def test_a_roll_does_not_begin_while_opening_is_closed() -> None:
    made = world()
    made.open_allowed = False
    made.step()
    assert not made.of(RollBegan)
    made.open_allowed = True
    made.step()
    assert made.of(RollBegan)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"far": NEAR}, "同一合约"),
        ({"lots": 0}, "手数"),
        ({"batch_lots": -1}, "手数"),
        ({"naked_lots": 0}, "单腿敞口"),
        ({"chase_seconds": 0}, "追价"),
        ({"pay_up_ticks": -1}, "加价"),
        ({"timings": ()}, "时机"),
        ({"timings": (DaysToExpiry(days=-1),)}, "到期日"),
        ({"timings": (OpenInterestCrossover(ratio=Decimal(0)),)}, "持仓量"),
        ({"timings": (SpreadPercentile(permille=1001),)}, "价差分位"),
        ({"timings": (SpreadPercentile(at_least=400),)}, "价差分位"),
    ],
)
def test_settings_that_make_no_roll_are_named_in_one_sentence(changes: dict[str, object], word: str) -> None:
    problem = ROLL.check(settings(**changes))
    assert problem is not None
    assert word in problem
    assert ROLL.check(settings()) is None
