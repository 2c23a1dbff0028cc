"""A statement that differs puts the account in close-only until a clean one of the day, or two persons (K10, M5)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import (
    AlertRaised,
    CommandDone,
    LevelChanged,
    OrderRefused,
    StatementReconciled,
    StatementRefused,
)
from terminal.domain.fact.statement import DifferingRow, Outcome, StatementRefusal, StatementResult, Subject
from terminal.domain.ids import DeviceId, PersonId, StrategyId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.words.risk import Level, Scope, Verdict
from terminal.engine.previews.command import preview
from terminal.engine.records.journal import Actor
from terminal.engine.records.snapshot import freeze, thaw
from tests.engine_world import (
    ADMIN,
    CHECKER,
    COLLEAGUE,
    DAY,
    LIMITS,
    NEXT_DAY,
    NEXT_NIGHT,
    ONE,
    OTHER,
    RB,
    RISK,
    SECOND_RISK,
    STRANGER,
    TRADER,
    VIEWER,
    I,
    World,
    device,
    run,
    terms,
)
from tests.scenario.conftest import Begin

GRID: Final = StrategyId("grid-i")
ALL: Final = Scope()
EARLIER: Final = 20200820  # the trading day before `DAY`
FEE: Final = DifferingRow(
    subject=Subject.FUNDS,
    what="手续费",
    outcome=Outcome.DIFFERS,
    field="手续费",
    ours="7.40",
    theirs="7.50",
    yuan=Decimal("0.10"),
)
GONE: Final = DifferingRow(
    subject=Subject.TRADE,
    what="rb2101 买开 2 手 3701",
    outcome=Outcome.OURS_ONLY,
    field="整笔",
    ours="74020.00",
    theirs="",
    yuan=Decimal(-74_020),
)


def result(*rows: DifferingRow, day: int = DAY, missing: tuple[str, ...] = ()) -> StatementResult:
    kinds = [row.outcome for row in rows if not row.follows]
    return StatementResult(
        trading_day=day,
        digest="ab" * 32,
        matched=12,
        ours_only=kinds.count(Outcome.OURS_ONLY),
        theirs_only=kinds.count(Outcome.THEIRS_ONLY),
        field_differences=kinds.count(Outcome.DIFFERS),
        following=len(rows) - len(kinds),
        rows=rows,
        not_compared=missing,
    )


def hand_in(
    world: World, *rows: DifferingRow, by: PersonId = ADMIN, day: int = DAY, missing: tuple[str, ...] = ()
) -> str:
    done = world.do(by, c.HandInStatement(account=ONE, result=result(*rows, day=day, missing=missing)))
    assert done.ok, done.sentence
    return done.sentence


def release(world: World, by: PersonId) -> str:
    return world.do(by, c.Release(account=ONE, scope=ALL, reason="经纪公司已更正")).code


def grid() -> GridSettings:
    return GridSettings(
        account=ONE,
        instrument=I,
        side=Side.BUY,
        anchor=Decimal(830),
        step=Decimal(2),
        lines=4,
        lots_per_line=1,
        stop=Decimal(770),
        lower=Decimal(780),
        upper=Decimal(880),
    )


def level(world: World) -> Level:
    row = world.account.levels.get("account|statement")
    return Level.NORMAL if row is None else row.level


@pytest.fixture
def next_day(begin: Begin) -> World:
    """Give a world in the night after a day on which two lots were bought."""
    world = begin(at=instant(DAY, 14, 59, 30))
    world.buy(2, 3701)
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
    assert world.account.trading_day == NEXT_DAY
    return world


def refuses_opening(world: World) -> bool:
    done = world.order(Side.BUY, 1, 3650)
    if done.ok:
        world.do(TRADER, c.CancelAll(account=ONE))
    return done.code == "STATEMENT_DIFFERS"


def test_every_opening_of_every_source_is_refused_and_says_which_day_and_how_many(next_day: World) -> None:
    world = next_day
    # Given a grid with resting orders, an order by hand, and a large one that waits for a second person
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid())).ok
    for _ in range(3):
        world.show({I: ("830", "830.5")})
    by_hand = world.buy(1, 3650)
    assert world.order(Side.BUY, 200, 3690).code == "CONFIRM2"
    parked = world.parked
    assert [row for row in world.account.live.values() if row.cause.strategy == GRID]
    # When a statement with two differences is handed in
    said = hand_in(world, FEE, GONE)
    assert said == "2020-08-21 的结算单与账有 2 处不符，账户转为只平仓；撤单与平仓不受限。"
    # Then the strategy pauses and its openings are taken back; what waits is void; an order by hand stays a person's.
    assert world.account.strategies[GRID].status is StrategyStatus.PAUSED
    assert list(world.account.live) == [by_hand.order]
    assert parked.state is ConfirmationState.REVOKED
    # And no opening passes, by hand or by a strategy that somebody lets go on.
    done = world.order(Side.BUY, 1, 3650)
    assert (done.ok, done.code) == (False, "STATEMENT_DIFFERS")
    assert done.sentence == (
        "账户 A1 2020-08-21 的结算单与账有 2 处不符：螺纹钢2101（SHFE.rb2101）限制开仓（只可平仓）；"
        "请查明后重新对账，或由两人解除。"
    )
    found = {one.code: one.verdict for one in world.facts(OrderRefused)[-1].findings}
    assert found["STATEMENT_DIFFERS"] is Verdict.LOCK
    world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID))
    sent = len(world.wire.sent)
    world.wait(5)
    assert len(world.wire.sent) == sent
    # While the other account goes on.
    other = msgspec.structs.replace(terms(Side.BUY, 1, 3650), account=OTHER)
    assert world.do(STRANGER, c.SubmitOrder(terms=other)).ok


def test_cancels_and_reducing_closes_go_on(next_day: World) -> None:
    world = next_day
    resting = world.buy(1, 3650)
    hand_in(world, FEE)
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=resting.order)).ok
    assert resting.state is OrderState.CANCELLED
    assert world.do(TRADER, c.ClosePosition(account=ONE, terms=terms(Side.SELL, 1, 3700))).ok
    assert world.net() == 1
    # A close of more than there is counts as an opening, and says so.
    too_many = world.close_long(5, 3700)
    assert not too_many.ok


def again(world: World) -> None:
    world.restart()


def cut(world: World) -> None:
    world.cut()


def days_later(world: World) -> None:
    world.show_at(instant(NEXT_DAY, 9), {RB: (3700, 3701)})
    world.show_at(instant(NEXT_DAY, 21), {RB: (3700, 3701)})
    world.wait(300)


@pytest.mark.parametrize("happens", [again, cut, days_later])
def test_it_survives_whatever_happens(next_day: World, happens: Callable[[World], None]) -> None:
    hand_in(next_day, FEE)
    happens(next_day)
    assert level(next_day) is Level.RED
    next_day.show({RB: (3700, 3701)})
    assert next_day.account.barrier.passed
    assert refuses_opening(next_day)


def test_only_a_clean_statement_of_the_same_day_takes_it_away(next_day: World) -> None:
    world = next_day
    hand_in(world, FEE)
    # Given one of another day, and one of this day that was cut
    assert hand_in(world, day=EARLIER) == (
        "2020-08-20 的结算单与账全部相符。账户仍只平仓：2020-08-21 的结算单与账有 1 处不符。"
    )
    cut_short = hand_in(world, missing=("持仓明细：没有。",))
    assert "不算对账一致；账户仍因 2020-08-21 的差异只平仓；" in cut_short
    assert world.account.statements[DAY].result.rows == (FEE,)
    assert refuses_opening(world)
    # When the whole one of this day agrees
    assert hand_in(world) == "2020-08-21 的结算单与账全部相符。只平仓已解除；策略请逐个恢复。"
    # Then the account opens again, at once and without a second person; and the chain has every step.
    assert level(world) is Level.NORMAL
    assert not refuses_opening(world)
    assert world.buy(2, 3650).state is OrderState.LIVE
    said = world.facts(StatementReconciled)
    assert [(one.person, one.device, one.result.digest) for one in said] == [(ADMIN, device(ADMIN), "ab" * 32)] * 4
    assert [(one.before, one.after) for one in world.facts(LevelChanged) if one.signal == "statement"] == [
        (Level.NORMAL, Level.RED),
        (Level.RED, Level.NORMAL),
    ]


def test_a_statement_that_was_cut_makes_no_account_clean_and_closes_none(next_day: World) -> None:
    said = hand_in(next_day, missing=("持仓明细：没有。",))
    assert said == "2020-08-21 的结算单不完整，读到的都相符，不算对账一致；请用完整的结算单再对一次。"
    assert not refuses_opening(next_day)
    # But one that was cut and differs in what is there closes it.
    hand_in(next_day, GONE, missing=("持仓明细：没有。",))
    assert refuses_opening(next_day)


def test_of_two_days_that_differ_both_must_come_clean(next_day: World) -> None:
    world = next_day
    hand_in(world, FEE, day=EARLIER)
    hand_in(world, FEE, GONE)
    assert "2020-08-21 的结算单与账有 2 处不符（另有 1 天）" in world.order(Side.BUY, 1, 3650).sentence
    hand_in(world)
    assert refuses_opening(world)
    hand_in(world, day=EARLIER)
    assert not refuses_opening(world)


def test_two_persons_release_it_and_neither_of_those_who_handed_it_in(next_day: World) -> None:
    world = next_day
    hand_in(world, FEE, by=RISK)
    hand_in(world, FEE, by=CHECKER)  # the same once more, by somebody else
    assert release(world, RISK) == "HANDED_IN"
    assert release(world, CHECKER) == "HANDED_IN"
    body = c.Release(account=ONE, scope=ALL, reason="已更正")
    assert (
        "您交来了这份不符的对账结果"
        in preview(world.engine.look, RISK, device(RISK), 1, body, split_close=False).sentence
    )
    assert release(world, COLLEAGUE) == "OK"
    assert refuses_opening(world)
    assert release(world, SECOND_RISK) == "OK"
    # It steps to orange: each opening needs a checker, until the rule of levels brings it down.
    assert level(world) is Level.ORANGE
    assert world.order(Side.BUY, 1, 3650).code == "CONFIRM2"
    row = world.account.statements[DAY]
    assert not row.stands
    assert row.let_go is not None
    assert (row.let_go.first, row.let_go.second, row.let_go.reason) == (COLLEAGUE, SECOND_RISK, "经纪公司已更正")
    world.wait(130)
    assert level(world) is Level.NORMAL
    # When it is handed in again, it stands again; and whoever opened today may take part in the release.
    assert world.buy(1, 3701).filled == 1
    hand_in(world, FEE)
    assert refuses_opening(world)
    assert release(world, TRADER) == "OK"
    assert release(world, RISK) == "OK"
    assert level(world) is Level.ORANGE


def test_other_differences_of_the_same_day_end_a_release_that_was_asked_for(next_day: World) -> None:
    world = next_day
    hand_in(world, FEE)
    assert release(world, COLLEAGUE) == "OK"
    hand_in(world, FEE)  # nothing new: the request holds
    assert world.account.releases
    hand_in(world, FEE, GONE)
    assert not world.account.releases


def broken(**changes: object) -> StatementResult:
    return msgspec.structs.replace(result(FEE), **changes)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (broken(digest="xyz"), "BAD_RESULT"),
        (broken(matched=-1), "BAD_RESULT"),
        (broken(rows=()), "BAD_RESULT"),
        (broken(left_out=1), "BAD_RESULT"),
        (broken(matched=0, field_differences=0, rows=()), "BAD_RESULT"),
        (broken(trading_day=NEXT_DAY), "DAY_NOT_SETTLED"),
        (broken(trading_day=20200822), "DAY_NOT_SETTLED"),  # a Saturday
        (broken(trading_day=99999999), "DAY_NOT_SETTLED"),
    ],
)
def test_a_result_that_cannot_be_is_refused_and_changes_nothing(
    next_day: World, wrong: StatementResult, code: str
) -> None:
    body = c.HandInStatement(account=ONE, result=wrong)
    assert preview(next_day.engine.look, ADMIN, device(ADMIN), 1, body, split_close=False).verdict is Verdict.DENY
    done = next_day.do(ADMIN, body)
    assert (done.ok, done.code) == (False, code)
    assert next_day.account.statements == {}
    # And so does the owner of the machine, whose turn is kept all the same.
    hand = Actor(PersonId("local:root"), DeviceId("local"))
    turn, ok, sentence = next_day.engine.hand_in(hand, ONE, wrong)
    run(next_day.runner.commit(turn))
    assert (ok, sentence) == (False, done.sentence)
    assert next_day.account.statements == {}


@pytest.mark.parametrize("person", [VIEWER, STRANGER])
def test_who_only_looks_on_hands_nothing_in(next_day: World, person: PersonId) -> None:
    done = next_day.do(person, c.HandInStatement(account=ONE, result=result(FEE)))
    assert (done.ok, done.code) == (False, "NO_ROLE")
    assert not refuses_opening(next_day)


def test_it_is_in_a_snapshot_and_old_days_that_hold_nothing_are_forgotten(next_day: World) -> None:
    world = next_day
    hand_in(world, FEE, GONE)
    back = thaw(freeze(world.state, accounts=None, persons=frozenset()))
    assert back.state_hash() == world.state.state_hash()
    assert back.accounts[ONE].statements == world.account.statements
    days = [day for day in range(20200701, 20200731) if world.engine.look.calendar.is_trading_day(day)]
    for day in days:
        hand_in(world, day=day)
    assert sorted(world.account.statements) == [*days[-10:], DAY]


# --- a statement that cannot be true ---------------------------------------------------------------------------------

UNBALANCED: Final = StatementRefusal(
    file="0821.txt", digest="cd" * 32, reason="结算单不平；请核对原件。", trading_day=DAY
)


def refuse(world: World, refusal: StatementRefusal = UNBALANCED, by: PersonId = ADMIN) -> CommandDone:
    return world.do(by, c.RefuseStatement(account=ONE, refusal=refusal))


def told(world: World) -> list[AlertRaised]:
    return [fact for fact in world.facts(AlertRaised) if fact.code == "STATEMENT_REFUSED"]


@pytest.mark.parametrize("before", ["nothing", "differs"])
def test_one_that_cannot_be_true_neither_closes_the_account_nor_opens_it(next_day: World, before: str) -> None:
    if before == "differs":
        hand_in(next_day, FEE)
    account = next_day.account
    was = (dict(account.statements), {key: row.level for key, row in account.levels.items()}, account.book.canonical())
    done = refuse(next_day)
    assert done.ok
    assert "账户不变" in done.sentence
    assert was == (
        account.statements,
        {key: row.level for key, row in account.levels.items()},
        account.book.canonical(),
    )
    (fact,) = next_day.facts(StatementRefused)
    assert (fact.refusal, fact.person, fact.device) == (UNBALANCED, ADMIN, device(ADMIN))
    (alert,) = told(next_day)
    assert alert.level is Level.ORANGE
    assert all(part in alert.sentence for part in ("0821.txt", "2020-08-21", "结算单不平；请核对原件。"))


def test_of_one_statement_people_are_told_once_also_when_they_have_seen_it(next_day: World) -> None:
    refuse(next_day)
    assert "早已被拒绝" in refuse(next_day, by=RISK).sentence
    (number,) = [row.number for row in next_day.account.open_alerts.values() if row.code == "STATEMENT_REFUSED"]
    assert next_day.do(RISK, c.AcknowledgeAlert(account=ONE, alert=number)).ok
    assert "早已被拒绝" in refuse(next_day).sentence
    back = thaw(freeze(next_day.state, accounts=None, persons=frozenset()))
    assert back.state_hash() == next_day.state.state_hash()
    assert back.accounts[ONE].refused_statements == [UNBALANCED.digest]
    assert len(told(next_day)) == len(next_day.facts(StatementRefused)) == 1
    assert number not in next_day.account.open_alerts
    # Another one, and the same with a byte changed, are others.
    refuse(next_day, msgspec.structs.replace(UNBALANCED, digest="ef" * 32))
    assert len(told(next_day)) == 2


def test_who_may_not_hand_in_a_result_may_not_say_this_either_and_it_says_all_or_nothing(next_day: World) -> None:
    for person in (VIEWER, STRANGER):
        assert not refuse(next_day, by=person).ok
    for changes in ({"digest": "x"}, {"file": " "}, {"reason": ""}):
        done = refuse(next_day, msgspec.structs.replace(UNBALANCED, **changes))
        assert (done.ok, done.code) == (False, "BAD_RESULT")
    assert next_day.facts(StatementRefused) == []
    assert told(next_day) == []
    body = c.RefuseStatement(account=ONE, refusal=UNBALANCED)
    asked = preview(next_day.engine.look, ADMIN, device(ADMIN), 1, body, split_close=False)
    assert asked.verdict is Verdict.ALLOW


# --- strategies ------------------------------------------------------------------------------------------------------


def test_under_it_nobody_starts_a_strategy_unseen(begin: Begin) -> None:
    world = begin(at=instant(DAY, 14, 59, 30), limits=LIMITS)
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
    hand_in(world, FEE)
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid()))
    assert not done.ok
    assert GRID not in world.account.strategies


def test_whoever_only_trades_opens_an_account_with_no_clean_result_of_their_own(next_day: World) -> None:
    world = next_day
    hand_in(world, FEE)
    done = world.do(TRADER, c.HandInStatement(account=ONE, result=result(day=DAY)))
    assert (done.code, "不能由只做交易的人交入" in done.sentence) == ("NO_ROLE", True)
    assert refuses_opening(world)
    assert "只平仓已解除" in hand_in(world, by=RISK)
