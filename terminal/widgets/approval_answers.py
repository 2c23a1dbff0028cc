"""Keep what was decided at this desk and what the runner answered, so that a no is told also after another's yes.

Two desks may decide at one instant: the first that is committed wins, and the other must not read a card decided as if
that had been its own doing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from terminal.domain.ids import CommandId, ConfirmationId
    from terminal.engine.screen import ResultLine

USED: Final = "STALE"  # the decision counted, and its card says what came of it


class Answers:
    """Hold the open decisions and the latest answer about each confirmation."""

    def __init__(self) -> None:
        self._sent: dict[CommandId, ConfirmationId] = {}
        self._answers: dict[ConfirmationId, ResultLine] = {}
        self._unsent: set[ConfirmationId] = set()  # decided by another while a reason was being given here

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

    def outrun(self, confirmation: ConfirmationId) -> None:
        """Note that it was decided by another while a rejection was being written here."""
        self._unsent.add(confirmation)

    def refused(self, confirmation: ConfirmationId | None) -> str:
        """Return why a decision made here did not count; empty where none was refused."""
        if confirmation in self._unsent:
            return f"{confirmation} 已先有结果，您正在写的驳回没有送出。"
        answer = None if confirmation is None else self._answers.get(confirmation)
        if answer is None or answer.ok or answer.code in {USED, "UNANSWERED"}:
            return ""
        return answer.sentence

    def forget(self, confirmation: ConfirmationId | None) -> None:
        """Say an answer no more: whoever decided has read it and gone on."""
        if confirmation is not None:
            self._answers.pop(confirmation, None)
            self._unsent.discard(confirmation)
