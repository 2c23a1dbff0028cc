"""A speed has its bounds, and one asked of a runner that is there already is said to stay as it is."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import pytest

from terminal.commands import run
from terminal.commands.desk import _say_where_speed_is_late
from terminal.commands.main import USER_ERROR, main
from terminal.runner.card import Card, write_card
from terminal.runner.places import runner_folder
from terminal.store.owner import Owner


def test_a_runner_that_is_there_keeps_its_speed_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = runner_folder(tmp_path, "sample")
    folder.mkdir(parents=True)
    with closing(socket.create_server(("127.0.0.1", 0))) as there:
        # Given the card of a dead runner, whose port is somebody else's by now
        port = there.getsockname()[1]
        write_card(
            folder,
            Card(address="127.0.0.1", port=port, pid=1, secret="s", market="sample", version="t", embedded=True),
        )
        _say_where_speed_is_late(tmp_path, "sample", "", 2.5)
        assert capsys.readouterr().err == ""
    owner = Owner(folder)  # and one that lives
    _say_where_speed_is_late(tmp_path, "sample", "", 2.5)
    assert capsys.readouterr().err.startswith("运行器已经在运行，倍速在它启动时定下：--speed 2.5 这次不起作用")
    _say_where_speed_is_late(tmp_path, "replay:/other", "", 2.5)  # one of its own will be started
    assert capsys.readouterr().err == ""
    owner.release()
    _say_where_speed_is_late(tmp_path, "sample", "", 2.5)  # nobody is there any more
    assert capsys.readouterr().err == ""


def test_a_runner_elsewhere_has_its_own_speed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _say_where_speed_is_late(tmp_path, "sample", "wss://runner:7070", 3)
    assert "--speed 3 这次不起作用" in capsys.readouterr().err


@pytest.mark.parametrize("speed", ["1000.5", "1e400", "nan", "0.009", "0", "-1"])
@pytest.mark.parametrize("verb", ["run", "runner"])
def test_a_speed_out_of_range_is_one_sentence_and_starts_nothing(
    verb: str, speed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([verb, "--data", str(tmp_path / "data"), "--speed", speed]) == USER_ERROR
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith(f"hengduo: --speed {float(speed):g} 应在 0.01 到 1000 之间：")
    assert "请改后再来" in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("speed", [0.01, 1000.0])
def test_the_slowest_and_the_fastest_speed_are_taken(speed: float, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[float] = []

    def open_desk(**given: float) -> int:
        opened.append(given["speed"])
        return 0

    monkeypatch.setattr(run, "open_desk", open_desk)
    assert main(["run", "--speed", str(speed)]) == 0
    assert opened == [speed]
