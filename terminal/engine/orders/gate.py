"""Put every order before the same rules, last thing before its intent is committed (SAFETY I19).

There is no other path to the wire: `orders.record` is called from here only. All rules are asked and all findings
kept; the worst one is the verdict. What cannot be read is a "no" (SAFETY I20): missing limits, unknown instruments
and missing quotes reach the rules as `None` and the rules refuse.
"""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.orders.offset import closable
from terminal.domain.orders.order import HedgeFlag, OrderTerms, Origin, Side
from terminal.domain.orders.reversal import Reversal
from terminal.domain.words.risk import Finding, Verdict
from terminal.engine.book.claims import claims_on
from terminal.engine.book.coming import frozen_words, met_by_exercise
from terminal.engine.book.hedge import tonnes_of_lot, worst_tonnes
from terminal.engine.book.lacking import made_up
from terminal.engine.book.scopes import is_killed, worst_level
from terminal.engine.combinations.money import money_after
from terminal.engine.folds.statement import closed_why
from terminal.engine.orders.reach import implied_of
from terminal.engine.wording import person_name
from terminal.risk.check import Check, Waiting, Whole
from terminal.risk.price import is_price
from terminal.risk.table import RULES
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from terminal.domain.ids import ConfirmationId, InstrumentId, StrategyId
    from terminal.domain.orders.order import Cause
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import AccountView, PositionView
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, OrderRow, State, StrategyRow

_BUY, _HEDGE, _AUTOMATIC, _CONTINUOUS = Side.BUY, HedgeFlag.HEDGE, Origin.STRATEGY, Phase.CONTINUOUS
NO_MESSAGES: deque[int] = deque()
ZERO = Decimal(0)


class Parent:
    """Hold the size of what an order belongs to: a strategy's whole task, or the order itself."""

    __slots__ = ("lots", "value")

    def __init__(self, lots: int, value: Decimal | None) -> None:
        self.lots = lots
        self.value = value


def judge(
    look: Look,
    terms: OrderTerms,
    cause: Cause,
    *,
    parent: Parent,
    approved: bool,
    replaces: ConfirmationId | None = None,
    fellows: int = 0,
    whole: Whole | None = None,
) -> tuple[Finding, ...]:
    """Return every finding of every rule about one order, now; one that replaces a pending order does not repeat it.

    Of one that is a leg, `whole` is the order on the combination.
    """
    check = gather(
        look,
        terms,
        cause,
        parent=parent,
        approved=approved,
        replaces=replaces,
        fellows=fellows,
        whole=whole,
    )
    found = []
    for rule in RULES:
        finding = rule(check)
        if finding is not None:
            found.append(finding)
    return tuple(found)


def verdict_of(findings: tuple[Finding, ...]) -> Verdict:
    """Return the worst verdict among findings."""
    return max((finding.verdict for finding in findings), default=Verdict.ALLOW)


def gather(
    look: Look,
    terms: OrderTerms,
    cause: Cause,
    *,
    parent: Parent,
    approved: bool,
    replaces: ConfirmationId | None = None,
    fellows: int = 0,
    whole: Whole | None = None,
) -> Check:
    """Fill the `Check` the rules read."""
    state, columns, name = look.state, look.columns, terms.instrument
    account, instrument = state.accounts[terms.account], state.tenant.instruments.get(name)
    held, profit = account.book.position(name, terms.hedge_flag), account.book.profit(columns.last_price)
    long, short, unhedged = _worst_lots(account, terms)
    jointly, messages, cancels = _together(state, account, name, instrument)
    check = Check(
        now=columns.at,
        terms=terms,
        cause=cause,
        instrument=instrument,
        session=None if instrument is None else look.session(name),
        quote=columns.quote(name),
        feed_at=columns.heard(name),
        limits=account.limits,
        has_price=is_price(terms.price),
        reducing=_is_reducing(terms, instrument, held),
        approved=approved,
        parent_lots=parent.lots,
        parent_value=parent.value,
        position=held,
        money_after=None if instrument is None else _money_after(look, account, profit, instrument, terms, whole),
        worst_long=long,
        worst_short=short,
        worst_unhedged=unhedged,
        group_tonnes=group_tonnes(state.tenant.instruments, account, terms),
        working=account.live.values(),
        jointly=jointly,
        messages=messages,
        recent=account.recent,
        fellows=fellows,
        waiting=waiting_orders(account, without=replaces),
        refusals=account.refusals,
        day_loss=account.book.day_loss(profit),
        level=worst_level(account, cause.strategy, name),
        killed=is_killed(account, cause.strategy, name),
        barrier_passed=account.barrier.passed,
        strategy_running=_running(account, terms, cause),
        cancels=cancels,
        unreconciled=closed_why(account),
        whole=whole,
        implied_of=partial(implied_of, look),
    )
    _add_what_few_have(check, look, account)
    return check


def _add_what_few_have(check: Check, look: Look, account: AccountState) -> None:
    # Of all other orders a `Check` says that they have it not.
    listed, terms, cause, session = look.state.tenant.instruments, check.terms, check.cause, check.session
    if check.instrument is not None and (session is None or session.phase is not _CONTINUOUS):
        check.opens_at = look.opens_at(check.instrument)
    if cause.strategy is not None:
        check.strategy_day_loss = _strategy_loss(look, account, cause.strategy)
    if cause.origin is _AUTOMATIC:
        check.hedges = partial(hedges, account, terms, cause)
    else:
        check.claims = claims_on(account, terms)
        check.lacked = made_up(account, terms, look.lacking(account))
    if account.exercises.may_come:
        check.exercises = partial(frozen_words, listed, account)
        if not terms.is_opening:
            check.exercised = met_by_exercise(listed, account, terms.instrument, terms.hedge_flag, terms.position_side)


def _money_after(
    look: Look,
    account: AccountState,
    profit: Decimal,
    instrument: Instrument,
    terms: OrderTerms,
    whole: Whole | None,
) -> AccountView | None:
    own, beside = look.reckoned(terms), None if whole is None else whole.beside
    if beside is None:
        return account.book.view_after(profit, instrument, own)
    other = look.state.tenant.instruments.get(beside.instrument)
    both = None if other is None else ((other, look.reckoned(beside)), (instrument, own))
    return None if both is None else money_after(account.book, profit, both)


def _is_reducing(terms: OrderTerms, instrument: Instrument | None, position: PositionView) -> bool:
    if terms.is_opening or instrument is None:
        return False
    return terms.lots <= closable(instrument, position, terms.side, terms.offset)


class _Order(msgspec.Struct):
    terms: OrderTerms | None = None  # of a stored object; a strategy and limits have none
    reversal: Reversal | None = None


def waiting_orders(account: AccountState, *, without: ConfirmationId | None = None) -> list[Waiting]:
    """Return the orders of an account that wait for a second person, all or all but one."""
    found = []
    for name, row in account.pending.items():
        terms = None if name == without else msgspec.json.decode(row.confirmation.stored, type=_Order).terms
        if terms is not None:
            maker = row.confirmation.maker
            found.append(Waiting(name, terms, maker, person_name(account, maker)))
    return found


def waiting_reversals(account: AccountState, wanted: Reversal) -> list[Waiting]:
    """Return the reversals of an account that wait for a second person and are the same as this one."""
    return [
        Waiting(name, wanted.terms, row.confirmation.maker, person_name(account, row.confirmation.maker))
        for name, row in account.pending.items()
        if msgspec.json.decode(row.confirmation.stored, type=_Order).reversal == wanted
    ]


def _worst_lots(account: AccountState, terms: OrderTerms) -> tuple[int, int, int]:
    # Long and short over all flags, and those of the order's own side without the lots under the hedge flag: they have
    # a quota of their own.
    name, opened = terms.instrument, terms.lots if terms.is_opening else 0
    (long, short), (hedged_long, hedged_short) = account.book.worst_lots(name), account.book.worst_lots(name, _HEDGE)
    if terms.position_side is _BUY:
        long += opened
        unhedged = long - hedged_long
    else:
        short += opened
        unhedged = short - hedged_short
    return long, short, unhedged - opened if terms.hedge_flag is _HEDGE else unhedged


def _together(
    state: State, account: AccountState, name: InstrumentId, known: Instrument | None
) -> tuple[list[Collection[OrderRow]], list[deque[int]], int]:
    # Orders, stamps of messages and cancels. The own orders first: they may be named to whoever asks, those of others
    # not.
    orders: list[Collection[OrderRow]] = [account.live.values()]
    messages, cancels = [], 0
    for other in state.accounts.values():
        if other is not account:
            orders.append(other.live.values())
        if known is not None:
            messages.append(other.message_stamps.get(known.exchange, NO_MESSAGES))
        cancels += other.cancels.get(name, 0)
    return orders, messages, cancels


def group_tonnes(
    instruments: Mapping[InstrumentId, Instrument], account: AccountState, terms: OrderTerms
) -> dict[str, tuple[Decimal, Decimal]]:
    """Return the futures tonnes of each hedge group an order moves, before it and with it.

    They are those of the worst case (`worst_tonnes`).
    """
    limits = account.limits
    ours = instruments.get(terms.instrument)
    if limits is None or ours is None or not limits.hedge_bounds:
        return {}
    found = {}
    for bound in limits.hedge_bounds:
        added = tonnes_of_lot(bound, ours) * terms.side.sign * terms.lots
        if not added:
            continue
        before = worst_tonnes(instruments, account, bound, toward=added)
        found[bound.group] = (before, before + added)
    return found


def strategy_loss(look: Look, row: StrategyRow) -> Decimal:
    """Return what a strategy lost today in yuan, zero when it gained."""
    if not row.lots and not row.fees_today:
        return ZERO
    gained = -row.fees_today
    for name, held in row.lots.items():
        price = look.columns.last_price(name)
        if price is not None:
            gained += look.state.tenant.instruments[name].value(price, held.lots) - held.cost
    return max(-gained, ZERO)


def _strategy_loss(look: Look, account: AccountState, strategy: StrategyId) -> Decimal:
    row = account.strategies.get(strategy)
    return ZERO if row is None else strategy_loss(look, row)


def _running(account: AccountState, terms: OrderTerms, cause: Cause) -> bool:
    if cause.origin is not _AUTOMATIC:
        return True
    row = account.strategies.get(cause.strategy) if cause.strategy is not None else None
    if row is None:
        return False
    if row.status is StrategyStatus.WINDING:  # only what brings its legs to balance
        return hedges(account, terms, cause)
    return row.status is StrategyStatus.RUNNING


def hedges(account: AccountState, terms: OrderTerms, cause: Cause) -> bool:
    """Return whether a strategy's order brings a leg of its no more than it lacks, beside what is under way."""
    row = account.strategies.get(cause.strategy) if cause.strategy is not None else None
    if row is None or cause.origin is not _AUTOMATIC:
        return False
    signed = terms.side.sign * terms.lots
    return strategy_of(row.settings).balances(row.settings, row.memory, terms.instrument, signed)
