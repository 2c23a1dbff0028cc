"""Days that were missed are settled under their own margin, though only today's contracts are quoted."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from terminal.domain.days.calendar import instant
from terminal.domain.market import DayFacts
from tests.engine_world import DAY, NEXT_DAY, RB, World, instruments
from tests.scenario.conftest import Begin
from tests.settled_days import days_of

TUESDAY, WEDNESDAY = 20200825, 20200826
RATES: Final = {DAY: "0.08", NEXT_DAY: "0.08", TUESDAY: "0.10", WEDNESDAY: "0.15"}
PRICES: Final = [DayFacts(instrument=RB, trading_day=day, settlement=3700) for day in (DAY, NEXT_DAY, TUESDAY)]


def holding_two_lots(begin: Begin) -> World:
    changed = {
        (RB, day): msgspec.structs.replace(instruments()[RB], margin_rate=Decimal(rate)) for day, rate in RATES.items()
    }
    world = begin(at=instant(DAY, 14, 59, 30), changed=changed)
    world.buy(2, 3701)
    world.show(facts=PRICES[:1])
    return world


def margins(world: World) -> list[Decimal]:
    return [day.closed().after.margin for day in days_of(world).values()]


def test_a_runner_that_was_off_binds_the_margin_of_each_missed_day_as_one_that_was_on(begin: Begin) -> None:
    on = holding_two_lots(begin)
    on.show_at(instant(DAY, 21, 0, 1))
    on.show(facts=PRICES[1:2])
    on.show_at(instant(NEXT_DAY, 21, 0, 1))
    on.show(facts=PRICES[2:])
    on.show_at(instant(TUESDAY, 21, 0, 1))
    off = holding_two_lots(begin)
    off.show_at(instant(TUESDAY, 21, 0, 1), facts=PRICES)
    # 2 lots of 10 t at 3 700: each day is settled under the rate of the day after it.
    assert margins(off) == margins(on) == [Decimal(5_920), Decimal(7_400), Decimal(11_100)]


def test_the_terms_in_force_afterwards_are_those_of_today(begin: Begin) -> None:
    world = holding_two_lots(begin)
    world.show_at(instant(TUESDAY, 21, 0, 1), facts=PRICES)
    assert world.engine.look.instrument(RB).margin_rate == Decimal("0.15")
    assert world.account.book.view(world.engine.columns.last_price).margin == Decimal(11_100)
