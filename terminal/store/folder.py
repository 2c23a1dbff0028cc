"""Make and keep the folders that data lies in, and say what the system has against it; light, for starts and kills."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from terminal.domain.errors import UserError
from terminal.domain.words.system import system_said

RESTART: Final = "后重新启动"

_HERE: Final = {  # of a folder to be made, or a file to be written
    errno.EEXIST: "这里要的是目录，已有同名的文件",
    errno.EISDIR: "这里要的是文件，已有同名的目录",
}
_REMEDIES: Final = {
    errno.EROFS: "请换一个可写的目录（--data），或解除磁盘的只读状态",
    errno.EACCES: "请检查目录的权限，或换一个目录（--data）",
    errno.EPERM: "请检查目录的权限，或换一个目录（--data）",
    errno.ENOSPC: "请腾出空间",
    errno.EDQUOT: "请腾出空间",
    errno.EFBIG: "请放宽这个限制，或换一个目录（--data）",
    errno.ENAMETOOLONG: "请换一个较短的目录（--data）",
    errno.EEXIST: "请移走那个文件，或换一个目录（--data）",
    errno.ENOTDIR: "请移走那个文件，或换一个目录（--data）",
    errno.EISDIR: "请移走那个目录",
    errno.EIO: "请检查磁盘",
}
_RESTARTS: Final = frozenset((errno.EROFS, errno.ENOSPC, errno.EDQUOT))


def words_of(doing: str, path: Path, error: OSError) -> tuple[str, str]:
    """Return what a `UserError` says of an error of the system: what failed, where, why, what to do; and then."""
    code = error.errno or 0
    what, remedy = _HERE.get(code) or system_said(error), _REMEDIES.get(code, "请检查路径、磁盘空间与权限")
    return f"{doing}：{path}：{what}。{remedy}", RESTART if code in _RESTARTS else ""


def make_folder(doing: str, folder: Path, option: str = "--data") -> None:
    """Make a folder and those above it; what keeps the system from it is a `UserError`, which names the option."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what, then = words_of(doing, folder, error)
        raise UserError(what.replace("--data", option), then) from error


def sync_folder(folder: Path) -> None:
    """Wait until the disk has a folder's names; Windows keeps them by itself and cannot be asked."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
