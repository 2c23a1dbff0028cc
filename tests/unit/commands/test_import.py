"""Nobody watches the imports of a desk: a fresh process, for here PySide has long done so."""

from __future__ import annotations

import subprocess
import sys

TEXT = """
import builtins
import sys
from terminal.commands.desk import _import_unobserved
_import_unobserved()
sys.setprofile(lambda frame, event, _: event == "call" and print("watched by", frame.f_code.co_filename))
import this_is_nowhere_but_here
"""


def test_no_code_of_python_runs_at_an_import_but_python_s_own() -> None:
    done = subprocess.run([sys.executable, "-c", TEXT], capture_output=True, text=True, check=False)
    assert "No module named 'this_is_nowhere_but_here'" in done.stderr
    watchers = {line for line in done.stdout.splitlines() if "frozen importlib" not in line}
    assert not any("shibokensupport" in line for line in watchers)
    assert done.stdout


def test_numpy_starts_no_threads_to_multiply_matrices_with() -> None:
    text = """
from pathlib import Path
from terminal.commands.main import main
main(["--version"])
import numpy
print(len(list(Path("/proc/self/task").iterdir())))
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1"
