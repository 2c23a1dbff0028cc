"""Pausing and stopping in the middle: hedge to balance, then rest (DOMAIN 4.9)."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import BatchBegan, Finished, LegBroken, LegRepaired, Repair
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import DaysToExpiry, GridSettings, RollSettings, SpreadLeg, SpreadSettings
from terminal.strategies.spread.memory import SpreadMemory
from tests.unit.strategies.traded import future
from tests.unit.strategies.world import ACCOUNT, STRATEGY, World

A, B, C = InstrumentId("SHFE.rb2510"), InstrumentId("SHFE.rb2601"), InstrumentId("SHFE.hc2601")
SECOND = 1_000_000_000


def spread(**changes: object) -> World:
    settings = SpreadSettings(
        account=ACCOUNT,
        legs=(
            SpreadLeg(instrument=A, coefficient=Decimal(1), lots=1, active=True),
            SpreadLeg(instrument=B, coefficient=Decimal(-1), lots=-1),
            SpreadLeg(instrument=C, coefficient=Decimal(-1), lots=-2),
        ),
        buy_at=Decimal(10),
        sell_at=Decimal(50),
        sets=3,
        max_sets=6,
        naked_lots=9,
    )
    made = World(msgspec.structs.replace(settings, **changes), [future(A), future(B), future(C)])
    made.show(A, 3209, 3210)
    made.show(B, 1600, 1601)
    made.show(C, 1600, 1601)
    return made


def roll(**changes: object) -> World:
    settings = RollSettings(
        account=ACCOUNT, near=A, far=B, side=Side.BUY, lots=10, batch_lots=4, timings=(DaysToExpiry(days=3),)
    )
    made = World(msgspec.structs.replace(settings, **changes), [future(A), future(B)])
    made.long[A], made.expiry[A] = 10, 3
    made.show(A, 3210, 3211)
    made.show(B, 3250, 3252)
    return made


def begun(made: World) -> World:
    """Let a roll begin its first batch and rest at its own side."""
    for _ in range(3):
        made.step()
    made.accept(made.one("near"))
    return made


def work(made: World, seconds: int, what: str = "") -> None:
    """Let time pass; orders whose tag contains `what` fill at once."""
    for _ in range(seconds):
        made.step()
        for row in made.live(what):
            made.fill(row)
        made.wait(1)


# --- spread ----------------------------------------------------------------------------------------------------


def test_a_spread_in_balance_rests_at_once() -> None:
    made = spread()
    made.rest()
    assert made.resting
    made.resume()
    made.step()
    made.fill(made.one())
    work(made, 5, "leg:1")
    work(made, 5)
    made.rest()
    assert made.resting


def test_a_spread_in_the_middle_of_a_round_hedges_and_begins_nothing() -> None:
    made = spread(max_sets=3)
    made.step()
    active = made.one()
    made.fill(active, 2)
    made.cancelled(active)  # one lot of the round is still to come
    assert made.kind.naked_lots(made.settings, made.memory) == 6
    assert made.kind.lacking(made.settings, made.memory) == ((B, -2), (C, -4))
    made.rest()
    assert made.winding
    work(made, 10)
    assert made.resting
    assert [made.net(f"leg:{leg}") for leg in range(3)] == [2, -2, -4]
    sent = len(made.book)
    work(made, 60)
    assert len(made.book) == sent
    made.restart()
    made.resume()
    work(made, 20)
    assert [made.net(f"leg:{leg}") for leg in range(3)] == [3, -3, -6], "the round goes on where it was"


def test_the_active_leg_is_cancelled_at_once_and_what_it_filled_is_hedged() -> None:
    made = spread()
    made.step()
    active = made.one()
    made.accept(active)
    made.rest()
    assert made.winding
    assert active.cancel_asked
    made.fill(active, 1)  # the fill raced the cancel
    made.cancelled(active)
    work(made, 10)
    assert made.resting
    assert [made.net(f"leg:{leg}") for leg in range(3)] == [1, -1, -2]


def test_an_active_order_nobody_can_speak_for_keeps_the_spread_from_resting() -> None:
    made = spread()
    made.step()
    made.lost(made.one())
    made.rest()
    work(made, 100, "leg:1")
    assert made.winding
    assert not made.resting
    made.fill(made.one(), 1)
    made.cancelled(made.one("leg:0"))
    work(made, 10)
    assert made.resting
    assert [made.net(f"leg:{leg}") for leg in range(3)] == [1, -1, -2]


def test_a_leg_that_cannot_follow_is_broken_and_unwound_while_winding_down() -> None:
    made = spread()
    made.step()
    made.fill(made.one())
    made.show(C, None, 1600, limits=(1600, 2000))  # locked: leg 2 cannot be sold
    work(made, 3)
    made.rest()
    for _ in range(90):
        made.step()
        for row in made.live():
            made.fill(row)
        made.wait(1)
    assert [mark.repair for mark in made.of(LegBroken)] == [Repair.UNWIND]
    assert made.of(LegRepaired)
    assert made.resting
    assert [made.net(f"leg:{leg}") for leg in range(3)] == [0, 0, 0]


def test_only_hedges_and_the_way_back_serve_balance() -> None:
    made = spread()
    made.step()
    made.fill(made.one(), 2)
    settings, memory = made.settings, made.memory
    assert made.kind.balances(settings, memory, B, -2)
    assert made.kind.balances(settings, memory, B, -1)
    assert not made.kind.balances(settings, memory, B, -3), "more than is lacking"
    assert not made.kind.balances(settings, memory, B, 1), "the wrong way"
    assert not made.kind.balances(settings, memory, A, 1)
    assert not made.kind.balances(settings, memory, A, -2), "nothing is unwound before a leg is broken"
    assert isinstance(memory, SpreadMemory)
    memory.legs[1].broken = Repair.UNWIND
    assert made.kind.balances(settings, memory, A, -2)
    assert not made.kind.balances(settings, memory, A, -3), "beyond where the round began"
    assert not made.kind.balances(settings, memory, A, 1)


# --- roll ------------------------------------------------------------------------------------------------------


def test_a_roll_that_waits_rests_at_once_and_decides_nothing() -> None:
    made = roll()
    assert made.settled
    decision = made.kind.decide(STRATEGY, made.settings, made.memory, made, winding=True)
    assert not decision.marks
    assert not decision.intents
    made.rest()
    assert made.resting


def test_a_roll_in_the_middle_of_a_batch_takes_near_out_and_lets_far_catch_up() -> None:
    made = begun(roll())
    near = made.one("near")
    made.fill(near, 3)
    made.rest()
    assert near.cancel_asked
    assert made.winding
    made.fill(near, 1)  # raced the cancel
    work(made, 10)
    assert made.resting
    assert (made.net("near"), made.net("far")) == (-4, 4)
    work(made, 120)
    assert len(made.of(BatchBegan)) == 1
    made.resume()
    work(made, 200)
    assert (made.net("near"), made.net("far")) == (-10, 10)


def test_far_that_lags_is_broken_while_winding_down_and_repaired_before_the_rest() -> None:
    made = begun(roll(chase_seconds=1, max_chases=2))
    made.fill(made.one("near"))
    made.rest()
    for _ in range(20):
        made.step()
        for row in made.live():
            made.rejected(row)
        made.wait(1)
    assert [mark.lots for mark in made.of(LegBroken)] == [4]
    assert made.winding
    made.wait(300)
    work(made, 200)
    assert made.of(LegRepaired)
    assert made.resting


def test_a_roll_whose_last_lot_follows_while_winding_down_is_finished() -> None:
    made = begun(roll(batch_lots=10, naked_lots=10))
    made.fill(made.one("near"))
    made.rest()
    work(made, 10)
    assert made.of(Finished)
    assert not made.resting


def test_nothing_but_what_far_lacks_serves_balance() -> None:
    made = begun(roll())
    made.fill(made.one("near"), 3)
    settings, memory = made.settings, made.memory
    assert made.kind.lacking(settings, memory) == ((B, 3),)
    assert made.kind.naked_lots(settings, memory) == 3
    assert made.kind.balances(settings, memory, B, 3)
    assert not made.kind.balances(settings, memory, B, 4)
    assert not made.kind.balances(settings, memory, B, -1)
    assert not made.kind.balances(settings, memory, A, -1)


def test_a_cancel_refused_in_a_break_is_not_repeated_before_the_exchange_takes_cancels() -> None:
    # Given a roll whose near order rests when the break begins
    made = begun(roll())
    near = made.one("near")
    made.phase(Phase.BREAK, cancels=False)
    # When somebody pauses it, Then the cancel is asked for at once, and once: the exchange takes none now.
    made.rest()
    assert near.cancel_asked
    made.refuse_cancel(near)
    sent = len(made.messages)
    for _ in range(7200):
        made.wait(1)
        made.step()
    assert len(made.messages) == sent
    # When trading goes on, Then it is asked for again.
    made.phase(Phase.CONTINUOUS)
    made.step()
    assert len(made.messages) == sent + 1
    made.cancelled(near)
    made.step()
    assert made.resting


# --- grid ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", [0, 2])
def test_a_grid_has_nothing_to_balance_and_rests_at_once(held: int) -> None:
    settings = GridSettings(
        account=ACCOUNT,
        instrument=A,
        side=Side.BUY,
        anchor=Decimal(3200),
        step=Decimal(20),
        lines=2,
        lots_per_line=4,
        stop=Decimal(3000),
        lower=Decimal(3100),
        upper=Decimal(3300),
    )
    made = World(settings, [future(A)])
    made.show(A, 3189, 3190)
    for _ in range(3):
        made.step()
        made.wait(3)
    for row in made.live():
        made.accept(row)
    if held:
        made.fill(made.one("line:1:entry"), held)
    decision = made.kind.decide(STRATEGY, settings, made.memory, made, winding=True)
    assert not decision.intents
    assert {wish.order for wish in decision.cancels} == {row.order for row in made.live()}
    assert made.kind.naked_lots(settings, made.memory) == 0
    assert made.kind.lacking(settings, made.memory) == ()
    assert not made.kind.balances(settings, made.memory, A, -1)
    made.rest()
    assert made.resting
    assert all(row.cancel_asked for row in made.live())
