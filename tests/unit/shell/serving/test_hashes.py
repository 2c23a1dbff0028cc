"""A hash of the state is shared, and a costly one is not asked for again at once."""

from __future__ import annotations

from terminal.domain.fact.facts import Role
from terminal.domain.ids import AccountId, DeviceId, PersonId
from terminal.engine.state import State
from terminal.shell.serving.hashes import PAUSE, VisibleHashes
from terminal.sync.house import Guest


class SlowState(State):
    """Count the hashes taken, and let each take its time."""

    def __init__(self, cost: float) -> None:
        super().__init__()
        self.cost = cost
        self.now = 0.0
        self.taken = 0

    def visible_hash(self, accounts, persons):
        self.taken += 1
        self.now += self.cost
        return super().visible_hash(accounts, persons)


def guest(person: str = "trader") -> Guest:
    return Guest(person=PersonId(person), device=DeviceId("d"), roles={AccountId("A"): (Role.TRADER,)})


def hashes(cost: float) -> tuple[SlowState, VisibleHashes]:
    state = SlowState(cost)
    return state, VisibleHashes(state, lambda: state.now)


def test_one_place_is_hashed_once_for_all_who_see_the_same():
    state, found = hashes(0.001)
    assert found.of(guest(), 7) == found.of(guest(), 7) != ""
    assert state.taken == 1
    found.of(guest("operator"), 7)
    found.of(guest(), 8)
    assert state.taken == 3


def test_a_costly_hash_is_followed_by_a_pause_and_a_cheap_one_is_not():
    state, found = hashes(0.4)
    assert found.of(guest(), 1) != ""
    assert found.of(guest(), 2) == ""
    state.now += 0.4 * PAUSE
    assert found.of(guest(), 3) != ""
    state, found = hashes(0.001)
    assert all(found.of(guest(), place) for place in range(5))
    assert state.taken == 5
