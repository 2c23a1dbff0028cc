"""A rule that holds nothing goes to another month by a change of its settings; one that holds lots never does."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.ids import InstrumentId
from terminal.domain.parameters.own import Before, OwnSettings
from terminal.strategies.own.windows import rebound, watches_of
from tests.engine_world import FAR, ONE, RB, TRADER, I, World
from tests.scenario.test_own_strategy import NAME, around, at, learned, start


def change(world: World, settings: OwnSettings, version: int = 1) -> c.ChangeStrategy:
    return c.ChangeStrategy(account=ONE, strategy=NAME, base_version=version, settings=settings)


def now(world: World) -> int:
    assert world.runner.engine is not None
    return world.runner.engine.columns.at


def test_with_nothing_held_it_goes_on_by_what_it_saw_moved_to_the_other_month(world: World) -> None:
    # Given a rule that stands out of the market at its price, and a far month sixty higher
    settings = learned(around)
    start(world, settings)
    world.show({RB: (3699, 3701), FAR: (3759, 3761)})
    world.wait(12)
    assert world.net(RB) == 0
    # When its contract is changed
    moved = rebound(settings, RB, FAR, now(world), Decimal(60))
    done = world.do(TRADER, change(world, moved))
    # Then it looks at the far month, and what it saw of the near one stands there too: its price is far's.
    assert done.ok, done
    world.show({FAR: (3759, 3761)})
    assert world.runner.engine is not None
    seen = world.runner.engine.columns.watches[watches_of(moved)[0]].samples()
    assert len(seen) == 10
    assert set(seen) == {3760.0}
    world.wait(12)
    assert (world.net(RB), world.net(FAR)) == (0, 3)
    world.restart()
    world.wait(12)
    assert (world.net(RB), world.net(FAR)) == (0, 3)


def test_with_lots_held_it_is_for_a_roll_to_take_it(world: World) -> None:
    settings = learned(around)
    start(world, settings)
    at(world, 3705)
    assert world.net(RB) == 3
    world.show({FAR: (3759, 3761)})
    done = world.do(TRADER, change(world, rebound(settings, RB, FAR, now(world), Decimal(60))))
    assert not done.ok
    assert "已有 3 手或有委托在途时合约不能换，请由移仓带它过去" in done.sentence


@pytest.mark.parametrize(
    ("other", "until", "shift", "said"),
    [
        (I, 0, "60", "不是同一品种、同一合约乘数"),
        (InstrumentId("SHFE.rb2999"), 0, "60", "合约 SHFE.rb2999 不在行情中"),
        (FAR, 0, "0.5", "整数跳"),
        (FAR, 3_600_000_000_000, "60", "到何时"),
    ],
)
def test_what_cannot_be_gone_to_is_refused_in_a_sentence(
    other: InstrumentId, until: int, shift: str, said: str, world: World
) -> None:
    settings = learned(around)
    start(world, settings)
    world.show({RB: (3699, 3701), FAR: (3759, 3761)})
    world.wait(12)
    done = world.do(TRADER, change(world, rebound(settings, RB, other, now(world) + until, Decimal(shift))))
    assert not done.ok
    assert said in done.sentence


def test_the_contract_alone_or_a_history_alone_is_no_change(world: World) -> None:
    settings = learned(around)
    start(world, settings)
    world.show({RB: (3699, 3701), FAR: (3759, 3761)})
    world.wait(12)
    history = Before(instrument=FAR, until=now(world), shift=Decimal(1))
    for other in (replace(settings, instrument=FAR), replace(settings, before=(history,))):
        done = world.do(TRADER, change(world, other))
        assert not done.ok
        assert "与换去的合约不符" in done.sentence
