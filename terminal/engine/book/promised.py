"""Say which lots of a position conversions (期权期货互转) have still to close: they are no holding, and yet spoken for.

A conversion that waits for its price will close them one day. Whoever converts or exercises the same lots beside it
would leave the other without: half of an exchange done twice is an exposure nobody asked for. What closes of its own
are under way is frozen in the position already, and counts there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.parameters.strategy import SpreadSettings
from terminal.engine.book.claims import counted_lots
from terminal.engine.records.forgetting import OVER

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId, StrategyId
    from terminal.domain.orders.order import HedgeFlag, Side
    from terminal.engine.state import AccountState, StrategyRow


class Promised(NamedTuple):
    """Hold how many lots conversions will close, and which these are."""

    lots: int
    strategies: tuple[StrategyId, ...]

    @property
    def words(self) -> str:
        """Return it for people; "" where there are none."""
        return f"另有 {self.lots} 手等策略 {'、'.join(self.strategies)} 换掉" if self.lots else ""


NOTHING_PROMISED: Final = Promised(0, ())


def promised(
    account: AccountState,
    instrument: InstrumentId,
    flag: HedgeFlag,
    side: Side,
    *,
    beside: StrategyId | None = None,
) -> Promised:
    """Return what conversions that are not over have still to close by orders of a side, but for one of them."""
    found = {
        row.strategy: lots
        for row in account.strategies.values()
        if row.strategy != beside and row.status not in OVER and row.settings.hedge_flag is flag
        if (lots := _to_close(account, row, instrument, side)) > 0
    }
    return Promised(sum(found.values()), tuple(found))


def _to_close(account: AccountState, row: StrategyRow, instrument: InstrumentId, side: Side) -> int:
    settings = row.settings
    if not isinstance(settings, SpreadSettings) or settings.conversion is None:
        return 0
    for leg in settings.legs:
        if leg.instrument != instrument or not leg.closes or leg.lots * side.sign < 0:
            continue
        left = abs(settings.max_sets * leg.lots - counted_lots(row, instrument))
        return left - _under_way(account, row, instrument, side)
    return 0


def _under_way(account: AccountState, row: StrategyRow, instrument: InstrumentId, side: Side) -> int:
    return sum(
        one.remaining
        for one in account.live.values()
        if one.cause.strategy == row.strategy
        and (one.terms.instrument, one.terms.side) == (instrument, side)
        and not one.terms.is_opening
    )
