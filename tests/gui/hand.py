"""Stand in for the hand of a desk: keep what was sent and asked, answer nothing."""

from __future__ import annotations

from terminal.domain.commands import CommandBody, SubmitOrder
from terminal.domain.ids import CommandId
from terminal.domain.order import OrderTerms


class RecordingHand:
    def __init__(self) -> None:
        self.sent: list[CommandBody] = []
        self.asked: list[OrderTerms] = []
        self.split: list[bool] = []

    def send(self, body: CommandBody) -> CommandId:
        self.sent.append(body)
        return CommandId(f"c{len(self.sent)}")

    def preview(self, body: CommandBody, *, split_close: bool = False) -> int:
        assert isinstance(body, SubmitOrder)
        self.asked.append(body.terms)
        self.split.append(split_close)
        return len(self.asked)

    @property
    def orders(self) -> list[OrderTerms]:
        return [body.terms for body in self.sent if isinstance(body, SubmitOrder)]
