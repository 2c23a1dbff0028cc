"""A leg that nobody can hedge before lunch, and a person who does it by hand: the strategy is stopped first, as told.

The user: "It waited in a locked market, so I queued at the limit myself. When it opened I had the far month twice."
"""

from __future__ import annotations

import pytest

from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.ids import InstrumentId
from tests.engine_world import FAR, RB, Shown, World
from tests.picture_settings import GRID as NAME
from tests.scenario.conftest import Begin
from tests.scenario.legs import STOPPED, alerts, stop
from tests.scenario.test_leg_over_a_break import AFTERNOON, CODE, LUNCH, naked_before_lunch

LOCKED: dict[InstrumentId, Shown] = {RB: (None, 3500), FAR: (None, 3400)}
SAYS = (
    "还应卖出 3 手（约 108,060.00 元），休市前已来不及补齐，开市后策略先补齐；"
    "不能等的请先停止它两次，再人工对冲，否则它会再补一遍。"
)


@pytest.mark.parametrize("heeds", [True, False])
def test_who_stops_it_twice_before_hedging_by_hand_has_the_hedge_once(begin: Begin, *, heeds: bool) -> None:
    # Given a leg that stands alone over lunch, of which people are told what comes before a hedge by hand
    world = naked_before_lunch(begin)
    world.wait_until(LUNCH)
    (told,) = alerts(world, CODE)
    assert told.sentence.endswith(SAYS)
    # When both months are locked after it, and a person queues at the limit
    for second in range(1, 4):
        world.show_at(AFTERNOON + second * SECOND_NS, LOCKED)
    world.show(LOCKED, last={RB: 3500, FAR: 3400})
    if heeds:
        assert [stop(world, NAME).code for _ in range(2)] == ["WINDING", "OK"]
    world.sell(3, 3400, instrument=FAR)
    opens(world)
    # Then the far month is sold once; who did not heed it has it twice.
    assert (world.net(RB), world.net(FAR)) == (3, -3 if heeds else -6)
    assert (world.account.strategies[NAME].status is STOPPED) is heeds


def opens(world: World) -> None:
    for _ in range(20):
        world.show({RB: (3500, 3501), FAR: (3400, 3401)}, last={RB: 3500, FAR: 3400})
        world.wait(2)


def test_lots_sold_by_hand_before_the_break_are_named_with_what_to_do(begin: Begin) -> None:
    # Given a person who holds far lots on the side of what lacks
    world = naked_before_lunch(begin, by_hand=2)
    world.wait_until(LUNCH)
    (told,) = alerts(world, CODE)
    assert (
        "rb2105 应卖出 3 手，账户里另有空 2 手（不记在任何策略名下），还差 1 手没有对冲；是人工补的请停止它两次"
        in told.sentence
    )
