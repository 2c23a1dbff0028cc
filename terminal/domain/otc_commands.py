"""Hold what people may ask for about contracts that no exchange lists (场外)."""

from __future__ import annotations

import msgspec

from terminal.domain.ids import AccountId, ConfirmationId
from terminal.domain.otc import OtcEnding, OtcMark, OtcTerms


class BookOtc(msgspec.Struct, frozen=True, kw_only=True, tag="book_otc"):
    """Book a contract in an account; a second person looks at it, for it moves the exposure."""

    account: AccountId
    terms: OtcTerms
    reason: str = ""


class MarkOtc(msgspec.Struct, frozen=True, kw_only=True, tag="mark_otc"):
    """Say how a contract is valued from now on, over the valuation that was seen.

    `booking` is the confirmation the contract was booked under, `base_version` how often it had been valued.
    """

    account: AccountId
    number: str
    booking: ConfirmationId
    base_version: int
    mark: OtcMark


class EndOtc(msgspec.Struct, frozen=True, kw_only=True, tag="end_otc"):
    """End a contract (了结): settled, unwound, or booked by mistake; a second person looks at it."""

    account: AccountId
    ending: OtcEnding


OtcWish = BookOtc | MarkOtc | EndOtc
