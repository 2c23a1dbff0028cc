"""A number that is none stops at the door wherever it hides: in a row, a factor, a leg, a group of the limits."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.absurd import is_absurd
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised, StrategyStarted
from terminal.domain.ids import StrategyId, TaskId
from terminal.domain.orders.order import Cause, Origin, Side
from terminal.domain.parameters.own import Before
from terminal.domain.parameters.strategy import Conversion, SpreadLeg, SpreadSettings, StrategySettings, Swap
from terminal.domain.parameters.target import FactorKind, RatioRow
from terminal.domain.words.risk import Verdict
from terminal.engine.confirmations import approval
from terminal.engine.previews.command import preview
from tests.engine_market import CALL_830
from tests.engine_world import CHECKER, FAR, ONE, RB, RISK, TRADER, I, World, device, run
from tests.scenario.conftest import Begin
from tests.scenario.converting import opened, settings, start
from tests.scenario.targets import KEEPER, ROWS, TABLE, change, ore_limits, quote_spot, score, target

PLAIN = SpreadSettings(
    account=ONE,
    legs=(
        SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=1, active=True),
        SpreadLeg(instrument=FAR, coefficient=Decimal(-1), lots=-1),
    ),
    buy_at=Decimal(90),
    sell_at=Decimal(110),
)
NONE = ["NaN", "Infinity", "-Infinity", "1E+40"]


def bodies(number: Decimal) -> list[c.CommandBody]:
    """Return wishes that hold a number inside a row."""
    limits = ore_limits()
    bound = msgspec.structs.replace(limits.hedge_bounds[0], physical_tonnes=number)
    legs = (msgspec.structs.replace(PLAIN.legs[0], coefficient=number), *PLAIN.legs[1:])
    scored = score(kind=FactorKind.BASIS)
    factor = msgspec.structs.replace(scored.factors[0], weight=number)
    wanted: list[StrategySettings] = [
        target(source=msgspec.structs.replace(TABLE, rows=(*ROWS[:-1], RatioRow(upto=Decimal(100), ratio=number)))),
        target(source=msgspec.structs.replace(scored, factors=(factor,))),
        msgspec.structs.replace(PLAIN, legs=legs),
    ]
    started: list[c.CommandBody] = [
        c.StartStrategy(account=ONE, strategy=StrategyId("x"), settings=one) for one in wanted
    ]
    changed = msgspec.structs.replace(limits, hedge_bounds=(bound,))
    return [*started, c.ChangeLimits(account=ONE, base_version=limits.version, limits=changed)]


@pytest.mark.parametrize("number", NONE)
def test_a_number_that_is_none_inside_a_row_is_refused_and_trading_goes_on(begin: Begin, number: str) -> None:
    world = begin(limits=ore_limits())
    quote_spot(world, 900)
    for body in bodies(Decimal(number)):
        person = RISK if isinstance(body, c.ChangeLimits) else TRADER
        seen = preview(world.engine.look, person, device(person), 1, body, split_close=True)
        assert seen.verdict is Verdict.DENY
        assert "不是有效数字" in seen.sentence
        assert world.do(person, body).code == "BAD_NUMBER"
    world.wait(2)
    assert world.buy(1, 3702).terms.lots == 1


def test_more_lots_in_a_leg_than_any_market_has_are_no_number(world: World) -> None:
    legs = (msgspec.structs.replace(PLAIN.legs[0], lots=10**12), *PLAIN.legs[1:])
    body = c.StartStrategy(account=ONE, strategy=StrategyId("x"), settings=msgspec.structs.replace(PLAIN, legs=legs))
    assert world.do(TRADER, body).code == "BAD_NUMBER"


def test_until_when_a_contract_before_a_roll_counts_is_a_time_and_no_count() -> None:
    assert not is_absurd(Before(instrument=RB, until=1_597_971_601_000_000_000, shift=Decimal(3)))


@pytest.mark.parametrize("verb", [Swap.SYNTHETIC, Swap.DELTA])
def test_a_rate_beyond_a_hundred_per_cent_is_refused_with_its_reason(begin: Begin, verb: Swap) -> None:
    world = opened(begin)
    world.buy(4, "40.5", instrument=CALL_830)
    made = settings(verb, future_lots=2) if verb is Swap.DELTA else settings(verb)
    wanted = msgspec.structs.replace(made, conversion=Conversion(verb=verb, rate=Decimal(3000)))
    body = c.StartStrategy(account=ONE, strategy=StrategyId("x"), settings=wanted)
    seen = preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=True)
    assert seen.verdict is Verdict.DENY
    assert "年利率 300000% 超过 100%，算不出平价和 Delta；请核对单位后改小，已在运行的停止后另建。" in seen.sentence
    assert "超过 100%" in start(world, wanted).sentence
    assert world.buy(1, "40.5", instrument=CALL_830).terms.side is Side.BUY


def keep_absurd(world: World) -> None:
    """Journal what a runner of before let in: a target that weighs its only factor without end."""
    scored = score(kind=FactorKind.BASIS)
    factor = msgspec.structs.replace(scored.factors[0], weight=Decimal("Infinity"))
    wanted = target(source=msgspec.structs.replace(scored, factors=(factor,)))
    turn = world.engine._turn("cmd:old")
    turn.say(
        StrategyStarted(
            account=ONE,
            strategy=KEEPER,
            settings=wanted,
            version=1,
            task=TaskId("keeper"),
            person=TRADER,
        )
    )
    run(world.runner.commit(turn))


def test_a_journal_that_holds_such_a_strategy_starts_with_it_paused_until_it_has_other_settings(begin: Begin) -> None:
    world = begin(limits=ore_limits())
    quote_spot(world, 900)
    keep_absurd(world)
    world.restart()
    world.wait(5)
    row = world.account.strategies[KEEPER]
    assert (row.status, row.reason) == (StrategyStatus.PAUSED, "设置里有不是有效数字的数（如无穷大）")
    told = [one.sentence for one in world.facts(AlertRaised) if one.code == "BAD_NUMBER"]
    assert told == ["策略 keeper 已暂停：设置里有不是有效数字的数（如无穷大）；请先改设置，再恢复运行。"]
    assert world.buy(1, 3702).terms.lots == 1
    again = world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=KEEPER))
    assert (again.code, "请先改设置，再恢复运行。" in again.sentence) == ("BAD_NUMBER", True)
    assert change(world, source=score(kind=FactorKind.BASIS)).code == "OK"
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=KEEPER)).ok
    world.wait(5)
    assert world.net(I) < 0
    world.restart()
    assert world.account.strategies[KEEPER].status is StrategyStatus.RUNNING
    world.check()


def test_what_was_parked_with_such_a_number_is_not_carried_out_when_it_is_approved(begin: Begin) -> None:
    world = begin(limits=ore_limits())
    asked = Cause(origin=Origin.MANUAL, person=RISK, device=device(RISK))
    limits = msgspec.structs.replace(ore_limits(margin_max=Decimal("Infinity")), version=2)
    turn = world.engine._turn("cmd:old")
    stored = approval.describe(world.engine.look, world.account, asked, None)
    approval.park(turn, world.account, msgspec.structs.replace(stored, limits=limits), (), "放宽限额")
    run(world.runner.commit(turn))
    done = world.decide(CHECKER, world.parked)
    assert (done.code, "不是有效数字" in done.sentence) == ("STALE", True)
    assert world.account.limits == ore_limits()


def test_a_third_in_a_row_is_a_number_like_any_other(begin: Begin) -> None:
    for body in bodies(Decimal(1) / 3):
        assert not is_absurd(body)
    for body in bodies(Decimal("1E-99")):
        assert is_absurd(body)
