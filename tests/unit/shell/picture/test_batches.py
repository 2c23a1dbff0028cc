"""What a person's screen is told of groups of accounts and of orders for them (分组下单)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.ids import AccountId, BatchId
from terminal.domain.orders.batch import Member
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.words.risk import Scope
from terminal.engine.batch.line import BatchLine, PartLine
from terminal.engine.mailbox import Drained
from terminal.engine.state import State
from tests.batch_room import GROUP, KILLED, LARGE, POOR, TWENTY, UNLIMITED, cancel, opening, save, wish
from tests.engine_world import CHECKER, DAY, NEXT_DAY, ONE, RB, RISK, TRADER, World
from tests.picture_desk import Desk


@pytest.fixture
def world() -> Iterator[World]:
    """Give twenty accounts, one of them stopped, and the trader's group of them."""
    made = World(opening=opening())
    assert save(made, *(Member(account=name, multiplier=Decimal(1)) for name in TWENTY)).ok
    assert made.do(RISK, c.Kill(account=KILLED, scope=Scope(), reason="演练")).ok
    yield made
    made.check()


def parts(drained: Drained, batch: str = "B") -> dict[AccountId, PartLine]:
    line: BatchLine = drained.batches[BatchId(batch)]
    return {part.account: part for part in line.parts}


def words(drained: Drained) -> dict[AccountId, str]:
    return {name: part.word for name, part in parts(drained).items()}


def test_each_account_says_where_it_stands_while_the_batch_goes_out_and_after(world: World) -> None:
    desk = Desk(world, TRADER)
    world.do(TRADER, wish(price=3690), command="B")
    first = words(desk.look())
    assert (first[ONE], first[TWENTY[-1]], first[POOR]) == ("委托中", "排队", "被拒")
    world.wait(4)
    found = parts(desk.look())
    assert {name for name, part in found.items() if part.word == "委托中"} == set(TWENTY) - {
        *(POOR, KILLED, UNLIMITED, LARGE)
    }
    assert (found[LARGE].word, found[LARGE].is_open) == ("待复核", True)
    assert "停止" in found[KILLED].sentence
    world.show({RB: (3688, 3689)})
    assert (found := parts(desk.look()))[ONE].word == "已成交"
    assert (found[ONE].filled, found[ONE].is_open) == (2, False)


def test_a_second_persons_no_and_a_cancelled_batch_are_told(world: World) -> None:
    desk = Desk(world, TRADER)
    world.do(TRADER, wish(price=3690), command="B")
    world.wait(4)
    desk.look()
    (waits,) = world.state.accounts[LARGE].pending.values()
    world.decide(CHECKER, waits, decision=ConfirmationEvent.REJECT)
    assert words(desk.look())[LARGE] == "已驳回"
    cancel(world)
    world.wait(8)
    found = parts(desk.look())
    assert found[ONE].word == "已撤"
    assert not any(part.is_open for part in found.values())


def test_a_desk_that_joins_later_sees_groups_and_batches_and_others_see_none(world: World) -> None:
    world.do(TRADER, wish(), command="B")
    world.wait(4)
    world.show({RB: (3699, 3700)})
    late = Desk(world, TRADER)
    drained = _anew(late)
    assert drained.groups[GROUP].members[0] == Member(account=ONE, multiplier=Decimal(1))
    assert words(drained)[ONE] == "已成交"
    other = _anew(Desk(world, CHECKER))
    assert (other.groups, other.batches) == ({}, {})


def test_after_a_settlement_a_batch_says_that_its_outcome_is_in_the_events() -> None:
    world = World(opening=opening(), at=instant(DAY, 14, 59, 50))
    save(world, *(Member(account=name, multiplier=Decimal(by)) for name, by in ((ONE, 1), (TWENTY[1], 0))))
    world.do(TRADER, wish(price=3690), command="B")
    desk = Desk(world, TRADER)
    world.show_at(instant(DAY, 21))
    world.show_at(instant(NEXT_DAY, 21))
    assert words(desk.look()) == {ONE: "已过结算", TWENTY[1]: "0 手"}


def _anew(desk: Desk) -> Drained:
    state: State = desk.state
    desk.picture.restart(state, desk.past)
    return desk.mailbox.drain()
