"""Kill a writer of the journal again and again: `python -m tests.e2e.journal_kills DATA ROUNDS SEED`.

Each round forks a child that appends turns of three records and says how far it got after each one; the parent kills
it and looks at what is left. Every other round it waits for a drawn number of turns first, so that the child is in the
middle of the next one; else for a drawn moment, mostly while the child still opens the journal. One line of JSON at
the end.
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
LONGEST_SECONDS = 0.02
LONGEST_TURN_SECONDS = 0.001
MOST_TURNS = 20


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


def one_round(data: Path, turns: int, delay: float) -> int:
    """Return the number of the last turn the killed child said was durable; 0 if it said nothing."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        write_for_ever(data, writer)
        os._exit(1)
    os.close(writer)
    with open(reader, "rb", buffering=0) as pipe:  # noqa: PTH123  # a descriptor, not a path
        said = b"".join(pipe.read(8) for _ in range(turns))
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        said += b"".join(iter(lambda: pipe.read(4096), b""))
    return int.from_bytes(said[-8:]) if said else 0


def main(data: Path, rounds: int, seed: int) -> Summary:
    """Run the rounds and count what must not be."""
    draw = random.Random(seed)
    acknowledged = stored = lost = torn = busy = 0
    for number in range(rounds):
        turns = draw.randint(1, MOST_TURNS) if number % 2 else 0
        said = one_round(data, turns, draw.uniform(0, LONGEST_TURN_SECONDS if turns else LONGEST_SECONDS))
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
