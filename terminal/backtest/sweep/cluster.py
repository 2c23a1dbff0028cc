"""Send the points of a sweep to a Dask scheduler: the same function, on other machines.

Dask is part of the `research` extra and is imported only here. The workers must have this very program installed and
find the recording under the same path; the plan travels with the points.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeVar

from terminal.domain.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
R = TypeVar("R")

SECONDS: Final = 10  # how long a scheduler may take to answer
ADDRESS: Final = re.compile(r"(tcp|tls)://[^/\s]+:\d{1,5}|inproc://\S+")


def spread(
    address: str,
    act: Callable[[T], R],
    tasks: Sequence[T],
    *,
    lost: Callable[[T], R],
    told: Callable[[int], None],
) -> list[R]:
    """Return what `act` makes of each task, in the order of the tasks; `told` hears how many are done.

    No Dask here, nobody at the address, or a worker that lacks the program is a `UserError`.
    """
    try:
        dask: Any = import_module("distributed")  # an extra, slow to import, half of it without types
    except ImportError:
        raise UserError(
            "这里没有 Dask：请去掉 --dask，或用 pip install -e '.[research]' 装上（安装包里不带）。"
        ) from None
    if not ADDRESS.fullmatch(address):
        raise UserError(f"--dask {address} 不是 Dask 调度器的地址，应写成 tcp://主机:端口。")
    try:
        client = dask.Client(address, timeout=SECONDS)
    except OSError as problem:
        raise UserError(f"连不上 Dask 调度器 {address}（{problem}），请核对地址与网络。") from problem
    found: dict[int, R] = {}
    with client:
        futures = {client.submit(act, task, pure=False): place for place, task in enumerate(tasks)}
        for future in dask.as_completed(futures):
            place = futures[future]
            try:
                found[place] = future.result()
            except dask.KilledWorker:
                found[place] = lost(tasks[place])
            except ImportError as problem:
                raise UserError(f"Dask 的工作进程上没有装同一版本的衡舵（{problem}），请在各机器上装好。") from problem
            told(len(found))
    return [found[place] for place in range(len(tasks))]
