from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.market import Column, Recording
from terminal.store.tape import import_key, load_recording, save_recording
from tests.tapes import ctp_tape, market_tape, multi_tape, read

A, B, C = InstrumentId("DCE.i2101"), InstrumentId("CZCE.FG101"), InstrumentId("SHFE.rb2010")


def market(tmp_path: Path) -> Recording:
    folder = tmp_path / "recorded"
    folder.mkdir()
    multi_tape(folder)
    return read(folder)


def alike(one: Recording, other: Recording) -> bool:
    columns = ("slots", "rows", "ends", "at")
    same = all(np.array_equal(getattr(one, name), getattr(other, name)) for name in columns)
    return same and (one.name, one.universe, one.day_facts) == (other.name, other.universe, other.day_facts)


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))


class DiskFullAfter:
    """Let some waits for the disk pass and fail the others."""

    def __init__(self, waits: int) -> None:
        self.left = waits

    def __call__(self, _handle: int) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(28, "No space left on device")


def test_a_recording_comes_back_as_it_was(tmp_path: Path) -> None:
    recording = market(tmp_path)
    save_recording(recording, tmp_path / "tape")
    back = load_recording(tmp_path / "tape")
    assert alike(recording, back)
    assert back.quarantined == recording.quarantined
    assert back.absent == recording.absent
    batches = zip(recording.batches(), load_recording(tmp_path / "tape").batches(), strict=True)
    assert all(one.day_facts == other.day_facts and (one.rows == other.rows).all() for one, other in batches)


def test_the_columns_are_plain_numpy_files(tmp_path: Path) -> None:
    recording = market(tmp_path)
    save_recording(recording, tmp_path / "tape")
    for name in ("slots", "rows", "ends", "at"):
        assert np.array_equal(np.load(tmp_path / "tape" / f"{name}.npy"), getattr(recording, name))


def test_a_loaded_tape_cannot_be_written_to(tmp_path: Path) -> None:
    save_recording(market(tmp_path), tmp_path / "tape")
    loaded = load_recording(tmp_path / "tape")
    for column in (loaded.slots, loaded.column(Column.LAST), loaded.ends, loaded.at):
        assert type(column) is np.ndarray
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1


def test_saving_again_replaces_the_tape_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    first = market(tmp_path)
    save_recording(first, tmp_path / "tapes" / "one")
    market_tape(tmp_path)
    second = read(tmp_path / "all_mains.csv.gz")
    save_recording(second, tmp_path / "tapes" / "one")
    assert alike(load_recording(tmp_path / "tapes" / "one"), second)
    assert [path.name for path in (tmp_path / "tapes").iterdir()] == ["one"]


def test_a_save_that_fails_leaves_the_tape_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = market(tmp_path)
    save_recording(recording, tmp_path / "tapes" / "one")

    monkeypatch.setattr("os.fsync", DiskFullAfter(0))
    with pytest.raises(UserError, match=r"写不进 .*磁盘已满"):
        save_recording(recording, tmp_path / "tapes" / "one")
    assert alike(load_recording(tmp_path / "tapes" / "one"), recording)
    assert [path.name for path in (tmp_path / "tapes").iterdir()] == ["one"]


def test_a_folder_without_a_tape_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="没有行情带"):
        load_recording(tmp_path)
    with pytest.raises(UserError, match="没有行情带"):
        load_recording(tmp_path / "gone")


@pytest.mark.parametrize("name", ["slots.npy", "rows.npy", "ends.npy", "at.npy", "manifest.json"])
def test_a_changed_byte_is_found_by_loading(tmp_path: Path, name: str) -> None:
    save_recording(market(tmp_path), tmp_path / "tape")
    flip(tmp_path / "tape" / name, -3)
    with pytest.raises(UserError, match="已损坏"):
        load_recording(tmp_path / "tape")


@pytest.mark.parametrize("name", ["slots.npy", "rows.npy", "ends.npy", "at.npy"])
def test_a_changed_byte_of_an_imported_column_is_found_by_loading(tmp_path: Path, name: str) -> None:
    save_recording(market(tmp_path), tmp_path / "tape")
    flip(tmp_path / "tape" / name, -8)
    with pytest.raises(UserError, match="内容与写入时不同") as told:
        load_recording(tmp_path / "tape")
    assert str(tmp_path / "tape" / name) in told.value.message
    assert f"请删除目录 {tmp_path / 'tape'}" in told.value.message
    shutil.rmtree(tmp_path / "tape")
    save_recording(read(tmp_path / "recorded"), tmp_path / "tape")
    assert len(load_recording(tmp_path / "tape")) > 0


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-8])])
@pytest.mark.parametrize("name", ["slots.npy", "rows.npy", "ends.npy", "at.npy"])
def test_a_missing_or_shortened_column_is_found_by_loading(
    tmp_path: Path, name: str, spoil: Callable[[Path], object]
) -> None:
    save_recording(market(tmp_path), tmp_path / "tape")
    spoil(tmp_path / "tape" / name)
    with pytest.raises(UserError, match=r"已损坏|找不到"):
        load_recording(tmp_path / "tape")


def test_a_changed_head_of_a_column_is_found_by_loading(tmp_path: Path) -> None:
    save_recording(market(tmp_path), tmp_path / "tape")
    flip(tmp_path / "tape" / "rows.npy", 20)
    with pytest.raises(UserError, match="形状有误"):
        load_recording(tmp_path / "tape")


def test_columns_that_do_not_fit_one_another_are_found_by_loading(tmp_path: Path) -> None:
    recording = market(tmp_path)
    recording.slots = np.full_like(recording.slots, 99)
    save_recording(recording, tmp_path / "tape")
    with pytest.raises(UserError, match="合约编号超出合约表"):
        load_recording(tmp_path / "tape")


def test_the_key_of_an_import_follows_names_contents_and_reader(tmp_path: Path) -> None:
    files = ctp_tape(tmp_path)
    key = import_key(files, reader="1")
    assert import_key(list(reversed(files)), reader="1") == key
    assert import_key(files, reader="2") != key
    assert import_key(files[1:], reader="1") != key
    renamed = files[0].rename(tmp_path / "other.csv.gz")
    assert import_key([renamed, *files[1:]], reader="1") != key
    renamed.rename(files[0])
    assert import_key(files, reader="1") == key
    flip(files[0], 30)
    assert import_key(files, reader="1") != key
    with pytest.raises(UserError, match="找不到"):
        import_key([tmp_path / "gone"], reader="1")


def test_marks_of_a_tape_rise(tmp_path: Path) -> None:
    recording = market(tmp_path)
    save_recording(recording, tmp_path / "tape")
    back = load_recording(tmp_path / "tape")
    assert all(before <= after for before, after in pairwise(back.at.tolist()))
