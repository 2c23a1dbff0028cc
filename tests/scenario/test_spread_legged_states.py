"""A limit that passes the spread as a whole but fails it with one leg missing refuses the whole order (E4)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import LimitsSet, OrderRecorded, OrderRefused
from terminal.domain.ids import ProductId
from terminal.domain.orders.order import Origin
from terminal.domain.parameters.limits import HedgeBound, Limits
from terminal.domain.words.risk import Verdict
from terminal.engine.turn import RUNNER, Turn
from tests.engine_world import CHECKER, FAR, LIMITS, ONE, RB, TRADER, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, spread_settings
from tests.unit.engine.foreseen import ask, start


def bound(tonnes: int) -> Limits:
    """Allow so many tonnes of rebar on balance; a lot is ten, and a calendar spread none."""
    held = HedgeBound(group="螺纹", physical_tonnes=Decimal(tonnes), weights={ProductId("SHFE.rb"): Decimal(10)})
    return replace(LIMITS, hedge_bounds=(held,))


def automatic(world: World) -> list[OrderRecorded]:
    return [one for one in world.facts(OrderRecorded) if one.cause.origin is Origin.STRATEGY]


def test_a_limit_that_passes_the_net_but_fails_one_legged_state_refuses_the_whole_order(begin: Begin) -> None:
    # Given 50 tonnes of exposure, and a calendar spread that is none on balance but 60 with its six naked lots
    world = begin(limits=bound(50))
    body = start(spread_settings(naked_lots=6, max_sets=6), SPREAD)
    # When it is looked at, and when it is started
    seen, done = ask(world, body), world.do(TRADER, body)
    # Then both say which leg, which state, which rule, and what to do; nothing was ever sent.
    assert (seen.verdict, done.code) == (Verdict.DENY, "LEGGED_STATE")
    for sentence in (seen.sentence, done.sentence):
        assert "卖出价差途中若停在 rb2101 空 6 手、rb2105 无（缺 6 手），rb2101 的委托过不了风控 C5" in sentence or (
            "买入价差途中若停在 rb2101 多 6 手、rb2105 无（缺 6 手），rb2101 的委托过不了风控 C5" in sentence
        )
        assert "60 吨，超过现货敞口与已批预期交易之和 50 吨" in sentence
        assert "请减小单腿敞口（现 6 手）" in sentence
    world.wait(30)
    assert automatic(world) == []
    assert world.account.strategies == {}


def test_with_fewer_naked_lots_the_same_spread_starts_and_no_child_is_ever_refused(begin: Begin) -> None:
    world = begin(limits=bound(50))
    body = start(spread_settings(naked_lots=4, sets=6, max_sets=6), SPREAD)
    assert ask(world, body).verdict is Verdict.ALLOW
    assert world.do(TRADER, body).code == "OK"
    world.wait(60)
    assert (world.net(RB), world.net(FAR)) == (6, -6)
    assert world.facts(OrderRefused) == []


def test_what_would_need_a_second_person_on_the_way_refuses_too_as_no_child_waits_for_one(begin: Begin) -> None:
    # Five naked lots are 50 of 50 tonnes: inside the bound, above nine tenths of it.
    world = begin(limits=bound(50))
    done = world.do(TRADER, start(spread_settings(naked_lots=5, max_sets=6), SPREAD))
    assert (done.code, "自动委托不等待复核" in done.sentence) == ("LEGGED_STATE", True)


@pytest.mark.parametrize(
    ("limits", "control", "word"),
    [
        (replace(LIMITS, position_lots_by_instrument={FAR: 20}), "C4", "超过持仓限额 20 手"),
        (
            replace(LIMITS, margin_max=Decimal("0.03"), margin_confirm=Decimal("0.02")),
            "C6",
            "风险度 2.97%（未了委托全部成交），超过 2%",
        ),
        (replace(LIMITS, hedge_plan_lots={ProductId("SHFE.rb"): 20}), "C2", "套保方案只剩 20 手"),
    ],
)
def test_every_rule_a_leg_alone_can_fail_is_asked_before_the_start(
    begin: Begin, limits: Limits, control: str, word: str
) -> None:
    world = begin(limits=limits, cash=3_000_000)
    body = start(spread_settings(max_sets=30), SPREAD)
    done = world.do(TRADER, body)
    assert done.code == "LEGGED_STATE"
    assert f"过不了风控 {control}：" in done.sentence
    assert word in done.sentence
    assert ask(world, body).sentence.endswith(done.sentence.partition("：")[2])


def test_what_the_account_holds_besides_counts(begin: Begin) -> None:
    # Given 20 lots bought by hand of the 30 the far month may be held
    world = begin(limits=replace(LIMITS, position_lots_by_instrument={FAR: 30}, position_confirm_fraction=Decimal(1)))
    world.sell(20, 3600, instrument=FAR)
    assert world.do(TRADER, start(spread_settings(max_sets=11), SPREAD)).code == "LEGGED_STATE"
    assert world.do(TRADER, start(spread_settings(max_sets=10), SPREAD)).code == "OK"


def test_a_change_of_a_running_spread_is_judged_from_what_it_holds(begin: Begin) -> None:
    # Given a spread that holds three sets
    world = begin(limits=bound(50))
    settings = spread_settings(naked_lots=3)
    world.do(TRADER, start(settings, SPREAD))
    world.wait(20)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    # When more lots are to be naked than the bound allows
    wider = replace(settings, naked_lots=8, max_sets=20)
    change = c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=wider)
    seen, done = ask(world, change), world.do(TRADER, change)
    # Then it is refused, and the spread goes on with what it had.
    assert (seen.verdict, done.code) == (Verdict.DENY, "LEGGED_STATE")
    assert world.account.strategies[SPREAD].settings == settings


def test_a_limit_that_was_tightened_meanwhile_is_asked_again_at_the_approval(begin: Begin) -> None:
    # Given a start that waits for a second person
    world = begin(limits=replace(bound(500), confirm_value_yuan=Decimal(100_000)))
    body = start(spread_settings(naked_lots=6, max_sets=6), SPREAD)
    assert world.do(TRADER, body).code == "CONFIRM2"
    # When the bound shrinks before the approval
    turn = Turn(world.state, world.at, "limits", RUNNER)
    turn.say(LimitsSet(account=ONE, limits=replace(bound(50), confirm_value_yuan=Decimal(100_000))))
    world.runner._append(turn)
    done = world.decide(CHECKER, world.parked)
    # Then the yes starts nothing.
    assert done.code == "STALE"
    assert SPREAD not in world.account.strategies
