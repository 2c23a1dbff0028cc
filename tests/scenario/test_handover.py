"""At 08:50 the card of the handover lists what is left of the night (K8)."""

from __future__ import annotations

import pytest

from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.ids import InstrumentId
from terminal.engine.alert.handover import CODE, at_opening
from tests.engine_world import DAY, RB, I, World, reference
from tests.scenario.conftest import Begin

NIGHT = instant(20200820, 22, 59)


def cards(world: World) -> list[str]:
    return [one.sentence for one in world.facts(AlertRaised) if one.code == CODE]


def test_the_orders_of_the_night_that_still_work_are_listed_once_at_ten_to_nine(begin: Begin) -> None:
    # Given one order of the night that rests, one that filled, and one that was cancelled
    world = begin(at=NIGHT)
    world.buy(3, 3690)
    world.buy(1, 3701)
    world.buy(2, 820, instrument=I)
    world.show_at(instant(DAY, 8, 49, 59))
    assert cards(world) == []
    # When it is ten to nine, and later
    world.show_at(instant(DAY, 8, 50))
    world.show_at(instant(DAY, 8, 55, 30))
    # Then the two that work are on one card, with what becomes of them.
    (card,) = cards(world)
    assert "还有 2 笔夜盘委托未了" in card
    assert f"{RB.partition('.')[2]} 3 手 @3690（余 3 手，没有日盘集合竞价，开盘后继续）" in card
    assert "i2101 2 手 @820" in card
    assert [one.code for one in world.account.open_alerts.values()] == [CODE]


def test_a_restart_raises_no_second_card_beside_the_first(begin: Begin) -> None:
    world = begin(at=NIGHT)
    world.buy(3, 3690)
    world.show_at(instant(DAY, 8, 50))
    world.restart()
    world.show_at(instant(DAY, 8, 51))
    assert len(cards(world)) == 1


def test_there_is_no_card_where_nothing_is_left_or_the_day_has_begun(begin: Begin) -> None:
    world = begin(at=NIGHT)
    world.buy(1, 3701)
    world.show_at(instant(DAY, 8, 50))
    assert cards(world) == []
    late = begin(at=NIGHT)
    late.buy(1, 3690)
    late.show_at(instant(DAY, 9, 0, 1))
    assert cards(late) == []


@pytest.mark.parametrize(
    ("name", "day", "says"),
    [
        ("SHFE.rb2310", 20230526, "参加 08:55 起的日盘集合竞价"),
        ("INE.sc2307", 20230526, "参加 08:55 起的日盘集合竞价"),
        ("DCE.i2309", 20230526, "参加 08:55 起的日盘集合竞价"),
        ("CZCE.CF309", 20230526, "只可撤单"),
        ("SHFE.rb2310", 20230525, "没有日盘集合竞价"),
    ],
)
def test_what_becomes_of_a_night_order_is_its_exchanges_rule_of_the_day(name: str, day: int, says: str) -> None:
    template = reference().instrument(InstrumentId(name), day).session_on(day)
    assert template is not None
    assert says in at_opening(reference().calendar, template, day)
