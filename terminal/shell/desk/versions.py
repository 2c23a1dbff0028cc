"""Say of a runner of this machine that it is another version of this program, and what its person can do about it.

It is a hidden child of this very program, left from before the program was exchanged. Nobody upgrades it but by ending
it, as at closing, and starting it anew; only its last desk may.
"""

from __future__ import annotations

from typing import Final

from terminal.engine.state import FOLD_VERSION
from terminal.shell.desk.loss import NOT_STARTED

OTHER: Final = "版本不同，只能看"


def of_own_runner(theirs: int, *, others: int | None, is_starting: bool, not_started: str) -> str:
    """Return the sentence for a desk that is connected to one which folds by version `theirs`.

    `others` are the desks there besides this one, `None` where it does not say; `not_started` is why the last attempt
    to start it anew came to nothing.
    """
    is_newer = theirs > FOLD_VERSION
    what = f"本机运行器的版本比本程序{'新' if is_newer else '旧'}"
    if is_starting:
        return f"{what}：正在结束它，再启动本程序的运行器；策略从日志接着运行"
    todo = "请改用新版程序打开，或重新启动它、换成本程序的版本" if is_newer else "请重新启动它，换成本程序的版本"
    if others:
        todo = f"另有 {others} 台工作台连着，请先关闭它们；然后{todo}"
    failed = f"；{NOT_STARTED}{not_started}" if not_started else ""
    return f"{what}：策略照常运行，这里停在旧状态、不能下单；{todo}{failed}"
