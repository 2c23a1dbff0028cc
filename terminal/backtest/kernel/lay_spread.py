"""Lay a plan's spread of two legs out for its kernel, or say why the kernel must not play it."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.backtest.kernel import exchange as g
from terminal.backtest.kernel import memory as k
from terminal.backtest.kernel import spread as s
from terminal.backtest.kernel.lay import Laid, LegsFamily, cancels_most, check_known, check_limits, check_pace
from terminal.backtest.kernel.market import refused
from terminal.engine.prices.samples import SCALE
from terminal.shell.plans.script import AGAIN, LONGEST
from terminal.strategies.spread.hedge_ladder import chase_seconds
from terminal.strategies.table import SPREAD

if TYPE_CHECKING:
    from terminal.backtest.kernel.market import Market
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.shell.plans.plan import Plan

KNOWN: Final = frozenset({
    "account", "legs", "buy_at", "sell_at", "sets", "max_sets", "hedge_flag", "hedge_seconds", "max_chases",
    "naked_lots", "pause_seconds",
})  # fmt: skip
KNOWN_OF_LEG: Final = frozenset({"instrument", "coefficient", "lots", "active", "pay_up_ticks"})


def lay(plan: Plan, settings: SpreadSettings, market: Market) -> Laid:
    """Return a plan's spread over a market of its two contracts."""
    limits = plan.opening.limits[0].limits
    check_known(settings, KNOWN, "价差")
    for leg in settings.legs:
        check_known(leg, KNOWN_OF_LEG, "价差的腿")
    wrong = SPREAD.check(settings)
    if wrong is not None:
        raise refused(wrong.rstrip("。"))
    by_name = {leg.instrument: leg for leg in settings.legs}
    if len(market.instruments) != len(by_name) or any(one.id not in by_name for one in market.instruments):
        raise refused("价差要是两腿，行情要正好是两腿的合约")
    legs = [by_name[one.id] for one in market.instruments]
    most = tuple(abs(leg.lots) * settings.max_sets for leg in legs)
    check_limits(market, limits, most, most, smallest=1)
    check_pace(market, limits, len(legs))
    given = np.zeros(s.GIVEN, dtype=np.int64)
    given[s.LEAD] = next(place for place, leg in enumerate(legs) if leg.active)
    given[s.BUY_AT] = int((settings.buy_at * SCALE).to_integral_value(rounding=ROUND_FLOOR))
    given[s.SELL_AT] = int((settings.sell_at * SCALE).to_integral_value(rounding=ROUND_CEILING))
    given[s.SETS], given[s.MOST_SETS], given[s.NAKED] = settings.sets, settings.max_sets, settings.naked_lots
    given[s.PAUSE], given[s.PATIENCE] = settings.pause_seconds * k.SECOND, settings.hedge_seconds * k.SECOND
    given[s.PAY_UP] = legs[1 - given[s.LEAD]].pay_up_ticks
    given[s.CHASE_TIME] = chase_seconds(settings) * k.SECOND
    given[s.STARTS] = _starts(market)
    terms = np.zeros((len(legs), 4), dtype=np.int64)
    for place, (leg, one) in enumerate(zip(legs, market.instruments, strict=True)):
        weight = leg.coefficient * one.tick * SCALE
        if weight != weight.to_integral_value():
            raise refused(f"{one.id} 的系数细于百万分之一元")
        terms[place] = one.explicit_close_today, cancels_most(one), leg.lots, int(weight)
    memory = g.new_legs(given, terms, market.long, market.beside, own=s.OWN_FIELDS, ring=s.KEPT)
    memory.now[[s.ENDED_AT, s.SINCE]], memory.now[s.STANDS_BACK] = k.NONE, given[s.CHASE_TIME]
    memory.now[g.STARTED] = given[s.STARTS] < 0
    # The states that the start is asked about hold all of it, whatever was held later.
    return Laid(LegsFamily(memory, s.play), settings, market.instruments, most, limits, plan.opening.accounts[0].cash)


def _starts(market: Market) -> int:
    # After which row the start is answered: it is asked for again while a contract has no price (shell.plans.script).
    priced, tries, batch = max(market.priced), 0, 0
    while batch < priced:
        due = int(market.at[batch]) + min(AGAIN << tries, LONGEST)
        batch, tries = int(np.searchsorted(market.at, due)), tries + 1
    if batch == len(market.at):
        return k.NEVER
    row = int(market.ends[batch]) - 1
    if batch and row < market.ends[batch - 1]:
        raise refused("策略要与一笔报价一起开始")
    return row
