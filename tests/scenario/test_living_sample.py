"""What a newcomer sees on the sample market: it lives at the pace of a clock on the wall."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import NamedTuple

import msgspec
import pytest

from terminal.domain.fact.facts import ConfirmationDecided, ConfirmationRequested, Fact, OrderFilled
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.engine.check import check_all
from terminal.engine.receive import Engine
from terminal.engine.turn import Turn
from terminal.runner.demo import TRADING
from terminal.runner.opened import MARKET_FILE, SampleStart, open_runner
from terminal.shell.living import Living
from terminal.store.reference import load_reference
from tests.host_clock import HostClock

FIRST_MINUTES = 120
QUARTER = 15 * 60


class Said(NamedTuple):
    host: float  # seconds since the market went live
    strategy: str
    fact: Fact


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """Play the sample as its runner does, until a second large order is asked for."""
    folder = tmp_path_factory.mktemp("sample")
    opened = open_runner("sample", data=folder, plan=None, exchange=None, speed=1, reference=load_reference())
    live_from = msgspec.json.decode((folder / MARKET_FILE).read_bytes(), type=SampleStart).live_from
    runner, clock = opened.runner, HostClock()
    found: list[Said] = []
    over = asyncio.Event()

    asked = 0

    def told(turn: Turn, engine: Engine) -> None:
        nonlocal asked
        if turn.at < live_from:
            return
        for one in turn.said:
            order = getattr(one.fact, "order", None)
            row = runner.state.accounts[TRADING].orders.get(order) if order is not None else None
            found.append(Said(clock.now, str(row.cause.strategy) if row is not None else "", one.fact))
            asked += isinstance(one.fact, ConfirmationRequested)
        if asked == 2:
            over.set()

    runner._told = told
    living = Living(
        runner, live_from=live_from, speed=1, seen=lambda _: None, monotonic=lambda: clock.now, wait=clock.wait
    )

    async def play() -> None:
        await opened.begin()
        running = asyncio.create_task(living.run())
        await asyncio.wait_for(over.wait(), 60)
        running.cancel()
        await opened.close()

    asyncio.run(play())
    assert check_all(runner.state) == []
    return found


def test_three_strategies_trade_within_the_first_two_minutes(said):
    fills = defaultdict(list)
    for one in said:
        if isinstance(one.fact, OrderFilled) and one.host < FIRST_MINUTES:
            fills[one.strategy].append(one.host)
    assert {"网格-螺纹", "价差-豆粕", "移仓-铁矿石"} <= set(fills)
    assert max(min(times) for times in fills.values()) < FIRST_MINUTES / 2


def test_a_large_order_waits_for_the_supervisor_for_fifteen_minutes_of_the_clock_on_the_wall(said):
    asked = next(one for one in said if isinstance(one.fact, ConfirmationRequested))
    ended = next(one for one in said if isinstance(one.fact, ConfirmationDecided))
    assert asked.host < 10
    assert ended.fact.decision is ConfirmationEvent.EXPIRE
    assert ended.host - asked.host == pytest.approx(QUARTER, abs=2)


def test_the_next_large_order_is_asked_for_once_the_one_before_has_ended(said):
    kinds = [type(one.fact) for one in said if isinstance(one.fact, ConfirmationRequested | ConfirmationDecided)]
    assert kinds == [ConfirmationRequested, ConfirmationDecided, ConfirmationRequested]
