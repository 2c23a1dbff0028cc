"""Every kind of strategy on every recording, all in one house, over a short stretch of it.

The same plans play the whole recordings when a person asks for it: `python -m tests.recordings.whole`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recordings.markets import MARKETS
from tests.recordings.play import faults, play


@pytest.mark.parametrize("name", MARKETS)
def test_each_kind_trades_the_report_adds_up_and_all_of_it_comes_out_the_same_again(
    name: str, shared_data: Path, tmp_path: Path
) -> None:
    market = MARKETS[name]
    assert list(faults(play(market, market.short, market.kinds, shared_data, tmp_path), tmp_path)) == []
