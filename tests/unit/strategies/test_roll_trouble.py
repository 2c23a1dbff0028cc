"""A roll whose position is missing or whose leg cannot follow stands still and says so."""

from __future__ import annotations

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import LegBroken, LegRepaired, PositionMissing, RollBegan
from tests.unit.strategies.rolling import FAR, NEAR, begin, work, world


def test_a_position_the_account_does_not_hold_is_said_once_a_day_and_waited_for() -> None:
    made = world(held=0)
    for _ in range(100):
        made.wait(1)
        made.step()
    assert made.book == {}
    assert len(made.of(PositionMissing)) == 1
    made.end_day()
    made.refresh()
    made.step()
    assert len(made.of(PositionMissing)) == 2
    made.long[NEAR] = 6
    work(made, 100)
    assert made.net("far") == 6
    assert not made.finished
    made.long[NEAR] = 4
    work(made, 200)
    assert made.finished


def test_lots_that_vanish_in_the_middle_of_a_batch_are_missed_and_waited_for() -> None:
    made = world(naked_lots=1)
    begin(made)
    work(made, 3)
    made.long[NEAR] = 0
    for row in made.live("near"):
        made.cancelled(row)
    work(made, 60)
    assert len(made.of(PositionMissing)) == 1
    assert -made.net("near") == made.net("far") > 0


def test_near_stands_still_while_far_is_locked_and_its_order_is_pulled() -> None:
    made = world()
    begin(made)
    made.step()
    near = made.one("near")
    made.accept(near)
    made.show(FAR, 3252, None, limits=(3000, 3252))
    made.step()
    assert near.cancel_asked
    made.cancelled(near)
    for _ in range(300):
        made.wait(1)
        made.step()
    assert made.live() == []
    assert len(made.messages) == 2


def test_a_far_leg_that_cannot_follow_is_broken_and_never_unwound() -> None:
    made = world(max_chases=3)
    begin(made)
    made.step()
    made.fill(made.one("near"))
    made.show(FAR, 3252, None, limits=(3000, 3252))
    for _ in range(120):
        made.wait(1)
        made.step()
    (broken,) = made.of(LegBroken)
    assert (broken.instrument, broken.lots) == (FAR, 3)
    assert made.net("near") == -3
    assert made.live() == []
    made.show(FAR, 3250, 3252)
    made.step()
    assert made.one("far").terms.lots == 3
    made.fill(made.one("far"))
    made.step()
    assert made.of(LegRepaired)
    work(made, 200)
    assert made.finished


def test_near_stands_still_while_far_is_broken() -> None:
    made = world(max_chases=3)
    begin(made)
    made.step()
    near = made.one("near")
    made.fill(near, 1)
    made.cancelled(near)
    for _ in range(60):
        made.step()
        for row in made.live("far"):
            made.rejected(row)
        for row in made.live("near"):
            made.cancelled(row)
        made.wait(1)
    assert made.of(LegBroken)
    assert made.live("near") == []
    before = len(made.book)
    for _ in range(60):
        made.step()
        assert made.live("near") == []
        made.wait(1)
    assert len(made.book) - before == 1, "far itself goes on"


def test_an_unknown_near_order_is_not_replaced_and_far_waits_for_its_proof() -> None:
    made = world()
    begin(made)
    made.step()
    near = made.one("near")
    made.lost(near)
    for _ in range(100):
        made.wait(1)
        made.step()
    assert len(made.book) == 1
    made.cancelled(near)
    made.wait(5)
    made.step()
    assert made.one("near").terms.lots == 3


def test_nothing_is_closed_right_before_a_break() -> None:
    made = world()
    begin(made)
    made.phase(Phase.CONTINUOUS, ends_in=8)
    made.refresh()
    made.step()
    assert len(made.book) == 1
    made.accept(made.one())
    made.wait(1)
    made.step()
    assert made.one().cancel_asked, "a resting near order is pulled before the break"


def test_a_roll_does_not_begin_while_opening_is_closed() -> None:
    made = world()
    made.open_allowed = False
    made.step()
    assert not made.of(RollBegan)
    made.open_allowed = True
    made.step()
    assert made.of(RollBegan)
