"""Edit a conditional order (条件单) that waits or is paused: the ticket replaces it over the version it showed.

It is one order all the while: until the runner takes the change the old one waits, and may go out; from then on the new
one does. So a change that comes after the trigger is refused, and never are there two. It ends with the answer that the
change was taken, with Esc, with another contract or account, and when the order moves on meanwhile: somebody else
changed it, or it was triggered or is over. Then the fields stay as they are, would be a new order, and none is sent
before one of them is another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import Signal

from terminal.domain.commands import EditConditional, PlaceConditional
from terminal.domain.words.terms import Term
from terminal.engine.conditional.wording import STATES, conditional_text
from terminal.engine.folds.conditional import EDITABLE
from terminal.widgets.parts.elided import Elided
from terminal.widgets.ticket.block import Block
from terminal.widgets.ticket.fields import Ticket
from terminal.widgets.ticket.results import last_part

if TYPE_CHECKING:
    from collections.abc import Collection

    from terminal.domain.ids import AccountId, CommandId, ConditionalId, InstrumentId
    from terminal.engine.conditional.line import ConditionalLine
    from terminal.engine.screen import ResultLine


AGAIN: Final = "要另下一张新的，请先改动任意一栏，再改回来"
MOVED_ON: Final = frozenset({"CONFLICT", "NOT_WAITING", "NO_CONDITIONAL"})


class TicketRewait(Elided):
    """Hold which conditional order is edited, as one line; `ended` tells why it is not any more, "" where that is told.

    `overtaken` tells that it moved on first.
    """

    ended = Signal(str)
    overtaken = Signal(object)  # the `Block` that stands in the place of what was to be sent

    def __init__(self) -> None:
        super().__init__("ticketEdit")
        self._line: ConditionalLine | None = None
        self._sent: CommandId | None = None
        self._before = Ticket()
        self.setContentsMargins(8, 3, 8, 3)
        self.hide()

    def begin(self, line: ConditionalLine, before: Ticket) -> None:
        """Edit a conditional order; `before` is what the fields said, and will when it is left."""
        self._line, self._sent, self._before = line, None, before
        self.say(f"正在修改{Term.CONDITIONAL_ORDERS} {last_part(line.conditional)} 第 {line.version} 版（Esc 放弃）")
        whole = f"{conditional_text(line.wanted)}\nEsc 放弃修改，它照旧；送出的修改到达之前它已触发的，修改不生效。"
        self.setToolTip(f"{self.text()}\n{whole}")
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(whole)
        self.show()

    def leave(self) -> Ticket | None:
        """Edit no more; return what the fields said before, `None` where nothing was edited."""
        if self._line is None:
            return None
        self._end("")
        return self._before

    @property
    def edits(self) -> bool:
        """Return whether a conditional order is edited."""
        return self._line is not None

    def wish(self, wanted: PlaceConditional) -> PlaceConditional | EditConditional:
        """Return what the fields are to do: stand in the place of the one edited, with its reason, or be a new one."""
        line = self._line
        if line is None:
            return wanted
        meant = msgspec.structs.replace(wanted.wanted, reason=line.wanted.reason)
        return EditConditional(
            account=line.account, conditional=line.conditional, base_version=line.version, wanted=meant
        )

    def title(self) -> str:
        """Return what the send button says first."""
        line = self._line
        return Term.CONDITIONAL_ORDERS if line is None else f"{Term.MODIFY} {last_part(line.conditional)}"

    def block(self, meant: PlaceConditional | None, *, waits: bool) -> Block | None:
        """Return why the fields cannot take the place of the one edited now."""
        line = self._line
        if line is None:
            return None
        name = last_part(line.conditional)
        if self._sent is not None:
            return Block("等待回答", f"{name} 的修改已送出，还没有回答。")
        if not waits:
            return Block("条件不能空", f"{name} 是条件单，不能改成立即报出；要立即下单，先按 Esc 放弃修改。")
        if meant is not None and isinstance(wish := self.wish(meant), EditConditional) and wish.wanted == line.wanted:
            return Block("没有改动", f"和 {name} 一样，没有改动；改好任意一栏再送出，Esc 放弃修改。")
        return None

    def sent(self, commands: Collection[CommandId]) -> None:
        """Note what was sent of it."""
        if self._line is not None:
            self._sent = next(iter(commands))

    def show_about(self, account: AccountId | None, instrument: InstrumentId | None) -> None:
        """Take what the fields are about: another contract is another order, and so is one of another account."""
        line = self._line
        if line is not None and (account, instrument) != (line.account, line.wanted.release.instrument):
            self._end(f"▲ 不再修改 {last_part(line.conditional)}：换了合约或账户，它照旧")

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of it; after a no it waits on as it was, and so does the ticket."""
        for line in results:
            if line.command == self._sent and line.code != "UNANSWERED":
                self._sent = None
                if line.code in MOVED_ON:
                    self.overtaken.emit(Block("修改没有送出", f"{line.sentence.rstrip('。')}；{AGAIN}。"))
                if line.ok or line.code in MOVED_ON:
                    self._end("")

    def show_lines(self, lines: dict[ConditionalId, ConditionalLine]) -> None:
        """Take what became of conditional orders: one that moved on is edited no more."""
        mine = self._line
        now = None if mine is None else lines.get(mine.conditional)
        if mine is None or now is None or (now.version == mine.version and now.state in EDITABLE):
            return
        name = last_part(now.conditional)
        if now.state not in EDITABLE:
            what = f"{name} {STATES[now.state]}"
        elif self._sent is not None:
            return  # by what was sent from here, or before it: its answer says so
        else:
            what = f"{name} 已由{now.source}改为第 {now.version} 版（{conditional_text(now.wanted)}）"
        self.overtaken.emit(Block("修改没有送出", f"{what}，您的修改没有生效；{AGAIN}。"))
        self._end(f"▲ {what}；您的修改没有生效")

    def _end(self, why: str) -> None:
        self._line = self._sent = None
        self.hide()
        self.ended.emit(why)
