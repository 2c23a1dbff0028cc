"""Count what one strategy, or the people of one account by hand, ordered and what came of it."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from terminal.backtest.owners.told_prices import worth
from terminal.backtest.report import Activity, Slippage
from terminal.backtest.rounds import ByContract, NoRounds, Tally, Together
from terminal.domain.ids import StrategyId
from terminal.domain.parameters.strategy import GridSettings, RollSettings, SpreadSettings
from terminal.domain.parameters.target import TargetSettings
from terminal.store.trade import Trade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from terminal.backtest.rounds import Change
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.domain.products.instrument import Instrument

ZERO: Final = Decimal(0)
WORKING: Final = "WORKING"
_FEN: Final = Decimal("0.01")
_SHARE: Final = Decimal("0.0001")


class Wrong(StrEnum):
    """Name what can strike an order that the one who wanted it did not mean."""

    REFUSED = "REFUSED"  # the gate said no, and it never became an order
    REJECTED = "REJECTED"  # the exchange said no
    VOID = "VOID"  # it never left the house
    UNKNOWN = "UNKNOWN"  # for a while nobody could say whether the exchange has it
    KILLED = "KILLED"  # the kill switch was pulled over it while it worked, and it was cancelled
    TAKEN_OUT = "TAKEN_OUT"  # the exchange cancelled it, and nobody here had asked for that
    LEGGED = "LEGGED"  # a leg could not follow (断腿): what the strategy had sent last


class Fill(Trade, frozen=True, kw_only=True):
    """Hold one fill as the table of trades shows it; `slippage` is yuan, `None` where there was no middle."""

    strategy: StrategyId | None
    mid: Decimal | None
    slippage: Decimal | None


class Doings:
    """Add up orders and fills of one owner."""

    def __init__(self, settings: StrategySettings | None = None) -> None:
        self._count_anew()
        self.cash = ZERO  # what the fills brought in less what they cost, fees not counted
        self.open_lots: Counter[InstrumentId] = Counter()
        self._has_lines = isinstance(settings, GridSettings)
        match settings:
            case SpreadSettings():
                self.rounds: ByContract | Together | NoRounds = Together()
            case RollSettings() | TargetSettings():
                self.rounds = NoRounds()
            case _:
                self.rounds = ByContract()

    def _count_anew(self) -> None:
        self.orders = self.fills = self.lots = self.automatic = self.external = 0
        self.fees = ZERO
        self.states: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.refusals: dict[str, str] = {}  # the latest sentence of each code
        self.rejected: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.slipped = ZERO
        self.slipped_ticks = ZERO
        self.slipped_lots = self.unknown_lots = 0

    def begin_again(self) -> None:
        """Count from here on; open lots, what they cost, and open rounds stay as they are."""
        self.cash -= self.fees
        self._count_anew()
        self.rounds.begin_again()

    @property
    def worth_without(self) -> Decimal:
        """Return what the fills brought in, fees paid, without what the open lots are worth (yuan)."""
        return self.cash - self.fees

    def fill(self, fill: Fill, instrument: Instrument, tag: str) -> None:
        """Take one fill of an order with this tag."""
        self.fills += 1
        self.lots += fill.lots
        self.change(fill, instrument.value(fill.price, 1), tag)
        if fill.slippage is None or fill.mid is None:
            self.unknown_lots += fill.lots
            return
        self.slipped += fill.slippage
        self.slipped_lots += fill.lots
        self.slipped_ticks += fill.side.sign * (fill.price - fill.mid) / instrument.tick * fill.lots

    def change(self, change: Change, worth: Decimal, tag: str = "", *, opens: bool = True) -> None:
        """Take lots that come or go at so many yuan a lot, by an order with this tag or by none.

        What does not open only closes rounds.
        """
        self.fees += change.fee
        self.cash -= change.side.sign * change.lots * worth
        self.open_lots[change.instrument] += change.side.sign * change.lots
        self.rounds.take(change, worth, tag.rpartition(":")[0] if self._has_lines else "", opens=opens)

    def hand_over(self, other: Doings, near: InstrumentId, far: InstrumentId, dearer: Decimal) -> None:
        """Let another owner's open lots of near, which this roll has moved, be far's, at so many yuan more a lot.

        What the roll paid beyond that stays its own, with its fees.
        """
        lots = other.open_lots.pop(near, 0)
        if not lots:
            return
        paid = (lots * dearer).quantize(_FEN)
        other.open_lots[far] += lots
        other.cash -= paid
        other.rounds.go_along(near, far, paid / lots)
        self.open_lots[near] += lots
        self.open_lots[far] -= lots
        self.cash += paid

    def profit(
        self, price: Callable[[InstrumentId], Decimal | None], listed: Callable[[InstrumentId], Instrument]
    ) -> Decimal:
        """Return what the fills earned with their open lots at these prices (yuan), fees paid."""
        return (self.worth_without + worth(self.open_lots, price, listed)).quantize(_FEN)

    def activity(self) -> Activity:
        """Return the sums as they are reported."""
        return together([self])


def together(all_doings: Iterable[Doings]) -> Activity:
    """Return the sums over several owners."""
    owners = list(all_doings)
    states, refused, rejected = (
        _added(getattr(one, name) for one in owners) for name in ("states", "refused", "rejected")
    )
    wrong = _added(one.wrong for one in owners)
    orders, automatic, external = (
        sum(getattr(one, name) for one in owners) for name in ("orders", "automatic", "external")
    )
    if orders > sum(states.values()):
        states[WORKING] = orders - sum(states.values())
    rounds = Tally()
    for one in owners:
        rounds.add(one.rounds)
    return Activity(
        orders=orders,
        states=dict(sorted(states.items())),
        fills=sum(one.fills for one in owners),
        lots=sum(one.lots for one in owners),
        fees=sum((one.fees for one in owners), ZERO),
        refused=dict(sorted(refused.items())),
        refusals=dict(sorted((code, said) for one in owners for code, said in one.refusals.items())),
        rejected=dict(sorted(rejected.items())),
        rounds=rounds.rounds(),
        slippage=_slippage(owners),
        automatic=automatic,
        external=external,
        auto_rate=_share(automatic, orders + external),
        wrong=dict(sorted(wrong.items())),
        error_rate=_share(sum(wrong.values()), orders + sum(refused.values())),
    )


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(_SHARE) if whole else None


def _slippage(owners: list[Doings]) -> Slippage:
    lots = sum(one.slipped_lots for one in owners)
    ticks = sum((one.slipped_ticks for one in owners), ZERO)
    return Slippage(
        yuan=sum((one.slipped for one in owners), ZERO).quantize(_FEN),
        lots=lots,
        unknown=sum(one.unknown_lots for one in owners),
        ticks=(ticks / lots).quantize(_SHARE) if lots else None,
    )


def _added(counters: Iterable[Counter[str]]) -> Counter[str]:
    added: Counter[str] = Counter()
    for counter in counters:
        added.update(counter)
    return added
