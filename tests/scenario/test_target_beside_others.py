"""A target beside other hands: rolls, another day's lots, and what a person reads before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRecorded
from terminal.domain.ids import ProductId, StrategyId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.limits import HedgeBound, Limits
from terminal.domain.parameters.strategy import Manual, RollSettings
from terminal.domain.parameters.target import FixedBand, TargetMode
from terminal.domain.words.risk import Verdict
from tests.engine_market import FAR_ORE, WITH_FAR_ORE
from tests.engine_world import CHECKER, FAR, NEXT_NIGHT, ONE, RB, RISK, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.targets import KEEPER, SECOND, STEEL, change, ore_limits, start, target, tonnes
from tests.scenario.test_grid import grid
from tests.unit.engine.foreseen import ask

ROLL = StrategyId("roll")


@pytest.fixture
def yard(begin: Begin) -> World:
    """Give a world that has ore to hedge, and a thousand tonnes of steel to buy."""
    return begin(limits=ore_limits())


def test_a_roll_that_is_half_way_is_no_gap_to_be_filled(yard: World) -> None:
    # Given 85 lots that hedge 85 %, a target over them, and a roll of them, twenty lots naked at a time
    yard.buy(85, 3701)
    assert start(yard, target(group=STEEL, instrument=RB)).ok
    yard.wait(5)
    roll = RollSettings(
        account=ONE, near=RB, far=FAR, side=Side.BUY, lots=85, batch_lots=20, timings=(Manual(go=True),),
        naked_lots=20, batch_pause_seconds=1,
    )  # fmt: skip
    assert yard.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll)).ok
    while not yard.account.live:
        yard.wait(1)
    # When near has gone and far shows no seller: 65 % are hedged, and the roll owes the rest, with no order out
    yard.show({RB: (3702, 3703), FAR: (3600, None)})
    yard.wait(30)
    assert (yard.net(RB), yard.net(FAR), len(yard.account.live)) == (65, 0, 0)
    assert bought(yard) == []
    # Then the roll ends it by itself once far trades again, and the target has done nothing.
    yard.show({FAR: (3600, 3602)})
    yard.wait(200)
    assert yard.account.strategies[ROLL].status is StrategyStatus.FINISHED
    assert (yard.net(RB), yard.net(FAR)) == (0, 85)
    assert bought(yard) == []


def two_groups(weights: Mapping[str, Mapping[str, int]]) -> Limits:
    """Return limits with groups of ten thousand tonnes that weigh these products."""
    bounds = tuple(
        HedgeBound(
            group=name,
            physical_tonnes=Decimal(10_000),
            weights={ProductId(product): Decimal(tonnes) for product, tonnes in weighed.items()},
        )
        for name, weighed in weights.items()
    )
    return msgspec.structs.replace(ore_limits(), hedge_bounds=bounds)


def test_two_groups_that_weigh_one_product_have_one_target_between_them(begin: Begin) -> None:
    # Given ore in two yards, each with its own group: the same lot counts in both
    weights = {"甲": {"DCE.i": 100}, "乙": {"DCE.i": 100, "SHFE.rb": 10}}
    world = begin(limits=two_groups(weights), universe=WITH_FAR_ORE)
    world.show({FAR_ORE: ("800", "800.5")})
    assert start(world, target(group="甲")).ok
    # When a target over the other group is asked for, on another month
    refused = start(world, target(group="乙", instrument=FAR_ORE), SECOND)
    # Then it is told whose the product is, and what to do.
    assert refused.code == "TARGET_OWNED"
    assert "套保组 乙 与自动配平 keeper 管着的 甲 都折算 DCE.i" in refused.sentence
    assert "请先停止 keeper" in refused.sentence
    world.wait(20)
    assert (world.net(I), world.net(FAR_ORE)) == (-80, 0)
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=KEEPER)).ok
    assert start(world, target(group="乙", instrument=FAR_ORE), SECOND).ok


def test_groups_that_share_no_product_have_a_target_each(begin: Begin) -> None:
    # A product that one group names with no tonnes does not count in it.
    world = begin(limits=two_groups({"甲": {"DCE.i": 100}, "乙": {"SHFE.rb": 10, "DCE.i": 0}}))
    assert start(world, target(group="甲")).ok
    assert start(world, target(group="乙", instrument=RB, most_lots=1000), SECOND).code == "OK"


def test_limits_that_would_set_two_targets_on_one_product_are_refused(begin: Begin) -> None:
    # Given a target over each of two groups that share nothing
    apart, shared = (
        {"甲": {"DCE.i": 100}, "乙": {"SHFE.rb": 10}},
        {"甲": {"DCE.i": 100}, "乙": {"SHFE.rb": 10, "DCE.i": 9}},
    )
    world = begin(limits=two_groups(apart))
    assert start(world, target(group="甲")).ok
    assert start(world, target(group="乙", instrument=RB, most_lots=1000), SECOND).code == "OK"
    # When the risk officer would have ore count in both, it is said whose it is
    wanted = c.ChangeLimits(account=ONE, base_version=1, limits=two_groups(shared))
    refused = world.do(RISK, wanted)
    assert refused.code == "BAD_LIMITS"
    assert "套保组 甲 与 乙 都折算 DCE.i，各有自动配平 keeper、second 管着" in refused.sentence
    # And what was asked for before the second one began is not approved any more.
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=SECOND)).ok
    assert world.do(RISK, wanted).code == "CONFIRM2"
    assert start(world, target(group="乙", instrument=RB, most_lots=1000), StrategyId("third")).code == "OK"
    late = world.decide(CHECKER, world.parked)
    assert not late.ok
    assert "third" in late.sentence


def bought(world: World) -> list[OrderRecorded]:
    """Return what the target has ordered."""
    return [fact for fact in world.facts(OrderRecorded) if fact.cause.strategy == KEEPER]


def test_lots_of_the_day_before_are_closed_as_such_where_the_exchange_tells_them_apart(yard: World) -> None:
    assert start(yard, target(group=STEEL, instrument=RB)).ok
    yard.wait(10)
    assert yard.net(RB) == 80
    yard.show_at(NEXT_NIGHT)
    yard.wait(5)
    tonnes(yard, -500, STEEL)
    yard.wait(20)
    assert yard.net(RB) == 45
    last = [fact.terms for fact in yard.facts(OrderRecorded) if fact.cause.strategy == KEEPER][-1]
    assert (last.side, last.offset, last.lots) == (Side.SELL, Offset.CLOSE_YESTERDAY, 35)


def test_the_preview_says_how_the_group_stands_what_is_lacking_and_whose_lots_count(yard: World) -> None:
    yard.sell(60, 830, instrument=I)
    body = c.StartStrategy(account=ONE, strategy=KEEPER, settings=target())
    seen = ask(yard, body)
    assert seen.verdict is Verdict.ALLOW
    text = "\n".join(seen.details)
    assert "铁矿石 敞口 10000 吨，期货 −6000 吨，套保比例 60.0%（按吨）" in text
    assert "今日比例 85%，区间 80% 至 90%；现在 60.0%，须卖 i2101 20 手，配到 80.0%" in text
    assert "可由它平的 i2101：空 60 手" in text
    # When it has an owner, the preview of a second one says whose it is.
    assert yard.do(TRADER, body).ok
    second = ask(yard, c.StartStrategy(account=ONE, strategy=SECOND, settings=target()))
    assert second.verdict is Verdict.DENY
    assert "已由自动配平 keeper 管着" in second.sentence


def test_the_preview_takes_what_a_roll_has_closed_for_nobodys_holding(yard: World) -> None:
    # Given a roll that has moved 20 of 85 lots, which are the account's and not its own
    yard.buy(85, 3701)
    roll = RollSettings(
        account=ONE, near=RB, far=FAR, side=Side.BUY, lots=85, batch_lots=20, timings=(Manual(go=True),),
        naked_lots=20, batch_pause_seconds=600,
    )  # fmt: skip
    assert yard.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll)).ok
    yard.wait(60)
    assert (yard.net(RB), yard.net(FAR)) == (65, 20)
    body = target(group=STEEL, instrument=RB)
    seen = ask(yard, c.StartStrategy(account=ONE, strategy=KEEPER, settings=body))
    assert not any("也计入别的策略的持仓" in one for one in seen.details)
    # When a grid holds lots of its own it is named.
    assert yard.do(TRADER, c.StartStrategy(account=ONE, strategy=SECOND, settings=grid())).ok
    yard.wait(5)
    yard.show({RB: (3690, 3691)})
    yard.wait(5)
    assert yard.account.strategies[SECOND].lots[RB].lots > 0
    seen = ask(yard, c.StartStrategy(account=ONE, strategy=KEEPER, settings=body))
    assert any(one.startswith("比例按全账户算，也计入别的策略的持仓：second") for one in seen.details)
    # So does the card, once the target runs.
    assert yard.do(TRADER, c.StartStrategy(account=ONE, strategy=KEEPER, settings=body)).ok
    desk = Desk(yard)
    desk.look()
    assert "计入 second 的持仓，不平它们的" in desk.strategies[KEEPER].sentence


def test_the_card_shows_ratio_band_and_proposal_and_another_desk_the_same(yard: World) -> None:
    one, other = Desk(yard), Desk(yard, TRADER)
    assert start(yard, target(mode=TargetMode.PROPOSE)).ok
    yard.wait(5)
    cards = []
    for desk in (one, other):
        desk.look()
        cards.append(desk.strategies[KEEPER])
    assert cards[0] == cards[1]
    assert cards[0].proposal == (1, "第 1 号建议：卖 i2101 80 手，比例 0.0% → 80.0%")
    assert "敞口 10000 吨，期货 0 吨，套保比例 0.0%（按吨）；今日比例 85%，区间 80% 至 90%" in cards[0].sentence
    assert "等人按“按建议执行”" in cards[0].sentence


def test_another_exposure_and_a_fill_by_hand_are_on_the_card_at_once(yard: World) -> None:
    desk = Desk(yard)
    assert start(yard, target(source=FixedBand(low=Decimal(10), high=Decimal(20)))).ok
    yard.wait(10)
    tonnes(yard, 8_000)
    desk.look()
    assert "敞口 8000 吨，期货 −1000 吨，套保比例 12.5%（按吨）" in desk.strategies[KEEPER].sentence
    yard.sell(5, 830, instrument=I)
    yard.wait(1)
    desk.look()
    assert "期货 −1500 吨，套保比例 18.8%（按吨）" in desk.strategies[KEEPER].sentence


def test_a_card_says_no_more_of_a_cap_that_was_raised(yard: World) -> None:
    # Given a target that has sold all it may, and says so
    desk = Desk(yard)
    assert start(yard, target(most_lots=40)).ok
    yard.wait(20)
    desk.look()
    assert "已到净买卖上限" in desk.strategies[KEEPER].sentence
    # When a person raises the cap, another agrees, and the ratio comes back into its band
    assert change(yard, most_lots=200).code == "CONFIRM2"
    assert yard.decide(CHECKER, yard.parked).ok
    yard.wait(20)
    assert yard.net(I) == -80
    # Then nothing is in its way, and its card does not say so.
    desk.look()
    assert "已到净买卖上限" not in desk.strategies[KEEPER].sentence
