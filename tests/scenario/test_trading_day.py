"""A trading day ends once, by the calendar; its orders end by the exchange's word (SAFETY I14, DOMAIN 4.2)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import DaySettled, PriceCorrected, Reconciled, SettlementCorrected
from terminal.domain.ids import StrategyId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import HedgeFlag, Offset, OrderState, Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.reports import QueryAnswer, Removed, Traded
from terminal.domain.words.risk import Level
from tests.engine_world import (
    DAY,
    NEXT_DAY,
    NEXT_NIGHT,
    ONE,
    OTHER,
    RB,
    TRADER,
    I,
    World,
)
from tests.scenario.conftest import Begin

EVENING = instant(DAY, 14, 59, 30)


def level(world: World, signal: str = "reconcile") -> Level:
    found = [row.level for row in world.account.levels.values() if row.signal == signal]
    return found[0] if found else Level.NORMAL


def grid() -> GridSettings:
    return GridSettings(
        account=ONE,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3700),
        step=Decimal(10),
        lines=3,
        lots_per_line=1,
        stop=Decimal(3600),
        lower=Decimal(3640),
        upper=Decimal(3800),
    )


def settlement(price: int) -> DayFacts:
    return DayFacts(instrument=RB, trading_day=DAY, settlement=price)


def test_the_day_is_settled_once_whatever_the_process_does(begin: Begin) -> None:
    # Given two lots bought at 3701 on Friday, and Friday's settlement at 3690
    world = begin(at=EVENING)
    world.buy(2, 3701)
    world.show(facts=[settlement(3690)])
    assert world.facts(DaySettled) == []
    # When the night begins, and the runner is restarted in it, and the night goes on into Saturday
    world.show_at(NEXT_NIGHT)
    world.restart()
    world.show_at(instant(DAY, 21, 30))
    world.restart()
    world.show_at(instant(NEXT_DAY, 9))
    # Then Friday ended once, for each account, at its settlement.
    settled = world.facts(DaySettled)
    assert [(one.account, one.trading_day, one.next_day) for one in settled] == [
        (ONE, DAY, NEXT_DAY),
        (OTHER, DAY, NEXT_DAY),
    ]
    assert settled[0].prices == {RB: Decimal(3690)}
    assert settled[0].provisional == ()


def test_todays_lots_are_yesterdays_and_are_closed_as_such(begin: Begin) -> None:
    world = begin(at=EVENING)
    world.buy(2, 3701)
    world.show(facts=[settlement(3690)])
    world.show_at(NEXT_NIGHT, {RB: (3695, 3696)})
    held = world.account.book.position(RB, HedgeFlag.SPECULATION)
    assert (held.long_today, held.long_yesterday) == (0, 2)
    money = world.account.book.view(world.engine.columns.last_price)
    assert money.static_equity == 20_000_000 - 2 * 11 * 10 - 6
    assert money.position_profit == 2 * 10 * Decimal("5.5")
    assert world.close_long(1, 3695).code == "NOT_CLOSABLE"
    assert world.close_long(2, 3695, offset=Offset.CLOSE_YESTERDAY).ok
    assert world.net() == 0


def test_without_a_settlement_price_the_last_one_stands_in_and_says_so(begin: Begin) -> None:
    world = begin(at=EVENING)
    world.buy(2, 3701)
    world.show_at(NEXT_NIGHT, {I: ("830", "830.5")})
    settled = world.facts(DaySettled)[0]
    assert settled.prices == {RB: Decimal("3700.5")}
    assert settled.provisional == (RB,)


def test_the_first_tick_of_the_night_settles_nothing_of_the_day_before(begin: Begin) -> None:
    # Given two lots last traded at 3700, no settlement price, and a night that opens a hundred yuan lower
    world = begin(at=EVENING, funds={ONE: Decimal(20_000_000)})
    world.show(last={RB: 3700})
    world.buy(2, 3701)
    world.show_at(NEXT_NIGHT, {RB: (3600, 3601)}, last={RB: 3600})
    # Then the day is settled at its own last price, as the exchange does, and the fall is the new day's.
    assert world.facts(DaySettled)[0].prices == {RB: Decimal(3700)}
    world.show(last={RB: 3600})
    marks = world.engine.columns.last_price
    ours, theirs = world.account.book.view(marks), world.host._exchange._funds.books[ONE].view(marks)
    assert ours.position_profit == -2 * 10 * 100
    assert (ours.static_equity, ours.position_profit) == (theirs.static_equity, theirs.position_profit)


def test_a_settlement_that_comes_late_takes_the_provisional_ones_place_and_says_the_difference(begin: Begin) -> None:
    # Given Friday settled provisionally at 3700.5, and one of the two lots sold in the night at 3705
    world = begin(at=EVENING)
    world.buy(2, 3701)
    world.show_at(NEXT_NIGHT, {I: ("830", "830.5")})
    assert [alert.code for alert in world.account.open_alerts.values()] == ["SETTLEMENT_MISSING"]
    world.show({RB: (3705, 3706)})
    assert world.close_long(1, 3705, offset=Offset.CLOSE_YESTERDAY).ok
    marks = world.engine.columns.last_price
    before = world.account.book.view(marks)
    # When the night calls 3690 its previous settlement
    world.show(after=2, facts=[DayFacts(instrument=RB, trading_day=NEXT_DAY, pre_settlement=3690)])
    # Then Friday lost 210 yuan more, Monday has won them, and the equity is the same.
    (said,) = world.facts(SettlementCorrected)
    was, now, moved = Decimal("3700.5"), Decimal(3690), Decimal(-210)
    assert said.prices == {RB: PriceCorrected(was=was, price=now, difference=moved)}
    after = world.account.book.view(marks)
    assert (after.static_equity - before.static_equity, after.equity) == (moved, before.equity)
    assert (before.close_profit, after.close_profit) == (45, 150)
    assert after.margin == before.margin * now / was
    assert world.account.book.check() == []
    assert "−¥210.00" in list(world.account.open_alerts.values())[-1].sentence
    # And no price corrects it a second time.
    world.show(after=2, facts=[settlement(3680)])
    assert len(world.facts(SettlementCorrected)) == 1
    assert world.refolded().state_hash() == world.state.state_hash()


def test_a_day_for_which_no_price_was_ever_heard_is_settled_at_what_the_lots_stand_at(begin: Begin) -> None:
    world = begin(at=EVENING)
    world.buy(2, 3701)
    columns = world.engine.columns
    columns.kept[columns.slot_of[RB]] = None
    columns.days[columns.slot_of[RB]].pre_settlement = None
    world.quotes.pop(RB)
    world.show_at(NEXT_NIGHT)
    settled = world.facts(DaySettled)[0]
    assert (settled.prices, settled.provisional) == ({RB: Decimal(3701)}, (RB,))


def test_what_the_new_day_calls_its_previous_settlement_is_the_old_days_settlement(begin: Begin) -> None:
    said = DayFacts(instrument=RB, trading_day=NEXT_DAY, pre_settlement=3690)
    world = begin(at=EVENING, facts=[said])
    world.buy(2, 3701)
    world.show_at(NEXT_NIGHT)
    assert world.facts(DaySettled)[0].prices == {RB: Decimal(3690)}
    assert world.facts(DaySettled)[0].provisional == ()


def test_a_price_that_does_not_come_until_the_next_settlement_stays_provisional_and_says_so(begin: Begin) -> None:
    world = begin(at=EVENING)
    world.buy(2, 3701)
    world.show_at(NEXT_NIGHT, {I: ("830", "830.5")})
    said = DayFacts(instrument=RB, trading_day=NEXT_DAY, settlement=3695)
    world.show_at(instant(NEXT_DAY, 14, 59, 30), facts=[said])
    world.show_at(instant(NEXT_DAY, 21, 0, 1), {I: ("830", "830.5")})
    assert [one.provisional for one in world.facts(DaySettled) if one.account == ONE] == [(RB,), ()]
    (told,) = [one.sentence for one in world.account.open_alerts.values() if one.code == "SETTLEMENT_NEVER_CAME"]
    assert str(DAY) in told
    # And when it comes after all, nothing takes it.
    world.show(after=2, facts=[settlement(3690)])
    assert world.facts(SettlementCorrected) == []


def test_day_orders_expire_by_the_exchanges_word(begin: Begin) -> None:
    world = begin(at=EVENING)
    row = world.buy(2, 3690)
    # Given that the word of their end does not come
    world.wire.hold = (Removed,)
    world.wire.lose = (QueryAnswer,)
    world.show_at(instant(DAY, 15, 0, 1))
    assert row.state is OrderState.LIVE, "the clock alone ends nothing"
    world.wire.lose = ()
    world.tell_held()
    assert row.state is OrderState.EXPIRED
    assert world.account.book.worst_lots(RB) == (0, 0)


def test_a_day_order_whose_end_nobody_told_is_ended_by_the_next_days_answer(begin: Begin) -> None:
    # Given an order that expired while the runner heard nothing, neither the word nor an answer
    world = begin(at=EVENING)
    row = world.buy(2, 3690)
    world.wire.lose = (Removed, QueryAnswer)
    world.show_at(instant(DAY, 15, 0, 1))
    world.show_at(NEXT_NIGHT)
    assert row.state is OrderState.LIVE
    # When the new day's complete answer does not show it and the books agree
    world.wire.lose = ()
    world.wait(6)
    # Then it has expired, and holds nothing any more.
    assert row.state is OrderState.EXPIRED
    assert world.account.book.worst_lots(RB) == (0, 0)


def test_a_lost_end_is_not_guessed_while_the_books_differ(begin: Begin) -> None:
    # The order filled at the close; the fill and everything else was lost, and the new day's trades do not show it.
    world = begin(at=EVENING, sound=False)
    row = world.buy(2, 3690)
    world.wire.lose = (Removed, Traded, QueryAnswer)
    world.show({RB: (3680, 3685)})
    world.show_at(NEXT_NIGHT)
    world.wire.lose = ()
    world.wait(12)
    assert row.state is OrderState.LIVE
    assert level(world) is Level.RED


def test_an_order_of_the_night_lives_on_in_the_day(begin: Begin) -> None:
    world = begin(at=instant(20200820, 22, 59))
    row = world.buy(2, 3690)
    world.show_at(instant(DAY, 9))
    assert row.state is OrderState.LIVE
    world.show({RB: (3680, 3689)})
    assert row.state is OrderState.FILLED
    assert world.facts(DaySettled) == []


def test_a_new_trading_day_passes_the_barrier_before_it_opens_anything(begin: Begin) -> None:
    world = begin(at=EVENING)
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=StrategyId("g"), settings=grid()))
    world.show()
    world.wire.lose = (QueryAnswer,)
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
    assert world.account.trading_day == NEXT_DAY
    assert world.order(Side.BUY, 1, 3701).code == "BARRIER_NOT_PASSED"
    world.wire.lose = ()
    world.wait(6)
    assert world.account.barrier.passed
    assert world.account.strategies[StrategyId("g")].status is StrategyStatus.RUNNING
    assert {row.trading_day for row in world.account.live.values()} == {NEXT_DAY}


def test_an_exchange_that_comes_back_behind_our_journal_turns_no_day_back(begin: Begin, tmp_path: Path) -> None:
    # Given a runner that has settled Friday, over an exchange that had not yet written down that it is over
    world = begin(at=EVENING, exchange=tmp_path / "exchange.db")
    for second in range(40):
        world.at = EVENING + second * SECOND_NS if second < 5 else NEXT_NIGHT + second * SECOND_NS
        world.grow()
    world.steps(8)
    assert world.account.trading_day == NEXT_DAY
    # When both are killed and begin again
    world.restart(exchange_too=True)
    # Then Friday is shown again and stays settled; when both are in Monday, opening is allowed.
    assert [one.account for one in world.facts(DaySettled)] == [ONE, OTHER]
    assert world.account.barrier.passed
    assert world.order(Side.BUY, 1, 3701).ok


def test_an_answer_about_another_trading_day_proves_nothing(begin: Begin) -> None:
    world = begin(at=EVENING)
    world.wire.lose_orders = True
    row = world.buy(1, 3690)
    world.wire.rewrite = lambda answer: msgspec.structs.replace(answer, trading_day=NEXT_DAY)
    before = len(world.facts(Reconciled))
    world.wait(60)
    # Neither that the order is absent, nor that the books agree.
    assert row.state is OrderState.UNKNOWN
    assert len(world.facts(Reconciled)) == before
    world.wire.rewrite = None


@pytest.mark.parametrize("seconds", [1, 3600])
def test_the_machine_clock_decides_no_day(begin: Begin, seconds: int) -> None:
    # Saturday half past one belongs to Monday; so does Sunday noon, should anything come then.
    world = begin(at=instant(DAY, 22, 59))
    assert world.account.trading_day == NEXT_DAY
    world.show(after=seconds)
    assert world.account.trading_day == NEXT_DAY


@pytest.mark.parametrize(("day", "left"), [(20261201, None), (20261202, 20), (20261230, 0)])
def test_people_are_told_in_time_that_the_calendar_ends(day: int, left: int | None, begin: Begin) -> None:
    world = begin(at=instant(day, 14, 59, 30))
    assert "CALENDAR_ENDS" not in {one.code for one in world.account.open_alerts.values()}
    world.show_at(instant(day, 21))
    told = [one.sentence for one in world.account.open_alerts.values() if one.code == "CALENDAR_ENDS"]
    if left is None:
        assert told == []
    else:
        (sentence,) = told
        assert f"只到 20261231，今天之后还有 {left} 个交易日" in sentence
        assert "reference/holidays.csv" in sentence
