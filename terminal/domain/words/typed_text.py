"""Say which texts of people may become records and parts of sentences, and show any other one so that it harms none.

Visible is what a reader sees stand there. Chinese input methods type U+3000 all day, and what is copied from a page
brings U+00A0: both are seen as a gap, as a space is. What turns the writing round, breaks the line or takes no room is
not visible: a sentence with it says one thing and holds another.
"""

from __future__ import annotations

from typing import Final

LONGEST_NAME: Final = 64  # characters of the name of a command, a strategy or a document
LONGEST_TEXT: Final = 200  # characters of anything else
_GAPS: Final = {0x3000: " ", 0xA0: " "}


def is_visible(text: str) -> bool:
    r"""Return whether a reader sees everything a text holds.

    >>> is_visible("套保　移仓"), is_visible("两\n行"), is_visible("\u202e倒写")
    (True, False, False)
    """
    return text.translate(_GAPS).isprintable()


def is_name(text: str) -> bool:
    """Return whether a text may name something: visible, not only gaps, and of a bounded length."""
    return 1 <= len(text) <= LONGEST_NAME and is_visible(text) and not text.isspace()


def visible_part(text: str) -> str:
    """Return a text without what nobody sees."""
    return "".join(one for one in text if is_visible(one))


def says_something(text: str) -> bool:
    r"""Return whether a reader sees more of a text than gaps.

    >>> says_something("已查明"), says_something(" \u3000"), says_something("\u200b")
    (True, False, False)
    """
    return bool(visible_part(text).strip())


def shown(text: str, most: int = LONGEST_NAME) -> str:
    r"""Return a text of the other side as a sentence may repeat it: at most so many signs, and each one visible.

    >>> shown("A\u202e1"), shown("abcdef", 3)
    ('A\\u202e1', 'abc…')
    """
    made = text[: most + 1]
    if not is_visible(made):
        made = "".join(one if is_visible(one) else f"\\u{ord(one):04x}" for one in made)
    return made if len(made) <= most else f"{made[:most]}…"
