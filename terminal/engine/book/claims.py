"""Say whose the lots of a position are: what its strategies record of it, and whether that is still there (J2).

Lots of one side are alike to the exchange. A strategy records what it traded itself; whoever closes more than nobody's
lots by hand takes them from under it, and so does the end of its contract. What it records then stands for nothing
(`strategy/bereft` pauses it).

A roll and a conversion close what others opened, an execution trades for somebody else, a target keeps the ratio of
the whole account: their lots are trades, no holding, and count on once they have ended (`counted_lots`). The lots of
near that a roll takes along are its own until it is over; the other legs of whom it takes along are looked after as
ever. Where near ends before the roll has moved a strategy's lots they are gone from that strategy like any others.
What has ended closes nothing any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.orders.order import Origin, Side
from terminal.domain.parameters.strategy import ExecutionSettings, RollSettings, SpreadSettings
from terminal.domain.parameters.target import TargetSettings
from terminal.engine.book.carriers import is_carried_from, is_left_on
from terminal.engine.records.forgetting import OVER
from terminal.engine.wording import short
from terminal.risk.check import Claims

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.order import HedgeFlag, OrderTerms
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.state import AccountState, StrategyRow


class Shortage(NamedTuple):
    """Hold one side of a contract on which there are fewer lots than strategies record."""

    instrument: InstrumentId
    side: Side
    there: int
    recorded: int

    @property
    def words(self) -> str:
        """Return it for people."""
        side = "多" if self.side is Side.BUY else "空"
        return f"{short(self.instrument)} {side} {self.there} 手（策略记 {self.recorded} 手）"


def claims_on(account: AccountState, terms: OrderTerms) -> Claims | None:
    """Return what strategies record of the side that a close would take, `None` where that is nothing."""
    if terms.is_opening or not account.strategies:
        return None
    name, flag, side = terms.instrument, terms.hedge_flag, terms.position_side
    strategies = tuple(row.strategy for row in holders(account, name, flag, side))
    if not strategies:
        return None
    return Claims(unclaimed(account, name, flag, side), strategies)


def unclaimed(account: AccountState, instrument: InstrumentId, flag: HedgeFlag, side: Side) -> int:
    """Return the lots of a position's side that no strategy records and no close by hand is about to take."""
    key = account, instrument, flag, side
    return max(_there(*key) - _recorded(*key) - _leaving(*key), 0)


def shortages(account: AccountState, row: StrategyRow) -> list[Shortage]:
    """Return where a strategy records lots on a side that holds fewer than its strategies record together."""
    if not holds_own(row):
        return []
    found = []
    for name, held in row.lots.items():
        if held.lots and not is_carried_from(account, row, name):
            side, flag = Side.BUY if held.lots > 0 else Side.SELL, row.settings.hedge_flag
            there, recorded = _there(account, name, flag, side), _recorded(account, name, flag, side)
            if there < recorded:
                found.append(Shortage(name, side, there, recorded))
    for name, lots in row.ended.items():
        if not is_carried_from(account, row, name) or is_left_on(account, row, name):
            found.append(Shortage(name, Side.BUY if lots > 0 else Side.SELL, 0, abs(lots)))
    return found


def why_bereft(account: AccountState, row: StrategyRow) -> str:
    """Return why a strategy may not go on: lots it records are not there; "" where they are."""
    lacking = "、".join(one.words for one in shortages(account, row))
    again = "" if row.ended else "，或先把差额补回来"  # nobody can buy what has ended
    return f"账户实有 {lacking}；请停止它、按实有手数新建{again}" if lacking else ""


def holders(account: AccountState, instrument: InstrumentId, flag: HedgeFlag, side: Side) -> Iterator[StrategyRow]:
    """Yield the strategies that record lots of a position's side as their own."""
    for row in account.strategies.values():
        held = row.lots.get(instrument)
        if held is None or held.lots * side.sign <= 0 or row.settings.hedge_flag is not flag or not holds_own(row):
            continue
        if not is_carried_from(account, row, instrument):  # what a roll is moving is the roll's
            yield row


def holds_own(row: StrategyRow) -> bool:
    """Return whether what a strategy has traded is its own holding, as the text above says."""
    return row.status not in OVER and not only_trades(row.settings)


def only_trades(settings: StrategySettings) -> bool:
    """Return whether the lots of a strategy with these settings count its trades, as the text above says."""
    if isinstance(settings, SpreadSettings):
        return settings.conversion is not None
    return isinstance(settings, RollSettings | ExecutionSettings | TargetSettings)


def counted_lots(row: StrategyRow, instrument: InstrumentId) -> int:
    """Return the signed lots a strategy counts of a contract; of what only trades those too that have ended since."""
    held = row.lots.get(instrument)
    return (0 if held is None else held.lots) + (row.ended.get(instrument, 0) if only_trades(row.settings) else 0)


def _recorded(account: AccountState, instrument: InstrumentId, flag: HedgeFlag, side: Side) -> int:
    return sum(abs(row.lots[instrument].lots) for row in holders(account, instrument, flag, side))


def _leaving(account: AccountState, instrument: InstrumentId, flag: HedgeFlag, side: Side) -> int:
    # Closes by hand that are under way: what they take is nobody's any more.
    return sum(
        row.remaining
        for row in account.live.values()
        if not row.terms.is_opening
        and row.cause.origin is not Origin.STRATEGY
        and (row.terms.instrument, row.terms.hedge_flag, row.terms.position_side) == (instrument, flag, side)
    )


def _there(account: AccountState, instrument: InstrumentId, flag: HedgeFlag, side: Side) -> int:
    position = account.book.position(instrument, flag)
    return position.long if side is Side.BUY else position.short
