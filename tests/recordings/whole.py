"""Play each whole recording with each kind of strategy, one line each: `python -m tests.recordings.whole`.

The suite plays short stretches of the same recordings with the same plans (tests/scenario/test_recorded_kinds.py); this
takes the better part of an hour of one processor. `--recording` and `--kind` (both may be repeated) choose some, `all`
as a kind is all of them in one house; `--out` keeps plans, reports and journals. Exit code 1 when anything is wrong.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.conftest import ROOT
from tests.recordings.markets import MARKETS, Market
from tests.recordings.play import faults, play

ALL: Final = "all"


def main() -> int:
    """Play what was asked for and print a line for each; return the exit code."""
    asked = _asked()
    shared = Path(os.environ.get("HENGDUO_SHARED") or ROOT.parent / "shared") / "data"
    if not shared.is_dir():
        _say(f"no recordings in {shared}: set HENGDUO_SHARED to the folder that holds data/")
        return 2
    wrong = 0
    _say("recording | kind | ticks | batches | days | orders | fills | lots | alerts | seconds | result")
    for name in asked.recording or MARKETS:
        for kind in asked.kind or (*MARKETS[name].kinds, ALL):
            if kind != ALL and kind not in MARKETS[name].kinds:
                continue
            with tempfile.TemporaryDirectory() as scratch:
                folder = Path(scratch)
                for line in _line(name, MARKETS[name], kind, shared, folder):
                    wrong += line.startswith("  ")
                    _say(line)
                if asked.out is not None:
                    shutil.copytree(folder, asked.out / f"{name}-{kind}".replace(" ", "-"), dirs_exist_ok=True)
    return 1 if wrong else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.recordings.whole", description=__doc__)
    parser.add_argument("--recording", action="append", choices=tuple(MARKETS))
    kinds = dict.fromkeys(kind for market in MARKETS.values() for kind in market.kinds)
    parser.add_argument("--kind", action="append", choices=(*kinds, ALL))
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _line(name: str, market: Market, kind: str, shared: Path, folder: Path) -> Iterator[str]:
    began = time.perf_counter()
    played = play(market, market.whole, market.kinds if kind == ALL else (kind,), shared, folder)
    found = list(faults(played, folder))
    report = played.ran.report
    activity, days = report.total.activity, len(report.total.days)
    figures = (
        report.market.ticks, report.market.batches, days, activity.orders, activity.fills, activity.lots,
        sum(one.alerts for one in report.accounts), f"{time.perf_counter() - began:.0f}",
    )  # fmt: skip
    yield " | ".join((name, kind, *map(str, figures), f"{len(found)} wrong" if found else "holds"))
    yield from (f"  {sentence}" for sentence in found)


if __name__ == "__main__":
    sys.exit(main())
