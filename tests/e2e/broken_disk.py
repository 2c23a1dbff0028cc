"""Run the command line with a file that may not grow: `python broken_disk.py WHICH PAGES replay …`.

WHICH is `journal` or `exchange`; its SQLite file may have PAGES pages (`max_page_count`), as on a disk that fills up.
"""

from __future__ import annotations

import sys
from pathlib import Path

from terminal.commands.main import main
from terminal.domain.ids import TenantId
from terminal.gateways.sim.store.file import ExchangeStore
from terminal.runner import exchange, replay
from terminal.store.journal import SqliteJournal


def limit(which: str, pages: int) -> None:
    """Let the journal or the exchange's books have this many pages."""

    class SmallJournal(SqliteJournal):
        def __init__(self, data: Path, tenant: TenantId) -> None:
            super().__init__(data, tenant, page_limit=pages)

    class SmallStore(ExchangeStore):
        def __init__(self, path: Path) -> None:
            super().__init__(path)
            self._database.execute(f"PRAGMA max_page_count = {pages}")

    if which == "journal":
        vars(replay)["SqliteJournal"] = SmallJournal
    else:
        for opens in (exchange, replay):  # the process of its own, and the one within a replay
            vars(opens)["ExchangeStore"] = SmallStore


if __name__ == "__main__":
    limit(sys.argv[1], int(sys.argv[2]))
    raise SystemExit(main(sys.argv[3:]))
