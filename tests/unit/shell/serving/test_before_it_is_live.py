"""While a market's past is taken nothing a person sends is carried out, but a stop and their own papers."""

from __future__ import annotations

import asyncio

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone, DocumentSaved, KillSwitched, OrderRecorded
from terminal.domain.words.risk import Scope
from tests.engine_world import ONE
from tests.sync_rig import SECOND, Rig


@pytest.fixture
def rig():
    """Return a runner whose market is still before the moment from which it is played for people."""
    rig = Rig()
    rig.quote()
    rig.living._live_from = rig.living.engine.columns.at + SECOND

    async def pass_time(seconds):
        rig.now += round(seconds * SECOND)
        await asyncio.sleep(0)

    rig.living._wait = pass_time
    return rig


def asked(rig, frame):
    session = rig.greeted()
    wanted = rig.say(session, frame)
    return asyncio.run(rig.house.carry_out(session.guest, frame, lambda: session.still(wanted, rig.now)))


def test_an_order_waits_until_the_market_is_live_and_goes_out_then(rig):
    live_from, order = rig.living._live_from, rig.order()

    async def both():
        session = rig.greeted()
        waiting = asyncio.create_task(rig.house.carry_out(session.guest, order, lambda: True))
        for _ in range(20):
            await asyncio.sleep(0)
        assert rig.world.facts(OrderRecorded) == []
        assert not waiting.done()
        rig.living._live_from = rig.living.engine.columns.at  # the market has come to where it is
        return await waiting

    assert rig.living.engine.columns.at < live_from
    assert asyncio.run(both()).ok
    assert len(rig.world.facts(OrderRecorded)) == 1


def test_an_order_that_waits_too_long_is_not_carried_out_and_says_why_and_stays_undone(rig):
    pressed = rig.now
    order = rig.order()
    answer = asked(rig, order)
    assert (answer.status, answer.code) == ("DENIED", "NOT_LIVE")
    assert "补放" in answer.sentence
    assert "没有执行" in answer.sentence
    assert 2 * SECOND < rig.now - pressed < 4 * SECOND
    rig.living._live_from = 0
    assert asked(rig, rig.order()).code == "NOT_LIVE"  # the same name, pressed now
    assert rig.world.facts(OrderRecorded) == []
    assert asked(rig, rig.order("c2")).ok


def test_what_may_live_for_a_day_does_not_keep_its_desk_waiting_longer_than_an_order(rig):
    began = rig.now
    answer = asked(rig, rig.command(c.CancelAll(account=ONE), ttl_ms=24 * 3_600_000))
    assert answer.code == "NOT_LIVE"
    assert rig.now - began < 4 * SECOND


@pytest.mark.parametrize(
    ("body", "fact"),
    [
        (c.Kill(account=ONE, scope=Scope(), reason="演练"), KillSwitched),
        (c.SaveDocument(name="草稿", base_version=0, body="1"), DocumentSaved),
    ],
)
def test_a_stop_and_ones_own_papers_wait_for_no_market(rig, body, fact):
    began = rig.now
    assert asked(rig, rig.command(body, ttl_ms=24 * 3_600_000)).ok
    assert rig.now == began
    assert len(rig.world.facts(fact)) == 1
    assert rig.world.facts(CommandDone)[-1].ok
