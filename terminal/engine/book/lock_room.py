"""Say how many lots a lock (锁仓) or an unlock (解锁) may still take, and what that is under way holds the others.

A lock may at worst case (SAFETY I6): every order that closes the side fills, every order that opens the other side
fills, a reversal (反手) opens the other way all that its closes fill, and exercise opens and nets (自对冲) what it may.
A lock of more would leave lots that stand against none.

An unlock of one side takes locked lots and no others, so what one that works has still to take is left to it, on either
side. Any other close takes first what stands against none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.orders.reversal import ReversalState
from terminal.engine.book.coming import netted
from terminal.engine.book.reversals import progress

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from terminal.domain.ids import InstrumentId, OrderId
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.books.reversal import ReversalRow
    from terminal.engine.state import AccountState, OrderRow

NAMED: Final = 3  # orders that a sentence names
UNLOCK: Final = "unlock"  # of the cause of an order that unlocks one side


def lockable(
    instruments: Mapping[InstrumentId, Instrument],
    account: AccountState,
    instrument: InstrumentId,
    flag: HedgeFlag,
    side: Side,
) -> int:
    """Return the lots of the long (BUY) or short (SELL) side that nothing stands against, or will; never negative."""
    held = account.book.position(instrument, flag)
    long, short = account.book.worst_lots(instrument, flag)
    closable, against = (held.long_closable, short) if side is Side.BUY else (held.short_closable, long)
    due = sum(lots for _, lots in _reversing(account, instrument, flag, side))
    return max(closable - against - due - netted(instruments, account, instrument, flag, side), 0)


def held_by(
    instruments: Mapping[InstrumentId, Instrument],
    account: AccountState,
    instrument: InstrumentId,
    flag: HedgeFlag,
    side: Side,
) -> str:
    """Return what works on the lots of a side and what to do about it first; empty where nothing does."""
    closes = [
        one
        for one in account.live.values()
        if not one.terms.is_opening
        and (one.terms.instrument, one.terms.hedge_flag, one.terms.position_side) == (instrument, flag, side)
    ]
    opens = opens_of(account, instrument, flag, side.opposite)
    turned = list(_reversing(account, instrument, flag, side))
    orders = [named(what, found) for what, found in (("平仓", closes), ("开仓", opens)) if found]
    words = [f"{'、'.join(orders)}还在委托"] if orders else []
    words += [f"反手 {row.reversal} 还要开 {lots} 手" for row, lots in turned]
    coming = exercise_words(instruments, account, instrument, flag, side)
    words += [coming] if coming else []
    theirs = {order for row, _ in turned for order in row.closes}  # giving a reversal up cancels them
    advice = ["放弃反手"] if turned else []
    advice += ["撤销行权申请或申请放弃"] if coming else []
    advice += ["撤单"] if any(one.order not in theirs for one in (*closes, *opens)) else []
    return f"{'，'.join(words)}；请先{'、'.join(advice)}" if words else ""


def unlockable(account: AccountState, instrument: InstrumentId, flag: HedgeFlag) -> int:
    """Return the locked lots that no unlock and no other close under way takes; never negative."""
    held, unlocks = account.book.position(instrument, flag), _closes(account, instrument, flag, unlocks=True)
    locked = min(held.long, held.short) - sum(one.remaining for one in unlocks)
    return max(min(locked, held.long_closable, held.short_closable), 0)


def unlocked_by(account: AccountState, instrument: InstrumentId, flag: HedgeFlag) -> str:
    """Return what closes work on a lock and what to do about them first; empty where none does."""
    found = [
        named(what, closes)
        for what, unlocks in (("解锁", True), ("平仓", False))
        if (closes := _closes(account, instrument, flag, unlocks=unlocks))
    ]
    return f"{'、'.join(found)}还在委托；请先撤单" if found else ""


def _closes(account: AccountState, instrument: InstrumentId, flag: HedgeFlag, *, unlocks: bool) -> list[OrderRow]:
    return [
        one
        for one in account.live.values()
        if not one.terms.is_opening
        and (one.terms.instrument, one.terms.hedge_flag) == (instrument, flag)
        and (one.cause.tag == UNLOCK) == unlocks
    ]


def exercise_words(
    instruments: Mapping[InstrumentId, Instrument],
    account: AccountState,
    instrument: InstrumentId,
    flag: HedgeFlag,
    side: Side,
) -> str:
    """Return what exercise is coming to do to a side: open lots against it, or net its own; empty for neither."""
    works = sum(one.remaining for one in opens_of(account, instrument, flag, side.opposite))
    held, (long, short) = account.book.position(instrument, flag), account.book.worst_lots(instrument, flag)
    opened = (short - held.short if side is Side.BUY else long - held.long) - works
    nets = netted(instruments, account, instrument, flag, side)
    words = [f"行权将开 {opened} 手"] if opened else []
    words += [f"行权后自对冲 {nets} 手"] if nets else []
    return "、".join(words)


def opens_of(
    account: AccountState, instrument: InstrumentId, flag: HedgeFlag, side: Side, *, but: Collection[OrderId] = ()
) -> list[OrderRow]:
    """Return the orders that may still open lots of the long (BUY) or short (SELL) side, but for some."""
    return [
        one
        for one in account.live.values()
        if one.terms.is_opening
        and (one.terms.instrument, one.terms.hedge_flag, one.terms.position_side) == (instrument, flag, side)
        and one.order not in but
    ]


def named(what: str, orders: list[OrderRow]) -> str:
    """Return orders by number and lots, like `平仓 A1-00000002 5 手`; of many the first and how many there are."""
    told = "、".join(f"{one.order} {one.remaining} 手" for one in orders[:NAMED])
    return f"{what} {told}{f' 等 {len(orders)} 笔' if len(orders) > NAMED else ''}"


def _reversing(
    account: AccountState, instrument: InstrumentId, flag: HedgeFlag, side: Side
) -> Iterator[tuple[ReversalRow, int]]:
    # One that came to a stop opens nothing before a person says so, and then it looks for a lock itself.
    for row in account.reversals.rows.values():
        terms = row.wanted.terms
        if row.state is ReversalState.CLOSING and (terms.instrument, terms.hedge_flag, terms.side.opposite) == (
            instrument,
            flag,
            side,
        ):
            found = progress(account.orders, row)
            yield row, found.due + found.closing
