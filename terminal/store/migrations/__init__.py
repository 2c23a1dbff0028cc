"""List the steps that made the journal's database what it is; a step that was released is never edited."""

from __future__ import annotations

from typing import Final

from terminal.store.migrations import v1, v2

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (v1.STATEMENTS, v2.STATEMENTS)
SCHEMA_VERSION: Final = len(MIGRATIONS)
