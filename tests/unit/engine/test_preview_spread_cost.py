"""A spread says before it starts what a point is worth to each leg, whether the lots fit, and what a set costs."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import SpreadGrid, SpreadLeg, SpreadSettings
from terminal.domain.products.product import Fee
from terminal.domain.words.risk import Verdict
from terminal.engine.previews.spread_cost import fitting_lots, is_uneven, leg_worth
from tests.engine_market import instruments
from tests.engine_world import FAR, ONE, RB, TRADER, I, World
from tests.scenario.conftest import relist
from tests.unit.engine.foreseen import ask, start

NAME = StrategyId("ratio")
COKE = InstrumentId("DCE.j2101")


def leg(instrument: InstrumentId, coefficient: str, lots: int, *, active: bool = False) -> SpreadLeg:
    return SpreadLeg(instrument=instrument, coefficient=Decimal(coefficient), lots=lots, active=active)


def ratio(rebar: int, ore: int) -> SpreadSettings:
    """Buy rebar, whose point is worth ten tonnes a lot, against 1.6 of iron ore, of a hundred tonnes a lot."""
    legs = (leg(RB, "1", rebar, active=True), leg(I, "-1.6", -ore))
    return SpreadSettings(
        account=ONE, legs=legs, buy_at=Decimal(2300), sell_at=Decimal(2500), naked_lots=rebar + ore, hedge_seconds=1
    )


def test_lots_that_do_not_fit_the_coefficients_are_warned_of_with_a_ratio_that_fits() -> None:
    found = ask(World(), start(ratio(1, 10), NAME))
    assert found.verdict is Verdict.WARN, found.sentence
    assert "价差每变 1 元，一套各腿：rb2101 1 手 10.00 元，i2101 10 手 625.00 元" in found.details
    why = (
        "手数比与价格系数不合：价差每变 1 元，i2101 值 625.00 元，主动腿 rb2101 值 10.00 元，盈亏不由价差决定；"
        "合适的整手比：rb2101 6 手、i2101 1 手"
    )
    assert why in found.details
    assert f"可以启动，但{why}" in found.sentence


def test_lots_that_fit_within_a_twentieth_are_not_warned_of() -> None:
    found = ask(World(), start(ratio(6, 1), NAME))  # 60 and 62.50
    assert found.verdict is Verdict.ALLOW, found.sentence
    assert "价差每变 1 元，一套各腿：rb2101 6 手 60.00 元，i2101 1 手 62.50 元" in found.details
    assert not any("不合" in one for one in found.details)


def test_changing_a_running_spread_whose_lots_do_not_fit_is_warned_of_too() -> None:
    world = World()
    done = world.do(TRADER, start(ratio(1, 10), NAME))  # a warning stops nobody
    assert done.code == "OK", done.sentence
    other = replace(ratio(1, 10), buy_at=Decimal(2290))
    found = ask(world, c.ChangeStrategy(account=ONE, strategy=NAME, base_version=1, settings=other))
    assert found.verdict is Verdict.WARN, found.sentence
    assert "合适的整手比：rb2101 6 手、i2101 1 手" in found.sentence


def test_who_is_to_approve_a_large_spread_reads_that_its_lots_do_not_fit() -> None:
    found = ask(World(), start(replace(ratio(1, 10), max_sets=10, naked_lots=110), NAME))
    assert found.verdict is Verdict.CONFIRM2, found.sentence
    assert "需复核：总价值超过" in found.sentence
    assert "；手数比与价格系数不合" in found.sentence


def test_a_grid_over_a_spread_is_warned_of_by_the_same_rule() -> None:
    grid = SpreadGrid(side=Side.BUY, lines=1, stop=Decimal(1900), lower=Decimal(2000), upper=Decimal(2600))
    found = ask(World(), start(replace(ratio(1, 10), grid=grid), NAME))
    assert found.verdict is Verdict.WARN, found.sentence
    assert any(one.startswith("手数比与价格系数不合") for one in found.details)


def test_a_set_there_and_back_costs_fees_of_every_leg_and_both_sides_of_its_quotes() -> None:
    world = World()
    rebar = world.engine.look.instrument(RB)
    relist(world, replace(rebar, fees=replace(rebar.fees, close_today=Fee(by_lot=Decimal(9)))))
    # 7 lots in at 3 yuan: 21; out today 6 × 9 + 3 = 57, out later 21; slippage 6 × 10 × 1 + 100 × 0.5
    fees = "手续费 78.00 元（其中平今按 57.00 元，平昨按 21.00 元，各腿取贵的）"
    cost = f"一套来回：{fees}，按现价买卖价差的滑点约 110.00 元"
    assert cost in ask(world, start(ratio(6, 1), NAME)).details


def test_a_fee_nobody_knows_and_a_side_nobody_shows_are_said_and_are_not_zero() -> None:
    world = World()
    ore = world.engine.look.instrument(I)
    relist(world, replace(ore, fees=replace(ore.fees, close_today=None)))
    world.show({RB: (3700, 3701), FAR: (3600, 3602), I: (None, "830.5")})
    cost = "一套来回：手续费未知（i2101 的手续费未知），滑点算不出：i2101 没有双边报价"
    assert cost in ask(world, start(ratio(6, 1), NAME)).details


def test_a_hundred_of_rebar_sixteen_of_ore_and_five_of_coke_make_the_same_of_a_point() -> None:
    known = instruments()
    coke = replace(known[I], id=COKE)  # a hundred tonnes a lot as well
    legs = [
        (leg(RB, "1", 100, active=True), known[RB]),
        (leg(I, "-1.6", -16), known[I]),
        (leg(COKE, "-0.5", -5), coke),
    ]
    assert [leg_worth(*one) for one in legs] == [1000, 1000, 1000]
    assert not is_uneven(leg_worth(*one) for one in legs)
    assert is_uneven(map(Decimal, ("1000", "1050.01")))
    assert not is_uneven(map(Decimal, ("1000", "1050")))


@given(st.lists(st.decimals("0.01", "500", places=2), min_size=2, max_size=8))
def test_there_are_always_whole_lots_that_fit(coefficients: list[Decimal]) -> None:
    known = instruments()[RB]
    names = [InstrumentId(f"SHFE.rb{2101 + place}") for place in range(len(coefficients))]
    legs = [(leg(name, str(one), 1), replace(known, id=name)) for name, one in zip(names, coefficients, strict=True)]
    lots = fitting_lots(legs)
    assert min(lots.values()) >= 1
    assert not is_uneven(leg_worth(replace(one, lots=lots[one.instrument]), known) for one, known in legs)
