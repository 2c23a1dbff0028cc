"""Write the files a command is told to write: under a name found free before the work, whole or not at all."""

from __future__ import annotations

import errno
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from terminal.domain.errors import UserError
from terminal.store.folder import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PARTIAL: Final = ".part"


def must_be_free(option: str, path: Path) -> None:
    """Refuse, before work that may take hours, a name that is taken or a folder that takes no file: `UserError`."""
    _must_not_stand(option, path)
    if not path.parent.is_dir():
        raise UserError(f"{option} {path}：没有文件夹 {path.parent}，请先建好，或换一个位置。")
    probe = path.with_name(f"{path.name}{PARTIAL}")
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(*words_of(f"{option} 写不成", path, error)) from error


def _must_not_stand(doing: str, path: Path) -> None:
    if path.is_symlink() or path.exists():
        raise UserError(f"{doing} {path}：这个名字已有，不覆盖它，请换一个文件名。")


@contextmanager
def new_file(doing: str, path: Path) -> Iterator[Path]:
    """Give a path to write to, which becomes `path` at the end; a disk that refuses or a taken name: `UserError`."""
    partial = path.with_name(f"{path.name}{PARTIAL}")
    try:
        yield partial
        _must_not_stand(doing, path)
        partial.rename(path)
    except OSError as error:
        raise UserError(*words_of(doing, path, error)) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def replace_all(folder: Path, bodies: Mapping[str, bytes]) -> None:
    """Write files that belong together: none takes its place before all are on the disk; a refusal is a `UserError`."""
    partials = {name: folder / f"{name}{PARTIAL}" for name in bodies}
    path = folder
    try:
        for name, body in bodies.items():
            path = folder / name
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, "", str(path))
            partials[name].write_bytes(body)
        for name, partial in partials.items():
            path = folder / name
            partial.replace(path)
    except OSError as error:
        raise UserError(*words_of("写不进去", path, error)) from error
    finally:
        for partial in partials.values():
            with suppress(OSError):
                partial.unlink(missing_ok=True)
