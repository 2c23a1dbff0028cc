"""What is over is forgotten with its trading day, and nothing goes wrong by it (SAFETY I2, I8, I9, I17)."""

from __future__ import annotations

from collections.abc import Sized
from decimal import Decimal
from itertools import pairwise

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import (
    AlertRaised,
    CommandDone,
    DaySettled,
    ExternalOrderSeen,
    OrderFilled,
    OrderRecorded,
    SpotQuoted,
)
from terminal.domain.ids import StrategyId, SysId, TradeId
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.orders.order import HedgeFlag, OrderState, Side
from terminal.domain.reports import Accepted, OrderThere, QueryAnswer, Traded
from terminal.domain.words.risk import Scope
from terminal.engine.check import check_all
from terminal.engine.exchange.answers import FORGOTTEN, MOST_FORGOTTEN
from terminal.engine.fold import apply
from terminal.engine.records.snapshot import freeze, thaw
from terminal.engine.state import OrderRow, State
from tests.engine_world import (
    CHECKER,
    DAY,
    ONE,
    OTHER,
    RB,
    SPOT,
    TRADER,
    World,
    terms,
)
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.test_trading_day import grid
from tests.trading_days import days, go_on


def a_day(world: World, number: int) -> None:
    """Do a little of everything that leaves a row behind, and leave no position and nothing that waits."""
    world.buy(1, 3701)
    assert world.close_long(1, 3700).ok
    resting = world.buy(2, 3690)
    world.show()
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=resting.order)).ok
    assert world.order(Side.BUY, 300, 3690).code == "CONFIRM2"
    world.decide(CHECKER, world.parked, decision=ConfirmationEvent.REJECT)
    name = StrategyId(f"g{number}")
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=name, settings=grid())).ok
    world.wait(2)
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=name)).ok
    world.wait(5)


def rows(world: World) -> dict[str, int]:
    account = world.account
    kept: dict[str, Sized] = {
        "orders": account.orders,
        "by_wire": account.by_wire,
        "fills": account.fills,
        "trades": account.trades,
        "commands": account.commands,
        "confirmations": account.confirmations,
        "strategies": account.strategies,
        "levels": account.levels,
        "external": account.external,
        "net": account.forgotten.net,
    }
    return {name: len(found) for name, found in kept.items()}


def ended_order(world: World, lots: int = 2) -> OrderRow:
    row = world.buy(lots, 3690)
    world.show()
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=row.order)).ok
    world.wait(2)
    assert row.state is OrderState.CANCELLED
    return row


def late_fill(row: OrderRow, trade: str, day: int, at: int) -> Traded:
    assert row.exchange is not None
    assert row.sys_id is not None
    return Traded(
        account=ONE,
        wire_key=row.wire_key,
        exchange=row.exchange,
        sys_id=row.sys_id,
        trade=TradeId(trade),
        trading_day=day,
        side=row.terms.side,
        instrument=RB,
        lots=1,
        price=row.terms.price,
        exchange_at=at,
    )


def told(world: World) -> list[str]:
    return [one.sentence for one in world.facts(AlertRaised) if one.code == FORGOTTEN]


def test_after_ten_days_the_state_has_no_more_rows_than_after_three(begin: Begin) -> None:
    world = begin()
    sizes: dict[int, tuple[dict[str, int], int]] = {}
    for number, day in enumerate(days(10), 1):
        if number > 1:
            go_on(world, day)
        a_day(world, number)
        world.check()
        if number in {3, 10}:
            data = freeze(world.state, accounts=None, persons=frozenset(world.state.persons))
            sizes[number] = rows(world), len(data)
            assert thaw(data).state_hash() == world.state.state_hash()
    assert sizes[3][0] == sizes[10][0]
    assert abs(sizes[10][1] - sizes[3][1]) < sizes[3][1] // 50, "the numbers have more digits, and that is all"
    # Then what was forgotten is counted.
    account = world.account
    recorded, filled = world.facts(OrderRecorded), world.facts(OrderFilled)
    assert len(account.orders) + sum(account.forgotten.orders.values()) == len(recorded) == account.reference
    assert account.fills_booked == len(filled)
    assert account.confirmations_asked == 10


def test_a_carried_position_is_still_explained_when_its_order_is_forgotten(begin: Begin) -> None:
    world = begin()
    order = world.buy(3, 3701).order
    desk = Desk(world)
    for day in days(5)[1:]:
        go_on(world, day)
        desk.look()
    account = world.account
    assert order not in account.orders
    assert account.forgotten.net == {RB: 3}
    (line,) = desk.books[ONE].positions
    assert (line.lots, line.open_price) == (3, 3701)
    assert desk.books[ONE].profit(by_trade=True) == line.trade_profit
    assert check_all(world.state) == []
    # And the sum is no formality: one that is wrong is a broken promise.
    account.forgotten.net[RB] = 2
    assert any(fault.startswith("I9") for fault in check_all(world.state))
    account.forgotten.net[RB] = 3


@pytest.mark.parametrize("restarted", [False, True])
def test_a_late_fill_of_a_forgotten_order_is_neither_booked_nor_taken_for_a_strangers_and_is_said(
    begin: Begin,
    restarted: bool,
) -> None:
    world = begin()
    row = ended_order(world)
    today = days(3)
    for day in today[1:]:
        go_on(world, day)
    if restarted:
        world.restart()
        world.wait(2)
    assert row.order not in world.account.orders
    # When a fill of it comes after all, twice, and the order is shown in an answer
    fill = late_fill(row, "77", today[-1], world.at)
    world.tell(fill)
    world.tell(fill, Accepted(
        account=ONE, wire_key=row.wire_key, exchange=fill.exchange, sys_id=fill.sys_id, exchange_at=world.at
    ))  # fmt: skip
    there = OrderThere(
        wire_key=row.wire_key,
        exchange=fill.exchange,
        sys_id=fill.sys_id,
        terms=row.terms,
        filled=1,
        state="PARTIAL",
        trading_day=today[-1],
    )
    answer = QueryAnswer(
        account=ONE, query=9, trading_day=today[-1], reports_before=0, orders=(there,), trades=(fill,), positions=()
    )  # fmt: skip
    world.tell(answer)
    # Then nothing was booked, no order lives again, none is another terminal's, and people have been told.
    assert world.facts(OrderFilled) == []
    assert world.facts(ExternalOrderSeen) == []
    assert (world.net(), world.account.external) == (0, {})
    assert row.order not in world.account.orders
    assert [sentence[:50].count(row.order) for sentence in told(world)] == [1, 1], "the fill and the order, once each"
    assert "没有入账" in told(world)[0]


def test_past_days_that_a_login_tells_once_more_are_no_news(begin: Begin) -> None:
    world = begin()
    for number, day in enumerate(days(4), 1):
        if number > 1:
            go_on(world, day)
        a_day(world, number)
    booked, net = len(world.facts(OrderFilled)), world.net()
    world.restart()
    world.wait(5)
    assert world.account.forgotten.fills > 0
    assert (len(world.facts(OrderFilled)), world.net()) == (booked, net)
    assert told(world) == []
    assert world.facts(ExternalOrderSeen) == []
    # Neither is an old fill of a forgotten order, from wherever it comes.
    first = next(one for one in world.facts(OrderRecorded) if one.order not in world.account.orders)
    fill = world.facts(OrderFilled)[0]
    assert fill.order == first.order
    world.tell(
        Traded(
            account=ONE,
            wire_key=first.wire_key,
            exchange=fill.exchange,
            sys_id=fill.sys_id,
            trade=fill.trade,
            trading_day=fill.trading_day,
            side=fill.side,
            instrument=RB,
            lots=fill.lots,
            price=fill.price,
            exchange_at=fill.exchange_at,
        )
    )
    assert (len(world.facts(OrderFilled)), told(world)) == (booked, [])


def test_many_late_fills_are_no_flood_of_alerts(begin: Begin) -> None:
    world = begin()
    old = [ended_order(world) for _ in range(MOST_FORGOTTEN + 5)]
    today = days(3)
    for day in today[1:]:
        go_on(world, day)
    for number, row in enumerate(old):
        world.tell(late_fill(row, str(number), today[-1], world.at))
    assert len(told(world)) == MOST_FORGOTTEN
    assert world.facts(OrderFilled) == []


def test_a_fill_that_comes_a_day_late_is_booked_once(begin: Begin) -> None:
    world = begin(sound=False)  # the exchange did not make this trade, so its books say otherwise
    row = ended_order(world)
    today = days(3)
    go_on(world, today[1])
    fill = late_fill(row, "77", today[1], world.at)
    world.tell(fill, fill)
    assert len(world.facts(OrderFilled)) == 1
    world.wait(2)
    world.show_at(instant(today[2], 10))
    world.tell(fill)
    assert len(world.facts(OrderFilled)) == 1, "it was heard of yesterday, and is still known"
    assert row.order in world.account.orders
    assert check_all(world.state) == []


def test_another_terminals_order_of_today_is_still_external(begin: Begin) -> None:
    world = begin(sound=False)
    row = ended_order(world)
    for day in days(3)[1:]:
        go_on(world, day)
    assert row.exchange is not None
    key = row.wire_key.replace("/1/", "/7/").replace(str(DAY), str(world.account.trading_day))
    assert key != row.wire_key
    there = OrderThere(
        wire_key=type(row.wire_key)(key), exchange=row.exchange, sys_id=SysId("999"), terms=row.terms, filled=0,
        state="LIVE", trading_day=world.account.trading_day,
    )  # fmt: skip
    today = world.account.trading_day
    answer = QueryAnswer(
        account=ONE, query=9, trading_day=today, reports_before=0, orders=(there,), trades=(), positions=()
    )  # fmt: skip
    world.tell(answer)
    assert [one.wire_key for one in world.facts(ExternalOrderSeen)] == [key]
    assert told(world) == []


def test_what_is_unknown_is_kept_however_many_days_go_by(begin: Begin) -> None:
    world = begin(sound=False)
    world.wire.lose_orders = True
    row = world.buy(1, 3690)
    assert row.state in {OrderState.RECORDED, OrderState.SENT, OrderState.UNKNOWN}
    state = world.refolded()
    live = state.accounts[ONE].live
    assert row.order in live
    from_here = days(5)
    settle(state, from_here)
    assert row.order in state.accounts[ONE].orders
    assert state.accounts[ONE].by_wire[row.wire_key] == row.order


def settle(state: State, these: list[int]) -> None:
    for day, next_day in pairwise(these):
        fact = DaySettled(account=ONE, trading_day=day, next_day=next_day, prices={RB: Decimal(3700)})
        apply(state, fact, instant(next_day, 9))


@pytest.mark.parametrize("restarted", [False, True])
def test_a_command_that_comes_again_days_later_gets_its_first_answer_and_does_nothing(
    begin: Begin,
    restarted: bool,
) -> None:
    world = begin()
    body = c.Kill(account=ONE, scope=Scope(strategy=StrategyId("g")), reason="停")
    buy = c.SubmitOrder(terms=terms(Side.BUY, 1, 3690))
    first, killed = world.do(TRADER, buy, command="x1"), world.do(TRADER, body, command="x2")
    for day in days(4)[1:]:
        go_on(world, day)
    assert not {"x1", "x2"} & world.account.commands.keys()
    if restarted:
        world.restart()
        world.wait(2)
    before = len(world.records())
    assert world.do(TRADER, buy, command="x1") == first
    assert world.do(TRADER, body, command="x2") == killed
    # And under a used number nothing else is done, nor is anything said of what was.
    other = c.Kill(account=OTHER, scope=Scope(), reason="停")
    assert world.do(TRADER, other, command="x1").code == "COMMAND_ID_USED"
    assert len(world.records()) == before
    assert sum(one.command in {"x1", "x2"} for one in world.facts(CommandDone)) == 2


def test_a_person_s_own_answers_are_kept_up_to_a_limit_and_a_forgotten_one_still_does_nothing_twice(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terminal.engine.fold.ANSWERS_OF_A_PERSON", 3)
    world = begin()
    bodies = [c.QuoteSpot(instrument=SPOT, price=Decimal(900 + number), source="电话") for number in range(5)]
    first, *_ = [world.do(TRADER, body, command=f"q{number}") for number, body in enumerate(bodies)]
    for _ in range(2):
        assert [*world.state.persons[TRADER].commands] == ["q2", "q3", "q4"]
        assert world.do(TRADER, bodies[0], command="q0") == first
        assert world.state.tenant.spots[SPOT][0] == 904
        world.restart()
        world.wait(2)
    assert len(world.facts(SpotQuoted)) == 5


def test_the_name_of_a_forgotten_strategy_is_free_again_and_its_kill_switch_still_stands(begin: Begin) -> None:
    world = begin()
    again = c.StartStrategy(account=ONE, strategy=StrategyId("g"), settings=grid())
    assert world.do(TRADER, again).ok
    world.wait(2)
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=StrategyId("g"))).ok
    go_on(world, days(2)[1])
    assert world.do(TRADER, again).code == "STRATEGY_EXISTS"
    kill = c.Kill(account=ONE, scope=Scope(strategy=StrategyId("g")), reason="停")
    assert world.do(TRADER, kill).ok
    for day in days(4)[2:]:
        go_on(world, day)
    assert not world.account.strategies
    assert world.do(TRADER, again).code == "STOPPED"


def test_a_screen_that_hears_of_several_days_at_once_draws_what_is_left(begin: Begin) -> None:
    world = begin()
    desk = Desk(world)
    for number, day in enumerate(days(4), 1):
        if number > 1:
            go_on(world, day)
        a_day(world, number)
    desk.look()
    world.show({RB: (3702, 3703)})
    desk.look()
    assert desk.state.state_hash() == world.state.state_hash()
    assert {"g3", "g4"} <= desk.strategies.keys()
    assert desk.account.book.position(RB, HedgeFlag.SPECULATION).long == 0
