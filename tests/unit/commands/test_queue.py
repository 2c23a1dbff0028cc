"""The word with which somebody chooses what waiting is worth at the exchange."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.commands.exchange import parse_queue
from terminal.domain.errors import UserError
from terminal.gateways.sim.matching.queue_model import DEFAULT_QUEUE, QueueModel

MANUAL = Path(__file__).resolve().parents[3] / "docs" / "exchange.md"


def test_every_model_of_the_queue_is_taken_by_its_name_and_stands_in_the_manual() -> None:
    manual = MANUAL.read_text(encoding="utf-8")
    for model in QueueModel:
        assert parse_queue(model.value) is model
        assert f"| `{model}` |" in manual
    assert f"默认 `{DEFAULT_QUEUE}`" in manual


def test_another_model_is_refused_with_the_two_there_are() -> None:
    with pytest.raises(UserError, match="--queue fast 应为 volume 或 position"):
        parse_queue("fast")
