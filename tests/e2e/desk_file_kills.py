"""Write a desk's files for ever: `python -m tests.e2e.desk_file_kills FOLDER`, until somebody kills it.

After each step it says on standard output how far it got: the events told and the commands stored, then both again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from terminal.domain.ids import CommandId, DeviceId
from terminal.engine.records.memory import MemoryJournal
from terminal.store.outbox import Outbox
from terminal.store.replica import Replica, StoredEvent
from tests.contract import journal_facts as make

SNAPSHOT_EVERY = 7  # batches


def main(folder: Path) -> None:
    """Write on from where the last one was killed."""
    copy, box = Replica(folder, tenant=make.TENANT), Outbox(folder, new_device=DeviceId("desk-1"))
    journal = MemoryJournal(make.TENANT)
    make.many_orders(journal, range(1, 2_500))
    events = [StoredEvent(e.record.stream, e.record.epoch, e.record.seq, e.data, e.hash) for e in journal.replay()]
    seq = max((head.seq for head in copy.heads().values()), default=0)
    for batch, start in enumerate(range(seq, len(events), 20), 1):
        copy.append(events[start : start + 20])
        if batch % SNAPSHOT_EVERY == 0:
            copy.swap(b"state" * 20_000, copy.heads(), "", f"{start + 20}|".encode() * 5_000)
        sent = box.next(
            CommandId(f"c{box.last_seq() + 1}"),
            kind="save_document",
            is_order=False,
            pressed_mono=1,
            ttl_ms=1_000,
            frame=lambda number: str(number).encode(),
        )
        print(start + 20, sent.device_seq, flush=True)  # noqa: T201  # to the one who kills


if __name__ == "__main__":
    main(Path(sys.argv[1]))
