"""Fold the statements that were handed in: of each day the latest stands, and a partial one makes nothing clean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain.errors import InvariantError
from terminal.domain.fact.statement import StatementReconciled, StatementRefused, StatementResult, Verdict
from terminal.domain.words.risk import Scope
from terminal.engine.standing import LetGo, StatementRow
from terminal.engine.wording import day_text

if TYPE_CHECKING:
    from terminal.domain.fact.facts import LevelReleased
    from terminal.domain.ids import PersonId
    from terminal.engine.state import AccountState

KEPT: Final = 10  # days whose result holds nothing
KEPT_REFUSALS: Final = 100


def apply_handed_in(account: AccountState, fact: StatementReconciled | StatementRefused, at: int) -> None:
    """Take what comparing a statement came to, or that it cannot be true."""
    if isinstance(fact, StatementReconciled):
        _apply_statement(account, fact, at)
    else:
        _apply_refused_statement(account, fact)


def _apply_statement(account: AccountState, fact: StatementReconciled, at: int) -> None:
    """Take a result into the state; what a partial one did not compare still differs as it did."""
    result = fact.result
    before = account.statements.get(result.trading_day)
    if result.verdict is Verdict.PARTIAL and before is not None and before.result.verdict is Verdict.DIFFERS:
        return
    differs = result.verdict is Verdict.DIFFERS
    others = before.people if differs and before is not None and before.stands else ()
    people = others if fact.person in others else (*others, fact.person)
    account.statements[result.trading_day] = StatementRow(result=result, people=people, at=at, stands=differs)
    over = sorted(day for day, row in account.statements.items() if not row.stands)
    for day in over[:-KEPT]:
        del account.statements[day]


def _apply_refused_statement(account: AccountState, fact: StatementRefused) -> None:
    """Remember a statement that cannot be true, so that people are told of it once; one that is known contradicts."""
    digest = fact.refusal.digest
    if digest in account.refused_statements:
        raise InvariantError(f"statement {digest} was refused twice")
    account.refused_statements.append(digest)
    del account.refused_statements[:-KEPT_REFUSALS]


def let_go(account: AccountState, fact: LevelReleased, asked: tuple[PersonId, int, str] | None, at: int) -> None:
    """Let every day go that holds the account: two persons have looked at all of them; `asked` is the first's wish."""
    why = "" if asked is None or asked[0] != fact.first else asked[2]
    released = LetGo(first=fact.first, second=fact.second, reason=fact.reason, at=at, first_reason=why)
    for day, row in account.statements.items():
        if row.stands:
            account.statements[day] = msgspec.structs.replace(row, stands=False, let_go=released)


def holding(account: AccountState) -> list[StatementRow]:
    """Return the results that hold the account in close-only, the latest day first."""
    standing = [day for day, row in account.statements.items() if row.stands]
    return [account.statements[day] for day in sorted(standing, reverse=True)] if standing else []


def bar_to_release(account: AccountState, scope: Scope, person: PersonId) -> bool:
    """Return whether a person handed in what holds the account: nobody makes a difference and waves it through."""
    return scope == Scope() and any(person in row.people for row in holding(account))


def closed_why(account: AccountState) -> str:
    """Return which days hold the account in close-only and by how many differences; "" where none does."""
    rows = holding(account) if account.statements else []  # the gate asks for every order
    if not rows:
        return ""
    more = f"（另有 {len(rows) - 1} 天）" if len(rows) > 1 else ""
    return f"{day_text(rows[0].result.trading_day)} 的结算单与账有 {differing(rows[0].result)} 处不符{more}"


def differing(result: StatementResult) -> int:
    """Return in how many places a result differs; those that follow count only where nothing else does."""
    return result.differences or result.following
