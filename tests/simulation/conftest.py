from __future__ import annotations

import asyncio

import pytest

from terminal.simulation.play import Report, play
from terminal.store.reference import load_reference


@pytest.fixture(scope="session")
def reference():
    return load_reference()


@pytest.fixture
def played(reference):
    def run(days: int, seed: int, *, only: int | None = None, stop: bool = False) -> Report:
        return asyncio.run(play(days=days, seed=seed, reference=reference, only=only, stop=stop))

    return run
