"""Fold what was handed in of the sandbox; folding never decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from terminal.domain.fact.sandbox import SandboxRecorded
    from terminal.engine.state import AccountState

KEPT: Final = 300  # full rounds, the latest; the journal has all


def apply_sandbox(account: AccountState, fact: SandboxRecorded) -> None:
    """Keep the full rounds; one that stands there already is the same round."""
    known = account.sandbox
    known += [one for one in fact.result.rounds if one.full and one not in known]
    del known[:-KEPT]
