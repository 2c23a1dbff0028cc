"""Draw strategies that have something to do in a world of seconds: tight steps, small lots, short waits."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.exits import EXITS
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.strategy import (
    CurvePart,
    DaysToExpiry,
    ExecutionSettings,
    ExecutionStyle,
    GridSettings,
    GridSpacing,
    OpenInterestCrossover,
    OutOfRange,
    RollSettings,
    SpreadGrid,
    SpreadLeg,
    SpreadPercentile,
    SpreadSettings,
    Timing,
)
from terminal.domain.products.instrument import Instrument
from terminal.simulation.luck import Luck

_SIDES = (Side.BUY, Side.SELL)


def grid(luck: Luck, account: AccountId, instrument: Instrument, last: int) -> GridSettings:
    """Return a grid around a price in ticks; now and then one so large that it needs a checker."""
    side = luck.one_of(_SIDES)
    tick, lines = instrument.tick, luck.randrange(4, 9)
    anchor = last + side.sign * luck.randrange(3)
    step = luck.randrange(1, 4)
    if luck.chance(0.3):
        # One line further is at least one whole tick away, whatever the rounding.
        spacing, ratio = GridSpacing.GEOMETRIC, round(1 - side.sign * Decimal(step + 1) / last, 9)
    else:
        spacing, ratio = GridSpacing.ARITHMETIC, None
    middle = instrument.price(anchor)
    far = middle - side.sign * lines * (step + 2) * tick  # beyond the last line, however it is spaced
    margin = tick * luck.one_of((4, 40))
    return GridSettings(
        account=account,
        instrument=instrument.id,
        side=side,
        spacing=spacing,
        anchor=middle,
        step=tick * step if ratio is None else None,
        ratio=ratio,
        lines=lines,
        lots_per_line=luck.one_of((1, 2, 3, 20), (4, 3, 2, 0.5)),
        stop=far - side.sign * margin,
        lower=min(middle, far) - margin,
        upper=max(middle, far) + margin,
        out_of_range=luck.one_of(tuple(OutOfRange)),
    )


def spread(
    luck: Luck, account: AccountId, bought: Instrument, sold: Instrument, last_bought: int, last_sold: int
) -> SpreadSettings:
    """Return a spread around the present difference of two prices in ticks."""
    now = bought.price(last_bought) - sold.price(last_sold)
    width = max(bought.tick, sold.tick) * luck.one_of((1, 1, 2, 3))
    shift = max(bought.tick, sold.tick) * luck.randrange(-2, 3)
    lead = luck.chance(0.5)
    made = SpreadSettings(
        account=account,
        legs=(
            SpreadLeg(instrument=bought.id, coefficient=Decimal(1), lots=1, active=lead),
            SpreadLeg(instrument=sold.id, coefficient=Decimal(-1), lots=-luck.one_of((1, 1, 2)), active=not lead),
        ),
        buy_at=now + shift,
        sell_at=now + shift + width,
        sets=luck.randrange(1, 4),
        max_sets=luck.randrange(3, 7),
        hedge_seconds=luck.one_of((1, 2)),
        max_chases=luck.one_of((1, 2, 3)),
        naked_lots=luck.one_of((2, 4, 8)),
        pause_seconds=luck.one_of((0, 1, 3)),
        max_loss_yuan=Decimal(1_000) if lead else None,  # drawn with the leg that leads: a seed stays what it was
        residual_yuan=None if lead else Decimal(20_000),
    )
    return replace(made, quoting=_quoting(made), **_exits(made, width))


def many_legged(luck: Luck, account: AccountId, parts: Sequence[tuple[Instrument, int]]) -> SpreadSettings:
    """Return a spread of all these instruments, by their present prices in ticks: any lots to a set, any weights.

    Its prices stand off the present one by some ticks of its legs together.
    """
    lead = luck.randrange(len(parts))
    legs = tuple(
        SpreadLeg(
            instrument=instrument.id,
            coefficient=Decimal(luck.randrange(1, 4)) * (1 if place % 2 else -1),
            lots=luck.one_of((1, 1, 2, 2, 3, 5)) * (1 if place % 2 else -1),
            active=place == lead,
            pay_up_ticks=luck.randrange(3),
            hedge_seconds=luck.one_of((None, 1, 4), (3, 1, 1)),
            max_chases=luck.one_of((None, 1, 4), (3, 1, 1)),
        )
        for place, (instrument, _) in enumerate(parts)
    )
    priced = list(zip(legs, parts, strict=True))
    now = sum((leg.coefficient * instrument.price(last) for leg, (instrument, last) in priced), Decimal(0))
    tick = sum((abs(leg.coefficient) * instrument.tick for leg, (instrument, _) in priced), Decimal(0))
    buy_at = now + tick * luck.randrange(-1, 3)
    made = SpreadSettings(
        account=account,
        legs=legs,
        buy_at=buy_at,
        sell_at=buy_at + tick * luck.one_of((1, 1, 2, 3)),
        sets=luck.randrange(1, 4),
        max_sets=luck.randrange(1, 5),
        hedge_seconds=luck.one_of((1, 2)),
        max_chases=luck.one_of((1, 2, 3)),
        naked_lots=luck.one_of((6, 20, 40)),
        pause_seconds=luck.one_of((0, 1, 3)),
        max_loss_yuan=luck.one_of((None, Decimal(1_000), Decimal(10_000))),
        residual_yuan=luck.one_of((None, Decimal(20_000))),
    )
    return replace(made, quoting=_quoting(made))


def _exits(made: SpreadSettings, width: Decimal) -> dict[str, Decimal | None]:
    # Every other spread has stops, and half of those take their profit where the others would turn round.
    if made.max_sets % 3:
        return {}
    away = width * 4 * made.max_chases
    prices = {"long_stop": made.buy_at - away, "short_stop": made.sell_at + away}
    if made.max_sets % 2 == 0:
        prices |= {"long_take_profit": made.sell_at, "short_take_profit": made.buy_at}
    return {name: price or None for name, price in prices.items()}


def _quoting(made: SpreadSettings) -> SpreadQuoting | None:
    # Every other spread quotes, by what was drawn already: the luck of a seed goes on as it did.
    if (made.sets + made.max_sets) % 2:
        return None
    return SpreadQuoting(
        tolerance_ticks=made.hedge_seconds - 1,
        reach_ticks=(2, 6, 20)[made.sets - 1],
        rest_seconds=3,
        max_cancels=(4, 12, 40)[made.max_chases - 1],
    )


def execution(luck: Luck, account: AccountId, instrument: Instrument, last: int, now: int) -> ExecutionSettings:
    """Return an execution that begins about now and ends soon, or some hours on; its limit is near, far or hopeless.

    The market here trades for seconds at a time: most windows reach over breaks, and some end in one.
    """
    side, style = luck.one_of(_SIDES), luck.one_of(tuple(ExecutionStyle))
    begins_at = now + luck.randrange(-5, 3) * SECOND_NS
    seconds = luck.one_of((20, 60, 7200, 80_000), (2, 2, 3, 3))
    lots = luck.randrange(4, 30)
    halves = (("00:00", "09:30"), ("09:30", "21:30"), ("21:30", "00:00"))
    curve = tuple(CurvePart(begin=b, end=e, weight=Decimal(luck.randrange(1, 5))) for b, e in halves)
    return ExecutionSettings(
        account=account,
        instrument=instrument.id,
        style=style,
        side=side,
        total_lots=lots,
        limit=instrument.price(last + side.sign * luck.one_of((-1, 1, 3, 20), (1, 2, 3, 2))),
        begins_at=begins_at,
        ends_at=begins_at + seconds * SECOND_NS,
        slice_seconds=-(-seconds // luck.randrange(2, 5)),
        curve=curve if style is ExecutionStyle.VWAP else (),
        shown_lots=luck.randrange(1, 4),
        chase_seconds=luck.one_of((1, 2, 5)),
        max_chases=luck.one_of((0, 2, 20)),
        max_pay_up_ticks=luck.randrange(0, 4),
        participation_percent=luck.one_of((None, 1, 30), (3, 1, 1)),
    )


def ladder(
    luck: Luck, account: AccountId, bought: Instrument, sold: Instrument, last_bought: int, last_sold: int
) -> SpreadSettings:
    """Return a grid over the present difference of two prices in ticks."""
    one = spread(luck, account, bought, sold, last_bought, last_sold)
    side, lines, sets = luck.one_of(_SIDES), luck.randrange(2, 5), luck.randrange(1, 3)
    step = one.sell_at - one.buy_at
    first = one.sell_at if side is Side.BUY else one.buy_at
    last = first - side.sign * lines * step
    near, far = first + side.sign * step * luck.randrange(1, 9), last - side.sign * step * luck.randrange(9)
    lines_of = SpreadGrid(
        side=side,
        lines=lines,
        stop=far - side.sign * step * luck.randrange(1, 4),
        lower=min(near, far),
        upper=max(near, far),
        out_of_range=luck.one_of(tuple(OutOfRange)),
        trail_to=first + side.sign * step * luck.randrange(1, 9) if luck.chance(0.3) else None,
    )
    return replace(one, sets=sets, max_sets=lines * sets, grid=lines_of, quoting=None, **dict.fromkeys(EXITS))


def roll(luck: Luck, account: AccountId, near: InstrumentId, far: InstrumentId, side: Side, lots: int) -> RollSettings:
    """Return a roll of a position whose time has come, or comes soon."""
    timings: tuple[Timing, ...] = (DaysToExpiry(days=900), OpenInterestCrossover(), SpreadPercentile(at_least=3))
    timing = luck.one_of(timings, (6, 1, 1))
    return RollSettings(
        account=account,
        near=near,
        far=far,
        side=side,
        lots=lots,
        batch_lots=luck.one_of((1, 2, 3)),
        timings=(timing,),
        chase_seconds=luck.one_of((1, 2)),
        max_chases=luck.one_of((2, 5)),
        naked_lots=luck.one_of((1, 2, 3)),
        batch_pause_seconds=luck.one_of((0, 1, 2)),
    )
