"""What a target could never keep is refused when it is asked for: the field, the reason, what to do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from terminal.domain.ids import InstrumentId
from terminal.domain.parameters.target import FactorKind, FixedBand, RatioRow
from tests.engine_world import (
    RB,
    I,
    World,
    instruments,
)
from tests.scenario.conftest import Begin, relist
from tests.scenario.targets import (
    KEEPER,
    ORE,
    STEEL,
    TABLE,
    ore_limits,
    score,
    start,
    target,
)


@pytest.fixture
def yard(begin: Begin) -> World:
    """Give a world with ten thousand tonnes of ore to hedge and nothing hedged."""
    return begin(limits=ore_limits())


def rows(*pairs: tuple[int, int]) -> tuple[RatioRow, ...]:
    return tuple(RatioRow(upto=Decimal(upto), ratio=Decimal(ratio)) for upto, ratio in pairs)


def table(**changes: Any) -> Any:
    return msgspec.structs.replace(TABLE, **changes)


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"source": FixedBand(low=Decimal(90), high=Decimal(80))}, "区间上限", "0 ≤ 下限 < 上限 ≤ 100"),
        ({"source": FixedBand(low=Decimal(80), high=Decimal("100.1"))}, "区间上限", "0 ≤ 下限 < 上限 ≤ 100"),
        ({"source": FixedBand(low=Decimal(80), high=Decimal("80.5"))}, "区间上限", "比一手还窄"),
        ({"source": FixedBand(low=Decimal(95), high=Decimal(100))}, "区间上限", "超过敞口的 90% 须逐笔复核"),
        ({"source": table(rows=rows((50, 80)))}, "规则表", "50 至 100 没有比例"),
        ({"source": table(rows=())}, "规则表", "还没有行"),
        ({"source": table(rows=rows((50, 80), (50, 60)))}, "规则表", "应大于 50"),
        ({"source": table(rows=rows((20, 80), (50, 60), (100, 70)))}, "规则表", "时升时降"),
        ({"source": table(rows=rows((100, 101)))}, "规则表", "应在 0 与 100 之间"),
        ({"source": table(spot=InstrumentId("SPOT.i.青岛港"))}, "现货", "不在行情里"),
        ({"source": table(spot=RB)}, "现货", "不是现货"),
        ({"source": TABLE, "instrument": RB, "group": STEEL}, "现货", "不是同一品种"),
        ({"source": table(at_least=20)}, "预热样本", "1 与窗口之间"),
        ({"source": table(window=20_001)}, "窗口样本", "1 至 20000"),
        (
            {"source": table(at_least=9_000, window=9_000, sample_seconds=86_400)},
            "预热样本",
            "凑不满",
        ),
        ({"source": score(factors=())}, "因子", "还没有因子"),
        ({"source": score(weight=0)}, "因子", "权重之和为 0"),
        ({"source": score(one=90)}, "因子", "零分值与满分值相同"),
        ({"source": score(lowest=Decimal(85))}, "最高比例", "应 0 ≤ 最低 < 最高 ≤ 100"),
        ({"source": score(highest=Decimal(99))}, "比例来源", "超过敞口的 90% 须逐笔复核"),
        ({"source": score(spot=InstrumentId(""))}, "现货", "还没有现货"),
        ({"source": score(kind=FactorKind.VOLATILITY, days=1)}, "统计天数", "2 至 60"),
        ({"group": ""}, "套保组", "还没有写"),
        ({"group": "铜"}, "套保组", "不在这个账户的限额里"),
        ({"instrument": RB}, "套保组", "不属于"),
        ({"most_lots": 0}, "净买卖上限", "至少为 1"),
    ],
)
def test_what_can_never_be_kept_is_refused_with_the_field_and_the_reason(
    yard: World, changes: dict[str, Any], field: str, why: str
) -> None:
    refused = start(yard, target(**changes))
    assert not refused.ok
    assert field in refused.sentence
    assert why in refused.sentence
    assert KEEPER not in yard.account.strategies


def test_days_that_can_never_be_gathered_before_the_last_one_are_refused(yard: World) -> None:
    relist(yard, msgspec.structs.replace(instruments()[I], expiry=20200828))
    refused = start(yard, target(source=score(kind=FactorKind.VOLUME, days=20)))
    assert "统计天数 20 个交易日，DCE.i2101 只剩 6 个，凑满之前就到期" in refused.sentence
    assert start(yard, target(source=score(kind=FactorKind.VOLUME, days=5))).ok


@pytest.mark.parametrize(("stock", "may"), [(10_000, True), (10_050, False)])
def test_whole_lots_that_would_lead_past_what_needs_a_checker_are_refused(
    begin: Begin, stock: int, *, may: bool
) -> None:
    # 90 % of 10 050 t are 90.45 lots: the ninety-first goes past the 90 % that automatic orders may come to
    world = begin(limits=ore_limits(Decimal(stock)))
    done = start(world, target(source=FixedBand(low=Decimal(90), high=Decimal(95))))
    assert done.ok is may
    assert may or "要配到 90.55%（按吨），超过敞口的 90% 须逐笔复核" in done.sentence
    world.wait(20)
    assert world.net(I) == (-90 if may else 0)


def test_no_exposure_no_ratio(begin: Begin) -> None:
    world = begin(limits=ore_limits(Decimal(0)))
    refused = start(world, target())
    assert "敞口为 0，比例算不出" in refused.sentence
    assert ORE in refused.sentence
