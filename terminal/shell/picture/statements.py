"""Make the lines of the statements that were handed in, the latest day first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.engine.statement.line import StatementLine
from terminal.engine.statement.wording import statement_sentence
from terminal.engine.wording import person_name

if TYPE_CHECKING:
    from terminal.engine.standing import LetGo, StatementRow
    from terminal.engine.state import AccountState


def statement_lines(account: AccountState) -> tuple[StatementLine, ...]:
    """Return what is known of an account's statements."""
    return tuple(_line(account, row) for _, row in sorted(account.statements.items(), reverse=True))


def _line(account: AccountState, row: StatementRow) -> StatementLine:
    return StatementLine(
        account=account.account,
        result=row.result,
        sentence=statement_sentence(row.result),
        by="、".join(person_name(account, person) for person in row.people),
        at=row.at,
        stands=row.stands,
        released="" if row.let_go is None else _released(account, row.let_go),
    )


def _released(account: AccountState, gone: LetGo) -> str:
    first, second, why = person_name(account, gone.first), person_name(account, gone.second), gone.reason
    if gone.first_reason not in {"", gone.reason}:
        why = f"{first}：{gone.first_reason}；{second}：{gone.reason}"
    return f"{first}与{second}已解除：{why}"
