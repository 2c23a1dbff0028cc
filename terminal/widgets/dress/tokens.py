"""Hold the colours of the two schemes; style sheet, palette, delegates and charts take theirs from here.

Contrast of every text colour with the panel behind it is at least 4.5 (WCAG AA); tests/gui/test_look.py measures it.
Up is red and down is green, as on every Chinese screen; therefore an alert never speaks by colour alone, but also by
shape and word.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class Scheme(StrEnum):
    """Name the colour schemes."""

    DARK = "dark"
    LIGHT = "light"


class Tokens(NamedTuple):
    """Hold the colours of a scheme as #RRGGBB; `*_wash` is the quiet ground behind its colour."""

    window: str
    panel: str
    raised: str
    hover: str
    zebra: str
    selected: str
    line: str
    strong_line: str
    input: str
    text: str
    text_2: str
    text_3: str
    accent: str
    button: str
    on_button: str
    up: str
    up_wash: str
    down: str
    down_wash: str
    on_tag: str  # text on a ground filled with up or down
    yellow: str
    yellow_mark: str  # a filled shape: yellow as text is too dark for one on white
    yellow_wash: str
    orange: str
    orange_wash: str
    red: str
    red_wash: str


DARK: Final = Tokens(
    window="#0D1117",
    panel="#141A22",
    raised="#1A212B",
    hover="#232D3A",
    zebra="#171E27",
    selected="#1D3554",
    line="#262F3B",
    strong_line="#35414F",
    input="#0D1117",
    text="#E4E9F0",
    text_2="#98A5B4",
    text_3="#7C8AA0",
    accent="#4C93FF",
    button="#2B6FD6",
    on_button="#FFFFFF",
    up="#FF5C5C",
    up_wash="#3A1A1E",
    down="#2FC27F",
    down_wash="#11322A",
    on_tag="#0D1117",
    yellow="#E8B931",
    yellow_mark="#E8B931",
    yellow_wash="#332B12",
    orange="#F5893B",
    orange_wash="#38230F",
    red="#FF4D4F",
    red_wash="#3D171A",
)
LIGHT: Final = Tokens(
    window="#EEF1F5",
    panel="#FFFFFF",
    raised="#F6F8FA",
    hover="#E8EDF3",
    zebra="#FAFBFC",
    selected="#DCE9FF",
    line="#DFE5EC",
    strong_line="#C6D0DB",
    input="#FFFFFF",
    text="#17212E",
    text_2="#516072",
    text_3="#6B7888",
    accent="#1F66D6",
    button="#1F66D6",
    on_button="#FFFFFF",
    up="#D4242B",
    up_wash="#FDECEC",
    down="#0A8550",
    down_wash="#E5F6EE",
    on_tag="#FFFFFF",
    yellow="#8A6400",
    yellow_mark="#E3A008",
    yellow_wash="#FFF4D1",
    orange="#B54A00",
    orange_wash="#FFE9D6",
    red="#C8191F",
    red_wash="#FFE1E1",
)

SCHEMES: Final = {Scheme.DARK: DARK, Scheme.LIGHT: LIGHT}
