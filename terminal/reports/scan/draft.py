"""Write one opportunity as the draft of a spread strategy: complete, and started by a person or not at all.

A spread strategy trades between two prices, so the draft has two: the one at which a set can be entered now, and the
one as far on the other side of the mean. It never stops at the mean: a strategy whose second price were the mean would
open there the other way, where nothing is to be earned.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import gcd
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from terminal.domain.books.holding import decimal_text
from terminal.domain.days.calendar import show
from terminal.domain.errors import UserError
from terminal.domain.ids import AccountId, StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.domain.words.amount_text import amount_text
from terminal.engine.prices.samples import SCALE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from terminal.domain.ids import InstrumentId
    from terminal.reports.scan.scan import Opportunity, Scan

NAKED_LOTS: Final = 20  # as a spread has where nobody says otherwise
BAR_SECONDS: Final = 120  # two bars of a minute: on bars an order is answered by the next one


class Drafted(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a draft, or the sentence why there is none."""

    settings: SpreadSettings | None = None
    why_not: str = ""


def draft_settings(one: Opportunity, account: AccountId, tick_of: Callable[[InstrumentId], Decimal]) -> SpreadSettings:
    """Return the settings of a spread that trades an opportunity; one that earns nothing net is a `UserError`."""
    if one.net <= 0:
        raise UserError(f"第 {one.rank} 名 {one.name} 扣除成本后净利 {amount_text(one.net)} 元，不写草案。")
    lead = _least_liquid(one)
    step = _step([leg.coefficient * tick_of(leg.instrument) for leg in one.legs])
    if one.side is Side.SELL:
        buy_at, sell_at = _snapped(2 * one.mean - one.sell, step, ROUND_FLOOR), one.sell
    else:
        buy_at, sell_at = one.buy, _snapped(2 * one.mean - one.buy, step, ROUND_CEILING)
    legs = tuple(
        SpreadLeg(instrument=leg.instrument, coefficient=leg.coefficient, lots=leg.lots, active=leg.instrument == lead)
        for leg in one.legs
    )
    first = next(abs(leg.lots) for leg in legs if leg.active)
    needed = sum(-(-abs(leg.lots) // first) for leg in legs if not leg.active)
    settings = SpreadSettings(
        account=account, legs=legs, buy_at=buy_at, sell_at=sell_at, naked_lots=max(NAKED_LOTS, needed)
    )
    reckoned = any(leg.reckoned for leg in one.legs)
    return replace(settings, hedge_seconds=BAR_SECONDS) if reckoned else settings


def drafted(one: Opportunity, tick_of: Callable[[InstrumentId], Decimal]) -> Drafted:
    """Return the settings of a draft that has no account yet, or why there is none."""
    try:
        return Drafted(settings=draft_settings(one, AccountId(""), tick_of))
    except UserError as problem:
        return Drafted(why_not=problem.message)


def draft_name(one: Opportunity, taken: Collection[str]) -> StrategyId:
    """Return an id for the draft that no other strategy of the plan has."""
    base = "scan-" + "-".join(leg.instrument.partition(".")[2] for leg in one.legs)
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}-{count}"
    return StrategyId(name)


def draft_text(name: StrategyId, settings: SpreadSettings, one: Opportunity, found: Scan) -> str:
    """Return the `[[strategy]]` of a plan that nothing starts but a `start` of somebody."""
    legs = ",\n".join(f"    {_leg_text(leg)}" for leg in settings.legs)
    return f"""
# --- 套利机会草案（hengduo scan）：不会自己启动，由人用 start 启动 {"-" * 40}
# {show(found.at)[:19]} 的{found.market}：{one.name}，买价差 {amount_text(one.buy)}，卖价差 {amount_text(one.sell)}，
# 均值 {amount_text(one.mean)}，z {one.z:.2f}，半衰期 {one.half_life:.1f} 个样本，共 {one.observations} 个样本。
# 每套回到均值：毛利 {one.gross} − 滑点 {one.slippage} − 手续费 {one.fees} = {one.net} 元。
# 两个价差在均值两侧一样远；策略不在均值处了结，要在那里了结请人工停止。其余参数都是默认值，启动前请预览并改成自己的。

[[strategy]]
id = "{name}"
kind = "spread"
at = "manual"
account = "{settings.account}"
legs = [
{legs},
]
buy_at = "{decimal_text(settings.buy_at)}"
sell_at = "{decimal_text(settings.sell_at)}"
sets = {settings.sets}
max_sets = {settings.max_sets}
hedge_flag = "{settings.hedge_flag}"
hedge_seconds = {settings.hedge_seconds}
max_chases = {settings.max_chases}
naked_lots = {settings.naked_lots}
pause_seconds = {settings.pause_seconds}
"""


def _leg_text(leg: SpreadLeg) -> str:
    active = ", active = true" if leg.active else ""
    price = decimal_text(leg.coefficient)
    return f'{{ instrument = "{leg.instrument}", coefficient = "{price}", lots = {leg.lots}{active} }}'


def _least_liquid(one: Opportunity) -> InstrumentId:
    # Traded lots by the lots of a set; where one leg's are not known, what is displayed; of equal ones the last.
    if all(leg.volume is not None for leg in one.legs):
        shares = [Decimal(leg.volume or 0) / abs(leg.lots) for leg in one.legs]
    else:
        shares = [Decimal(min(leg.bid_lots, leg.ask_lots)) / abs(leg.lots) for leg in one.legs]
    least = min(shares)
    return [leg.instrument for leg, share in zip(one.legs, shares, strict=True) if share == least][-1]


def _step(sizes: list[Decimal]) -> Decimal:
    # The finest step in which the spread moves, whatever its legs do.
    return Decimal(gcd(*(abs(int(size * SCALE)) for size in sizes))) / SCALE


def _snapped(price: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (price / step).to_integral_value(rounding=rounding) * step
