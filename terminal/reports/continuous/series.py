"""Join the main contracts of a product to one series: raw, by difference, by ratio.

The theory. Where the main contract changes, the raw series steps by the difference of two months, which nobody earned
or lost. The step is measured where both traded: at the closes of the last day of the old one. Earlier prices move by
it, so that the latest contract stands at its own prices. By difference (差额) every change of the series is what a lot
really earned, and prices may fall to zero and below; by ratio (比例) every return in per cent is true, and amounts are
not. Differences are whole ticks; a ratio is kept as an exact fraction, and only what is shown is rounded to a tick, so
that many rolls add up to no error.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.days.calendar import MINUTE_NS
from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId, ProductId
from terminal.reports.continuous.mains import By, Main, mains

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terminal.reports.continuous.days import Contract, Traded

PLACES = Decimal("0.00000001")  # of a ratio as it is shown


class Step(StrEnum):
    """Say what a point is: the last price of a minute in which it was told, or of a trading day."""

    DAY = "day"
    MINUTE = "minute"


class Roll(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one change of the main contract: from which trading day, and what both closed at on `measured_on`.

    `gap` is new less old in yuan, `ratio` is new / old to eight places; `values` are what both were judged by then.
    """

    trading_day: int
    old: InstrumentId
    new: InstrumentId
    measured_on: int
    old_close: Decimal
    new_close: Decimal
    gap: Decimal
    ratio: Decimal
    values: tuple[int | None, int | None]


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one price: when it was told last (UTC ns), of which contract, in yuan as it was, and joined both ways."""

    at: int
    trading_day: int
    instrument: InstrumentId
    price: Decimal
    difference: Decimal
    ratio: Decimal


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the continuous series of a product, oldest first, with the days on which its contract changed."""

    product: ProductId
    by: By
    switch_ratio: Decimal
    step: Step
    tick: Decimal
    rolls: tuple[Roll, ...]
    points: tuple[Point, ...]


def continuous(
    product: ProductId, contracts: Sequence[Contract], *, by: By, ratio: Decimal = Decimal(1), step: Step = Step.DAY
) -> Series:
    """Return the series of one product's contracts, the nearer month first.

    No day with a main contract, months of different ticks or a broken chain are a `UserError`.
    """
    chosen = mains(contracts, by, ratio)
    if not chosen:
        what = "持仓量" if by is By.OPEN_INTEREST else "前一交易日的成交量"
        raise UserError(f"{product} 的行情里没有{what}，分不出主力；请换用有它的录制，或改 --by。")
    ticks = {contracts[one.place].instrument.tick for one in chosen}
    if len(ticks) > 1:
        said = "、".join(f"{tick.normalize():f}" for tick in sorted(ticks))
        raise UserError(f"{product} 各月的最小变动价位不同（{said}），接不成一条序列；请只给同一种的月份。")
    (tick,) = ticks
    rolls = list(_rolls(contracts, chosen, tick))
    return Series(
        product=product,
        by=by,
        switch_ratio=ratio,
        step=step,
        tick=tick,
        rolls=tuple(roll for roll, _, _ in rolls),
        points=tuple(_points(contracts, chosen, rolls, tick, step)),
    )


def _rolls(
    contracts: Sequence[Contract], chosen: Sequence[Main], tick: Decimal
) -> Iterator[tuple[Roll, int, Fraction]]:
    for before, now in pairwise(chosen):
        if before.place == now.place:
            continue
        old, new = (contracts[place] for place in (before.place, now.place))
        left, taken = (one.days[before.day].close or 0 for one in (old, new))
        if left <= 0 or taken <= 0:
            raise UserError(f"{before.day} 的收盘价不为正（{old.instrument.id}、{new.instrument.id}），算不出比例。")
        roll = Roll(
            trading_day=now.day,
            old=old.instrument.id,
            new=new.instrument.id,
            measured_on=before.day,
            old_close=left * tick,
            new_close=taken * tick,
            gap=(taken - left) * tick,
            ratio=(Decimal(taken) / left).quantize(PLACES, rounding=ROUND_HALF_UP),
            values=now.values,
        )
        yield roll, taken - left, Fraction(taken, left)


def _points(
    contracts: Sequence[Contract],
    chosen: Sequence[Main],
    rolls: Sequence[tuple[Roll, int, Fraction]],
    tick: Decimal,
    step: Step,
) -> Iterator[Point]:
    # What is before a roll moves by it and by all that come after.
    shift, factor = sum(gap for _, gap, _ in rolls), Fraction(1)
    for _, _, times in rolls:
        factor *= times
    ahead = list(rolls)
    for main in chosen:
        if ahead and ahead[0][0].trading_day == main.day:
            _, gap, times = ahead.pop(0)
            shift, factor = shift - gap, factor / times
        contract = contracts[main.place]
        for at, ticks in _told(contract.traded[main.day], step):
            yield Point(
                at=at,
                trading_day=main.day,
                instrument=contract.instrument.id,
                price=ticks * tick,
                difference=(ticks + shift) * tick,
                ratio=half_up(ticks * factor) * tick,
            )


def _told(traded: Traded, step: Step) -> Iterator[tuple[int, int]]:
    instants, prices = traded.at.tolist(), traded.ticks.tolist()
    if step is Step.DAY:
        yield instants[-1], prices[-1]
        return
    # A bar is stamped at its end, which belongs to the minute before.
    minutes = [-(-at // MINUTE_NS) for at in instants]
    for place, minute in enumerate(minutes):
        if place + 1 == len(minutes) or minutes[place + 1] != minute:
            yield instants[place], prices[place]


def half_up(value: Fraction) -> int:
    """Return the nearest whole number, of two as near the one away from zero."""
    whole = (abs(value) * 2 + 1) // 2
    return int(whole) if value >= 0 else -int(whole)
