"""What a runner opens is chosen once and is the same the next time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from terminal.domain.errors import UserError
from terminal.domain.instrument import Reference
from terminal.runner.demo import HEDGE, PEOPLE, TRADING
from terminal.runner.opened import MARKET_FILE, Opened, open_runner
from terminal.store.reference import load_reference
from tests.e2e.own_market import wave_tape


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


def opened(data: Path, reference: Reference, market: str = "sample") -> Opened:
    return open_runner(market, data=data, plan=None, exchange=None, speed=1, reference=reference)


def test_the_sample_house_has_three_people_of_whom_only_traders_trade(tmp_path: Path, reference: Reference) -> None:
    found = opened(tmp_path, reference)
    asyncio.run(begin_and_close(found))
    state = found.runner.state
    assert state.enrolled() == [person for person, _, _ in PEOPLE]
    roles = {person: state.accounts[TRADING].roles(person) for person in state.enrolled()}
    assert {person: "trader" in held for person, held in roles.items()} == {
        "trader": True,
        "operator": True,
        "supervisor": False,
    }
    assert set(found.runner.state.accounts) == {TRADING, HEDGE}


def test_a_folder_keeps_its_sample_market_whatever_the_date_is_later(tmp_path: Path, reference: Reference) -> None:
    first = opened(tmp_path, reference)
    asyncio.run(begin_and_close(first))
    kept = (tmp_path / MARKET_FILE).read_bytes()
    again = opened(tmp_path, reference)
    asyncio.run(begin_and_close(again))
    assert (tmp_path / MARKET_FILE).read_bytes() == kept
    assert again.runner.state.tenant.starts == 2
    assert set(again.runner.state.accounts) == {TRADING, HEDGE}


def test_a_restarted_runner_stands_where_it_stood_before_anybody_is_let_in(
    tmp_path: Path, reference: Reference
) -> None:
    tape = wave_tape(tmp_path / "ap.csv", seconds=60)
    market, data = f"replay:{tape}", tmp_path / "data"

    async def play(found: Opened, items: int) -> int:
        await found.begin()
        for _ in range(items):
            item = await found.runner.gateway.next()
            assert item is not None
            await found.runner.take(item)
        at = found.living.engine.look.now
        await found.close()
        return at

    stood = asyncio.run(play(opened(data, reference, market), 40))
    again = opened(data, reference, market)
    assert asyncio.run(play(again, 0)) >= stood
    assert again.living.engine.floor <= again.living.engine.look.now


def test_a_lost_description_of_the_market_is_said_and_not_guessed(tmp_path: Path, reference: Reference) -> None:
    (tmp_path / MARKET_FILE).write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match=r"market\.json 读不出来"):
        opened(tmp_path, reference)


@pytest.mark.parametrize("market", ["sampel", "sample:7", "replay:", "ctp:tcp://x"])
def test_a_market_nobody_knows_is_said(tmp_path: Path, reference: Reference, market: str) -> None:
    with pytest.raises(UserError, match="不认识的行情"):
        opened(tmp_path, reference, market)


def test_an_exchange_elsewhere_wants_a_plan(tmp_path: Path, reference: Reference) -> None:
    with pytest.raises(UserError, match="--plan"):
        open_runner("sample", data=tmp_path, plan=None, exchange=("127.0.0.1", 1), speed=1, reference=reference)


async def begin_and_close(found: Opened) -> None:
    await found.begin()
    await found.close()
