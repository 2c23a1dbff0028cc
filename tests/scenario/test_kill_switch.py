"""一键停止: nothing new goes out, everything working is taken back, and only two persons let it go again (SAFETY 5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import CancelRecorded, KillReleased, KillSwitched, OrderRefused, ReleaseAsked
from terminal.domain.ids import InstrumentId, PersonId, StrategyId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.words.risk import Scope, Verdict
from terminal.engine.previews.command import preview
from terminal.engine.previews.strategy import start_of
from tests.engine_world import (
    ADMIN,
    CHECKER,
    LIMITS,
    ONE,
    OTHER,
    RB,
    RISK,
    SECOND_CHECKER,
    SECOND_RISK,
    STRANGER,
    TRADER,
    VIEWER,
    I,
    World,
    device,
)
from tests.scenario.conftest import Begin
from tests.unit.engine.foreseen import ask

ALL: Final = Scope()
GRID, OTHER_GRID = StrategyId("grid-i"), StrategyId("grid-rb")


def grid(instrument: InstrumentId) -> GridSettings:
    anchor, step = (Decimal(830), 2) if instrument == I else (Decimal(3700), 5)
    return GridSettings(
        account=ONE,
        instrument=instrument,
        side=Side.BUY,
        anchor=anchor,
        step=Decimal(step),
        lines=4,
        lots_per_line=1,
        stop=anchor - 60,
        lower=anchor - 50,
        upper=anchor + 50,
    )


def start_grids(world: World) -> None:
    for name, instrument in ((GRID, I), (OTHER_GRID, RB)):
        assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=name, settings=grid(instrument))).ok
    for _ in range(3):
        world.show({I: ("830", "830.5"), RB: (3700, 3701)})
    assert len(world.account.live) == 6


def kill(world: World, scope: Scope = ALL, by: PersonId = TRADER) -> None:
    assert world.do(by, c.Kill(account=ONE, scope=scope, reason="行情异常")).ok


def release(world: World, by: PersonId, scope: Scope = ALL) -> str:
    return world.do(by, c.Release(account=ONE, scope=scope, reason="已查明")).code


NO_REASONS: Final = ("", "  ", "\u3000", "\u200b\u202e")  # the last two: gaps of input methods, signs nobody sees


@pytest.mark.parametrize("reason", NO_REASONS)
def test_neither_of_two_persons_releases_without_a_reason(world: World, reason: str) -> None:
    kill(world)
    body = c.Release(account=ONE, scope=ALL, reason=reason)
    # Given that the first person gives none: nothing is asked
    done = world.do(RISK, body)
    assert (done.ok, done.code) == (False, "NO_REASON")
    assert done.sentence == "解除必须写明原因，没有执行；请写下原因后重新下达。"
    assert world.facts(ReleaseAsked) == []
    # Given that only the second gives none: nothing is released, and with a reason it is
    assert release(world, RISK) == "OK"
    assert world.do(SECOND_RISK, body).code == "NO_REASON"
    assert world.facts(KillReleased) == []
    assert preview(world.engine.look, SECOND_RISK, device(SECOND_RISK), 1, body, split_close=False).sentence == (
        "不能执行：解除必须写明原因"
    )
    assert release(world, SECOND_RISK) == "OK"
    assert len(world.facts(KillReleased)) == 1


def test_pulled_for_the_account_everything_working_is_taken_back_at_once(world: World) -> None:
    # Given two grids with six resting orders and one order by hand
    start_grids(world)
    world.buy(1, 3650)
    # When the trader pulls the switch
    kill(world)
    # Then no second of market time goes by before every cancel is issued; strategies stand still.
    assert world.account.live == {}
    assert len(world.wire.cancelled) == 7
    assert {row.status for row in world.account.strategies.values()} == {StrategyStatus.PAUSED}
    world.wait(10)
    assert {row.state for row in world.account.orders.values()} == {OrderState.CANCELLED}


@pytest.mark.parametrize(
    ("scope", "instruments", "paused"),
    [
        (Scope(strategy=GRID), {RB}, {GRID}),
        (Scope(instrument=I), {RB}, {GRID}),
        (Scope(instrument=RB), {I}, {OTHER_GRID}),
    ],
)
def test_pulled_for_a_part_the_rest_goes_on(
    world: World, scope: Scope, instruments: set[InstrumentId], paused: set[StrategyId]
) -> None:
    start_grids(world)
    kill(world, scope)
    assert {row.terms.instrument for row in world.account.live.values()} == instruments
    strategies = world.account.strategies.items()
    assert {name for name, row in strategies if row.status is StrategyStatus.PAUSED} == paused
    world.wait(5)
    assert {row.terms.instrument for row in world.account.live.values()} == instruments


def test_an_order_by_hand_outlives_a_kill_of_a_strategy(world: World) -> None:
    start_grids(world)
    mine = world.buy(1, "800", instrument=I)
    kill(world, Scope(strategy=GRID))
    world.wait(3)
    assert mine.state is OrderState.LIVE


def test_new_orders_are_refused(world: World) -> None:
    kill(world, Scope(instrument=I))
    done = world.order(Side.BUY, 1, "830.5", instrument=I)
    assert (done.ok, done.code) == (False, "KILLED")
    assert "一键停止" in done.sentence
    assert world.order(Side.BUY, 1, 3701).ok, "rebar is not covered"
    assert [order.terms.instrument for order in world.wire.sent] == [RB]


def test_no_strategy_starts_or_goes_on_under_the_switch(world: World) -> None:
    # Given two grids that the switch of one contract has paused, or has not
    start_grids(world)
    kill(world, Scope(instrument=I))
    # When people have them go on, then the covered one stands still until the release, and the other may.
    foreseen = ask(world, c.ResumeStrategy(account=ONE, strategy=GRID))
    done = world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID))
    assert (done.ok, done.code) == (False, "STOPPED")
    assert (foreseen.verdict, foreseen.sentence) == (Verdict.DENY, done.sentence)
    assert done.sentence == f"策略 {GRID} 不能运行：i2101 已一键停止，解除之后才能运行。"
    assert world.account.strategies[GRID].status is StrategyStatus.PAUSED
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=OTHER_GRID)).ok
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=OTHER_GRID)).ok
    # And a new one is told the same before and after the press.
    wish = c.StartStrategy(account=ONE, strategy=StrategyId("another"), settings=grid(I))
    assert world.do(TRADER, wish).code == "STOPPED"
    answer = start_of(world.engine.look, world.account, wish)
    assert (answer.verdict, answer.may) == (Verdict.DENY, "不能启动：i2101 已一键停止，解除之后才能运行。")
    # After the release it goes on.
    assert release(world, RISK, Scope(instrument=I)) == "OK"
    assert release(world, SECOND_RISK, Scope(instrument=I)) == "OK"
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID)).ok


def test_another_account_is_not_covered(world: World) -> None:
    kill(world)
    assert world.state.accounts[OTHER].kills == {}


def test_cancels_keep_to_the_allowed_rate_and_none_is_forgotten(begin: Begin) -> None:
    # Given fourteen resting orders at an exchange that takes eight messages a second
    world = begin(limits=msgspec.structs.replace(LIMITS, messages_in_one_second=8))
    for number in range(14):
        world.buy(1, 3650 - number)
        world.wait(1)
    before = world.at
    # When the switch is pulled (one message of the last second is the last order's)
    world.wait(1)
    kill(world)
    # Then eight are cancelled now and the others a second later: within two seconds all of them.
    assert len(world.wire.cancelled) == 8
    world.wait(1)
    assert len(world.wire.cancelled) == 14
    assert world.at - before <= 2 * SECOND_NS
    assert world.account.live == {}


def test_pending_approvals_are_void(world: World) -> None:
    world.order(Side.BUY, 100, "830.5", instrument=I)
    kill(world)
    assert world.parked.state is ConfirmationState.REVOKED
    assert world.decide(CHECKER, world.parked).code == "NOT_PENDING"


@pytest.mark.parametrize(
    ("scope", "state"),
    [
        (Scope(instrument=I), ConfirmationState.REVOKED),
        (Scope(instrument=RB), ConfirmationState.PENDING),
        (Scope(strategy=GRID), ConfirmationState.PENDING),
    ],
)
def test_pending_approvals_a_kill_does_not_cover_wait_on(world: World, scope: Scope, state: ConfirmationState) -> None:
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid(RB))).ok
    world.order(Side.BUY, 100, "830.5", instrument=I)
    kill(world, scope)
    assert world.parked.state is state


def test_a_strategy_that_waits_to_be_started_is_covered_too(world: World) -> None:
    settings = msgspec.structs.replace(grid(I), lots_per_line=20)
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=settings)).code == "CONFIRM2"
    kill(world, Scope(strategy=GRID))
    assert world.parked.state is ConfirmationState.REVOKED


@pytest.mark.parametrize(
    ("scope", "what"),
    [
        (Scope(strategy=StrategyId("grid\u202e-x")), "策略 grid\\u202e-x"),
        (Scope(strategy=StrategyId("g" * 500)), f"策略 {'g' * 64}…"),
        (Scope(instrument=InstrumentId("SHFE.none")), "合约 SHFE.none"),
    ],
)
def test_what_is_not_there_cannot_be_stopped_and_that_is_said(world: World, scope: Scope, what: str) -> None:
    body = c.Kill(account=ONE, scope=scope, reason="行情异常")
    done = world.do(TRADER, body)
    assert (done.ok, done.code) == (False, "UNKNOWN_SCOPE")
    assert f"没有{what}，什么也没有停止" in done.sentence
    assert world.account.kills == {}
    assert world.runner.engine is not None
    foreseen = preview(world.runner.engine.look, TRADER, device(TRADER), 1, body, split_close=False)
    assert (foreseen.verdict, done.sentence in foreseen.sentence) == (Verdict.DENY, True)


def test_positions_can_still_be_closed(world: World) -> None:
    # Given five lots
    world.buy(5, 3701)
    kill(world)
    # When two are closed at the market and three are offered above it
    assert world.close_long(2, 3700).ok
    resting = world.close_long(3, 3720)
    world.wait(10)
    # Then the first are gone, and the offer stands until somebody takes it.
    assert resting.ok
    assert world.net() == 3
    assert [row.terms.price for row in world.account.live.values()] == [3720]
    world.show({RB: (3720, 3721)})
    assert world.net() == 0


def test_a_close_that_was_working_before_is_taken_back_as_well(world: World) -> None:
    world.buy(5, 3701)
    world.close_long(3, 3720)
    kill(world)
    assert world.account.live == {}
    assert len(world.wire.cancelled) == 1


def test_anybody_who_acts_on_the_account_may_pull_it_and_a_viewer_may_not(begin: Begin) -> None:
    for person in (TRADER, CHECKER, RISK, ADMIN):
        kill(begin(), by=person)
    world = begin()
    for person in (VIEWER, STRANGER):
        assert world.do(person, c.Kill(account=ONE, scope=ALL, reason="")).code == "NO_ROLE"
    assert world.facts(KillSwitched) == []


def test_pulled_twice_each_reason_is_on_record_and_an_older_release_request_is_void(world: World) -> None:
    kill(world)
    assert release(world, TRADER) == "OK"
    kill(world, by=RISK)
    assert len(world.facts(KillSwitched)) == 2
    assert release(world, RISK) == "OK"
    assert world.order(Side.BUY, 1, 3701).code == "KILLED"
    assert release(world, TRADER) == "OK"
    assert world.order(Side.BUY, 1, 3701).ok


def test_release_takes_two_persons_one_of_them_from_risk(world: World) -> None:
    kill(world)
    # One person alone, however often, is one person.
    assert release(world, RISK) == "OK"
    assert release(world, RISK) == "OK"
    assert world.order(Side.BUY, 1, 3701).code == "KILLED"
    # The second person lets it go.
    assert release(world, TRADER) == "OK"
    assert world.order(Side.BUY, 1, 3701).ok
    (fact,) = world.facts(KillReleased)
    assert (fact.first, fact.second, fact.reason) == (RISK, TRADER, "已查明")


def test_whose_opening_order_the_switch_took_back_takes_no_part_in_the_release(world: World) -> None:
    assert world.order(Side.BUY, 1, 3650).ok
    kill(world)
    kill(world, Scope(instrument=I))
    assert release(world, TRADER) == "CAUSING_TRADER"
    assert release(world, RISK) == "OK"
    assert release(world, TRADER) == "CAUSING_TRADER"
    assert list(world.account.kills) == ["account", f"instrument:{I}"]
    assert release(world, CHECKER) == "OK"
    # Nothing was taken back in iron ore.
    assert release(world, RISK, Scope(instrument=I)) == "OK"
    assert release(world, TRADER, Scope(instrument=I)) == "OK"
    assert world.account.kills == {}


def test_what_was_bought_before_the_switch_was_pulled_keeps_nobody_from_letting_it_go(world: World) -> None:
    world.buy(2, 3701)
    kill(world, by=RISK)
    assert release(world, TRADER) == "OK"
    assert release(world, RISK) == "OK"
    assert world.account.kills == {}


def test_two_persons_without_the_risk_role_cannot_release(world: World) -> None:
    kill(world)
    assert release(world, TRADER) == "OK"
    assert release(world, CHECKER) == "NO_ROLE"
    assert release(world, SECOND_CHECKER) == "NO_ROLE"
    assert release(world, SECOND_RISK) == "OK"
    assert world.account.kills == {}


@pytest.mark.parametrize("person", [VIEWER, ADMIN, STRANGER])
def test_who_has_no_say_on_the_account_is_not_the_second_person(world: World, person: PersonId) -> None:
    # The stranger has the risk role on another account.
    kill(world)
    assert release(world, person) == "NO_ROLE"
    assert release(world, RISK) == "OK"
    assert release(world, person) == "NO_ROLE"
    assert world.order(Side.BUY, 1, 3701).code == "KILLED"


def test_a_release_of_one_scope_leaves_the_others_killed(world: World) -> None:
    kill(world, Scope(instrument=I))
    kill(world, Scope(instrument=RB))
    release(world, RISK, Scope(instrument=RB))
    release(world, TRADER, Scope(instrument=RB))
    assert world.order(Side.BUY, 1, 3701).ok
    assert world.order(Side.BUY, 1, "830.5", instrument=I).code == "KILLED"


def test_a_first_word_for_one_scope_counts_for_no_other(world: World) -> None:
    kill(world, Scope(instrument=I))
    kill(world, Scope(instrument=RB))
    release(world, RISK, Scope(instrument=I))
    assert release(world, TRADER, Scope(instrument=RB)) == "OK"
    assert list(world.account.kills) == [f"instrument:{I}", f"instrument:{RB}"]


def test_nothing_killed_is_nothing_to_release(world: World) -> None:
    assert release(world, RISK) == "NOTHING_TO_RELEASE"


def test_release_waits_until_our_books_equal_the_exchanges(world: World) -> None:
    # Given a killed account whose position the exchange does not confirm
    world.buy(2, 3701)
    kill(world)
    world.wire.rewrite = lambda answer: msgspec.structs.replace(answer, positions=())
    world.wait(31)
    assert release(world, RISK) == "NOT_RECONCILED"
    # When the exchange's answer is right again
    world.wire.rewrite = None
    world.wait(6)
    assert release(world, RISK) == "OK"


def test_released_strategies_stay_paused_until_somebody_resumes_them(world: World) -> None:
    start_grids(world)
    kill(world)
    release(world, RISK)
    release(world, TRADER)
    sent = len(world.wire.sent)
    world.wait(5)
    assert len(world.wire.sent) == sent
    # And one that is resumed opens nothing while the account is still orange (SAFETY 6).
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID)).ok
    world.show({I: ("830", "830.5")})
    assert len(world.wire.sent) == sent
    world.wait(121)
    world.show({I: ("830", "830.5")})
    assert {order.terms.instrument for order in world.wire.sent[sent:]} == {I}


def test_it_survives_a_restart(world: World) -> None:
    start_grids(world)
    kill(world)
    world.restart()
    assert world.order(Side.BUY, 1, 3701).code == "KILLED"
    assert {row.status for row in world.account.strategies.values()} == {StrategyStatus.PAUSED}
    assert release(world, RISK) == "OK"
    world.restart()
    assert release(world, TRADER) == "OK", "the first person's word is in the journal"
    assert world.order(Side.BUY, 1, 3701).ok


def test_a_runner_that_dies_in_the_middle_finishes_the_cancels(world: World) -> None:
    # Given cancels that never reached the exchange
    start_grids(world)
    world.wire.lose_cancels = True
    kill(world)
    assert len(world.account.live) == 6
    # When another runner takes over
    world.restart()
    world.wait(5)
    # Then it cancels what is still working: the wish follows from the state, not from the process.
    assert world.account.live == {}
    assert len(world.facts(CancelRecorded)) == 12


def test_orders_that_were_still_on_their_way_are_cancelled_when_they_show_up(world: World) -> None:
    # Given an order nobody has heard of, and a kill
    world.wire.hold_orders = True
    row = world.buy(1, 3650)
    world.wait(4)
    assert row.state is OrderState.UNKNOWN
    kill(world)
    assert world.wire.cancelled == [], "there is nothing known to cancel"
    # When it reaches the exchange after all
    world.arrive()
    assert row.state is OrderState.LIVE
    world.wait(1)
    # Then it is taken back.
    assert row.state is OrderState.CANCELLED


def test_a_cancel_the_exchange_does_not_answer_is_asked_for_again(world: World) -> None:
    world.buy(1, 3650)
    world.wire.lose_cancels = True
    kill(world)
    world.wait(2)
    assert len(world.wire.cancelled) == 1
    world.wait(2)
    assert len(world.wire.cancelled) == 2
    world.wire.lose_cancels = False
    world.wait(4)
    assert world.account.live == {}


def test_refusals_under_a_kill_are_recorded_with_their_sentence(world: World) -> None:
    kill(world)
    world.order(Side.BUY, 1, 3701)
    (refused,) = world.facts(OrderRefused)
    assert [finding.code for finding in refused.findings] == ["KILLED"]
    assert world.account.verdicts["LOCK"] == 1
