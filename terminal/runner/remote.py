"""Say where a desk's runner is and how it is let in: on this machine by the card, elsewhere by a token.

The secret on a card goes to the address on that card and nowhere else, and only while that card's runner lives: what
listens at another port, or at that port later, may be anybody's.
Behind a forwarded port it must be handed over for that address, as a token is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from terminal.domain.addresses import is_loopback
from terminal.domain.errors import UserError
from terminal.runner.card import CARD_FILE, Card, answers
from terminal.runner.embedded import find_or_start
from terminal.runner.living_card import lives, living_card
from terminal.runner.places import base_folder, runner_folder
from terminal.runner.starting import Started
from terminal.shell.desk.work import Place
from terminal.shell.tokens import Tokens, handing_over

if TYPE_CHECKING:
    from terminal.domain.ids import PersonId

HERE = "本机运行器"


async def find_embedded(
    *, data: Path | None, market: str, speed: float, started: Started | None, say: Callable[[str], None]
) -> Place:
    """Return the place of this machine's runner of a market, started where there is none; `say` hears of long waits."""
    folder = runner_folder(data, market)
    card = await find_or_start(folder, market=market, speed=speed, started=started, say=say)
    return _place(folder, card)


async def seek_embedded(*, data: Path | None, market: str) -> Place | None:
    """Return the place of this machine's runner of a market, where one answers; none is started."""

    def look() -> Place | None:
        folder = runner_folder(data, market)
        card = living_card(folder)
        return _place(folder, card) if card is not None and answers(card) else None

    return await asyncio.to_thread(look)


def seek_local(url: str, *, data: Path | None) -> Place | None:
    """Return the place of this machine's runner at an address with the secret it has now, if one has a card for it."""
    parts = urlsplit(url)
    for folder, card in _cards(data) if parts.scheme == "ws" else ():
        if card.secret and (parts.hostname, parts.port) in {(card.address, card.port), ("localhost", card.port)}:
            return _place(folder, card)
    return None


def _place(folder: Path, card: Card) -> Place:
    return Place(url=card.url, proof=card.secret, name=HERE, is_there=lambda: lives(folder, card))


async def seek_remote(url: str, person: PersonId, *, data: Path | None, token: str, is_refused: bool) -> Place | None:
    """Return the place of a runner at an address with the secret it has now, or with the token the keyring has now.

    The keyring is asked only when the runner has refused the proof. A secret that was given as `token` stays.
    """
    parts = urlsplit(url)
    if parts.scheme == "ws":
        return None if token else await asyncio.to_thread(seek_local, url, data=data)
    kept = (await Tokens().read(url, person)).token if is_refused else None
    return Place(url=url, proof=kept, name=_name(url)) if kept else None


async def find_remote(
    url: str, person: PersonId, *, data: Path | None, token: str, say: Callable[[str], None]
) -> Place:
    """Return the place of a runner at an address; without a token for it the desk cannot go in.

    A `token` given now is kept in the keyring when the runner has taken it, or for this session only where there is
    none, which `say` says.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    name = _name(url)
    if parts.scheme == "ws":
        if not is_loopback(host):
            raise UserError(f"{url} 没有加密：别的机器上的运行器只能用 wss:// 连接。")
        place = Place(url=url, proof=token, name=name) if token else seek_local(url, data=data)
        if place is None:
            known = "、".join(card.url for _, card in _cards(data))
            raise UserError(
                f"{name} 上没有本机的运行器，{f'在运行的有 {known}' if known else '也没有别的在运行'}；"
                f"请核对 --runner 与 --data，并用启动它的用户打开。若这是转发来的端口，"
                f"请把那个运行器 {CARD_FILE} 里的口令交给这一次运行：{handing_over(url, person)}"
            )
        return place
    tokens = Tokens()
    if token:

        async def keep() -> None:
            kept = await tokens.keep(url, person, token)
            if kept.has_failed:
                say(kept.sentence)

        return Place(url=url, proof=token, name=name, keep=keep)
    found = await tokens.read(url, person)
    if not found.token:
        if found.has_failed:
            raise UserError(
                f"读不到 {person} 在 {name} 的登录令牌：{found.reason}。"
                f"请把令牌直接交给这一次运行：{handing_over(url, person)}"
            )
        raise UserError(f"没有 {person} 在 {name} 的登录令牌。请先运行：hengduo login {url} --profile {person}")
    return Place(url=url, proof=found.token, name=name)


def _name(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]  # with its port: several runners stand on one machine


def _cards(data: Path | None) -> list[tuple[Path, Card]]:
    # Of any runner of this user on this machine: its card lies under the same folder, or in the folder itself.
    base = base_folder(data)
    folders = (base, *(sorted((base / "runner").glob("*")) if (base / "runner").is_dir() else ()))
    return [(folder, card) for folder in folders if (card := living_card(folder)) is not None]
