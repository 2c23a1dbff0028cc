"""Say whose a contract and a hedge group are: each has one target (自动配平), and so has each product of its group.

Two of them would answer each other's trades for ever: what one buys to reach its ratio, the other sells. This happened
to others, whose two target tasks over one contract fought (tqsdk #175, #207); so the second one is never begun. Two
groups that weigh one product count the same lots twice: what one target trades moves the other's ratio as well.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from terminal.domain.parameters.target import TargetSettings
from terminal.engine.records.forgetting import OVER
from terminal.engine.wording import short

if TYPE_CHECKING:
    from terminal.domain.ids import StrategyId
    from terminal.domain.parameters.limits import Limits
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.state import AccountState


def why_owned(account: AccountState, strategy: StrategyId, settings: StrategySettings) -> str:
    """Return which other target owns the contract or the group, "" where none does or it is no target."""
    if not isinstance(settings, TargetSettings):
        return ""
    for row in account.strategies.values():
        other = row.settings
        if row.strategy == strategy or row.status in OVER or not isinstance(other, TargetSettings):
            continue
        if other.instrument == settings.instrument:
            return f"{short(other.instrument)} 已由自动配平 {row.strategy} 管着，一个合约只能有一个；请修改或先停止它。"
        if other.group == settings.group:
            return f"套保组 {other.group} 已由自动配平 {row.strategy} 管着，一个组只能有一个；请修改或先停止它。"
        both = _shared(account.limits, settings.group, other.group)
        if both:
            return (
                f"套保组 {settings.group} 与自动配平 {row.strategy} 管着的 {other.group} 都折算 {both}，"
                f"同一手会算进两个组；请先停止 {row.strategy}，或由风控员在限额里把品种只留在一个组。"
            )
    return ""


def why_contested(account: AccountState, limits: Limits) -> str:
    """Return which two targets other limits would set on one product, "" where none that do not share it already."""
    rows = [row for row in account.strategies.values() if row.status not in OVER]
    targets = [(row.strategy, row.settings.group) for row in rows if isinstance(row.settings, TargetSettings)]
    for (one, group), (other, beside) in combinations(targets, 2):
        both = _shared(limits, group, beside)
        if both and not _shared(account.limits, group, beside):
            return (
                f"套保组 {group} 与 {beside} 都折算 {both}，各有自动配平 {one}、{other} 管着，同一手会算进两个组；"
                f"请先停止其中一个，或把品种只留在一个组。"
            )
    return ""


def _shared(limits: Limits | None, group: str, other: str) -> str:
    bounds = {} if limits is None else {one.group: one for one in limits.hedge_bounds}
    if group == other or group not in bounds or other not in bounds:
        return ""
    beside = bounds[other].weights
    return "、".join(
        sorted(product for product, tonnes in bounds[group].weights.items() if tonnes and beside.get(product))
    )
