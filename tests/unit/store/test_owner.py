"""The lock of a data folder names its holder, and knows when it is no longer the folder's."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from terminal.store.owner import OWNER_FILE, Owner, is_owned, owner_of


def test_a_starter_that_came_between_the_two_steps_is_not_named_instead_of_the_holder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    came: list[str] = []

    class Overtaken(sqlite3.Connection):
        """Let another starter's first step through after its own first step, once."""

        def execute(self, words: str, *rest: Any) -> sqlite3.Cursor:
            done = super().execute(words, *rest)
            if words == "COMMIT" and not came:
                with closing(really(tmp_path / OWNER_FILE)) as other, other:
                    other.execute("UPDATE owner SET pid = 1")
                came.append(owner_of(tmp_path))
            return done

    really = sqlite3.connect

    def overtaken(*words: Any, **more: Any) -> sqlite3.Connection:
        return really(*words, factory=Overtaken, **more)

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", overtaken)
        owner = Owner(tmp_path)
    try:
        assert came == ["1"]
        assert (owner_of(tmp_path), is_owned(tmp_path)) == (str(os.getpid()), True)
    finally:
        owner.release()


def deleted(data: Path) -> None:
    shutil.rmtree(data)


def moved(data: Path) -> None:
    data.rename(data.with_name("moved"))


def made_anew(data: Path) -> None:
    moved(data)
    data.mkdir()
    Owner(data).release()


@pytest.mark.parametrize("lose", [deleted, moved, made_anew])
def test_an_owner_knows_whether_its_folder_is_another_by_now(tmp_path: Path, lose: Callable[[Path], None]) -> None:
    data = tmp_path / "data"
    data.mkdir()
    owner = Owner(data)
    try:
        (data / "more").write_text("what else lies there is no matter")
        assert not owner.is_lost()
        lose(data)
        assert owner.is_lost()
    finally:
        owner.release()
