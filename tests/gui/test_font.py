from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from PySide6.QtGui import QFontMetricsF, QRawFont

from terminal.app import FONTS
from terminal.store.reference import resource_root
from terminal.widgets.dress.look import BODY, FAMILY, font

# Whoever holds `look` has the fonts.
pytestmark = pytest.mark.usefixtures("look")

ROOT: Final = Path(__file__).resolve().parent.parent.parent
MOST_BYTES: Final = 3_000_000


@pytest.mark.parametrize("name", FONTS)
def test_each_weight_is_small_enough_to_ship(name: str) -> None:
    assert len((resource_root() / "fonts" / name).read_bytes()) <= MOST_BYTES


def test_the_licence_of_the_font_is_shipped_beside_it() -> None:
    text = (resource_root() / "fonts" / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in text
    assert "Copyright 2014-2021 Adobe" in text


@pytest.mark.parametrize("bold", [False, True])
def test_the_screen_is_written_in_our_own_font(bold: bool) -> None:
    raw = QRawFont.fromFont(font(BODY, bold=bold))
    assert raw.familyName() == FAMILY
    assert raw.weight() == (700 if bold else 400)


@pytest.mark.parametrize("bold", [False, True])
def test_figures_and_signs_are_tabular(bold: bool) -> None:
    metrics = QFontMetricsF(font(BODY, bold=bold))
    assert len({metrics.horizontalAdvance(sign) for sign in "0123456789+−"}) == 1


def test_every_character_of_the_program_and_its_tables_is_in_the_font() -> None:
    raw = QRawFont.fromFont(font(BODY))
    sources = [*(ROOT / "terminal").rglob("*.py"), ROOT / "resources" / "reference" / "products.csv"]
    found = {sign for path in sources for sign in re.findall(r"[^\x00-\x7f]", path.read_text(encoding="utf-8"))}
    found -= {"\ufeff", "\u2029", "\u2028"}
    assert "螺" in found
    assert sorted(sign for sign in found if not raw.supportsCharacter(ord(sign))) == []
