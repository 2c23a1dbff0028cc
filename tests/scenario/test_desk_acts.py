"""What people do at a desk besides orders: cancels, limits, cash, spot prices, strategies (SAFETY 4, 7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import CashMoved, CommandDone, LimitsSet, SpotQuoted, StrategyStarted
from terminal.domain.ids import InstrumentId, OrderId, StrategyId
from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.parameters.strategy import GridSettings, OutOfRange
from terminal.engine.previews.command import preview
from tests.engine_world import (
    ADMIN,
    CHECKER,
    LIMITS,
    ONE,
    RB,
    RISK,
    SPOT,
    TRADER,
    I,
    World,
    device,
    terms,
)
from tests.scenario.conftest import Begin

GRID: Final = StrategyId("grid")
BUY_ONE: Final = c.SubmitOrder(terms=terms(Side.BUY, 1, 3701))


def grid(**changes: object) -> GridSettings:
    settings = GridSettings(
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
        out_of_range=OutOfRange.HOLD,
    )
    return msgspec.structs.replace(settings, **changes)


# --- cancels ---------------------------------------------------------------------------------------------------


def test_cancel_all_takes_the_account_or_one_contract(world: World) -> None:
    rebar, ore = world.buy(1, 3690), world.buy(1, "820", instrument=I)
    assert "1 笔" in world.do(TRADER, c.CancelAll(account=ONE, instrument=I)).sentence
    assert (rebar.state, ore.state) == (OrderState.LIVE, OrderState.CANCELLED)
    assert "1 笔" in world.do(RISK, c.CancelAll(account=ONE)).sentence
    assert rebar.state is OrderState.CANCELLED


def test_a_cancel_under_way_is_not_sent_twice(world: World) -> None:
    row = world.buy(1, 3690)
    world.wire.lose_cancels = True
    world.do(TRADER, c.CancelOrder(account=ONE, order=row.order))
    assert "0 笔" in world.do(TRADER, c.CancelOrder(account=ONE, order=row.order)).sentence
    assert len(world.wire.cancelled) == 1
    world.wait(3)
    assert "1 笔" in world.do(TRADER, c.CancelOrder(account=ONE, order=row.order)).sentence


def test_what_is_not_working_cannot_be_cancelled(world: World) -> None:
    row = world.buy(1, 3701)
    for order in (row.order, OrderId("A1-99999999")):
        assert world.do(TRADER, c.CancelOrder(account=ONE, order=order)).code == "NOT_WORKING"


def test_a_cancel_goes_by_the_exchanges_number(world: World) -> None:
    row = world.buy(1, 3690)
    world.do(TRADER, c.CancelOrder(account=ONE, order=row.order))
    (sent,) = world.wire.cancelled
    assert (sent.exchange, sent.sys_id, sent.wire_key) == ("SHFE", "1", row.wire_key)


# --- limits, cash, spot ----------------------------------------------------------------------------------------


def change(world: World, limits: Limits, *, base: int = 1) -> CommandDone:
    return world.do(RISK, c.ChangeLimits(account=ONE, base_version=base, limits=limits))


def test_tightening_holds_at_once(world: World) -> None:
    assert change(world, msgspec.structs.replace(LIMITS, position_lots=5)).code == "OK"
    assert world.account.limits is not None
    assert (world.account.limits.position_lots, world.account.limits.version) == (5, 2)
    assert world.order(Side.BUY, 6, 3701).code == "POSITION_LIMIT"


def test_loosening_waits_for_another_person(world: World) -> None:
    done = change(world, msgspec.structs.replace(LIMITS, position_lots=5000))
    assert done.code == "CONFIRM2"
    assert "持仓限额" in world.parked.confirmation.why
    assert world.account.limits == LIMITS
    # The maker cannot let it pass; a checker can.
    assert world.decide(RISK, world.parked).code == "MAKER_IS_CHECKER"
    assert world.decide(CHECKER, world.parked).ok
    assert world.account.limits is not None
    assert (world.account.limits.position_lots, world.account.limits.version) == (5000, 2)
    assert len(world.facts(LimitsSet)) == 3, "one for each account at the start, and this one"


def test_tighter_here_and_looser_there_is_looser(world: World) -> None:
    limits = msgspec.structs.replace(LIMITS, position_lots=1, day_loss_yuan=Decimal(2_000_000))
    assert change(world, limits).code == "CONFIRM2"
    assert world.account.limits == LIMITS


def test_whoever_edits_an_old_version_is_told(world: World) -> None:
    change(world, msgspec.structs.replace(LIMITS, position_lots=500))
    done = change(world, msgspec.structs.replace(LIMITS, position_lots=400), base=1)
    assert (done.ok, done.code) == (False, "CONFLICT")
    assert done.sentence == (
        "限额已是第 2 版，您修改的是第 1 版；不同之处：持仓限额现为 500、您填 400。请重新打开后修改。"
    )
    foreseen = preview(
        world.engine.look,
        RISK,
        device(RISK),
        1,
        c.ChangeLimits(account=ONE, base_version=1, limits=msgspec.structs.replace(LIMITS, position_lots=400)),
        split_close=False,
    )
    assert foreseen.sentence == done.sentence
    assert change(world, msgspec.structs.replace(LIMITS, position_lots=400), base=2).code == "OK"


def test_two_loosenings_made_at_once_do_not_both_pass(world: World) -> None:
    change(world, msgspec.structs.replace(LIMITS, position_lots=2000))
    first = world.parked
    change(world, msgspec.structs.replace(LIMITS, position_lots=9000))
    assert world.decide(CHECKER, world.parked).code == "OK"
    assert world.decide(CHECKER, first).code == "STALE"
    assert world.account.limits is not None
    assert world.account.limits.position_lots == 9000


def test_an_account_without_limits_does_not_open_until_two_persons_set_them(begin: Begin) -> None:
    world = begin(limits=None)
    assert world.order(Side.BUY, 1, 3701).code == "LIMITS_UNSET"
    assert change(world, LIMITS, base=0).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).code == "OK"
    assert world.account.limits == LIMITS
    assert world.order(Side.BUY, 1, 3701).ok


def test_cash_moves_by_command_and_shows_in_the_account(world: World) -> None:
    assert world.do(ADMIN, c.MoveCash(account=ONE, amount=Decimal("-500000.50"), reason="出金")).ok
    assert world.facts(CashMoved)[0].amount == Decimal("-500000.50")
    assert world.account.book.view(world.engine.columns.last_price).available == Decimal("19499999.50")


def test_a_spot_price_is_kept_with_its_source_and_moment(world: World) -> None:
    body = c.QuoteSpot(instrument=SPOT, price=Decimal("905.5"), source="示例：日照港电话")
    assert world.do(TRADER, body, command="spot").ok
    assert world.do(TRADER, body, command="spot").ok
    assert len(world.facts(SpotQuoted)) == 1
    assert world.state.tenant.spots[SPOT] == (Decimal("905.5"), world.at, "示例：日照港电话")
    assert world.engine.columns.last_price(SPOT) == Decimal("905.5")


@pytest.mark.parametrize(
    ("instrument", "price", "source", "code"),
    [
        (I, "905.5", "电话", "NOT_SPOT"),  # what the exchange trades has the exchange's price, for everybody
        (InstrumentId("SPOT.i.青岛港"), "905.5", "电话", "UNKNOWN_INSTRUMENT"),
        (SPOT, "0", "电话", "BAD_PRICE"),
        (SPOT, "-7", "电话", "BAD_PRICE"),
        (SPOT, "1000000000", "电话", "BAD_PRICE"),
        (SPOT, "9999999999", "电话", "BAD_PRICE"),
        (SPOT, "999999999.999", "电话", "BAD_PRICE"),
        (SPOT, "905.505", "电话", "BAD_PRICE"),
        (SPOT, "0.001", "电话", "BAD_PRICE"),
        (SPOT, "905.5", " ", "BAD_SOURCE"),
        (SPOT, "905.5", "电" * 81, "BAD_SOURCE"),
    ],
)
def test_a_spot_price_is_of_a_spot_is_positive_and_says_whence(
    world: World, instrument: InstrumentId, price: str, source: str, code: str
) -> None:
    before = world.engine.columns.quote(I)
    body = c.QuoteSpot(instrument=instrument, price=Decimal(price), source=source)
    assert world.do(TRADER, body).code == code
    assert world.facts(SpotQuoted) == []
    assert world.engine.columns.quote(I) == before
    assert world.state.tenant.spots == {}
    assert world.refolded().state_hash() == world.state.state_hash()
    assert world.order(Side.BUY, 1, 3701).ok


def test_a_contracts_price_stays_the_exchanges_even_where_a_fact_says_otherwise(world: World) -> None:
    columns = world.engine.columns
    before = columns.quote(I)
    columns.state_spot(I, Decimal(1), world.at)
    assert columns.quote(I) == before


# --- strategies ------------------------------------------------------------------------------------------------


def start(world: World, settings: GridSettings) -> CommandDone:
    return world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=settings))


def test_a_strategy_is_started_paused_resumed_and_stopped_by_people(world: World) -> None:
    assert start(world, grid()).ok
    world.show()
    assert len(world.account.live) == 3
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    assert world.account.live == {}, "its resting orders are cancelled"
    world.wait(3)
    assert world.account.live == {}
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID)).ok
    world.show()
    assert len(world.account.live) == 3
    world.show({RB: (3690, 3691)})
    world.show({RB: (3689, 3690)})
    held = world.net()
    assert world.do(RISK, c.StopStrategy(account=ONE, strategy=GRID)).ok
    assert world.account.strategies[GRID].status is StrategyStatus.STOPPED
    assert (world.account.live, world.net()) == ({}, held)
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID)).code == "NO_STRATEGY"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (grid(lots_per_line=0), "BAD_SETTINGS"),
        (grid(step=None), "BAD_SETTINGS"),
        (grid(instrument=InstrumentId("SHFE.rb2110")), "UNKNOWN_INSTRUMENT"),
    ],
)
def test_a_strategy_that_cannot_be_is_not_started(world: World, settings: GridSettings, code: str) -> None:
    done = start(world, settings)
    assert (done.ok, done.code) == (False, code)
    assert world.facts(StrategyStarted) == []


def test_a_strategys_number_is_used_once(world: World) -> None:
    start(world, grid())
    assert start(world, grid()).code == "STRATEGY_EXISTS"
    world.do(TRADER, c.StopStrategy(account=ONE, strategy=GRID))
    assert start(world, grid()).code == "STRATEGY_EXISTS"


def test_only_a_paused_strategy_is_resumed(world: World) -> None:
    start(world, grid())
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID)).code == "NOT_PAUSED"


def test_an_order_over_two_days_lots_is_the_makers_to_split(world: World) -> None:
    world.buy(2, 3701)
    assert world.close_long(2, 3700, offset=Offset.CLOSE_YESTERDAY).code == "NOT_CLOSABLE"
    assert world.close_long(2, 3700, offset=Offset.CLOSE_TODAY).ok


def test_every_answer_says_what_was_done(world: World) -> None:
    tighter, looser = (msgspec.structs.replace(LIMITS, position_lots=most) for most in (900, 5000))
    said = [
        world.do(person, body).sentence
        for person, body in (
            (TRADER, c.QuoteSpot(instrument=SPOT, price=Decimal("905.50"), source="电话")),
            (ADMIN, c.MoveCash(account=ONE, amount=Decimal(-5000), reason="出金")),
            (RISK, c.ChangeLimits(account=ONE, base_version=1, limits=tighter)),
            (TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid())),
            (TRADER, c.PauseStrategy(account=ONE, strategy=GRID)),
            (TRADER, c.ResumeStrategy(account=ONE, strategy=GRID)),
            (TRADER, c.StopStrategy(account=ONE, strategy=GRID)),
            (TRADER, c.SaveDocument(name="草稿", base_version=0, body="1")),
            (TRADER, c.SaveDocument(name="草稿", base_version=1, body="")),
        )
    ]
    assert said == [
        "i.日照港 现货报价已记为 905.5",
        "已出金 ¥5,000.00",
        "限额已改为第 2 版",
        "策略 grid 已启动",
        "策略 grid 已暂停，挂单会撤回，持仓不动；暂停期间没有止损",
        "策略 grid 已恢复运行",
        "策略 grid 已停止，挂单会撤回，持仓不动",
        "已保存",
        "已删除",
    ]
    change(world, looser, base=2)
    assert world.decide(CHECKER, world.parked).sentence == "复核通过，限额已改为第 3 版"
    assert world.order(Side.BUY, 300, 3700).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).sentence == "复核通过，已报单 买开 rb2101 300 手 @3700"
    large = StrategyId("large")
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=large, settings=grid(lots_per_line=60)))
    assert world.decide(CHECKER, world.parked).sentence == "复核通过，策略 large 已启动"
