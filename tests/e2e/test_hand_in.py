"""`hengduo reconcile --hand-in` closes an account of a living runner on a difference, and opens it on a clean day.

`hengduo sandbox --hand-in` puts its rounds on record there.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from terminal.domain.fact.facts import DaySettled, LevelChanged, SandboxRecorded, StatementReconciled, StatementRefused
from terminal.domain.words.risk import Level
from tests import tapes
from tests.e2e import acceptance as a
from tests.e2e import own_market as own
from tests.e2e.processes import eventually, journal_records, port_of, program, said
from tests.e2e.small_house import desk, hengduo
from tests.e2e.test_reconcile import NIGHT, investor_of, printed_days
from tests.printed_statement import print_statement


def facts(data: Path, kind: type) -> list[Any]:
    return [record.fact for record in journal_records(data) if isinstance(record.fact, kind)]


def levels(data: Path) -> list[Level]:
    return [one.after for one in facts(data, LevelChanged) if one.signal == "statement"]


def rehearse(folder: Path, data: Path) -> tuple[int, str]:
    """Play one round of a grid and hand it in; return the code and the last line that is printed."""
    plan = own.write_plan(folder / "grid.toml", own.APPLE, own.GRID)
    tape = own.wave_tape(folder / "ap.csv", seconds=120)
    words = ("--tape", str(tape), "--plan", str(plan), "--rounds", "1", "--hand-in", "--data", str(data))
    done = hengduo("sandbox", *words)
    return done.returncode, done.stdout.splitlines()[-1]


def test_a_living_runner_takes_what_was_found_and_without_one_nothing_is_left(tmp_path: Path) -> None:
    tape, plan = tmp_path / "tape", own.write_plan(tmp_path / "plan.toml", *NIGHT)
    tape.mkdir()
    tapes.night_tape(tape)
    played = a.play(tape, plan, tmp_path / "played")  # what the broker prints of the same day
    day, client = next(printed_days(played)), investor_of(played)
    good, wrong = tmp_path / "good.txt", tmp_path / "wrong.txt"
    good.write_bytes(print_statement(day, client))
    money = {**day.by_day, "保证金占用": day.by_day["保证金占用"] + Decimal("0.01")}
    wrong.write_bytes(print_statement(replace(day, by_day=money), client))
    unbalanced = tmp_path / "unbalanced.txt"
    more = {**day.by_day, "期末结存": day.by_day["期末结存"] + Decimal("0.01")}
    unbalanced.write_bytes(print_statement(replace(day, by_day=more), client))
    data = tmp_path / "here" / "runner" / "own"
    words = ("--data", str(data), "--market", f"replay:{tape}", "--plan", str(plan), "--listen", "127.0.0.1:0")

    def hand_in(statement: Path, code: int) -> str:
        done = hengduo("reconcile", str(statement), "--data", str(data), "--hand-in")
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    with program("runner", *words, "--speed", "1000", "--json", log=tmp_path / "runner.log") as runner:
        port = port_of(said(runner))
        eventually(lambda: facts(data, DaySettled), "the first day is settled")
        assert "运行器：2018-10-08 的结算单与账有 1 处不符，账户转为只平仓" in hand_in(wrong, 1)
        assert levels(data) == [Level.RED]
        seen = desk(
            "--runner", f"ws://127.0.0.1:{port}", "--profile", "risk", data=tmp_path / "here", after=6, folder=tmp_path
        )
        assert seen.code == 0, seen
        assert "红色：2018-10-08 的结算单与账有 1 处不符，只平仓" in seen.summary
        assert "只平仓已解除" in hand_in(good, 0)
        assert levels(data) == [Level.RED, Level.NORMAL]
        # One that cannot be true is refused, leaves the account as it is, and is in the bar of every desk.
        refused = hand_in(unbalanced, 2)
        assert "结算单不平：期末结存" in refused
        assert "运行器：结算单 unbalanced.txt 被拒绝，没有对账，账户不变" in refused
        assert "早已被拒绝" in hand_in(unbalanced, 2)
        seen = desk(
            "--runner", f"ws://127.0.0.1:{port}", "--profile", "risk", data=tmp_path / "here", after=6, folder=tmp_path
        )
        assert "结算单 unbalanced.txt（2018-10-08）被拒绝，没有对账，账户不变：结算单不平" in seen.summary
        assert levels(data) == [Level.RED, Level.NORMAL]
        assert [one.refusal.file for one in facts(data, StatementRefused)] == ["unbalanced.txt"]
        assert "运行器：2018-10-08 的结算单与账全部相符。" in hand_in(good, 0)
        # Rounds of the sandbox come the same way: one of the three that are wanted.
        assert rehearse(tmp_path, data) == (1, "运行器：沙盘 1 轮已登记到账户 A，其中新的全流程 1 轮。")
        assert [one.person.partition(":")[0] for one in facts(data, SandboxRecorded)] == ["local"]
    handed = facts(data, StatementReconciled)
    assert [one.result.differences for one in handed] == [1, 0, 0]
    assert all(one.person.startswith("local:") for one in handed)
    # Without a runner the table is printed all the same, and nothing waits for the next start.
    left = hand_in(good, 2)
    assert "全部相符" in left
    assert "对账结果没有交到" in left
    assert list((data / "statements").iterdir()) == []
    assert hengduo("verify", str(data)).returncode == 0
