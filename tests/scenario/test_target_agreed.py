"""A target that runs is agreed to, and changed, by what it has gathered and fixed: never as if it were started anew."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import OrderRecorded
from terminal.domain.fact.target_marks import RatioFrozen, TargetProposed
from terminal.domain.parameters.target import BasisTable, FactorKind, FixedBand, TargetMode
from tests.engine_world import CHECKER, ONE, RISK, SPOT, I, World
from tests.scenario.conftest import Begin
from tests.scenario.targets import KEEPER, TABLE, change, marks, ore_limits, quote_spot, score, start, target, tonnes
from tests.unit.engine.foreseen import ask

PROPOSE: Final = TargetMode.PROPOSE
DAILY: Final = BasisTable(spot=SPOT, rows=TABLE.rows, sample_seconds=86_400, window=10, at_least=3)
LAST_DAYS: Final = (20210107, 20210108, 20210111, 20210112, 20210113, 20210114)  # of i2101, which ends on the 15th


def in_the_last_days(begin: Begin, source: BasisTable = DAILY) -> World:
    """Start a proposing target that takes one sample a day, and come to the last day but one of its contract.

    The basis is dear on each of its days, so the table asks for 60 %.
    """
    world = begin(limits=ore_limits(), at=instant(LAST_DAYS[0], 10))
    quote_spot(world, 840)
    assert start(world, target(source=source, mode=PROPOSE)).ok
    world.wait(3)
    for place, day in enumerate(LAST_DAYS[1:]):
        at = 831 - place
        world.show_at(instant(day, 9, 5), {I: (at, f"{at}.5")})
        quote_spot(world, 840)
        world.wait(5)
        world.show({I: (at, f"{at}.5")})
        world.wait(5)
    (today,) = [mark for mark in marks(world, RatioFrozen) if mark.trading_day == LAST_DAYS[-1]]
    assert (today.low, today.ratio, today.high) == (55, 60, 65)
    return world


def foreseen(world: World, **changes: Any) -> tuple[str, ...]:
    row = world.account.strategies[KEEPER]
    settings = msgspec.structs.replace(row.settings, **changes)
    body = c.ChangeStrategy(account=ONE, strategy=KEEPER, base_version=row.version, settings=settings)
    found = ask(world, body)
    return (found.sentence, *found.details)


def test_a_proposal_is_agreed_to_in_the_last_days_of_its_contract(begin: Begin) -> None:
    # Given a window of daily samples that is full, and a proposal to sell 55 lots, two days before the end
    world = in_the_last_days(begin)
    (proposal,) = marks(world, TargetProposed)
    assert (proposal.number, proposal.lots) == (1, 55)
    # When a person lowers what it may trade, and agrees
    lowered = change(world, most_lots=100)
    assert lowered.ok, lowered.sentence
    agreed = change(world, go=1)
    assert agreed.ok, agreed.sentence
    # Then it is traded, though three samples more would not be gathered any more.
    world.wait(20)
    assert world.net(I) == -55


def test_what_a_person_agrees_to_is_foreseen_by_the_ratio_of_the_day(begin: Begin) -> None:
    # Given a day whose ratio is fixed at 60 %, and a basis that has become cheap since
    world = in_the_last_days(begin)
    world.show({I: (839, "839.5")})
    world.wait(5)
    # Then the preview of agreeing says what will be sold, and not what a target would that is started now.
    said = foreseen(world, go=1)
    (today,) = [one for one in said if one.startswith("今日比例")]
    assert today.startswith("今日比例 60%，区间 55% 至 65%（基差 12.75 元")
    assert today.endswith("须卖 i2101 55 手，配到 55.0%")
    # And of another source it says from when on it counts.
    assert "今日的比例已定，改了的比例来源从下一个交易日起算" not in said
    fixed = foreseen(world, source=FixedBand(low=Decimal(70), high=Decimal(80)))
    assert "今日的比例已定，改了的比例来源从下一个交易日起算" in fixed


def test_more_is_lacking_than_was_proposed_and_the_preview_says_what_is_agreed_to(begin: Begin) -> None:
    # Given a proposal of 80 lots, and twice the stock before it is made anew: 160 are lacking
    world = begin(limits=ore_limits())
    assert start(world, target(mode=PROPOSE)).ok
    world.wait(2)
    tonnes(world, 20_000)
    world.wait(2)
    assert [(mark.number, mark.lots) for mark in marks(world, TargetProposed)] == [(1, 80)]
    # Then the 80 lots that were proposed are what is foreseen
    (today,) = [one for one in foreseen(world, go=1) if one.startswith("今日比例")]
    assert today.endswith("须卖 i2101 80 手，配到 40.0%")
    # and once they are out, no more of what is lacking is.
    world.wire.hold_orders = True
    assert change(world, go=1).ok
    world.wait(1)
    assert [fact.terms.lots for fact in world.facts(OrderRecorded)] == [80]
    assert any("同意过的 80 手都已成交或报出" in one for one in foreseen(world, most_lots=190))


def test_a_source_that_is_changed_counts_what_has_been_gathered(begin: Begin) -> None:
    # Given five daily samples, and two days left
    world = in_the_last_days(begin)
    # When more samples are asked for, then what is there counts: eight need three more, seven need two
    refused = change(world, source=msgspec.structs.replace(DAILY, at_least=8))
    assert "预热样本 8 个、每 86400 秒一个，DCE.i2101 只剩 2 个交易日，凑不满；请改小。" in refused.sentence
    assert change(world, source=msgspec.structs.replace(DAILY, at_least=7)).ok
    # And a window of other samples begins with none.
    other = change(world, source=msgspec.structs.replace(DAILY, window=9))
    assert "预热样本 3 个" in other.sentence


def test_days_that_were_noted_count_where_more_of_them_are_asked_for(begin: Begin) -> None:
    # Given four days noted, and two left
    world = begin(limits=ore_limits(), at=instant(LAST_DAYS[2], 10))
    quote_spot(world, 840)
    assert start(world, target(source=score(kind=FactorKind.VOLATILITY, days=4), mode=PROPOSE)).ok
    world.wait(5)
    for day in LAST_DAYS[3:]:
        world.show_at(instant(day, 9, 5))
        world.wait(5)
    # Then what takes one day more may be asked for, and not what takes two.
    refused = change(world, source=score(kind=FactorKind.VOLATILITY, days=5))
    assert "统计天数 5 个交易日，DCE.i2101 只剩 2 个，凑满之前就到期" in refused.sentence
    assert change(world, source=score(kind=FactorKind.VOLATILITY, days=3)).ok
    assert change(world, most_lots=100).ok


@pytest.mark.parametrize(
    ("stock", "fraction", "why"),
    [(900, "0.9", "比一手还窄"), (10_000, "0.7", "超过敞口的 70% 须逐笔复核"), (0, "0.9", "敞口为 0")],
)
def test_limits_that_have_changed_keep_nobody_from_managing_what_runs(
    begin: Begin, stock: int, fraction: str, why: str
) -> None:
    # Given a target, and limits under which it could not be started any more
    world = begin(limits=ore_limits())
    assert start(world, target(mode=PROPOSE)).ok
    world.wait(5)
    limits = world.account.limits
    assert limits is not None
    bounds = tuple(msgspec.structs.replace(one, physical_tonnes=Decimal(stock)) for one in limits.hedge_bounds)
    changed = msgspec.structs.replace(limits, hedge_bounds=bounds, hedge_confirm_fraction=Decimal(fraction))
    done = world.do(RISK, c.ChangeLimits(account=ONE, base_version=limits.version, limits=changed))
    if done.code == "CONFIRM2":
        done = world.decide(CHECKER, world.parked)
    assert done.ok, done.sentence
    assert world.account.limits == msgspec.structs.replace(changed, version=limits.version + 1)
    # Then it may be given less to trade, and a source that is changed still has to be possible.
    lowered = change(world, most_lots=100)
    assert lowered.ok, lowered.sentence
    narrow = change(world, source=FixedBand(low=Decimal(80), high=Decimal(89)))
    assert narrow.ok is (stock == 0)
    assert stock == 0 or why in narrow.sentence
