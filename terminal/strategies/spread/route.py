"""Choose by which way a spread trades a slice: as the combination its exchange lists, or leg after leg.

An order on the combination fills both legs together or neither, so it pays what both opposite prices show and nothing
more. Leg after leg pays the same at first, and then what the hedge slips: its own hedges' mean so far, or, before there
are enough of them, one chase. Fees are those of the legs' lots either way. Where both cost the same the combination
goes, for it leaves no leg alone. What found nothing on the combination in a round, or was refused, goes on leg after
leg, and so does what an own order keeps from going there (C14). What may trade on the combination alone waits instead,
but not at a stop: there it goes leg after leg too.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.orders.order import Side
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.products.combination import Combination, combination_of
from terminal.domain.words.amount_text import amount_text
from terminal.strategies.grid.stage import Stage
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.hedge_ladder import ENOUGH

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.view import View
    from terminal.strategies.spread.memory import SpreadMemory

ZERO = Decimal(0)


class Way(NamedTuple):
    """Hold how a slice goes: the combination with its side and limit, or leg after leg (`None`); and why, in words."""

    combination: Combination | None
    side: Side
    price: Decimal  # yuan, first leg less second
    why: str


class Slip(NamedTuple):
    """Hold what a hedge is expected to pay beyond its first price, yuan, and of how many hedges that is the mean."""

    yuan: Decimal
    hedges: int  # 0: none yet, one chase stands for it


def listed(settings: SpreadSettings, view: View) -> Combination | None:
    """Return the combination that is the spread's pair of legs; `None` where its exchange lists none."""
    first, second = (view.instrument(leg.instrument) for leg in settings.legs)
    return combination_of(first, second)


def expected_slip(settings: SpreadSettings, memory: SpreadMemory, view: View) -> Slip:
    """Return what a hedge of the leg that follows is expected to slip."""
    slips = memory.slips
    if len(slips) >= ENOUGH:
        return Slip(sum(slips, ZERO) / len(slips), len(slips))
    follower = next(leg for leg in settings.legs if not leg.active)
    return Slip(follower.pay_up_ticks * view.instrument(follower.instrument).tick, 0)


def shown_difference(combination: Combination, side: Side, view: View) -> Decimal | None:
    """Return what both legs cost together at their opposite prices, on the combination's grid, no worse than shown."""
    found = []
    for leg, way in zip(combination.legs, (side, side.opposite), strict=True):
        quote = view.quote(leg.id)
        ticks = None if quote is None else quote.ask if way is Side.BUY else quote.bid
        if ticks is None:
            return None
        found.append(leg.price(ticks))
    difference = found[0] - found[1]
    steps = (difference * side.sign / combination.tick).to_integral_value(rounding=ROUND_FLOOR)
    return steps * combination.tick * side.sign


def choose(settings: SpreadSettings, memory: SpreadMemory, view: View, direction: int) -> Way | None:
    """Return how a slice goes whose active leg goes a direction (1 buys); `None` where it cannot go as it must."""
    if settings.route is SpreadRoute.SYNTHETIC:
        return _legs("")
    closes = memory.stage is Stage.FLATTENING
    combination, why = listed(settings, view), barred(settings, view)
    if combination is None or why:
        return _otherwise(settings, why, closes=closes)
    leads = settings.legs[active_leg(settings)].instrument == combination.first.id
    side = Side.BUY if (direction > 0) is leads else Side.SELL
    price = shown_difference(combination, side, view)
    if price is None:
        return _otherwise(settings, "两腿没有都显示对手价", closes=closes)
    name = combination.id.partition(".")[2]
    missed = memory.missed and memory.missed == memory.round and memory.running
    if missed and (closes or settings.route is SpreadRoute.CHEAPER):
        return _legs(f"拆腿：组合 {name} 本轮没有成交")
    if settings.route is SpreadRoute.COMBINATION:
        return Way(combination, side, price, f"组合 {name}")
    slip = expected_slip(settings, memory, view)
    of = f"近 {slip.hedges} 次对冲的平均" if slip.hedges else "按追价一次计"
    told = f"预计对冲滑点 {amount_text(slip.yuan.quantize(Decimal('0.0001')).normalize())} 元（{of}）"
    if slip.yuan < 0:
        return _legs(f"拆腿：{told}，比组合 {name} 便宜")
    return Way(combination, side, price, f"组合 {name}：拆腿的{told}，组合不付")


def apart(combination: Combination) -> Way:
    """Return that a slice goes leg after leg, as an own order stands in the way of one on the combination."""
    return _legs(f"拆腿：组合 {combination.id.partition('.')[2]} 会与自己的未了委托自成交")


def barred(settings: SpreadSettings, view: View) -> str:
    """Return in words why no order on the combination can be made now, "" where one can."""
    combination = listed(settings, view)
    return "交易所没有这两腿的组合合约" if combination is None else _unknown(combination, view)


def _unknown(combination: Combination, view: View) -> str:
    # A leg trades at what the difference leaves it, so it is reckoned at the day's limit price.
    for leg in combination.legs:
        quote = view.quote(leg.id)
        if quote is None or quote.upper_limit is None or quote.lower_limit is None:
            return f"行情没有给出 {leg.id.partition('.')[2]} 的涨跌停价"
    return ""


def _otherwise(settings: SpreadSettings, why: str, *, closes: bool) -> Way | None:
    return None if settings.route is SpreadRoute.COMBINATION and not closes else _legs(f"拆腿：{why}")


def _legs(why: str) -> Way:
    return Way(None, Side.BUY, ZERO, why)
