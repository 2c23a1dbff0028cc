"""Fold what was handed in of the sandbox; folding never decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.engine.standing import RehearsedRow

if TYPE_CHECKING:
    from terminal.domain.fact.sandbox import SandboxRecorded
    from terminal.engine.state import AccountState

KEPT: Final = 300  # full rounds, the latest; the journal has all


def apply_sandbox(account: AccountState, fact: SandboxRecorded) -> None:
    """Keep the full rounds; one that stands there already is the same round."""
    kept, known = account.sandbox, [row.round for row in account.sandbox]
    fresh = (one for one in fact.result.rounds if one.full and one not in known)
    kept += [RehearsedRow(round=one, person=fact.person) for one in fresh]
    del kept[:-KEPT]
