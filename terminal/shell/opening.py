"""Hold what a plan gives a runner to begin with, in the words of the domain."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

import msgspec

from terminal.domain.commands import Command
from terminal.domain.facts import AccountOpened, DeviceEnrolled, LimitsSet, PersonEnrolled
from terminal.domain.ids import InstrumentId, TenantId
from terminal.domain.instrument import Instrument
from terminal.domain.market import DayFacts
from terminal.engine.alarms import BasisAlarm
from terminal.engine.state import State


class NamedSpread(msgspec.Struct, frozen=True, kw_only=True):
    """Name a spread or basis to price at every batch: legs of (instrument, price coefficient, lots per set)."""

    name: str
    legs: tuple[tuple[InstrumentId, Decimal, int], ...]


class Script(Protocol):
    """Give the scripted commands of a plan, in market time; nothing is approved by itself."""

    def start(self, at: int) -> None:
        """Fix the market instant the plan's relative times count from."""

    def due(self, at: int, state: State) -> list[Command]:
        """Return the commands whose time has come, each once, built over the state as a desk would see it."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the first facts of a journal and the market's additions. `plan_sha256` names the plan's exact bytes.

    The trading day of `accounts` is 0 here: the market's first clock decides it.
    """

    tenant: TenantId
    seed: int
    plan_sha256: str
    persons: tuple[PersonEnrolled, ...]
    devices: tuple[DeviceEnrolled, ...]
    accounts: tuple[AccountOpened, ...]
    limits: tuple[LimitsSet, ...]
    spots: tuple[InstrumentId, ...] = ()  # spot instruments that are not in the market's own universe
    spreads: tuple[NamedSpread, ...] = ()
    alarms: tuple[BasisAlarm, ...] = ()


class Listing(Protocol):
    """Resolve instruments with the plan's additions."""

    def instrument(self, instrument: InstrumentId, on: int) -> Instrument:
        """Return an instrument as it is on a day, with the plan's overrides; unknown ones are a `UserError`."""

    def day_facts(self, instrument: InstrumentId, on: int) -> DayFacts | None:
        """Return what the plan states about an instrument's trading day where the recording does not say it."""
