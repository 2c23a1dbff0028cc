"""Say where a desk's runner is and how it is let in: on this machine by the card, elsewhere by a token."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from terminal.domain.errors import UserError
from terminal.runner.card import answers, read_card
from terminal.runner.embedded import find_or_start
from terminal.runner.places import base_folder, runner_folder
from terminal.runner.starting import Started
from terminal.shell.desk.work import Place
from terminal.shell.tokens import Tokens, handing_over

if TYPE_CHECKING:
    from terminal.domain.ids import PersonId

HERE = "本机运行器"


async def find_embedded(*, data: Path | None, market: str, speed: float, started: Started | None = None) -> Place:
    """Return the place of this machine's runner of a market, started where there is none."""
    card = await find_or_start(runner_folder(data, market), market=market, speed=speed, started=started)
    return Place(url=card.url, proof=card.secret, name=HERE)


def seek_embedded(*, data: Path | None, market: str) -> Place | None:
    """Return the place of this machine's runner of a market, where one answers; none is started."""
    card = read_card(runner_folder(data, market))
    return Place(url=card.url, proof=card.secret, name=HERE) if card is not None and answers(card) else None


def seek_local(url: str, *, data: Path | None) -> Place | None:
    """Return the place of a runner at a loopback address with the secret it has now; `None` for any other address."""
    parts = urlsplit(url)
    secret = _secret_of(parts.port, data) if parts.scheme == "ws" and _is_loopback(parts.hostname or "") else None
    return None if secret is None else Place(url=url, proof=secret, name=HERE)


async def find_remote(
    url: str, person: PersonId, *, data: Path | None, token: str, say: Callable[[str], None]
) -> Place:
    """Return the place of a runner at an address; without a token for it the desk cannot go in.

    A `token` given now is kept in the keyring when the runner has taken it, or for this session only where there is
    none, which `say` says.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    name = parts.netloc.rpartition("@")[2]  # with its port: several runners stand on one machine
    if parts.scheme == "ws":
        if not _is_loopback(host):
            raise UserError(f"{url} 没有加密：别的机器上的运行器只能用 wss:// 连接。")
        secret = _secret_of(parts.port, data)
        if secret is None:
            raise UserError(f"这台机器上没有在端口 {parts.port} 运行的运行器的口令；请用启动它的用户打开工作台。")
        return Place(url=url, proof=secret, name=HERE)
    tokens = Tokens()
    if token:

        async def keep() -> None:
            kept = await tokens.keep(url, person, token)
            if kept.is_session_only:
                say(kept.sentence)

        return Place(url=url, proof=token, name=name, keep=keep)
    found = await tokens.read(url, person)
    if not found.token:
        if found.is_session_only:
            raise UserError(
                f"读不到 {person} 在 {name} 的登录令牌：{found.reason}。"
                f"请把令牌直接交给这一次运行：{handing_over(url, person)}"
            )
        raise UserError(f"没有 {person} 在 {name} 的登录令牌。请先运行：hengduo login {url} --profile {person}")
    return Place(url=url, proof=found.token, name=name)


def _secret_of(port: int | None, data: Path | None) -> str | None:
    # Any runner of this user on this machine: its card lies under the same folder, or in the folder itself. Behind a
    # forwarded port the number is another one; then the only card there is must be meant.
    base = base_folder(data)
    folders = (base, *(sorted((base / "runner").glob("*")) if (base / "runner").is_dir() else ()))
    cards = [card for folder in folders if (card := read_card(folder)) is not None and card.secret]
    exact = [card for card in cards if card.port == port]
    found = exact or (cards if len(cards) == 1 else [])
    return found[0].secret if found else None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
