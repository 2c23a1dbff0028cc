"""Lay a plan's strategy of two averages out for its kernel, or say why the kernel must not play it.

A strategy of a person's own is of this family where its code hands the house's own rule to the house
(`strategies.own.averages`): what the kernel compiles is then what the engine runs. Nothing is read from a code's text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.backtest.kernel import averages as a
from terminal.backtest.kernel import exchange as g
from terminal.backtest.kernel import memory as k
from terminal.backtest.kernel.lay import (
    Laid,
    LegsFamily,
    cancels_most,
    check_known,
    check_limits,
    check_pace,
    check_priced,
)
from terminal.backtest.kernel.market import refused
from terminal.strategies.own.averages import TwoAverages
from terminal.strategies.own.code import values
from terminal.strategies.table import OWN

if TYPE_CHECKING:
    from terminal.backtest.kernel.market import Market
    from terminal.domain.parameters.own import OwnSettings
    from terminal.shell.plans.plan import Plan

KNOWN: Final = frozenset({
    "account", "instrument", "code", "sha256", "title", "max_lots", "numbers", "sample_seconds", "window", "hedge_flag",
    "pay_up_ticks", "chase_seconds",
})  # fmt: skip


def lay(plan: Plan, settings: OwnSettings, market: Market) -> Laid:
    """Return a plan's two averages over a market of their one contract."""
    rule, limits = OWN.rule_of(settings), plan.opening.limits[0].limits
    if not isinstance(rule, TwoAverages):
        raise refused("自编策略的规则不是随程序的均线族（aim = TwoAverages(…)）")
    wrong = OWN.check(settings) or _misfit(rule, settings)
    if wrong:
        raise refused(wrong.rstrip("。"))
    check_known(settings, KNOWN, "自编策略")
    if [one.id for one in market.instruments] != [settings.instrument]:
        raise refused("行情要只有策略的合约")
    check_priced(market)
    fast, slow, lots = rule.read(settings)
    if lots > settings.max_lots:
        raise refused(f"要持 {lots} 手，超过最多 {settings.max_lots} 手")
    check_limits(market, limits, (settings.max_lots,), (lots,), smallest=1)
    check_pace(market, limits, 1)
    (instrument,) = market.instruments
    given = np.zeros(a.GIVEN, dtype=np.int64)
    given[a.FAST], given[a.SLOW], given[a.STEP] = fast, slow, settings.sample_seconds * k.SECOND
    given[a.ABOVE], given[a.BELOW] = lots, 0 if rule.flat_below else -lots
    given[a.LAST_DAY] = _last_day(market, rule)
    given[a.PAY_UP], given[a.PATIENCE] = settings.pay_up_ticks, settings.chase_seconds * k.SECOND
    # The window is kept from the first look on after the start, and fills with the next batch.
    following = int(np.searchsorted(market.at, market.at[0], side="right"))
    given[a.FIRST_SAMPLE] = market.ends[min(following, len(market.ends) - 1)]
    terms = np.array([[instrument.explicit_close_today, cancels_most(instrument)]], dtype=np.int64)
    memory = g.new_legs(given, terms, market.long, market.beside, own=a.OWN_FIELDS, ring=slow)
    return Laid(
        LegsFamily(memory, a.play), settings, market.instruments, (lots,), limits, plan.opening.accounts[0].cash
    )


def _misfit(rule: TwoAverages, settings: OwnSettings) -> str:
    numbers = values(settings)
    absent = [name for name in (rule.fast, rule.slow, rule.lots) if name not in numbers]
    if absent:
        return f"{settings.code} 没有参数 {absent[0]}"
    if numbers[rule.slow] > settings.window:
        return f"慢线 {numbers[rule.slow]} 个多于 {settings.code} 看的 WINDOW {settings.window} 个"
    return rule.check(numbers)


def _last_day(market: Market, rule: TwoAverages) -> int:
    # The place of the first day on which the rule holds nothing any more: its contract nears its last one.
    return next((place for place, days in enumerate(market.left[0]) if days < rule.days), k.NEVER)
