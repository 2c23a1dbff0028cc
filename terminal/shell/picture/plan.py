"""Work out what a strategy's whole plan would do to an account, and how far prices are from those it was asked at.

The plan is what it may hold at most, as its preview reckons it: everything it may open is open, at the margin of then.
Its fees are not counted, since nobody knows how often it will trade.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from terminal.domain.books.holding import decimal_text
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import (
    ExecutionSettings,
    GridSettings,
    RollSettings,
    SpreadSettings,
    StrategySettings,
)
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.words.amount_text import MINUS
from terminal.domain.words.terms import Term
from terminal.engine.combinations.prices import Priced, priced
from terminal.engine.previews.strategy import margin_at_worst
from terminal.engine.screen import Figure
from terminal.engine.wishes.stale import drift_of, signed_prices
from terminal.engine.wording import short
from terminal.shell.picture.cards.consequence import money_figures, position_figure
from terminal.strategies.roll.halves import legs_of
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.confirmation import Stored
    from terminal.engine.state import AccountState
    from terminal.shell.picture.present import Present


class Drift(NamedTuple):
    """Hold how far a contract's price is from the one that is signed; ticks, `None` while there is no price."""

    instrument: InstrumentId
    reference: Decimal
    price: Decimal | None
    ticks: int | None
    allowed: int

    @property
    def is_over(self) -> bool:
        """Return whether an approval now would be void for it; without a price it would."""
        return self.ticks is None or abs(self.ticks) > self.allowed

    @property
    def used(self) -> Decimal:
        """Return the part of what is allowed that is used up."""
        return Decimal("Infinity") if self.ticks is None else Decimal(abs(self.ticks)) / max(1, self.allowed)


def drifts(present: Present, stored: Stored) -> tuple[Drift, ...]:
    """Return the drift of every contract whose price is signed and whose tick is known, the worst first."""
    found = []
    for name, seen in signed_prices(stored).items():
        now = priced(present.state.tenant.instruments, name, present.market)
        if now is not None:
            found.append(drift(name, seen, now))
    return tuple(sorted(found, key=lambda one: one.used, reverse=True))


def drift(name: InstrumentId, seen: Decimal, now: Priced) -> Drift:
    """Return how far a price is from the one that was seen."""
    price, tick = now.price, now.tick
    allowed = int((drift_of(name, seen, now) / tick).to_integral_value(rounding=ROUND_FLOOR))
    ticks = None if price is None else int(((price - seen) / tick).to_integral_value(rounding=ROUND_HALF_UP))
    return Drift(name, seen, price, ticks, allowed)


def price_figures(found: tuple[Drift, ...]) -> tuple[Figure, ...]:
    """Return the price of each contract when it was asked for, and now."""
    return tuple(
        Figure(
            name=f"价格 {short(one.instrument)}",
            before=decimal_text(one.reference),
            after=_now(one),
            worse=one.is_over,
        )
        for one in found
    )


def _now(one: Drift) -> str:
    if one.price is None or one.ticks is None:
        return "—"
    moved = f"{one.ticks:+d}".replace("-", MINUS) if one.ticks else "0"
    return f"{decimal_text(one.price)}（{Term.DRIFT} {moved} 跳，允许 ±{one.allowed}）"


def plan_figures(present: Present, account: AccountState, settings: StrategySettings) -> tuple[Figure, ...]:
    """Return what a strategy's whole plan changes, ready to be read; rows that nothing is known about are left out."""
    instruments = present.state.tenant.instruments
    if any(name not in instruments for name in strategy_of(settings).instruments(settings)):
        return ()
    rows = [position_figure(account, name, *ends) for name, ends in _ends(settings).items()]
    added = margin_at_worst(instruments, present.mark, settings)
    if added is not None:
        money = account.book.view(present.mark)
        after = replace(
            money,
            margin=money.margin + money.frozen_margin + added,
            equity=money.equity - money.frozen_commission,
            available=money.available - added,
        )
        rows += money_figures(account, money, after)
    return tuple(rows)


def _ends(settings: StrategySettings) -> dict[InstrumentId, tuple[dict[Side, int], ...]]:
    match settings:
        case GridSettings():
            ((name, lots),) = strategy_of(settings).whole(settings)
            return {name: ({settings.side: lots},)}
        case ExecutionSettings():
            held = {settings.side: settings.total_lots}
            if settings.offset is not Offset.OPEN:
                held = {settings.side.opposite: -settings.total_lots}
            return {settings.instrument: (held,)}
        case RollSettings():
            moved = {settings.near: -settings.lots, settings.far: settings.lots}
            return {name: ({settings.side: moved[name]},) for name in legs_of(settings)}
        case OwnSettings():  # either way, as the code asks
            whole = strategy_of(settings).whole(settings)
            return {name: ({Side.BUY: lots}, {Side.SELL: lots}) for name, lots in whole}
        case TargetSettings():  # either way, as the ratio demands
            lots = settings.most_lots
            return {settings.instrument: ({Side.SELL: lots}, {Side.BUY: lots})}
        case SpreadSettings() if settings.conversion is not None:  # what it closes goes, what it opens comes
            sides = {leg.instrument: Side.BUY if leg.lots > 0 else Side.SELL for leg in settings.legs}
            return {
                leg.instrument: (
                    {sides[leg.instrument].opposite: -lots} if leg.closes else {sides[leg.instrument]: lots},
                )
                for leg in settings.legs
                for lots in [abs(leg.lots) * settings.max_sets]
            }
        case SpreadSettings() if settings.grid is not None:
            way = {leg.instrument: leg.lots * settings.grid.side.sign for leg in settings.legs}
            whole = strategy_of(settings).whole(settings)
            return {name: ({Side.BUY if way[name] > 0 else Side.SELL: lots},) for name, lots in whole}
        case _:  # a spread is bought or sold
            sides = {leg.instrument: Side.BUY if leg.lots > 0 else Side.SELL for leg in settings.legs}
            return {
                name: ({sides[name]: lots}, {sides[name].opposite: lots})
                for name, lots in strategy_of(settings).whole(settings)
            }
