"""What a runner opens is chosen once and is the same the next time."""

from __future__ import annotations

import asyncio
import os
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from terminal.domain.errors import UserError
from terminal.domain.ids import DeviceId
from terminal.domain.market import Batch
from terminal.domain.products.instrument import Reference
from terminal.engine.records.journal import Actor, JournalError
from terminal.gateways.sample.market import SampleMarket
from terminal.gateways.sample.scenario import DEMO, living
from terminal.gateways.sim.store.file import FILE_NAME, ExchangeStore
from terminal.runner import opened as opening
from terminal.runner.demo import HEDGE, PEOPLE, TRADING
from terminal.runner.opened import MARKET_FILE, Opened, SampleStart, open_runner
from terminal.shell.picture.alerts import ADVICE
from terminal.store.owner import Owner, is_owned
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


def test_the_sample_begins_on_the_same_day_for_everybody_and_has_its_whole_year_ahead(
    tmp_path: Path, reference: Reference
) -> None:
    found = [opened(tmp_path / name, reference) for name in ("one", "other")]
    kept = {(tmp_path / name / MARKET_FILE).read_bytes() for name in ("one", "other")}
    asyncio.run(close_all(found))
    assert len(kept) == 1
    start = msgspec.json.decode(kept.pop(), type=SampleStart)
    scenario = living(start.live_from)
    market = SampleMarket(seed=start.seed, reference=reference, start=start.start, scenario=scenario)
    assert start.whole
    assert len(market.trading_days) == scenario.trading_days  # not cut short by the end of the holiday table


def test_a_folder_of_before_sessions_were_whole_keeps_the_market_its_journal_has_seen(
    tmp_path: Path, reference: Reference
) -> None:
    (tmp_path / MARKET_FILE).write_bytes(old_start(reference, 20250107))
    found = opened(tmp_path, reference)
    first = asyncio.run(stamps_of(found, 3_400))
    asyncio.run(close_all([found]))
    market = SampleMarket(seed=1, reference=reference, start=reference.calendar.begins_at(20250107), scenario=DEMO)
    assert first == [batch.at for batch in islice(market.batches(), 3_400)]


def test_a_sample_runs_to_the_last_day_of_the_table_and_says_so_on_the_window(
    tmp_path: Path, reference: Reference
) -> None:
    (tmp_path / MARKET_FILE).write_bytes(old_start(reference, 20261231))
    found = open_runner("sample", data=tmp_path, plan=None, exchange=None, speed=1e9, reference=reference)

    async def to_the_end() -> None:
        await found.begin()

        def saw(slots: list[int]) -> None:
            found.basis.saw(slots)

        found.tell_desks(saw, lambda: None)
        running = asyncio.create_task(found.living.run())
        for _ in range(2_000):
            if found.living.ended or running.done():
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert not running.done()  # people can still look
        running.cancel()

    asyncio.run(to_the_end())
    account = found.runner.state.accounts[TRADING]
    (said,) = [row for row in account.open_alerts.values() if row.code == "MARKET_ENDED"]
    assert "样例行情放到 2026-12-31 15:20 为止：样例只编到交易日 2026-12-31" in said.sentence
    assert "--data" in ADVICE["MARKET_ENDED"]
    assert any(row.filled for row in account.orders.values())
    asyncio.run(close_all([found]))


def old_start(reference: Reference, day: int) -> bytes:
    """Return the description of a market that begins on a day, as it was written before there was `whole`."""
    begins = reference.calendar.begins_at(day)
    return msgspec.json.encode({"seed": 1, "start": begins, "live_from": begins})


async def stamps_of(found: Opened, count: int) -> list[int]:
    await found.begin()
    stamps = [found.living.engine.columns.at]
    while len(stamps) < count:
        item = await found.runner.gateway.next()
        assert item is not None
        if isinstance(item, Batch):
            stamps.append(item.at)
    return stamps


async def close_all(many: list[Opened]) -> None:
    for found in many:
        await found.close()


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


def test_after_a_kill_the_market_clock_is_not_before_what_has_happened_by_it(
    tmp_path: Path, reference: Reference
) -> None:
    tape = wave_tape(tmp_path / "ap.csv", seconds=60)
    market, data = f"replay:{tape}", tmp_path / "data"

    async def play_and_be_killed(found: Opened) -> int:
        await found.begin()
        for _ in range(40):
            item = await found.runner.gateway.next()
            assert item is not None
            await found.runner.take(item)
        await found.living.kill(Actor(PEOPLE[0][0], DeviceId("desk")), "演练")
        assert found._host is not None
        found._host.close()  # it writes nothing down, and neither does the gateway
        found.journal.close()
        return found.living.engine.columns.at

    killed = asyncio.run(play_and_be_killed(opened(data, reference, market)))
    again = opened(data, reference, market)
    asyncio.run(again.begin())
    assert again.runner.gateway.history_until <= again.living.engine.columns.batch, "the exchange had lost some"
    assert again.living.engine.columns.at == killed == again.living.engine.floor
    asyncio.run(close_all([again]))


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


def test_a_folder_whose_runner_lives_is_refused_by_the_process_that_has_it(
    tmp_path: Path, reference: Reference
) -> None:
    (tmp_path / "exchange").mkdir()
    owner, books = Owner(tmp_path), ExchangeStore(tmp_path / "exchange" / FILE_NAME)
    try:
        with pytest.raises(JournalError, match=f"正由进程 {os.getpid()} 使用"):
            open_runner("sample", data=tmp_path, plan=None, exchange=None, speed=1.0, reference=reference)
    finally:
        books.close()
        owner.release()


@pytest.mark.parametrize("kind", ["sample", "replay"])
def test_a_folder_is_owned_before_its_exchange_is_opened_and_given_up_where_that_fails(
    kind: str, tmp_path: Path, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = kind if kind == "sample" else f"replay:{wave_tape(tmp_path / 'ap.csv', seconds=5)}"
    data, found = tmp_path / "data", []

    def store(path: Path) -> ExchangeStore:
        found.append(is_owned(data))
        return ExchangeStore(path)

    monkeypatch.setattr(opening, "ExchangeStore", store)
    (data / "exchange").mkdir(parents=True)
    books = ExchangeStore(data / "exchange" / FILE_NAME)
    try:
        with pytest.raises(UserError, match="交易所文件"):
            opened(data, reference, market)
        assert not is_owned(data)
    finally:
        books.close()
    runs = opened(data, reference, market)
    assert (found, is_owned(data)) == ([True, True], True)
    asyncio.run(begin_and_close(runs))
    assert not is_owned(data)


@pytest.mark.parametrize(("market", "exchange"), [("sampel", None), ("sample", ("127.0.0.1", 1))])
def test_a_folder_is_given_up_where_the_words_are_wrong(
    market: str, exchange: tuple[str, int] | None, tmp_path: Path, reference: Reference
) -> None:
    with pytest.raises(UserError):
        open_runner(market, data=tmp_path, plan=None, exchange=exchange, speed=1, reference=reference)
    assert not is_owned(tmp_path)
