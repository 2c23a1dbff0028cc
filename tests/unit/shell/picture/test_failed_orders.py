from __future__ import annotations

import pytest

from terminal.domain.ids import PersonId
from terminal.domain.orders.order import OrderState
from terminal.domain.reports import Rejected
from tests.engine_world import CHECKER, ONE, TRADER, World
from tests.picture_desk import Desk


@pytest.mark.parametrize("person", [TRADER, CHECKER])
def test_whoever_ordered_by_hand_and_nobody_else_is_told_that_it_came_to_nothing_and_why(person: PersonId) -> None:
    world = World()
    world.wire.lose_orders = True
    row = world.buy(3, 3690)
    desk = Desk(world, person)
    assert (desk.orders[row.order].state, desk.orders[row.order].told) == (OrderState.RECORDED, "")
    world.tell(Rejected(account=ONE, wire_key=row.wire_key, code="31", text="资金不足"))
    desk.look()
    assert desk.orders[row.order].state is OrderState.REJECTED
    told = "买开 rb2101 3 手 @3690 被交易所拒绝：资金不足" if person == TRADER else ""
    assert desk.orders[row.order].told.removeprefix(f"{ONE} ") == told
