"""Say no to a wish: what asks raises it, and the router of commands answers with it."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - it is an answer, not an error
    """Carry the code and the sentence of why a wish is refused."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
