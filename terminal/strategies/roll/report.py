"""Report what a roll cost against its arrival and against each timing it did not take (DOMAIN 5.5).

Arrival is the middle of both contracts when the roll began. A timing that was first met at another moment is compared
by the middles of that moment: what the roll paid beyond them is what not taking it has cost, and less than nothing
where waiting paid. So is the one that began it, where the market let it begin later only. Nobody knows what a timing
would have cost that was never met, or was first met while a contract showed one side only; it is only named.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.days.calendar import show
from terminal.domain.orders.order import Offset
from terminal.domain.products.fees import fee, fees_known
from terminal.domain.words.timings import timing_name
from terminal.strategies.roll.cost import RollCost, amount, cost_sentence, roll_cost, roll_yield
from terminal.strategies.roll.timing_sight import days_apart, middle

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import RollSettings, Timing
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import View
    from terminal.strategies.roll.memory import RollMemory


class Untaken(NamedTuple):
    """Hold a timing the roll did not begin at: when it was first met (UTC ns), and what was paid beyond its middle.

    In the unit the cost is told in: yuan per tonne, or per quotation unit; `None` where it was never met, or had no
    middle then.
    """

    timing: Timing
    met_at: int | None = None
    mid: Decimal | None = None
    paid_beyond: Decimal | None = None


def cost_of(settings: RollSettings, memory: RollMemory, near: Instrument) -> RollCost:
    """Return what the lots cost that are rolled; there are some."""
    return roll_cost(
        near,
        settings.side,
        lots=memory.closed,
        near_value=memory.near_value,
        far_value=memory.far_value,
        fees=memory.fees if memory.fellow is None else memory.fees + memory.fellow.fees,
        near_mid=memory.near_mid,
        far_mid=memory.far_mid,
    )


def untaken(settings: RollSettings, memory: RollMemory, cost: RollCost) -> list[Untaken]:
    """Return the timings at which the roll did not begin, each with what that has cost."""
    units = cost.told_units
    found = []
    for timing, known in zip(settings.timings, memory.timings, strict=True):
        if not known.met_at:
            found.append(Untaken(timing))
        elif known.met_at == memory.began_at:
            continue
        elif known.near_mid is None or known.far_mid is None:
            found.append(Untaken(timing, known.met_at))
        else:
            mid = settings.side.sign * (known.far_mid - known.near_mid)
            found.append(Untaken(timing, known.met_at, mid * units, (cost.per_unit - mid) * units))
    return found


def report(settings: RollSettings, memory: RollMemory, near: Instrument) -> str:
    """Return the whole report of a roll as a sentence."""
    cost = cost_of(settings, memory, near)
    others = "；".join(_told(one, cost.money) for one in untaken(settings, memory, cost))
    return f"{cost_sentence(cost)}{f'。对照没有在满足那一刻开始的时机：{others}' if others else ''}"


def done_words(settings: RollSettings, memory: RollMemory, view: View) -> str:
    """Return that a roll has moved all it was to, and what that cost."""
    near, far = view.instrument(settings.near), view.instrument(settings.far)
    return f"移仓完成：{near.name} → {far.name} {memory.closed} 手，{report(settings, memory, near)}"


def _told(one: Untaken, money: str) -> str:
    name = timing_name(one.timing)
    if one.met_at is None:
        return f"“{name}”没有满足过"
    if one.mid is None or one.paid_beyond is None:
        return f"“{name}”{show(one.met_at)[5:16]} 满足时没有双边报价，无从比较"
    beyond = f"{'多付' if one.paid_beyond >= 0 else '少付'} {amount(abs(one.paid_beyond))} {money}"
    return f"“{name}”{show(one.met_at)[5:16]} 满足时中间价差 {amount(one.mid)}，比它{beyond}"


def crossed(settings: RollSettings, view: View) -> tuple[Decimal, Decimal] | None:
    """Return at what prices near would be closed and far opened now, `None` where a side is not displayed.

    A long roll sells near at its bid and buys far at its ask.
    """
    quotes = view.quote(settings.near), view.quote(settings.far)
    if quotes[0] is None or quotes[1] is None:
        return None
    long = settings.side.sign > 0
    closed, opened = (quotes[0].bid, quotes[1].ask) if long else (quotes[0].ask, quotes[1].bid)
    if closed is None or opened is None:
        return None
    return view.instrument(settings.near).price(closed), view.instrument(settings.far).price(opened)


def forecast(settings: RollSettings, view: View, near_fee: Decimal) -> str | None:
    """Return what the whole roll would cost at the displayed prices now, `None` where it cannot be told.

    `near_fee` is what closing the near lots costs in yuan; opening far is reckoned as one fill.
    """
    near, far = view.instrument(settings.near), view.instrument(settings.far)
    prices = crossed(settings, view)
    near_mid, far_mid = middle(view, settings.near), middle(view, settings.far)
    if prices is None or near_mid is None or far_mid is None or not fees_known(far):
        return None
    lots, (near_price, far_price) = settings.lots, prices
    fees = near_fee + fee(far, offset=Offset.OPEN, lots=lots, price=far_price, flag=settings.hedge_flag)
    cost = roll_cost(
        near,
        settings.side,
        lots=lots,
        near_value=near_price * lots,
        far_value=far_price * lots,
        fees=fees,
        near_mid=near_mid,
        far_mid=far_mid,
    )
    days = days_apart(near, far)
    rate = "" if days is None else f"；年化展期收益 {_percent(roll_yield(settings.side, near_mid, far_mid, days))}"
    return f"按现价移完：{cost_sentence(cost)}{rate}"


def _percent(fraction: Decimal) -> str:
    return f"{amount(fraction * 100, 4)}%"
