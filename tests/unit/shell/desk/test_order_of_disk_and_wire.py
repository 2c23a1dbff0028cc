"""What leaves a desk says only what its disk already holds: a command before it is sent, a record before its CREDIT."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from terminal.domain import commands as c
from terminal.domain.ids import CommandId, DeviceId
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Scope
from terminal.shell.desk.sending import Sending
from terminal.store.outbox import OUTBOX_FILE, Outbox
from terminal.sync import messages as m
from terminal.sync.desk_session import DeskSession
from terminal.sync.record_lane import LaneLimits
from tests.desk_memory import MemoryReplica
from tests.desk_rig import Seat
from tests.engine_world import ONE, TRADER, terms
from tests.sync_rig import Rig

BUY = c.SubmitOrder(terms=terms(Side.BUY, 1, 3690))
KILL = c.Kill(account=ONE, scope=Scope(), reason="停")
SAVE = c.SaveDocument(name="layout", base_version=0, body="1")


class Wire:
    """Be the session of a live desk: note each command that is sent, and what another process finds on disk then."""

    is_timed = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.found: list[tuple[m.Cmd, bytes | None]] = []

    def send(self, frame: m.Cmd) -> None:
        with closing(sqlite3.connect(f"file:{self._folder / OUTBOX_FILE}?mode=ro", uri=True)) as beside:
            row = beside.execute("SELECT frame FROM commands WHERE command = ?", (frame.cmd_id,)).fetchone()
        self.found.append((frame, None if row is None else row[0]))


@pytest.mark.parametrize("body", [BUY, KILL, SAVE])
def test_a_command_is_committed_in_the_outbox_when_its_first_byte_can_leave(
    tmp_path: Path, body: c.CommandBody
) -> None:
    wire = Wire(tmp_path)
    with closing(Outbox(tmp_path, new_device=DeviceId("desk-1"))) as outbox:
        sending = Sending(outbox, TRADER, Ed25519PrivateKey.generate(), lambda _: None)
        sending.send(CommandId("c1"), body, pressed=1, session=wire, why_not="")  # type: ignore[arg-type]
    ((sent, stored),) = wire.found
    assert stored is not None, "it was sent before it was stored"
    assert msgspec.json.decode(stored, type=m.Cmd) == sent


def noting(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, word: str, done: list[str]) -> None:
    act: Callable[..., object] = getattr(owner, name)

    def noted(*args: object, **words: object) -> object:
        result = act(*args, **words)
        done.append(word)  # where it raises, it was not done
        return result

    monkeypatch.setattr(owner, name, noted)


def test_records_are_committed_before_the_runner_is_told_that_it_may_forget_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seat = Seat(Rig())
    seat.connect()
    done: list[str] = []
    noting(monkeypatch, MemoryReplica, "append", "committed", done)
    noting(monkeypatch, DeskSession, "applied", "credit", done)
    seat.press(BUY)
    seat.pump()
    assert done
    assert done == ["committed", "credit"] * (len(done) // 2)


def test_a_snapshot_is_committed_before_the_runner_is_told_that_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    noting(monkeypatch, MemoryReplica, "swap", "committed", done)
    noting(monkeypatch, DeskSession, "applied", "credit", done)
    seat = Seat(Rig(limits=LaneLimits(beyond_events=1)))
    seat.connect()
    assert done[:2] == ["committed", "credit"]


def test_records_that_could_not_be_folded_are_not_credited(monkeypatch: pytest.MonkeyPatch) -> None:
    seat = Seat(Rig())
    seat.connect()
    told: list[str] = []
    noting(monkeypatch, DeskSession, "applied", "credit", told)

    def broken(*_: object) -> None:
        raise ValueError("the disk took nothing")

    monkeypatch.setattr(MemoryReplica, "append", broken)
    seat.press(BUY)
    seat.pump()
    assert told == []
    assert seat.session is None, "the connection ended instead"
