"""Who acts in the small market: people with their roles and devices, and the plan that enrols them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from terminal.domain import commands as c
from terminal.domain.fact.facts import AccountOpened, CommandDone, DeviceEnrolled, LimitsSet, Role
from terminal.domain.ids import DeviceId, InstrumentId, PersonId, TenantId
from terminal.domain.market import DayFacts
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.parameters.limits import Limits
from terminal.domain.products.instrument import Instrument
from terminal.engine.alert.alarms import BasisAlarm
from terminal.engine.confirmations.approval import approval_bytes
from terminal.engine.state import State
from terminal.shell.opening import NamedSpread, Opening, Person
from tests.engine_market import ONE, OTHER, instruments

TENANT = TenantId("house")
TRADER, COLLEAGUE = PersonId("zhao"), PersonId("qian")  # the colleague may trade and check
CHECKER, SECOND_CHECKER = PersonId("sun"), PersonId("wu")
RISK, SECOND_RISK = PersonId("li"), PersonId("zheng")
ADMIN, VIEWER, STRANGER = PersonId("zhou"), PersonId("wang"), PersonId("feng")
ROLES: dict[PersonId, tuple[Role, ...]] = {
    TRADER: (Role.TRADER,),
    COLLEAGUE: (Role.TRADER, Role.CHECKER),
    CHECKER: (Role.CHECKER,),
    SECOND_CHECKER: (Role.CHECKER,),
    RISK: (Role.RISK,),
    SECOND_RISK: (Role.RISK,),
    ADMIN: (Role.ADMIN,),
    VIEWER: (Role.VIEWER,),
    STRANGER: (),
}


def device(person: PersonId) -> DeviceId:
    return DeviceId(f"{person}-desk")


@cache
def key(of: DeviceId) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(of.encode()).digest())


def sign(hand: DeviceId, order_hash: str, decision: ConfirmationEvent, person: PersonId) -> str:
    return key(hand).sign(approval_bytes(order_hash, decision, person)).hex()


def make_opening(
    *, limits: Limits | None, cash: Decimal, spreads: tuple[NamedSpread, ...], alarms: tuple[BasisAlarm, ...]
) -> Opening:
    names = (ONE, OTHER)
    return Opening(
        tenant=TENANT,
        seed=1,
        plan_sha256="0" * 64,
        persons=tuple(
            # Everybody's roles hold for the first account; the stranger trades and controls the other one.
            Person(
                person=person,
                name=person,
                roles={OTHER: (Role.TRADER, Role.CHECKER, Role.RISK)} if person == STRANGER else {ONE: roles},
            )
            for person, roles in ROLES.items()
        ),
        devices=tuple(
            DeviceEnrolled(
                device=device(person),
                person=person,
                public_key=key(device(person)).public_key().public_bytes_raw().hex(),
            )
            for person in ROLES
        ),
        accounts=tuple(
            AccountOpened(account=name, name=name, cash=cash, trading_day=0, investor=f"inv-{name}") for name in names
        ),
        limits=() if limits is None else tuple(LimitsSet(account=name, limits=limits) for name in names),
        spreads=spreads,
        alarms=alarms,
    )


class Listed:
    """Be the `Listing` of this market; `facts` are what the plan says about days."""

    def __init__(self, facts: Sequence[DayFacts]) -> None:
        self.changed: dict[tuple[InstrumentId, int], Instrument] = {}  # terms of one day
        self._facts = {(one.instrument, one.trading_day): one for one in facts}

    def instrument(self, instrument: InstrumentId, on: int) -> Instrument:
        return self.changed.get((instrument, on)) or instruments()[instrument]

    def day_facts(self, instrument: InstrumentId, on: int) -> DayFacts | None:
        return self._facts.get((instrument, on))


class Nobody:
    """Be the `Script` of a plan in which nobody does anything."""

    def start(self, at: int) -> None:
        pass

    def due(self, at: int, state: State) -> list[c.Command]:
        return []

    def heard(self, done: CommandDone) -> None:
        pass
