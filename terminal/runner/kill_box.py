"""Take the kill switch from a file, so that it works when desk, sync and screen are dead (SAFETY 5).

`hengduo kill` puts a request into the runner's data folder and waits for the answer beside it. Who may write there owns
the machine's user, and that is the whole authority asked for; the record names that user. A request that finds no
runner stays and is the first thing the next one does, before anything may open. One that was carried out and cannot be
removed is noted beside the box: done again, it would undo what two persons released.

A full disk keeps no words, and a runner may trade on for a while on one: there a request and the answer that it was
done are empty files, which a folder has room for, and whom to stop stands in the name.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

import msgspec

from terminal.domain.ids import AccountId, DeviceId, PersonId
from terminal.domain.words.system import system_said
from terminal.engine.exercise.kill import report
from terminal.engine.records.journal import Actor
from terminal.engine.wording import AT_COMMAND_LINE
from terminal.runner.card import CARD_FILE
from terminal.store.folder import sync_folder
from terminal.store.journal import JOURNAL_FILE
from terminal.store.owner import may_be_owned
from terminal.sync.texts import cut

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.shell.living import Living

FOLDER: Final = "kill"
DONE_FILE: Final = "kill.done"  # the names of requests that were carried out and could not be removed
REQUEST: Final = ".request"
ANSWER: Final = ".answer"
PARTIAL: Final = ".part"  # of either
DONE: Final = ".done"  # the answer where there is no room for words
LEFT_OVER: Final = frozenset({ANSWER, PARTIAL, DONE})
UNREAD_SECONDS: Final = 24 * 3600
LONGEST_FILE_NAME: Final = 240  # bytes
STOPPED: Final = "已停止：新开仓被禁止，平仓可以，正在撤单；解除需要两个人。"
WITHOUT_WORDS: Final = "命令行一键停止（磁盘已满，理由没能写下）"
DEVICE: Final = DeviceId("local-kill")


class KillRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for a stop of one account, or of all."""

    user: str
    reason: str
    account: AccountId | None = None


class KillAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Say what was stopped."""

    ok: bool
    sentence: str
    accounts: tuple[AccountId, ...] = ()


def holds_runner(folder: Path) -> bool:
    """Return whether a runner lives in a folder, or has lived there."""
    return (folder / JOURNAL_FILE).exists() or (folder / CARD_FILE).exists()


def runners_under(base: Path) -> list[Path]:
    """Return the folders of runners under the folder of a user or a desk."""
    return sorted(folder for folder in (base / "runner").glob("*") if holds_runner(folder))


def runner_meant(place: Path) -> Path | None:
    """Return the runner's folder that a folder names: itself, or the one under it; `None` where none or several may be.

    Of several the only one that a process may own is meant: nothing trades in the others.
    """
    if holds_runner(place):
        return place
    known = runners_under(place)
    if len(known) > 1:
        known = [folder for folder in known if may_be_owned(folder)]
    return known[0] if len(known) == 1 else None


def put_request(data: Path, name: str, request: KillRequest) -> Path:
    """Leave a request; return where its answer will be. The runner may take it away, whoever has put it there."""
    folder = data / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    _give_to_owner_of(data, folder)
    partial, path = folder / f"{name}{PARTIAL}", folder / f"{name}{REQUEST}"
    try:
        partial.write_bytes(msgspec.json.encode(request))
    except OSError:
        with suppress(OSError):
            partial.unlink()
        path = folder / f"{name}={quote(request.user, safe='')}={quote(request.account or '', safe='')}{REQUEST}"
        if len(path.name) > LONGEST_FILE_NAME:
            raise
        path.touch()
        _give_to_owner_of(data, path)
    else:
        _give_to_owner_of(data, partial)
        partial.replace(path)
    return path.with_suffix(ANSWER)


def _give_to_owner_of(data: Path, path: Path) -> None:
    # In an emergency it is root who calls, or another user of the folder, and the runner is somebody else's process.
    if not hasattr(os, "geteuid"):
        return
    owner, us = data.stat(), os.geteuid()
    if us == 0:
        os.chown(path, owner.st_uid, owner.st_gid)
    elif us != owner.st_uid and us == path.stat().st_uid:
        path.chmod(0o755 if path.is_dir() else 0o644)  # who may stop trading by it must be able to read it


def was_taken(answer: Path) -> bool:
    """Return whether a runner took the request that this would be the answer to: without one it was not done."""
    return not any(answer.parent.glob(f"{answer.stem}{REQUEST}"))


def read_answer(path: Path) -> KillAnswer | None:
    """Return the answer, once it is there."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=KillAnswer)
    except (OSError, msgspec.DecodeError):
        return KillAnswer(ok=True, sentence=STOPPED) if path.with_suffix(DONE).exists() else None


def take_answer_away(path: Path) -> None:
    """Remove an answer that has been read; one that may not be removed goes at a runner's start."""
    for one in (path, path.with_suffix(DONE)):
        with suppress(OSError):
            one.unlink(missing_ok=True)


def read_request(name: str, asked: bytes) -> KillRequest:
    """Return a request from the name of its file and what stands in it; a `msgspec.DecodeError` where it is none."""
    marks = name.removesuffix(REQUEST).split("=")
    if asked or len(marks) != 3:  # name, user and account
        return msgspec.json.decode(asked, type=KillRequest)
    account = unquote(marks[2])
    return KillRequest(user=unquote(marks[1]), reason=WITHOUT_WORDS, account=AccountId(account) if account else None)


class KillBox:
    """Carry out what lies in a runner's folder, each request once; `say` gets a line worth logging."""

    def __init__(self, data: Path, living: Living, say: Callable[[str], None]) -> None:
        self._data = data
        self._living = living
        self._say = say
        self._done = self._noted()
        with suppress(OSError):  # while there is room for it
            (data / FOLDER).mkdir(exist_ok=True)
            self._clear_away()

    def _clear_away(self) -> None:
        # Whoever asked waits for seconds: what lies here for a day nobody reads any more, and it grows for ever.
        before = time.time() - UNREAD_SECONDS
        for path in (self._data / FOLDER).iterdir():
            with suppress(OSError):  # somebody else's, or gone already
                if path.suffix in LEFT_OVER and path.lstat().st_mtime < before:
                    path.unlink()

    async def take(self) -> int:
        """Carry out every request that lies there; return how many."""
        done = 0
        try:
            requests = sorted((self._data / FOLDER).glob(f"*{REQUEST}"))
        except OSError:
            return 0  # no file can be opened now: the next look may
        for path in requests:
            if path.name in self._done:
                continue
            try:
                asked = path.read_bytes()
            except OSError:
                continue  # it cannot be read, or whoever put it there has taken it back
            answer = await _carry_out(path.name, asked, self._living)
            done += 1
            self._say("命令行一键停止已执行" if answer.ok else f"停止请求没有停止任何账户：{answer.sentence}")
            self._take_away(path)
            _answer(path, answer)
        return done

    def _take_away(self, path: Path) -> None:
        try:
            path.unlink()
            sync_folder(path.parent)  # else a power cut brings it back, to undo what two persons released
        except FileNotFoundError:
            return
        except OSError as problem:
            self._done.add(path.name)
            self._say(f"停止请求 {path} 已执行，但删不掉（{system_said(problem)}）；不会再执行，请把它删去")
            with suppress(OSError), (self._data / DONE_FILE).open("a", encoding="utf-8") as file:
                file.write(f"{path.name}\n")

    def _noted(self) -> set[str]:
        try:
            return set((self._data / DONE_FILE).read_text(encoding="utf-8").splitlines())
        except (OSError, UnicodeDecodeError):
            return set()


def _answer(request: Path, answer: KillAnswer) -> None:
    # What was asked is done: a disk that takes no answer is no reason to end the runner.
    partial = request.with_suffix(PARTIAL)
    try:
        partial.write_bytes(msgspec.json.encode(answer))
        partial.replace(request.with_suffix(ANSWER))
    except OSError:
        with suppress(OSError):
            partial.unlink()
        if answer.ok:
            with suppress(OSError):
                request.with_suffix(DONE).touch()


async def _carry_out(name: str, asked: bytes, living: Living) -> KillAnswer:
    try:
        request = read_request(name, asked)
    except msgspec.DecodeError as problem:
        return KillAnswer(ok=False, sentence=f"停止请求读不懂：{problem}")
    accounts = living.runner.state.accounts
    if request.account is not None and request.account not in accounts:
        known = "、".join(sorted(accounts)) or "（没有）"
        return KillAnswer(ok=False, sentence=f"没有账户 {request.account}，已有的是 {known}。")
    await living.kill(
        Actor(PersonId(f"{AT_COMMAND_LINE}{request.user}"), DEVICE), cut(request.reason), account=request.account
    )
    stopped = tuple(sorted(accounts)) if request.account is None else (request.account,)
    at = living.engine.look.now
    told = [(name, report(living.runner.state, accounts[name], at)) for name in stopped]
    asked_for = "".join(f"{name}：{what.removeprefix('；')}。" for name, what in told if what)
    return KillAnswer(ok=True, sentence=f"{STOPPED}{asked_for}", accounts=stopped)
