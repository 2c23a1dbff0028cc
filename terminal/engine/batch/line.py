"""Hold what a screen is told of groups of accounts and of orders for them (分组批量下单)."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import AccountId, BatchId
from terminal.domain.orders.batch import BatchOrder, Member, PartState
from terminal.domain.words.risk import Finding, Verdict


class AccountPreview(msgspec.Struct, frozen=True, kw_only=True):
    """Say what an order for a group would do in one of its accounts; of nothing to be ordered `lots` is 0."""

    account: AccountId
    name: str  # empty where this person may not see it
    lots: int
    verdict: Verdict
    sentence: str  # may I, or why not
    findings: tuple[Finding, ...] = ()
    margin: Decimal | None = None
    fee: Decimal | None = None
    available_after: Decimal | None = None  # at worst case, as control C6 reckons it


class GroupLine(msgspec.Struct, frozen=True, kw_only=True):
    """Show a person's group of accounts; one without members is gone."""

    name: str
    version: int
    members: tuple[Member, ...]


class PartLine(msgspec.Struct, frozen=True, kw_only=True):
    """Show what became of a batch in one account: ready words, and its lots as they stand now."""

    account: AccountId
    name: str
    lots: int
    filled: int
    state: PartState | None  # `None`: nothing was tried there
    word: str  # 已报出, 等复核, 被拒, …
    sentence: str  # why, or its orders
    verdict: Verdict  # how it is to be coloured
    is_open: bool  # something of it may still be cancelled


class BatchLine(msgspec.Struct, frozen=True, kw_only=True):
    """Show an order for a group of accounts: who was to have what, and what became of it."""

    batch: BatchId
    at: int
    group: str
    order: BatchOrder
    parts: tuple[PartLine, ...]
