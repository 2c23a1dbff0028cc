"""How the screen lists an order on a combination: one line, with how far each of its legs has come."""

from __future__ import annotations

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.reports import Rejected, Traded
from terminal.engine.screen import LegLine
from tests.engine_market import FAR_ORE, ORE_SPREAD
from tests.engine_world import ONE, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.combining import show
from tests.unit.shell.picture.test_combination_card import spread_world


def ordered(price: str) -> tuple[World, Desk]:
    world = spread_world()
    assert world.order(Side.BUY, 2, price, instrument=ORE_SPREAD).ok
    return world, Desk(world, TRADER)


def test_it_is_one_line_under_the_first_leg_s_number() -> None:
    world, desk = ordered("20")
    (line,) = desk.orders.values()
    assert line.order == next(iter(world.account.orders))
    assert (line.terms.instrument, line.terms.side, str(line.terms.price)) == (ORE_SPREAD, Side.BUY, "20")
    assert (line.state, line.filled, line.note) == (OrderState.LIVE, 0, "")
    assert line.legs == (LegLine(I, Side.BUY, 0), LegLine(FAR_ORE, Side.SELL, 0))


def test_while_one_leg_s_trade_is_not_told_the_whole_is_as_far_as_that_leg() -> None:
    world, desk = ordered("30")
    world.wire.hold = (Traded,)
    show(world, near=("829.5", "830"))
    near, far = world.wire.take_held()
    world.tell(near)
    desk.look()
    (line,) = desk.orders.values()
    assert (line.state, line.filled, [leg.filled for leg in line.legs]) == (OrderState.PARTIAL, 0, [2, 0])
    world.tell(far)
    desk.look()
    (line,) = desk.orders.values()
    assert (line.state, line.filled, [leg.filled for leg in line.legs]) == (OrderState.FILLED, 2, [2, 2])
    assert len(desk.trades) == 2


def test_a_rejection_is_told_once_and_of_the_whole() -> None:
    world = spread_world()
    world.wire.lose_orders = True
    world.order(Side.BUY, 2, "30.5", instrument=ORE_SPREAD)
    world.wire.lose_orders = False
    key = world.wire.sent[0].wire_key
    world.tell(Rejected(account=ONE, wire_key=key, code="INSTRUMENT_NOT_FOUND", text="合约不存在"))
    desk = Desk(world, TRADER)
    (line,) = desk.orders.values()
    assert line.told == "A1 买开 SP i2101&i2105 2 手 @30.5 被交易所拒绝：合约不存在"
    assert line.note == "交易所拒绝：合约不存在"


def test_what_is_refused_is_told_with_the_combination_or_its_leg() -> None:
    world = spread_world()
    assert not world.order(Side.BUY, 2, "30.5", instrument=InstrumentId("DCE.SP i2105&i2101")).ok
    assert not world.order(Side.BUY, 2, "30.2", instrument=ORE_SPREAD).ok
    said = Desk(world, TRADER).said()
    assert any("DCE 这两腿的组合是 SP i2101&i2105" in one for one in said)
    assert any("价差 30.2 不是最小变动价位 0.5 的整数倍" in one for one in said)
