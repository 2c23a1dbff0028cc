"""A score is the sum of its parts, and what is not known is said instead of guessed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from terminal.domain.fact.target_marks import DayNoted, RatioFrozen, RatioUnknown
from terminal.domain.ids import InstrumentId, StockId
from terminal.domain.parameters.target import Factor, FactorKind, FactorScore, TargetSettings
from terminal.domain.stock import StockNote
from terminal.strategies.target.score import NOTED_AGAIN, by_score, note_of
from tests.unit.strategies.traded import future
from tests.unit.strategies.world import ACCOUNT, World

RB = InstrumentId("SHFE.rb2510")
SPOT = InstrumentId("SPOT.rb.上海")
BASIS = Factor(kind=FactorKind.BASIS, weight=Decimal(2), zero=Decimal(90), one=Decimal(10))
SWING = Factor(kind=FactorKind.VOLATILITY, weight=Decimal(1), zero=Decimal(15), one=Decimal(40))
PORTS = StockId("港口库存")
STOCK = Factor(kind=FactorKind.STOCK, weight=Decimal(1), zero=Decimal("0.8"), one=Decimal("1.2"))
VOLUME = Factor(kind=FactorKind.VOLUME, weight=Decimal(1), zero=Decimal("0.5"), one=Decimal("2.5"))


def score(*factors: Factor, **changes: Any) -> FactorScore:
    made = FactorScore(factors=factors, lowest=Decimal(50), highest=Decimal(85), spot=SPOT, days=3)
    return replace(made, **changes)


def settings(source: FactorScore) -> TargetSettings:
    return TargetSettings(account=ACCOUNT, group="螺纹", instrument=RB, source=source, most_lots=9)


def world_of(source: FactorScore) -> World:
    world = World(settings(source), [future(RB), future(SPOT)])
    world.show(RB, 3199, 3201)
    world.show(SPOT, 3230, 3230)
    return world


def noted(world: World, *days: tuple[int | None, int | None]) -> list[DayNoted]:
    """Return notes of settlement and volume, the last of them today's."""
    world.days = {world.day - back: -back for back in range(len(days))}
    first = world.day - len(days) + 1
    return [
        DayNoted(trading_day=first + place, pre_settlement=None if price is None else Decimal(price), volume=volume)
        for place, (price, volume) in enumerate(days)
    ]


def frozen(world: World, source: FactorScore, days: list[DayNoted]) -> RatioFrozen:
    found = by_score(settings(source), source, days, world)
    assert isinstance(found, RatioFrozen), found
    return found


def why(world: World, source: FactorScore, days: list[DayNoted]) -> str:
    found = by_score(settings(source), source, days, world)
    assert isinstance(found, RatioUnknown), found
    return found.why


def test_what_each_factor_adds_comes_to_the_ratio_exactly() -> None:
    source = score(BASIS, SWING)
    world = world_of(source)
    days = noted(world, (3200, 1), (3328, 1), (3200, 1), (3328, 1))
    found = frozen(world, source, days)
    # Basis 30: (30 − 90) / (10 − 90) = 0.75; 35 × 2/3 × 0.75 = 17.50. The swing is beyond 40 % and scores 1.
    assert [(one.kind, one.score, one.points) for one in found.parts] == [
        (FactorKind.BASIS, Decimal("0.7500"), Decimal("17.50")),
        (FactorKind.VOLATILITY, Decimal("1.0000"), Decimal("11.67")),
    ]
    assert found.base is not None
    assert found.ratio == found.base + sum(one.points for one in found.parts) == Decimal("79.17")
    assert (found.low, found.high) == (Decimal("74.17"), Decimal("84.17"))


def test_volatility_is_the_deviation_of_the_days_returns_by_the_year() -> None:
    source = score(SWING)
    world = world_of(source)
    # ln 1.01, −ln 1.01, ln 1.01: mean 0.0033168, sample deviation 0.0114897, × √242 = 17.87 %
    days = noted(world, (10_000, 1), (10_100, 1), (10_000, 1), (10_100, 1))
    assert frozen(world, source, days).parts[0].value == Decimal("17.87")


def test_volume_is_yesterdays_beside_the_days_before_it_and_todays_counts_nothing() -> None:
    source = score(VOLUME)
    world = world_of(source)
    days = noted(world, (1, 100), (1, 200), (1, 300), (1, 300), (1, 7))
    assert frozen(world, source, days).parts[0].value == Decimal("1.50")


def test_a_day_that_was_not_seen_is_not_bridged() -> None:
    source = score(SWING)
    world = world_of(source)
    days = noted(world, (3200, 1), (3264, 1), (3200, 1), (3264, 1))
    gap = [days[0], *days[2:]]
    assert why(world, source, gap) == "波动率要连续 4 个交易日的结算价，现有 2 个"
    world.days[days[1].trading_day] = -3  # what would be the second day is a trading day further back
    assert why(world, source, days) == "波动率要连续 4 个交易日的结算价，现有 2 个"
    source = score(VOLUME)
    assert why(world, source, noted(world, (1, 100), (1, None), (1, 5), (1, 5), (1, 5))).startswith("成交量要连续 4 个")


def test_a_settlement_that_is_not_known_is_no_settlement() -> None:
    source = score(SWING)
    world = world_of(source)
    assert "现有 3 个" in why(world, source, noted(world, (3200, 1), (None, 1), (3200, 1), (3264, 1)))


def test_a_basis_without_a_spot_price_is_not_known() -> None:
    source = score(BASIS)
    world = world_of(source)
    del world.quotes[SPOT]
    assert "现货价缺失" in why(world, source, [])


def test_a_day_is_noted_once_and_its_volume_now_and_then() -> None:
    source = score(VOLUME)
    world = world_of(source)
    world.show(RB, 3199, 3201, volume=10)
    assert note_of(settings(score(BASIS)), [], 0, world) is None  # nothing reads it
    first = note_of(settings(source), [], 0, world)
    assert first == DayNoted(trading_day=world.day, pre_settlement=None, volume=10)
    world.show(RB, 3199, 3201, volume=99)
    assert note_of(settings(source), [first], world.at - NOTED_AGAIN + 1, world) is None
    again = note_of(settings(source), [first], world.at - NOTED_AGAIN, world)
    assert again is not None
    assert again.volume == 99
    world.quotes[RB] = world.quotes[RB]._replace(pre_settlement=3200)
    late = note_of(settings(score(SWING)), [first], world.at, world)
    assert late is not None
    assert late.pre_settlement == Decimal(3200)


def counted(world: World, *tonnes: int, ago: int = 1) -> None:
    """Let a series hold weekly counts, the last of them some days ago."""
    last = date.fromisoformat(str(world.day)) - timedelta(days=ago)
    days = [last - timedelta(weeks=back) for back in reversed(range(len(tonnes)))]
    world.counted[PORTS] = tuple(
        StockNote(int(day.strftime("%Y%m%d")), Decimal(many), "港口") for day, many in zip(days, tonnes, strict=True)
    )


def test_the_latest_stock_is_held_against_the_average_of_the_counts_before_it() -> None:
    source = score(STOCK, stock=PORTS)
    world = world_of(source)
    counted(world, 99, 1_000, 1_100, 1_200, 1_210)
    (part,) = frozen(world, source, []).parts
    # 1 210 / 1 100 = 1.1: three quarters of the way from 0.8 to 1.2, of 35 points.
    assert (part.kind, part.value, part.score, part.points) == (
        FactorKind.STOCK,
        Decimal("1.10"),
        Decimal("0.75"),
        Decimal("26.25"),
    )


def test_a_stock_of_too_few_counts_of_none_or_of_long_ago_is_said_and_not_guessed() -> None:
    source = score(STOCK, stock=PORTS)
    world = world_of(source)
    assert why(world, source, []) == "库存 港口库存 要 4 个数，现有 0 个"
    counted(world, 1_000, 1_100, 1_200)
    assert why(world, source, []) == "库存 港口库存 要 4 个数，现有 3 个"
    counted(world, 1_000, 1_100, 1_200, 1_210, ago=15)
    assert frozen(world, source, []).parts
    counted(world, 1_000, 1_100, 1_200, 1_210, ago=16)
    assert "已过 16 天，最多 15 天" in why(world, source, [])
    counted(world, 0, 0, 0, 5)
    assert "之前 3 个数都是 0" in why(world, source, [])
