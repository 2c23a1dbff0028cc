"""Hold what a person's own rule (自编策略) states about what it can see."""

from __future__ import annotations

import msgspec

from terminal.domain.ids import InstrumentId


class OwnUnseen(msgspec.Struct, frozen=True, kw_only=True, tag="own_unseen"):
    """A rule that holds lots has been shown no price `since` then (UTC ns), and `why` says what its contract lacks.

    Said once; where prices have come again, or nothing is held any more, it is said without a `why`.
    """

    instrument: InstrumentId
    why: str = ""
    since: int = 0


class OwnShortened(msgspec.Struct, frozen=True, kw_only=True, tag="own_shortened"):
    """A restart could not show a rule again what it saw before `since` (UTC ns): it warms up anew. 0: it has enough."""

    since: int
