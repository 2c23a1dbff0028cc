"""Say what this machine lacks and the one line that mends it.

This file uses the standard library alone: `make` runs it with the bare system Python, before there is an
environment (`python3 -I terminal/commands/doctor.py --fix`), and once more inside it, where it sees further.
A required thing that is missing stops the set-up; anything else is said and left to the machine's owner.
"""

from __future__ import annotations

import ctypes
import importlib.util
import locale
import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from dataclasses import asdict, dataclass
from enum import Enum
from json import dumps
from pathlib import Path
from typing import Final

OLDEST_PYTHON: Final = (3, 11)
OLDEST_SQLITE: Final = (3, 37, 0)  # STRICT tables
OLDEST_GLIBC: Final = (2, 34)  # the Qt wheels are built for it; pip only says that it finds no distribution
DISK_LEAST: Final = 200_000_000
DISK_ENOUGH: Final = 2_000_000_000
FONT_PACKAGE: Final = "fonts-wqy-microhei"

# Found with objdump over every Qt library and plug-in that the desk loads; each Debian package stands once.
QT_LIBRARIES: Final = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libbrotlidec.so.1": "libbrotli1",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libX11.so.6": "libx11-6",
    "libzstd.so.1": "libzstd1",
}
SCREEN_LIBRARIES: Final = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",  # without it Qt claims that xcb-cursor0 is missing, and aborts
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
PACKAGES: Final = (
    "cryptography",
    "keyring",
    "msgspec",
    "numpy",
    "pandas",
    "platformdirs",
    "PySide6",
    "pyqtgraph",
    "sqlalchemy",
    "typer",
    "websockets",
)


class Status(str, Enum):  # noqa: UP042  # StrEnum came with 3.11; the doctor must still run on what it refuses
    """Tell how a finding bears on the set-up."""

    FINE = "正常"
    NOTE = "注意"
    MISSING = "缺失"


@dataclass(frozen=True)
class Finding:
    """Hold one thing looked at; `mend` is the one line that helps, `packages` what apt may install."""

    name: str
    status: Status
    text: str
    mend: str = ""
    packages: tuple[str, ...] = ()


def doctor(*, fix: bool = False, json: bool = False) -> None:
    """Say what this machine lacks (libraries, fonts, keyring, locale) and the one line that mends it.

    With --fix, root on Debian or Ubuntu installs what is missing; anybody else is told the one line.
    Ends with exit code 1 when something required is missing.
    """
    findings = examine()
    if fix and any(finding.packages for finding in findings) and _may_install():
        _install([package for finding in findings for package in finding.packages])
        findings = examine()
    report(findings, json=json)
    if any(finding.status is Status.MISSING for finding in findings):
        raise SystemExit(1)


def examine() -> list[Finding]:
    """Look at everything that can be looked at from here: inside the environment more than before it."""
    findings = [check_python(), check_sqlite()]
    findings += check_environment()
    if sys.platform.startswith("linux"):
        findings += [check_glibc(), check_qt(), check_screen(), check_font(), check_locale()]
    findings.append(check_disk(Path.home()))
    return findings


def report(findings: list[Finding], *, json: bool) -> None:
    """Print the findings, one line each or as one JSON object, and the one apt line for all of them."""
    missing = any(finding.status is Status.MISSING for finding in findings)
    packages = sorted({package for finding in findings for package in finding.packages})
    if json:
        rows = [{**asdict(finding), "status": finding.status.name.lower()} for finding in findings]
        print(dumps({"ok": not missing, "findings": rows, "apt": _apt_line(packages)}, ensure_ascii=False))
        return
    for finding in findings:
        mend = f"  → {finding.mend}" if finding.mend else ""
        _say(f"{finding.status.value}  {finding.name}：{finding.text}{mend}")
    if packages:
        _say(f"一行补齐：{_apt_line(packages)}")


def check_python() -> Finding:
    """Refuse a Python older than the oldest we support."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < OLDEST_PYTHON:
        wanted = ".".join(str(part) for part in OLDEST_PYTHON)
        return Finding(
            "Python",
            Status.MISSING,
            f"{version}，需要 {wanted} 以上",
            f"安装 Python {wanted} 后以 make PYTHON=python{wanted} 重来",
        )
    return Finding("Python", Status.FINE, version)


def check_sqlite() -> Finding:
    """Refuse a Python built without SQLite, or with one too old for the journal."""
    try:
        from sqlite3 import sqlite_version, sqlite_version_info  # absent in some builds
    except ImportError:
        return Finding("SQLite", Status.MISSING, "这个 Python 没有 sqlite3 模块", "改用发行版自带的 python3")
    if sqlite_version_info < OLDEST_SQLITE:
        wanted = ".".join(str(part) for part in OLDEST_SQLITE)
        return Finding("SQLite", Status.MISSING, f"{sqlite_version}，需要 {wanted} 以上", "改用较新的 Python")
    return Finding("SQLite", Status.FINE, sqlite_version)


def check_glibc() -> Finding:
    """Refuse a system older than the Qt wheels, or one with another C library."""
    name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    found = tuple(int(part) for part in version.split(".") if part.isdigit())
    if name != "glibc" or found < OLDEST_GLIBC:
        wanted = ".".join(str(part) for part in OLDEST_GLIBC)
        text = f"{version or '不是 glibc'},Qt 需要 glibc {wanted} 以上"
        return Finding("glibc", Status.MISSING, text, "改用 Debian 12、Ubuntu 22.04 或更新的系统")
    return Finding("glibc", Status.FINE, version)


def check_environment() -> list[Finding]:
    """Look for the packages inside an environment, and for the means to make one outside."""
    if sys.prefix != sys.base_prefix:
        absent = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
        if absent:
            text = f"环境里没有 {' '.join(absent)}"
            return [Finding("依赖包", Status.MISSING, text, "pip install --require-hashes -r requirements.lock")]
        return [Finding("依赖包", Status.FINE, f"{len(PACKAGES)} 个都在"), check_keyring()]
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        package = ("python3-venv",) if shutil.which("apt-get") else ()
        text = "这个 Python 不能建虚拟环境"
        return [Finding("venv", Status.MISSING, text, _apt_line(["python3-venv"]), package)]
    return [Finding("venv", Status.FINE, "可以建虚拟环境")]


def check_keyring() -> Finding:
    """Say whether passwords can be kept by the system; without that they must be typed at each start."""
    import keyring  # only there inside the environment

    backend = keyring.get_keyring()
    name = f"{type(backend).__module__}.{type(backend).__name__}"
    if backend.priority <= 0:
        text = "没有系统密钥环，口令不落盘，每次启动需要输入"
        return Finding("密钥环", Status.NOTE, text, "在桌面会话里安装：apt-get install gnome-keyring")
    return Finding("密钥环", Status.FINE, name)


def check_qt() -> Finding:
    """Load every system library that Qt's own libraries name."""
    absent = _absent(QT_LIBRARIES)
    if absent:
        return _libraries("Qt 系统库", Status.MISSING, absent, QT_LIBRARIES)
    return Finding("Qt 系统库", Status.FINE, f"{len(QT_LIBRARIES)} 个都能加载")


def check_screen() -> Finding:
    """Load what Qt needs for an X screen; without a screen the desk still runs offscreen.

    Qt aborts the process when its platform plug-in cannot be loaded, so this is looked at before any window.
    """
    absent = _absent(SCREEN_LIBRARIES)
    if absent:
        status = Status.MISSING if os.environ.get("DISPLAY") else Status.NOTE
        return _libraries("Qt 屏幕库", status, absent, SCREEN_LIBRARIES)
    lack = no_screen()
    if lack:
        return Finding("屏幕", Status.NOTE, f"{lack}，工作台将离屏运行", "在图形会话里启动，或 ssh -X")
    return Finding("屏幕", Status.FINE, os.environ.get("WAYLAND_DISPLAY") or os.environ["DISPLAY"])


def no_screen() -> str:
    """Return why a Linux desk could not show a window here; empty when it could."""
    if os.environ.get("WAYLAND_DISPLAY"):
        return ""
    if not os.environ.get("DISPLAY"):
        return "没有 DISPLAY"
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return "没有 libX11"
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XOpenDisplay.argtypes = [ctypes.c_char_p]
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    display = x11.XOpenDisplay(None)
    if not display:
        return f"DISPLAY={os.environ['DISPLAY']} 连不上"
    x11.XCloseDisplay(display)
    return ""


def check_font() -> Finding:
    """Look for a font with Chinese glyphs: the one we ship, or one of the system's."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "resources" / "fonts", package.parent / "resources" / "fonts"):
        if any(folder.glob("*.[ot]tf")):
            return Finding("中文字体", Status.FINE, "自带")
    count = count_fonts(":lang=zh-cn")
    if count:
        return Finding("中文字体", Status.FINE, f"系统有 {count} 款")
    packages = (FONT_PACKAGE,) if shutil.which("apt-get") else ()
    return Finding("中文字体", Status.NOTE, "没有，汉字会显示为方框", _apt_line([FONT_PACKAGE]), packages)


def count_fonts(pattern: str) -> int:
    """Return how many fonts fontconfig knows for a pattern such as `:lang=zh-cn`; 0 without fontconfig."""
    try:
        config = ctypes.CDLL("libfontconfig.so.1")
    except OSError:
        return 0

    class FontSet(ctypes.Structure):
        _fields_ = (("nfont", ctypes.c_int), ("sfont", ctypes.c_int), ("fonts", ctypes.c_void_p))

    pointer = ctypes.c_void_p
    config.FcInitLoadConfigAndFonts.restype = pointer
    config.FcNameParse.restype = pointer
    config.FcNameParse.argtypes = [ctypes.c_char_p]
    config.FcObjectSetCreate.restype = pointer
    config.FcFontList.restype = ctypes.POINTER(FontSet)
    config.FcFontList.argtypes = [pointer, pointer, pointer]
    # A fresh configuration each time: the first of the process does not see a font installed a moment ago.
    # What is allocated here is small and is left to the end of the process.
    fonts = config.FcFontList(
        config.FcInitLoadConfigAndFonts(), config.FcNameParse(pattern.encode()), config.FcObjectSetCreate()
    )
    return int(fonts.contents.nfont) if fonts else 0


def check_locale() -> Finding:
    """Say whether text goes out as UTF-8; Python falls back to it by itself where the locale is plain C."""
    try:
        locale.setlocale(locale.LC_CTYPE, "")
    except locale.Error:
        return Finding("字符集", Status.NOTE, f"系统没有 LANG={os.environ.get('LANG')}", "export LANG=C.UTF-8")
    encoding = sys.stdout.encoding or "未知"
    if encoding.lower().replace("-", "") != "utf8":
        return Finding("字符集", Status.NOTE, f"{encoding}，汉字可能显示不出", "export LANG=C.UTF-8")
    return Finding("字符集", Status.FINE, "UTF-8")


def check_disk(folder: Path) -> Finding:
    """Refuse a disk without room for a day's journal and tape."""
    free = shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free
    text = f"{folder} 所在磁盘剩余 {free / 1e9:.1f} GB"
    if free < DISK_LEAST:
        return Finding("磁盘", Status.MISSING, text, f"至少腾出 {DISK_LEAST // 1_000_000} MB")
    if free < DISK_ENOUGH:
        return Finding("磁盘", Status.NOTE, text, f"建议留 {DISK_ENOUGH // 1_000_000_000} GB 以上")
    return Finding("磁盘", Status.FINE, text)


def _absent(libraries: dict[str, str]) -> list[str]:
    return [library for library in libraries if not _loads(library)]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _libraries(name: str, status: Status, absent: list[str], table: dict[str, str]) -> Finding:
    packages = [table[library] for library in absent]
    known = tuple(packages) if shutil.which("apt-get") else ()
    return Finding(name, status, f"缺 {' '.join(absent)}", _apt_line(packages), known)


def _may_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(packages: list[str]) -> None:
    # Logs go to standard error, so that `--json` stays one object. A failure shows in the second examination.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
        command = ["apt-get", *words]
        print("+", *command, file=sys.stderr, flush=True)
        subprocess.run(command, env=environment, stdout=sys.stderr, check=False)  # noqa: S603  # words are ours


def _apt_line(packages: list[str]) -> str:
    if not packages:
        return ""
    if not shutil.which("apt-get"):
        return f"用系统的包管理器安装（Debian 名称）{' '.join(packages)}"
    become_root = "" if hasattr(os, "geteuid") and os.geteuid() == 0 else "sudo "
    return f"{become_root}apt-get update && {become_root}apt-get install -y {' '.join(packages)}"


def _say(line: str) -> None:
    # A terminal that cannot show Chinese still gets the package names.
    encoding = sys.stdout.encoding or "ascii"
    print(line.encode(encoding, "replace").decode(encoding))


if __name__ == "__main__":
    parser = ArgumentParser(description="Say what this machine lacks and the one line that mends it.")
    parser.add_argument("--fix", action="store_true", help="install what is missing (root on Debian or Ubuntu)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    doctor(fix=options.fix, json=options.json)
