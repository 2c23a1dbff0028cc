"""Be a runner: engine, journal, exchange and desk server in one process, until told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final

import msgspec

from terminal import __version__
from terminal.domain.errors import UserError
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import PersonId
from terminal.domain.words.system import system_said
from terminal.runner.card import CARD_FILE, Card, read_card, take_card_away, write_card
from terminal.runner.kill_box import KillBox
from terminal.runner.statement_box import StatementBox
from terminal.shell.living import Living
from terminal.shell.serving.door import Door
from terminal.shell.serving.house import RunnerHouse
from terminal.store.owner import Owner
from terminal.sync.server import DeskServer

if TYPE_CHECKING:
    from terminal.runner.opened import Opened

KILL_SECONDS: Final = 0.2
IDLE_SECONDS: Final = 600.0
LOOK_SECONDS: Final = 1.0
MOST_FILES: Final = 8_192
DECIDING: Final = frozenset({StrategyStatus.RUNNING, StrategyStatus.WINDING})


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """Say how a runner serves. `idle_seconds` is for one a desk started for itself; `None` never ends by itself."""

    data: Path
    address: str
    port: int
    embedded: bool = False
    idle_seconds: float | None = None
    tls: ssl.SSLContext | None = None
    tokens: Mapping[str, PersonId] = {}


def log(sentence: str) -> None:
    """Write a line of log to standard error."""
    stamp = time.strftime("%H:%M:%S")
    print(f"{stamp} hengduo runner: {sentence}", file=sys.stderr, flush=True)


async def serve(opened: Opened, service: Service, *, ready: Callable[[Card], None]) -> None:
    """Serve until stopped by a signal, by the last desk, or by idleness; a broken journal is raised."""
    stop = asyncio.Event()
    _listen_for_signals(stop)
    _allow_many_files()
    living, tail = opened.living, opened.tail
    await opened.begin()
    box = KillBox(service.data, living, log)
    statements = StatementBox(service.data, living, log)
    _refuse_lost(service.data, opened.owner)
    await box.take()
    loopback = service.tls is None
    secret = token_urlsafe(32) if loopback else ""
    house = RunnerHouse(
        living,
        door=Door(secret, service.tokens),
        tail=tail,
        basis=opened.basis,
        name=f"{os.getpid()}-{time.time_ns()}",
        app=__version__,
        utc=time.time_ns,
        say=log,
    )
    server = DeskServer(house, clock=time.monotonic_ns, say=log, last_one_stops=stop.set if service.embedded else None)
    opened.tell_desks(house.saw, server.changed)
    listening = await server.open(service.address, service.port, tls=service.tls)
    where = next(iter(listening.sockets)).getsockname()
    card = Card(
        address=where[0],
        port=where[1],
        pid=os.getpid(),
        secret=secret,
        market=house.market,
        version=__version__,
        embedded=service.embedded,
    )
    _refuse_lost(service.data, opened.owner)
    write_card(service.data, card)
    for sentence in kept_out(service, living.runner.state.enrolled()):
        log(sentence)
    ready(card)
    works: list[Awaitable[None]] = [living.run(), server.watched(), stop_wait(stop)]
    works += [_watch_boxes(service.data, opened.owner, box, statements), _keep_card(service.data, opened.owner, card)]
    if service.idle_seconds is not None:
        works.append(_watch_idleness(server, living, service.idle_seconds))
    try:
        await _first_to_end(works)
    finally:
        take_card_away(service.data, card)
        listening.close(close_connections=False)
        await server.close()
        await opened.close()


def kept_out(service: Service, enrolled: Collection[PersonId]) -> list[str]:
    """Return in sentences who cannot log in as this runner is started, everybody or persons of the table of tokens."""
    unknown = sorted(set(service.tokens.values()) - set(enrolled))
    sentences = []
    if unknown:
        known = "、".join(sorted(enrolled)) or "（没有）"
        sentences.append(
            f"令牌表里的 {'、'.join(unknown)} 不是这个运行器的人员，登录不了；已登记的有 {known}，请核对。"
        )
    if service.tls is not None and len(unknown) == len(set(service.tokens.values())):
        sentences.append(
            "注意：现在谁也登录不了这个运行器，加密的运行器只认令牌；策略照常交易，"
            "请用 --tokens 给出令牌表（每行 人员 = 令牌的 SHA-256）后重新启动。"
        )
    return sentences


async def stop_wait(stop: asyncio.Event) -> None:
    """Wait until somebody wants the runner to end."""
    await stop.wait()
    log("收到停止信号，正在退出")


async def _first_to_end(works: list[Awaitable[None]]) -> None:
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)


def _refuse_lost(data: Path, owner: Owner) -> None:
    # Who deletes the folder or moves it away does not end the runner, and another one may be in a new folder at its
    # path by now, whose card and kills are none of ours. Nobody would find this one any more, to stop it.
    if owner.is_lost():
        raise UserError(
            f"数据目录 {data} 已不是它打开的那个（被删除、移走或换掉了）：运行器自行结束，策略随之停下，"
            "已报出的挂单不会自动撤回；请把目录放回原处后重新启动。"
        )


async def _watch_boxes(data: Path, owner: Owner, box: KillBox, statements: StatementBox) -> None:
    while True:
        await asyncio.sleep(KILL_SECONDS)
        _refuse_lost(data, owner)
        await box.take()
        await statements.take()


async def _keep_card(data: Path, owner: Owner, card: Card) -> None:
    # Who deletes it does not end the runner, but hides it from every desk and every kill of this machine.
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        _refuse_lost(data, owner)
        if read_card(data) != card:
            with suppress(UserError):  # a disk that takes nothing may take it the next time
                write_card(data, card)
                log(f"{CARD_FILE} 不见了或被改动，已重新写出")


async def _watch_idleness(server: DeskServer, living: Living, seconds: float) -> None:
    since = time.monotonic()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        busy = server.desks or any(
            row.status in DECIDING
            for account in living.runner.state.accounts.values()
            for row in account.strategies.values()
        )
        if busy:
            since = time.monotonic()
        elif time.monotonic() - since > seconds:
            log(f"{seconds:.0f} 秒没有工作台连接，也没有策略在运行，自行结束")
            return


def _listen_for_signals(stop: asyncio.Event) -> None:
    if sys.platform == "win32":
        return  # there the process is ended; every turn before is durable
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)


def _allow_many_files() -> None:
    # Every connection is a file. What systems give a process at first is little more than the connections we allow.
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  # it is not there on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def read_tokens(path: Path) -> dict[str, PersonId]:
    """Return the persons by the SHA-256 of their token, from lines `person = "hash"` in a TOML file."""
    import tomllib  # noqa: PLC0415  # remote runners only

    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise UserError(f"令牌表 {path} 读不出来（{system_said(problem)}）。") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UserError(f'令牌表 {path} 不是 TOML：{problem}；每行应为 人员 = "令牌的 SHA-256"。') from problem
    found: dict[str, PersonId] = {}
    for person, digest in table.items():
        if not isinstance(digest, str) or len(digest) != 64:
            raise UserError(f"令牌表 {path} 中 {person} 的值不是 SHA-256（64 位十六进制）。")
        if digest.lower() in found:
            raise UserError(
                f"令牌表 {path} 中 {found[digest.lower()]} 与 {person} 的令牌相同，分不清是谁；请为每个人各发一个令牌。"
            )
        found[digest.lower()] = PersonId(person)
    return found
