"""Our books against the exchange's: the barrier, differences, orders from elsewhere, the trading day (SAFETY 3, I9)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.calendar import SECOND_NS, instant
from terminal.domain.facts import AlertRaised, BarrierBegan, BarrierPassed, DaySettled, ExternalOrderSeen, Reconciled
from terminal.domain.ids import ExchangeId, StrategyId, SysId, WireKey
from terminal.domain.market import DayFacts
from terminal.domain.order import HedgeFlag, Offset, OrderState, Side
from terminal.domain.reports import Accepted, PositionThere, QueryAnswer, Removed, Traded
from terminal.domain.risk_words import Level, Scope
from terminal.domain.strategy_settings import GridSettings
from terminal.engine.ports import WireOrder
from terminal.engine.state import StrategyStatus
from tests.engine_world import (
    DAY,
    NEXT_DAY,
    NEXT_NIGHT,
    ONE,
    OTHER,
    RB,
    RISK,
    SECOND_RISK,
    TRADER,
    I,
    World,
    terms,
)
from tests.scenario.conftest import Begin

EVENING = instant(DAY, 14, 59, 30)


def level(world: World, signal: str = "reconcile") -> Level:
    found = [row.level for row in world.account.levels.values() if row.signal == signal]
    return found[0] if found else Level.NORMAL


def from_elsewhere(world: World, key: str, side: Side, lots: int, price: str | int) -> None:
    """Send an order of the account past the runner, as another program would."""
    wanted = terms(side, lots, price)
    world.host.place(WireOrder(account=ONE, wire_key=WireKey(key), terms=wanted))
    world.drain()


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


# --- the barrier -----------------------------------------------------------------------------------------------


def test_nothing_opens_before_the_barrier_and_closing_does(world: World) -> None:
    world.buy(3, 3701)
    # Given a new session whose complete answer has not come
    world.wire.lose = (QueryAnswer,)
    world.cut()
    assert not world.account.barrier.passed
    # Then opening is refused with its reason, and a close goes out.
    done = world.order(Side.BUY, 1, 3701)
    assert (done.ok, done.code) == (False, "BARRIER_NOT_PASSED")
    assert "对账" in done.sentence
    assert world.close_long(1, 3700).ok
    assert world.net() == 2
    # When the answer comes
    world.wire.lose = ()
    world.wait(6)
    assert world.order(Side.BUY, 1, 3701).ok


def test_the_barrier_stays_until_fold_and_exchange_agree(world: World) -> None:
    world.buy(3, 3701)
    world.wire.rewrite = lambda answer: msgspec.structs.replace(answer, positions=())
    world.cut()
    assert world.order(Side.BUY, 1, 3701).code == "BARRIER_NOT_PASSED"
    world.wire.rewrite = None
    world.wait(6)
    assert world.account.barrier.passed


def test_every_new_session_is_a_new_barrier(world: World) -> None:
    world.cut()
    world.restart()
    sessions = [one.session for one in world.facts(BarrierBegan) if one.account == ONE]
    assert sessions == ["1", "2", "3"]
    assert [one.session for one in world.facts(BarrierPassed) if one.account == ONE] == sessions


def test_strategies_stand_still_before_the_barrier_and_go_on_after_it(world: World) -> None:
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=StrategyId("g"), settings=grid()))
    world.show()
    sent = len(world.wire.sent)
    world.wire.lose = (QueryAnswer,)
    world.cut()
    world.show({RB: (3685, 3686)})
    assert world.net() == 1, "what rests at the exchange goes on filling"
    assert len(world.wire.sent) == sent
    world.wire.lose = ()
    world.wait(6)
    assert len(world.wire.sent) > sent


def test_a_trading_account_is_compared_every_thirty_seconds(world: World) -> None:
    before = len(world.facts(Reconciled))
    world.wait(65)
    ours = [one.at for one in world.facts(Reconciled)[before:] if one.account == ONE]
    assert len(ours) == 2
    assert ours[1] - ours[0] == 30 * SECOND_NS


# --- differences -----------------------------------------------------------------------------------------------


def test_a_difference_is_asked_about_again_and_then_red(world: World) -> None:
    # Given an exchange that says one lot less than we hold
    world.buy(2, 3701)
    one_less = (
        PositionThere(
            instrument=RB,
            hedge_flag=HedgeFlag.SPECULATION,
            long_today=1,
            long_yesterday=0,
            short_today=0,
            short_yesterday=0,
        ),
    )
    world.wire.rewrite = lambda answer: msgspec.structs.replace(
        answer, positions=one_less if answer.account == ONE else ()
    )
    # When the first answer comes, Then people are told what differs, and the account is orange.
    world.wait(31)
    alert = next(one for one in world.facts(AlertRaised) if one.code == "RECONCILE_DIFFERENCE")
    assert "本地 多今2昨0 空今0昨0，交易所 多今1昨0 空今0昨0" in alert.sentence
    assert level(world) is Level.ORANGE
    # When a second one, five seconds later, says the same, Then it is red; and nothing was corrected.
    world.wait(6)
    assert level(world) is Level.RED
    assert world.net() == 2
    world.wait(10)
    assert sum(one.code == "RECONCILE_DIFFERENCE" for one in world.facts(AlertRaised)) == 1, "the same sight, once"
    assert world.order(Side.BUY, 1, "830.5", instrument=I).code == "LEVEL_RED"
    assert world.close_long(1, 3700).ok
    world.wire.rewrite = None


def test_a_difference_of_a_moment_clears_itself(world: World) -> None:
    world.buy(2, 3701)
    world.wire.rewrite = lambda answer: msgspec.structs.replace(answer, positions=())
    world.wait(31)
    world.wire.rewrite = None
    assert level(world) is Level.ORANGE
    world.wait(6)
    assert level(world) is Level.NORMAL
    assert world.account.barrier.differences == ()


def test_red_from_a_difference_is_released_by_two_persons_and_only_when_it_is_gone(world: World) -> None:
    world.buy(2, 3701)
    world.wire.rewrite = lambda answer: msgspec.structs.replace(answer, positions=())
    world.wait(40)
    assert level(world) is Level.RED
    ask = c.Release(account=ONE, scope=Scope(), reason="交易所已更正")
    assert world.do(RISK, ask).code == "NOT_RECONCILED"
    world.wire.rewrite = None
    world.wait(6)
    assert level(world) is Level.RED, "it does not clear itself"
    assert world.do(RISK, ask).ok
    assert world.do(SECOND_RISK, ask).ok
    world.wait(2)
    assert level(world) is Level.NORMAL, "orange from a technical signal clears with its cause"


def test_a_position_under_another_flag_is_another_position(world: World) -> None:
    world.buy(2, 3701)
    world.wire.rewrite = lambda answer: msgspec.structs.replace(
        answer,
        positions=tuple(msgspec.structs.replace(one, hedge_flag=HedgeFlag.HEDGE) for one in answer.positions),
    )
    world.wait(31)
    assert len(world.account.barrier.differences) == 2
    world.wire.rewrite = None


# --- orders from elsewhere -------------------------------------------------------------------------------------


def test_an_order_no_intent_explains_is_shown_and_never_adopted(world: World) -> None:
    # Given an order placed at another counter
    from_elsewhere(world, "elsewhere/1", Side.BUY, 2, 3600)
    # Then the runner asks, states it as external, and counts it nowhere among its own.
    (seen,) = world.facts(ExternalOrderSeen)
    assert (seen.wire_key, seen.filled, seen.terms.lots) == ("elsewhere/1", 0, 2)
    assert world.account.orders == {}
    assert world.account.external[ExchangeId("SHFE"), SysId("1")].terms.price == 3600
    world.wait(31)
    assert len(world.facts(ExternalOrderSeen)) == 1, "the same sight is stated once"


def test_a_fill_from_elsewhere_is_a_difference_and_never_ours(begin: Begin) -> None:
    world = begin(sound=False)
    from_elsewhere(world, "elsewhere/1", Side.BUY, 2, 3701)
    assert world.facts(ExternalOrderSeen)[-1].filled == 2
    assert world.net() == 0
    world.wait(10)
    assert level(world) is Level.RED


def test_a_report_for_an_unknown_account_is_nobodys(world: World) -> None:
    before = len(world.records())
    world.tell(
        Accepted(
            account=OTHER,
            wire_key=WireKey("x"),
            exchange=world.engine.look.instrument(RB).exchange,
            sys_id=SysId("77"),
            exchange_at=world.at,
        )
    )
    assert world.account.external == {}
    assert [record.kind for record in world.records()[before:]] == ["reconciled"]


# --- the trading day -------------------------------------------------------------------------------------------


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


def test_what_the_new_day_calls_its_previous_settlement_is_the_old_days_settlement(begin: Begin) -> None:
    said = DayFacts(instrument=RB, trading_day=NEXT_DAY, pre_settlement=3690)
    world = begin(at=EVENING, facts=[said])
    world.buy(2, 3701)
    world.show_at(NEXT_NIGHT)
    assert world.facts(DaySettled)[0].prices == {RB: Decimal(3690)}
    assert world.facts(DaySettled)[0].provisional == ()


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
