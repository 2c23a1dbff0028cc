"""Cancels are counted as the exchange counts them, on both sides of the wire, and over restarts of both."""

from __future__ import annotations

from pathlib import Path

import msgspec

from terminal.domain import commands as c
from terminal.domain.orders.cancel_line import CancelLine, Exempt
from terminal.domain.orders.order import HedgeFlag, Offset, OrderState, Side, TimeCondition
from terminal.domain.words.risk import Level
from terminal.engine.ports import WireOrder
from tests import engine_market
from tests.engine_world import DAY, NEXT_NIGHT, ONE, RB, TRADER, World, terms
from tests.scenario.conftest import Begin

LINE = CancelLine(5, tuple(Exempt))


def cancelled(world: World, count: int, flag: HedgeFlag = HedgeFlag.SPECULATION, *, closing: bool = False) -> None:
    wanted = terms(Side.BUY, 1, 3690, flag=flag)
    if closing:  # asks nobody, whatever the level
        wanted = terms(Side.SELL, 1, 3790, offset=Offset.CLOSE_TODAY)
    for _ in range(count):
        world.wait(11)  # control C8 paces messages, and C9 looks at repeats
        done = world.do(TRADER, c.SubmitOrder(terms=wanted))
        assert done.ok, done.sentence
        (row,) = world.account.live.values()
        assert world.do(TRADER, c.CancelOrder(account=ONE, order=row.order)).ok
        assert row.state is OrderState.CANCELLED


def level_of(world: World) -> Level:
    found = [row.level for row in world.account.levels.values() if row.signal == "cancel_use"]
    return max(found, default=Level.NORMAL)


def listed(world_of: Begin, **options: object) -> World:
    rebar = msgspec.structs.replace(engine_market.instruments()[RB], cancel_line=LINE)
    return world_of(changed={(RB, DAY): rebar}, **options)


def test_people_are_told_before_the_line_and_at_it_nobody_opens(begin: Begin) -> None:
    world = listed(begin)
    world.buy(1, 3701)
    seen = []
    for _ in range(4):
        cancelled(world, 1, closing=True)
        world.show()
        seen.append((world.account.cancels[RB], level_of(world)))
    assert seen == [(1, Level.NORMAL), (2, Level.NORMAL), (3, Level.YELLOW), (4, Level.ORANGE)]
    cancelled(world, 1, closing=True)
    done = world.order(Side.BUY, 1, 3690)
    assert not done.ok
    assert "达到上期所频繁报撤单的认定线 5 次，不能开仓" in done.sentence


def test_what_cancels_itself_and_what_hedges_is_not_counted(begin: Begin) -> None:
    world = listed(begin)
    assert world.order(Side.BUY, 1, 3690, condition=TimeCondition.FAK).ok
    cancelled(world, 1, HedgeFlag.HEDGE)
    assert world.account.cancels == {}
    cancelled(world, 1)
    assert world.account.cancels == {RB: 1}


def test_the_count_outlives_a_restart_and_begins_anew_with_the_day(begin: Begin) -> None:
    world = listed(begin)
    cancelled(world, 2)
    world.restart()
    assert world.account.cancels == {RB: 2}
    world.show_at(NEXT_NIGHT + 1_000_000_000)
    assert world.account.cancels == {}


def test_the_exchange_counts_by_itself_and_refuses_what_opens(begin: Begin, tmp_path: Path) -> None:
    instruments = engine_market.instruments()
    kept = instruments[RB]
    instruments[RB] = msgspec.structs.replace(kept, cancel_line=CancelLine(2, tuple(Exempt)))
    try:
        world = begin(exchange=tmp_path / "exchange.db", changed={(RB, DAY): kept})
        world.buy(1, 3701)
        cancelled(world, 2)
        world.restart(exchange_too=True)
        world.wait(11)
        row = world.buy(1, 3690)
        assert (row.state, row.note) == (
            OrderState.REJECTED,
            "本交易日在该合约上撤单 2 次，达到频繁报撤单的认定线 2 次，限制开仓",
        )
        assert world.close_long(1, 3690, offset=Offset.CLOSE_TODAY).ok
        assert world.net() == 0
        assert all(isinstance(sent, WireOrder) for sent in world.wire.sent)
    finally:
        instruments[RB] = kept
