"""Time the main job: the recorded whole market with journal, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from terminal.commands.benches.figure import Figure
from terminal.commands.benches.places import plan, whole_market

RECORDED_SECONDS = 1970.1  # 13:37:10 to 14:10:00.4
REPEATS = 3


def measure() -> list[Figure]:
    """Return times real time and peak memory; empty where the recording is absent."""
    tape = whole_market()
    if tape is None:
        return []
    speeds, memory = [], []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory(prefix="hengduo-bench-") as folder:
            began = time.perf_counter()
            summary = json.loads(_play(tape, Path(folder)))
            speeds.append(RECORDED_SECONDS / (time.perf_counter() - began))
            memory.append(float(summary["vm_hwm_mb"]))
    what = "whole_market 回放，含读取、日志、成交，整个进程"
    return [
        Figure(name="replay_speed", what=what, unit="×实时", runs=tuple(speeds), bar=50, less_is_better=False),
        Figure(name="replay_memory", what=f"{what}：VmHWM", unit="MiB", runs=tuple(memory), bar=150, judged_by="worst"),
    ]


def _play(tape: Path, folder: Path) -> str:
    command = [sys.executable, "-m", "terminal", "replay", "--tape", str(tape)]
    command += ["--plan", str(plan("whole_market.toml")), "--data", str(folder), "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own words
