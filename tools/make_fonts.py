"""Make `resources/fonts`: the screen font, a subset of Noto Sans CJK SC under a name of our own.

Usage: `python tools/make_fonts.py FOLDER`, where FOLDER holds `NotoSansCJK-Regular.ttc` and `NotoSansCJK-Bold.ttc`
as in Debian's `fonts-noto-cjk` (`apt-get download fonts-noto-cjk`, then `dpkg-deb -x`). Needs fontTools; made with
4.68 from the package 1:20220127+repack1-1. The same input gives the same bytes.

In it: all of GB2312 (every hanzi of the screen and of the product tables), Latin, and the signs a trading screen
needs: U+2212 minus, arrows, shapes for alarms, comparison signs, Greek letters for statistics. Out of it: hints (the
desk draws unhinted) and vertical or alternative forms.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Final

FONTS: Final = Path(__file__).resolve().parent.parent / "resources" / "fonts"
FAMILY: Final = "HT Sans SC"
WEIGHTS: Final = ("Regular", "Bold")
SOURCE: Final = "Noto Sans CJK SC"
MOST_BYTES: Final = 3_000_000

SIGNS: Final = "−±×÷≈≠≤≥∞√∑∆Δσμρβπ‰→←↑↓↗↘⇄▲▼△▽◆◇●○■□★☆✓†‡·•…—–“”‘’¥￥€℃№①②③④⑤⑥⑦⑧⑨⑩"
LATIN: Final = (*range(0x20, 0x7F), *range(0xA0, 0x180))
FULL_WIDTH: Final = (*range(0x3000, 0x3020), *range(0xFF01, 0xFF5F))
# Kerning of Latin pairs moves figures too; a column of numbers must not move.
FEATURES: Final = ("ccmp", "locl", "mark", "mkmk")

FAMILY_NAME, STYLE_NAME, UNIQUE_NAME, FULL_NAME, POSTSCRIPT_NAME = 1, 2, 3, 4, 6
KEPT_NAMES: Final = (0, 5, 7, 8, 9, 11, 13, 14)  # copyright, version, trademark, makers, licence


def characters() -> set[int]:
    """Return every code point the font shall have."""
    gb2312 = {
        ord(bytes((row, column)).decode("gb2312"))
        for row in range(0xA1, 0xF8)
        for column in range(0xA1, 0xFF)
        if is_gb2312(row, column)
    }
    return gb2312 | set(LATIN) | set(FULL_WIDTH) | {ord(sign) for sign in SIGNS}


def is_gb2312(row: int, column: int) -> bool:
    """Return whether a pair of bytes is a character of GB2312."""
    try:
        bytes((row, column)).decode("gb2312")
    except UnicodeDecodeError:
        return False
    return True


def make(collection: Path, weight: str) -> Path:
    """Write one weight and return its file."""
    # fontTools is no dependency of the project: this script runs once in years.
    tt_lib, subset = import_module("fontTools.ttLib"), import_module("fontTools.subset")
    fonts = tt_lib.TTCollection(str(collection)).fonts
    font = next(font for font in fonts if SOURCE in (font["name"].getDebugName(1), font["name"].getDebugName(16)))
    options = subset.Options(
        hinting=False,
        layout_features=list(FEATURES),
        name_IDs=list(KEPT_NAMES),
        name_languages=[0x409],
        notdef_outline=True,
        recalc_timestamp=False,
        drop_tables=["vhea", "vmtx", "VORG", "BASE", "DSIG"],
    )
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters())
    cutter.subset(font)
    font.recalcTimestamp = False
    # A changed font may not pass for the original: names, and the names inside the outlines.
    postscript = f"{FAMILY.replace(' ', '')}-{weight}"
    for number, text in (
        (FAMILY_NAME, FAMILY),
        (STYLE_NAME, weight),
        (UNIQUE_NAME, postscript),
        (FULL_NAME, f"{FAMILY} {weight}"),
        (POSTSCRIPT_NAME, postscript),
    ):
        font["name"].setName(text, number, 3, 1, 0x409)
    outlines = font["CFF "].cff
    outlines.fontNames = [postscript]
    outlines.topDictIndex[0].FullName = f"{FAMILY} {weight}"
    outlines.topDictIndex[0].FamilyName = FAMILY
    target = FONTS / f"{postscript}.otf"
    font.save(str(target))
    return target


def main(arguments: list[str]) -> int:
    """Make both weights from the folder named on the command line."""
    if len(arguments) != 1:
        print(__doc__)
        return 2
    FONTS.mkdir(parents=True, exist_ok=True)
    for weight in WEIGHTS:
        target = make(Path(arguments[0]) / f"NotoSansCJK-{weight}.ttc", weight)
        size = target.stat().st_size
        print(f"{target.name}: {size} bytes")
        if size > MOST_BYTES:
            print(f"{target.name} is larger than {MOST_BYTES} bytes", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
