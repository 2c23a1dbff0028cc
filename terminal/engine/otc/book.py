"""Hold an account's open contracts that no exchange lists (场外), as they are folded."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.errors import InvariantError
from terminal.domain.fact.otc import OtcBooked, OtcEnded, OtcFact, OtcMarked
from terminal.domain.ids import PersonId
from terminal.domain.otc import OtcMark, OtcTerms, first_mark

if TYPE_CHECKING:
    from terminal.engine.state import AccountState

NONE = Decimal(0)  # tonnes


class OtcRow(msgspec.Struct):
    """Hold one open contract, and how it is valued: `None` as long as nobody has said how."""

    terms: OtcTerms
    person: PersonId
    booked_at: int  # market clock
    mark: OtcMark | None
    marked_by: PersonId | None = None
    marked_at: int = 0


class OtcBook(msgspec.Struct):
    """Hold the open contracts by their numbers, in the order they were booked."""

    rows: dict[str, OtcRow] = {}

    def tonnes(self, group: str) -> Decimal:
        """Return the tonnes of price risk that the contracts of a hedge group may come to, signed."""
        return sum((row.terms.whole_tonnes for row in self.rows.values() if row.terms.group == group), NONE)


def apply_otc(account: AccountState, fact: OtcFact, at: int) -> None:
    """Take one fact into an account's contracts; `at` is the market clock of its record."""
    rows = account.otc.rows
    if isinstance(fact, OtcBooked):
        if fact.terms.number in rows:
            raise InvariantError(f"contract {fact.terms.number} was booked twice in {account.account}")
        rows[fact.terms.number] = OtcRow(
            terms=fact.terms, person=fact.person, booked_at=at, mark=first_mark(fact.terms)
        )
        return
    number = fact.ending.number if isinstance(fact, OtcEnded) else fact.number
    if number not in rows:
        raise InvariantError(f"contract {number} is not open in {account.account}")
    if isinstance(fact, OtcMarked):
        row = rows[number]
        row.mark, row.marked_by, row.marked_at = fact.mark, fact.person, at
    else:
        del rows[number]
