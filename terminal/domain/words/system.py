"""Say in the person's language what the system has against something: the one place for it."""

from __future__ import annotations

import errno
from typing import Final

_SAID: Final = {
    errno.ENOENT: "没有这个文件",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EISDIR: "这是目录，不是文件",
    errno.ENOTDIR: "路径中有一段是文件，不是目录",
    errno.EEXIST: "已有同名的文件",
    errno.ENAMETOOLONG: "路径太长",
    errno.ELOOP: "符号链接绕成了圈",
    errno.EFBIG: "文件太大，超过了系统许可的大小",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EROFS: "磁盘是只读的",
    errno.EIO: "磁盘读写出错",
    errno.EBUSY: "正被别的程序占用",
    errno.EMFILE: "打开的文件太多",
    errno.ENFILE: "打开的文件太多",
    errno.ENOMEM: "内存不足",
    errno.EADDRINUSE: "端口已被占用",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
    errno.ECONNREFUSED: "对方没有在那里等候连接",
    errno.ECONNRESET: "连接被对方断开",
    errno.ECONNABORTED: "连接中断",
    errno.EPIPE: "连接被对方断开",
    errno.ETIMEDOUT: "等得太久，没有回音",
    errno.EHOSTUNREACH: "到不了那台机器",
    errno.ENETUNREACH: "网络不通",
}


def system_said(problem: Exception) -> str:
    """Return in a few words what the system says; what has no words here, or was not said by it, in its own."""
    if not isinstance(problem, OSError):
        return str(problem)
    return _SAID.get(problem.errno or 0) or problem.strerror or str(problem)
