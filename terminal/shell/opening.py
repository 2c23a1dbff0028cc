"""Hold what a plan gives a runner to begin with, in the words of the domain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Protocol

import msgspec
from msgspec.structs import replace

from terminal.domain.commands import Command
from terminal.domain.fact.facts import (
    AccountOpened,
    CommandDone,
    DeviceEnrolled,
    Fact,
    LimitsSet,
    PersonEnrolled,
    Role,
    RolesGranted,
)
from terminal.domain.ids import AccountId, InstrumentId, PersonId, TenantId
from terminal.domain.market import DayFacts
from terminal.domain.products.instrument import Instrument
from terminal.engine.alert.alarms import BasisAlarm
from terminal.engine.state import State


class NamedSpread(msgspec.Struct, frozen=True, kw_only=True):
    """Name a spread or basis to price at every batch: legs of (instrument, price coefficient, lots per set)."""

    name: str
    legs: tuple[tuple[InstrumentId, Decimal, int], ...]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Name a person and what they may do, per account; an account without roles is one they have no part in."""

    person: PersonId
    name: str
    roles: dict[AccountId, tuple[Role, ...]]


class Script(Protocol):
    """Give the scripted commands of a plan, in market time; nothing is approved by itself."""

    def start(self, at: int) -> None:
        """Fix the market instant the plan's relative times count from."""

    def due(self, at: int, state: State) -> list[Command]:
        """Return the commands whose time has come, each once, built over the state as a desk would see it."""

    def heard(self, done: CommandDone) -> None:
        """Take the answer to a command that was due: also one the state has forgotten since."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the first facts of a journal and the market's additions. `plan_sha256` names the plan's exact bytes.

    The trading day of `accounts` is 0 here: the market's first clock decides it.
    """

    tenant: TenantId
    seed: int
    plan_sha256: str
    persons: tuple[Person, ...]
    devices: tuple[DeviceEnrolled, ...]
    accounts: tuple[AccountOpened, ...]
    limits: tuple[LimitsSet, ...]
    spots: tuple[InstrumentId, ...] = ()  # spot instruments that are not in the market's own universe
    spreads: tuple[NamedSpread, ...] = ()
    alarms: tuple[BasisAlarm, ...] = ()

    def first_facts(self, trading_day: int) -> Iterator[Fact]:
        """Yield what a journal begins with after its instruments."""
        for person in self.persons:
            yield PersonEnrolled(person=person.person, name=person.name)
        yield from self.devices
        for account in self.accounts:
            yield replace(account, trading_day=trading_day)
            for person in self.persons:
                if roles := person.roles.get(account.account):
                    yield RolesGranted(account=account.account, person=person.person, name=person.name, roles=roles)
        yield from self.limits


class Listing(Protocol):
    """Resolve instruments with the plan's additions."""

    def instrument(self, instrument: InstrumentId, on: int) -> Instrument:
        """Return an instrument as it is on a day, with the plan's overrides; unknown ones are a `UserError`."""

    def day_facts(self, instrument: InstrumentId, on: int) -> DayFacts | None:
        """Return what the plan states about an instrument's trading day where the recording does not say it."""


class Symbols(Listing, Protocol):
    """Resolve also the bare symbols of recordings that name no exchange (AP010, ru1901)."""

    def find(self, symbol: str, on: int) -> Instrument:
        """Return the instrument a bare symbol means on a day."""


def resolver(listing: Symbols) -> Callable[[str, int], Instrument]:
    """Return how a recording's symbols, with or without an exchange, are resolved on a day."""

    def resolve(symbol: str, on: int) -> Instrument:
        return listing.instrument(InstrumentId(symbol), on) if "." in symbol else listing.find(symbol, on)

    return resolve
