"""Hold everything a rule may know about one proposed order.

The engine fills a `Check` in one place (`engine/orders/gate.py`); rules only read it. Worst case throughout: live and
UNKNOWN orders count as filled (SAFETY I6).
"""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from terminal.domain.ids import ConfirmationId, InstrumentId, OrderId, PersonId, StrategyId
from terminal.domain.orders.combined_order import LegOf
from terminal.domain.orders.order import Cause, OrderState, OrderTerms, Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.view import AccountView, PositionView, Quote
from terminal.domain.words.risk import Level
from terminal.risk.reach import Implied

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from terminal.domain.days.sessions import SessionAt
    from terminal.domain.products.instrument import Instrument


ZERO: Final = Decimal(0)
Lacked = tuple[tuple[StrategyId, int], ...]
"""Strategies, each with its lots."""


class Check(msgspec.Struct, kw_only=True):
    """Describe one proposed order and the moment it is proposed in. Money in yuan, stamps UTC ns of the market clock.

    - `reducing`: an offset-close order of at most what is still closable after every live and UNKNOWN close
    - `has_price`: its price can be calculated with (`is_price`); C1 refuses what has none, and no rule may compare it
    - `parent_lots`, `parent_value`: of the task the order belongs to (itself, when it has no parent)
    - `approved`: the order consumes or cites a valid approval; CONFIRM2 findings then become WARN
    - `money_after`: the account after this order at worst case
    - `worst_long`, `worst_short`: lots of this instrument over all flags with every live and UNKNOWN order filled,
      this one included
    - `worst_unhedged`: the same on the order's own side without the lots under the hedge flag
    - `fellows`: how many of the latest `recent` are the other pieces of the same wish of a person
    - `hedges`: whether it brings a leg of its strategy no more than it lacks, what is under way counted as had
    - `whole`: the order on a combination that this one is a leg of
    - `implied_of`: what the leg of a working order on a combination is derived at; `None` of any other order
    - `group_tonnes`: futures tonnes of each hedge group at worst case, this order included, and `group_before` without
    """

    now: int
    terms: OrderTerms
    cause: Cause
    instrument: Instrument | None
    session: SessionAt | None
    quote: Quote | None
    feed_at: int  # last time anything came from the feed
    limits: Limits | None
    has_price: bool
    reducing: bool
    approved: bool
    parent_lots: int
    parent_value: Decimal | None
    position: PositionView
    money_after: AccountView | None
    worst_long: int
    worst_short: int
    worst_unhedged: int
    group_tonnes: dict[str, tuple[Decimal, Decimal]]  # group -> (before, after)
    working: Collection[Working]  # the account's orders that have not ended
    jointly: Sequence[Collection[Working]]  # the same, per jointly controlled account, this one included
    messages: Sequence[Sequence[int]]  # stamps of orders and cancels to this exchange in the last 10 s, per account
    recent: Sequence[Recent]  # own orders of the last 60 s, for C9 and C10
    fellows: int
    waiting: Sequence[Waiting]  # own orders that wait for a second person, for C9
    refusals: Sequence[tuple[int, StrategyId | None]]  # stamps of refusals of the last 30 s
    day_loss: Decimal  # positive when the account lost
    level: Level  # worst level that covers the order
    killed: bool
    barrier_passed: bool
    strategy_running: bool  # True for manual orders
    opens_at: int | None = None  # when continuous trading begins next; `None` while it goes on, or where nobody knows
    strategy_day_loss: Decimal = ZERO
    owner: bool = True  # this runner holds the account's lease: the engine runs for nobody else
    cancels: int = 0  # of this instrument today, jointly controlled accounts included, as the exchange counts them
    claims: Claims | None = None  # what strategies record of the side a manual close takes; `None` of other orders
    lacked: Lacked = ()  # what strategies trade on this side, to make up or go back; of no strategy's own order
    unreconciled: str = ""  # which day's statement differs from our books, and in how many places
    exercises: Callable[[], str] | None = None  # the exercises whose margin and fee are frozen, in words
    exercised: tuple[int, int] = (0, 0)  # lots that exercise will open against the side a close takes, and net of it
    hedges: Callable[[], bool] = lambda: False
    whole: Whole | None = None
    implied_of: Callable[[Working], Implied | None] = lambda _: None


class Whole(NamedTuple):
    """Hold an order on a combination as its legs' rules read it; prices are differences in yuan.

    `value` is both legs' together in yuan, at the prices they are reckoned at; `None` where nobody knows. `band` is the
    least and the most the difference may be today, by both legs' limit prices. `shown` is what both legs cost together
    at their opposite prices, `None` where one is not displayed; `base` is the first leg's, of which shares are taken.
    `implied` is what the exchange would derive of it in this leg. `beside` is the leg whose margin and fees come with
    this one's. `terms` are the whole's. `others` are recent orders on combinations that ask something else, though a
    leg may look the same, and `same` are the legs that work on this combination.
    """

    name: InstrumentId
    number: int  # which leg the check is of
    side: Side
    price: Decimal
    tick: Decimal
    max_lots: int | None
    shown: Decimal | None
    base: Decimal | None
    beside: OrderTerms | None
    terms: OrderTerms
    others: Collection[OrderId] = ()
    same: Mapping[OrderId, LegOf] = MappingProxyType({})
    implied: Implied | None = None
    value: Decimal | None = None
    band: tuple[Decimal | None, Decimal | None] = (None, None)

    @property
    def is_first(self) -> bool:
        """Return whether the check is of the leg at which what concerns the whole is said."""
        return self.number == 1


class Claims(NamedTuple):
    """Hold how many lots of one side no strategy records as its own, and which strategies record the others."""

    free: int
    strategies: tuple[StrategyId, ...]


class Recent(msgspec.Struct, frozen=True):
    """Hold one recent own order for duplicate and repetition rules."""

    at: int
    order: OrderId
    terms: OrderTerms
    strategy: StrategyId | None
    tag: str = ""  # of its cause


class Waiting(NamedTuple):
    """Hold one own order that waits for a second person (待复核); nothing of it has been sent."""

    confirmation: ConfirmationId
    terms: OrderTerms
    maker: PersonId  # who alone may withdraw it
    maker_name: str


class Working(Protocol):
    """Describe one own order that has not ended, as rules read it."""

    @property
    def order(self) -> OrderId:
        """Return its id."""

    @property
    def terms(self) -> OrderTerms:
        """Return its terms."""

    @property
    def cause(self) -> Cause:
        """Return who wants it."""

    @property
    def state(self) -> OrderState:
        """Return how far it has come."""

    @property
    def remaining(self) -> int:
        """Return the lots that may still fill."""

    @property
    def leg(self) -> LegOf | None:
        """Return of which order on a combination it is a leg."""
