"""Hold options or their future, and exchange the one for the other as a person does (期权期货互转)."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.parameters.strategy import Conversion, SpreadSettings, Swap
from terminal.domain.products.conversion import SwapWish, swap_legs
from terminal.engine.previews.command import preview
from terminal.engine.screen import Preview
from terminal.engine.state import StrategyRow
from tests.engine_market import CALL_830, PUT_830, WITH_PAIR, instruments
from tests.engine_world import ONE, TRADER, I, Shown, World, device
from tests.scenario.conftest import Begin

SWAP = StrategyId("互转")
RATE = Decimal("0.02")
SHOWN: dict[InstrumentId, Shown] = {CALL_830: ("40", "40.5"), PUT_830: ("39", "39.5"), I: ("830", "830.5")}


def opened(begin: Begin, **options: object) -> World:
    """Return a world that shows a call, a put and their future at 830, and holds nothing."""
    world = begin(universe=WITH_PAIR, **options)
    tick(world, SHOWN)
    return world


def tick(world: World, shown: dict[InstrumentId, Shown] | None = None) -> None:
    """Show the market a second later, each of the three at its bid as the last price."""
    now = world.quotes | (shown or {})
    last = {name: bid for name in SHOWN if (bid := now[name][0]) is not None} if SHOWN.keys() <= now.keys() else None
    world.show(shown, last=last)


def settings(
    verb: Swap = Swap.SYNTHETIC,
    *,
    to_future: bool = True,
    side: Side = Side.BUY,
    lots: int = 4,
    future_lots: int | None = None,
    limit: str = "9999",
    naked_lots: int = 4,
    option: InstrumentId = CALL_830,
) -> SpreadSettings:
    """Return a conversion of the call (and the put, where it is synthetic) to the future, or back."""
    known = instruments()
    wish = SwapWish(
        verb,
        known[option],
        known[PUT_830] if verb is Swap.SYNTHETIC else None,
        known[I],
        side,
        to_future,
        lots,
        lots if future_lots is None else future_lots,
    )
    legs, sets = swap_legs(wish)
    return SpreadSettings(
        account=ONE,
        legs=legs,
        buy_at=Decimal(limit),
        sell_at=Decimal(limit),
        sets=sets,
        max_sets=sets,
        naked_lots=naked_lots,
        conversion=Conversion(verb=verb, rate=RATE),
    )


def start(world: World, wanted: SpreadSettings) -> CommandDone:
    return world.do(TRADER, c.StartStrategy(account=ONE, strategy=SWAP, settings=wanted))


def started(world: World, wanted: SpreadSettings) -> StrategyRow:
    done = start(world, wanted)
    assert done.code == "OK", done.sentence
    return world.account.strategies[SWAP]


def foresee(world: World, wanted: SpreadSettings) -> Preview:
    body = c.StartStrategy(account=ONE, strategy=SWAP, settings=wanted)
    return preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=True)


def told(answer: Preview, head: str) -> list[str]:
    """Return the sentences of a preview that begin so."""
    return [one for one in answer.details if one.startswith(head)]


def lots(world: World) -> tuple[int, int, int]:
    """Return the net lots of call, put and future."""
    held = [world.account.book.position(name, HedgeFlag.SPECULATION) for name in (CALL_830, PUT_830, I)]
    assert not any(one.long and one.short for one in held), "what was to be closed was opened against itself"
    return world.net(CALL_830), world.net(PUT_830), world.net(I)
