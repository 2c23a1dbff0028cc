"""What every test may lean on: the recordings, an offscreen Qt, and an honest summary line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT: Final = Path(__file__).resolve().parent.parent
NO_RECORDINGS: Final = "recordings absent: set HENGDUO_SHARED to the folder that holds data/"

# The same commit passes or fails the same way each time: examples are derived from the test, not drawn anew,
# and a slow machine is no failure.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real recordings (`tick`, `settlement`, ...); skip where it is absent."""
    shared = Path(os.environ.get("HENGDUO_SHARED") or ROOT.parent / "shared")
    data = (shared if shared.is_absolute() else ROOT / shared) / "data"
    if not data.is_dir():
        pytest.skip(NO_RECORDINGS)
    return data


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped because the recordings are absent."""
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report, pytest.TestReport) and NO_RECORDINGS in str(report.longrepr)
    ]
    terminalreporter.write_line(f"{len(skipped)} tests skipped because the recordings are absent")
