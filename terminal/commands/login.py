"""Keep the token of a remote runner in this machine's keyring."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from terminal.domain.errors import UserError


def login(
    address: Annotated[str, typer.Argument(help="wss://HOST:PORT of the runner.")],
    *,
    profile: Annotated[str, typer.Option(help="The person the token was made for.")] = "trader",
    forget: Annotated[bool, typer.Option("--forget", help="Remove the token instead.")] = False,
) -> None:
    """Ask for a token and keep it in the keyring; it is read from standard input, never from the command line."""
    from terminal.domain.ids import PersonId
    from terminal.shell.tokens import Tokens

    if not address.startswith("wss://"):
        raise UserError(f"{address} 应以 wss:// 开头；本机的运行器不用登录。")
    tokens, person = Tokens(), PersonId(profile)
    if forget:
        print(asyncio.run(tokens.forget(address, person)).sentence)
        return
    if sys.stdin.isatty():
        from getpass import getpass

        token = getpass(f"{profile} 在 {address} 的令牌：").strip()
    else:
        token = sys.stdin.readline().strip()
    if not token:
        raise UserError("没有输入令牌，什么也没有保存。")
    answer = asyncio.run(tokens.keep(address, person, token))
    if answer.is_session_only:
        raise UserError(
            f"{answer.sentence}令牌没有保存：请装好并解锁系统密钥环（hengduo doctor 会说缺什么），再运行一次。"
        )
    print(answer.sentence)
