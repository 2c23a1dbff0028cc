"""The holder of an option says what becomes of it on its last day, or before: 行权、放弃、自对冲 (DOMAIN 4.12)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.errors import InvariantError
from terminal.domain.fact.exercise import ExerciseMoved, ExerciseRequested
from terminal.domain.fact.facts import AlertRaised, CommandDone, DaySettled, PositionEnded
from terminal.domain.ids import InstrumentId, PersonId
from terminal.domain.market import DayFacts
from terminal.domain.orders.exercise import Choice, ExerciseState, ExerciseWish
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.ending import How
from terminal.domain.products.option import Style
from terminal.domain.reports import ExerciseTold, QueryAnswer
from terminal.domain.words.risk import Scope, Verdict
from terminal.engine.books.exercise import LACKS_FUNDS, NOT_ASKED, ExerciseRow
from terminal.engine.previews.command import preview
from terminal.engine.records.snapshot import freeze, thaw
from terminal.engine.screen import Preview
from terminal.engine.turn import RUNNER, Turn
from terminal.reports.reconcile.funds import own_figures
from terminal.reports.reconcile.own_day import read_own_day
from terminal.reports.statement.lines import Layout
from terminal.shell.desk.missed import glance, missed
from tests.engine_market import CALL, LATER, PUT, WITH_OPTIONS, instruments
from tests.engine_world import (
    DAY,
    NEXT_DAY,
    NEXT_NIGHT,
    ONE,
    RISK,
    TRADER,
    VIEWER,
    I,
    Shown,
    World,
    device,
)
from tests.scenario.conftest import Begin, relist

SPECULATION = HedgeFlag.SPECULATION
SHOWN: dict[InstrumentId, Shown] = {
    CALL: ("14", "14.5"),
    PUT: ("12", "12.5"),
    LATER: ("22", "22.5"),
    I: ("830", "830.5"),
}
HELD: dict[InstrumentId, tuple[int, str]] = {CALL: (3, "14.5"), PUT: (2, "12.5"), LATER: (2, "22.5")}
AFTERNOON = instant(DAY, 14, 50)


def holding(
    begin: Begin, at: int = AFTERNOON, *, only: tuple[InstrumentId, ...] = tuple(HELD), **options: object
) -> World:
    """Return a world that is long three calls at 820, two puts at 840 and two calls of a later day, all at 830.

    The first two end today; of `only` the later ones nothing comes by itself.
    """
    world = begin(at=at, universe=WITH_OPTIONS, **options)
    world.show(SHOWN)
    buy(world, only)
    return world


def buy(world: World, names: tuple[InstrumentId, ...]) -> None:
    for name in names:
        lots, price = HELD[name]
        world.buy(lots, price, instrument=name)


def wish(
    instrument: InstrumentId = CALL, lots: int = 3, choice: Choice = Choice.EXERCISE, *, nets: bool = False
) -> ExerciseWish:
    return ExerciseWish(instrument=instrument, flag=SPECULATION, lots=lots, choice=choice, self_close=nets)


def ask(world: World, what: ExerciseWish, by: PersonId = TRADER) -> CommandDone:
    return world.do(by, c.RequestExercise(account=ONE, wish=what))


def row(world: World) -> ExerciseRow:
    return list(world.account.exercises.rows.values())[-1]


def settle(world: World, ticks: int = 1700) -> None:
    """Say the settlement of the future (half yuan a tick) and let the next trading day begin."""
    world.show(facts=[DayFacts(instrument=name, trading_day=DAY, settlement=ticks) for name in (I, LATER)])
    world.show_at(NEXT_NIGHT, {I: ("850", "850.5")})
    world.wait(2)


def ended(world: World) -> list[tuple[InstrumentId, Side, int, How, Decimal, Decimal]]:
    rows = [fact.ending for fact in world.facts(PositionEnded)]
    return sorted((one.instrument, one.side, one.lots, one.how, one.price, one.fee) for one in rows)


def alerts(world: World, code: str) -> list[str]:
    return [one.sentence for one in world.facts(AlertRaised) if one.code == code]


def unmarked(_: InstrumentId) -> Decimal | None:
    return None


def test_a_requested_exercise_becomes_a_future_at_the_strike_and_pays_the_fee_by_lot(begin: Begin) -> None:
    world = holding(begin)
    done = ask(world, wish(LATER, 2))
    assert done.ok, done.sentence
    assert row(world).state is ExerciseState.TAKEN
    before = world.account.book.view(unmarked)
    settle(world)
    # Then the American call, which lives on for a day, has become two long futures at 810; the exchange says the same.
    assert row(world).state is ExerciseState.DONE
    assert (LATER, Side.BUY, 2, How.EXERCISED, Decimal(810), Decimal(4)) in ended(world)
    assert world.net(LATER) == 0
    # Three calls at 820 and two puts at 840 of the last day: at 850 the calls are exercised, the puts lapse.
    assert world.net(I) == world.lots_there(I) == 5
    # Both views: (850-810) x 2 and (850-820) x 3, less fees; the premium was paid before.
    profit = Decimal((850 - 810) * 2 + (850 - 820) * 3) * 100
    after = world.account.book.view(unmarked)
    assert after.equity - before.equity == profit - 4 - 6
    trades = world.account.book.trade_by_trade(unmarked)
    assert trades.balance + trades.floating_profit == after.equity
    assert trades.floating_profit == profit
    assert world.account.barrier.passed


def test_an_abandoned_option_lapses_although_it_is_in_the_money(begin: Begin) -> None:
    world = holding(begin)
    assert ask(world, wish(CALL, 2, Choice.ABANDON)).ok
    settle(world)
    calls = [one for one in ended(world) if one[0] == CALL]
    assert calls == sorted(
        [
            (CALL, Side.BUY, 1, How.EXERCISED, Decimal(820), Decimal(2)),
            (CALL, Side.BUY, 2, How.LAPSED, Decimal(0), Decimal(0)),
        ]
    )
    assert world.net(I) == 1


def test_an_option_out_of_the_money_is_exercised_where_its_holder_asks_for_it(begin: Begin) -> None:
    world = holding(begin)
    answer = look(world, wish(PUT, 2))
    settle_low = 1700  # 850: the puts at 840 are worth nothing
    assert answer.verdict is Verdict.ALLOW, answer.sentence
    assert ask(world, wish(PUT, 2)).ok
    settle(world, settle_low)
    assert (PUT, Side.BUY, 2, How.EXERCISED, Decimal(840), Decimal(4)) in ended(world)
    assert world.net(I) == 3 - 2


def test_self_close_nets_the_new_future_against_the_opposite_one(begin: Begin) -> None:
    world = holding(begin)
    world.sell(2, "830", instrument=I)
    assert world.net(I) == -2
    before = world.account.book.view(unmarked)
    assert ask(world, wish(CALL, 3, nets=True)).ok
    settle(world)
    netted = [one for one in ended(world) if one[3] is How.NETTED]
    assert netted == [
        (I, Side.BUY, 2, How.NETTED, Decimal(850), Decimal(0)),
        (I, Side.SELL, 2, How.NETTED, Decimal(850), Decimal(0)),
    ]
    held = world.account.book.position(I, SPECULATION)
    assert (held.long, held.short) == (1, 0)
    # 2 lots bought at 820 against those sold at 830, one lot left at 820 and marked at 850.
    earned = Decimal((830 - 820) * 2 + (850 - 820)) * 100
    after = world.account.book.view(unmarked)
    marked = before.position_profit  # nothing: lots without a mark show no profit
    assert after.equity - before.equity == earned - marked - 6
    assert world.lots_there(I) == 1


def test_a_request_is_taken_back_before_the_hour(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    done = world.do(TRADER, c.WithdrawExercise(account=ONE, request=row(world).request))
    assert done.ok, done.sentence
    assert row(world).state is ExerciseState.WITHDRAWN
    again = world.do(TRADER, c.WithdrawExercise(account=ONE, request=row(world).request))
    assert (again.ok, again.code) == (False, "CANNOT_WITHDRAW")
    settle(world)
    assert world.net(LATER) == 2


def test_after_the_hour_nothing_is_asked_and_nothing_taken_back(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 1))
    world.show_at(instant(DAY, 15, 30))
    late = ask(world, wish(LATER, 1))
    assert not late.ok
    assert "15:30 已截止" in late.sentence
    assert world.do(TRADER, c.WithdrawExercise(account=ONE, request=row(world).request)).ok, "the exchange judges"
    assert row(world).state is ExerciseState.TAKEN
    assert "截止时间已过" in row(world).note
    assert any("没有撤掉" in one for one in alerts(world, "EXERCISE_STANDS"))
    settle(world)
    assert row(world).state is ExerciseState.DONE


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (wish(CALL, 4), "只有 3 手"),
        (wish(LATER, 1, Choice.ABANDON), "本交易日不到期"),
        (wish(I, 1), "不是期权"),
        (wish(InstrumentId("DCE.i2101-C-1"), 1), "没有合约"),
        (wish(CALL, 1, Choice.ABANDON, nets=True), "才能自对冲"),
        (wish(CALL, 0), "手数须为正整数"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(begin: Begin, what: ExerciseWish, says: str) -> None:
    world = holding(begin)
    done = ask(world, what)
    assert (done.ok, done.code) == (False, "CANNOT_EXERCISE")
    assert says in done.sentence
    assert look(world, what).verdict is Verdict.DENY
    assert world.facts(ExerciseRequested) == []


def test_two_requests_do_not_speak_of_the_same_lots(begin: Begin) -> None:
    world = holding(begin)
    assert ask(world, wish(CALL, 2)).ok
    assert "只有 1 手" in ask(world, wish(CALL, 2, Choice.ABANDON)).sentence
    assert ask(world, wish(CALL, 1, Choice.ABANDON)).ok


def test_a_european_option_is_exercised_on_its_last_day_only(begin: Begin) -> None:
    world = holding(begin)
    listed = instruments()[LATER]
    assert listed.option is not None
    european = msgspec.structs.replace(listed.option, style=Style.EUROPEAN)
    relist(world, msgspec.structs.replace(listed, option=european))
    assert f"只能在到期日 {NEXT_DAY}" in ask(world, wish(LATER, 1)).sentence


def test_who_may_not_trade_or_is_stopped_does_not_exercise(begin: Begin) -> None:
    world = holding(begin)
    assert ask(world, wish(), by=VIEWER).code == "NO_ROLE"
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="停"))
    assert "不能申请行权" in ask(world, wish()).sentence
    assert ask(world, wish(CALL, 3, Choice.ABANDON)).ok, "what opens nothing is never locked"


def test_a_fee_nobody_stated_refuses_and_never_counts_as_nothing(begin: Begin) -> None:
    world = holding(begin)
    listed = instruments()[CALL]
    relist(world, msgspec.structs.replace(listed, fees=msgspec.structs.replace(listed.fees, exercise=None)))
    done = ask(world, wish())
    assert (done.ok, "行权手续费未知" in done.sentence) == (False, True)
    opened = world.order(Side.BUY, 1, "14.5", instrument=CALL)
    assert (opened.ok, opened.code) == (False, "OPTION_TERMS_UNKNOWN")
    assert "行权手续费未知" in opened.sentence
    # What the exchange does by itself is booked, and people are told that the fee is not.
    settle(world)
    assert any("手续费未知" in one for one in alerts(world, "NO_FEE"))


def test_the_preview_is_what_the_books_say_afterwards(begin: Begin) -> None:
    world = holding(begin)
    answer = look(world, wish(LATER, 2))
    assert answer.verdict is Verdict.ALLOW
    assert (answer.fee, answer.value) == (Decimal(4), Decimal(810 * 2 * 100))
    assert answer.margin == Decimal(810) * 100 * 2 * Decimal("0.08")
    assert "得到 i2101 多 2 手 @810" in answer.sentence
    assert any(line.startswith("可用 ") for line in answer.details)
    assert world.facts(ExerciseRequested) == [], "nothing is written by asking"
    assert look(world, wish(CALL, 1, Choice.ABANDON)).sentence.endswith("已付权利金约 ¥1,450 不退")


def test_an_exercise_that_the_money_does_not_reach_for_is_refused_and_told_of_in_time(begin: Begin) -> None:
    world = holding(begin, at=instant(DAY, 13, 40), only=(), cash=27_000)
    world.show({I: ("815", "815.5")})
    buy(world, (CALL, PUT))  # the calls of today are worth nothing yet
    world.show({I: ("830", "830.5")})
    done = ask(world, wish(CALL, 3))
    assert not done.ok
    assert "资金不足" in done.sentence
    assert alerts(world, LACKS_FUNDS) == alerts(world, NOT_ASKED) == [], "ninety minutes before the hour begins it"
    world.show_at(instant(DAY, 14, 1))
    assert len(alerts(world, NOT_ASKED)) == 2
    assert any("自动行权" in one and "15:30 前申请放弃" in one for one in alerts(world, NOT_ASKED))
    (poor,) = alerts(world, LACKS_FUNDS)
    assert "i2101-C-820" in poor
    world.show_at(instant(DAY, 14, 5))
    world.restart()
    world.show_at(instant(DAY, 14, 6))
    assert len(alerts(world, NOT_ASKED)) == 2, "once a day, also over a restart"
    assert len(alerts(world, LACKS_FUNDS)) == 1


def test_an_option_of_which_somebody_has_spoken_is_not_told_of(begin: Begin) -> None:
    world = holding(begin, at=instant(DAY, 13, 40))
    ask(world, wish(CALL, 3, Choice.ABANDON))
    ask(world, wish(PUT, 2))
    world.show_at(instant(DAY, 14, 1))
    assert alerts(world, NOT_ASKED) == []


def test_a_request_survives_runner_and_exchange(begin: Begin, tmp_path: Path) -> None:
    world = holding(begin, exchange=tmp_path / "exchange.db")
    ask(world, wish(LATER, 2, nets=True))
    world.restart(exchange_too=True)
    world.wait(1)
    assert row(world).state is ExerciseState.TAKEN
    assert thaw(freeze(world.state, accounts=None, persons=frozenset())).state_hash() == world.state.state_hash()
    settle(world)
    assert row(world).state is ExerciseState.DONE
    assert world.net(LATER) == 0


def test_a_request_whose_answer_was_lost_is_found_and_not_sent_again(begin: Begin) -> None:
    world = holding(begin)
    world.wire.lose = (ExerciseTold,)
    ask(world, wish(LATER, 2))
    assert row(world).state is ExerciseState.SENT
    world.wait(5)
    world.wire.lose = ()
    world.wait(6)
    assert row(world).state is ExerciseState.TAKEN
    assert len(world.wire.requested) == 1


def test_a_request_that_never_arrived_is_void_and_said_so(begin: Begin) -> None:
    world = holding(begin)
    world.wire.lose_requests = True
    ask(world, wish(LATER, 2))
    world.cut()
    world.wait(45)
    assert row(world).state is ExerciseState.VOID
    assert len(world.wire.requested) == 1, "and it is not sent again by itself"
    assert any("请重新申请" in one for one in alerts(world, "EXERCISE_VOID"))
    world.wire.lose_requests = False
    assert ask(world, wish(LATER, 2)).ok
    assert row(world).state is ExerciseState.TAKEN


@pytest.mark.parametrize(
    ("what", "then"),
    [
        (wish(CALL, 3, Choice.ABANDON), "今天到期，结算价为实值则自动行权"),
        (wish(LATER, 2), "请下一交易日再申请"),
    ],
)
def test_of_a_request_that_never_arrived_nobody_is_told_to_ask_again_after_the_hour(
    begin: Begin, what: ExerciseWish, then: str
) -> None:
    world = holding(begin)
    world.show_at(instant(DAY, 15, 29, 40))
    world.wire.lose_requests = True
    assert ask(world, what).ok
    world.wait(45)
    assert row(world).state is ExerciseState.VOID
    (told,) = alerts(world, "EXERCISE_VOID")
    assert "截止时间已过" in told
    assert then in told
    assert "重新申请" not in told


def test_of_an_option_that_has_ended_nothing_can_be_asked_any_more(begin: Begin) -> None:
    world = holding(begin)
    world.show_at(instant(DAY, 15, 29, 40))
    world.wire.lose_requests = True
    assert ask(world, wish(CALL, 3, Choice.ABANDON)).ok
    settle(world)
    world.wait(60)
    assert row(world).state is ExerciseState.VOID
    (told,) = alerts(world, "EXERCISE_VOID")
    assert "合约已到期" in told


def test_a_withdrawal_lost_with_the_link_may_be_asked_for_again(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    world.wire.lose_requests = True
    world.do(TRADER, c.WithdrawExercise(account=ONE, request=row(world).request))
    assert row(world).withdrawing
    world.cut()
    world.wire.lose_requests = False
    assert (row(world).state, row(world).withdrawing) == (ExerciseState.TAKEN, False)
    assert world.do(TRADER, c.WithdrawExercise(account=ONE, request=row(world).request)).ok
    assert row(world).state is ExerciseState.WITHDRAWN


def test_whatever_is_told_twice_is_booked_once(begin: Begin) -> None:
    world = holding(begin)
    world.wire.repeat = True
    ask(world, wish(LATER, 2))
    settle(world)
    kinds = [fact.state for fact in world.facts(ExerciseMoved)]
    assert kinds == [ExerciseState.TAKEN, ExerciseState.DONE]
    assert world.net(I) == 5


def test_of_lots_that_were_sold_meanwhile_nothing_is_exercised(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    assert world.close_long(1, "22", instrument=LATER).ok
    settle(world)
    assert (row(world).state, row(world).lots) == (ExerciseState.DONE, 1)
    assert world.net(LATER) == 0


def test_the_exchange_assigns_short_lots_of_the_house(begin: Begin) -> None:
    world = holding(begin)
    world.sell(1, "22", instrument=LATER)  # the same account writes one
    ask(world, wish(LATER, 2))
    settle(world)
    assert (LATER, Side.SELL, 1, How.ASSIGNED, Decimal(810), Decimal(2)) in ended(world)
    held = world.account.book.position(I, SPECULATION)
    assert (held.long, held.short) == (2 + 3, 1)


def look(world: World, what: ExerciseWish) -> Preview:
    body = c.RequestExercise(account=ONE, wish=what)
    return preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=True)


def test_an_answer_shows_the_requests_of_the_account(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    world.wait(31)
    answers = [one for one in world.wire.answers if isinstance(one, QueryAnswer) and one.account == ONE]
    assert [one.wish for one in answers[-1].exercises] == [wish(LATER, 2)]


def test_what_became_of_a_request_is_told_to_whoever_was_away(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    before = glance(world.state)
    settle(world)
    told = missed(before, world.state, person=TRADER)
    assert told is not None
    assert any("申请 A1-X000001（i2101-C-810 行权 2 手（投机））已执行 2 手" in one for one in told.sentences)
    others = missed(before, world.state, person=RISK)
    assert others is None or not any("申请" in one for one in others.sentences)


def test_the_fee_of_exercise_is_a_figure_of_its_own_beside_the_statements_fees(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    settle(world)
    funds = read_own_day(world.journal.replay(), client="", account=ONE, trading_day=DAY).funds
    assert (funds.commission, funds.exercise_fee, funds.delivery_fee) == (Decimal(21), Decimal(10), Decimal(0))
    assert own_figures(funds, Layout.BY_DAY)["行权手续费"] == Decimal("10.00")


def test_a_day_settled_twice_exercises_nothing_twice(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    settle(world)
    held, hashed = world.net(I), world.refolded().state_hash()
    assert hashed == world.state.state_hash()
    again = DaySettled(account=ONE, trading_day=DAY, next_day=NEXT_DAY, prices={I: Decimal(850)})
    turn = Turn(world.state, world.at, "again", RUNNER)
    with pytest.raises(InvariantError):
        turn.say(again)
    assert (world.net(I), world.state.state_hash()) == (held, hashed)


def test_a_withdrawal_needs_a_part_in_the_account(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 1))
    assert world.do(VIEWER, c.WithdrawExercise(account=ONE, request=row(world).request)).code == "NO_ROLE"
    assert world.do(RISK, c.WithdrawExercise(account=ONE, request=row(world).request)).ok
