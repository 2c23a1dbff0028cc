"""Scan from the command line: the same bytes whatever the process, and a draft that a backtest leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e import acceptance as a
from tests.e2e import own_market as own
from tests.scan_tapes import FAR, NEAR, legs, swing, write


def test_two_processes_find_and_write_the_same_and_nothing_is_ordered(tmp_path: Path) -> None:
    folder = tmp_path / "tape"
    folder.mkdir()
    write(folder, {**legs([*swing(110)]), "hc2401": legs(swing(104))[NEAR], "hc2405": legs(swing(104))[FAR]})
    plan = own.write_plan(tmp_path / "plan.toml", *(own.terms(f"SHFE.{name}", "1") for name in (NEAR, FAR)))
    told = []
    for seed in (1, 2):  # sets and dicts come in another order in each
        draft = tmp_path / f"draft{seed}.toml"
        done = a.hengduo("scan", folder, "--plan", plan, "--draft", "1", draft, "--json", hash_seed=seed)
        assert done.returncode == 0, done.stderr
        told.append((done.stdout, draft.read_bytes()))
    assert told[0] == told[1]
    found = json.loads(told[0][0])
    assert found["ranked"][0]["name"] == f"{NEAR} - {FAR}"
    assert {one["kind"] for one in found["ranked"]} == {"CALENDAR"}
    done = a.hengduo("backtest", "--tape", folder, "--plan", tmp_path / "draft1.toml", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["total"]["activity"]["orders"] == 0
