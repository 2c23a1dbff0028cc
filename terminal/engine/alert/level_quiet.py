"""Say how far the quotes may move before a look at an account's levels could find anything (SAFETY 6).

Futures at their marks gain and lose in proportion to the price. What may still be lost until the first signal of money
reaches its first threshold is shared evenly among the contracts that are held, and one tick less than each share's
worth lies between the latest mark and the border. Levels that stand or could come down look at every batch; red, which
never clears by itself, does not.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.domain.market import Column, Valid
from terminal.domain.quiet import EVER, Band, Quiet
from terminal.domain.words.risk import Level
from terminal.engine.alert.levels import MINDED, counted, is_beyond, measured
from terminal.engine.book.scopes import scope_key
from terminal.risk.levels import FIRST, SIGNALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from terminal.domain.ids import InstrumentId
    from terminal.domain.market import Row
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import AccountView
    from terminal.domain.words.risk import Scope
    from terminal.engine.alert.levels import Watch
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState

LATCHED: Final = frozenset({Level.NORMAL, Level.RED})
MONEY: Final = frozenset({"risk_degree", "day_loss", "hedge_day_loss"})
HAS_LAST: Final = int(Valid.LAST)
TWO_SIDED: Final = int(Valid.BID | Valid.ASK)


def quiet(watch: Watch, look: Look, account: AccountState) -> Quiet | None:
    """Return within which quotes no level of an account changes, whenever it is looked at."""
    if watch.stirred or any(row.level not in LATCHED for row in account.levels.values()):
        return None
    if any(row.status in MINDED and is_beyond(account, row) for row in account.strategies.values()):
        return None
    # A locked option nets to nothing and is exercised all the same, so what is asked is what is held on either side.
    known = look.state.tenant.instruments
    if account.book.has_options and any(known[name].option is not None for name, _ in account.book.positions()):
        return None
    held = _held(account)
    names = {name: known[name] for name in held}
    if any(one.option is not None for one in names.values()):
        return None
    room: list[Decimal] = []
    money = account.book.view(look.columns.last_price)
    for scope, signal, value in (*measured(look, account, money), *counted(account)):
        if value >= FIRST[signal] and SIGNALS[signal].level(value) is not Level.NORMAL:
            if not _is_red(account, scope, signal):
                return None
        elif signal in MONEY:
            room.append(_room(account, money, signal, value))
    return _bands(look, names, held, min(room)) if held and room else EVER


def _held(account: AccountState) -> dict[InstrumentId, int]:
    # The most lots of each contract whose price moves any figure of money.
    held = {name: abs(lots) for name, lots in account.book.net_lots().items() if lots}
    for row in account.strategies.values():
        if row.status in MINDED:
            for name, one in row.lots.items():
                if one.lots:
                    held[name] = max(held.get(name, 0), abs(one.lots))
    return held


def _is_red(account: AccountState, scope: Scope, signal: str) -> bool:
    row = account.levels.get(f"{scope_key(scope)}|{signal}")
    return row is not None and row.level is Level.RED


def _room(account: AccountState, money: AccountView, signal: str, value: Decimal) -> Decimal:
    # Yuan that may be lost before the signal reaches its first threshold.
    first = FIRST[signal]
    if signal == "risk_degree":
        return money.equity - money.margin * 100 / first
    limits = account.limits
    allowed = None if limits is None else limits.day_loss_yuan
    own = None if limits is None else limits.strategy_day_loss_yuan
    least = min((one for one in (allowed, own) if one), default=Decimal(0))
    return (first - value) * least / 100


def _bands(
    look: Look, names: Mapping[InstrumentId, Instrument], held: Mapping[InstrumentId, int], room: Decimal
) -> Quiet | None:
    bands: list[Band] = []
    for name, lots in held.items():
        known = names[name]
        ticks = int(room / (len(held) * known.value(known.tick, lots))) - 1
        if ticks < 0:
            return None
        around = _around(look, name, ticks)
        if around is None:
            return None
        bands += around
    return Quiet(bands=tuple(bands))


def _around(look: Look, name: InstrumentId, ticks: int) -> list[Band] | None:
    row = look.columns.row(look.columns.slot_of[name]) if name in look.columns.slot_of else None
    if row is None:
        return None
    mask = row[Column.MASK]
    return [Band(name, Column.MASK, mask, mask), *_marks(name, row, mask, ticks)]


def _marks(name: InstrumentId, row: Row, mask: int, ticks: int) -> Iterator[Band]:
    # What is marked at: the last price, else the middle of both sides, else a word about the day.
    if mask & HAS_LAST:
        yield Band(name, Column.LAST, row[Column.LAST] - ticks, row[Column.LAST] + ticks)
    elif mask & TWO_SIDED == TWO_SIDED:
        for column in (Column.BID, Column.ASK):
            yield Band(name, column, row[column] - ticks, row[column] + ticks)
