"""Hold a broker's statement against the journal of a runner, and hand the result to it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from terminal.domain.errors import UserError
from terminal.domain.words.system import system_said

if TYPE_CHECKING:
    from terminal.domain.fact.statement import StatementResult
    from terminal.reports.reconcile.result import Reconciliation
    from terminal.reports.statement.read import ImpossibleStatementError

WHAT: Final = "对账结果"


def reconcile(
    statement: Annotated[
        Path, typer.Argument(metavar="结算单", help="交易结算单（文本，GBK 或 UTF-8），见 docs/statement.md")
    ],
    *,
    data: Annotated[Path, typer.Option(metavar="目录", help="运行器的数据目录")],
    account: Annotated[str, typer.Option(metavar="账户", help="账户；不写则按结算单的客户号找")] = "",
    hand_in: Annotated[bool, typer.Option("--hand-in", help="把结果交给正在运行的运行器：有差异，账户只平仓")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Compare a day's settlement statement with our books; exit 1 on any difference."""
    from terminal.commands.handing_in import hand_in as give
    from terminal.domain.commands import HandInStatement
    from terminal.domain.ids import AccountId
    from terminal.reports.reconcile.handed_in import handed_in
    from terminal.reports.reconcile.own_day import read_own_day
    from terminal.reports.reconcile.reconcile import reconcile as compare
    from terminal.reports.reconcile.reconcile import trading_day_of
    from terminal.reports.statement.read import ImpossibleStatementError, read_statement
    from terminal.store.beside import find_journal, read_beside

    try:
        given = statement.read_bytes()
    except OSError as problem:
        raise UserError(f"结算单 {statement} 读不出来（{system_said(problem)}）；请核对路径。") from problem
    try:
        theirs = read_statement(given)
    except ImpossibleStatementError as why:
        if hand_in or as_json:
            _refuse(why, statement.name, sha256(given).hexdigest(), data, account, hand_in=hand_in, as_json=as_json)
        raise
    journal = find_journal(data)
    ours = read_own_day(
        read_beside(journal),
        client=theirs.head.client,
        account=AccountId(account) if account else None,
        trading_day=trading_day_of(theirs),
    )
    found = compare(ours, theirs)
    result = handed_in(found, ours, sha256(given).hexdigest())
    said: str | None = None
    try:
        if hand_in:
            said = give(journal.parent, HandInStatement(account=ours.account, result=result), WHAT)
    finally:
        _show(found, result, as_json=as_json, said=said)  # also where it could not be handed in
    if not found.agrees:
        raise typer.Exit(1)


def _refuse(
    why: ImpossibleStatementError, file: str, digest: str, data: Path, account: str, *, hand_in: bool, as_json: bool
) -> None:
    # People at every desk have to know that this day is not compared yet: the runner tells them. A desk reads the
    # object, and says it for its own person.
    from terminal.commands.handing_in import hand_in as give
    from terminal.domain.commands import RefuseStatement
    from terminal.domain.ids import AccountId
    from terminal.reports.reconcile.handed_in import refusal
    from terminal.reports.reconcile.own_day import account_of
    from terminal.store.beside import find_journal, read_beside

    journal = find_journal(data)
    try:
        named = AccountId(account) if account else None
        name = account_of(read_beside(journal), client=why.client, account=named)
    except UserError as problem:
        raise UserError(f"{why.message}没有登记：{problem.message}") from problem
    wish = RefuseStatement(account=name, refusal=refusal(why, file, digest))
    said: str | None = None
    try:
        if hand_in:
            said = give(journal.parent, wish, WHAT)
    except UserError as problem:
        raise UserError(f"{why.message}{problem.message}") from problem
    finally:
        if as_json:
            more = {} if said is None else {"handed_in": said}
            print(msgspec.json.encode({"account": name, "refusal": wish.refusal, **more}).decode())
    if said is not None:
        raise UserError(f"{why.message}运行器：{said}") from why


def _show(found: Reconciliation, result: StatementResult, *, as_json: bool, said: str | None) -> None:
    from terminal.reports.reconcile.shown import shown

    more = {} if said is None else {"handed_in": said}
    if as_json:
        whole = {name: getattr(found, name) for name in found.__struct_fields__}
        print(msgspec.json.encode({**whole, "result": result, **more}).decode())
        return
    for line in (*shown(found), *(f"运行器：{sentence}" for sentence in more.values())):
        print(line)
