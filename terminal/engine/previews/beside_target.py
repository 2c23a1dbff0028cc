"""Warn before a conversion (期权期货互转) whose trades a target (自动配平) of the same account would take back.

A target knows a group by its ratio alone. A conversion that leaves the ratio where it is, delta for delta, is nothing
to it. One that changes it on purpose, or moves futures of the group against options the group does not weigh, is a gap
that the target fills with the next look: the lots that were just closed are opened again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import Swap
from terminal.domain.parameters.target import TargetMode, TargetSettings
from terminal.engine.book.beside import is_left_out
from terminal.engine.book.hedge import bound_of, tonnes_of_lot
from terminal.engine.records.forgetting import OVER
from terminal.engine.wording import short

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState


def taken_back_sentence(look: Look, account: AccountState, settings: SpreadSettings) -> str:
    """Return which target would take a conversion back, why, and what to do; "" where none would."""
    if settings.conversion is None:
        return ""
    told = (
        _taken_back(look, account, settings, str(row.strategy), row.settings)
        for row in account.strategies.values()
        if row.status not in OVER and isinstance(row.settings, TargetSettings)
    )
    return "；".join(filter(None, told))


def _taken_back(look: Look, account: AccountState, settings: SpreadSettings, name: str, target: TargetSettings) -> str:
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
