"""Keep the token of a remote runner in the system's keyring, and never anywhere else (SAFETY I28).

A keyring is asked in a process of its own, for at most three seconds: a daemon that hangs, or that waits for a
password nobody types, must not freeze the desk. The token goes to that process through its standard input and comes
back through its standard output, never through arguments or the environment, where other programs could read it.

Where no keyring answers, the token lives in this process until it ends, and the answer's sentence says so. A keyring
that would write plain text is taken for none.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from terminal.domain.ids import PersonId

SERVICE: Final = "hengduo"
LIMIT_SECONDS: Final = 3.0
CHILD: Final = "keyring-child"
"""The verb a frozen program routes to `child`."""

_LOWEST_PRIORITY: Final = 1  # keyring's own line: below it a backend is not recommended, plain-text files among them


class TokenState(StrEnum):
    """Say what became of a wish about a token."""

    KEPT = "kept"
    FOUND = "found"
    ABSENT = "absent"
    FORGOTTEN = "forgotten"
    NO_KEYRING = "no_keyring"
    LOCKED = "locked"
    TIMEOUT = "timeout"
    FAILED = "failed"


_SENTENCES: Final = {
    TokenState.KEPT: "登录令牌已存入系统密钥环。",
    TokenState.FOUND: "",
    TokenState.ABSENT: "还没有这个运行端的登录令牌，请登录一次。",
    TokenState.FORGOTTEN: "登录令牌已从系统密钥环删除。",
    TokenState.NO_KEYRING: "这台机器没有系统密钥环",
    TokenState.LOCKED: "系统密钥环被锁住",
    TokenState.TIMEOUT: f"系统密钥环 {LIMIT_SECONDS:g} 秒内没有回答",
    TokenState.FAILED: "系统密钥环出错",
}
_TROUBLE: Final = {TokenState.NO_KEYRING, TokenState.LOCKED, TokenState.TIMEOUT, TokenState.FAILED}
_SESSION_ONLY: Final = "登录令牌不写盘，只在本次运行中有效，下次启动需要重新登录。"
_NOT_DELETED: Final = "密钥环里若有旧的登录令牌，这次没有删掉，请解决后再试。"


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what became of a wish, with a sentence for the person; its text never shows the token."""

    state: TokenState
    token: str | None = None
    detail: str = ""
    sentence: str = ""

    def __repr__(self) -> str:
        return f"TokenAnswer({self.state}, {self.sentence!r})"

    @property
    def has_failed(self) -> bool:
        """Return whether the keyring did not do it; a token is gone when this program ends, then."""
        return self.state in _TROUBLE

    @property
    def reason(self) -> str:
        """Return what became of the wish, without what follows from it."""
        return f"{_SENTENCES[self.state]}{f'（{self.detail}）' if self.detail else ''}"


class Tokens:
    """Keep, read and forget the tokens of remote runners. Link thread only.

    `child` starts the process that asks the keyring.
    """

    def __init__(self, *, child: Sequence[str] | None = None, limit_seconds: float = LIMIT_SECONDS) -> None:
        self._child = tuple(child_command() if child is None else child)
        self._limit = limit_seconds
        self._session: dict[str, str] = {}

    async def keep(self, address: str, person: PersonId, token: str) -> TokenAnswer:
        """Keep a token: in the keyring if there is one that answers, for this session in any case."""
        name = _name(address, person)
        self._session[name] = token
        return _said(await self._ask("keep", name, token), _SESSION_ONLY)

    async def read(self, address: str, person: PersonId) -> TokenAnswer:
        """Return the token of a runner and person: this session's, else the keyring's."""
        name = _name(address, person)
        if name in self._session:
            return TokenAnswer(state=TokenState.FOUND, token=self._session[name])
        answer = await self._ask("read", name)
        if answer.token is not None:
            self._session[name] = answer.token
        return _said(answer)

    async def forget(self, address: str, person: PersonId) -> TokenAnswer:
        """Forget a token, here and in the keyring."""
        name = _name(address, person)
        self._session.pop(name, None)
        return _said(await self._ask("forget", name), _NOT_DELETED)

    async def _ask(self, verb: str, name: str, token: str = "") -> TokenAnswer:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._child,
                verb,
                name,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # a traceback would show local values
            )
        except OSError as error:
            return TokenAnswer(state=TokenState.FAILED, detail=type(error).__name__)
        try:
            async with asyncio.timeout(self._limit):
                said, _ = await process.communicate(token.encode())
        except TimeoutError:
            return TokenAnswer(state=TokenState.TIMEOUT)
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        try:
            return msgspec.json.decode(said, type=TokenAnswer)
        except msgspec.DecodeError:
            return TokenAnswer(state=TokenState.FAILED, detail=f"exit {process.returncode}")


def child_command() -> list[str]:
    """Return how this program starts itself as the process that asks the keyring."""
    if getattr(sys, "frozen", False):
        return [sys.executable, CHILD]
    return [sys.executable, "-m", "terminal.shell.tokens"]


def _name(address: str, person: PersonId) -> str:
    return f"{address} {person}"


def handing_over(address: str, person: PersonId) -> str:
    """Return how a token reaches a desk where no keyring answers: a command to type."""
    return f"hengduo --runner {address} --profile {person} --token-stdin < 令牌文件"


def _said(answer: TokenAnswer, consequence: str = "") -> TokenAnswer:
    sentence = f"{answer.reason}；{consequence}" if consequence and answer.state in _TROUBLE else answer.reason
    return msgspec.structs.replace(answer, sentence=sentence)


# --- the child process ------------------------------------------------------------------------------------------------


class _Keyring(Protocol):
    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


def child(arguments: Sequence[str]) -> int:
    """Ask the keyring for `keep NAME` (the token on standard input), `read NAME` or `forget NAME`; answer in JSON."""
    if len(arguments) != 2:
        return 2
    verb, name = arguments
    answer = _asked(verb, name, sys.stdin.buffer.read().decode())
    sys.stdout.buffer.write(msgspec.json.encode(answer))
    sys.stdout.buffer.flush()
    return 0


def _asked(verb: str, name: str, token: str) -> TokenAnswer:
    from keyring import get_keyring  # noqa: PLC0415  # only the child pays for it
    from keyring.errors import KeyringLocked, NoKeyringError, PasswordDeleteError  # noqa: PLC0415  # as above

    try:
        backend = get_keyring()
        if backend.priority < _LOWEST_PRIORITY:
            return TokenAnswer(state=TokenState.NO_KEYRING)
        return _done(backend, verb, name, token)
    except PasswordDeleteError:
        return TokenAnswer(state=TokenState.ABSENT)
    except KeyringLocked:
        return TokenAnswer(state=TokenState.LOCKED)
    except NoKeyringError:
        return TokenAnswer(state=TokenState.NO_KEYRING)
    except Exception as error:  # noqa: BLE001  # a backend raises what it likes; its name goes to the person
        kind = type(error).__name__
        is_locked = kind in {"LockedException", "PromptDismissedException"}  # SecretStorage's own
        return TokenAnswer(state=TokenState.LOCKED if is_locked else TokenState.FAILED, detail=kind)


def _done(backend: _Keyring, verb: str, name: str, token: str) -> TokenAnswer:
    match verb:
        case "keep":
            backend.set_password(SERVICE, name, token)
            return TokenAnswer(state=TokenState.KEPT)
        case "read":
            found = backend.get_password(SERVICE, name)
            return TokenAnswer(state=TokenState.ABSENT if found is None else TokenState.FOUND, token=found)
        case "forget":
            backend.delete_password(SERVICE, name)
            return TokenAnswer(state=TokenState.FORGOTTEN)
        case _:
            return TokenAnswer(state=TokenState.FAILED, detail=f"不认识 {verb}")


if __name__ == "__main__":
    sys.exit(child(sys.argv[1:]))
