"""Prices of now and positions of before are never shown together as one moment."""

from __future__ import annotations

from terminal.engine.screen import LinkState
from tests.engine_world import RB
from tests.sync_rig import SECOND


def test_prices_of_now_are_held_back_until_everything_held_has_come_and_then_all_come_anew(seat):
    # Given a desk that was away while the runner traded, and prices moved
    seat.rig.quote()
    seat.wait(1)
    seat.lose()
    seat.rig.grow(4)
    seat.open()
    seat.up()
    frames = seat.runner.pump(seat.rig.now)
    seat.give(frames[0])
    seat.drained.clear()
    assert seat.look().state is LinkState.CATCHING_UP
    seat.rig.quote()
    quotes = [frame for frame in seat.runner.pump(seat.rig.now + SECOND) if b'"QUOTE"' in frame]
    assert quotes
    for frame in quotes:
        seat.give(frame)
    assert seat.look().state is LinkState.CATCHING_UP
    assert not [one for one in seat.drained if one.quotes or one.books or one.clock]
    for frame in frames[1:]:
        seat.give(frame)
    seat.wait(1)
    assert seat.links[-1].state is LinkState.LIVE
    assert any(RB in one.quotes for one in seat.drained)


def test_prices_come_back_when_a_snapshot_ends_that_the_desk_may_only_look(seat):
    seat.rig.quote()
    seat.wait(1)
    seat.copy.leave_behind("停在旧状态")
    assert seat.wait(0.5).state is LinkState.REFUSED
    seat.rig.quote()
    seat.wait(1)
    seat.drained.clear()
    seat.session.redo(seat.rig.now)
    assert seat.wait(1).state is LinkState.LIVE
    assert any(RB in one.quotes for one in seat.drained)
