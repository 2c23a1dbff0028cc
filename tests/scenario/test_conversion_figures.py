"""What a conversion's preview says of parity and delta is true of the quotes it is read from, and of their age."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Conversion, SpreadSettings, Swap
from terminal.domain.words.risk import Verdict
from tests.engine_market import CALL_830, PUT_830, make_batch
from tests.engine_world import I, Shown, World
from tests.scenario.conftest import Begin
from tests.scenario.converting import foresee, lots, opened, settings, start, tick, told

SECOND = 10**9


@pytest.fixture
def world(begin: Begin) -> World:
    """Return a world that is long ten calls and short ten puts."""
    made = opened(begin)
    made.buy(10, "40.5", instrument=CALL_830)
    made.sell(10, "39", instrument=PUT_830)
    return made


def at_rate(rate: str, *, to_future: bool = True) -> SpreadSettings:
    return replace(settings(to_future=to_future), conversion=Conversion(verb=Swap.SYNTHETIC, rate=Decimal(rate)))


def parity(world: World, wanted: SpreadSettings) -> str:
    (line,) = told(foresee(world, wanted), "平价")
    return line


def quoted_alone(world: World, name: InstrumentId, shown: Shown, seconds: int) -> None:
    """Let only one instrument be quoted, every five seconds."""
    for _ in range(seconds // 5):
        world.quotes[name] = shown
        world.at += 5 * SECOND
        batch = make_batch(len(world.market.grown), world.at, {name: shown}, universe=world.market.universe)
        world.market.grown.append(batch)
        world.drain()


@pytest.mark.parametrize(
    ("call", "put", "future"),
    [(("40", "40.5"), ("39.5", "40"), ("830", "830.5")), (("38", "42"), ("37.5", "42"), ("830", "830.5"))],
)
def test_paying_the_bid_ask_spread_is_no_suspicious_quote(world: World, call: Shown, put: Shown, future: Shown) -> None:
    # Given no interest, so that both bounds are one point, and a trade that crosses three markets
    tick(world, {CALL_830: call, PUT_830: put, I: future})
    line = parity(world, at_rate("0"))
    assert "在之外：只付了买卖价差；" in line
    assert "可疑" not in line


def test_a_price_that_earns_beyond_its_bound_is_suspicious_whichever_way_earns(world: World) -> None:
    # Given a call that is far too dear: to sell it against the future earns, to buy it does not
    tick(world, {CALL_830: ("50", "50.5")})
    assert "在之外：报价可疑，或有无风险的差；" in parity(world, at_rate("0"))
    # Given one that is far too cheap: to sell it loses, and whoever bought it would earn.
    tick(world, {CALL_830: ("30", "30.5")})
    assert "在之外：报价可疑，反方向换才有无风险的差；" in parity(world, at_rate("0"))
    # Given futures to be exchanged for options the same two say the opposite.
    world.buy(4, "830.5", instrument=I)
    tick(world)
    assert "在之外：报价可疑，或有无风险的差；" in parity(world, at_rate("0", to_future=False))
    tick(world, {CALL_830: ("50", "50.5")})
    assert "在之外：报价可疑，反方向换才有无风险的差；" in parity(world, at_rate("0", to_future=False))


def test_a_delta_of_an_old_quote_is_told_its_age_and_starts_nothing(world: World) -> None:
    # Given an option that was quoted 32 minutes ago, and a future that has gone its way since
    quoted_alone(world, I, ("760", "760.5"), 32 * 60)
    for future_lots in (2, 5, 9):
        wanted = settings(Swap.DELTA, lots=10, future_lots=future_lots, naked_lots=10)
        seen, done = foresee(world, wanted), start(world, wanted)
        assert (seen.verdict, done.ok) == (Verdict.DENY, False)
        assert "i2101-C-830 的报价是 32 分钟前的，算出的 Delta 不算数；请在有新报价时再试。" in done.sentence
        assert done.sentence.partition("：")[2] in seen.sentence
    # When another verb is looked at, then the age stands before the figures.
    seen = foresee(world, settings())
    (line,) = told(seen, "i2101-C-830 的报价是 32 分钟前的，i2101-P-830 的报价是 32 分钟前的")
    assert line.endswith("：隐含波动率、Delta 和平价按旧报价算，只供参考")
    # When it is quoted anew, then it counts again.
    tick(world, {I: ("830", "830.5")})
    assert start(world, settings(Swap.DELTA, lots=10, future_lots=5, naked_lots=10, side=Side.BUY)).ok
    assert lots(world) == (10, -10, 0)


def test_a_minute_is_no_age(world: World) -> None:
    quoted_alone(world, I, ("830", "830.5"), 60)
    wanted = settings(Swap.DELTA, lots=10, future_lots=5, naked_lots=10)
    assert foresee(world, wanted).verdict is not Verdict.DENY
    quoted_alone(world, I, ("830", "830.5"), 5)
    assert "i2101-C-830 的报价是 65 秒前的" in foresee(world, wanted).sentence
