from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from terminal.domain.errors import UserError
from terminal.gateways.replay.open import expand, read_recording
from tests.tapes import (
    CTP_COLUMNS,
    MARKET_COLUMNS,
    ctp_row,
    ctp_tape,
    market_row,
    market_tape,
    multi_tape,
    read,
    reference,
    resolve,
    tape_bytes,
    write_tape,
)

ROWS = [ctp_row("AP010", "20200803", "09:00:00"), ctp_row("AP010", "20200803", "09:00:01", volume="101")]
PLAIN = tape_bytes(CTP_COLUMNS, ROWS)


def refused(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read(path)
    assert "\n" not in caught.value.message, "one sentence, no traceback"
    return caught.value.message


def tape(folder: Path, data: bytes, name: str = "tape.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_folders_files_and_patterns_name_the_same_files(tmp_path: Path) -> None:
    files = sorted(ctp_tape(tmp_path))
    (tmp_path / "notes.txt").write_text("no tape")
    assert list(expand([tmp_path])) == files
    assert list(expand([*reversed(files), tmp_path])) == files, "each file once, in order"
    assert list(expand([tmp_path / "AP*.csv.gz"])) == files


def test_a_pattern_in_a_folders_name_is_followed(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    files = ctp_tape(tmp_path / "one")
    assert list(expand([tmp_path / "o*" / "*_20200731.csv.gz"])) == [files[0], files[2]]


def test_a_folder_or_pattern_without_recordings_is_an_error(tmp_path: Path) -> None:
    assert "没有行情文件" in refused(tmp_path)
    assert "没有行情文件" in refused(tmp_path / "*.csv")
    with pytest.raises(UserError, match="没有给出行情文件"):
        expand([])


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    assert refused(tmp_path / "gone.csv") == f"找不到行情文件 {tmp_path / 'gone.csv'}，请核对路径。"


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    assert "是空文件" in refused(tape(tmp_path, b""))
    assert "第 1 行：表头不是已知的录制格式" in refused(tape(tmp_path, gzip.compress(b""), "tape.csv.gz"))


def test_an_unknown_header_is_an_error_that_names_the_known_formats(tmp_path: Path) -> None:
    message = refused(tape(tmp_path, b"a,b,c\n1,2,3\n"))
    assert "ctp_full、whole_market、multi" in message


def test_columns_may_stand_in_any_order_and_more_may_be_there(tmp_path: Path) -> None:
    columns = ("Extra", *reversed(CTP_COLUMNS))
    assert len(read(write_tape(tmp_path / "tape.csv", columns, ROWS)).rows) == 2


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_packed_file_that_was_cut_off_is_an_error(tmp_path: Path, share: float) -> None:
    packed = gzip.compress(PLAIN)
    message = refused(tape(tmp_path, packed[: int(len(packed) * share)], "tape.csv.gz"))
    assert "损坏或被截断" in message or "不是 UTF-8" in message


def test_a_packed_file_without_its_checksum_is_an_error(tmp_path: Path) -> None:
    packed = gzip.compress(PLAIN)
    assert "损坏或被截断" in refused(tape(tmp_path, packed[:-5], "tape.csv.gz"))
    broken = bytearray(packed)
    broken[-6] ^= 0x10
    assert "损坏或被截断" in refused(tape(tmp_path, bytes(broken), "tape.csv.gz"))


def test_a_file_that_stops_inside_a_row_is_an_error_with_its_line(tmp_path: Path) -> None:
    assert "第 3 行：应有 44 列" in refused(tape(tmp_path, PLAIN[:-200]))


def test_a_file_that_stops_inside_the_last_value_is_an_error(tmp_path: Path) -> None:
    message = refused(tape(tmp_path, PLAIN[:-1]))
    assert "第 3 行：最后一行没有换行" in message
    assert "补一个换行" in message


def test_a_text_that_is_no_number_is_an_error_with_its_line(tmp_path: Path) -> None:
    assert "第 2 行：“70x0.00”不是数字" in refused(tape(tmp_path, PLAIN.replace(b"7000.00", b"70x0.00", 1)))


@pytest.mark.parametrize("column", ["UpperLimitPrice", "SettlementPrice"])
def test_a_damaged_day_fact_is_an_error_with_its_line(tmp_path: Path, column: str) -> None:
    rows = [ROWS[0], ROWS[1] | {column: "52<0"}]
    assert "第 3 行：“52<0”不是数字" in refused(write_tape(tmp_path / "tape.csv", CTP_COLUMNS, rows))


def test_what_is_no_text_at_all_is_an_error(tmp_path: Path) -> None:
    assert "不是 UTF-8 文本" in refused(tape(tmp_path, PLAIN[:-40] + b"\xff\xfe" + PLAIN[-40:]))


def test_quotes_that_never_close_are_an_error_with_a_line(tmp_path: Path) -> None:
    assert "引号或换行错乱" in refused(tape(tmp_path, PLAIN[:-2] + b',"\n'))


def test_empty_lines_are_no_rows(tmp_path: Path) -> None:
    assert len(read(tape(tmp_path, PLAIN + b"\n\n")).rows) == 2


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    assert len(read(tape(tmp_path, b"\xef\xbb\xbf" + PLAIN.replace(b"\n", b"\r\n"))).rows) == 2


def test_an_unknown_instrument_is_an_error_with_file_and_line(tmp_path: Path) -> None:
    rows = [ROWS[0], ctp_row("QQ2101", "20200803", "09:00:01")]
    assert "tape.csv 第 3 行：未知合约 QQ2101" in refused(write_tape(tmp_path / "tape.csv", CTP_COLUMNS, rows))


def test_a_recording_without_a_usable_row_is_an_error_with_the_reasons(tmp_path: Path) -> None:
    assert "没有可用的行情（无数据行）" in refused(tape(tmp_path, tape_bytes(CTP_COLUMNS, [])))
    night = [ctp_row("AP010", "20200804", "21:00:00", action_day="20200803")]
    assert "outside_session 1" in refused(write_tape(tmp_path / "tape.csv", CTP_COLUMNS, night))


def test_recordings_with_and_without_a_receivers_clock_do_not_mix(tmp_path: Path) -> None:
    market_tape(tmp_path)
    multi_tape(tmp_path)
    assert "不能合成一个行情" in refused(tmp_path)


def test_formats_that_share_a_clock_are_merged(tmp_path: Path) -> None:
    multi_tape(tmp_path)
    rows = [ctp_row("ru1709", "20170424", "09:00:00", last="15000", bid="14995", ask="15005")]
    write_tape(tmp_path / "ru1709.csv", CTP_COLUMNS, rows)
    market = read(tmp_path)
    assert "SHFE.ru1709" in market.universe
    assert "CZCE.TA709" in market.universe


def test_the_same_file_twice_is_one_file(tmp_path: Path) -> None:
    path = tape(tmp_path, PLAIN)
    assert len(read(path, path).rows) == 2


def test_a_copy_of_a_file_adds_nothing(tmp_path: Path) -> None:
    market = read(tape(tmp_path, PLAIN), tape(tmp_path, PLAIN, "copy.csv"))
    assert market.quarantined == {"duplicate": 2}


def test_progress_rises_to_one(tmp_path: Path) -> None:
    rows = [market_row("DCE.i2101", place) for place in range(20_000)]
    files = [
        write_tape(tmp_path / "a.csv.gz", MARKET_COLUMNS, rows[:10_000]),
        write_tape(tmp_path / "b.csv", MARKET_COLUMNS, rows[10_000:]),
    ]
    told: list[float] = []
    read_recording(files, instruments=resolve, calendar=reference().calendar, progress=told.append)
    assert told == sorted(told)
    assert len(told) >= 4
    assert told[-1] == 1.0
