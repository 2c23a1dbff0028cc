"""Hold what a screen is told of a statement that was handed in."""

from __future__ import annotations

import msgspec

from terminal.domain.fact.statement import StatementResult
from terminal.domain.ids import AccountId


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """Say what the latest statement of a day came to: who handed it in, when, and whether it holds the account.

    `released` says who let it go although it differs, and why; empty where nobody did.
    """

    account: AccountId
    result: StatementResult
    sentence: str
    by: str
    at: int
    stands: bool
    released: str = ""
