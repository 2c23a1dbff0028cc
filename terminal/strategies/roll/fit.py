"""Say what of a roll can be told from its contracts alone: whether they go together, which timings never decide.

Lots can be rolled into another contract (移仓) of the same goods, counted and priced alike.

A roll closes as many lots as it opens, and its cost is one price less the other. Between two products that is neither a
roll nor a cost, but one position closed and another one taken: mostly a mistyped code. Into an earlier month is a roll
all the same, for hedgers do move a position back; it is told before the start, for near and far are easily confused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import Combine, DaysToExpiry, Manual, Slices, StepDay
from terminal.domain.products.instrument import Kind
from terminal.domain.products.option import Right

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import RollSettings, Timing
    from terminal.domain.products.instrument import Instrument

RIGHTS = {Right.CALL: "看涨", Right.PUT: "看跌"}


def contracts_fault(near: Instrument, far: Instrument) -> str | None:
    """Return in one sentence why lots of one cannot be rolled into the other, or `None`."""
    names = f"远月 {far.id}（{far.name}）与近月 {near.id}（{near.name}）"
    for one in (near, far):
        if one.kind not in {Kind.FUTURE, Kind.OPTION}:
            return f"{one.id}（{one.name}）不是期货或期权合约，不能移仓；请换成合约。"
    if (near.product, near.kind) != (far.product, far.kind):
        return f"{names}不是同一品种，移过去就成了另一个品种的持仓；请核对合约代码。"
    if near.multiplier != far.multiplier:
        return f"{names}的合约乘数不同（{far.multiplier} 与 {near.multiplier}），同样的手数不等量；请分别平仓、开仓。"
    if near.quote_unit != far.quote_unit:
        return f"{names}的报价单位不同（{far.quote_unit} 与 {near.quote_unit}），价差没有意义；请分别平仓、开仓。"
    if near.option is not None and far.option is not None and near.option.right is not far.option.right:
        rights = f"{RIGHTS[far.option.right]}、{RIGHTS[near.option.right]}"
        return f"{names}不是同一种期权（{rights}），移过去方向就反了；请核对合约代码。"
    return None


def passed_over_places(settings: RollSettings, near: Instrument) -> tuple[int, tuple[int, ...]] | None:
    """Return the place of the timing that decides for good where they switch, and those behind it; `None` for none.

    It needs no market: what the calendar or a person says is known at all times. Where a day is not, or is beyond the
    calendar, the roll is refused for that.
    """
    if settings.combine is not Combine.SWITCH:
        return None
    count = len(settings.timings)
    by = next((place for place, one in enumerate(settings.timings) if _always_known(one, near)), count)
    return (by, tuple(range(by + 1, count))) if by + 1 < count else None


def _always_known(timing: Timing, near: Instrument) -> bool:
    if isinstance(timing, DaysToExpiry):
        month = timing.before_delivery_month and near.delivery_month is not None
        return timing.policy_day is not None or near.expiry is not None or month
    return isinstance(timing, StepDay | Slices | Manual)


def goes_back(near: Instrument, far: Instrument) -> bool:
    """Return whether far ends before near, as far as it is known; another strike of the same day is no way back."""
    if near.expiry is not None and far.expiry is not None:
        return far.expiry < near.expiry
    months = near.delivery_month, far.delivery_month
    return months[0] is not None and months[1] is not None and months[1] < months[0]
