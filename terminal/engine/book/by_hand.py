"""Say what the account holds beside a spread of the legs that it lacks: a person has probably hedged them by hand.

A spread knows nothing of lots that a person traded in its place: told to balance, it trades them once more. Only lots
that no strategy records count, or each of two spreads in a contract would be taken for the hedge of the other. Lots
that were there before count too, for lots of one side are alike: people are told of them and decide.

Not seen are lots that went out against others by hand, closing what nobody recorded: they have left no trace. Nor is a
leg that closes what others opened: what it lacks are closes. A spread whose own lots were taken (J2) is judged by what
is there (`lacking`), and what a roll is moving of it is the roll's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.engine.book.carriers import carrier_of
from terminal.engine.book.claims import holds_own, unclaimed
from terminal.engine.book.lacking import lacking_of
from terminal.engine.wording import short

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.engine.state import AccountState, StrategyRow


class LegByHand(NamedTuple):
    """Hold the signed lots a leg lacks, and the lots on their side that the account holds and no strategy records."""

    instrument: InstrumentId
    lack: int
    there: int

    @property
    def left(self) -> int:
        """Return the lots that lack all the same."""
        return max(abs(self.lack) - self.there, 0)

    @property
    def words(self) -> str:
        """Return it for people."""
        buys = self.lack > 0
        there = (
            f"账户里另有{'多' if buys else '空'} {self.there} 手（不记在任何策略名下）" if self.there else "账户里没有"
        )
        then = f"还差 {self.left} 手没有对冲" if self.left else "够补"
        return f"{short(self.instrument)} 应{'买入' if buys else '卖出'} {abs(self.lack)} 手，{there}，{then}"


def hedged_by_hand(account: AccountState, row: StrategyRow, *, taken: bool = False) -> tuple[LegByHand, ...]:
    """Return each leg that a spread lacks with what the account holds beside it; none where nothing covers any.

    `taken`: of a spread whose own lots were taken too, as what it lacks is told all the same.
    """
    settings = row.settings
    if (
        not isinstance(settings, SpreadSettings)
        or (row.lots_taken and not taken)
        or carrier_of(account, row) is not None
    ):
        return ()
    closes = {leg.instrument for leg in settings.legs if leg.closes}
    legs = tuple(
        LegByHand(name, lack, 0 if name in closes else _beside(account, row, name, lack))
        for name, lack in lacking_of(account, row)
    )
    return legs if any(leg.there for leg in legs) else ()


def by_hand_words(legs: tuple[LegByHand, ...]) -> str:
    """Return for people what `hedged_by_hand` found; "" where that is nothing."""
    return "；".join(leg.words for leg in legs)


def _beside(account: AccountState, row: StrategyRow, name: InstrumentId, lack: int) -> int:
    side = Side.BUY if lack > 0 else Side.SELL
    lots = unclaimed(account, name, row.settings.hedge_flag, side)
    own = row.lots.get(name)
    if own is not None and not holds_own(row):  # a conversion, or one that is over: its lots are its own all the same
        lots -= max(own.lots * side.sign, 0)
    return max(lots, 0)
