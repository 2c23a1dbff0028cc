"""Control C8 paces what leaves the house for one exchange, over the second and over ten; no cancel is lost by it."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, show
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import CancelRecorded, CancelWanted, OrderRecorded, OrderRefused, StrategyMarked
from terminal.domain.fact.way_marks import RateHeld
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.parameters.strategy import GridSettings, OutOfRange
from terminal.domain.reports import Accepted, QueryAnswer
from terminal.domain.words.risk import Scope
from tests.engine_world import DAY, FAR, LIMITS, ONE, RB, RISK, TRADER, World
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.legs import start_spread

BURST = 8
GRID = StrategyId("grid")
PACED = msgspec.structs.replace(LIMITS, messages_in_one_second=BURST)
SLOW = msgspec.structs.replace(PACED, messages_per_second_average=2)


@pytest.fixture
def paced(begin: Begin) -> World:
    return begin(limits=PACED)


def rest(world: World, count: int) -> None:
    """Rest so many orders far from the market, a few a second."""
    for number in range(count):
        world.buy(1, 3650 - number)
        if number % 4 == 3:
            world.show()
    assert len(world.account.live) == count


def stamps(world: World) -> list[int]:
    sent = (CancelRecorded, OrderRecorded)
    return [record.utc for record in world.records() if isinstance(record.fact, sent)]


def most_within(world: World, seconds: int) -> int:
    found = stamps(world)
    return max(end - bisect_right(found, at - seconds * SECOND_NS) for end, at in enumerate(found, 1))


def cancel_all(world: World) -> str:
    done = world.do(TRADER, c.CancelAll(account=ONE))
    assert done.ok
    return done.sentence


def test_fourteen_cancels_leave_at_the_pace_of_the_limit_and_none_is_lost(paced: World) -> None:
    # Given fourteen resting orders, and a quiet moment
    rest(paced, 14)
    paced.wait(2)
    # When a person takes everything back at once
    assert cancel_all(paced) == "已撤 8 笔，其余 6 笔按报撤频率依次撤出"
    assert len(paced.account.live) == 6
    # Then the rest follows within three seconds, never more than eight in any one.
    for _ in range(6):
        paced.show(after=0.5)
    assert paced.account.live == {}
    assert most_within(paced, 1) == BURST
    assert len(paced.facts(CancelRecorded)) == 14
    assert [one.person for one in paced.facts(CancelWanted)] == [TRADER] * 6
    assert {one.reason for one in paced.facts(CancelRecorded)} == {"人工撤单"}


def test_asked_again_the_same_wish_is_not_stated_twice(paced: World) -> None:
    rest(paced, 14)
    paced.wait(2)
    cancel_all(paced)
    assert cancel_all(paced) == "6 笔按报撤频率依次撤出"
    assert len(paced.facts(CancelWanted)) == 6
    paced.wait(3)
    assert len(paced.facts(CancelRecorded)) == 14
    assert cancel_all(paced) == "已撤 0 笔"


def test_the_average_over_ten_seconds_holds_cancels_back_too(begin: Begin) -> None:
    # Given twenty messages in ten seconds allowed, and fourteen of them just used
    world = begin(limits=SLOW)
    rest(world, 14)
    # When everything is taken back
    assert cancel_all(world) == "已撤 6 笔，其余 8 笔按报撤频率依次撤出"
    world.wait(4)
    assert len(world.account.live) == 8
    # Then the rest leaves as the first orders fall out of the ten seconds.
    world.wait(8)
    assert world.account.live == {}
    assert most_within(world, 10) == 20
    assert most_within(world, 1) <= BURST


def test_a_single_cancel_without_room_follows_by_itself_before_any_new_order(paced: World) -> None:
    rest(paced, 1)
    paced.wait(2)
    row = next(iter(paced.account.live.values()))
    for number in range(BURST):
        paced.buy(1, 3640 - number)
    done = paced.do(TRADER, c.CancelOrder(account=ONE, order=row.order))
    assert (done.ok, done.sentence) == (True, "1 笔按报撤频率依次撤出")
    assert paced.order(Side.BUY, 1, 3600).code == "MESSAGES_IN_ONE_SECOND"
    assert row.state is OrderState.LIVE
    paced.show()
    assert row.state is OrderState.CANCELLED


def test_a_held_back_cancel_leaves_with_the_first_batch_that_has_room(paced: World) -> None:
    # Given the rate used up half a second before everything is taken back
    rest(paced, 3)
    paced.wait(2)
    paced.show(after=0.4)
    for number in range(BURST):
        paced.buy(1, 3640 - number)
    paced.show(after=0.3)
    assert cancel_all(paced) == "11 笔按报撤频率依次撤出"
    # Then it does not wait for the next look of the second.
    paced.show(after=0.6)
    assert len(paced.facts(CancelRecorded)) == 0
    paced.show(after=0.1)
    assert len(paced.facts(CancelRecorded)) == BURST
    paced.wait(2)
    assert paced.account.live == {}
    assert most_within(paced, 1) == BURST


def test_a_wish_outlives_the_runner(paced: World) -> None:
    rest(paced, 14)
    paced.wait(2)
    cancel_all(paced)
    paced.restart()
    paced.wait(4)
    assert paced.account.live == {}
    assert most_within(paced, 1) == BURST


def test_an_order_that_fills_while_its_cancel_waits_is_wanted_no_more(paced: World) -> None:
    rest(paced, 14)
    paced.wait(2)
    cancel_all(paced)
    paced.show({RB: (3600, 3601)}, after=0.2)
    assert paced.account.live == {}
    assert not any(row.cancel_wanted for row in paced.account.orders.values())
    paced.wait(3)
    assert len(paced.facts(CancelRecorded)) == BURST


def test_an_unknown_order_is_cancelled_once_the_exchange_proves_it(paced: World) -> None:
    # Given an order nobody can speak for
    paced.wire.lose = (Accepted, QueryAnswer)
    row = paced.buy(1, 3650)
    paced.wait(4)
    assert row.state is OrderState.UNKNOWN
    # When a person takes it back, the answer says what is known
    assert cancel_all(paced) == "1 笔状态未知，待交易所确认后撤出"
    paced.wait(2)
    assert paced.facts(CancelRecorded) == []
    # Then it is cancelled when the exchange shows it.
    paced.wire.lose = ()
    paced.wait(8)
    assert row.state is OrderState.CANCELLED
    assert paced.account.live == {}


def test_a_kill_takes_everything_back_at_the_same_pace(paced: World) -> None:
    rest(paced, 14)
    paced.wait(2)
    assert paced.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="行情异常")).ok
    assert len(paced.account.live) == 6
    paced.show(after=0.5)
    paced.show(after=0.5)
    assert paced.account.live == {}
    assert most_within(paced, 1) == BURST


def test_a_close_by_hand_goes_at_once_and_counts(paced: World) -> None:
    # Given a position, and the rate used up
    paced.buy(2, 3702)
    paced.wait(2)
    assert paced.net() == 2
    rest_of_the_second = [paced.buy(1, 3640 - number) for number in range(BURST)]
    # When a person closes
    assert paced.close_long(2, 3699).ok
    # Then it went, and what follows waits a little longer.
    assert most_within(paced, 1) == BURST + 1
    assert paced.net() == 0
    assert cancel_all(paced) == f"{len(rest_of_the_second)} 笔按报撤频率依次撤出"
    paced.wait(2)
    assert paced.account.live == {}


def grid_of_two() -> GridSettings:
    return GridSettings(
        account=ONE,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3700),
        step=Decimal(5),
        lines=2,
        lots_per_line=1,
        stop=Decimal(3600),
        lower=Decimal(3620),
        upper=Decimal(3760),
        out_of_range=OutOfRange.STOP,
    )


def grid(world: World) -> None:
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_of_two())).ok
    world.wait(2)
    assert len(world.account.live) == 2


def use_up(world: World) -> None:
    """Use up the second's messages."""
    for number in range(BURST):
        world.buy(1, 3640 - number)


def test_a_close_of_a_strategy_without_room_is_not_refused_but_comes_later(paced: World) -> None:
    # Given a grid whose line fills while there is no room for the close that follows
    grid(paced)
    use_up(paced)
    paced.show({RB: (3694, 3695)}, after=0.5)
    assert paced.net() == 1
    assert [row for row in paced.account.live.values() if not row.terms.is_opening] == []
    # When there is room again, then the close goes out, and nobody was refused anything.
    paced.show(after=0.5)
    assert [row.terms.price for row in paced.account.live.values() if not row.terms.is_opening] == [3700]
    assert [one for one in paced.facts(OrderRefused) if not one.terms.is_opening] == []
    assert most_within(paced, 1) == BURST


def test_a_cancel_of_a_strategy_without_room_is_asked_for_again(paced: World) -> None:
    # Given a grid that wants its orders back while there is no room: the market has left its range
    grid(paced)
    use_up(paced)
    before = len(paced.records())
    paced.show({RB: (3770, 3771)}, after=0.5)
    assert paced.facts(CancelRecorded) == []
    assert paced.facts(CancelWanted) == []
    assert len(paced.records()) - before < 10
    # When there is room again, then they are taken back.
    paced.wait(2)
    own = [row for row in paced.account.live.values() if row.cause.strategy == GRID]
    assert own == []
    assert len(paced.facts(CancelRecorded)) == 2
    assert most_within(paced, 1) == BURST


def all_held(world: World) -> list[RateHeld]:
    return [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, RateHeld)]


def held(world: World) -> list[RateHeld]:
    """What people are told of: the rest is for the card."""
    return [mark for mark in all_held(world) if not mark.again]


def card(world: World, name: StrategyId = GRID) -> str:
    desk = Desk(world)
    desk.look()
    return {str(one): card.sentence for one, card in desk.strategies.items()}[name]


def test_a_strategy_that_waits_for_room_says_on_its_card_since_when_and_how_many_orders(paced: World) -> None:
    # Given a house that has used up the second's messages, and a grid of two lines that begins in it
    use_up(paced)
    since = show(paced.engine.columns.at)[5:19]
    assert paced.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_of_two())).ok
    paced.show(after=0.2)
    # Then its card says so while it waits, through the same words at every look,
    said = f"自 {since} 起报撤频率已用满，1 笔委托等有余地了依次报"
    assert said in card(paced)
    paced.show(after=0.2)
    assert said in card(paced)
    # and no more once they are out.
    paced.wait(3)
    assert "报撤频率" not in card(paced)
    first, over = all_held(paced)
    assert (first.orders, first.again, over.orders, over.again) == (1, False, 0, True)
    # Of a wait again within ten seconds that is soon over nothing is stated; after them it is, for the card alone.
    for after, stated in ((0, 2), (12, 4)):
        paced.wait(after)
        use_up(paced)
        paced.show({RB: (3694, 3695)}, after=0.2)
        paced.wait(3)
        paced.show({RB: (3712, 3713)}, after=3)
        assert len(all_held(paced)) == stated
    assert len(held(paced)) == 1


def test_a_strategy_that_is_paused_waits_for_nothing(paced: World) -> None:
    use_up(paced)
    assert paced.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_of_two())).ok
    paced.show(after=0.2)
    assert "报撤频率" in card(paced)
    assert paced.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    assert "报撤频率" not in card(paced)


def test_openings_of_a_strategy_without_room_wait_unrefused_and_that_is_stated_once_a_day(paced: World) -> None:
    # Given a house that has used up the second's messages, and a grid that begins in it
    use_up(paced)
    assert paced.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_of_two())).ok
    for _ in range(3):
        paced.show(after=0.2)
    assert all(row.cause.strategy is None for row in paced.account.live.values())
    # When there is room again
    paced.wait(3)
    # Then both its lines are sent, nothing of it was ever refused or paused, and people read once why it waited.
    assert sum(row.cause.strategy == GRID for row in paced.account.live.values()) == 2
    assert [one for one in paced.facts(OrderRefused) if one.cause.strategy == GRID] == []
    assert paced.account.strategies[GRID].status is StrategyStatus.RUNNING
    (said,) = held(paced)
    assert (said.instrument, said.trading_day, said.hedges) == (RB, DAY, False)
    assert most_within(paced, 1) == BURST
    # When it is the same a little later on that day, then it is not said again.
    use_up(paced)
    paced.show({RB: (3694, 3695)}, after=0.5)
    paced.wait(3)
    assert len(held(paced)) == 1


def test_a_spread_whose_hedge_finds_no_room_is_hedged_a_moment_later_and_breaks_no_leg(paced: World) -> None:
    # Given a spread whose active leg is on its way while a person uses up the second's messages
    paced.show({RB: (3720, 3721)})
    start_spread(paced)
    paced.wire.hold_orders = True
    paced.show({RB: (3700, 3701)})
    paced.wire.hold_orders = False
    for number in range(BURST - 1):
        paced.buy(1, 3640 - number)
    paced.arrive()
    assert (paced.net(RB), paced.net(FAR)) == (3, 0)
    # When a second has passed, then it is hedged, and no refusal holds its day back.
    paced.show(after=0.5)
    paced.show(after=0.6)
    paced.wait(1)
    assert (paced.net(RB), paced.net(FAR)) == (3, -3)
    assert paced.facts(OrderRefused) == []
    assert len(held(paced)) == 1
