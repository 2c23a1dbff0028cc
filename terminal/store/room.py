"""Find out whether a disk takes something again, by writing: only that asks about space, quota and rights at once."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from terminal.domain.errors import UserError
from terminal.store.folder import words_of

SIZE: Final = 1024 * 1024  # bytes: what would not fit here would not be followed for long either


def find_room(doing: str, folder: Path) -> None:
    """Write a file into a folder and take it away again; what the system has against it is a `UserError`."""
    path = folder / f"room.{os.getpid()}"
    try:
        with path.open("wb") as file:
            file.write(bytes(SIZE))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UserError(*words_of(doing, folder, error)) from error
    finally:
        with suppress(OSError):
            path.unlink()
