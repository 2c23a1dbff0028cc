from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

# PySide6 6.12.0 on Python 3.10 and 3.11 drops one reference to None with each void call and one to True with
# each emit; after some thousand calls the interpreter aborts. Nothing catches that, hence the child process.
CHILD: Final = """
import sys
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QLabel

class Source(QObject):
    changed = Signal(int)

application = QApplication([])
label, source, seen = QLabel(), Source(), []
source.changed.connect(seen.append)
before = sys.getrefcount(None), sys.getrefcount(True)
for number in range(30_000):
    label.setText(str(number))
for number in range(5_000):
    source.changed.emit(number)
lost = before[0] - sys.getrefcount(None), before[1] - sys.getrefcount(True)
assert label.text() == "29999", label.text()
assert len(seen) == 5_000, len(seen)
assert max(lost) < 1_000, f"references lost to None and True: {lost}"
print("survived")
"""


def test_thirty_thousand_texts_and_five_thousand_emits_leave_the_interpreter_alive() -> None:
    child = subprocess.run(
        [sys.executable, "-c", CHILD],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    assert child.stdout.strip() == "survived"
