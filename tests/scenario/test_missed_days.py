"""Trading days on which the runner or the feed was off are settled one by one, each at its own price (DOMAIN 4.2)."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from itertools import pairwise

import pytest

from terminal.domain.commands import RequestExercise
from terminal.domain.days.calendar import instant
from terminal.domain.fact.exercise import ExerciseMoved
from terminal.domain.fact.facts import DaySettled, SettlementCorrected
from terminal.domain.market import DayFacts
from terminal.domain.orders.exercise import Choice, ExerciseWish
from terminal.domain.orders.order import HedgeFlag, Offset
from terminal.reports.settled_days import DaysReader, SettledDay, read_all
from terminal.reports.snapshots import snapshots
from tests.engine_market import LATER, WITH_OPTIONS
from tests.engine_world import DAY, NEXT_DAY, ONE, RB, TRADER, I, World
from tests.scenario.conftest import Begin

EVENING = instant(DAY, 14, 59, 30)
TUESDAY = 20200825


def settlement(price: int) -> DayFacts:
    return DayFacts(instrument=RB, trading_day=DAY, settlement=price)


def heard_after_a_missed_day(begin: Begin, *, known: bool) -> World:
    """Hold two lots of Friday, hear nothing on Monday, and go on in the night of Tuesday."""
    world = begin(at=EVENING)
    world.buy(2, 3701)
    if known:
        world.show(facts=[settlement(3690)])
    world.restart()
    world.show_at(instant(NEXT_DAY, 21, 0, 1), {I: ("830", "830.5")})
    return world


def test_the_price_of_a_missed_day_is_not_taken_for_the_day_before_it(begin: Begin) -> None:
    # Given that Friday's settlement was never heard, nor Monday at all
    world = heard_after_a_missed_day(begin, known=False)
    marks = world.engine.columns.last_price
    before = world.account.book.view(marks)
    friday, monday = (one for one in world.facts(DaySettled) if one.account == ONE)
    assert (friday.trading_day, friday.next_day, friday.provisional) == (DAY, NEXT_DAY, (RB,))
    assert (monday.trading_day, monday.next_day, monday.provisional) == (NEXT_DAY, TUESDAY, (RB,))
    assert (friday.unheard, monday.unheard) == ((), (RB,))
    told = [alert.sentence for alert in world.account.open_alerts.values() if alert.code == "SETTLEMENT_MISSING"]
    assert [f"{day} 没有 {RB} 的" in one for day, one in zip((DAY, NEXT_DAY), told, strict=True)] == [True, True]
    assert "暂按最新价结算" in told[0]
    assert "按上一结算价暂记" in told[1]
    # When Tuesday calls 3650 its previous settlement
    world.show(after=2, facts=[DayFacts(instrument=RB, trading_day=TUESDAY, pre_settlement=3650)])
    # Then it is Monday's, and Friday keeps what it was settled at; the equity is the same.
    (said,) = world.facts(SettlementCorrected)
    assert said.trading_day == NEXT_DAY
    assert said.prices[RB].price == 3650
    after = world.account.book.view(marks)
    assert (after.static_equity, after.equity) == (20_000_000 + 2 * 10 * (3650 - 3701) - 6, before.equity)
    assert world.account.book.check() == []
    days: list[SettledDay] = []
    reader = DaysReader(lambda day: days.append(day) if day.fact.account == ONE else None)
    read_all(world.journal.replay(), reader.take)
    reader.finish()
    assert [(one.fact.trading_day, one.fact.provisional) for one in days] == [(DAY, (RB,)), (NEXT_DAY, ())]
    assert days[1].begun.static_equity == days[0].closed().after.equity
    assert reader.begun[ONE].static_equity == days[1].closed().after.equity == after.static_equity
    assert world.refolded().state_hash() == world.state.state_hash()


def test_a_missed_day_is_settled_at_what_the_day_after_it_calls_its_previous_settlement(begin: Begin) -> None:
    # Given Friday's settlement, and a Tuesday that says Monday's with its first quote
    world = begin(at=EVENING)
    world.buy(2, 3701)
    world.show(facts=[settlement(3690)])
    said = DayFacts(instrument=RB, trading_day=TUESDAY, pre_settlement=3650)
    world.show_at(instant(NEXT_DAY, 21, 0, 1), {RB: (3640, 3641)}, facts=[said])
    # Then both are settled, each at its own, and nothing waits.
    settled = [one for one in world.facts(DaySettled) if one.account == ONE]
    assert [(one.trading_day, one.next_day, one.prices, one.provisional) for one in settled] == [
        (DAY, NEXT_DAY, {RB: Decimal(3690)}, ()),
        (NEXT_DAY, TUESDAY, {RB: Decimal(3650)}, ()),
    ]
    assert not world.account.open_alerts
    assert world.account.trading_day == TUESDAY


def missed_week(begin: Begin) -> World:
    """Hold two lots of Friday, known to have settled at 3690; hear nothing until the night of the Monday after next."""
    world = begin(at=EVENING)
    world.buy(2, 3701)
    world.show(facts=[settlement(3690)])
    wednesday = DayFacts(instrument=RB, trading_day=20200826, settlement=3660)
    monday = DayFacts(instrument=RB, trading_day=20200831, pre_settlement=3640)
    world.show_at(instant(20200828, 21, 0, 1), {RB: (3640, 3641)}, facts=[wednesday, monday])
    return world


def of_days(world: World) -> dict[int, SettledDay]:
    days: dict[int, SettledDay] = {}
    reader = DaysReader(lambda day: days.update({day.fact.trading_day: day} if day.fact.account == ONE else {}))
    read_all(world.journal.replay(), reader.take)
    reader.finish()
    return days


def earned(days: dict[int, SettledDay]) -> list[Decimal]:
    return [day.closed().before.position_profit for day in days.values()]


def test_each_of_many_missed_days_is_settled_in_its_order_at_its_own_price(begin: Begin) -> None:
    world = missed_week(begin)
    settled = [one for one in world.facts(DaySettled) if one.account == ONE]
    # Then each day has its own price, or the one before it, and says which.
    assert [(one.trading_day, one.prices[RB], one.missed, one.unheard) for one in settled] == [
        (DAY, 3690, False, ()),
        (20200824, 3690, True, (RB,)),
        (20200825, 3690, True, (RB,)),
        (20200826, 3660, True, ()),
        (20200827, 3660, True, (RB,)),
        (20200828, 3640, True, ()),
    ]
    assert [one.next_day for one in settled] == [one.trading_day for one in settled[1:]] + [20200831]
    # One alert names the days that lack the same, and each day's line says it again.
    told = [alert.sentence for alert in world.account.open_alerts.values()]
    assert [alert.code for alert in world.account.open_alerts.values()] == ["SETTLEMENT_MISSING"]
    assert f"20200824、20200825、20200827 没有 {RB} 的任何价格，按上一结算价暂记" in told[0]
    # The profit of each day is what is known of it, and their sum is exact; each day has its snapshot.
    assert earned(of_days(world)) == [-220, 0, 0, -600, 0, -400]
    shown = [one for one in snapshots(world.journal.replay(), "day") if one.account == ONE]
    assert [(one.last, one.position_profit, one.provisional) for one in shown[1:4]] == [
        (20200824, 0, (RB,)),
        (20200825, 0, (RB,)),
        (20200826, -600, ()),
    ]
    assert all(one.start_equity == before.equity for before, one in pairwise(shown))
    money = world.account.book.view(world.engine.columns.last_price)
    assert money.static_equity == 20_000_000 - 2 * 10 * (3701 - 3640) - 6
    assert world.account.book.check() == []
    assert world.refolded().state_hash() == world.state.state_hash()


def test_a_day_the_exchange_traded_while_the_runner_was_off_is_settled_at_its_own_last_price(begin: Begin) -> None:
    # Given a runner that was off over Monday and Tuesday, while its exchange went on, without a settlement price
    world = begin(at=EVENING)
    world.buy(2, 3701)
    off = deepcopy(world.journal)
    world.show_at(instant(NEXT_DAY, 14, 59, 30), {RB: (3650, 3651)}, last={RB: 3650})
    world.show_at(instant(TUESDAY, 14, 59, 30), {RB: (3670, 3671)}, last={RB: 3670})
    world.show_at(instant(TUESDAY, 21, 0, 1), {RB: (3600, 3601)}, last={RB: 3600})
    # When it begins again
    world.journal = off
    world.restart()
    world.show(last={RB: 3600})
    # Then what it reads again of those days is what they are settled at.
    settled = [one for one in world.facts(DaySettled) if one.account == ONE]
    assert [(one.trading_day, one.prices[RB], one.unheard) for one in settled] == [
        (DAY, Decimal("3700.5"), ()),
        (NEXT_DAY, 3650, ()),
        (TUESDAY, 3670, ()),
    ]


def test_a_late_price_of_one_of_many_missed_days_corrects_that_day_alone(begin: Begin) -> None:
    world = missed_week(begin)
    assert world.close_long(1, 3640, offset=Offset.CLOSE_YESTERDAY).ok
    marks = world.engine.columns.last_price
    before, days = world.account.book.view(marks), of_days(world)
    # When Tuesday's price is said at last
    late = DayFacts(instrument=RB, trading_day=20200825, settlement=3705)
    world.show(after=2, facts=[late])
    # Then Tuesday has won what Wednesday has lost, and nothing else moved;
    (said,) = world.facts(SettlementCorrected)
    assert (said.trading_day, said.prices[RB].difference) == (20200825, 2 * 10 * 15)
    now = of_days(world)
    assert earned(now) == [-220, 0, 300, -900, 0, -400]
    assert world.account.book.view(marks) == before
    changed = [day for day in now if now[day].version != days[day].version]
    assert changed == [20200825, 20200826]
    assert now[20200826].begun.static_equity == now[20200825].closed().after.equity
    assert now[20200825].fact.provisional == ()
    # said again it changes nothing, over a restart too.
    world.restart()
    world.show(after=2, facts=[late])
    assert len(world.facts(SettlementCorrected)) == 1
    assert world.refolded().state_hash() == world.state.state_hash()
    assert [one.trading_day for one in world.facts(DaySettled) if one.account == ONE] == [*days]


def test_what_missed_days_lack_is_given_up_when_the_next_day_that_was_heard_is_settled(begin: Begin) -> None:
    world = missed_week(begin)
    world.show_at(
        instant(20200831, 21, 0, 1), facts=[DayFacts(instrument=RB, trading_day=20200901, pre_settlement=3650)]
    )
    told = [one.sentence for one in world.account.open_alerts.values() if one.code == "SETTLEMENT_NEVER_CAME"]
    assert [day for day in (20200824, 20200825, 20200827) if any(str(day) in one for one in told)] == [
        20200824, 20200825, 20200827,
    ]  # fmt: skip
    world.show(after=2, facts=[DayFacts(instrument=RB, trading_day=20200825, settlement=3705)])
    assert world.facts(SettlementCorrected) == []


def until_wednesday(begin: Begin, *, off: bool, friday: bool = True, asked: int = 0, sold: int = 0) -> World:
    """Buy two calls of Monday on Friday and go on till Wednesday, or with a runner that is off after Friday's close.

    `asked` lots are to be exercised, of which `sold` are sold; without `friday` that day's price is never said, and the
    exchange carries out on Monday what it was asked for.
    """
    world = begin(at=EVENING, universe=WITH_OPTIONS)
    world.show({LATER: ("22", "22.5"), I: ("830", "830.5")})
    world.buy(2, "22.5", instrument=LATER)
    if asked:
        wish = ExerciseWish(instrument=LATER, flag=HedgeFlag.SPECULATION, lots=asked, choice=Choice.EXERCISE)
        assert world.do(TRADER, RequestExercise(account=ONE, wish=wish)).ok
    if sold:
        assert world.close_long(sold, "22", instrument=LATER).ok
    said = [DayFacts(instrument=I, trading_day=DAY, settlement=1670)] if friday else []
    world.show(last={I: "835"}, facts=said)
    before = deepcopy(world.journal)
    for day, last in ((NEXT_DAY, 840), (TUESDAY, 845)):
        said = [DayFacts(instrument=I, trading_day=day, settlement=2 * last)]
        world.show_at(instant(day, 14, 59, 30), last={I: last}, facts=said)
    world.show_at(instant(20200826, 10), {I: ("850", "850.5")}, last={I: 850})
    if off:
        world.journal = before
        world.restart()
        world.show(last={I: 850})
    return world


def test_what_ended_on_a_day_the_runner_was_off_is_booked_on_that_day(begin: Begin) -> None:
    # Given a call of Monday, bought on Friday, and a runner that goes on in one case and is off until Wednesday in one
    on, off = until_wednesday(begin, off=False), until_wednesday(begin, off=True)
    # Then each day says the same of both: on Friday and Monday it was a call, and Tuesday earned 5 yuan a tonne.
    assert [day for day, said in of_days(off).items() if said.begun.left] == [NEXT_DAY]
    assert [day for day, said in of_days(off).items() if said.begun.early] == []
    assert earned(of_days(off)) == earned(of_days(on)) == [0, 2 * 100 * 30, 2 * 100 * 5]
    marks = off.engine.columns.last_price
    assert off.account.book.view(marks) == on.account.book.view(marks)
    assert off.refolded().state_hash() == off.state.state_hash()


@pytest.mark.parametrize(("asked", "sold"), [(2, 0), (1, 0), (2, 2)])
def test_a_request_carried_out_on_a_day_the_runner_was_off_frees_its_money_on_that_day(
    begin: Begin, asked: int, sold: int
) -> None:
    # Given a request of Friday, whose price was not said, so that the exchange carried it out on Monday
    on, off = (until_wednesday(begin, off=one, friday=False, asked=asked, sold=sold) for one in (False, True))

    def told(world: World) -> list[tuple[str, int]]:
        facts = [record.fact for record in world.records()]
        ours = [one for one in facts if isinstance(one, DaySettled | ExerciseMoved) and one.account == ONE]
        return [("settled", one.trading_day) if isinstance(one, DaySettled) else (one.state, one.lots) for one in ours]

    # Then both tell it after Friday's settlement and before Monday's,
    assert told(off) == told(on)
    assert told(on)[1:4] == [("settled", DAY), ("DONE", asked - sold), ("settled", NEXT_DAY)]
    # and the money is bound through Friday and free on Monday.
    frozen = {day: said.closed().after.frozen_commission for day, said in of_days(off).items()}
    assert frozen == {day: said.closed().after.frozen_commission for day, said in of_days(on).items()}
    assert (frozen[DAY], frozen[NEXT_DAY]) == (2 * (asked - sold), 0)
    assert off.refolded().state_hash() == off.state.state_hash()
