"""A rule of several contracts of which some cannot be opened, in the users' words: too little money for one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRefused
from terminal.strategies.children import REFUSAL_WINDOW
from terminal.strategies.own.code import Aim, Seen
from tests.engine_world import AP, FAR, RB, I, World
from tests.scenario.test_own_of_several import orders, taught
from tests.scenario.test_own_strategy import NAME, learned, start


def test_what_cannot_be_opened_in_one_contract_holds_back_no_close_of_another() -> None:
    # Given a rule that holds a lot of ore, and asks for more rebar than there is money for, again and again
    def leaving_ore(numbers: Any, seen: Mapping[str, Seen]) -> dict[str, Aim] | None:
        steel = seen["steel"].prices
        if not steel:
            return None
        return {"steel": Aim(5 if steel[-1] > 3702 else 0, "螺纹"), "ore": Aim(int(steel[-1] < 3720), "铁矿")}

    world = World(cash=20_000)
    world.show({RB: (3699, 3700)})
    start(world, taught(leaving_ore, ("ore", I, 5)))
    world.wait(10)
    assert world.net(I) == 1
    world.show({RB: (3705, 3706)})
    while len(world.facts(OrderRefused)) < 2:
        world.wait(1)
    # When it wants out of ore while its openings have to wait for half a minute
    world.show({RB: (3725, 3726)})
    world.wait(4)
    # Then it is out at once, and rebar is asked for no sooner than before.
    assert world.net(I) == 0
    assert len(world.facts(OrderRefused)) == 2
    world.wait(120)
    assert world.account.strategies[NAME].status is StrategyStatus.RUNNING


def test_many_contracts_that_cannot_be_opened_pause_it_no_more_than_one_does() -> None:
    # Given four contracts of which the money pays for the last alone
    def four(numbers: Any, seen: Mapping[str, Seen]) -> dict[str, Aim] | None:
        most = {"steel": 5, "far": 5, "ore": 5, "apples": 1}
        return {name: Aim(lots, "都要") for name, lots in most.items()} if seen["steel"].prices else None

    world = World(cash=20_000)
    world.show()
    start(world, taught(four, ("far", FAR, 5), ("ore", I, 5), ("apples", AP, 5)))
    world.wait(100)
    # Then it goes on asking, at a pace that the gate bears, and has what it can pay for.
    assert world.account.strategies[NAME].status is StrategyStatus.RUNNING
    assert (world.net(AP), [one.terms.instrument for one in orders(world)]) == (1, [AP])
    told = [
        entry.record.utc
        for entry in world.journal.replay()
        if isinstance(getattr(entry.record, "fact", None), OrderRefused)
    ]
    assert len(told) >= 4
    assert all(third - first >= REFUSAL_WINDOW for first, third in zip(told, told[2:], strict=False))


def test_what_it_holds_is_closed_at_once_however_often_more_of_the_same_contract_was_refused() -> None:
    # Given a rule that holds two lots and has asked for more than there is money for, for ten minutes
    def more(numbers: Any, seen: Seen) -> Aim | None:
        if not seen.prices:
            return None
        return Aim(0 if seen.prices[-1] > 3720 else 5 if seen.held else 2, "螺纹")

    world = World(cash=10_000)
    world.show()
    start(world, learned(more))
    world.wait(600)
    assert world.net(RB) == 2
    assert len(world.facts(OrderRefused)) > 10
    # When it wants out
    world.show({RB: (3725, 3726)})
    world.wait(4)
    # Then it is out.
    assert world.net(RB) == 0
