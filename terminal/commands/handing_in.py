"""Leave a result in the folder of a runner that runs, and wait for its answer."""

from __future__ import annotations

import getpass
import time
from pathlib import Path
from typing import Final

from terminal.domain.commands import HandInStatement, RefuseStatement
from terminal.domain.errors import UserError
from terminal.domain.stock import StateStocks
from terminal.runner.statement_box import (
    AssignUnit,
    HandInRounds,
    StatementRequest,
    put_request,
    read_answer,
    take_back,
)
from terminal.store.folder import words_of

WAIT_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 0.05


def hand_in(
    folder: Path, wish: HandInStatement | RefuseStatement | HandInRounds | StateStocks | AssignUnit, what: str
) -> str:
    """Return what the runner of a folder answers to a wish; no answer, and a no, are a `UserError`.

    `what` names in a few words what is handed in.
    """
    request = StatementRequest(user=_user(), wish=wish)
    try:
        where = put_request(folder, f"{time.time_ns()}", request)
    except OSError as problem:
        raise UserError(f"{''.join(words_of(f'{what}写不进', folder, problem))}；运行器没有收到。") from problem
    until = time.monotonic() + WAIT_SECONDS
    while (answer := read_answer(where)) is None:
        if time.monotonic() > until:
            raise UserError(
                f"运行器没有应答，{f'{what}没有交到' if take_back(where) else f'不知道{what}是否已登记'}；"
                f"请确认 {folder} 的运行器正在运行，再交一次。"
            )
        time.sleep(LOOK_SECONDS)
    if not answer.ok:
        raise UserError(answer.sentence)
    return answer.sentence


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
