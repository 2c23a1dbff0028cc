"""What every test may lean on: the recordings, an offscreen Qt, and an honest summary line."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from tests.alone import turn

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT: Final = Path(__file__).resolve().parent.parent
NO_RECORDINGS: Final = "recordings absent: set HENGDUO_SHARED to the folder that holds data/"

# The same commit passes or fails the same way each time: examples are derived from the test, not drawn anew,
# and a slow machine is no failure.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """Make our own marker known."""
    config.addinivalue_line("markers", "alone: run while no other worker is in a test, for what promises seconds")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let a test wait for its turn, its fixtures too."""
    with turn(alone=item.get_closest_marker("alone") is not None):
        return (yield)


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
