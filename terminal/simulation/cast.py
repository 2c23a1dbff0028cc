"""Say who lives in a world: persons with their roles and keys, accounts with their limits.

Two accounts under joint control: `A` trades on its own ideas, `B` hedges. The trader and the operator make orders; the
operator may also check, so that makers who approve their own orders are met; the supervisor and the risk officer
check; the visitor may do nothing.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from terminal.domain.fact.facts import AccountOpened, DeviceEnrolled, LimitsSet, Role
from terminal.domain.ids import AccountId, DeviceId, InstrumentId, PersonId, ProductId, TenantId
from terminal.domain.market import DayFacts
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.parameters.limits import HedgeBound, Limits
from terminal.domain.products.instrument import Instrument, Reference
from terminal.domain.products.product import Fee, Fees
from terminal.engine.confirmations.approval import approval_bytes
from terminal.shell.opening import Opening, Person
from terminal.simulation.luck import Luck, derived

TENANT = TenantId("simulation")
A, B = AccountId("A"), AccountId("B")
ACCOUNTS = (A, B)
TRADER, OPERATOR = PersonId("trader"), PersonId("operator")
SUPERVISOR, RISK, VISITOR = PersonId("supervisor"), PersonId("risk"), PersonId("visitor")
MAKERS, CHECKERS = (TRADER, OPERATOR), (SUPERVISOR, RISK)

_ROLES: dict[PersonId, tuple[Role, ...]] = {
    TRADER: (Role.TRADER,),
    OPERATOR: (Role.TRADER, Role.CHECKER),
    SUPERVISOR: (Role.CHECKER,),
    RISK: (Role.RISK,),
    VISITOR: (Role.VIEWER,),
}

# Enough stock to sell futures against, and plans enough to buy them.
_BOUNDS = (
    HedgeBound(
        group="黑色",
        physical_tonnes=Decimal(-40_000),
        weights={ProductId("SHFE.rb"): Decimal(10), ProductId("DCE.i"): Decimal(60)},
    ),
    HedgeBound(group="化工", physical_tonnes=Decimal(3_000), weights={ProductId("CZCE.TA"): Decimal(5)}),
)


class Keys:
    """Hold the device keys of a world; they are derived from its seed and guard nothing real."""

    def __init__(self, seed: int) -> None:
        self._keys = {
            person: Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"{seed}|{person}".encode()).digest())
            for person in _ROLES
        }

    def devices(self) -> tuple[DeviceEnrolled, ...]:
        """Return each person's device."""
        return tuple(
            DeviceEnrolled(
                device=device_of(person), person=person, public_key=key.public_key().public_bytes_raw().hex()
            )
            for person, key in self._keys.items()
        )

    def sign(self, order_hash: str, decision: ConfirmationEvent, person: PersonId, *, with_key_of: PersonId) -> str:
        """Return a signature of a decision, hex."""
        return self._keys[with_key_of].sign(approval_bytes(order_hash, decision, person)).hex()


def device_of(person: PersonId) -> DeviceId:
    """Return a person's device."""
    return DeviceId(f"{person}-1")


class SampleListing:
    """Resolve the instruments of the sample market; fees and margins nobody recorded are made up."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def instrument(self, instrument: InstrumentId, on: int) -> Instrument:
        """Return an instrument as it is on a day."""
        known = self._reference.instrument(instrument, on)
        fee = Fee(by_lot=Decimal(3))
        fees = known.fees
        return replace(
            known,
            margin_rate=known.margin_rate or Decimal("0.1"),
            fees=Fees(
                open=fees.open or fee,
                close=fees.close or fee,
                close_today=fees.close_today or fee,
                exercise=fees.exercise if known.option is None else fees.exercise or fee,
            ),
        )

    def day_facts(self, instrument: InstrumentId, on: int) -> DayFacts | None:
        """Return nothing: the sample market says its own."""
        return None


def opening_of(seed: int, keys: Keys) -> Opening:
    """Return the first facts of a world. Its limits are wide, or so tight that they are met."""
    luck = Luck(derived(seed, "opening"))
    limits = []
    for account in ACCOUNTS:
        if account == B and luck.chance(0.1):
            continue  # nobody has set any: nothing may be opened until two persons have
        tight, hedges = luck.chance(0.3), account == B and luck.chance(0.5)
        limits.append(
            LimitsSet(
                account=account,
                limits=Limits(
                    position_lots=luck.one_of((12, 20, 40)) if tight else 400,
                    day_loss_yuan=Decimal(luck.one_of((4_000, 15_000, 60_000)) if tight else 5_000_000),
                    is_hedge_account=hedges,
                    hedge_bounds=_BOUNDS if hedges else (),
                ),
            )
        )
    return Opening(
        tenant=TENANT,
        seed=seed,
        plan_sha256=hashlib.sha256(str(seed).encode()).hexdigest(),
        persons=tuple(
            Person(person=person, name=person, roles=dict.fromkeys(ACCOUNTS, roles)) for person, roles in _ROLES.items()
        ),
        devices=keys.devices(),
        accounts=tuple(
            AccountOpened(account=account, name=f"账户 {account}", cash=cash, trading_day=0, investor=f"900{place}")
            for place, (account, cash) in enumerate(((A, Decimal(30_000_000)), (B, Decimal(30_000_000))))
        ),
        limits=tuple(limits),
    )
