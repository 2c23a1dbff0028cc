"""What passed the check of legged states is never held back by those rules later, whatever the market does (E4)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random

import pytest
from msgspec.structs import replace

from terminal.domain.fact.facts import OrderRefused
from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.parameters.limits import HedgeBound
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.strategies.spread.balance import unbalanced
from terminal.strategies.spread.memory import SpreadMemory
from tests.engine_world import AP, FAR, LIMITS, RB, TRADER, Price, Shown, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, spread_settings
from tests.unit.engine.foreseen import start

ALONE = {"C2", "C4", "C5", "C6"}
LAST: dict[InstrumentId, Price] = {RB: 3700, FAR: 3600, AP: 8000}

Draw = Callable[[Random], SpreadSettings]


def quotes(luck: Random) -> dict[InstrumentId, Shown]:
    """Draw a market in which a side is missing one time in six, and the spread is cheap, dear or neither."""

    def book(bid: int, width: int) -> Shown:
        return (None if luck.random() < 1 / 6 else bid, None if luck.random() < 1 / 6 else bid + width)

    shown = {RB: book(luck.choice((3690, 3700, 3750, 3760)), 1), FAR: book(luck.choice((3595, 3600, 3605)), 2)}
    return shown | {AP: book(luck.choice((7995, 8000, 8005)), 1)}


def uneven(luck: Random) -> SpreadSettings:
    """Draw a spread of two or three legs whose lots are uneven, and whose weights are not their lots."""
    names = luck.choice(((RB, FAR), (FAR, RB, AP), (AP, FAR), (RB, AP, FAR)))
    lead = luck.randrange(len(names))
    signs = (1, -1, -1)
    legs = tuple(
        SpreadLeg(
            instrument=name,
            coefficient=Decimal(luck.randrange(1, 4)) * sign,
            lots=luck.randrange(1, 6) * sign,
            active=place == lead,
            pay_up_ticks=luck.randrange(3),
        )
        for place, (name, sign) in enumerate(zip(names, signs, strict=False))
    )
    now = sum((leg.coefficient * Decimal(LAST[leg.instrument]) for leg in legs), Decimal(0))
    drawn = spread_settings(naked_lots=luck.randrange(5, 40), sets=luck.randrange(1, 4), max_sets=luck.randrange(1, 5))
    return replace(drawn, legs=legs, buy_at=now, sell_at=now + luck.choice((5, 20)))


def even(luck: Random) -> SpreadSettings:
    """Draw a spread of one lot against one."""
    return spread_settings(naked_lots=luck.randrange(1, 8), sets=luck.randrange(1, 4), max_sets=luck.randrange(1, 9))


def began(begin: Begin, luck: Random, draw: Draw) -> World | None:
    """Begin a world with tight limits and start a spread in it; `None` where the check says no."""
    tonnes = Decimal(luck.randrange(20, 90))
    bound = HedgeBound(group="螺纹", physical_tonnes=tonnes, weights={ProductId("SHFE.rb"): Decimal(10)})
    limits = replace(LIMITS, hedge_bounds=(bound,), position_lots=luck.randrange(4, 14))
    world = begin(limits=limits)
    world.show({name: (price, int(price) + 1) for name, price in LAST.items()}, last=LAST)
    settings = replace(
        draw(luck),
        hedge_seconds=luck.choice((1, 2)),
        max_chases=luck.choice((1, 2)),
        pause_seconds=0,
        max_loss_yuan=luck.choice((None, Decimal(500))),
    )
    done = world.do(TRADER, start(settings, SPREAD))
    assert done.code in {"OK", "LEGGED_STATE"}, done.sentence
    return world if done.code == "OK" else None


@pytest.mark.parametrize("draw", [even, uneven])
@pytest.mark.parametrize("seed", range(24))
def test_no_child_of_a_spread_that_may_start_is_refused_for_size_position_hedge_or_margin(
    begin: Begin, seed: int, draw: Draw
) -> None:
    luck = Random(seed)
    world = None
    while world is None:
        world = began(begin, luck, draw)
    crash = luck.randrange(150)
    row = world.account.strategies[SPREAD]
    for step in range(150):
        world.show(quotes(luck), after=luck.choice((1, 1, 3)), lots=luck.choice((1, 2, 5, 500)), last=LAST)
        if step == crash:
            world.restart()
            row = world.account.strategies[SPREAD]
        memory = row.memory
        assert isinstance(memory, SpreadMemory)
        assert isinstance(row.settings, SpreadSettings)
        assert unbalanced(row.settings, memory.nets) <= row.settings.naked_lots
    held = {finding.control for fact in world.facts(OrderRefused) for finding in fact.findings}
    assert not held & ALONE
