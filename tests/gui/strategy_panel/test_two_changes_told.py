"""Whoever chooses between two changes of a spread reads everything in which they differ."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from terminal.domain.orders.order import Side
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.spot_side import SpotSide
from terminal.domain.parameters.strategy import SpreadGrid, SpreadLeg, SpreadSettings
from terminal.widgets.strategy.words import NAMES_OF_LINES, NAMES_OF_QUOTING, NAMES_OF_SPOT, differences
from tests.gui.desk import ACCOUNT, ORE, REBAR

SPREAD: Final = SpreadSettings(
    account=ACCOUNT,
    legs=(
        SpreadLeg(instrument=REBAR, coefficient=Decimal(1), lots=1, active=True),
        SpreadLeg(instrument=ORE, coefficient=Decimal("-1.6"), lots=-2),
    ),
    buy_at=Decimal(1),
    sell_at=Decimal(2),
    sets=1,
    max_sets=4,
)
LINES: Final = SpreadGrid(side=Side.BUY, lines=4, stop=Decimal(-99), lower=Decimal(-90), upper=Decimal(10))


def test_a_leg_that_closes_is_told_from_one_that_opens() -> None:
    lead, hedge = SPREAD.legs
    closing = replace(SPREAD, legs=(lead, replace(hedge, closes=True)))
    ((caption, mine, latest),) = differences(SPREAD, closing)
    assert caption.startswith("腿 2 ")
    assert (mine, latest) == ("开仓", "平仓")


def test_how_many_sets_a_grid_holds_is_told_and_each_of_its_lines_settings_by_its_own_name() -> None:
    mine = replace(SPREAD, grid=LINES)
    assert differences(mine, replace(mine, max_sets=9)) == (("最大套数", "4 套", "9 套"),)
    wider = replace(mine, grid=replace(LINES, stop=Decimal(-120), upper=Decimal(12)))
    assert differences(mine, wider) == (("止损价", "−99 元", "−120 元"), ("区间上限", "10 元", "12 元"))


def test_nothing_of_what_is_told_by_its_own_name_is_left_out() -> None:
    assert {"side", *NAMES_OF_LINES} == set(SpreadGrid.__struct_fields__)
    assert set(NAMES_OF_QUOTING) == set(SpreadQuoting.__struct_fields__)
    assert {"side", *NAMES_OF_SPOT} == set(SpotSide.__struct_fields__)
