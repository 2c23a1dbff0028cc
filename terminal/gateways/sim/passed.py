"""Hold what passing a batch caused at the exchange."""

from __future__ import annotations

from typing import NamedTuple

from terminal.domain.reports import Report


class Passed(NamedTuple):
    """Hold the reports that happened before a batch, and because of it."""

    before: list[Report]
    after: list[Report]
