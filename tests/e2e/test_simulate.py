from __future__ import annotations

import os
import subprocess
import sys


def simulate(*arguments: str, hash_seed: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "terminal", "simulate", *arguments],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        timeout=100,
    )
    return done.stdout


def test_two_processes_print_the_same_bytes():
    outputs = {simulate("--days", "6", "--seed", "2", "--json", hash_seed=seed) for seed in ("0", "1")}
    assert len(outputs) == 1
