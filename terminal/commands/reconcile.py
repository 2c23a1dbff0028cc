"""Hold a broker's statement against the journal of a runner."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from terminal.domain.errors import UserError


def reconcile(
    statement: Annotated[Path, typer.Argument(help="交易结算单（文本，GBK 或 UTF-8），见 docs/statement.md")],
    *,
    data: Annotated[Path, typer.Option(help="运行器的数据目录")],
    account: Annotated[str, typer.Option(help="账户；不写则按结算单的客户号找")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Compare a day's settlement statement with our books; exit 1 on any difference."""
    from terminal.domain.ids import AccountId
    from terminal.reports.reconcile.own_day import read_own_day
    from terminal.reports.reconcile.reconcile import reconcile as compare
    from terminal.reports.reconcile.reconcile import trading_day_of
    from terminal.reports.reconcile.shown import shown
    from terminal.reports.statement.read import read_statement
    from terminal.store.beside import find_journal, read_beside

    try:
        given = statement.read_bytes()
    except OSError as problem:
        raise UserError(f"结算单 {statement} 读不出来（{problem.strerror}）；请核对路径。") from problem
    theirs = read_statement(given)
    ours = read_own_day(
        read_beside(find_journal(data)),
        client=theirs.head.client,
        account=AccountId(account) if account else None,
        trading_day=trading_day_of(theirs),
    )
    found = compare(ours, theirs)
    if as_json:
        print(msgspec.json.encode(found).decode())
    else:
        for line in shown(found):
            print(line)
    if not found.agrees:
        raise typer.Exit(1)
