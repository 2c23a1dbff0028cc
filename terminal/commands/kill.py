"""Pull the kill switch without desk, sync or screen."""

from __future__ import annotations

import getpass
import json as plain_json
import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from terminal.domain.errors import BEFORE_WORDS, UserError

LEFT: Final = 3
"""The exit code where nobody has answered and the request waits for the runner's next start."""

WAIT_SECONDS = 5.0
LOOK_SECONDS = 0.05


def kill(
    account: Annotated[str, typer.Argument(metavar="账户", help="停止哪个账户；不写是全部")] = "",
    *,
    data: Annotated[Path | None, typer.Option(metavar="目录", help="工作台的 --data，或运行器自己的")] = None,
    reason: Annotated[str, typer.Option(metavar="文字", help="原因，记入日志")] = "命令行一键停止",
    json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Stop trading now: nothing opens, everything working is cancelled, closing stays possible, two persons release.

    Ends with 0 when it is done, with 2 when nothing was stopped and nothing left, and with 3 when no runner answered:
    the request is left, and the runner does it first thing when it starts.
    """
    from terminal.domain.ids import AccountId
    from terminal.runner.kill_box import (
        KillRequest,
        put_request,
        read_answer,
        runner_meant,
        runners_under,
        take_answer_away,
        was_taken,
    )
    from terminal.runner.places import base_folder
    from terminal.store.folder import words_of
    from terminal.store.owner import may_be_owned, owner_of

    place = base_folder(data)
    folder = runner_meant(place)
    if folder is None:
        # A request in the wrong folder would lie there for ever, while whoever left it believes that trading stops.
        known = "、".join(str(one) for one in runners_under(place))
        hint = f"{place} 下有几个运行器：{known}" if known else f"{place} 里没有运行器"
        raise UserError(f"{hint}；什么也没有停止。请用 --data 指明正在交易的那一个。")
    request = KillRequest(user=_user(), reason=reason, account=AccountId(account) if account else None)
    try:
        answer_path = put_request(folder, f"{time.time_ns()}", request)
    except OSError as problem:
        hint = f"若它仍在交易，请直接终止运行器进程 {owner_of(folder)}"
        raise UserError(f"{''.join(words_of('停止请求写不进', folder, problem))}；{hint}") from problem
    until = time.monotonic() + WAIT_SECONDS
    while (answer := read_answer(answer_path)) is None:
        if time.monotonic() > until and was_taken(answer_path):
            raise UserError("运行器取走了停止请求，没有写下结果（磁盘已满？）：请在工作台核对；账户编号不对就没有停止")
        if time.monotonic() > until:
            state, hint = "运行器没有在运行", ""
            if may_be_owned(folder):
                state, hint = "运行器没有应答", f"若它仍在交易，请直接终止进程 {owner_of(folder)}。"
            print(f"{BEFORE_WORDS}{state}；停止请求已留在 {folder}，它一启动就先执行。{hint}", file=sys.stderr)
            raise typer.Exit(LEFT)
        time.sleep(LOOK_SECONDS)
    take_answer_away(answer_path)
    if not answer.ok:
        raise UserError(answer.sentence)
    if json:
        print(plain_json.dumps({"accounts": list(answer.accounts), "sentence": answer.sentence}, ensure_ascii=False))
    else:
        stopped = "、".join(answer.accounts) or account or "全部账户"  # a full disk took no names
        print(f"{stopped}：{answer.sentence}")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
