"""Draw what kind of world a seed gives: its days, its pace, its faults, how often lives end."""

from __future__ import annotations

from typing import Final

import msgspec

from terminal.domain.days.calendar import Calendar, instant
from terminal.gateways.sample.scenario import SIMULATION, Scenario
from terminal.gateways.sim.faults import FaultPlan
from terminal.simulation.crash import Fuse, Point
from terminal.simulation.luck import Luck, derived

_FIRST_DAY, _LAST_DAY = 20220104, 20260831  # the reference tables know these products' terms in between
_LATE: Final = FaultPlan(late_order=0.08, late_order_ns=60_000_000_000, cut=0.001)
_PLANS: Final = (
    FaultPlan(cut=0.002, cut_before_send=0.02, cut_after_send=0.02, connect_fails=0.1),
    FaultPlan(lost_ack=0.1, lost_reject=0.5, delay=0.1, late_cancel=0.2, cut=0.001),
    FaultPlan(duplicate=0.15, reorder=0.15, delay=0.1, repeated_page=0.3, answered_twice=0.2, cut=0.001),
    FaultPlan(cut=0.004, stream_lost=0.5, duplicate=0.05, reorder=0.05, lost_ack=0.05),
    _LATE,
    FaultPlan(
        cut=0.001,
        connect_fails=0.1,
        cut_before_send=0.01,
        cut_after_send=0.01,
        late_order=0.02,
        late_cancel=0.1,
        lost_ack=0.04,
        lost_reject=0.1,
        duplicate=0.05,
        reorder=0.05,
        delay=0.05,
        stream_lost=0.2,
        repeated_page=0.1,
    ),
    FaultPlan(),
)
_POINTS: Final = {
    Point.BEFORE_APPEND: 2,
    Point.AFTER_APPEND: 4,
    Point.BEFORE_SEND: 3,
    Point.AFTER_SEND: 4,
    Point.AFTER_CANCEL: 2,
    Point.AFTER_QUERY: 2,
    Point.BETWEEN_TURNS: 3,
    Point.DISK_FULL: 2,
    Point.DISK_TORN: 2,
}


class Climate(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the shape of one world; `life` is about how many inputs a life of the runner lasts."""

    start: int  # UTC ns
    days: int
    scenario: Scenario
    faults: FaultPlan
    life: int
    exchange_restarts: float  # per moment of the market
    strangers: float  # chance per moment that another terminal does something
    stranger_trades: bool
    small_orders: bool  # the exchange takes orders of one product only up to three lots


def climate_of(seed: int, number: int, days: int, calendar: Calendar) -> Climate:
    """Return the climate of world `number`; the kinds of faults take turns, everything else is drawn."""
    luck = Luck(derived(seed, "climate"))
    starts = calendar.trading_days(_FIRST_DAY, _LAST_DAY)
    faults = _PLANS[number % len(_PLANS)]
    # Orders that arrive after they were declared void need windows longer than half a minute.
    late = faults is _LATE
    scenario = msgspec.structs.replace(
        SIMULATION,
        step_ms=2000 if late else luck.one_of((500, 1000, 2000)),
        window_steps=36 if late else 16,
        trading_days=days,
    )
    return Climate(
        start=instant(luck.one_of(starts), 20),
        days=days,
        scenario=scenario,
        faults=faults,
        life=luck.one_of((200, 600, 2000)),
        exchange_restarts=luck.one_of((0.0, 0.001)),
        strangers=luck.one_of((0.0, 0.0, 0.02)),
        stranger_trades=luck.chance(0.08),
        small_orders=luck.chance(0.4),
    )


def fuse_of(luck: Luck, life: int, *, recovering: bool) -> Fuse:
    """Return the fuse of a life; `recovering`: the life before has just ended, and this one may end on its way back."""
    point = luck.one_of(tuple(_POINTS), tuple(_POINTS.values()))
    if recovering and luck.chance(0.3):
        return Fuse(point, armed_after=0, skip=luck.randrange(8))
    return Fuse(point, armed_after=luck.randrange(2 * life), skip=luck.randrange(3))
