"""Wrong proofs are answered slower each time, for as long as it goes on; what waits and is remembered is bounded."""

from __future__ import annotations

import asyncio

import pytest

from terminal.sync import penalty
from terminal.sync.penalty import Penalties


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_an_address_that_failed_thousands_of_times_is_answered_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(penalty, "LONGEST_PENALTY", 0.0)

    async def play() -> bool:
        penalties = Penalties()
        return all([await penalties.serve("here") for _ in range(2_000)])

    assert asyncio.run(play())


def test_the_oldest_of_all_gives_way_where_many_addresses_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(penalty, "PENALTY_FROM", -20)

    async def play() -> None:
        penalties = Penalties()
        waiting = [
            asyncio.create_task(penalties.serve(f"address-{number}")) for number in range(penalty.MOST_HELD_OF_ALL)
        ]
        await settled()
        assert not any(task.done() for task in waiting)
        waiting.append(asyncio.create_task(penalties.serve("one more")))
        await settled()
        assert [task.done() for task in waiting] == [True] + [False] * penalty.MOST_HELD_OF_ALL
        assert not waiting[0].result()
        for task in waiting:
            task.cancel()

    asyncio.run(play())


def test_who_gave_way_counts_no_more_and_who_gave_up_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(penalty, "PENALTY_FROM", -20)

    async def play() -> None:
        penalties = Penalties()
        waiting = [asyncio.create_task(penalties.serve("here")) for _ in range(penalty.MOST_HELD)]
        await settled()
        waiting[5].cancel()
        await settled()
        waiting.append(asyncio.create_task(penalties.serve("here")))
        await settled()
        assert [number for number, task in enumerate(waiting) if task.done()] == [5]
        # Two come in one turn of the loop: two give way, not one twice.
        waiting += [asyncio.create_task(penalties.serve("here")) for _ in range(2)]
        await settled()
        assert [number for number, task in enumerate(waiting) if task.done()] == [0, 1, 5]
        for task in waiting:
            task.cancel()

    asyncio.run(play())


def test_only_so_many_addresses_are_remembered_and_the_one_that_fails_again_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(penalty, "MOST_ADDRESSES", 3)
    monkeypatch.setattr(penalty, "LONGEST_PENALTY", 0.0)

    async def play() -> Penalties:
        penalties = Penalties()
        for where in ("a", "b", "c", "a", "d"):
            await penalties.serve(where)
        return penalties

    assert list(asyncio.run(play())._failures) == ["c", "a", "d"]
