"""Find the recordings and plans a measurement may use."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[3]


def shared() -> Path:
    """Return where the recordings are looked for: HENGDUO_SHARED, else beside the project."""
    return Path(os.environ.get("HENGDUO_SHARED", ROOT.parent / "shared"))


def whole_market() -> Path | None:
    """Return the folder of the recorded whole market, or `None` where it is absent."""
    folder = shared() / "data" / "tick" / "whole_market"
    return folder if folder.is_dir() else None


def plan(name: str) -> Path:
    """Return an example plan of the project."""
    return ROOT / "resources" / "plans" / name
