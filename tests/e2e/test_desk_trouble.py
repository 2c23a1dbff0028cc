"""A real desk whose own files are broken, newer, taken or unwritable: it says so, and loses nothing that is its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from terminal.domain.commands import SaveDocument
from terminal.domain.fact.facts import DocumentSaved
from terminal.domain.ids import CommandId, DeviceId
from terminal.store.outbox import OUTBOX_FILE, Outbox
from terminal.store.replica import REPLICA_FILE
from terminal.sync.desk_session import command_frame
from terminal.sync.wire import encode
from tests.e2e.processes import eventually, journal_records
from tests.e2e.seated import Seated, seated
from tests.e2e.small_house import SmallHouse

pytestmark = pytest.mark.xdist_group("desk_trouble")  # one runner for all of them

EQUITY = "账户 A 客户权益"  # of the summary, once the desk has its account


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHouse]:
    house = SmallHouse(tmp_path_factory.mktemp("house"))
    with house.running():
        yield house


def digests(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (REPLICA_FILE, OUTBOX_FILE)}


def leave_a_document(folder: Path, name: str) -> None:
    """Put what a desk writes while it is offline into its outbox: a draft that waits for the runner."""
    with closing(Outbox(folder, new_device=DeviceId("another"))) as box:
        command, body = CommandId(f"waiting-{name}"), SaveDocument(name=name, base_version=0, body='{"lots": 3}')

        def made(number: int) -> bytes:
            return encode(command_frame(command, number, body, pressed_mono=1, ttl_ms=86_400_000))

        box.next(command, kind="save_document", is_order=False, pressed_mono=1, ttl_ms=86_400_000, frame=made)


def is_saved(house: SmallHouse, name: str) -> bool:
    facts = [record.fact for record in journal_records(house.runner_data)]
    return any(isinstance(fact, DocumentSaved) and fact.name == name for fact in facts)


def spoil_the_header(path: Path) -> None:
    path.write_bytes(b"this was a database" + path.read_bytes()[19:])


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def change_a_record(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (last,) = connection.execute("SELECT max(arrival) FROM events").fetchone()
        connection.execute("UPDATE events SET bytes = CAST(bytes || x'20' AS BLOB) WHERE arrival = ?", (last // 2,))
        connection.commit()


def sit(house: SmallHouse, qtbot: QtBot, person: str, *, data: Path | None = None) -> AbstractContextManager[Seated]:
    return seated(qtbot, data or house.data, runner=f"ws://127.0.0.1:{house.port}", person=person)


def folder_of(house: SmallHouse, qtbot: QtBot, person: str) -> Path:
    """Return a person's desk folder, after the desk was there once and all was well."""
    with sit(house, qtbot, person) as desk:
        desk.until(EQUITY)
        assert desk.code() == 0
    return next(house.data.glob(f"desk/*/{person}"))


def test_a_broken_copy_is_put_aside_and_told_and_what_waited_is_still_sent(house: SmallHouse, qtbot: QtBot) -> None:
    folder = folder_of(house, qtbot, "trader")
    for number, spoil in enumerate((spoil_the_header, cut_off, change_a_record), 1):
        leave_a_document(folder, f"draft-{number}")
        spoil(folder / REPLICA_FILE)
        broken = (folder / REPLICA_FILE).read_bytes()
        with sit(house, qtbot, "trader") as desk:
            summary = desk.until(EQUITY, "本机副本", f"已改名为 replica.db.broken-{number} 保留")
            assert "没有丢失" in summary
            assert desk.desk.window.status.state.text() == "行情已连接"
            eventually(partial(is_saved, house, f"draft-{number}"), "the document that waited arrives")
            assert desk.code() == 0
        assert (folder / f"replica.db.broken-{number}").read_bytes() == broken
        with closing(Outbox(folder, new_device=DeviceId("another"))) as box:
            assert (box.rebuilt, box.device() != "another") == ("", True)
    with sit(house, qtbot, "trader") as desk:
        # What was told stays until it is read; a copy that is whole adds nothing to it.
        assert "replica.db.broken-4" not in desk.until(EQUITY, "replica.db.broken-3")
    assert not (folder / "replica.db.broken-4").exists()


@pytest.mark.parametrize(("file", "title"), [(REPLICA_FILE, "本机副本"), (OUTBOX_FILE, "本机发件箱")])
def test_a_file_of_a_newer_program_is_refused_with_what_to_do_and_not_touched(
    house: SmallHouse, qtbot: QtBot, file: str, title: str
) -> None:
    folder = folder_of(house, qtbot, "operator")
    kept = (folder / file).read_bytes()
    with closing(sqlite3.connect(folder / file)) as connection:
        connection.execute("CREATE TABLE of_a_later_day (one INTEGER)")
        connection.execute("PRAGMA user_version = 7")
        connection.commit()
    before = digests(folder)
    with sit(house, qtbot, "operator") as desk:
        summary = desk.until(f"{title} {folder / file} 由更新的程序写成", "请升级衡舵")
        assert "正在连接" not in summary
        assert desk.code() == 1
    assert digests(folder) == before
    assert not list(folder.glob("*.broken-*"))
    (folder / file).write_bytes(kept)


def test_of_two_desks_of_one_person_on_one_folder_the_second_says_who_has_it(house: SmallHouse, qtbot: QtBot) -> None:
    with sit(house, qtbot, "supervisor") as first:
        first.until(EQUITY)
        second = house.desk(person="supervisor", after=6)
        assert second.code == 1, second
        assert f"正由进程 {os.getpid()} 使用" in second.summary, second
        assert "--profile" in second.summary
        with sit(house, qtbot, "operator") as other:
            other.until(EQUITY)
        assert first.code() == 0


def test_of_two_desks_on_copies_of_one_folder_the_first_says_what_happened_and_leaves_the_second_alone(
    house: SmallHouse, qtbot: QtBot, tmp_path: Path
) -> None:
    folder_of(house, qtbot, "operator")
    shutil.copytree(house.data / "desk", tmp_path / "copied" / "desk", ignore=shutil.ignore_patterns("*.db-*"))
    (tmp_path / "copied" / "runner").mkdir()
    (tmp_path / "copied" / "runner" / "own").symlink_to(house.runner_data)
    with sit(house, qtbot, "operator") as first:
        first.until(EQUITY)
        with sit(house, qtbot, "operator", data=tmp_path / "copied") as second:
            second.until(EQUITY)
            first.until("同一台设备又从另一处（127.0.0.1）连接了运行器", "不再自动重连", "请关闭另一处", "重新打开")
            assert first.code() == 1
            assert second.code() == 0
            # Its figures are its copy's until the runner has greeted it: that it is heard is said a little later.
            qtbot.waitUntil(
                lambda: bool(second.summary()) and second.desk.window.status.state.text() == "行情已连接",
                timeout=20_000,
            )
    with sit(house, qtbot, "operator") as first:  # as it was told to
        assert "同一台设备" not in first.until(EQUITY)


def test_whoever_listens_at_a_mistyped_port_hears_nothing_and_the_desk_names_the_runner_there_is(
    house: SmallHouse, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "runner").mkdir()
    (tmp_path / "runner" / "own").symlink_to(house.runner_data)
    with socket.create_server(("127.0.0.1", 0)) as anybody:
        url = f"ws://127.0.0.1:{anybody.getsockname()[1]}"
        with seated(qtbot, tmp_path, runner=url) as desk:
            desk.until("没有本机的运行器", f"在运行的有 ws://127.0.0.1:{house.port}", "--token-stdin")
            assert desk.code() == 1
        anybody.setblocking(False)
        with pytest.raises(BlockingIOError):
            anybody.accept()


def test_a_folder_that_cannot_be_made_is_a_sentence(house: SmallHouse, qtbot: QtBot, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file where a folder should be", encoding="utf-8")
    with sit(house, qtbot, "trader", data=taken) as desk:
        # Without a card beside it no secret is found either; the folder comes first.
        desk.until(str(taken), "目录建不成")
        assert desk.code() == 1


def test_a_file_that_cannot_be_opened_is_a_sentence(house: SmallHouse, qtbot: QtBot, tmp_path: Path) -> None:
    folder = folder_of(house, qtbot, "trader")
    place = tmp_path / "desk" / folder.parent.name / "trader"
    (place / OUTBOX_FILE).mkdir(parents=True)  # what nobody can write into, root neither
    with sit(house, qtbot, "trader", data=tmp_path) as desk:
        desk.until(OUTBOX_FILE, "打不开")
        assert desk.code() == 1
