"""Use a real keyring: `dbus-run-session -- python -m tests.e2e.keyring_session [CHILD...]`; prints the answers.

With `CHILD` that command is the process that asks the keyring.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import secretstorage

from terminal.domain.ids import PersonId
from terminal.shell.tokens import TokenAnswer, Tokens

ADDRESS = "wss://runner.example:7800"
TRADER = PersonId("trader")
TRIES = 100


def tokens() -> Tokens:
    """Return what another start of the desk would have: nothing in memory."""
    return Tokens(child=sys.argv[1:] or None, limit_seconds=60)


def say(answer: TokenAnswer) -> None:
    """Print one answer."""
    print(answer.state, answer.token)  # noqa: T201  # to the test


async def use() -> None:
    """Keep, read in another program's place, forget, and meet a locked keyring."""
    say(await tokens().read(ADDRESS, TRADER))
    say(await tokens().keep(ADDRESS, TRADER, "令牌-1"))
    say(await tokens().read(ADDRESS, TRADER))
    say(await tokens().read(ADDRESS, PersonId("supervisor")))
    say(await tokens().keep(ADDRESS, TRADER, "令牌-2"))
    say(await tokens().read(ADDRESS, TRADER))
    say(await tokens().forget(ADDRESS, TRADER))
    say(await tokens().forget(ADDRESS, TRADER))
    say(await tokens().read(ADDRESS, TRADER))
    say(await tokens().keep(ADDRESS, TRADER, "令牌-3"))
    secretstorage.get_default_collection(secretstorage.dbus_init()).lock()
    say(await tokens().read(ADDRESS, TRADER))


@contextmanager
def unlocked_keyring() -> Iterator[None]:
    """Run a keyring daemon on this session's bus, unlocked with a password, until the block ends."""
    daemon = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert daemon.stdin is not None
    daemon.stdin.write(b"of this test only")
    daemon.stdin.close()
    try:
        for _ in range(TRIES):
            if secretstorage.check_service_availability(secretstorage.dbus_init()):
                break
            time.sleep(0.05)
        yield
    finally:
        daemon.kill()
        daemon.wait()


def main() -> None:
    """Use a real keyring."""
    with unlocked_keyring():
        asyncio.run(use())


if __name__ == "__main__":
    main()
