"""Open the market a program was asked for: recorded files through the tape, or the seeded sample."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.gateways.replay.open import READER, expand, read_recording
from terminal.shell.opening import resolver
from terminal.store.reference import tables_sha256
from terminal.store.tape import import_key, load_recording, save_recording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from terminal.domain.market import Recording
    from terminal.domain.products.instrument import Reference
    from terminal.shell.opening import Symbols

SAY_EVERY = 0.1  # of the whole


def open_tape(
    paths: Sequence[Path], *, listing: Symbols, reference: Reference, data: Path, plan_sha256: str = ""
) -> Recording:
    """Return the recording of these files, from the tape kept in `data` when they were imported before.

    Tables and plan decide ticks and sessions, so a tape read under others is read again.
    """
    files = expand(paths)
    folder = data / "tape" / import_key(files, reader=f"{READER}-{tables_sha256(data=data)}-{plan_sha256}")
    if not folder.exists():
        recording = read_recording(
            files, instruments=resolver(listing), calendar=reference.calendar, progress=_progress()
        )
        save_recording(recording, folder)
    return load_recording(folder)


def _progress() -> Callable[[float], None]:
    said = 0.0

    def say(share: float) -> None:
        nonlocal said
        if share - said >= SAY_EVERY or (share >= 1 and said < 1):
            said = share
            print(f"读取行情 {share:.0%}", file=sys.stderr)

    return say
