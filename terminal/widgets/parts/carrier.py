"""Carry between one open form of a wish and the runner: what it asks, what it sends, and both answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from terminal.widgets.parts.wish_form import WishForm

if TYPE_CHECKING:
    from terminal.domain.commands import CommandBody
    from terminal.domain.ids import CommandId
    from terminal.engine.screen import Hand, Preview, ResultLine

Form = TypeVar("Form", bound=WishForm)


class Carrier(Generic[Form]):
    """Hold the open form, `None` while there is none; answers to another form's wishes are not this one's."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._asked: set[int] = set()
        self._sent: CommandId | None = None
        self.form: Form | None = None

    def open(self, form: Form) -> None:
        """Open a form, and carry for it from now on."""
        self.form = form
        self._asked, self._sent = set(), None
        form.asks.connect(lambda wish: self._asked.add(self._hand.preview(wish)))
        form.sends.connect(self._send)
        form.destroyed.connect(lambda: self._forget(form))
        form.open()

    def show_previews(self, previews: dict[int, Preview]) -> None:
        """Give the form the answer to what it asked last."""
        for request, preview in previews.items():
            if self.form is not None and request in self._asked and request == max(self._asked):
                self.form.show_preview(preview)

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Close the form whose wish was taken; leave one open that was refused."""
        for line in results:
            if line.command != self._sent or self.form is None:
                continue
            self._sent = None
            if line.ok:
                self.form.take_yes(line.sentence)
            else:
                self.form.refuse(line.sentence)

    def _send(self, wish: CommandBody) -> None:
        self._sent = self._hand.send(wish)

    def _forget(self, form: Form) -> None:
        if self.form is form:
            self.form = None
