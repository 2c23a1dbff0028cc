"""Roll between accounts (跨账户移仓): near is closed in one account and far opened in another, as one task.

The theory. Each account keeps a half of the task as a strategy of its own, far's under near's number and a suffix: its
orders pass the gate of their account, its people steer it, its stream alone makes its memory. What a half must know of
the other, it is told (`FellowTold`) in the transaction of the fill that made it so. So both are where one roll would be
after every fact: near closes no more than `naked_lots` ahead of what far has opened, and far opens only what near has
closed. While far's half cannot go on, whatever the reason, near stands still and takes its orders back.

Far's half judges no timings and begins nothing. It is over when all of far is opened; if near's half is stopped before,
far's catches up and stops as well.

One contract cannot be moved so: buying and selling it for one house at once would be a trade with itself (对敲).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from terminal.domain.fact.marks import Finished
from terminal.domain.ids import StrategyId
from terminal.domain.parameters.strategy import Half, RollSettings
from terminal.domain.words.settings import WORDS
from terminal.strategies.roll.cost import amount
from terminal.strategies.roll.moment import follow_far

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.strategies.roll.memory import RollMemory
    from terminal.strategies.roll.moment import Moment

FAR_SUFFIX: Final = "-远月"


def far_name(strategy: StrategyId) -> StrategyId:
    """Return the number of far's half; near's has the number that was asked for."""
    return StrategyId(f"{strategy}{FAR_SUFFIX}")


def fellow_name(strategy: StrategyId, half: Half | None) -> StrategyId:
    """Return the number of the other half."""
    return far_name(strategy) if half is Half.NEAR else StrategyId(strategy.removesuffix(FAR_SUFFIX))


def check_halves(settings: RollSettings) -> str | None:
    """Return what is wrong with a roll between accounts as such, or `None`."""
    between = settings.far_account is not None or settings.half is not None
    if settings.far_account is not None and settings.half is not None:
        return f"跨账户移仓的一半不能再有{WORDS['far_account']}。"
    if settings.far_account == settings.account:
        return f"{WORDS['far_account']}与账户相同；在同一账户移仓请留空。"
    if between and settings.near == settings.far:
        return f"同一合约 {settings.near} 不能经市场在自己的账户之间移动，会成为对敲；请选不同的近月与远月。"
    if between and settings.strategies:
        return f"跨账户移仓不能带{WORDS['strategies']}：网格属于平近月的账户，请先停止它。"
    return None


def halves_of(settings: RollSettings) -> tuple[RollSettings, RollSettings]:
    """Return near's half and far's half of a roll between accounts as it was asked for."""
    near = replace(settings, far_account=None, half=Half.NEAR)
    return near, replace(near, account=settings.far_account, half=Half.FAR)


def legs_of(settings: RollSettings) -> tuple[InstrumentId, ...]:
    """Return the contracts that a roll, or a half of one, trades in its account."""
    match settings.half:
        case Half.NEAR:
            return (settings.near,)
        case Half.FAR:
            return (settings.far,)
        case None if settings.far_account is not None:
            return (settings.near,)  # as asked for, before it is made into halves
        case None:
            return (settings.near, settings.far)


def fellow_ready(settings: RollSettings, memory: RollMemory) -> bool:
    """Return whether nothing is heard of far's half that keeps near from being closed."""
    return settings.half is None or (memory.fellow is not None and memory.fellow.ready)


def follow_near(now: Moment) -> None:
    """Open for what near's half has closed; be over once that was everything."""
    settings, memory = now.settings, now.memory
    follow_far(now)
    if memory.opened < settings.lots or memory.ledger.busy or memory.far.broken is not None:
        return
    far = now.view.instrument(settings.far)
    cost = f"均价 {amount(memory.far_value / memory.opened)}，手续费 {amount(memory.fees)} 元"
    now.draft.mark(Finished(summary=f"跨账户移仓完成：本账户已开 {far.name} {memory.opened} 手，{cost}"))
