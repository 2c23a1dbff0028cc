"""Say what went wrong in one sentence a person can act on."""

from __future__ import annotations

from typing import Final

BEFORE_WORDS: Final = "hengduo: "  # what a command puts before a sentence, for whoever reads several programs' words


class UserError(Exception):
    """Carry one clear sentence (what, where, what to do) to the person at the command line or desk.

    `then` is the end of the sentence for a program that ends over it; one that lives on says `in_place`.
    """

    def __init__(self, message: str, then: str = "") -> None:
        super().__init__(f"{message}{then}")
        self.message = f"{message}{then}"
        self.in_place = message


class InvariantError(Exception):
    """Report that something which must always hold does not; trading stops."""
