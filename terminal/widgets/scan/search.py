"""Have the minutes that this machine's runner recorded scanned in a process of its own, and hold what it found.

Measuring a market of pairs takes seconds: in this process, on whatever thread, the window would stand still for them.
The process is `hengduo scan`; it reads what the runner wrote beside its journal, and sends nothing to anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from PySide6.QtCore import QObject, Signal

from terminal.domain.errors import BEFORE_WORDS
from terminal.widgets.parts.errand import Errand
from terminal.widgets.scan.found import Found

ELSEWHERE: Final = "运行器不在这台机器上，工作台读不到它记下的行情；请在它所在的机器上运行 hengduo scan --data 目录。"
CANCELLED: Final = "已停止扫描，下面还是上一次的结果。"
NOT_DONE: Final = "没有扫描成，请再扫描一次。"

Words = Callable[[], list[str]]


class ScanSearch(QObject):
    """Do one at a time; `changed` tells that `sentence`, `runs` or `found` is another. UI thread only."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: Words | None = None
        self._errand = Errand(self)
        self._errand.over.connect(self._take)
        self._errand.failed.connect(self._fail)
        self._errand.waited.connect(lambda seconds: self._say(f"正在扫描，已 {seconds} 秒…"))
        self.found: Found | None = None
        self.sentence, self.is_bad = "", False

    def read_by(self, words: Words) -> None:
        """Take how the process is started: its command line."""
        self._words = words
        self.changed.emit()

    @property
    def why_not(self) -> str:
        """Return why nothing can be scanned at this desk; empty where it can."""
        return "" if self._words is not None else ELSEWHERE

    @property
    def runs(self) -> bool:
        """Return whether a scan is under way."""
        return self._errand.runs

    def start(self) -> None:
        """Scan; while a scan is under way another is not begun."""
        if self._words is not None and not self.runs:
            self._errand.begin(self._words())
            self._say("")

    def cancel(self) -> None:
        """Give the scan up; what was found before stands."""
        if self.runs:
            self._errand.cancel()
            self._say(CANCELLED if self.found is not None else "")

    def _take(self, code: int, printed: bytes, said: str) -> None:
        if code:
            self._say(said.removeprefix(BEFORE_WORDS) or NOT_DONE, bad=True)
            return
        try:
            self.found = msgspec.json.decode(printed, type=Found)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            self._say(f"扫描的结果读不懂（{problem}）；请再扫描一次。", bad=True)
            return
        self._say("")

    def _fail(self, why: str) -> None:
        self._say(f"扫描的程序启动不了（{why}）；请重新打开本程序再试。", bad=True)

    def _say(self, sentence: str, *, bad: bool = False) -> None:
        self.sentence, self.is_bad = sentence, bad
        self.changed.emit()
