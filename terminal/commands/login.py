"""Keep the token of a remote runner in this machine's keyring, after the runner has said that it takes it."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from terminal.domain.errors import UserError

if TYPE_CHECKING:
    from terminal.domain.ids import PersonId

NOBODY: Final = frozenset({"NOT_RUNNING", "UNREACHABLE"})  # nobody was there to be asked about the token


def login(
    address: Annotated[str, typer.Argument(metavar="地址", help="运行器 wss://主机:端口")],
    *,
    profile: Annotated[str, typer.Option(metavar="人员", help="令牌发给谁")] = "trader",
    forget: Annotated[bool, typer.Option("--forget", help="从密钥环里去掉令牌")] = False,
) -> None:
    """Ask for a token and keep it in the keyring; it is read from standard input, never from the command line.

    One the runner refuses is not kept. Where the runner cannot be reached it is kept, and said to be unproven.
    """
    from terminal.domain.ids import PersonId
    from terminal.shell.tokens import Tokens, handing_over

    if not address.startswith("wss://"):
        raise UserError(f"{address} 应以 wss:// 开头；本机的运行器不用登录。")
    tokens, person = Tokens(), PersonId(profile)
    if forget:
        answer = asyncio.run(tokens.forget(address, person))
        if answer.has_failed:
            raise UserError(answer.sentence)
        print(answer.sentence)
        return
    if sys.stdin.isatty():
        from getpass import getpass

        token = getpass(f"{profile} 在 {address} 的令牌：").strip()
    else:
        token = sys.stdin.readline().strip()
    if not token:
        raise UserError("没有输入令牌，什么也没有保存。")
    code, why = asyncio.run(_asked(address, person, token))
    if code not in {"PROVEN", *NOBODY}:
        raise UserError(f"{why}。令牌没有保存。")
    answer = asyncio.run(tokens.keep(address, person, token))
    if answer.has_failed:
        raise UserError(
            f"{answer.reason}，令牌没有保存。请装好并解锁系统密钥环（hengduo doctor 会说缺什么），再运行一次；"
            f"或不保存，把令牌直接交给一次运行：{handing_over(address, person)}"
        )
    proven = (
        "运行器认可这个令牌。" if code == "PROVEN" else f"注意：{why}，令牌未经运行器核对；打开工作台时才知道对不对。"
    )
    print(f"{answer.sentence}{proven}")


async def _asked(address: str, person: PersonId, token: str) -> tuple[str, str]:
    from terminal import __version__
    from terminal.domain.ids import DeviceId, TenantId
    from terminal.sync.client import encryption, knock
    from terminal.sync.messages import Hello

    hello = Hello(
        tenant=TenantId(""), device=DeviceId("login"), person=person, proof=token, public_key="", app=__version__
    )
    return await knock(address, hello, tls=encryption(address))
