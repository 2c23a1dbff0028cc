"""Run a spread against spot: ore at Rizhao against its future, a hundred tonnes a lot."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone, StrategyMarked
from terminal.domain.fact.spot_marks import SpotConfirmed, SpotDue, SpotMark, SpotOverdue, SpotWaived
from terminal.domain.orders.order import Side
from terminal.domain.parameters.spot_side import SpotSide
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.domain.spot_commands import ConfirmSpot
from terminal.strategies.spread.memory import SpreadMemory
from tests.engine_world import ONE, SPOT, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.legs import SPREAD


def carry(**changes: object) -> SpreadSettings:
    """Buy ore at Rizhao and sell the future where the basis is 45 or less; go back at 70 or more."""
    settings = SpreadSettings(
        account=ONE,
        legs=(
            SpreadLeg(instrument=SPOT, coefficient=Decimal(1), lots=0),
            SpreadLeg(instrument=I, coefficient=Decimal(-1), lots=-1, active=True),
        ),
        buy_at=Decimal(45),
        sell_at=Decimal(70),
        sets=5,
        max_sets=5,
        pause_seconds=1,
        spot_side=SpotSide(tonnes=Decimal(100), alert_minutes=30),
    )
    return replace(settings, **changes)


def begin(world: World, settings: SpreadSettings) -> None:
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=SPREAD, settings=settings))
    assert done.code == "OK", done.sentence


def quote(world: World, price: int) -> None:
    done = world.do(TRADER, c.QuoteSpot(instrument=SPOT, price=Decimal(price), source="港口报价"))
    assert done.ok, done.sentence


def ore(world: World, bid: int, *, lots: int = 500) -> int:
    """Show ore at a bid, give the spread time, and return the lots of its future."""
    for _ in range(7):
        world.show({I: (bid, bid + 1)}, lots=lots)
        world.wait(2)
    return world.net(I)


def confirm(
    world: World, tonnes: int | str, price: int = 880, *, side: Side = Side.BUY, done: Decimal | None = None
) -> CommandDone:
    body = ConfirmSpot(
        account=ONE,
        strategy=SPREAD,
        side=side,
        tonnes=Decimal(tonnes),
        price=Decimal(price),
        contract="HT-1",
        done=done,
    )
    return world.do(TRADER, body)


def waive(
    world: World, tonnes: int, *, side: Side = Side.BUY, done: Decimal | None = None, why: str = "期货已平"
) -> CommandDone:
    body = ConfirmSpot(account=ONE, strategy=SPREAD, side=side, tonnes=Decimal(tonnes), done=done, waived=why)
    return world.do(TRADER, body)


def memory(world: World) -> SpreadMemory:
    found = world.account.strategies[SPREAD].memory
    assert isinstance(found, SpreadMemory)
    return found


def stated(world: World) -> list[SpotMark]:
    kinds = SpotDue | SpotConfirmed | SpotWaived | SpotOverdue
    return [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, kinds)]


def card(world: World) -> str:
    (shown,) = Desk(world).strategies.values()
    return shown.sentence
