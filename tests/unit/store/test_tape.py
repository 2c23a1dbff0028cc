from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.market import Batch, Column, DayFacts, Recording
from terminal.store.tape import TapeWriter, import_key, load_recording, save_recording, verify_tape
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


def batch(index: int, *, slots: tuple[int, ...] = (0, 1), facts: tuple[DayFacts, ...] = ()) -> Batch:
    rows = np.full((len(slots), 9), index, dtype=np.int64)
    return Batch(index=index, at=1000 + index, slots=np.array(slots, dtype=np.int64), rows=rows, day_facts=facts)


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
    for back in (load_recording(tmp_path / "tape"), verify_tape(tmp_path / "tape")):
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
        verify_tape(tmp_path / "gone")


@pytest.mark.parametrize("name", ["slots.npy", "rows.npy", "ends.npy", "at.npy", "manifest.json"])
def test_a_changed_byte_is_found_by_verifying(tmp_path: Path, name: str) -> None:
    save_recording(market(tmp_path), tmp_path / "tape")
    flip(tmp_path / "tape" / name, -3)
    with pytest.raises(UserError, match="已损坏"):
        verify_tape(tmp_path / "tape")


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


def test_a_running_tape_comes_back_whole(tmp_path: Path) -> None:
    recording = market(tmp_path)
    with TapeWriter(tmp_path / "tape", name=recording.name, universe=recording.universe, segment_rows=5) as writer:
        for each in recording.batches():
            writer.append(each)
    assert len(list((tmp_path / "tape").glob("*.seg"))) > 2
    assert alike(verify_tape(tmp_path / "tape"), recording)


def test_what_was_not_flushed_is_lost_and_what_was_is_not(tmp_path: Path) -> None:
    writer = TapeWriter(tmp_path / "tape", name="样例", universe=(A, B))
    assert len(load_recording(tmp_path / "tape")) == 0
    fact = DayFacts(instrument=A, trading_day=20200821, settlement=7)
    writer.append(batch(0))
    writer.append(batch(1, facts=(fact,)))
    writer.flush()
    writer.append(batch(2))
    back = load_recording(tmp_path / "tape")
    assert back.at.tolist() == [1000, 1001]
    assert back.day_facts == ((1, fact),)
    assert writer.next_index == 3


def test_a_tape_is_continued_and_never_holds_a_batch_twice(tmp_path: Path) -> None:
    with TapeWriter(tmp_path / "tape", name="样例", universe=(A, B)) as writer:
        for index in range(3):
            writer.append(batch(index))
    with TapeWriter(tmp_path / "tape", name="样例", universe=(A, B)) as writer:
        assert writer.next_index == 3
        for index in range(1, 5):
            writer.append(batch(index))
    assert verify_tape(tmp_path / "tape").at.tolist() == [1000, 1001, 1002, 1003, 1004]


def test_new_instruments_come_after_the_known_ones(tmp_path: Path) -> None:
    with TapeWriter(tmp_path / "tape", name="样例", universe=(A, B)) as writer:
        writer.append(batch(0))
    with TapeWriter(tmp_path / "tape", name="样例", universe=(A, B, C)) as writer:
        writer.append(batch(1, slots=(2,)))
    assert load_recording(tmp_path / "tape").universe == (A, B, C)
    with pytest.raises(UserError, match="记录的合约与当前行情不同"):
        TapeWriter(tmp_path / "tape", name="样例", universe=(B, A, C))


def test_a_gap_in_the_markets_batches_begins_a_new_segment(tmp_path: Path) -> None:
    with TapeWriter(tmp_path / "tape", name="样例", universe=(A, B)) as writer:
        writer.append(batch(0))
        writer.append(batch(7))
    assert len(list((tmp_path / "tape").glob("*.seg"))) == 2
    assert load_recording(tmp_path / "tape").at.tolist() == [1000, 1007]


def test_buffers_a_feed_fills_again_are_copied(tmp_path: Path) -> None:
    with TapeWriter(tmp_path / "tape", name="样例", universe=(A, B)) as writer:
        reused = batch(0)
        writer.append(reused)
        reused.rows[:] = 99
    assert not (load_recording(tmp_path / "tape").rows == 99).any()


def test_an_imported_tape_is_not_written_on(tmp_path: Path) -> None:
    save_recording(market(tmp_path), tmp_path / "tape")
    with pytest.raises(UserError, match="不能续写"):
        TapeWriter(tmp_path / "tape", name="样例", universe=(A,))


def test_a_kill_at_any_byte_leaves_the_segments_that_were_finished(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    with TapeWriter(whole, name="样例", universe=(A, B), segment_rows=4) as writer:
        for index in range(6):
            writer.append(batch(index))
    index_bytes = (whole / "index.jsonl").read_bytes()
    ends = [place + 1 for place, byte in enumerate(index_bytes) if byte == ord("\n")]
    for cut in range(ends[0], len(index_bytes) + 1, 7):
        torn = tmp_path / "torn"
        shutil.copytree(whole, torn)
        (torn / "index.jsonl").write_bytes(index_bytes[:cut])
        finished = sum(end <= cut for end in ends) - 1
        assert len(load_recording(torn)) == 2 * finished
        with TapeWriter(torn, name="样例", universe=(A, B), segment_rows=4) as writer:
            assert writer.next_index == 2 * finished
            for index in range(6):
                writer.append(batch(index))
        assert alike(verify_tape(torn), load_recording(whole))
        shutil.rmtree(torn)


def test_a_kill_before_the_first_line_is_whole_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "tape").mkdir()
    (tmp_path / "tape" / "index.jsonl").write_bytes(b'{"sha256":"12')
    with pytest.raises(UserError, match="没有可读的开头"):
        load_recording(tmp_path / "tape")
    with TapeWriter(tmp_path / "tape", name="样例", universe=(A, B)) as writer:
        writer.append(batch(0))
    assert len(verify_tape(tmp_path / "tape")) == 1


def test_a_changed_line_in_the_middle_of_the_index_is_an_error(tmp_path: Path) -> None:
    with TapeWriter(tmp_path / "tape", name="样例", universe=(A, B), segment_rows=2) as writer:
        for index in range(3):
            writer.append(batch(index))
    flip(tmp_path / "tape" / "index.jsonl", 400)
    with pytest.raises(UserError, match="第 2 行与写入时不同"):
        load_recording(tmp_path / "tape")


@pytest.mark.parametrize("place", [0, 100])
def test_a_changed_byte_of_a_segment_is_found_by_verifying(tmp_path: Path, place: int) -> None:
    with TapeWriter(tmp_path / "tape", name="样例", universe=(A, B)) as writer:
        writer.append(batch(0))
    flip(tmp_path / "tape" / "00000000.seg", place)
    with pytest.raises(UserError, match="已损坏"):
        verify_tape(tmp_path / "tape")


def test_a_full_disk_is_an_error_and_the_flush_can_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = TapeWriter(tmp_path / "tape", name="样例", universe=(A, B))
    writer.append(batch(0))

    # The third wait is the one for the index: then the line is there and nobody was told that it is durable.
    for waits in range(3):
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", DiskFullAfter(waits))
            with pytest.raises(UserError, match="写不进"):
                writer.flush()
    writer.flush()
    assert len(verify_tape(tmp_path / "tape")) == 1


def test_marks_of_a_tape_rise(tmp_path: Path) -> None:
    recording = market(tmp_path)
    save_recording(recording, tmp_path / "tape")
    back = load_recording(tmp_path / "tape")
    assert all(before <= after for before, after in pairwise(back.at.tolist()))
