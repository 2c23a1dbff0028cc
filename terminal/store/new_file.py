"""Write the files a command is told to write: under a name found free before the work, whole or not at all."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING, Final

from terminal.domain.errors import UserError
from terminal.store.folder import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PARTIAL: Final = ".part"
AGAIN: Final = "后再运行一次"


def must_be_free(option: str, path: Path) -> None:
    """Refuse, before work that may take hours, a name that is taken or a folder that takes no file: `UserError`."""
    _must_not_stand(option, path)
    if not path.parent.is_dir():
        raise UserError(f"{option} {path}：没有文件夹 {path.parent}，请先建好，或换一个位置。")
    try:
        _beside(path).unlink()
    except OSError as error:
        raise _refused(f"{option} 写不成", path, error) from error


@contextmanager
def new_file(doing: str, path: Path, hint: str = "") -> Iterator[Path]:
    """Give a path to write to, which becomes `path` at the end; a disk that refuses or a taken name: `UserError`.

    `hint` is a sentence the refusal of a disk ends with: where else what could not be written still is.
    """
    partial = None
    try:
        partial = _beside(path)
        yield partial
        _must_not_stand(doing, path)
        partial.rename(path)
    except OSError as error:
        raise _refused(doing, path, error, hint) from error
    finally:
        _forget(partial)


def replace_all(folder: Path, bodies: Mapping[str, bytes]) -> None:
    """Write files that belong together, all of them or none: a refusal is a `UserError`, and what was there is back."""
    partials: dict[Path, Path] = {}
    before: dict[Path, bytes | None] = {}
    path = folder
    try:
        for name, body in bodies.items():
            path = folder / name
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, "", str(path))
            partials[path] = _beside(path)
            partials[path].write_bytes(body)
        for path, partial in partials.items():
            before[path] = path.read_bytes() if path.exists() else None
            partial.replace(path)
    except OSError as error:
        before.pop(path, None)  # this one has not been replaced
        for replaced, old in before.items():
            _put_back(replaced, old)
        raise _refused("写不进去", path, error) from error
    finally:
        for partial in partials.values():
            _forget(partial)


def _must_not_stand(doing: str, path: Path) -> None:
    if path.is_symlink() or path.exists():
        raise UserError(f"{doing} {path}：这个名字已有，不覆盖它，请换一个文件名。")


def _beside(path: Path) -> Path:
    # A name of its own: a file the user has, or another run that writes the same one, is not touched.
    handle, name = mkstemp(suffix=PARTIAL, prefix="hengduo-", dir=path.parent)
    os.close(handle)
    return Path(name)


def _put_back(path: Path, body: bytes | None) -> None:
    with suppress(OSError):
        if body is None:
            path.unlink()
            return
        whole = _beside(path)  # never in place: a disk that refuses once more would leave half of it
        try:
            whole.write_bytes(body)
            whole.replace(path)
        finally:
            _forget(whole)


def _forget(partial: Path | None) -> None:
    if partial is not None:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _refused(doing: str, path: Path, error: OSError, hint: str = "") -> UserError:
    what, restarts = words_of(doing, path, error)
    return UserError(f"{what.replace('（--data）', '')}{AGAIN if restarts else ''}。{hint}")
