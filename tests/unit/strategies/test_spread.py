from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import msgspec
import pytest

from terminal.domain.ids import InstrumentId
from terminal.domain.intents import Intent
from terminal.domain.marks import Chased, LegBroken, LegRepaired, Repair, RoundBegan, RoundEnded
from terminal.domain.order import Side, TimeCondition
from terminal.domain.sessions import Phase
from terminal.domain.strategy_settings import SpreadLeg, SpreadSettings
from terminal.strategies.spread import SpreadMemory
from terminal.strategies.table import SPREAD
from tests.unit.strategies.world import ACCOUNT, World, future

NEAR, FAR = InstrumentId("CZCE.AP010"), InstrumentId("CZCE.AP101")
RB, IRON, COKE = InstrumentId("SHFE.rb2510"), InstrumentId("DCE.i2509"), InstrumentId("DCE.j2509")


def calendar(**changes: object) -> SpreadSettings:
    settings = SpreadSettings(
        account=ACCOUNT,
        legs=(
            SpreadLeg(instrument=FAR, coefficient=Decimal(1), lots=1, active=True),
            SpreadLeg(instrument=NEAR, coefficient=Decimal(-1), lots=-1),
        ),
        buy_at=Decimal(90),
        sell_at=Decimal(110),
        sets=3,
        max_sets=6,
        naked_lots=5,
    )
    return msgspec.structs.replace(settings, **changes)


def market(made: World, spread: int, *, lots: int = 50) -> None:
    """Show near at 7000 / 7001 and far so that buying the spread costs `spread`."""
    made.show(NEAR, 7000, 7001, lots=lots)
    made.show(FAR, 7000 + spread - 1, 7000 + spread, lots=lots)


def world(spread: int = 100, **changes: object) -> World:
    made = World(calendar(**changes), [future(NEAR), future(FAR)])
    market(made, spread)
    return made


def memory(made: World) -> SpreadMemory:
    assert isinstance(made.memory, SpreadMemory)
    return made.memory


def trade(made: World, rounds: int = 40) -> None:
    """Let everything fill at once until the strategy rests."""
    for _ in range(rounds):
        decision = made.step()
        for row in made.live():
            if row.terms.time_condition is TimeCondition.FAK:
                made.take(row)
            else:
                made.fill(row)
        if not (decision.intents or decision.marks):
            return
        made.wait(2.2)


def nets(made: World) -> list[int]:
    return [made.net("leg:0"), made.net("leg:1")]


def test_nothing_is_sent_between_the_thresholds() -> None:
    made = world(100)
    for _ in range(50):
        made.wait(1)
        assert not made.step().intents
    assert made.journal == []


def test_the_active_leg_takes_the_displayed_price_and_the_other_follows_its_fill() -> None:
    made = world(90)
    made.step()
    active = made.one()
    assert (active.tag, active.terms.side, int(active.terms.price)) == ("round:1:leg:0", Side.BUY, 7090)
    assert active.terms.time_condition is TimeCondition.FAK
    assert active.terms.lots == 3
    made.fill(active, 2)
    made.cancelled(active)
    made.step()
    hedge = made.one()
    assert (hedge.tag, hedge.terms.side, int(hedge.terms.price)) == ("round:1:leg:1", Side.SELL, 7000)
    assert hedge.terms.lots == 2
    made.fill(hedge)
    made.wait(3)
    made.step()
    assert made.one().terms.lots == 1, "the rest of the round"


def test_no_active_order_exceeds_what_is_displayed_on_any_leg() -> None:
    made = world(90)
    made.show(FAR, 7089, 7090, lots=2)
    made.step()
    assert made.one().terms.lots == 2
    thin = world(90)
    thin.show(NEAR, 7000, 7001, lots=1)
    thin.step()
    assert thin.one().terms.lots == 1


def test_a_spread_trades_both_ways_and_closes_before_it_opens() -> None:
    made = world(90)
    trade(made)
    assert nets(made) == [3, -3]
    market(made, 112)
    made.wait(10)
    trade(made)
    assert nets(made) == [0, 0]
    assert all(
        not row.terms.is_opening
        for row in made.book.values()
        if row.terms.side is Side.SELL and FAR in row.terms.instrument
    )
    made.wait(10)
    trade(made)
    assert nets(made) == [-3, 3]
    assert (made.long, made.short) == ({FAR: 0, NEAR: 3}, {NEAR: 0, FAR: 3})


def test_a_trade_across_zero_is_a_close_and_then_an_open() -> None:
    made = world(90, sets=2, max_sets=2)
    trade(made)
    assert nets(made) == [2, -2]
    made.settings = calendar(sets=4, max_sets=2)
    made.long[FAR] += 10  # other people's lots are not the spread's to close
    made.short[NEAR] += 10
    market(made, 112)
    made.wait(10)
    before = len(made.book)
    trade(made)
    later = list(made.book.values())[before:]
    far = [(row.terms.lots, row.terms.is_opening) for row in later if row.terms.instrument == FAR]
    near = [(row.terms.lots, row.terms.is_opening) for row in later if row.terms.instrument == NEAR]
    assert far == [(2, False), (2, True)]
    assert near == [(2, False), (2, True)]


def test_sets_stay_between_minus_and_plus_max() -> None:
    made = world(85)
    for _ in range(10):
        trade(made)
        made.wait(10)
    assert nets(made) == [6, -6]
    assert len(made.of(RoundBegan)) == 2


def test_a_round_ends_in_balance_when_its_price_is_gone() -> None:
    made = world(90)
    made.step()
    made.fill(made.one(), 1)
    made.cancelled(made.one())
    market(made, 100)
    trade(made)
    assert nets(made) == [1, -1]
    assert len(made.of(RoundEnded)) == 1
    assert not memory(made).running


def test_a_slow_hedge_is_chased_through_the_opposite_price_tick_by_tick() -> None:
    made = world(90)
    made.step()
    made.take(made.one())
    prices = []
    for _ in range(4):
        made.wait(2.2)
        made.step()
        hedge = made.one("leg:1")
        made.accept(hedge)
        prices.append(int(hedge.terms.price))
        made.wait(3)
        made.step()
        assert hedge.cancel_asked
        made.cancelled(hedge)
    assert prices == [7000, 6999, 6998, 6997]
    assert [mark.chase for mark in made.of(Chased)] == [1, 2, 3, 4]
    made.restart()


def test_a_chase_that_would_not_better_the_price_is_not_made() -> None:
    legs = tuple(msgspec.structs.replace(leg, pay_up_ticks=0) for leg in calendar().legs)
    made = world(90, legs=legs)
    made.step()
    made.take(made.one())
    made.step()
    hedge = made.one("leg:1")
    made.accept(hedge)
    for _ in range(15):
        made.wait(1)
        made.step()
    assert not hedge.cancel_asked
    made.show(NEAR, 6998, 6999)
    made.step()
    assert hedge.cancel_asked


def test_paying_up_stops_at_the_daily_limit() -> None:
    made = world(90, legs=tuple(msgspec.structs.replace(leg, pay_up_ticks=4) for leg in calendar().legs))
    made.show(NEAR, 7000, 7001, limits=(6998, 8000))
    made.step()
    made.take(made.one())
    made.step()
    hedge = made.one("leg:1")
    made.accept(hedge)
    made.wait(3)
    made.step()
    made.cancelled(hedge)
    made.step()
    assert int(made.one("leg:1").terms.price) == 6998


def test_a_fill_that_races_its_chase_is_hedged_once() -> None:
    made = world(90)
    made.step()
    made.take(made.one())
    made.step()
    hedge = made.one("leg:1")
    made.accept(hedge)
    made.wait(4)
    made.step()
    made.cancelled(hedge, owed=2)
    made.wait(3)
    made.step()
    assert made.one("leg:1").terms.lots == 1
    made.fill(made.one("leg:1"))
    made.fill(hedge, 2)
    made.wait(3)
    trade(made)
    assert nets(made) == [3, -3]


def test_an_unknown_hedge_is_never_sent_again_and_stops_the_active_leg() -> None:
    made = world(90, sets=1)
    made.step()
    made.take(made.one())
    made.step()
    hedge = made.one("leg:1")
    made.lost(hedge)
    for _ in range(100):
        made.wait(1)
        made.step()
    assert len(made.book) == 2
    made.fill(hedge)
    trade(made)
    assert nets(made) == [1, -1]


def test_an_unknown_active_order_is_hedged_only_by_what_it_filled() -> None:
    made = world(90)
    made.step()
    made.lost(made.one())
    made.wait(30)
    made.step()
    assert len(made.book) == 1
    made.fill(made.one(), 1)
    made.step()
    assert made.one("leg:1").terms.lots == 1


def break_hedges(made: World, seconds: int) -> None:
    """Reject every hedge for a while; active orders take what is displayed."""
    for _ in range(seconds):
        made.step()
        for row in made.live():
            if "leg:0" in row.tag:
                made.take(row)
            else:
                made.rejected(row)
        made.wait(1)


def test_a_leg_that_cannot_follow_is_broken_paid_up_and_then_unwound() -> None:
    made = world(90)
    made.step()
    made.take(made.one())
    break_hedges(made, 90)
    broken = made.of(LegBroken)
    assert [mark.repair for mark in broken] == [Repair.PAY_UP, Repair.UNWIND]
    assert (broken[0].lots, broken[0].value_yuan) == (3, Decimal(7000 * 3 * 10))
    assert nets(made) == [0, 0]
    assert len(made.of(LegRepaired)) == 1
    assert len(made.of(RoundEnded)) == 1
    made.restart()


def test_after_a_broken_round_the_pause_grows() -> None:
    made = world(90)
    began = []
    for _ in range(4):
        made.wait(3)
    for _ in range(1200):
        before = len(made.of(RoundBegan))
        break_hedges(made, 1)
        if len(made.of(RoundBegan)) > before:
            began.append(made.at)
    gaps = [(after - before) / 1e9 for before, after in pairwise(began)]
    assert len(began) >= 3
    assert all(after > before + 30 for before, after in pairwise(gaps))


def test_a_limit_locked_hedge_leg_sends_nothing_and_the_active_leg_is_unwound() -> None:
    made = world(90)
    made.step()
    made.take(made.one())
    made.show(NEAR, None, 7000, limits=(7000, 8000))
    sent = len(made.messages)
    for _ in range(60):
        made.wait(1)
        made.step()
        for row in made.live():
            assert "leg:0" in row.tag
            made.take(row)
    assert nets(made) == [0, 0]
    assert len(made.messages) - sent <= 3
    assert [mark.repair for mark in made.of(LegBroken)] == [Repair.UNWIND]


def test_a_locked_or_closed_or_stale_leg_begins_no_round() -> None:
    locked = world(90)
    locked.show(NEAR, 7000, 7001, limits=(7001, 8000))
    locked.step()
    assert locked.book == {}
    closed = world(90)
    closed.phase(Phase.CLOSED, only=NEAR)
    closed.step()
    assert closed.book == {}
    stale = world(90)
    stale.wait(61, refresh=False)
    stale.show(FAR, 7089, 7090)
    stale.step()
    assert stale.book == {}


def test_the_active_leg_keeps_time_to_hedge_before_a_break() -> None:
    made = world(90)
    made.phase(Phase.CONTINUOUS, ends_in=20, only=NEAR)
    made.refresh()
    made.step()
    assert made.book == {}
    made.phase(Phase.CONTINUOUS, ends_in=22, only=NEAR)
    made.refresh()
    made.step()
    assert len(made.book) == 1


def test_a_break_is_no_delay_and_hedging_goes_on_after_it() -> None:
    made = world(90)
    made.step()
    made.take(made.one())
    made.step()
    hedge = made.one("leg:1")
    made.accept(hedge)
    made.phase(Phase.BREAK)
    for _ in range(10):
        made.wait(600)
        made.step()
    assert not made.of(LegBroken)
    assert len(made.book) == 2
    made.phase(Phase.CONTINUOUS)
    made.refresh()
    made.step()
    made.fill(hedge)
    trade(made)
    assert nets(made) == [3, -3]


def test_hedges_that_may_not_open_wait_for_the_level() -> None:
    made = world(90)
    made.step()
    made.take(made.one())
    made.open_allowed = False
    for _ in range(10):
        made.wait(1)
        made.step()
    assert len(made.book) == 1
    made.open_allowed = True
    made.wait(1)
    trade(made)
    assert nets(made) == [3, -3]


def test_a_refused_active_order_does_not_knock_on_every_tick() -> None:
    made = world(90)
    made.gate = lambda _: False
    for _ in range(600):
        made.wait(0.5)
        made.step()
    assert made.refused <= 11


def test_an_empty_immediate_order_backs_off() -> None:
    made = world(90)
    for _ in range(240):
        made.wait(0.5)
        made.step()
        for row in made.live():
            made.cancelled(row)
    assert len(made.book) <= 9


def mill() -> SpreadSettings:
    return SpreadSettings(
        account=ACCOUNT,
        legs=(
            SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=100, active=True),
            SpreadLeg(instrument=IRON, coefficient=Decimal("-1.6"), lots=-16),
            SpreadLeg(instrument=COKE, coefficient=Decimal("-0.5"), lots=-5),
        ),
        buy_at=Decimal("1144.5"),
        sell_at=Decimal(1200),
        naked_lots=12,
    )


def test_three_legs_with_uneven_ratios_trade_in_slices_and_end_exact() -> None:
    made = World(
        mill(),
        [future(RB), future(IRON, multiplier="100", tick="0.5"), future(COKE, multiplier="100", tick="0.5")],
    )
    made.show(RB, 3215, 3216, lots=250)
    made.show(IRON, 1559, 1560, lots=90)
    made.show(COKE, 3298, 3301, lots=7)
    quote = made.spread((leg.instrument, leg.coefficient, leg.lots) for leg in mill().legs)
    assert quote == (Decimal("1144.30"), Decimal("1141.75"), 1, 1)
    made.step()
    first = made.one()
    assert first.terms.lots == 62, "one more lot would leave 10 + 3 unbalanced"
    made.take(first)
    trade(made)
    assert [made.net(f"leg:{leg}") for leg in range(3)] == [100, -16, -5]
    assert made.of(RoundEnded)[0].residual == (Decimal(0), Decimal(0), Decimal(0))


def test_orders_over_the_exchange_maximum_are_cut() -> None:
    made = World(calendar(sets=6, naked_lots=10), [future(NEAR), future(FAR, max_lots=2)])
    market(made, 90)
    made.step()
    assert made.one().terms.lots == 2


def test_restart_in_the_middle_of_hedging_sends_nothing_twice() -> None:
    made = world(90)
    made.step()
    made.take(made.one())
    made.step()
    made.restart()
    made.wait(1)
    made.step()
    assert len(made.live("leg:1")) == 1


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"legs": calendar().legs[:1]}, "2 至 4 腿"),
        ({"legs": (calendar().legs[0], calendar().legs[0])}, "不能相同"),
        ({"legs": tuple(msgspec.structs.replace(leg, active=True) for leg in calendar().legs)}, "主动腿"),
        ({"legs": tuple(msgspec.structs.replace(leg, active=False) for leg in calendar().legs)}, "主动腿"),
        ({"legs": (calendar().legs[0], msgspec.structs.replace(calendar().legs[1], lots=1))}, "正负号"),
        ({"legs": (calendar().legs[0], msgspec.structs.replace(calendar().legs[1], pay_up_ticks=-1))}, "加价"),
        ({"buy_at": Decimal(120)}, "应低于"),
        ({"sets": 0}, "套数"),
        ({"hedge_seconds": 0}, "对冲等待"),
        ({"naked_lots": 0}, "单腿敞口"),
    ],
)
def test_settings_that_make_no_spread_are_named_in_one_sentence(changes: dict[str, object], word: str) -> None:
    problem = SPREAD.check(calendar(**changes))
    assert problem is not None
    assert word in problem
    assert SPREAD.check(calendar()) is None


def test_children_of_one_leg_keep_apart_from_the_duplicate_rule() -> None:
    made = world(90)
    sent: list[Intent] = []

    def gate(intent: Intent) -> bool:
        sent.append(intent)
        return True

    made.gate = gate
    made.step()
    active = made.one()
    for _ in range(3):
        made.fill(active, 1)
        made.step()
        made.wait(0.1)
    assert [intent.lots for intent in sent] == [3, 1]
    made.wait(2.1)
    made.step()
    assert [intent.lots for intent in sent] == [3, 1, 2]
