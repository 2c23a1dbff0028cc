from __future__ import annotations

import json
from pathlib import Path

import pytest

from terminal.commands import doctor
from terminal.commands.doctor import Finding, Status

LACKING = Finding("Qt 系统库", Status.MISSING, "缺 libEGL.so.1", "apt", ("libegl1",))
NOTED = Finding("中文字体", Status.NOTE, "没有", "apt", ("fonts-wqy-microhei", "libegl1"))
FINE = Finding("Python", Status.FINE, "3.11.7")


def test_this_python_and_its_sqlite_are_good_enough() -> None:
    assert doctor.check_python().status is Status.FINE
    assert doctor.check_sqlite().status is Status.FINE


def test_every_finding_that_is_not_fine_says_what_to_do() -> None:
    assert [finding for finding in doctor.examine() if finding.status is not Status.FINE and not finding.mend] == []


def test_a_library_that_is_not_there_is_named() -> None:
    assert doctor._absent({"libhengduo-nowhere.so.9": "libnowhere9"}) == ["libhengduo-nowhere.so.9"]


def test_each_debian_package_of_the_libraries_stands_once() -> None:
    packages = [*doctor.QT_LIBRARIES.values(), *doctor.SCREEN_LIBRARIES.values()]
    assert len(packages) == len(set(packages))


def test_a_folder_that_does_not_exist_yet_is_measured_on_the_disk_it_will_be_on(tmp_path: Path) -> None:
    assert "剩余" in doctor.check_disk(tmp_path / "not" / "yet").text


def test_a_language_no_font_speaks_counts_zero_fonts() -> None:
    assert doctor.count_fonts(":family=HengduoNoSuchFamily") == 0


def test_the_report_ends_with_one_apt_line_that_names_each_package_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    doctor.report([FINE, LACKING, NOTED], json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "正常  Python：3.11.7"
    assert lines[1].startswith("缺失  Qt 系统库：缺 libEGL.so.1  → ")
    assert lines[-1].endswith("fonts-wqy-microhei libegl1")


@pytest.mark.parametrize(("findings", "verdict"), [([FINE, NOTED], True), ([FINE, LACKING], False)])
def test_the_json_report_is_one_object_and_only_a_missing_required_thing_is_not_ok(
    capsys: pytest.CaptureFixture[str], findings: list[Finding], verdict: bool
) -> None:
    doctor.report(findings, json=True)
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is verdict
    assert [row["name"] for row in answer["findings"]] == [finding.name for finding in findings]
