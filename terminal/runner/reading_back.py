"""Say how much of a market's past is read again at a restart: enough to show every rule what it has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.parameters.own import OwnSettings
from terminal.engine.records.forgetting import OVER

if TYPE_CHECKING:
    from terminal.engine.state import State

RE_READ: Final = 24_000  # batches of the past read again at a restart: before it is live three days, then half an hour
LIVE_SECONDS: Final = 1_800  # what so many batches are worth, where every second of a live market brings some
MOST_TIMES: Final = 8  # a restart takes no longer than to read so many times as much


def read_back(state: State, usual: int) -> int:
    """Return how many batches to read again: `usual`, and more where a person's own rule looks back further.

    A rule looks back over its window; one that has ended sees nothing any more. Where that is more than a restart may
    take, the rule warms up again.

    >>> from terminal.engine.state import State
    >>> read_back(State(), 24_000)
    24000
    """
    longest = max(
        (
            row.settings.sample_seconds * row.settings.window
            for account in state.accounts.values()
            for row in account.strategies.values()
            if isinstance(row.settings, OwnSettings) and row.status not in OVER
        ),
        default=0,
    )
    return min(max(usual, -(-longest * usual // LIVE_SECONDS)), MOST_TIMES * usual)
