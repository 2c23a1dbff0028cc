"""Hold what comparing a broker's statement (结算单) with our books found, as it is handed to the runner and kept.

The runner compares nothing itself: whoever hands a result in has the statement, and anybody can compare it again with
`hengduo reconcile`; the digest says which file it was.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from terminal.domain.ids import AccountId, DeviceId, PersonId

MOST_ROWS: Final = 100  # that differ, of one result: the rest is counted, and `hengduo reconcile` prints all
MOST_BYTES: Final = 24 * 1024  # of these rows: a wish has to fit a frame four times over
MOST_GAPS: Final = 20  # sentences of what was not compared
DIGEST_LETTERS: Final = 64


class Outcome(StrEnum):
    """Name what comparing one thing can come to."""

    MATCHED = "MATCHED"
    OURS_ONLY = "OURS_ONLY"
    THEIRS_ONLY = "THEIRS_ONLY"
    DIFFERS = "DIFFERS"


class Subject(StrEnum):
    """Name what is compared."""

    HEAD = "HEAD"
    TRADE = "TRADE"
    ENDING = "ENDING"  # exercise and delivery
    POSITION = "POSITION"
    FUNDS = "FUNDS"


class Verdict(StrEnum):
    """Name what a whole statement came to: `PARTIAL` is one of which a part is missing and nothing else differs."""

    CLEAN = "CLEAN"
    PARTIAL = "PARTIAL"
    DIFFERS = "DIFFERS"


class DifferingRow(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one figure that differs; an empty text stands for nothing on that side, `yuan` is theirs less ours.

    One that `follows` is explained to the cent by others. `cause` is a sentence for people, empty where nobody knows.
    """

    subject: Subject
    what: str
    outcome: Outcome
    field: str
    ours: str
    theirs: str
    yuan: Decimal | None = None
    follows: bool = False
    cause: str = ""


class StatementResult(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the result of one trading day; `digest` is the SHA-256 of the statement's bytes, hex.

    Counts are of differences, those that follow from others apart; `left_out` of them have no row here. `not_compared`
    says what of the statement was missing.
    """

    trading_day: int
    digest: str
    matched: int
    ours_only: int
    theirs_only: int
    field_differences: int
    following: int
    equity_yuan: Decimal | None = None
    rows: tuple[DifferingRow, ...] = ()
    left_out: int = 0
    not_compared: tuple[str, ...] = ()

    @property
    def differences(self) -> int:
        """Return how many differences there are, without those that follow."""
        return self.ours_only + self.theirs_only + self.field_differences

    @property
    def verdict(self) -> Verdict:
        """Return what the whole came to."""
        if self.differences or self.following:
            return Verdict.DIFFERS
        return Verdict.PARTIAL if self.not_compared else Verdict.CLEAN


class StatementRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """Hold why a statement cannot be compared with anything: it contradicts itself, or a word in it has no meaning.

    `digest` is the SHA-256 of its bytes, hex; `reason` a sentence for people that says where and what to do.
    `trading_day` is `None` where its head does not tell one.
    """

    file: str
    digest: str
    reason: str
    trading_day: int | None = None


Handed = StatementResult | StatementRefusal


class StatementReconciled(msgspec.Struct, frozen=True, kw_only=True, tag="statement_reconciled"):
    """A person handed in what comparing a day's statement with our books found."""

    account: AccountId
    result: StatementResult
    person: PersonId
    device: DeviceId


class StatementRefused(msgspec.Struct, frozen=True, kw_only=True, tag="statement_refused"):
    """A person handed in a statement that cannot be true; nothing was compared, and the account is as it was."""

    account: AccountId
    refusal: StatementRefusal
    person: PersonId
    device: DeviceId


def is_digest(text: str) -> bool:
    """Return whether a text is a SHA-256 in hex."""
    return len(text) == DIGEST_LETTERS and set(text) <= set("0123456789abcdef")


def is_sound(result: StatementResult) -> bool:
    """Return whether the figures of a result fit together, so that it can say what it says."""
    counts = (
        result.matched,
        result.ours_only,
        result.theirs_only,
        result.field_differences,
        result.following,
        result.left_out,
    )
    return (
        min(counts) >= 0
        and len(result.rows) + result.left_out == result.differences + result.following
        and len(result.rows) <= MOST_ROWS
        and len(result.not_compared) <= MOST_GAPS
        and is_digest(result.digest)
        and any(counts[:-1])  # something was compared
    )
