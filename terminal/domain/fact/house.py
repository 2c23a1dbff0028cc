"""Hold the facts of the house: runner, instruments, accounts with their money and days, persons, devices, answers."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from terminal.domain.ids import AccountId, CommandId, DeviceId, InstrumentId, PersonId, TenantId
from terminal.domain.parameters.limits import Limits
from terminal.domain.products.instrument import Instrument

FILING_FEE: Final = "申报费"


class Role(StrEnum):
    """Name what a person may do, per account."""

    VIEWER = "viewer"
    TRADER = "trader"
    CHECKER = "checker"
    RISK = "risk"
    ADMIN = "admin"


class RunnerStarted(msgspec.Struct, frozen=True, kw_only=True, tag="runner_started"):
    """A runner took over: its start number, market, plan hash and version, and whose facts these are.

    `exchange` tells the exchange from every other one; an older program named none.
    """

    tenant: TenantId = TenantId("")
    start: int
    market: str
    exchange: str = ""
    plan_sha256: str
    version: str


class InstrumentListed(msgspec.Struct, frozen=True, kw_only=True, tag="instrument_listed"):
    """An instrument is known, with the terms every book of this journal uses."""

    instrument: Instrument


class SpotQuoted(msgspec.Struct, frozen=True, kw_only=True, tag="spot_quoted"):
    """A person stated a spot price, yuan per quotation unit."""

    instrument: InstrumentId
    price: Decimal
    source: str


class AccountOpened(msgspec.Struct, frozen=True, kw_only=True, tag="account_opened"):
    """An account is known, with its opening cash."""

    account: AccountId
    name: str
    cash: Decimal
    trading_day: int
    investor: str
    unit: str = ""  # the business unit (经营单位) it belongs to; "" is none


class RolesGranted(msgspec.Struct, frozen=True, kw_only=True, tag="roles_granted"):
    """A person may do this on the account from now on, and nothing else there; `name` is what colleagues call them."""

    account: AccountId
    person: PersonId
    name: str
    roles: tuple[Role, ...]


class LimitsSet(msgspec.Struct, frozen=True, kw_only=True, tag="limits_set"):
    """The account's limits are these from now on."""

    account: AccountId
    limits: Limits


class CashMoved(msgspec.Struct, frozen=True, kw_only=True, tag="cash_moved"):
    """Cash came in (positive) or went out.

    A reason that begins with 申报费 says that it is no 出入金 but what an exchange charges for orders and cancels of a
    day (DOMAIN 4.5): no fill carries it, only the broker's statement tells it. Given back it is positive.
    """

    account: AccountId
    amount: Decimal
    reason: str

    @property
    def is_filing_fee(self) -> bool:
        """Return whether this is 申报费."""
        return self.reason.strip().startswith(FILING_FEE)


class DaySettled(msgspec.Struct, frozen=True, kw_only=True, tag="day_settled"):
    """A trading day ended for the account: lots are re-based on these settlement prices and become yesterday's.

    `provisional` names instruments whose settlement price was not known; their last price stands in until
    `SettlementCorrected`; of the `unheard` among them no price of the day is known, and the previous settlement does.
    What is in neither `prices` nor held has never had a price: options on it are reckoned at their strike.
    `missed`: nothing was done on the day, it had passed when the market was heard again.
    """

    account: AccountId
    trading_day: int
    next_day: int
    prices: dict[InstrumentId, Decimal]
    provisional: tuple[InstrumentId, ...] = ()
    missed: bool = False
    unheard: tuple[InstrumentId, ...] = ()

    @property
    def stood_in(self) -> tuple[InstrumentId, ...]:
        """Return the provisional ones for which a price stands in; the others have none at all."""
        return tuple(name for name in self.provisional if name in self.prices)


class PersonEnrolled(msgspec.Struct, frozen=True, kw_only=True, tag="person_enrolled"):
    """A person is known by this name; what they may do stands in each account."""

    person: PersonId
    name: str


class DeviceEnrolled(msgspec.Struct, frozen=True, kw_only=True, tag="device_enrolled"):
    """A device belongs to a person; `public_key` is its raw Ed25519 key in hex."""

    device: DeviceId
    person: PersonId
    public_key: str


class DocumentSaved(msgspec.Struct, frozen=True, kw_only=True, tag="document_saved"):
    """A person's document (draft, layout) has this text; an empty one is gone. Last writer wins only by version."""

    person: PersonId
    name: str
    version: int
    body: str


class CommandDone(msgspec.Struct, frozen=True, kw_only=True, tag="command_done"):
    """A command was carried out or refused; a repeat returns this.

    Either `account` or `person` is set: the answer to what concerns no account belongs to the person who asked, alone.
    """

    account: AccountId | None
    person: PersonId | None = None
    command: CommandId
    ok: bool
    code: str
    sentence: str
