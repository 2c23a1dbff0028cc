"""Fewer lots may not stand open between the legs while more do: the hedge that is out would be taken back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import CommandDone, LevelChanged
from terminal.domain.ids import StrategyId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import Side
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.strategy import DaysToExpiry, RollSettings, SpreadSettings, StrategySettings
from tests.engine_world import CHECKER, FAR, ONE, RB, TRADER, World, run
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, spread_settings
from tests.scenario.test_changed_to_less import NAME, agreed
from tests.scenario.test_spread_grid import ladder
from tests.unit.engine.foreseen import ask, start

PATIENT: Final = replace(spread_settings(sets=2, max_sets=6, naked_lots=12), hedge_seconds=60, pause_seconds=1)
ROLL: Final = RollSettings(
    account=ONE, near=RB, far=FAR, side=Side.BUY, lots=6, batch_lots=3, naked_lots=3, timings=(DaysToExpiry(days=900),)
)


def began(begin: Begin, settings: StrategySettings) -> World:
    world = begin()
    world.traded = {RB, FAR}
    world.wait(1)
    assert world.do(TRADER, start(settings, SPREAD)).ok
    return world


def hedge_waits(world: World, far: tuple[int | None, int | None], before: tuple[int, int] = (3600, 3602)) -> None:
    """Fill near, and let far lose the side its hedge needs while that is on its way."""
    held = world.net(RB)
    for _ in range(40):
        world.wire.hold_orders = True
        world.show({RB: (3700, 3701), FAR: before})
        run(world.wire.arrive())
        world.wire.hold_orders = True
        world.drain()
        if world.net(RB) != held:
            break
    world.show({FAR: far})
    world.arrive()
    world.wait(5)
    assert abs(world.net(RB) - held) > 1
    assert world.net(FAR) == 0
    assert waiting(world) > 0


def waiting(world: World) -> int:
    """Return the lots of the far month that are under way."""
    return sum(row.remaining for row in world.account.live.values() if row.terms.instrument == FAR)


def change(world: World, name: StrategyId = SPREAD, **changes: Any) -> tuple[CommandDone, str]:
    """Change what runs, and return the answer beside what the preview said before."""
    row = world.account.strategies[name]
    settings = replace(row.settings, **changes)
    body = c.ChangeStrategy(account=ONE, strategy=name, base_version=row.version, settings=settings)
    foreseen = ask(world, body).sentence
    return world.do(TRADER, body), foreseen


@pytest.mark.parametrize("settings", [PATIENT, replace(ladder(), naked_lots=12, hedge_seconds=60)])
def test_a_spread_whose_hedge_waits_keeps_it_although_fewer_lots_shall_stand_open(
    begin: Begin, settings: SpreadSettings
) -> None:
    # Given two lots of near whose hedge waits for a bid of the far month
    world = began(begin, settings)
    hedge_waits(world, (None, 3602))
    # When one person wants one lot open at most
    done, foreseen = change(world, naked_lots=1)
    # Then that is refused, with how many are open, as the preview said
    assert done.code == "NAKED_MORE"
    assert "现有 2 手" in done.sentence
    assert "多于新设置的 1 手" in done.sentence
    assert f"不能修改：{done.sentence}" in foreseen
    # And the hedge stays where it is, nothing is orange, and it fills when the bid is back
    world.wait(30)
    row = world.account.strategies[SPREAD]
    assert (row.status, waiting(world)) == (StrategyStatus.RUNNING, 2)
    assert not world.facts(LevelChanged)
    world.show({FAR: (3600, 3602)})
    world.wait(1)
    assert world.net(RB) + world.net(FAR) == 0
    # Then as many may stand open as are, or may be by what is under way, and no others.
    world.show({RB: (3740, 3741)})
    world.wait(5)
    assert change(world, naked_lots=1)[0].code == "OK"


def test_as_many_as_are_open_may_stay_so_and_whatever_else_is_changed_is_not_asked(begin: Begin) -> None:
    world = began(begin, PATIENT)
    hedge_waits(world, (None, 3602))
    assert change(world, naked_lots=2)[0].code == "OK"
    assert change(world, sell_at=Decimal(140))[0].code == "OK"
    world.wait(70)
    assert world.account.strategies[SPREAD].status is StrategyStatus.RUNNING


def test_a_resting_quote_counts_before_it_is_filled_and_a_pause_makes_room(begin: Begin) -> None:
    # Given a quote of three lots that rests six ticks below the offer
    quoted = replace(spread_settings(), buy_at=Decimal(95), quoting=SpreadQuoting())
    world = began(begin, quoted)
    world.wait(1)
    (row,) = world.account.live.values()
    assert (row.terms.instrument, row.remaining) == (RB, 3)
    # When two lots at most shall stand open, then not while three may by one fill
    done, _ = change(world, naked_lots=2)
    assert done.code == "NAKED_MORE"
    assert "现有 0 手，连同在途委托可达 3 手" in done.sentence
    # And once it is paused, and the quote taken back, they may.
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    world.wait(3)
    assert not world.account.live
    assert change(world, naked_lots=2)[0].code == "OK"
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=SPREAD)).ok
    world.wait(40)
    assert [row.remaining for row in world.account.live.values()] == [2]


def test_a_roll_that_has_closed_near_keeps_the_order_that_opens_far(begin: Begin) -> None:
    # Given three lots of near closed, and far's order waiting for an offer
    world = begin()
    world.buy(6, 3701)
    world.traded = {RB, FAR}
    world.wait(1)
    assert world.do(TRADER, start(ROLL, SPREAD)).ok
    hedge_waits(world, (3600, None))
    # When one lot at most shall be open, in batches of one
    done, _ = change(world, naked_lots=1, batch_lots=1)
    assert done.code == "NAKED_MORE"
    world.wait(70)
    # Then the roll goes on as it was, and ends once far is offered.
    assert world.account.strategies[SPREAD].status is StrategyStatus.RUNNING
    world.show({FAR: (3600, 3602)})
    world.wait(90)
    assert (world.net(RB), world.net(FAR)) == (0, 6)


def test_a_second_person_cannot_agree_to_it_either_once_a_leg_is_open(begin: Begin) -> None:
    # Given a change that waits for a second person, asked for while nothing was open
    world = agreed(begin, replace(PATIENT, buy_at=Decimal(90)))
    assert change(world, NAME, naked_lots=1, sell_at=Decimal(140))[0].code == "CONFIRM2"
    asked = world.parked
    # When near has filled, and its hedge waits
    hedge_waits(world, (None, 3613), before=(3611, 3613))
    # Then what is agreed to is void, with the reason, and the strategy is as it was.
    done = world.decide(CHECKER, asked)
    assert "多于新设置的 1 手" in done.sentence
    assert asked.state is not ConfirmationState.APPROVED
    row = world.account.strategies[NAME]
    assert isinstance(row.settings, SpreadSettings)
    assert (row.version, row.settings.naked_lots) == (1, 12)
    world.wait(10)
    assert (row.status, waiting(world)) == (StrategyStatus.RUNNING, 2)
