"""Fold what changes an account's books without a trade: late settlement prices, ends of positions, quarantine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.errors import InvariantError
from terminal.domain.fact import facts as f
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.reports import Ended
from terminal.engine.book.carriers import is_carried_from

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.engine.state import AccountState, State


class _Kind(msgspec.Struct):
    type: str = ""  # as a report is tagged


def ending_key(fact: f.PositionEnded | Ended) -> str:
    """Return what names an end of a position; the exchange's number is unique on its day, instrument, flag and side."""
    one = fact.ending
    return f"{fact.trading_day}|{one.instrument}|{one.flag}|{one.side}|{one.number}"


def days_ended(account: AccountState, instrument: InstrumentId) -> list[int]:
    """Return the trading days, of those not forgotten, on which lots of a contract ended."""
    return [day for key, day in account.ended.items() if key.split("|")[1] == instrument]


def has_ended(account: AccountState, instrument: InstrumentId, flag: HedgeFlag, side: Side) -> bool:
    """Return whether lots of one side of a contract ended without a trade, on a day that is not forgotten."""
    return any(key.split("|")[1:4] == [instrument, str(flag), str(side)] for key in account.ended)


def apply_book(
    state: State,
    account: AccountState,
    fact: f.SettlementCorrected | f.PositionEnded | f.CombinationMoved | f.ReportQuarantined,
) -> None:
    """Fold one of them; what contradicts the state is an `InvariantError`."""
    match fact:
        case f.SettlementCorrected():
            # A strategy's own cost stays at the provisional price: its day loss is a brake, not a book.
            account.book.correct({name: one.price for name, one in fact.prices.items()}, fact.trading_day, fact.unheard)
        case f.PositionEnded():
            _end(state, account, fact)
        case f.CombinationMoved():
            account.book.combine(fact.combined)
        case f.ReportQuarantined():
            if fact.key in account.quarantined:
                raise InvariantError(f"report {fact.key} was quarantined twice")
            account.quarantined[fact.key] = fact.trading_day
            if msgspec.json.decode(fact.row, type=_Kind).type == Ended.__struct_config__.tag:
                report = msgspec.json.decode(fact.row, type=Ended)
                account.ends_aside[ending_key(report)] = report


def _end(state: State, account: AccountState, fact: f.PositionEnded) -> None:
    key, ending = ending_key(fact), fact.ending
    if key in account.ended:
        raise InvariantError(f"position {key} ended twice")
    listed = state.tenant.instruments
    instrument = listed[ending.instrument]
    future = None if fact.into is None else listed[fact.into]
    account.book.end(ending, instrument, future, older=fact.trading_day < account.trading_day)
    account.ended[key] = fact.trading_day
    account.ends_aside.pop(key, None)
    _count(account, ending.instrument, ending.side.opposite, ending.lots)
    if fact.into is not None and instrument.option is not None:
        _count(account, fact.into, instrument.option.future_side(ending.side), ending.lots)
    if all(name != ending.instrument for name, _ in account.book.positions()):
        for strategy in account.strategies.values():
            held = strategy.lots.get(ending.instrument)
            if held is not None and held.lots:
                # Nobody may go on as if he held it. What only trades may go on with a contract that still does.
                before = strategy.ended.get(ending.instrument, 0)
                strategy.ended[ending.instrument] = before + held.lots
            if not is_carried_from(account, strategy, ending.instrument):  # else a roll may have moved them: it says so
                strategy.lots.pop(ending.instrument, None)  # nobody can close what nobody holds


def _count(account: AccountState, name: InstrumentId, side: Side, lots: int) -> None:
    # Lots that no order filled: with the forgotten ones they keep the sums equal that the book must equal (I9).
    bought, sold = account.filled_lots.get(name, (0, 0))
    account.filled_lots[name] = (bought + lots, sold) if side is Side.BUY else (bought, sold + lots)
    net = account.forgotten.net.pop(name, 0) + side.sign * lots
    if net:
        account.forgotten.net[name] = net
