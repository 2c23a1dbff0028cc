"""A conversion (期权期货互转) in a plan: it starts as any spread, and wrong legs are refused where they stand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from terminal.domain import commands as c
from terminal.domain.parameters.strategy import Conversion, SpreadSettings, Swap
from tests.unit.shell.plans.plans import CAST, HEAD, plan, plan_file, refusal
from tests.unit.shell.plans.test_script import bodies, opened

CALL = '{ instrument = "DCE.i2101-C-830", coefficient = -1, lots = -1, active = true, closes = true }'
PUT = '{ instrument = "DCE.i2101-P-830", coefficient = 1, lots = 1, closes = true }'
WORD = 'conversion = { verb = "SYNTHETIC", rate = 0.02 }'
FUTURE = '{ instrument = "DCE.i2101", coefficient = 1, lots = 1 }'


def swap(*legs: str, verb: str = "SYNTHETIC", more: str = "") -> str:
    return f"""{HEAD}{CAST}
[[strategy]]
id = "swap"
kind = "spread"
account = "A"
buy_at = 831
max_sets = 4
conversion = {{ verb = "{verb}", rate = 0.02 }}
legs = [{", ".join(legs)}]
{more}"""


def test_a_plan_starts_a_conversion_without_a_selling_price(tmp_path: Path) -> None:
    read = plan(tmp_path, swap(CALL, PUT, FUTURE))
    (body,) = bodies(read, opened(read))
    assert isinstance(body, c.StartStrategy)
    assert isinstance(body.settings, SpreadSettings)
    assert body.settings.conversion == Conversion(verb=Swap.SYNTHETIC, rate=Decimal("0.02"))
    assert [leg.closes for leg in body.settings.legs] == [True, True, False]


def test_legs_that_are_no_conversion_are_refused_with_the_line_and_the_reason(tmp_path: Path) -> None:
    sold = FUTURE.replace("= 1", "= -1")
    bare = swap(CALL, PUT, FUTURE, more="sell_at = 900").replace(WORD, "")
    for written, said in (
        (swap(CALL, FUTURE), "合成互换要一个看涨、一个看跌"),
        (swap(CALL, PUT, sold), "换前换后方向相反"),
        (swap(CALL, PUT, FUTURE, verb="ROLL"), "ROLL"),
        (bare, "只有期权期货互转的腿才平已有持仓"),
    ):
        assert said in refusal(plan_file(tmp_path, written))
