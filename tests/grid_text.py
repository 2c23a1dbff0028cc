"""Write the text of a grid as a plan holds it, for the tests that draw plans from a seed."""

from __future__ import annotations


def grid_text(
    *,
    name: str,
    sign: int,
    anchor: int,
    step: int,
    lines: int,
    lots: int,
    bounds: tuple[int, int],
    stop: int,
    strategy: str = "grid",
    more: str = "",
) -> str:
    """Return the table of a grid that buys first where `sign` is 1; `bounds` in either order, `more` ends it."""
    return f"""
[[strategy]]
id = "{strategy}"
kind = "grid"
account = "A"
instrument = "{name}"
side = "{"BUY" if sign > 0 else "SELL"}"
anchor = {anchor}
step = {step}
lines = {lines}
lots_per_line = {lots}
lower = {min(bounds)}
upper = {max(bounds)}
stop = {stop}
{more}
"""
