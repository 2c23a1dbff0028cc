"""Hold the parameters of a strategy whose rule a person has written (自编策略): its code's name, and its numbers.

The settings describe themselves: whoever reads or approves them sees what each number is, and its bounds, without
having the code. The code is named by its hash, so a strategy can only be decided by the very text it was started with.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import HedgeFlag


class OwnNumber(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold one number: what the code calls it, how people read it, its bounds (both included) and its value."""

    name: str
    title: str
    unit: str
    least: Decimal
    most: Decimal
    value: Decimal
    whole: bool = True
    help: str = ""

    @property
    def form(self) -> tuple[str, str, str, Decimal, Decimal, bool, str]:
        """Return what lasts for the life of a strategy: all but the value."""
        return self.name, self.title, self.unit, self.least, self.most, self.whole, self.help


class Before(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold a contract a rule looked at before a roll took it along: its prices count up to `until`, `shift` added.

    `until` is UTC ns, included. `shift` is in yuan: what its contracts of today were dearer, by all rolls since.
    """

    instrument: InstrumentId
    until: int
    shift: Decimal


class OwnContract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold one contract of a rule of several: what the code calls it, and the most lots held; 0: it is only seen."""

    name: str
    instrument: InstrumentId
    max_lots: int = 0
    before: tuple[Before, ...] = ()


class OwnSettings(msgspec.Struct, frozen=True, kw_only=True, tag="own", forbid_unknown_fields=True):
    """Hold contracts to the net lots that a person's own rule asks for (自编策略).

    The rule sees the middle price every `sample_seconds` of market time, at most `window` of them, and what is held.
    `before` are the contracts that rolls have taken it from, the oldest first; rolls alone write it. A rule of several
    contracts has the `others` beside the first one that it trades, whose name is the one of the code's that is left;
    a rule of one does not write them, so that its records are what they were before there were several.
    """

    account: AccountId
    instrument: InstrumentId
    code: str  # name of the file
    sha256: str  # of its text, hex
    title: str  # what the code calls itself
    max_lots: int  # held long or short
    numbers: tuple[OwnNumber, ...] = ()
    sample_seconds: int = 60
    window: int = 100
    hedge_flag: HedgeFlag = HedgeFlag.SPECULATION
    pay_up_ticks: int = 1  # each chase goes this much further beyond the opposite price, ten ticks at most
    chase_seconds: int = 5  # how long an unfilled child rests before it is chased
    before: tuple[Before, ...] = ()
    others: tuple[OwnContract, ...] | UnsetType = UNSET

    @property
    def rest(self) -> tuple[OwnContract, ...]:
        """Return the contracts beside the first."""
        return () if isinstance(self.others, UnsetType) else self.others

    @property
    def contracts(self) -> tuple[OwnContract, ...]:
        """Return all contracts, the first one traded before the others and without its name."""
        first = OwnContract(name="", instrument=self.instrument, max_lots=self.max_lots, before=self.before)
        return (first, *self.rest)
