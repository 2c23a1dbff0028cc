"""Make settings of each kind of strategy over the small market, for the tests of what screens say about them."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.fact.sandbox import SandboxResult, SandboxRound
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import DaysToExpiry, GridSettings, RollSettings, SpreadLeg, SpreadSettings
from tests.engine_market import FAR, ONE, RB, I

GRID, ROLL, SPREAD = StrategyId("网格-铁矿"), StrategyId("移仓-螺纹"), StrategyId("价差-螺矿")


def grid_settings(*, lines: int = 6, lots: int = 1, side: Side = Side.BUY, step: int | str = 2) -> GridSettings:
    long = side is Side.BUY
    return GridSettings(
        account=ONE,
        instrument=I,
        side=side,
        anchor=Decimal(832) if long else Decimal(828),
        step=Decimal(step),
        lines=lines,
        lots_per_line=lots,
        stop=Decimal(700) if long else Decimal(960),
        lower=Decimal(710),
        upper=Decimal(950),
    )


def roll_settings(*, lots: int = 7, days: int = 5) -> RollSettings:
    return RollSettings(
        account=ONE, near=RB, far=FAR, side=Side.BUY, lots=lots, batch_lots=2, timings=(DaysToExpiry(days=days),)
    )


def spread_settings(*, buy_at: int = 1, sell_at: int = 2) -> SpreadSettings:
    return SpreadSettings(
        account=ONE,
        legs=(
            SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=5, active=True),
            SpreadLeg(instrument=I, coefficient=Decimal("-1.6"), lots=-1),
        ),
        buy_at=Decimal(buy_at),
        sell_at=Decimal(sell_at),
        max_sets=3,
    )


def sandbox_result() -> SandboxResult:
    """Return three rounds of a grid in the sandbox; the first one did not trade."""
    return SandboxResult(
        rounds=tuple(
            SandboxRound(
                strategy=GRID,
                settings=grid_settings(),
                person=None,
                program="test",
                tape_sha256="ab" * 32,
                plan_sha256="cd" * 32,
                drill=drill,
                began_at=1,
                reached_at=2 * bool(drill),
                orders=drill,
                lots=drill,
                faults=() if drill else ("没有成交",),
            )
            for drill in range(3)
        )
    )
