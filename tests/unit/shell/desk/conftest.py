"""Seat a desk at a runner."""

from __future__ import annotations

import pytest

from tests.desk_rig import Seat
from tests.sync_rig import Rig


@pytest.fixture
def seat():
    seat = Seat(Rig())
    seat.connect()
    return seat
