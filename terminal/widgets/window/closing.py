"""Ask, before the last desk of an embedded runner goes, what becomes of the strategies that still run.

Only the last desk is asked, for only it can stop the runner. Another desk may come in while the question stands: what
the runner answers is true, and where it goes on, that is said before the window closes. A desk that does not know yet
what runs there asks all the same; one that has not reached the runner yet, or no longer hears it, cannot stop it, and
says so: a runner that was frozen trades on when it breathes again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.words.terms import Term
from terminal.engine.screen import LinkState
from terminal.widgets.parts.buttons import Weight

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtWidgets import QWidget

    from terminal.engine.screen import LinkLine, StrategyCard
    from terminal.widgets.dress.look import Look
    from terminal.widgets.window.leaving_box import LeavingBox, Meaning
    from terminal.widgets.window.waiting import Waiting

DECIDING: Final = frozenset({StrategyStatus.RUNNING, StrategyStatus.WINDING})
TITLE: Final = "退出衡舵"
READ: Final = "知道了"
LEFT: Final = "本工作台已经离开。"
CHOICE: Final = (
    (Term.KEEP_RUNNING, "策略照常交易，下次打开接着看。"),
    (Term.STOP_RUNNER, "不再交易，挂单留在交易所，下次打开继续。"),
)
NO_CHOICE: Final = (
    (Term.KEEP_RUNNING, "有策略就照常交易，下次打开接着看。"),
    (Term.STAY, "连上之后再决定要不要停止运行器。"),
)
SILENT_CHOICE: Final = (
    (Term.KEEP_RUNNING, "运行器恢复应答后，策略照常交易。"),
    (Term.STAY, "等它应答了再决定；要它停止交易，请运行 hengduo kill。"),
)


class Leaving(QObject):
    """Hold the question of a window; `stop_wanted` and `left` tell what the person chose, and `left` that all is said.

    Whoever stops the runner calls `wait` until it has ended, and `part` with what came of it. From `parting` on the
    window only stands to be read: its desk has left.
    """

    stop_wanted = Signal()
    parting = Signal()
    left = Signal()

    def __init__(self, window: QWidget, look: Look, *, embedded: bool) -> None:
        super().__init__(window)
        self._window, self._look = window, look
        self._embedded = embedded
        self._is_last = self._is_known = self._is_connecting = self._is_silent = False
        self._silence = ""  # what is said of a runner that is not heard
        self._others: int | None = None  # as the runner last said
        self._box: LeavingBox | None = None  # the one that stands open
        self._waiting: Waiting | None = None

    def show_link(self, link: LinkLine) -> None:
        """Take whether a runner hears this desk, and no other, and whether everything it does is known here."""
        if link.state is not LinkState.OFFLINE:  # then what was known is what it did last
            self._is_known = link.state is LinkState.LIVE
        self._others = self._others if link.others is None else link.others
        self._is_last = link.lowers_risk and link.others == 0
        is_cut = link.state in {LinkState.OFFLINE, LinkState.REFUSED} and not link.is_heard
        # Whether others are there is not known any more either; what may be started trades no more.
        self._is_silent = is_cut and self._others is not None and not link.may_start
        self._silence = "没有连着本机运行器" if link.state is LinkState.REFUSED else "本机运行器没有应答"
        self._is_connecting = link.state is LinkState.CONNECTING

    def asks(self, cards: Iterable[StrategyCard]) -> bool:
        """Return whether the window stays for now: a question stands open, or is asked."""
        running = sorted(card.strategy for card in cards if card.status in DECIDING)
        if self._box is None and self._embedded:
            if self._is_connecting:
                self._open(self._question("还没有连上本机运行器，不知道有没有策略在运行。", NO_CHOICE, may_stop=False))
            elif self._is_last and not self._is_known:
                self._open(self._question("运行器的记录没有补齐，不知道有没有策略在运行。", CHOICE, may_stop=True))
            elif self._is_silent and not self._is_known:
                heading = f"{self._silence}，不知道有没有策略在运行。"
                self._open(self._question(heading, SILENT_CHOICE, may_stop=False))
            elif self._is_silent and running:
                heading = f"{self._silence}，{Term.BEFORE_CUT}有 {len(running)} 个策略在运行"
                self._open(self._question(heading, SILENT_CHOICE, may_stop=False, names=running))
            elif self._is_last and running:
                heading = f"还有 {len(running)} 个策略在本机运行器上运行"
                self._open(self._question(heading, CHOICE, may_stop=True, names=running))
        if self._box is not None:
            self._box.activateWindow()
        return self._box is not None or self._waiting is not None

    def wait(self, longest: float) -> None:
        """Keep the window until `part`, which comes after so many seconds at the latest."""
        from terminal.widgets.window.waiting import Waiting  # noqa: PLC0415  # hardly anybody ever sees it

        self._waiting = Waiting(self._window, TITLE, longest)

    def part(self, sentence: str) -> None:
        """Leave, after a person has read a sentence where there is one."""
        self._wait_no_more()
        if not sentence:
            self.leave()
            return
        self.parting.emit()
        box = self._made(sentence, note=LEFT)
        box.answer(READ, Weight.MAIN, lambda: None)
        self._open(box)
        box.finished.connect(self.leave)

    def leave(self) -> None:
        """Leave without a question."""
        self._wait_no_more()
        self._embedded, self._box = False, None
        self.left.emit()

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.end()
            self._waiting = None

    def _question(
        self, heading: str, choice: Sequence[Meaning], *, may_stop: bool, names: Sequence[str] = ()
    ) -> LeavingBox:
        box = self._made(heading, names=names, meanings=choice)
        if may_stop:
            box.answer(Term.STOP_RUNNER, Weight.DANGER, self.stop_wanted.emit, apart=True)
        box.answer(Term.STAY, Weight.PLAIN, lambda: None)
        box.answer(Term.KEEP_RUNNING, Weight.MAIN, self.leave)
        return box

    def _made(
        self, heading: str, *, names: Sequence[str] = (), meanings: Sequence[Meaning] = (), note: str = ""
    ) -> LeavingBox:
        from terminal.widgets.window.leaving_box import LeavingBox  # noqa: PLC0415  # not needed for the first picture

        return LeavingBox(
            self._window,
            self._look,
            title=TITLE,
            heading=heading,
            names=names,
            meanings=meanings,
            note=note,
            is_warning=bool(note),
        )

    def _open(self, box: LeavingBox) -> None:
        self._box = box
        box.finished.connect(lambda: self._forget(box))
        box.open()

    def _forget(self, box: LeavingBox) -> None:
        if self._box is box:
            self._box = None
