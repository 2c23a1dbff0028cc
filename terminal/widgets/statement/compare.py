"""Compare a statement with the journal of this machine's runner in a process of its own, and hand the result in.

Reading a year's journal takes seconds: in this process, on whatever thread, the window would stand still for them.
The process is `hengduo reconcile`; what it finds is handed in as this person's wish, over the wire like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QObject, Signal

from terminal.domain.commands import HandInStatement, RefuseStatement
from terminal.domain.errors import BEFORE_WORDS
from terminal.domain.fact.statement import StatementRefusal, StatementResult
from terminal.domain.ids import AccountId, CommandId
from terminal.widgets.parts.errand import Errand

if TYPE_CHECKING:
    from terminal.engine.screen import Hand, ResultLine

COMPARED: Final = frozenset({0, 1})  # how `hengduo reconcile` ends where it did: all agrees, or something differs
ELSEWHERE: Final = (
    "运行器不在这台机器上，工作台读不到它的日志；"
    "请在它所在的机器上运行 hengduo reconcile 结算单.txt --data 目录 --hand-in。"
)

Words = Callable[[Path], list[str]]


class _Found(msgspec.Struct, frozen=True):
    account: AccountId
    result: StatementResult


class _Refused(msgspec.Struct, frozen=True):
    account: AccountId
    refusal: StatementRefusal


class StatementImport(QObject):
    """Do one at a time; `changed` tells that `sentence` or `runs` is another. UI thread only."""

    changed = Signal()

    def __init__(self, hand: Hand, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hand = hand
        self._words: Words | None = None
        self._name = ""
        self._errand = Errand(self)
        self._errand.over.connect(self._take)
        self._errand.failed.connect(self._fail)
        self._errand.waited.connect(lambda seconds: self._say(f"正在核对 {self._name}，已 {seconds} 秒…"))
        self._sent: CommandId | None = None
        self._refused = ""  # what is wrong with the statement that is on the way
        self.sentence, self.is_bad = "", False

    def read_by(self, words: Words) -> None:
        """Take how the process is started: its command line for a statement."""
        self._words = words
        self.changed.emit()

    @property
    def why_not(self) -> str:
        """Return why nothing can be imported at this desk; empty where it can."""
        return "" if self._words is not None else ELSEWHERE

    @property
    def is_comparing(self) -> bool:
        """Return whether a statement is being compared, which can be given up."""
        return self._errand.runs

    @property
    def runs(self) -> bool:
        """Return whether a statement is being compared, or its result is on the way."""
        return self._errand.runs or self._sent is not None

    def start(self, statement: Path) -> None:
        """Compare a statement; while one is being compared another is not begun."""
        if self._words is None or self.runs:
            return
        self._name = statement.name
        self._errand.begin(self._words(statement))
        self._say("")

    def cancel(self) -> None:
        """Give the comparing up; a result that is on the way is not taken back."""
        if self._errand.runs:
            self._errand.cancel()
            self._say(f"已取消，{self._name} 没有核对。")

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of the result."""
        for one in results:
            if one.command == self._sent and one.code != "UNANSWERED":
                self._sent = None
                self._say(f"{self._name}：{self._refused}{one.sentence}", bad=bool(self._refused) or not one.ok)

    def _take(self, code: int, printed: bytes, said: str) -> None:
        self._refused = ""
        if code not in COMPARED:
            self._tell_failed(said.removeprefix(BEFORE_WORDS), printed)
            return
        try:
            found = msgspec.json.decode(printed, type=_Found)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            self._say(f"{self._name}：核对的结果读不懂（{problem}），没有登记；请重新导入。", bad=True)
            return
        self._sent = self._hand.send(HandInStatement(account=found.account, result=found.result))
        self._say(f"{self._name} 已核对，正在登记…")

    def _tell_failed(self, said: str, printed: bytes) -> None:
        self._say(f"{self._name}：{said or '没有核对成，请重新导入。'}", bad=True)
        try:
            found = msgspec.json.decode(printed, type=_Refused)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return  # it was no statement of anybody's, and concerns this person alone
        self._refused = said
        self._sent = self._hand.send(RefuseStatement(account=found.account, refusal=found.refusal))
        self.changed.emit()

    def _fail(self, why: str) -> None:
        self._say(f"{self._name}：核对的程序启动不了（{why}），没有核对；请重新打开本程序再试。", bad=True)

    def _say(self, sentence: str, *, bad: bool = False) -> None:
        self.sentence, self.is_bad = sentence, bad
        self.changed.emit()
