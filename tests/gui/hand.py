"""Stand in for the hand of a desk: keep what was sent and asked, answer nothing by itself."""

from __future__ import annotations

from terminal.domain.commands import CommandBody, EditOrder, SubmitOrder
from terminal.domain.ids import CommandId
from terminal.domain.orders.order import OrderTerms
from terminal.engine.screen import ResultLine


class RecordingHand:
    """`foreseen` is every preview asked for; `asked` the orders among them, `split` whether they were to be split."""

    def __init__(self) -> None:
        self.sent: list[CommandBody] = []
        self.foreseen: list[CommandBody] = []
        self.asked: list[OrderTerms] = []
        self.split: list[bool] = []

    def send(self, body: CommandBody) -> CommandId:
        self.sent.append(body)
        return self.last_command

    def preview(self, body: CommandBody, *, split_close: bool = False) -> int:
        self.foreseen.append(body)
        if isinstance(body, SubmitOrder | EditOrder):
            self.asked.append(body.terms)
            self.split.append(split_close)
        return len(self.foreseen)

    @property
    def last_command(self) -> CommandId:
        return CommandId(f"c{len(self.sent)}")

    @property
    def orders(self) -> list[OrderTerms]:
        return [body.terms for body in self.sent if isinstance(body, SubmitOrder)]

    def answer(self, *, ok: bool = True, code: str = "OK", sentence: str = "") -> tuple[ResultLine, ...]:
        """Return what became of the last wish."""
        return (ResultLine(command=self.last_command, body=self.sent[-1], ok=ok, code=code, sentence=sentence),)
