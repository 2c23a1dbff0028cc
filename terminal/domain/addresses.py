"""Read the addresses (主机:端口) that programs listen at and connect to, and say why one cannot be used."""

from __future__ import annotations

import errno
from ipaddress import ip_address

from terminal.domain.errors import UserError
from terminal.domain.words.system import system_said


def read_address(option: str, text: str) -> tuple[str, int]:
    """Return the host and port given for an option; anything else is a `UserError`."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UserError(f"{option} {text} 应写成 主机:端口，例如 127.0.0.1:7801。")
    return host.removeprefix("[").removesuffix("]"), int(port)  # brackets: an IPv6 address


def is_loopback(host: str) -> bool:
    """Return whether only this machine can connect to a host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def cannot_listen(host: str, port: int, problem: OSError) -> UserError:
    """Return what to tell whoever asked to listen there."""
    if problem.errno == errno.EADDRINUSE:
        return UserError(f"端口 {host}:{port} 已被占用，请停止占用它的程序，或用 --listen 换一个端口。")
    return UserError(f"不能在 {host}:{port} 上监听（{system_said(problem)}），请检查 --listen。")
