"""Hold what rounds in the sandbox (沙盘) came to, as `hengduo sandbox` finds it and an account's journal keeps it.

The runner plays no round itself: whoever hands one in has tape and plan, and anybody can play it again with the same
bytes; the digests say which they were. What makes a round full stands in `domain.sandbox`.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from terminal.domain.ids import AccountId, DeviceId, PersonId, StrategyId
from terminal.domain.parameters.strategy import StrategySettings


class Disturbance(StrEnum):
    """Name what a fault drill (故障演练) does to a strategy at work."""

    LINK = "LINK"  # 断线: the link to the exchange is lost, and a while of the market with it
    REJECTION = "REJECTION"  # 拒单: the exchange rejects an order
    RESTART = "RESTART"  # 重启: the runner dies and begins anew over its journal


class SandboxRound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold one strategy's part in one play of a plan over a tape; times are the market clock, UTC ns.

    `drill` numbers the drill, 0 is the play without one. `met` are the disturbances between start and goal, `faults`
    say in sentences why the round is not full.
    """

    strategy: StrategyId
    settings: StrategySettings  # as they were when it ended
    person: PersonId | None  # who started it in the sandbox
    program: str  # version of the program whose code traded
    tape_sha256: str
    plan_sha256: str
    drill: int
    began_at: int
    reached_at: int = 0  # its goal; 0: never
    orders: int = 0
    lots: int = 0  # filled
    met: tuple[Disturbance, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def full(self) -> bool:
        """Return whether this is a full round."""
        return not self.faults


class SandboxResult(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold the rounds that are handed in to one account."""

    rounds: tuple[SandboxRound, ...]


class SandboxRecorded(msgspec.Struct, frozen=True, kw_only=True, tag="sandbox_recorded"):
    """Rounds in the sandbox are on record for an account, from whoever handed them in."""

    account: AccountId
    result: SandboxResult
    person: PersonId
    device: DeviceId
