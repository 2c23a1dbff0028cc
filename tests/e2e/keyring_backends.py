"""Stand in for keyrings that misbehave; the child process is told of them by `PYTHON_KEYRING_BACKEND`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked


class Hanging(KeyringBackend):
    """Never answer, and leave the number of the process behind."""

    priority: float = 5

    def get_password(self, service: str, username: str) -> str | None:
        Path(os.environ["HENGDUO_TEST_SEEN"]).write_text(str(os.getpid()), encoding="utf-8")
        time.sleep(600)
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        self.get_password(service, username)


class Locked(Hanging):
    """Stay locked."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked")


class Bursting(Hanging):
    """Raise what no keyring should, with the password in its words."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise ValueError(f"cannot keep {password}")


class Dying(Hanging):
    """End the process."""

    def get_password(self, service: str, username: str) -> str | None:
        os._exit(7)


class PlainText(Hanging):
    """Be one of those that write what they are given into a file, below what keyring recommends."""

    priority = 0.5

    def set_password(self, service: str, username: str, password: str) -> None:
        Path(os.environ["HENGDUO_TEST_SEEN"]).write_text(password, encoding="utf-8")


class Seeing(Hanging):
    """Write down what other programs of the machine could see of the process."""

    def set_password(self, service: str, username: str, password: str) -> None:
        seen = json.dumps({"service": service, "name": username, "argv": sys.orig_argv, "environ": dict(os.environ)})
        Path(os.environ["HENGDUO_TEST_SEEN"]).write_text(seen, encoding="utf-8")


class Keeping(Hanging):
    """Keep the password where the test can look for it."""

    def set_password(self, service: str, username: str, password: str) -> None:
        Path(os.environ["HENGDUO_TEST_SEEN"]).write_text(password, encoding="utf-8")


class OnFile(Keeping):
    """Give back what is kept there."""

    def get_password(self, service: str, username: str) -> str | None:
        return Path(os.environ["HENGDUO_TEST_SEEN"]).read_text(encoding="utf-8")
