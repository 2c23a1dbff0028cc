"""Share what a roll's decision looks at, and chase far, for a whole roll or for its half in far's account.

Far is never unwound, for that would be the near contract again; it is chased, then paid up for, and people see that it
lags.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import LegRepaired, Repair
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Half
from terminal.strategies.children import SECOND
from terminal.strategies.legs import NOT_OPENED, Pursuit, broken_mark, lagging, pursue
from terminal.strategies.roll.memory import FAR, FAR_LEG
from terminal.strategies.sight import EDGE

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import RollSettings
    from terminal.strategies.draft import Draft
    from terminal.strategies.roll.memory import RollMemory
    from terminal.strategies.sight import Sight

STEADY = 60 * SECOND  # what a market does, or keeps from beginning, is so for this long before it is said
SLOW = 60 * SECOND  # patience once all chases of a batch are used up


class Moment:
    """Hold one call of decide: what its functions share."""

    def __init__(
        self, settings: RollSettings, memory: RollMemory, draft: Draft, *, near: Sight | None, far: Sight | None
    ) -> None:
        self.settings = settings
        self.memory = memory
        self.view = draft.view
        self.draft = draft
        self.near = near
        self.far = far
        self.patience = settings.chase_seconds * SECOND
        self.chase_time = self.patience * (settings.max_chases + 1)

    @property
    def flows(self) -> bool:
        """Return whether both legs can be traded either way, and long enough to follow."""
        long_enough = self.patience + EDGE
        return all(sight is not None and sight.flows and sight.left >= long_enough for sight in (self.near, self.far))

    @property
    def may_open(self) -> bool:
        """Return whether far may be opened now, if in this account; near alone is closed at any time."""
        if self.settings.half is Half.NEAR:
            return True
        return self.view.opening_allowed(self.settings.account, self.draft.strategy, self.settings.far)

    def closable(self) -> int:
        """Return the near lots that can be closed now."""
        return self.draft.closable(self.settings.near, self.settings.side.opposite)

    def there(self) -> bool:
        """Return whether something can be closed, now or once those it takes along have let go of it."""
        return self.closable() > 0 or (bool(self.settings.strategies) and self.held() > 0)

    def held(self) -> int:
        """Return the near lots of the account, those included that live closes hold."""
        position = self.view.position(self.settings.account, self.settings.near, self.settings.hedge_flag)
        return position.long if self.settings.side is Side.BUY else position.short


def follow_far(now: Moment) -> None:
    """Open what far lacks, and say when it is broken and when it is mended."""
    settings, memory, far = now.settings, now.memory, now.memory.far
    lack = max(memory.closed - memory.opened, 0)
    if far.broken is not None:
        if not lack and not memory.ledger.reserved(FAR):
            now.draft.mark(LegRepaired(leg=FAR_LEG, instrument=settings.far))
    elif lack and lagging(now.view, settings.far, far) >= now.chase_time and _trades(now, settings.far):
        plan = "断腿：远月未跟上，停止平近月，加价补齐"
        if memory.refused:
            plan = f"断腿：远月报不出去，停止平近月，报得出即补齐。{memory.refused.rstrip('。')}"
        elif not now.view.opening_allowed(settings.account, now.draft.strategy, settings.far):
            plan = f"断腿：远月{NOT_OPENED}，停止平近月，能开即补齐"
        now.draft.mark(
            broken_mark(now.view, leg=FAR_LEG, instrument=settings.far, lots=lack, repair=Repair.PAY_UP, plan=plan)
        )
    pursue(
        now.draft,
        now.far,
        far,
        Pursuit(
            leg=FAR_LEG,
            scope=FAR,
            tag=f"batch:{memory.batch}:{FAR}",
            lack=settings.side.sign * lack,
            own=0,
            pay_up=settings.pay_up_ticks,
            patience=now.patience if far.broken is None else max(now.patience, SLOW),
            join=False,
            reason=f"移仓第 {memory.batch} 批，开远月",
            hedges=True,
        ),
    )


def _trades(now: Moment, name: InstrumentId) -> bool:
    # A break is no delay; near that is halted is none either, and no reason not to tell of far.
    return now.view.session(name).phase is Phase.CONTINUOUS
