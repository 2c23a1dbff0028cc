"""The strategy of one's own that the manual prints, and small ones for what the manual warns of."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

MANUAL: Final = Path(__file__).resolve().parents[1] / "docs" / "strategies.md"
DOUBLE_MA: Final = re.findall(r"```python\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)[0]

HEAD: Final = """
from terminal.strategies.own.code import Aim, Number
TITLE = "随价"
SAMPLE_SECONDS = 1
WINDOW = 10
NUMBERS = (Number("level", "价位", "元", least=1, most=9999, value=3700, whole=False),)
"""
# Long above a price, short below it, and out where it stands exactly.
AROUND: Final = (
    HEAD
    + """
def aim(numbers, seen):
    if not seen.prices:
        return None
    above = seen.prices[-1] - float(numbers["level"])
    return Aim(3 if above > 0 else -3 if above < 0 else 0, f"价在 {seen.prices[-1]:g}")
"""
)
# Out where the price has fallen from the highest that is seen, or that was kept since it bought; else long.
FALLING: Final = (
    HEAD
    + """
def aim(numbers, seen):
    falls = seen.prices and seen.prices[-1] < seen.highest(len(seen.prices)) - 1
    return Aim(0 if seen.held and falls else 2, "回落")
"""
)
KEEPING: Final = (
    HEAD
    + """
PEAK = [0.0]

def aim(numbers, seen):
    price = seen.prices[-1] if seen.prices else 0.0
    PEAK[0] = max(PEAK[0], price) if seen.held else price
    return Aim(0 if seen.held and price < PEAK[0] - 6 else 2, "回落")
"""
)


def rule(body: str) -> str:
    """Return a file whose rule has this body."""
    return f"{HEAD}\ndef aim(numbers, seen):\n    {body}\n"
