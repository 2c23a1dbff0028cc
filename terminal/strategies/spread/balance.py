"""Say what the legs of a spread must hold for what its active leg holds (DOMAIN 4.9).

The active leg leads: with `active` lots of it, leg k must hold active x lots_k / lots_active. Lots are whole, so the
need is that number without its fraction, and the fraction is the residual (零头): carried, shown, never traded.
Unbalanced lots are what the other legs lack of their whole need; the naked value counts the residual too.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.parameters.exits import exit_faults
from terminal.domain.parameters.quoting import quoting_faults
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings, legs_fault
from terminal.domain.products.conversion import rate_fault
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.route_terms import route_fault
from terminal.domain.words.settings import WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.order import Side


def check_legs(settings: SpreadSettings) -> str | None:
    """Return what is wrong with a spread's settings in one sentence, or `None`."""
    legs = settings.legs
    if wrong := legs_fault(len(legs)):
        return wrong
    if len({leg.instrument for leg in legs}) != len(legs):
        return "价差组合的各腿合约不能相同。"
    if sum(leg.active for leg in legs) != 1:
        return "价差组合应有且只有一条主动腿（active = true）。"
    for leg in legs:
        may_look = settings.grid is not None or settings.spot_side is not None
        looked_at = may_look and not leg.active and leg.lots == 0 and leg.coefficient != 0
        if not looked_at and (leg.lots == 0 or leg.coefficient == 0 or (leg.lots > 0) != (leg.coefficient > 0)):
            return f"{leg.instrument} 的手数与价格系数都不能为零，且正负号应一致。"
        if leg.pay_up_ticks < 0:
            return f"{leg.instrument} 的{WORDS['pay_up_ticks']}不能为负。"
        for name in ("hedge_seconds", "max_chases"):
            own = getattr(leg, name)
            if own is not None and own < 1:
                return f"{leg.instrument} 的{WORDS[name]}应为正整数；不另设就不写。"
    if settings.conversion is None and settings.buy_at >= settings.sell_at:
        return f"买入价差 {amount_text(settings.buy_at)} 应低于卖出价差 {amount_text(settings.sell_at)}。"
    if settings.sets < 1 or settings.max_sets < 1:
        return "每轮套数与最大套数都应为正整数。"
    if settings.hedge_seconds < 1 or settings.max_chases < 1 or settings.pause_seconds < 0:
        return f"{WORDS['hedge_seconds']}与{WORDS['max_chases']}应为正整数，{WORDS['pause_seconds']}不能为负。"
    return (
        rate_fault(settings)
        or _check_amounts(settings)
        or _check_naked(settings)
        or _check_quoting(settings)
        or route_fault(settings)
        or next((f"{WORDS[name]}{wrong}" for name, wrong in exit_faults(settings)), None)
    )


def _check_amounts(settings: SpreadSettings) -> str | None:
    for name in ("max_loss_yuan", "residual_yuan"):
        amount = getattr(settings, name)
        if amount is not None and amount <= 0:
            return f"{WORDS[name]}应为正数，现为 {amount_text(amount)}；不设就不写。"
    return None


def _check_quoting(settings: SpreadSettings) -> str | None:
    quoting = settings.quoting
    if quoting is None:
        return None
    if settings.grid is not None or settings.conversion is not None:
        return f"{WORDS['quoting']}只能用在一个买价、一个卖价的价差上；网格和互转请改为按对手价成交。"
    return next((f"{WORDS[name]}{wrong}" for name, wrong in quoting_faults(quoting)), None)


def _check_naked(settings: SpreadSettings) -> str | None:
    legs = settings.legs
    lead = abs(legs[active_leg(settings)].lots)
    least = sum(-(-abs(leg.lots) // lead) for leg in legs if not leg.active)
    if settings.naked_lots < least:
        return f"{WORDS['naked_lots']} {settings.naked_lots} 手小于主动腿每成交一手所需的对冲 {least} 手。"
    return None


def active_leg(settings: SpreadSettings) -> int:
    """Return which leg is active."""
    return next(place for place, leg in enumerate(settings.legs) if leg.active)


def hedging(settings: SpreadSettings, instrument: InstrumentId) -> list[int]:
    """Return the places of the legs of a contract, at most one, that follow the active one."""
    return [place for place, leg in enumerate(settings.legs) if leg.instrument == instrument and not leg.active]


def held_side(settings: SpreadSettings) -> Side | None:
    """Return on which side alone sets are held, a grid's or a spread's against spot; `None` for either one."""
    if settings.grid is not None:
        return settings.grid.side
    return None if settings.spot_side is None else settings.spot_side.side


def needed(settings: SpreadSettings, leg: int, active: int) -> int:
    """Return the signed whole lots a leg must hold while the active leg holds `active`."""
    lead = settings.legs[active_leg(settings)].lots
    exact = active * settings.legs[leg].lots * (1 if lead > 0 else -1)
    whole = abs(exact) // abs(lead)
    return whole if exact > 0 else -whole


def lacks(settings: SpreadSettings, nets: Sequence[int], active: int | None = None) -> tuple[int, ...]:
    """Return the signed lots each leg lacks, zero for the active one; `active` asks what if it held that many."""
    if not active and not any(nets):
        return (0,) * len(nets)  # most are asked about while they hold nothing
    lead = active_leg(settings)
    held = nets[lead] if active is None else active
    return tuple(0 if leg == lead else needed(settings, leg, held) - net for leg, net in enumerate(nets))


def unbalanced(settings: SpreadSettings, nets: Sequence[int], active: int | None = None) -> int:
    """Return the unbalanced lots over all legs (I12)."""
    return sum(abs(lack) for lack in lacks(settings, nets, active))


def worst_unbalanced(settings: SpreadSettings, reaches: Sequence[tuple[int, int]]) -> int:
    """Return the most lots unbalanced over all legs (I12) where each may hold its fewest lots, its most, or between.

    Each leg is taken at its own worst, so of three legs or more it may be somewhat more than can be.
    """
    lead = active_leg(settings)
    return sum(
        # What a leg needs only grows, or only shrinks, with the active one, so its worst lies at the ends.
        max(abs(needed(settings, leg, active) - held) for active in reaches[lead] for held in reach)
        for leg, reach in enumerate(reaches)
        if leg != lead
    )


def closing_lots(leg: SpreadLeg, net: int, wanted: int) -> int:
    """Return how many of the wanted lots (signed) are closed rather than opened; `net` is what its own fills gave.

    A spread closes its own lots. A leg that `closes` has taken its lots from the account, and opens on its way back.
    """
    if leg.closes:
        return abs(wanted) if wanted * leg.lots > 0 else 0
    return min(abs(net), abs(wanted)) if net * wanted < 0 else 0


def residuals(settings: SpreadSettings, nets: Sequence[int]) -> tuple[Decimal, ...]:
    """Return the signed lots, with their fraction, each leg lacks of its exact ratio."""
    lead = active_leg(settings)
    return tuple(
        Decimal(nets[lead] * leg.lots) / settings.legs[lead].lots - net
        for leg, net in zip(settings.legs, nets, strict=True)
    )


def unwound(settings: SpreadSettings, leg: int, held: int, active: int, start: int) -> int | None:
    """Return the active lots nearest to `active`, on the way back to `start`, that need no more of a leg than it holds.

    The leg holds `held`. Where lots are uneven none may need just that: then it has lots over. `None` where it lacks
    lots all the way.
    """
    step = 1 if start > active else -1
    way = step * settings.legs[leg].lots * settings.legs[active_leg(settings)].lots
    for lots in range(active, start + step, step):
        if (needed(settings, leg, lots) - held) * way >= 0:
            return lots
    return None


def given_back(settings: SpreadSettings, nets: Sequence[int], goal: int) -> tuple[int, ...]:
    """Return the signed lots each leg trades back once the active one goes back to `goal`; zero where it stays."""
    lead = active_leg(settings)
    way = (goal - nets[lead]) * settings.legs[lead].lots
    back = [
        lots if lots * way * leg.lots > 0 else 0
        for leg, lots in zip(settings.legs, lacks(settings, nets, goal), strict=True)
    ]
    back[lead] = goal - nets[lead]
    return tuple(back)


def largest_slice(
    settings: SpreadSettings, nets: Sequence[int], *, direction: int, most: int, shown: Sequence[int] | None
) -> int:
    """Return how many active lots, `most` at most, may be traded at once.

    Were they all filled, at most `naked_lots` would be unbalanced, or no more than now, and no other leg would lack
    more than its opposite side shows (where `shown` is given).
    """
    lead = active_leg(settings)
    allowed = max(settings.naked_lots, unbalanced(settings, nets))

    def fits(lots: int) -> bool:
        lack = lacks(settings, nets, nets[lead] + direction * lots)
        return sum(map(abs, lack)) <= allowed and (
            shown is None or all(abs(missing) <= there for missing, there in zip(lack, shown, strict=True))
        )

    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low
