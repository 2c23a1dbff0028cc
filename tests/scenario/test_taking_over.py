"""What waits for a second person when an account is taken over (接管), and what its former holder may still do.

SAFETY names no rule for it, so the safe one holds: who holds an account no longer has nothing sent there later, and
taking it back brings nothing back.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import (
    AccountTaken,
    ConfirmationDecided,
    OrderRecorded,
    StrategyChanged,
    StrategyStarted,
)
from terminal.domain.ids import DeviceId, PersonId, StrategyId
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.engine.fold import apply
from terminal.store.refold import Refold
from terminal.store.verify import verify
from tests.engine_world import (
    CHECKER,
    COLLEAGUE,
    LIMITS,
    ONE,
    OTHER,
    RB,
    RISK,
    SECOND_RISK,
    STRANGER,
    TRADER,
    World,
    device,
    terms,
)

LAPTOP: Final = DeviceId("zhao-laptop")
TAKE: Final = c.TakeAccount(account=ONE)
LARGE: Final = c.SubmitOrder(terms=terms(Side.BUY, 500, 3690))
NAME: Final = StrategyId("grid")
SMALL: Final = GridSettings(
    account=ONE,
    instrument=RB,
    side=Side.BUY,
    anchor=Decimal(3700),
    step=Decimal(10),
    lines=4,
    lots_per_line=10,
    stop=Decimal(3500),
    lower=Decimal(3550),
    upper=Decimal(3800),
)
GROWN: Final = msgspec.structs.replace(SMALL, lots_per_line=20)
BIG: Final = msgspec.structs.replace(SMALL, lots_per_line=40)
START: Final = c.StartStrategy(account=ONE, strategy=NAME, settings=SMALL)
LARGE_START: Final = c.StartStrategy(account=ONE, strategy=NAME, settings=BIG)
CHANGE: Final = c.ChangeStrategy(account=ONE, strategy=NAME, base_version=1, settings=GROWN)
ASKED: Final[dict[str, c.CommandBody]] = {"order": LARGE, "start": LARGE_START, "change": CHANGE}
LOOSER: Final = c.ChangeLimits(account=ONE, base_version=1, limits=msgspec.structs.replace(LIMITS, position_lots=2000))


def park(world: World, body: c.CommandBody, *, by: PersonId = TRADER, using: DeviceId | None = None) -> None:
    assert world.do(by, body, using=using).code == "CONFIRM2"


def parked_by_a_trader(world: World, what: str) -> None:
    """Have a trader, who holds the account, ask for something that needs a second person."""
    world.do(TRADER, TAKE)
    if what == "change":
        assert world.do(TRADER, START).code == "OK"
    park(world, ASKED[what])


def done_since(world: World) -> list[object]:
    return [*world.facts(OrderRecorded), *world.facts(StrategyStarted), *world.facts(StrategyChanged)]


# --- what a takeover ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["order", "start", "change"])
def test_what_the_former_holder_parked_ends_with_the_takeover_and_both_are_told_why(world: World, what: str) -> None:
    parked_by_a_trader(world, what)
    before = done_since(world)
    # When a colleague takes the account over
    taken = world.do(COLLEAGUE, TAKE)
    # Then what waited is void in the same turn, said by the system, in one sentence for whoever asked for it.
    (ended,) = world.facts(ConfirmationDecided)
    assert (ended.decision, ended.person, ended.signature) == (ConfirmationEvent.REVOKE, None, "")
    assert ended.reason == f"账户已由 {COLLEAGUE} 接管，这一项不再执行；仍需要的请由持有人重新提交。"
    assert "他人此前提交的 1 项待复核已作废，不会再报出" in taken.sentence
    assert world.parked.state is ConfirmationState.REVOKED
    # And a checker who still has it on the screen carries nothing out.
    late = world.decide(CHECKER, world.parked)
    assert late.code == "NOT_PENDING"
    assert "已作废" in late.sentence
    assert done_since(world) == before


@pytest.mark.parametrize("what", ["order", "start", "change"])
def test_who_takes_the_account_back_must_ask_again(world: World, what: str) -> None:
    # Given that A held it and parked something, B took over and parked something else, and A takes it back
    parked_by_a_trader(world, what)
    of_a = world.parked
    world.do(COLLEAGUE, TAKE)
    park(world, LARGE, by=COLLEAGUE)
    of_b = world.parked
    back = world.do(TRADER, TAKE)
    assert "1 项待复核已作废" in back.sentence
    before = done_since(world)
    # Then neither is carried out, whoever approves.
    for row in (of_a, of_b):
        assert row.state is ConfirmationState.REVOKED
        assert world.decide(CHECKER, row).code == "NOT_PENDING"
    assert done_since(world) == before
    # And asked for once more it is.
    park(world, ASKED[what])
    assert world.decide(CHECKER, world.parked).code == "OK"
    assert len(done_since(world)) == len(before) + 1


def test_what_was_parked_while_nobody_held_the_account_ends_for_all_but_the_taker(world: World) -> None:
    park(world, LARGE)
    of_trader = world.parked
    park(world, LARGE, by=COLLEAGUE)
    of_colleague = world.parked
    world.do(COLLEAGUE, TAKE)
    assert (of_trader.state, of_colleague.state) == (ConfirmationState.REVOKED, ConfirmationState.PENDING)
    assert world.decide(CHECKER, of_colleague).code == "OK"


def test_the_former_holder_neither_edits_nor_withdraws_what_is_void(world: World) -> None:
    parked_by_a_trader(world, "order")
    name = world.parked.confirmation.confirmation
    world.do(COLLEAGUE, TAKE)
    edit = c.EditOrder(account=ONE, confirmation=name, terms=terms(Side.BUY, 1, 3690))
    for person in (TRADER, COLLEAGUE):
        assert world.do(person, edit).code == "NOT_PENDING"
        assert world.do(person, c.WithdrawOrder(account=ONE, confirmation=name)).code == "NOT_PENDING"
    assert world.facts(OrderRecorded) == []


def test_a_takeover_of_one_account_ends_nothing_in_another(world: World) -> None:
    world.do(STRANGER, c.SubmitOrder(terms=terms(Side.BUY, 500, 3690, account=OTHER)))
    world.do(TRADER, TAKE)
    (row,) = world.state.accounts[OTHER].confirmations.values()
    assert row.state is ConfirmationState.PENDING


def test_an_approval_looks_at_the_holder_again(world: World) -> None:
    # A journal of an older program may hold a takeover that ended nothing.
    parked_by_a_trader(world, "order")
    apply(world.state, AccountTaken(account=ONE, person=COLLEAGUE, device=device(COLLEAGUE)), world.at)
    world.sound = False  # it is in no journal
    done = world.decide(CHECKER, world.parked)
    assert (done.code, world.parked.state) == ("STALE", ConfirmationState.STALE)
    assert "接管" in done.sentence
    assert world.facts(OrderRecorded) == []


# --- what it leaves ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["order", "start", "change"])
def test_the_same_person_at_another_machine_keeps_what_waits(world: World, what: str) -> None:
    # Given that the trader's desk died, and the trader takes the account over from the laptop
    parked_by_a_trader(world, what)
    before = done_since(world)
    taken = world.do(TRADER, TAKE, using=LAPTOP)
    assert "作废" not in taken.sentence
    assert world.account.holder == (TRADER, LAPTOP)
    # Then the checker's approval is carried out, once.
    assert world.decide(CHECKER, world.parked).code == "OK"
    assert len(done_since(world)) == len(before) + 1


def test_the_own_order_is_edited_at_the_machine_that_holds_the_account_and_withdrawn_at_any(world: World) -> None:
    parked_by_a_trader(world, "order")
    name = world.parked.confirmation.confirmation
    world.do(TRADER, TAKE, using=LAPTOP)
    edit = c.EditOrder(account=ONE, confirmation=name, terms=terms(Side.BUY, 490, 3690))
    assert world.do(TRADER, edit).code == "NOT_HOLDER"
    assert world.pending() == [name]  # and it is not superseded either
    park(world, edit, using=LAPTOP)
    (edited,) = world.pending()
    assert edited != name
    assert world.do(TRADER, c.WithdrawOrder(account=ONE, confirmation=edited)).ok


def test_only_the_maker_withdraws(world: World) -> None:
    park(world, LARGE)
    name = world.parked.confirmation.confirmation
    assert world.do(COLLEAGUE, c.WithdrawOrder(account=ONE, confirmation=name)).code == "NOT_MAKER"


def test_a_change_of_limits_waits_on_whoever_holds_the_account(world: World) -> None:
    # Limits are asked for by the risk officer, who never holds an account.
    park(world, LOOSER, by=RISK)
    world.do(TRADER, TAKE)
    taken = world.do(COLLEAGUE, TAKE)
    assert "作废" not in taken.sentence
    name = world.parked.confirmation.confirmation
    assert world.pending() == [name]
    assert world.do(COLLEAGUE, c.WithdrawOrder(account=ONE, confirmation=name)).code == "NOT_MAKER"
    assert world.decide(SECOND_RISK, world.parked).code == "OK"
    assert world.account.limits == msgspec.structs.replace(LOOSER.limits, version=2)


def test_strategies_go_on_with_the_settings_they_had(world: World) -> None:
    world.do(TRADER, TAKE)
    world.do(TRADER, START)
    world.do(COLLEAGUE, TAKE)
    world.show({RB: (3695, 3696)})
    assert world.facts(OrderRecorded)
    smaller = msgspec.structs.replace(CHANGE, settings=msgspec.structs.replace(SMALL, lots_per_line=9))
    assert world.do(TRADER, smaller).code == "NOT_HOLDER"
    assert world.do(COLLEAGUE, smaller).code == "OK"


def test_the_takeover_and_what_it_ended_are_one_turn_that_outlives_a_restart(
    world_on_disk: World, tmp_path: Path
) -> None:
    world = world_on_disk
    parked_by_a_trader(world, "order")
    world.do(COLLEAGUE, TAKE, command="taken")
    ended = [record.cause for record in world.records() if isinstance(record.fact, ConfirmationDecided)]
    taken = [record.cause for record in world.records() if isinstance(record.fact, AccountTaken)]
    assert ended == taken[-1:]
    world.restart()
    world.do(TRADER, TAKE)
    assert world.decide(CHECKER, world.parked).code == "NOT_PENDING"
    assert verify(tmp_path, witnesses=(Refold(),)).ok


def test_the_former_holder_still_pauses_and_stops_strategies_but_starts_changes_and_resumes_none(world: World) -> None:
    world.do(TRADER, TAKE)
    assert world.do(TRADER, START).code == "OK"
    assert world.do(COLLEAGUE, TAKE).ok
    for refused in (CHANGE, c.StartStrategy(account=ONE, strategy=StrategyId("another"), settings=SMALL)):
        assert world.do(TRADER, refused).code == "NOT_HOLDER"
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=NAME)).ok
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=NAME)).code == "NOT_HOLDER"
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=NAME)).ok
    assert world.account.strategies[NAME].status is StrategyStatus.STOPPED
