"""A series of ratios that grows too long is thinned, and always ends with what is true now."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.backtest import ratios
from terminal.domain.parameters.target import TargetMode
from tests.engine_world import I, World
from tests.scenario.targets import KEEPER, ore_limits, start, target, tonnes


@pytest.mark.parametrize("changes", [1, 4, 5, 6, 7, 12, 17])
def test_the_newest_ratio_is_in_however_many_there_were(changes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given ten thousand tonnes of ore, six thousand of them hedged, and a report that has room for four ratios
    monkeypatch.setattr(ratios, "MOST_POINTS", 4)
    yard = World(limits=ore_limits())
    yard.sell(60, 830, instrument=I)
    assert start(yard, target(mode=TargetMode.PROPOSE)).ok
    yard.wait(5)
    meter = ratios.RatioMeter("铁矿石")
    # When the exposure changes again and again
    for count in range(changes):
        tonnes(yard, 10_000 + 100 * count)
        yard.wait(1)
        meter.look(yard.engine.look, yard.account.strategies[KEEPER], yard.at)
    # Then the first and the last ratio are told, in their order, and no more than there is room for beside the last.
    points = meter.ratio().points
    assert points[0].ratio == Decimal(60)
    assert points[-1].ratio == (Decimal(600_000) / (10_000 + 100 * (changes - 1))).quantize(Decimal("0.1"))
    assert len(points) <= 5
    assert sorted({one.at for one in points}) == [one.at for one in points]
