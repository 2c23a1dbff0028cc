"""Keep the books of a ledger file: what happened to one account, a line each, and how it stands after every line."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from terminal.domain.errors import UserError
from terminal.domain.words.system import system_said

STANDARD_INPUT = "-"


def book(
    ledger: Annotated[str, typer.Argument(metavar="账本", help="账本文件（JSONL，见 docs/book.md）；- 从标准输入读")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="每读一行，在标准输出打印一行 JSON")] = False,
) -> None:
    """Keep the books of a ledger: both views of profit, margin and positions after every line."""
    from terminal.shell.ledgers.folding import fold
    from terminal.shell.ledgers.report import figures, json_line, table

    last = None
    with ExitStack() as stack:
        for taken, books in fold(_lines(ledger, stack), ledger):
            if as_json:
                # Flushed, so that whoever writes the ledger line by line reads the answer to each.
                print(json_line(figures(taken, books)), flush=True)
            else:
                last = (taken, books)
    if last is None:
        print(f"账本 {ledger} 是空的：没有一行可记。", file=sys.stderr)
    elif not as_json:
        for line in table(figures(*last)):
            print(line)


def _lines(ledger: str, stack: ExitStack) -> BinaryIO:
    if ledger == STANDARD_INPUT:
        return sys.stdin.buffer
    try:
        return stack.enter_context(Path(ledger).open("rb"))
    except OSError as problem:
        raise UserError(f"读不到账本 {ledger}（{system_said(problem)}），请核对路径。") from None
