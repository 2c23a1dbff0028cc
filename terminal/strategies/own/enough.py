"""Say how many prices a person's rule needs before it can say anything, as far as that can be told.

A file declares how many it looks at at most (`WINDOW`), not how many it needs. The house's own rule of two averages
says it; of any other it is heard what it asks for when it is shown what it has: the longest mean, highest or lowest.
A rule that first counts its prices by itself asks for nothing then, and nobody knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.strategies.own.averages import TwoAverages
from terminal.strategies.own.code import Seen, asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.parameters.own import OwnSettings
    from terminal.strategies.own.code import OwnCode


class _Heard(Seen):
    """Hold what a rule decides by, and of how many of the latest prices it asked for something."""

    most = 0

    def _latest(self, count: int) -> tuple[float, ...]:
        self.most = max(self.most, count)
        return super()._latest(count)


def needed(code: OwnCode, settings: OwnSettings, seen: Sequence[Seen]) -> int | None:
    """Return how many prices a rule needs, shown what it sees now of each contract; `None` where that is not known."""
    if isinstance(code.rule, TwoAverages):
        return code.rule.read(settings)[1]
    heard = [_Heard(*one) for one in seen]
    asked(code, settings, heard)
    return max(one.most for one in heard) or None
