"""How large an order on a combination by hand may be, and at what difference: both of its legs are one order."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import AlertRaised, CommandDone, OrderRecorded, OrderRefused
from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.words.risk import Scope, Verdict
from terminal.risk.order_size import LARGE_UNASKED
from tests.engine_market import FAR_ORE, ORE_SPREAD
from tests.engine_world import LIMITS, ONE, RISK, TRADER, I, World
from tests.scenario.combining import nets, ore, ore_settings, show, start
from tests.scenario.conftest import Begin
from tests.unit.engine.foreseen import ask, order

LARGE = replace(LIMITS, confirm_value_yuan=Decimal(400_000))  # both legs of 2 lots, at 896 and 864, are 352 000


def spread(world: World, side: Side, lots: int, price: str, *, offset: Offset = Offset.OPEN) -> CommandDone:
    return world.order(side, lots, price, instrument=ORE_SPREAD, offset=offset)


# --- how large it is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code"),
    [("confirm_value_yuan", "CONFIRM2"), ("max_value_yuan", "ORDER_VALUE_ABOVE_MAXIMUM")],
)
def test_both_legs_count_as_one_order_before_the_second_person_and_the_maximum(
    begin: Begin, line: str, code: str
) -> None:
    # Two lots of near at 896 and of far at 864 are 352 000 together, and neither leg is above 180 000.
    free = replace(LIMITS, confirm_value_yuan=Decimal(10**9), max_value_yuan=Decimal(10**9))
    world = ore(begin, limits=replace(free, **{line: Decimal(352_000)}))
    assert spread(world, Side.BUY, 2, "30.5").ok
    world = ore(begin, limits=replace(free, **{line: Decimal(351_999)}))
    done = spread(world, Side.BUY, 2, "30.5")
    assert done.code == code
    assert done.sentence.count("352,000.00") == 1
    assert world.wire.sent == []


def test_a_close_is_as_large_as_both_of_its_legs(begin: Begin) -> None:
    world = ore(begin, limits=LARGE)
    for _ in range(2):
        assert spread(world, Side.BUY, 2, "30.5").ok
        world.wait(3)
    assert spread(world, Side.SELL, 3, "29.5", offset=Offset.CLOSE).code == "CONFIRM2"
    assert nets(world) == (4, -4)


def test_a_large_close_under_the_kill_switch_waits_for_nobody_and_is_told_of_once(begin: Begin) -> None:
    world = ore(begin, limits=LARGE)
    for _ in range(2):
        assert spread(world, Side.BUY, 2, "30.5").ok
        world.wait(3)
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="x"))
    assert spread(world, Side.SELL, 3, "29.5", offset=Offset.CLOSE).ok
    assert nets(world) == (1, -1)
    (told,) = [one for one in world.facts(AlertRaised) if one.code == LARGE_UNASKED]
    assert (told.instrument, told.person) == (I, TRADER)
    assert "组合 SP i2101&i2105 卖出平仓 3 手（两腿合计，按涨停价）：价值 528,000.00 元" in told.sentence


# --- at what difference -----------------------------------------------------------------------------------------------


def test_a_difference_beyond_the_days_limit_prices_is_refused_also_of_a_close(begin: Begin) -> None:
    # Near is between 763 and 896 today, far between 736 and 864.
    world = ore(begin)
    assert spread(world, Side.BUY, 2, "30.5").ok
    for side, price, offset in (
        (Side.BUY, "-90000", Offset.OPEN),
        (Side.BUY, "-101.5", Offset.OPEN),
        (Side.SELL, "160.5", Offset.OPEN),
        (Side.SELL, "-3000", Offset.CLOSE),
    ):
        done = spread(world, side, 1, price, offset=offset)
        assert (done.ok, "两腿停板价之差" in done.sentence) == (False, True), done.sentence
    assert len(world.wire.sent) == 1
    assert spread(world, Side.BUY, 1, "-101").ok


def test_a_close_whose_sign_slipped_is_warned_of_before_it_is_sent(begin: Begin) -> None:
    world = ore(begin)
    assert spread(world, Side.BUY, 2, "30.5").ok
    found = ask(world, order(Side.SELL, 2, "-30", instrument=ORE_SPREAD, offset=Offset.CLOSE))
    assert found.verdict is Verdict.WARN
    (told,) = found.findings
    assert "价差 −30 越过两腿对手价之差 29.5 119 跳；请核对价差的正负号。" in told.sentence
    assert ask(world, order(Side.SELL, 2, "29.5", instrument=ORE_SPREAD, offset=Offset.CLOSE)).findings == ()


def test_a_passive_one_on_a_quiet_leg_is_warned_of_and_rests(begin: Begin) -> None:
    world = ore(begin, limits=replace(LIMITS, quote_max_age_seconds=2))
    del world.quotes[I], world.quotes[FAR_ORE]  # which are told no more
    world.show(after=3)
    assert spread(world, Side.BUY, 1, "30").ok
    assert {row.state for row in world.account.orders.values()} == {OrderState.LIVE}
    done = spread(world, Side.BUY, 1, "30.5")
    assert (done.code, "会立即按旧报价成交" in done.sentence) == ("CONFIRM2", True)


@pytest.mark.parametrize("line", ["confirm_value_yuan", "max_value_yuan"])
def test_a_strategy_closes_by_combination_what_it_was_allowed_to_open(begin: Begin, line: str) -> None:
    # Given a spread of three sets, below the line at last prices and above it at the day's limit prices
    free = replace(LIMITS, confirm_value_yuan=Decimal(10**9), max_value_yuan=Decimal(10**9))
    world = ore(begin, limits=replace(free, **{line: Decimal(500_000)}))
    assert start(world, ore_settings(SpreadRoute.COMBINATION)).ok
    for _ in range(5):
        show(world)
    assert nets(world) == (3, -3)
    # When the difference has come to where it is sold
    for _ in range(20):
        show(world, near=("865", "865.5"))
    # Then it has closed all and asked nobody: a strategy's order waits for no second person.
    assert not world.facts(OrderRefused)
    assert [one.terms.offset for one in world.facts(OrderRecorded)].count(Offset.CLOSE) >= 2
