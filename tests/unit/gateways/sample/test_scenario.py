from __future__ import annotations

import pytest

from terminal.domain.errors import UserError
from terminal.domain.ids import ProductId
from terminal.gateways.sample.scenario import Scenario
from tests.unit.gateways.sample.played import new_market


@pytest.mark.parametrize(
    ("scenario", "word"),
    [
        (Scenario(step_ms=100), "step_ms"),
        (Scenario(step_ms=5000), "step_ms"),
        (Scenario(window_steps=3), "window_steps"),
        (Scenario(trading_days=0), "trading_days"),
        (Scenario(spot_every=0), "spot_every"),
        (Scenario(products=(ProductId("DCE.xx"),)), "DCE.xx"),
    ],
)
def test_a_shape_that_cannot_be_played_is_refused_with_a_sentence(scenario: Scenario, word: str) -> None:
    with pytest.raises(UserError, match=word):
        new_market(1, scenario)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(UserError, match="-1"):
        new_market(-1)


def test_a_start_past_the_calendar_is_refused() -> None:
    with pytest.raises(UserError, match="交易日历"):
        new_market(1, start=4_000_000_000_000_000_000)
