"""Make the lines of the statements that were handed in, the latest day first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.engine.statement_line import StatementLine
from terminal.engine.statement_wording import statement_sentence
from terminal.engine.wording import person_name

if TYPE_CHECKING:
    from terminal.engine.standing import StatementRow
    from terminal.engine.state import AccountState


def statement_lines(account: AccountState) -> tuple[StatementLine, ...]:
    """Return what is known of an account's statements."""
    return tuple(_line(account, row) for _, row in sorted(account.statements.items(), reverse=True))


def _line(account: AccountState, row: StatementRow) -> StatementLine:
    gone = row.let_go
    both = "" if gone is None else f"{person_name(account, gone.first)}与{person_name(account, gone.second)}"
    return StatementLine(
        account=account.account,
        result=row.result,
        sentence=statement_sentence(row.result),
        by="、".join(person_name(account, person) for person in row.people),
        at=row.at,
        stands=row.stands,
        released="" if gone is None else f"{both}已解除：{gone.reason}",
    )
