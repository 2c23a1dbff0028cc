"""Say where things lie: one folder per market for a runner, one per person for a desk."""

from __future__ import annotations

import hashlib
from pathlib import Path

import platformdirs

from terminal.domain.ids import PersonId


def base_folder(data: Path | None) -> Path:
    """Return the folder everything of this user lies under."""
    return data if data is not None else Path(platformdirs.user_data_dir("hengduo", appauthor=False))


def runner_folder(data: Path | None, market: str) -> Path:
    """Return the folder of the runner of a market: two markets never share a journal."""
    kind, _, path = market.partition(":")
    name = kind if not path else f"{kind}-{hashlib.sha256(str(Path(path).absolute()).encode()).hexdigest()[:12]}"
    return base_folder(data) / "runner" / name


def desk_folder(data: Path | None, runner: str, person: PersonId) -> Path:
    """Return the folder of a person's desk on a runner; `runner` is a market or an address."""
    name = "".join(letter if letter.isalnum() else "-" for letter in runner).strip("-")[:48]
    digest = hashlib.sha256(runner.encode()).hexdigest()[:8]
    return base_folder(data) / "desk" / f"{name}-{digest}" / person
