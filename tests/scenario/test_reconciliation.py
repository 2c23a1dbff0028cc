"""Our books against the exchange's: the barrier, differences, orders from elsewhere (SAFETY 3, I3, I7, I9)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec

from terminal.domain import commands as c
from terminal.domain.fact.facts import AlertRaised, BarrierBegan, BarrierPassed, ExternalOrderSeen, Reconciled
from terminal.domain.ids import ExchangeId, InstrumentId, StrategyId, SysId, WireKey
from terminal.domain.orders.order import HedgeFlag, OrderState, Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.reports import Accepted, PositionThere, QueryAnswer
from terminal.domain.words.risk import Level, Scope
from terminal.engine.ports import WireOrder
from terminal.sync.messages import MAX_FRAME
from tests.engine_world import (
    ONE,
    OTHER,
    RB,
    RISK,
    SECOND_RISK,
    STRANGER,
    TRADER,
    I,
    World,
    terms,
)
from tests.scenario.conftest import Begin


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
    before = compared(world)
    world.wait(65)
    assert compared(world) == before + 2
    world.wait(600)
    assert compared(world) == before + 22


def test_agreement_is_written_down_after_everything_that_was_and_then_every_five_minutes(world: World) -> None:
    def written() -> int:
        return len([one for one in world.facts(Reconciled) if one.account == ONE])

    # Given an account in which something has been traded
    world.buy(1, 3701)
    before = written()
    world.wait(31)
    assert written() == before + 1
    # When it is compared again and again and nothing is traded
    asked = compared(world)
    world.wait(240)
    # Then all of it agrees, and none of it is news.
    assert compared(world) == asked + 8
    assert written() == before + 1
    world.wait(60)
    assert written() == before + 2
    # A trade elsewhere makes no news here, one of its own does.
    assert world.do(STRANGER, c.SubmitOrder(terms=terms(Side.BUY, 1, 3701, account=OTHER))).ok
    world.wait(60)
    assert written() == before + 2
    world.buy(1, 3701)
    world.wait(31)
    assert written() == before + 3


def compared(world: World) -> int:
    return len([one for one in world.wire.answers if one.account == ONE])


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


def test_a_book_that_differs_everywhere_is_told_in_a_record_that_fits_a_frame(world: World) -> None:
    there = tuple(
        PositionThere(
            instrument=InstrumentId(f"SHFE.rb{number}"),
            hedge_flag=HedgeFlag.SPECULATION,
            long_today=1,
            long_yesterday=0,
            short_today=0,
            short_yesterday=0,
        )
        for number in range(10_000, 15_000)
    )
    world.wire.rewrite = lambda answer: msgspec.structs.replace(
        answer, positions=there if answer.account == ONE else ()
    )
    world.wait(31)
    assert world.account.barrier.differences[-1] == "另有 4800 处不一致"
    assert level(world) is Level.ORANGE
    assert max(len(entry.data) for entry in world.journal.replay()) < MAX_FRAME // 4
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


def test_an_order_that_rests_here_and_is_unknown_there_keeps_the_barrier_up(begin: Begin, tmp_path: Path) -> None:
    # Given an order that rests, and an exchange that comes again without its books
    world = begin(exchange=tmp_path / "exchange.db")
    row = world.buy(2, 3690)
    world.wait(6)
    assert row.state is OrderState.LIVE
    world.host.close()
    for file in tmp_path.glob("exchange.db*"):
        file.unlink()
    world.restart(exchange_too=True)
    # Then nothing opens, everybody reads which order it is, and the second answer makes it red.
    found = world.account.barrier.differences
    assert found == (f"委托 {row.order} 本地挂单 2 手，交易所没有这笔委托",)
    assert not world.account.barrier.passed
    assert world.order(Side.BUY, 1, 3690).ok is False
    (alert,) = [one for one in world.facts(AlertRaised) if one.code == "RECONCILE_DIFFERENCE"]
    assert str(row.order) in alert.sentence
    world.wait(12)
    assert [one.level for one in world.account.levels.values() if one.signal == "reconcile"] == [Level.RED]
    assert world.account.orders[row.order].state is OrderState.LIVE  # no order is ended by assumption
    world.sound = False  # one of them is right, and people have to find out which


def test_an_order_accepted_after_the_answer_was_made_is_no_difference(world: World) -> None:
    world.wait(20)
    world.wire.hold = (QueryAnswer,)
    world.wait(11)  # it has been asked, and the answer is on its way
    world.wire.hold = ()
    row = world.buy(2, 3690)
    assert row.state is OrderState.LIVE
    world.tell_held()
    assert (world.account.barrier.differences, world.account.barrier.passed) == ((), True)


def test_a_close_accepted_while_an_answer_is_under_way_after_a_reconnect_is_no_difference(world: World) -> None:
    # Given lots held, and after a cut two answers in a row that take their time
    world.buy(4, 3701)
    world.wire.hold = (QueryAnswer,)
    world.cut()
    for price in (3790, 3791):
        assert world.close_long(1, price).ok
        world.tell_held()
        world.wait(6)
    world.wire.hold = ()
    world.tell_held()
    world.wait(6)
    assert (world.account.barrier.differences, world.account.barrier.passed) == ((), True)
    assert level(world) is Level.NORMAL
    assert [fact for fact in world.facts(AlertRaised) if fact.code == "RECONCILE_DIFFERENCE"] == []
