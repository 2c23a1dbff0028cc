"""Remember beside a desk's files which colours its window last wore: it opens in them, from its first picture on.

The person's layout says it too, and rules; but it comes with the desk's copy, half a second after that picture.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = "scheme"
LONGEST: Final = 32  # characters of a scheme's name; more is none


def last_scheme(folder: Path) -> str:
    """Return the name of the scheme last worn, empty where none was kept or it cannot be read."""
    with suppress(OSError, UnicodeError), (folder / NAME).open(encoding="utf-8") as file:
        return file.read(LONGEST).strip()
    return ""


def keep_scheme(folder: Path, scheme: str) -> None:
    """Keep the name of the scheme worn now; where it cannot be written, the next window opens in the one before."""
    with suppress(OSError):
        (folder / NAME).write_text(scheme, encoding="utf-8")
