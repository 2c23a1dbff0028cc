"""Describe the doors of the engine: what a market and an exchange link must offer, and what is written to the wire.

The theory of a gateway. Everything comes in through `next`, one input at a time and in one strict order: market
batches, and the reports about our orders. Calling `next` says "I have finished with everything before", so a market
that brings its own clock (replay, sample) advances only then, and everything an order or a batch causes is handed out
before the next batch. Nothing that was sent is ever sent again by a gateway.

A login names the first batch the engine has not durably finished with. The gateway then hands out, in this order:
`LinkUp`; the private reports of the current trading day that are older; from that batch on the batches the exchange
has already passed (`index < history_until`; they are never matched again) with the private reports that followed
each of them; then live input. Reports may therefore come twice over a reconnect; they carry the exchange's own
identities. Batches do not: within one login every index comes once and in order.

What is not nice: writing to a dead link fails silently here, as it does in the world. The engine learns of it by
`LinkDown` and by asking, never by an error of `submit`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import msgspec

from terminal.domain.ids import AccountId, ExchangeId, InstrumentId, SysId, WireKey
from terminal.domain.market import Batch
from terminal.domain.orders.exercise import ExerciseWish
from terminal.domain.orders.order import OrderTerms
from terminal.domain.orders.stop import Trigger
from terminal.domain.reports import Report


class WireOrder(msgspec.Struct, frozen=True, kw_only=True, tag="wire_order"):
    """Hold an order as it goes on the wire."""

    account: AccountId
    wire_key: WireKey
    terms: OrderTerms
    trigger: Trigger | None = None  # of a stop order at the exchange

    def __post_init__(self) -> None:
        """Refuse an order that names two accounts."""
        if self.account != self.terms.account:
            raise ValueError(f"order {self.wire_key} names accounts {self.account} and {self.terms.account}")


class WireCancel(msgspec.Struct, frozen=True, kw_only=True, tag="wire_cancel"):
    """Hold a cancel as it goes on the wire; by (exchange, sys_id) once they are known, else by wire key."""

    account: AccountId
    wire_key: WireKey
    exchange: ExchangeId | None = None
    sys_id: SysId | None = None


class WireExercise(msgspec.Struct, frozen=True, kw_only=True, tag="wire_exercise"):
    """Hold a request to exercise or abandon an option (行权、放弃) as it goes on the wire."""

    account: AccountId
    wire_key: WireKey
    wish: ExerciseWish


class WireWithdrawal(msgspec.Struct, frozen=True, kw_only=True, tag="wire_withdrawal"):
    """Hold the withdrawal of such a request as it goes on the wire."""

    account: AccountId
    wire_key: WireKey


class OtherExchangeError(ConnectionError):
    """Say in one sentence that somebody else answers where the exchange was, and what to do."""

    def __init__(self, before: str, now: str) -> None:
        super().__init__(
            f"交易所不是原来的那个：原为 {before}，现为 {now}；请照原来的行情和目录启动交易所，"
            "或给运行器另用一个数据目录"
        )


class MarketSource(Protocol):
    """Give a market that brings its own clock; the same source always gives the same batches."""

    @property
    def name(self) -> str:
        """Return the market's name, shown to people and kept by the exchange."""

    @property
    def universe(self) -> tuple[InstrumentId, ...]:
        """Return the instrument of each slot."""

    def batches(self, start: int = 0, /) -> Iterator[Batch]:
        """Yield the batches from index `start` on."""


class Gateway(Protocol):
    """Give one link to an exchange; see the module for the order in which things come."""

    @property
    def market(self) -> str:
        """Return the market's name, known after `connect`."""

    @property
    def identity(self) -> str:
        """Return what tells this exchange, with its market and books, from every other one, known after `connect`."""

    @property
    def universe(self) -> tuple[InstrumentId, ...]:
        """Return the instrument of each slot, known after `connect`."""

    @property
    def history_until(self) -> int:
        """Return the index of the first batch of this login that is live."""

    @property
    def standing(self) -> Batch | None:
        """Return what the exchange knew at this login: each latest quote, and what it said for the trading day.

        It is stamped like the last batch before the live ones. Whoever begins to read in the middle of a day learns
        here what was said only once, such as price limits (涨跌停价); `None` where each quote tells it.
        """

    async def connect(self, *, from_batch: int) -> None:
        """Log in, also again after `LinkDown`; an exchange that cannot be reached is a `ConnectionError`.

        Another exchange than at the first login is an `OtherExchangeError`: its orders and prices are not ours.
        """

    async def next(self) -> Batch | Report | None:
        """Return the next input, or `None` when the market has ended and nothing is left to report."""

    async def submit(self, order: WireOrder) -> None:
        """Write an order to the wire once; what becomes of it comes through `next`."""

    async def cancel(self, cancel: WireCancel) -> None:
        """Write a cancel to the wire once."""

    async def exercise(self, request: WireExercise | WireWithdrawal) -> None:
        """Write a request about an option, or its withdrawal, to the wire once."""

    async def query(self, account: AccountId, query: int) -> None:
        """Ask for everything about an account; the `QueryAnswer` comes through `next`."""

    async def close(self) -> None:
        """Log out."""
