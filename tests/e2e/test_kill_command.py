"""`hengduo kill` stops a real runner without desk, sync or screen, and says so when it could not."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

import pytest

from terminal.domain.fact.facts import KillSwitched, OrderRecorded
from terminal.domain.ids import AccountId
from terminal.domain.orders.order import Offset
from terminal.engine.records.journal import Record
from tests.e2e.processes import eventually, fold_until, journal_records
from tests.e2e.raw_desk import market_moves
from tests.e2e.small_house import SmallHouse, hengduo

pytestmark = pytest.mark.xdist_group("kill_command")

SECOND_ACCOUNT = """
[[account]]
id = "B"
cash = 1_000_000
"""
FAST = ("--speed", "20")


def records(house: SmallHouse) -> list[Record]:
    return journal_records(house.runner_data)


def orders(house: SmallHouse) -> list[OrderRecorded]:
    return [record.fact for record in records(house) if isinstance(record.fact, OrderRecorded)]


def working(house: SmallHouse) -> int:
    """Return how many orders of account A are alive on the exchange, as far as the runner has recorded."""
    found = records(house)
    ends = {record.stream: record.seq for record in found}
    return len(fold_until(found, ends).accounts[AccountId("A")].live)


def kills(house: SmallHouse) -> list[tuple[str, str]]:
    return [(r.fact.account, r.actor.person) for r in records(house) if isinstance(r.fact, KillSwitched)]


def let_it_move(house: SmallHouse, seconds: int) -> None:
    asyncio.run(market_moves(house.port, house.card().secret, seconds))


def stop(house: SmallHouse, *words: str):
    return hengduo("kill", *words, "--data", str(house.runner_data))


def test_a_living_runner_opens_nothing_more_cancels_what_works_and_stays_stopped_over_a_restart(tmp_path: Path) -> None:
    house = SmallHouse(tmp_path, SECOND_ACCOUNT)
    with house.running(*FAST):
        eventually(lambda: len(orders(house)) > 5 and working(house) > 0, "the grid trades and has orders in the book")
        unknown = stop(house, "Z")
        assert unknown.returncode == 2
        assert "没有账户 Z，已有的是 A、B" in unknown.stderr
        other = stop(house, "B", "--reason", "只停这一个", "--json")
        assert json.loads(other.stdout)["accounts"] == ["B"]
        before = len(orders(house))
        eventually(lambda: len(orders(house)) > before, "the other account trades on")
        done = stop(house, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["accounts"] == ["A", "B"]
        assert "两个人" in json.loads(done.stdout)["sentence"]
        assert list((house.runner_data / "kill").iterdir()) == []  # answers that were read are gone
        assert {account for account, _ in kills(house)} == {"A", "B"}
        assert all(person.startswith("local:") for _, person in kills(house))
        eventually(lambda: working(house) == 0, "everything that worked is cancelled")
        count = len(orders(house))
        let_it_move(house, 90)  # the market swings twice: the grid would have opened at each
        assert len(orders(house)) == count
    with house.running(*FAST):
        let_it_move(house, 90)
        assert [one for one in orders(house)[count:] if one.terms.offset is Offset.OPEN] == []
    verified = hengduo("verify", str(house.runner_data))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "Traceback" not in house.log.read_text(encoding="utf-8")


def test_a_stopped_runner_finds_the_request_when_it_starts_and_does_it_before_anything_opens(tmp_path: Path) -> None:
    house = SmallHouse(tmp_path)
    with house.running(*FAST):
        eventually(lambda: len(orders(house)) > 5, "the grid trades")
    before = len(records(house))
    asked = stop(house, "A")
    assert asked.returncode == 3  # as its help says: not done, but left
    assert "运行器没有在运行" in asked.stderr
    assert "一启动就先执行" in asked.stderr
    (request,) = (house.runner_data / "kill").glob("*.request")
    assert stat.S_IMODE(request.stat().st_mode) == 0o600
    assert len(records(house)) == before
    with house.running(*FAST):
        eventually(lambda: working(house) == 0, "everything that worked is cancelled")
        let_it_move(house, 60)
        since = [record.fact for record in records(house)[before:]]
        assert [type(fact) for fact in since if isinstance(fact, KillSwitched | OrderRecorded)] == [KillSwitched]
        assert list((house.runner_data / "kill").glob("*.request")) == []


def test_the_folder_a_desk_was_started_with_names_the_one_runner_under_it(tmp_path: Path) -> None:
    house = SmallHouse(tmp_path)
    with house.running():
        done = hengduo("kill", "--data", str(house.data))
    assert (done.returncode, done.stderr) == (0, "")
    assert {account for account, _ in kills(house)} == {"A"}


def test_a_folder_without_a_runner_is_refused_and_nothing_is_left_in_it(tmp_path: Path) -> None:
    absent = hengduo("kill", "--data", str(tmp_path / "nowhere"))
    assert (absent.returncode, "什么也没有停止" in absent.stderr) == (2, True)
    assert not (tmp_path / "nowhere").exists()
