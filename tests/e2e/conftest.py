"""Give tests a market whose runners may outlive the desk that started them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.own_market import wave_tape
from tests.e2e.small_house import no_runner_left


@pytest.fixture
def market(tmp_path: Path) -> Iterator[str]:
    with no_runner_left(tmp_path):
        yield f"replay:{wave_tape(tmp_path / 'ap.csv', seconds=900)}"
