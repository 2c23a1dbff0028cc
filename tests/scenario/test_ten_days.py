"""One runner lives through ten trading days, a long holiday and two weekends among them, without a restart (K7)."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.days.sessions import Phase
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import BarrierPassed, DaySettled, RunnerStarted
from terminal.domain.ids import StrategyId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import HedgeFlag, OrderState, Side
from terminal.domain.parameters.strategy import GridSettings
from tests.engine_market import AU, UNIVERSE
from tests.engine_world import ONE, RB, TRADER, World
from tests.scenario.conftest import Begin

# The eve of each trading day and the day; after 30 September there is no night session until the holiday is over.
DAYS = (20200924, 20200925, 20200928, 20200929, 20200930, 20201009, 20201012, 20201013, 20201014, 20201015)
EVES = (20200923, *DAYS[:-1])
LAST_EVE = 20200930
OPEN, REST = Phase.CONTINUOUS, Phase.CLOSED
GRID = StrategyId("g")


def phases(world: World) -> tuple[Phase, Phase]:
    look = world.engine.look
    return look.session(RB).phase, look.session(AU).phase


def morning_after(eve: int) -> int:
    """Return the natural day a night session of an evening ends on."""
    nights = {20200925: 20200926, 20201009: 20201010, LAST_EVE: 20201001}  # a Friday's ends on Saturday
    return nights.get(eve, eve + 1)


def a_night(world: World, eve: int, day: int) -> None:
    """Trade the night, leave a gold order resting in it, and see both products close at their own hours."""
    world.show_at(instant(eve, 21, 0, 1), {RB: (3700, 3701), AU: ("400", "400.02")})
    assert (world.account.trading_day, phases(world)) == (day, (OPEN, OPEN))
    world.buy(1, 3701)
    world.buy(1, 390, instrument=AU)
    world.show_at(instant(eve, 23, 0, 1))
    assert phases(world) == (REST, OPEN), "rebar closes at eleven"
    world.show_at(instant(morning_after(eve), 2, 29, 59))
    assert phases(world) == (REST, OPEN)
    world.show_at(instant(morning_after(eve), 2, 30, 1))
    assert (world.account.trading_day, phases(world)) == (day, (REST, REST))


def a_day(world: World, day: int, *, resting: bool) -> None:
    """Go on in the day: what rested over the night is live and fills; end it at its settlement prices."""
    world.show_at(instant(day, 8, 55, 30))
    assert world.account.trading_day == day
    gold = [row for row in world.account.live.values() if row.terms.instrument == AU]
    assert [row.state for row in gold] == [OrderState.LIVE] * resting
    world.show_at(instant(day, 9, 0, 1), {AU: ("389.98", "390")})
    assert phases(world) == (OPEN, OPEN)
    assert [row.state for row in gold] == [OrderState.FILLED] * resting
    world.show_at(instant(day, 10, 20))
    assert phases(world) == (Phase.BREAK, Phase.BREAK)
    settled = [
        DayFacts(instrument=name, trading_day=day, settlement=ticks) for name, ticks in ((RB, 3700), (AU, 19500))
    ]
    world.show_at(instant(day, 14, 59, 58), facts=settled)
    assert phases(world) == (OPEN, OPEN)
    world.show_at(instant(day, 15, 0, 1))
    assert phases(world) == (REST, REST)
    assert world.account.strategies[GRID].status is StrategyStatus.RUNNING


def test_the_state_survives_nights_mornings_afternoons_and_a_holiday_without_a_restart(begin: Begin) -> None:
    world = begin(at=instant(EVES[0], 21), universe=(*UNIVERSE, AU))
    runner = world.runner
    far_below = GridSettings(
        account=ONE, instrument=RB, side=Side.BUY, anchor=Decimal(3650), step=Decimal(10), lines=3, lots_per_line=1,
        stop=Decimal(3560), lower=Decimal(3600), upper=Decimal(3800),
    )  # fmt: skip
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=far_below))
    for eve, day in zip(EVES, DAYS, strict=True):
        if eve == LAST_EVE:
            world.show_at(instant(eve, 21, 5))
            assert (world.account.trading_day, phases(world)) == (day, (REST, REST)), "no night before the holiday"
        else:
            a_night(world, eve, day)
        a_day(world, day, resting=eve != LAST_EVE)
        assert world.account.barrier.passed
        assert world.account.book.check() == []
    world.show_at(instant(DAYS[-1], 21, 0, 1))
    assert world.runner is runner
    assert len(world.facts(RunnerStarted)) == 1
    # Each day ended once, none was missed, each at its own prices, and each new one passed the barrier.
    settled = [one for one in world.facts(DaySettled) if one.account == ONE]
    assert [one.trading_day for one in settled] == [*DAYS]
    assert all(one.next_day == after.trading_day for one, after in pairwise(settled))
    assert [(one.missed, one.provisional) for one in settled] == [(False, ())] * len(DAYS)
    assert len([one for one in world.facts(BarrierPassed) if one.account == ONE]) == len(DAYS) + 1
    # Nine nights brought a lot of rebar each, and the morning after a lot of gold.
    for name in (RB, AU):
        held = world.account.book.position(name, HedgeFlag.SPECULATION)
        assert (held.long_today, held.long_yesterday) == (0, 9)
    assert world.refolded().state_hash() == world.state.state_hash()
