"""Play so many days as independent worlds of a few days each, and put together what came of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from terminal.domain.products.instrument import Reference
from terminal.simulation.luck import derived
from terminal.simulation.world import Outcome, World

DAYS_OF_WORLD = 3


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one thing that must not be: where to find it again, and what it is."""

    world: int
    world_seed: int
    step: int  # input of that world
    at: int  # market clock, UTC ns
    sentence: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a simulation found. The same days and seed give the same bytes."""

    days: int
    worlds: int
    seed: int
    violations: tuple[Violation, ...]
    counters: dict[str, int]
    digest: str  # SHA-256 over the ends of all journals and the states they fold to


def worlds_of(days: int) -> Iterator[tuple[int, int]]:
    """Yield number and days of every world."""
    for number, begin in enumerate(range(0, days, DAYS_OF_WORLD)):
        yield number, min(DAYS_OF_WORLD, days - begin)


async def play(*, days: int, seed: int, reference: Reference, only: int | None = None, stop: bool = False) -> Report:
    """Play the worlds of a seed, or `only` one of them; with `stop` not past the first violation."""
    digest = hashlib.sha256()
    counters: dict[str, int] = {}
    violations: list[Violation] = []
    worlds = 0
    for number, length in worlds_of(days):
        if (only is not None and number != only) or (stop and violations):
            continue
        world_seed = derived(seed, "world", number)
        outcome = await World(world_seed, number, length, reference).play()
        worlds += 1
        digest.update(f"{number}|{outcome.head}|{outcome.state_hash}\n".encode())
        violations.extend(_violations(number, world_seed, outcome))
        for what, times in outcome.counts.items():
            counters[what] = counters.get(what, 0) + times
    return Report(
        days=days,
        worlds=worlds,
        seed=seed,
        violations=tuple(violations),
        counters=dict(sorted(counters.items())),
        digest=digest.hexdigest(),
    )


def _violations(number: int, world_seed: int, outcome: Outcome) -> Iterator[Violation]:
    for fault in outcome.faults:
        yield Violation(world=number, world_seed=world_seed, step=fault.step, at=fault.at, sentence=fault.sentence)
