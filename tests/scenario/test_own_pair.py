"""The rule of two contracts that the manual prints, in the users' words: only one of them trades."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from terminal.domain.fact.facts import OrderFilled
from terminal.domain.market import Column
from terminal.domain.parameters.own import OwnContract, OwnNumber, OwnSettings
from terminal.strategies.own.code import OwnCode
from terminal.strategies.table import OWN
from tests.engine_world import FAR, ONE, RB, World
from tests.own_pair import PAIR
from tests.scenario.test_own_strategy import start

SECOND = 1_000_000_000


def pair() -> OwnSettings:
    """Teach the house the manual's rule, ten seconds long, and return settings that name it: far for hc, rebar."""
    said: dict[str, Any] = {}
    exec(PAIR, said)
    numbers = tuple(
        OwnNumber(name=name, title=name, unit="", least=Decimal(1), most=Decimal(500), value=Decimal(value))
        for name, value in (("span", 10), ("far", 30), ("lots", 2))
    )
    names = said["CONTRACTS"]
    OWN.learn(OwnCode("pair.py", "a" * 64, "配对", numbers, 1, 10, said["aim"], lambda _: "", None, names, names))
    return OwnSettings(
        account=ONE, instrument=FAR, code="pair.py", sha256="a" * 64, title="配对", max_lots=4, numbers=numbers,
        sample_seconds=1, window=10, others=(OwnContract(name="rb", instrument=RB, max_lots=4),),
    )  # fmt: skip


def unsold(world: World) -> Callable[..., None]:
    """Return what shows a market in which far is quoted on both sides and nobody sells it."""

    def show(far: int | None = None) -> None:
        world.at += SECOND
        world.quotes.update({} if far is None else {FAR: (far, far + 1)})
        world.grow()
        batch = world.market.grown[-1]
        batch.rows[list(batch.slots).index(world.market.universe.index(FAR))][Column.ASK_LOTS] = 0
        world.drain()

    return show


def test_the_manuals_pair_closes_the_leg_that_traded_when_the_gap_has_closed_and_opens_no_stale_pair(
    world: World,
) -> None:
    # Given the pair, warm, and far that falls sixty below its mean while nobody sells it: only rebar trades
    world.show({RB: (3700, 3701), FAR: (3600, 3601)})
    start(world, pair())
    world.wait(14)
    assert (world.net(FAR), world.net(RB)) == (0, 0)
    show = unsold(world)
    show(3540)
    for _ in range(3):
        show()
    assert (world.net(FAR), world.net(RB)) == (0, -2)
    # When the gap closes before far could be bought
    show(3600)
    for _ in range(8):
        show()
    # Then rebar is closed, and far is not bought when somebody sells it again.
    assert (world.net(FAR), world.net(RB)) == (0, 0)
    world.wait(20)
    assert (world.net(FAR), world.net(RB)) == (0, 0)
    assert {fact.instrument for fact in world.facts(OrderFilled)} == {RB}
