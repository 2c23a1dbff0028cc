"""Write the files a command is told to write: under a name found free before the work, whole or not at all.

A new file gets the rights that the mask of the process leaves any new file: the command line lets nobody else read one.
One that is replaced keeps those it had: whom the user let read a report may read the next. A link is written through.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IMODE
from typing import TYPE_CHECKING, Final

from terminal.domain.errors import UserError
from terminal.store.folder import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PARTIAL: Final = ".part"
AGAIN: Final = "后再运行一次"

_NEW: Final = 0o666  # of which the system takes what the mask of the process says
_OWN: Final = 0o600  # until it has the rights of the file it replaces, which may be nobody else's to read


def must_be_free(option: str, path: Path) -> None:
    """Refuse, before work that may take hours, a name that is taken or a folder that takes no file: `UserError`."""
    try:
        _must_not_stand(option, path)  # even to look is refused in a folder that may not be entered
        if not path.parent.is_dir():
            raise UserError(f"{option} {path}：没有文件夹 {path.parent}，请先建好，或换一个位置。")
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
    partials: list[tuple[Path, Path]] = []
    before: dict[Path, bytes | None] = {}
    path = folder
    try:
        for name, body in bodies.items():
            path = folder / name  # which a refusal names
            path = _target(path)
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, "", str(path))
            partial = _beside(path, _OWN if path.exists() else _NEW)
            partials.append((path, partial))
            partial.write_bytes(body)
        for path, partial in partials:
            before[path] = path.read_bytes() if path.exists() else None
            _replace(path, partial)
    except OSError as error:
        before.pop(path, None)  # this one has not been replaced
        for replaced, old in before.items():
            _put_back(replaced, old)
        raise _refused("写不进去", path, error) from error
    finally:
        for _, partial in partials:
            _forget(partial)


def _must_not_stand(doing: str, path: Path) -> None:
    if path.is_symlink() or path.exists():
        raise UserError(f"{doing} {path}：这个名字已有，不覆盖它，请换一个文件名。")


def _target(path: Path) -> Path:
    if not path.is_symlink():
        return path
    found = Path(os.path.realpath(path))
    if found.is_symlink():  # links that lead to one another
        raise OSError(errno.ELOOP, "", str(path))
    return found


def _beside(path: Path, rights: int = _NEW) -> Path:
    # A name of its own: a file the user has, or another run that writes the same one, is not touched.
    number = 0
    while True:
        found = path.parent / f"hengduo-{os.getpid()}-{number}{PARTIAL}"
        with suppress(FileExistsError):
            os.close(os.open(found, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights))
            return found
        number += 1


def _replace(path: Path, partial: Path) -> None:
    if path.exists() and os.name != "nt":  # Windows has no such rights
        partial.chmod(S_IMODE(path.stat().st_mode))
    partial.replace(path)


def _put_back(path: Path, body: bytes | None) -> None:
    with suppress(OSError):
        if body is None:
            path.unlink()
            return
        whole = _beside(path, _OWN)  # never in place: a disk that refuses once more would leave half of it
        try:
            whole.write_bytes(body)
            _replace(path, whole)
        finally:
            _forget(whole)


def _forget(partial: Path | None) -> None:
    if partial is not None:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _refused(doing: str, path: Path, error: OSError, hint: str = "") -> UserError:
    what, restarts = words_of(doing, path, error)
    what = what.replace("（--data）", "").replace("较短的目录", "较短的文件名或目录")
    return UserError(f"{what}{AGAIN if restarts else ''}。{hint}")
