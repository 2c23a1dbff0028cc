"""Kill a writer of the journal again and again: `python -m tests.e2e.journal_kills DATA ROUNDS SEED`.

Each round forks a child that appends turns of three records and says how far it got after each one; the parent kills
it at a drawn moment, also while it still opens the journal, and looks at what is left. One line of JSON at the end.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from contextlib import closing
from pathlib import Path

import msgspec

from terminal.domain.ids import StreamId
from terminal.store.journal import SqliteJournal
from tests.contract import journal_facts as make

STREAM = StreamId("account:A1")
LONGEST_SECONDS = 0.03


class Summary(msgspec.Struct, frozen=True):
    rounds: int
    killed_while_writing: int
    acknowledged: int
    stored: int
    lost: int
    torn: int


def write_for_ever(data: Path, pipe: int) -> None:
    journal = SqliteJournal(data, make.TENANT)
    head = journal.heads().get(STREAM)
    number = (0 if head is None else head.seq // 3) + 1
    while True:
        make.say(journal, make.recorded(number), make.sent(number), make.filled(number, number), batch=number)
        os.write(pipe, number.to_bytes(8))
        number += 1


def one_round(data: Path, delay: float) -> int:
    """Return the number of the last turn the killed child said was durable; 0 if it said nothing."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        write_for_ever(data, writer)
        os._exit(1)
    os.close(writer)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with open(reader, "rb") as pipe:  # noqa: PTH123  # a descriptor, not a path
        said = pipe.read()
    return int.from_bytes(said[-8:]) if said else 0


def main(data: Path, rounds: int, seed: int) -> Summary:
    """Run the rounds and count what must not be."""
    draw = random.Random(seed)
    acknowledged = stored = lost = torn = busy = 0
    for _ in range(rounds):
        said = one_round(data, draw.uniform(0, LONGEST_SECONDS))
        busy += said > 0
        acknowledged = max(acknowledged, said)
        with closing(SqliteJournal(data, make.TENANT)) as journal:
            head = journal.heads().get(STREAM)
            records = 0 if head is None else head.seq
            torn += records % 3 != 0 or (journal.cursor() or 0) != records // 3
        stored = records // 3
        lost += stored < acknowledged
    return Summary(rounds, busy, acknowledged, stored, lost, torn)


if __name__ == "__main__":
    found = main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(msgspec.json.encode(found).decode())
