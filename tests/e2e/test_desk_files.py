from __future__ import annotations

import os
import random
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from terminal.domain.ids import DeviceId
from terminal.engine.records.journal import Head
from terminal.store.outbox import Outbox
from terminal.store.replica import Replica
from tests.conftest import ROOT
from tests.contract import journal_facts as make

ROUNDS = 6


def killed_after(folder: Path, lines: int) -> tuple[int, int]:
    """Return how many events and commands a writer had stored when it was killed, as far as it could say."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.desk_file_kills", str(folder)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert child.stdout is not None
    said = [child.stdout.readline() for _ in range(lines)]
    child.kill()
    said += child.stdout.readlines()
    child.stdout.close()
    assert child.wait() < 0, "the writer ended by itself"
    events, commands = [line for line in said if line.endswith(b"\n")][-1].split()
    return int(events), int(commands)


def test_a_desk_killed_while_it_writes_keeps_a_cursor_that_is_its_data_and_every_command(tmp_path: Path) -> None:
    draw = random.Random(7)
    for _ in range(ROUNDS):
        events, commands = killed_after(tmp_path, draw.randint(1, 25))
        with closing(Replica(tmp_path, tenant=make.TENANT)) as copy:
            assert copy.rebuilt == ""
            snapshot, starts, entries = copy.state()
            ends = dict(starts)
            for entry in entries:
                stream = entry.record.stream
                assert entry.record.seq == (ends[stream].seq if stream in ends else 0) + 1
                ends[stream] = Head(entry.record.epoch, entry.record.seq, entry.hash)
            assert ends == copy.heads()
            seq = next(iter(copy.heads().values())).seq
            assert seq >= events
            assert seq % 20 == 0
            assert (snapshot is None) == (starts == {}) == (copy.past() == b"")
            if snapshot is not None:  # what was said belongs to the snapshot that was taken with it
                assert {int(said) for said in copy.past().split(b"|") if said} == {head.seq for head in starts.values()}
        with closing(Outbox(tmp_path, new_device=DeviceId("another"))) as box:
            assert (box.device(), box.rebuilt) == ("desk-1", "")
            assert box.last_seq() >= commands
            assert [sent.device_seq for sent in box.unanswered()] == list(range(1, box.last_seq() + 1))
