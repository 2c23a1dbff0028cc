"""Read a plan: the one file that says with whom, with what, and how a market is played (DESIGN 7, docs/plan.md).

A plan is closed: a key nobody knows, a reference to nothing, a wrong sign or type is refused in one sentence with
file and line before anything runs. Nothing in a plan approves by itself; approvals are commands of persons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from terminal.domain.fact.facts import AccountOpened, DeviceEnrolled, LimitsSet
from terminal.domain.fact.unit import wrong_unit
from terminal.domain.ids import AccountId, DeviceId, PersonId
from terminal.domain.parameters.limits import Limits
from terminal.shell.opening import Opening, Person
from terminal.shell.plans import tables as t
from terminal.shell.plans.commands import Cast, read_script
from terminal.shell.plans.limits import read_limits
from terminal.shell.plans.listing import PlanListing
from terminal.shell.plans.spreads import read_alarms, read_spreads
from terminal.shell.plans.text import PlanText, Raw
from terminal.shell.plans.wishes import demo_key

if TYPE_CHECKING:
    from pathlib import Path

    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Reference
    from terminal.shell.plans.cuts import Cut
    from terminal.shell.plans.script import PlanScript

__all__ = ["Plan", "demo_key", "plan_of", "read_plan"]

FIRST_DEVICE: Final = "{}-1"
"""The device of a person for whom the plan names none."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a plan that has been read; `script` keeps its place, so a plan serves one run at a time.

    `spots` are the spot instruments it quotes or prices a basis with, `cuts` the times at which the link is cut.
    """

    sha256: str
    opening: Opening
    listing: PlanListing
    script: PlanScript
    spots: tuple[InstrumentId, ...] = ()
    cuts: tuple[Cut, ...] = ()


def read_plan(path: Path, reference: Reference) -> Plan:
    """Return the plan in a TOML file; anything wrong in it is a `UserError` with file and line."""
    return plan_of(PlanText(path), reference)


def plan_of(text: PlanText, reference: Reference) -> Plan:
    """Return the plan that a text says, as `read_plan` does."""
    text.known_keys(t.TOP_KEYS)
    head = text.convert({key: text.tables[key] for key in t.HEAD_KEYS if key in text.tables}, t.HeadTable, ())
    text.check_name(head.tenant, ("tenant",))
    listing = PlanListing(text, reference)
    accounts, limits = _accounts(text, listing)
    persons = _persons(text, accounts)
    devices = _devices(text, head.seed, persons)
    spreads = read_spreads(text, listing)
    alarms = read_alarms(text, spreads, {account.account for account in accounts})
    script = read_script(text, Cast(head.seed, accounts, persons, devices), listing, reference.calendar)
    legs = [name for spread in spreads for name, _, _ in spread.legs]
    spots = dict.fromkeys(name for name in (*legs, *script.quoted) if name.startswith("SPOT."))
    return Plan(
        sha256=text.sha256,
        opening=Opening(
            tenant=head.tenant,
            seed=head.seed,
            plan_sha256=text.sha256,
            persons=persons,
            devices=devices,
            accounts=accounts,
            limits=limits,
            spots=tuple(spots),
            spreads=spreads,
            alarms=alarms,
        ),
        listing=listing,
        script=script.script,
        spots=tuple(spots),
        cuts=script.cuts,
    )


def _accounts(text: PlanText, listing: PlanListing) -> tuple[tuple[AccountOpened, ...], tuple[LimitsSet, ...]]:
    common: Raw = text.tables.get("limits", {})
    read_limits(text, listing, common, ("limits",))
    accounts: dict[AccountId, AccountOpened] = {}
    limits = []
    for path, raw in text.entries("account"):
        own: Raw = raw.get("limits", {})
        row = text.convert({key: value for key, value in raw.items() if key != "limits"}, t.AccountTable, path)
        text.check_name(row.id, (*path, "id"))
        if row.id in accounts:
            raise text.wrong((*path, "id"), f"账户 {row.id} 写了两次。")
        if row.cash < 0:
            raise text.wrong((*path, "cash"), f"账户 {row.id} 的期初资金不能为负，现为 {row.cash}。")
        wrong = wrong_unit(row.unit)
        if wrong:
            raise text.wrong((*path, "unit"), wrong)
        accounts[row.id] = AccountOpened(
            account=row.id,
            name=row.name or row.id,
            cash=row.cash,
            trading_day=0,
            investor=row.investor or row.id,
            unit=row.unit,
        )
        read_limits(text, listing, own, (*path, "limits"))
        merged: Limits = text.convert({**common, **own}, Limits, (*path, "limits"))
        limits.append(LimitsSet(account=row.id, limits=msgspec.structs.replace(merged, is_hedge_account=row.hedge)))
    if not accounts:
        raise text.wrong((), "没有账户，请写一张 [[account]] 表。")
    return tuple(accounts.values()), tuple(limits)


def _persons(text: PlanText, accounts: tuple[AccountOpened, ...]) -> tuple[Person, ...]:
    known = {account.account for account in accounts}
    persons: dict[PersonId, Person] = {}
    for path, raw in text.entries("person"):
        row = text.convert(raw, t.PersonTable, path)
        text.check_name(row.id, (*path, "id"))
        if row.id in persons:
            raise text.wrong((*path, "id"), f"人员 {row.id} 写了两次。")
        for account in row.roles:
            if account not in known:
                raise text.wrong((*path, "roles", account), f"{row.id} 的角色指向没有的账户 {account}。")
        persons[row.id] = Person(person=row.id, name=row.name or row.id, roles=row.roles)
    return tuple(persons.values())


def _devices(text: PlanText, seed: int, persons: tuple[Person, ...]) -> tuple[DeviceEnrolled, ...]:
    known = {person.person for person in persons}
    owners: dict[DeviceId, PersonId] = {}
    for path, raw in text.entries("device"):
        row = text.convert(raw, t.DeviceTable, path)
        text.check_name(row.id, (*path, "id"))
        if row.id in owners:
            raise text.wrong((*path, "id"), f"设备 {row.id} 写了两次。")
        if row.person not in known:
            raise text.wrong((*path, "person"), f"设备 {row.id} 的人员 {row.person} 不在 [[person]] 中。")
        owners[row.id] = row.person
    for place, person in enumerate(persons):
        if person.person in owners.values():
            continue
        first = DeviceId(FIRST_DEVICE.format(person.person))
        if owners.setdefault(first, person.person) != person.person:
            raise text.wrong(
                ("person", place), f"设备编号 {first} 已属于别人，请为 {person.person} 写一张 [[device]]。"
            )
    return tuple(
        DeviceEnrolled(device=device, person=person, public_key=_public_key(seed, device))
        for device, person in owners.items()
    )


def _public_key(seed: int, device: DeviceId) -> str:
    return demo_key(seed, device).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
