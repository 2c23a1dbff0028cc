"""Hold an account's open contracts that no exchange lists (场外), as they are folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.ids import ConfirmationId, PersonId
from terminal.domain.otc import OtcMark, OtcTerms

if TYPE_CHECKING:
    pass


class OtcRow(msgspec.Struct):
    """Hold one open contract, and how it is valued: `None` as long as nobody has said how."""

    terms: OtcTerms
    person: PersonId
    booked_at: int  # market clock
    mark: OtcMark | None
    booking: ConfirmationId  # it was booked under
    version: int = 0  # of its valuation
    marked_by: PersonId | None = None
    marked_at: int = 0


class OtcBook(msgspec.Struct):
    """Hold the open contracts by their numbers, in the order they were booked."""

    rows: dict[str, OtcRow] = {}
