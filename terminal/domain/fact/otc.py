"""Hold the facts about contracts that no exchange lists (场外)."""

from __future__ import annotations

import msgspec

from terminal.domain.ids import AccountId, ConfirmationId, PersonId
from terminal.domain.otc import OtcEnding, OtcMark, OtcTerms


class OtcBooked(msgspec.Struct, frozen=True, kw_only=True, tag="otc_booked"):
    """A contract counts in the exposure of its group from now on; `person` asked for it."""

    account: AccountId
    terms: OtcTerms
    person: PersonId
    confirmation: ConfirmationId


class OtcMarked(msgspec.Struct, frozen=True, kw_only=True, tag="otc_marked"):
    """A contract is valued so from now on."""

    account: AccountId
    number: str
    mark: OtcMark
    person: PersonId


class OtcEnded(msgspec.Struct, frozen=True, kw_only=True, tag="otc_ended"):
    """A contract is over and counts no more; its number is free again, for what was booked wrong is booked anew."""

    account: AccountId
    ending: OtcEnding
    person: PersonId
    confirmation: ConfirmationId


OtcFact = OtcBooked | OtcMarked | OtcEnded
