"""Keep an order from being sent a second time by mere habit, while nobody knows of it or a second person has it.

Two identical orders can wait side by side, and each would be sent when it is approved; and one without an answer may
have been carried out. So a ticket that has sent one is not armed for the same again: not before one of its fields is
another, or it is answered and none of what was submitted waits any more. Nor is one whose order was decided while it
was being edited: what the fields say would be a second order, and was meant to be none. Nothing asks and nothing pops
up: whoever means a second one changes a field and changes it back. A price that follows the market is no change:
nobody meant anything by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.orders.confirmation import ConfirmationState
from terminal.widgets.ticket.block import Block
from terminal.widgets.ticket.results import last_part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain.ids import AccountId, CommandId, ConfirmationId
    from terminal.engine.screen import ApprovalCard, ResultLine
    from terminal.widgets.ticket.condition import Wait
    from terminal.widgets.ticket.fields import Ticket

HABIT_MS: Final = 1_000
UNANSWERED: Final = Block("等待回答", "刚才送出的委托还没有回答，先不重复送出；要另下一笔，请改动任意一栏。")

Meant = tuple["AccountId | None", tuple["Ticket", "Wait"]]


class Once:
    """Remember what was submitted last, and what of it is not over."""

    def __init__(self) -> None:
        self._meant: Meant | None = None
        self._held: Block | None = None
        self._sent_at: int | None = None
        self._unanswered: set[CommandId] = set()
        self._waiting: dict[CommandId, ConfirmationId | None] = {}
        self._over: set[ConfirmationId] = set()  # an answer may come after what became of it

    def sent(self, meant: Meant, commands: Iterable[CommandId], *, at: int) -> None:
        """Note what was sent, and when, in ms of any clock."""
        self._meant, self._held, self._sent_at = meant, None, at
        self._unanswered, self._waiting = set(commands), {}

    def is_habit(self, meant: Meant, now: int) -> bool:
        """Return whether the same was sent just now: the answer came faster than a hand that presses twice."""
        return meant == self._meant and self._sent_at is not None and now - self._sent_at < HABIT_MS

    def hold(self, meant: Meant, block: Block) -> None:
        """Send none of what the fields say now, before one of them is another."""
        self._meant, self._held = meant, block
        self._unanswered, self._waiting = set(), {}

    def note(self, meant: Meant) -> None:
        """Take what the fields say now: once they say something else, all is forgotten."""
        if meant != self._meant:
            self._meant, self._held = None, None
            self._unanswered, self._waiting = set(), {}

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of what was sent; an answer that is missing is not a no."""
        for line in results:
            if line.code == "UNANSWERED" or line.command not in self._unanswered:
                continue
            self._unanswered.discard(line.command)
            if line.code == "CONFIRM2" and line.confirmation not in self._over:
                self._waiting[line.command] = line.confirmation

    def show_approvals(self, cards: dict[ConfirmationId, ApprovalCard]) -> None:
        """Take what became of what waits."""
        self._over |= {name for name, card in cards.items() if card.state is not ConfirmationState.PENDING}
        self._waiting = {command: name for command, name in self._waiting.items() if name not in self._over}

    @property
    def block(self) -> Block | None:
        """Return why the same is not submitted again now."""
        if self._held is not None:
            return self._held
        if self._waiting:
            names = "、".join(last_part(name) for name in self._waiting.values() if name is not None)
            numbers = f"（{names}）" if names else ""
            return Block(
                "已提交复核",
                f"同样的委托已提交复核{numbers}，正等主管决定；为免一单报两次，这里不再重复提交。"
                "确实要再来一笔，请改动任意一栏，再改回来。",
            )
        if self._unanswered:
            return UNANSWERED
        return None
