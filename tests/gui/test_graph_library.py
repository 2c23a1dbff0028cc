"""What pyqtgraph mirrors of Qt is read when it is asked for: a fresh process, for here it may stand already."""

from __future__ import annotations

import subprocess
import sys

TEXT = """
from PySide6 import QtCore, QtGui, QtWidgets
from terminal.widgets.basis.graph_library import pg
for ours, theirs in ((pg.QtCore, QtCore), (pg.QtGui, QtGui), (pg.QtWidgets, QtWidgets)):
    names = [name for name in dir(theirs) if not name.startswith("__")]
    print(len(names), len(vars(ours)))
    assert all(getattr(ours, name) is getattr(theirs, name) for name in names[:50])
try:
    pg.QtCore.QNothing
except AttributeError as problem:
    print(problem)
"""


def test_only_the_names_a_chart_needs_are_made() -> None:
    done = subprocess.run([sys.executable, "-c", TEXT], capture_output=True, text=True, check=True)
    *counts, problem = done.stdout.splitlines()
    for line in counts:
        known, made = (int(word) for word in line.split())
        assert made < known // 2
    assert "QNothing" in problem
