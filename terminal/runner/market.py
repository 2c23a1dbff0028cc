"""Open the market a program was asked for: recorded files through the tape, or the seeded sample."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from terminal.domain.ids import InstrumentId
from terminal.gateways.replay.open import READER, expand, read_recording
from terminal.shell.opening import Listing
from terminal.store.reference import tables_sha256
from terminal.store.tape import import_key, load_recording, save_recording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from terminal.domain.instrument import Instrument, Reference
    from terminal.domain.market import Recording

SAY_EVERY = 0.1  # of the whole


class Symbols(Listing, Protocol):
    """Resolve also the bare symbols of recordings that name no exchange (AP010, ru1901)."""

    def find(self, symbol: str, on: int) -> Instrument:
        """Return the instrument a bare symbol means on a day."""


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
            files, instruments=_resolver(listing), calendar=reference.calendar, progress=_progress()
        )
        save_recording(recording, folder)
    return load_recording(folder)


def _resolver(listing: Symbols) -> Callable[[str, int], Instrument]:
    def resolve(symbol: str, on: int) -> Instrument:
        return listing.instrument(InstrumentId(symbol), on) if "." in symbol else listing.find(symbol, on)

    return resolve


def _progress() -> Callable[[float], None]:
    said = 0.0

    def say(share: float) -> None:
        nonlocal said
        if share - said >= SAY_EVERY or (share >= 1 and said < 1):
            said = share
            print(f"读取行情 {share:.0%}", file=sys.stderr)

    return say
