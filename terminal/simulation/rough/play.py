"""Play so many rough markets with every kind of strategy, and put together what came of them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from terminal.domain.products.instrument import Reference
from terminal.simulation.luck import derived
from terminal.simulation.rough.world import Rough

STRATEGIES: Final = ("roll", "spread", "grid", "execution", "ladder", "target", "own", "swap", "legs", "changed")


class RoughViolation(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one thing that must not be: where to find it again, and what it is."""

    market: int
    strategy: str
    step: int  # input of that play
    at: int  # market clock, UTC ns
    sentence: str


class RoughReport(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what the plays found. The same markets and seed give the same bytes."""

    seed: int
    first: int
    markets: int
    strategies: tuple[str, ...]
    plays: int
    violations: tuple[RoughViolation, ...]
    counters: dict[str, int]
    digest: str  # SHA-256 over what every play counted


def play_rough(
    *,
    markets: int,
    seed: int,
    reference: Reference,
    first: int = 0,
    strategies: Sequence[str] = STRATEGIES,
    stop: bool = False,
) -> RoughReport:
    """Play `markets` markets of a seed from number `first` on, each once with every strategy.

    With `stop` not past the first violation.
    """
    counters: dict[str, int] = {}
    violations: list[RoughViolation] = []
    digest = hashlib.sha256()
    plays = 0
    for number, strategy in _plays(first, markets, strategies):
        if stop and violations:
            break
        with TemporaryDirectory(prefix="hengduo-rough-") as folder:
            play = Rough(derived(seed, "rough", number), strategy, reference, Path(folder))
            faults = asyncio.run(play.play())
        plays += 1
        digest.update(f"{number}|{strategy}|{sorted(play.counts.items())}\n".encode())
        violations += [
            RoughViolation(market=number, strategy=strategy, step=fault.step, at=fault.at, sentence=fault.sentence)
            for fault in faults
        ]
        for what, times in play.counts.items():
            counters[what] = counters.get(what, 0) + times
    return RoughReport(
        seed=seed,
        first=first,
        markets=markets,
        strategies=tuple(strategies),
        plays=plays,
        violations=tuple(violations),
        counters=dict(sorted(counters.items())),
        digest=digest.hexdigest(),
    )


def _plays(first: int, markets: int, strategies: Sequence[str]) -> Iterator[tuple[int, str]]:
    for number in range(first, first + markets):
        for strategy in strategies:
            yield number, strategy
