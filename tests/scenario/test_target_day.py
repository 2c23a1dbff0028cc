"""The ratio of a target's day: from a table, a score or a fixed band, fixed by what is seen first and held."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import AlertRaised, OrderRecorded
from terminal.domain.fact.target_marks import RatioFrozen, RatioUnknown
from terminal.domain.parameters.target import BasisTable, FactorKind, FixedBand, TargetMode
from tests.engine_world import DAY, NEXT_DAY, NEXT_NIGHT, SPOT, I, World
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.targets import KEEPER, TABLE, change, marks, ore_limits, quote_spot, score, start, target


def basis_world(begin: Begin) -> World:
    world = begin(limits=ore_limits(), at=instant(DAY, 14, 50))
    quote_spot(world, 840)
    return world


def test_the_table_is_read_once_a_day_and_holds_through_night_and_day_session(begin: Begin) -> None:
    world = basis_world(begin)
    assert start(world, target(source=TABLE)).ok
    world.wait(3)
    world.show({I: ("831", "831.5")})
    world.wait(5)
    (friday,) = marks(world, RatioFrozen)
    assert (friday.trading_day, friday.basis, friday.permille) == (DAY, Decimal("8.75"), 0)
    assert (friday.low, friday.ratio, friday.high) == (80, 85, 90)
    world.wait(10)
    assert world.net(I) == -80
    # When the basis turns dear within the day, the day's ratio stays.
    world.show({I: (800, "800.5")})
    world.wait(20)
    assert len(marks(world, RatioFrozen)) == 1
    # At night it is Monday: the first sight decides, where the basis is dear in its window
    world.show_at(NEXT_NIGHT, {I: (790, "790.5")})
    world.wait(20)
    monday = marks(world, RatioFrozen)[-1]
    assert (monday.trading_day, monday.ratio, monday.permille) == (NEXT_DAY, 60, 900)
    assert world.net(I) == -65
    # and on Monday morning, after a restart and a basis that is cheap again, it still holds.
    world.restart()
    world.show_at(instant(NEXT_DAY, 9), {I: (850, "850.5")})
    world.wait(20)
    assert len(marks(world, RatioFrozen)) == 2
    assert world.net(I) == -65


def test_a_basis_that_has_not_moved_is_at_no_place_of_its_window(begin: Begin) -> None:
    # Given a table, and a basis that has been the same since the window began: it is neither cheap nor dear
    world = begin(limits=ore_limits())
    quote_spot(world, 840)
    world.wait(5)
    assert start(world, target(source=TABLE)).ok
    world.wait(5)
    world.show(after=601)
    world.wait(5)
    assert [mark.why for mark in marks(world, RatioUnknown)][-1] == "窗口里的基差没有变动过，分不出高低"
    assert world.net(I) == 0
    # When it moves, the day is fixed, and of the many that were alike half lie below.
    world.show({I: (835, "835.5")})
    world.wait(1)
    world.show({I: (830, "830.5")})
    (frozen,) = marks(world, RatioFrozen)
    assert (frozen.basis, frozen.permille) == (Decimal("4.75"), 0)
    world.wait(10)
    assert world.net(I) == -80


def test_samples_of_a_day_fix_the_next_one_by_the_basis_it_is_seen_with(begin: Begin) -> None:
    # Given one sample a day: the basis is 9.75 on Friday afternoon
    world = basis_world(begin)
    table = BasisTable(spot=SPOT, rows=TABLE.rows, sample_seconds=86_400, window=10, at_least=1)
    assert start(world, target(source=table, mode=TargetMode.PROPOSE)).ok
    world.wait(5)
    assert not marks(world, RatioFrozen)  # one sample stands nowhere
    # When the night opens with a basis of 139.75, before the next sample is due
    world.show_at(NEXT_NIGHT, {I: (700, "700.5")})
    world.wait(5)
    # Then Monday is fixed by that, the second of two, and not by Friday's.
    (monday,) = marks(world, RatioFrozen)
    assert (monday.trading_day, monday.basis) == (NEXT_DAY, Decimal("139.75"))
    assert (monday.permille, monday.samples) == (500, 2)


def test_a_change_of_the_source_counts_from_the_next_trading_day_on(begin: Begin) -> None:
    world = begin(limits=ore_limits(), at=instant(DAY, 14, 50))
    assert start(world, target()).ok
    world.wait(5)
    assert change(world, source=FixedBand(low=Decimal(40), high=Decimal(50))).ok
    world.wait(20)
    assert world.net(I) == -80
    world.show_at(NEXT_NIGHT)
    world.wait(20)
    assert world.net(I) == -50


def test_a_stale_spot_price_leaves_the_day_open_until_somebody_states_one(begin: Begin) -> None:
    world = basis_world(begin)
    # Given a spot that nobody has stated since: by Tuesday night it has expired
    world.show_at(instant(20200825, 21))
    assert start(world, target(source=TABLE)).ok
    world.wait(10)
    assert not world.facts(OrderRecorded)
    (unknown,) = marks(world, RatioUnknown)
    assert unknown.why == "现货价缺失或过期，或合约没有双边报价"
    told = [fact.sentence for fact in world.facts(AlertRaised) if fact.code == "TARGET_RATIO"]
    assert "定下之前不配平" in told[0]
    # When it is stated, the day is fixed, and the hedge follows.
    quote_spot(world, 900)
    world.wait(5)
    world.show({I: ("830.5", "831")})
    world.wait(15)
    assert len(marks(world, RatioFrozen)) == 1
    assert world.net(I) < 0


def test_a_score_is_frozen_with_all_it_is_made_of_and_shown_so(begin: Begin) -> None:
    world = basis_world(begin)
    desk = Desk(world)
    assert start(world, target(source=score(lowest=Decimal(40)))).ok
    world.wait(8)
    # Basis 9.75: below 10 it scores 1, so the ratio is 85 %, all of 45 points by the one factor.
    (day,) = marks(world, RatioFrozen)
    (part,) = day.parts
    assert (part.kind, part.value, part.score, part.points) == (FactorKind.BASIS, Decimal("9.75"), 1, 45)
    assert (day.base, day.ratio) == (40, 85)
    # When the basis is another one, and the runner begins anew
    world.show({I: (770, "770.5")})
    world.restart()
    world.wait(5)
    # Then every desk shows what was frozen.
    said = "今日比例 85%，区间 80% 至 90%（40 + 基差 45［9.75 元，得分 1 × 权重 1］）"
    assert marks(world, RatioFrozen) == [day]
    desk.look()
    card = desk.strategies[KEEPER]
    assert said in card.sentence
