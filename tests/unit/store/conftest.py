"""Give tests a journal's file."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from terminal.store.journal import JOURNAL_FILE, SqliteJournal
from tests.contract import journal_facts as make


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        make.a_small_day(journal)
    return tmp_path / JOURNAL_FILE
