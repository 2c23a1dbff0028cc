"""A spread trades between its thresholds: the active leg takes, the other follows its fill."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.fact.marks import RoundBegan, RoundEnded
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.intents import Intent
from terminal.domain.orders.order import Side, TimeCondition
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.table import SPREAD
from tests.unit.strategies.spreading import FAR, NEAR, calendar, market, nets, trade, world
from tests.unit.strategies.traded import future
from tests.unit.strategies.world import ACCOUNT, World

RB, IRON, COKE = InstrumentId("SHFE.rb2510"), InstrumentId("DCE.i2509"), InstrumentId("DCE.j2509")


def memory(made: World) -> SpreadMemory:
    assert isinstance(made.memory, SpreadMemory)
    return made.memory


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
        ({"legs": calendar().legs[:1]}, "2 至 8 腿"),
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


def test_what_an_immediate_order_took_is_hedged_by_one_order_once_it_is_told_or_not_told_any_more() -> None:
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
    assert [intent.lots for intent in sent] == [3, 3]


def test_a_part_that_is_told_late_is_hedged_at_once() -> None:
    made = world(90)
    sent: list[Intent] = []

    def gate(intent: Intent) -> bool:
        sent.append(intent)
        return True

    made.gate = gate
    made.step()
    active = made.one()
    made.fill(active, 1)
    made.step()
    made.wait(0.3)
    made.step()
    assert [intent.lots for intent in sent] == [3, 1]
    made.fill(active, 1)
    made.step()
    assert [intent.lots for intent in sent] == [3, 1, 1]
