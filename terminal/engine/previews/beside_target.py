"""Warn where a target (自动配平) would take the trades of a conversion (期权期货互转) back: before either starts.

A target knows a group by its ratio alone. A conversion that leaves the ratio where it is, delta for delta, is nothing
to it. One that changes it on purpose, or moves futures of the group against options the group does not weigh, is a gap
that the target fills with the next look: the lots that were just closed are opened again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import SpreadSettings, Swap
from terminal.domain.parameters.target import TargetMode, TargetSettings
from terminal.engine.book.beside import is_left_out
from terminal.engine.book.hedge import bound_of, tonnes_of_lot
from terminal.engine.records.forgetting import OVER
from terminal.engine.wording import short

if TYPE_CHECKING:
    from terminal.domain.ids import StrategyId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState


def taken_back_sentence(
    look: Look, account: AccountState, strategy: StrategyId, settings: SpreadSettings | TargetSettings
) -> str:
    """Return which conversion would be taken back by which target, why, and what to do; "" where none would.

    The settings are those of either, the other one is there already.
    """
    rows = [row for row in account.strategies.values() if row.status not in OVER and row.strategy != strategy]
    targets = [(row.strategy, row.settings) for row in rows if isinstance(row.settings, TargetSettings)]
    if isinstance(settings, SpreadSettings):
        pairs = [("", settings, *target) for target in targets]
    else:
        swaps = [(f"互转 {row.strategy}：", row.settings) for row in rows if isinstance(row.settings, SpreadSettings)]
        pairs = [(*swap, strategy, settings) for swap in swaps]
    told = ((head, _taken_back(look, account, swap, name, target)) for head, swap, name, target in pairs)
    return "；".join(f"{head}{why}" for head, why in told if why)


def _taken_back(
    look: Look, account: AccountState, settings: SpreadSettings, name: StrategyId, target: TargetSettings
) -> str:
    bound, listed, chosen = bound_of(account, target.group), look.state.tenant.instruments, settings.conversion
    if bound is None or chosen is None:
        return ""
    legs = [listed[leg.instrument] for leg in settings.legs]
    if not any(tonnes_of_lot(bound, one) for one in legs):
        return ""
    does = "补回差额" if target.mode is TargetMode.EXECUTE else "建议补回差额"
    mends = f"请先停止 {name}，或改它的区间、限额里的套保组"
    without = [short(one.id) for one in legs if is_left_out(listed, bound, one)]
    if without:
        options = "、".join(without)
        return f"套保组 {target.group} 没有折算 {options}，自动配平 {name} 只看见期货的增减，换完会{does}；{mends}"
    if chosen.verb is Swap.PROTECTIVE:
        return f"保护替换会改变套保组 {target.group} 按 Delta 算的比例，出了区间自动配平 {name} 会{does}；{mends}"
    return ""
