"""Nobody agrees to a change they cannot see: whatever differs is said, and said differently."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import msgspec
import pytest
from msgspec.structs import replace

from terminal.domain.ids import AccountId, InstrumentId, StockId, StrategyId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.own import OwnContract, OwnNumber, OwnSettings
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.strategy import (
    Conversion,
    CurvePart,
    DaysToExpiry,
    ExecutionSettings,
    ExecutionStyle,
    GridSettings,
    Manual,
    RollSettings,
    SpreadGrid,
    SpreadLeg,
    SpreadSettings,
    StrategySettings,
    Swap,
)
from terminal.domain.parameters.target import Factor, FactorKind, FactorScore, TargetSettings
from terminal.domain.parameters.timing_kinds import TIMING_KINDS
from terminal.domain.words.differences import differences

A: Final = AccountId("A")
NEAR, FAR, ORE = InstrumentId("SHFE.rb2101"), InstrumentId("SHFE.rb2105"), InstrumentId("DCE.i2101")
FIVE: Final = Decimal(5)
SECOND: Final = 1_000_000_000
ROLL: Final = RollSettings(
    account=A,
    near=NEAR,
    far=FAR,
    side=Side.BUY,
    lots=7,
    batch_lots=2,
    timings=tuple(kind.fresh for kind in TIMING_KINDS.values()),
    weights=tuple(range(1, len(TIMING_KINDS) + 1)),
    strategies=(StrategyId("网格"),),
)
SPREAD: Final = SpreadSettings(
    account=A,
    legs=(
        SpreadLeg(instrument=NEAR, coefficient=Decimal(1), lots=2, active=True, hedge_seconds=9, max_chases=2),
        SpreadLeg(instrument=FAR, coefficient=Decimal(-1), lots=-2),
    ),
    buy_at=Decimal(-30),
    sell_at=Decimal(10),
    sets=1,
    max_sets=4,
    quoting=SpreadQuoting(),
    grid=SpreadGrid(side=Side.BUY, lines=4, stop=Decimal(-99), lower=Decimal(-90), upper=Decimal(10), trail_to=FIVE),
)
GRID: Final = GridSettings(
    account=A,
    instrument=NEAR,
    side=Side.BUY,
    anchor=Decimal(3700),
    step=Decimal(10),
    ratio=Decimal("1.01"),
    lines=4,
    lots_per_line=5,
    stop=Decimal(3500),
    lower=Decimal(3550),
    upper=Decimal(3800),
    trail_to=Decimal(3900),
    shifted=FIVE,
)
OWN: Final = OwnSettings(
    account=A,
    instrument=NEAR,
    code="ma.py",
    sha256="0" * 64,
    title="均线",
    max_lots=3,
    numbers=(OwnNumber(name="fast", title="快线", unit="日", least=Decimal(1), most=Decimal(50), value=FIVE),),
    others=(OwnContract(name="ore", instrument=ORE, max_lots=2),),
)
EXECUTION: Final = ExecutionSettings(
    account=A,
    instrument=NEAR,
    style=ExecutionStyle.VWAP,
    side=Side.BUY,
    offset=Offset.OPEN,
    total_lots=40,
    limit=Decimal(3700),
    begins_at=1_597_988_700_000_000_000,
    ends_at=1_597_990_700_000_000_000,
    curve=(CurvePart(begin="09:00", end="10:15", weight=Decimal(30)),),
)
TARGET: Final = TargetSettings(
    account=A,
    group="螺纹",
    instrument=NEAR,
    source=FactorScore(
        factors=tuple(Factor(kind=kind, weight=FIVE, zero=FIVE, one=Decimal(9)) for kind in FactorKind),
        lowest=Decimal(20),
        highest=Decimal(90),
        spot=InstrumentId("SPOT.rb"),
        stock=StockId("社会库存"),
    ),
    most_lots=50,
)
CONVERSION: Final = replace(
    SPREAD, grid=None, quoting=None, conversion=Conversion(verb=Swap.DELTA, rate=Decimal("0.02"))
)
# What a code declares, and what none but a roll writes, is not a person's to change.
DECLARED: Final = frozenset({"name", "unit", "least", "most", "whole", "help", "account", "sample_seconds", "window"})
EACH: Final = (ROLL, SPREAD, CONVERSION, GRID, OWN, EXECUTION, TARGET)


def otherwise(value: object) -> Iterator[Any]:
    """Yield a value with one thing of it changed, for each thing; nothing where nothing stands there."""
    match value:
        case tuple():
            for place, one in enumerate(value):
                yield from ((*value[:place], other, *value[place + 1 :]) for other in otherwise(one))
            if value:
                yield from (value[:-1], (*value, value[0]))
        case msgspec.Struct():
            declared = DECLARED if isinstance(value, OwnSettings | OwnNumber | OwnContract) else {"account"}
            for name in value.__struct_fields__:
                others = otherwise(getattr(value, name)) if name not in declared else ()
                yield from (replace(value, **{name: other}) for other in others)
        case _:
            yield from leaf(value)


def leaf(value: object) -> Iterator[Any]:
    """Yield another value of the same sort."""
    match value:
        case bool():
            yield not value
        case Enum():
            yield next(one for one in type(value) if one is not value)
        case int():
            yield value + (1 if value < SECOND else SECOND)
        case Decimal():
            yield value + Decimal("0.5")
        case str():
            yield f"{value}x"


@pytest.mark.parametrize("old", EACH, ids=lambda one: type(one).__name__)
def test_whatever_differs_is_said_differently(old: StrategySettings) -> None:
    changed = list(otherwise(old))
    assert len(changed) > 10
    for new in changed:
        found = differences(old, new)
        assert found, new
        assert all(one.before != one.after and "见设置" not in one.before + one.after for one in found), found
        assert all(said == " ".join(said.split()) for one in found for said in (one.before, one.after)), found


def test_a_timing_is_named_with_its_threshold_and_with_what_that_does_not_tell() -> None:
    roll = replace(ROLL, timings=(DaysToExpiry(days=5), Manual()), weights=())
    (days,) = differences(roll, replace(roll, timings=(DaysToExpiry(days=6), Manual())))
    assert days == ("timings", "移仓时机 1", "距最后交易日不多于 5 天", "距最后交易日不多于 6 天")
    (go,) = differences(roll, replace(roll, timings=(DaysToExpiry(days=5), Manual(go=True))))
    assert go[1:] == ("移仓时机 2", "人工发令，现在移 否", "人工发令，现在移 是")
    (gone,) = differences(roll, replace(roll, timings=roll.timings[:1]))
    assert gone[1:] == ("移仓时机 2", "人工发令", "无")


def test_a_leg_is_named_with_what_of_it_differs_and_no_more() -> None:
    first, second = SPREAD.legs
    found = differences(SPREAD, replace(SPREAD, legs=(first, replace(second, pay_up_ticks=9, hedge_seconds=4))))
    (leg,) = found
    assert leg[1:] == ("腿 2 rb2105", "追价加价 1 跳，对冲等待 同整个价差", "追价加价 9 跳，对冲等待 4 秒")
    (other,) = differences(SPREAD, replace(SPREAD, legs=(first, replace(second, instrument=ORE))))
    assert other.name == "腿 2"
    assert (other.before.startswith("rb2105 "), other.after.startswith("i2101 ")) == (True, True)
