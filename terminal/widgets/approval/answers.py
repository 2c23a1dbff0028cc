"""Keep what was decided at this desk and what the runner answered, so that a no is told also after another's yes.

Two desks may decide at one instant: the first that is committed wins, and the other must not read a card decided as if
that had been its own doing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.orders.confirmation import ConfirmationState
from terminal.engine.wording import order_differences

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain.ids import CommandId, ConfirmationId
    from terminal.engine.screen import ApprovalCard, ResultLine

USED: Final = "STALE"  # the decision counted, and its card says what came of it


class Answers:
    """Hold the open decisions and the latest answer about each confirmation."""

    def __init__(self) -> None:
        self._sent: dict[CommandId, ConfirmationId] = {}
        self._answers: dict[ConfirmationId, ResultLine] = {}
        self._unsent: dict[ConfirmationId, str] = {}  # what overtook it while a reason was being given here

    def expect(self, command: CommandId, confirmation: ConfirmationId) -> None:
        """Note a decision that was sent; an older answer about its confirmation counts no more."""
        self._answers.pop(confirmation, None)
        self._sent[command] = confirmation

    def take(self, results: tuple[ResultLine, ...]) -> list[ConfirmationId]:
        """Take what became of decisions; return which of them were refused."""
        about = []
        for result in results:
            confirmation = self._sent.get(result.command)
            if confirmation is not None:
                if result.code != "UNANSWERED":
                    del self._sent[result.command]
                self._answers[confirmation] = result
                about.append(confirmation)
        return [one for one in about if self.refused(one)]

    def waits(self, confirmation: ConfirmationId) -> bool:
        """Return whether a decision about it has no answer yet."""
        return confirmation in self._sent.values()

    def of(self, confirmation: ConfirmationId) -> ResultLine | None:
        """Return the latest answer about it; UNANSWERED while the runner has not said."""
        return self._answers.get(confirmation)

    def outrun(self, card: ApprovalCard, others: Iterable[ApprovalCard]) -> None:
        """Note that it was overtaken while a rejection was being written here; `others` came along with its card."""
        self._unsent[card.confirmation] = f"{overtaken(card, others)}，您正在写的驳回没有送出。"

    def refused(self, confirmation: ConfirmationId | None) -> str:
        """Return why a decision made here did not count; empty where none was refused."""
        if confirmation in self._unsent:
            return self._unsent[confirmation]
        answer = None if confirmation is None else self._answers.get(confirmation)
        if answer is None or answer.ok or answer.code in {USED, "UNANSWERED"}:
            return ""
        return answer.sentence

    def forget(self, confirmation: ConfirmationId | None) -> None:
        """Say an answer no more: whoever decided has read it and gone on."""
        if confirmation is not None:
            self._answers.pop(confirmation, None)
            self._unsent.pop(confirmation, None)


def overtaken(card: ApprovalCard, others: Iterable[ApprovalCard]) -> str:
    """Return what overtook a confirmation: a decision, or its maker, who wrote another one in its place.

    An edit states the new one together with the end of the old one, so both come to a desk at once.
    """
    if card.state is not ConfirmationState.SUPERSEDED or card.terms is None:
        return f"{card.confirmation} 已先有结果"
    heirs = [
        one
        for one in others
        if one.state is ConfirmationState.PENDING
        and (one.account, one.maker) == (card.account, card.maker)
        and one.terms is not None
        and one.requested_at > card.requested_at
    ]
    if len(heirs) != 1 or heirs[0].terms is None:
        return f"{card.confirmation} 已由制单人修改"
    (heir,) = heirs
    changed = "，".join(order_differences(card.terms, heirs[0].terms))
    return f"{card.confirmation} 已由制单人改为 {heir.confirmation}{f'（{changed}）' if changed else ''}"
