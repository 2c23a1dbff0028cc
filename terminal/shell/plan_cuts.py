"""Cut the link to the exchange at the times a plan says, for a while of market time."""

from __future__ import annotations

import msgspec

from terminal.shell.plan_times import When


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one cut: when, and how many seconds of market time nobody answers."""

    when: When
    seconds: int
