"""Hold one fact of every kind, and a world with the rows they are about."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain import commands as c
from terminal.domain.books.combined import Combined
from terminal.domain.fact import facts as f
from terminal.domain.fact import marks as m
from terminal.domain.fact.control import Rest
from terminal.domain.fact.statement import StatementRefusal, StatementResult
from terminal.domain.ids import (
    BatchId,
    CommandId,
    ConditionalId,
    ConfirmationId,
    ExchangeId,
    ExerciseId,
    InstrumentId,
    ReversalId,
    StockId,
    SysId,
    TenantId,
    TradeId,
    WireKey,
)
from terminal.domain.orders.batch import BatchOrder, BatchPart, PartState
from terminal.domain.orders.conditional import ConditionalEvent
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.orders.exercise import Choice, ExerciseState, ExerciseWish
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, Side
from terminal.domain.orders.reversal import Reversal, ReversalEvent
from terminal.domain.otc import FormulaMark, OtcEnding, OtcKind, OtcTerms
from terminal.domain.products.ending import Ending, How
from terminal.domain.stock import StockReading
from terminal.domain.words.risk import Finding, Level, Scope, Verdict
from terminal.engine.turn import RUNNER, Turn
from tests.engine_market import terms
from tests.engine_world import (
    CHECKER,
    DAY,
    NEXT_DAY,
    ONE,
    OTHER,
    RB,
    RISK,
    SECOND_RISK,
    TRADER,
    I,
    World,
    device,
    instruments,
)
from tests.picture_settings import GRID, grid_settings, sandbox_result
from tests.scenario.waiting_orders import close, place, reaches, send, wanted

REVERSAL = ReversalId("A1-R000001")
WAITS, ASKED = ConditionalId("A1-T000001"), ExerciseId("A1-X000001")
WARNING = Finding(
    control="C4", code="POSITION_LIMIT", verdict=Verdict.DENY, value="2", limit="1", sentence="超过持仓限额。"
)
BATCH = BatchId("b1")
FORWARD = OtcTerms(
    number="YQ-1",
    counterparty="甲",
    kind=OtcKind.FORWARD,
    side=Side.SELL,
    tonnes=Decimal(600),
    reference=RB,
    price=Decimal(3700),
    expires=20201231,
    group="螺纹",
)
ENDING = OtcEnding(number="YQ-1", booking=ConfirmationId("c"), amount=Decimal("-20.5"), reason="到期")
ORDER = BatchOrder(instrument=RB, side=Side.BUY, offset=Offset.OPEN, lots=2, price=Decimal(3690))
PARTS = (
    BatchPart(account=ONE, multiplier=Decimal("1.5"), lots=3),
    BatchPart(account=OTHER, multiplier=Decimal(1), lots=2, code="NO_ROLE", sentence="没有下单权限。"),
)
REFUSAL = StatementRefusal(file="x.txt", digest="0" * 64, reason="结算单不平。")
DIFFERING = StatementResult(
    trading_day=20200821,
    digest="0" * 64,
    matched=9,
    ours_only=1,
    theirs_only=0,
    field_differences=1,
    following=3,
    equity_yuan=Decimal(-20),
    left_out=5,
    not_compared=("持仓明细：没有。",),
)


def world_with_rows() -> World:
    world = World()
    world.buy(3, 3690)
    world.order(Side.BUY, 200, 3700)
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_settings()))
    place(world, wanted(reaches(3705), send()))
    world.buy(2, 3701)
    assert world.do(TRADER, c.ReversePosition(account=ONE, terms=to_reverse())).ok
    turn = Turn(world.state, world.at, "test", RUNNER)
    turn.say(requested())
    turn.say(taken())
    world.runner._append(turn)
    return world


def taken() -> f.BatchTaken:
    return f.BatchTaken(account=ONE, batch=BATCH, terms=terms(Side.BUY, 3, 3690), person=TRADER, device=device(TRADER))


def to_reverse() -> OrderTerms:
    return terms(Side.SELL, 2, 3720, offset=Offset.CLOSE)


def requested() -> f.ExerciseRequested:
    option = InstrumentId("DCE.i2101-C-820")
    wish = ExerciseWish(instrument=option, flag=HedgeFlag.HEDGE, lots=2, choice=Choice.EXERCISE, self_close=True)
    return f.ExerciseRequested(
        account=ONE,
        request=ASKED,
        wire_key=WireKey("x"),
        wish=wish,
        trading_day=DAY,
        person=TRADER,
        device=device(TRADER),
    )


def ended() -> Ending:
    return Ending(
        instrument=InstrumentId("SHFE.rb2101C3700"),
        flag=HedgeFlag.HEDGE,
        side=Side.SELL,
        lots=2,
        how=How.ASSIGNED,
        price=Decimal(3700),
        fee=Decimal(0),
        at=1,
        number=TradeId("E1"),
    )


def samples(world: World) -> list[f.Fact]:
    """Return one fact of every kind, about rows the world has."""
    row = next(iter(world.account.orders.values()))
    order, ordered, cause = row.order, row.terms, row.cause
    exchange, sys_id = ExchangeId("SHFE"), SysId("1")
    parked = world.parked.confirmation
    limits = world.account.limits
    assert limits is not None
    scope = Scope(instrument=RB)
    return [
        f.RunnerStarted(tenant=TenantId("t"), start=1, market="样例", plan_sha256="", version="1"),
        f.PersonEnrolled(person=TRADER, name="赵"),
        f.DeviceEnrolled(device=device(TRADER), person=TRADER, public_key=""),
        f.InstrumentListed(instrument=instruments()[RB]),
        f.SpotQuoted(instrument=RB, price=Decimal(3400), source="上海"),
        f.StocksStated(series=StockId("港口"), readings=(StockReading(day=DAY, tonnes=Decimal(9)),), source="周报"),
        f.AccountOpened(account=ONE, name="主账户", cash=Decimal(1), trading_day=DAY, investor="i"),
        f.UnitAssigned(account=ONE, unit="套保部", person=TRADER, device=device(TRADER)),
        f.RolesGranted(account=ONE, person=TRADER, name="zhao", roles=(f.Role.TRADER, f.Role.RISK)),
        f.LimitsSet(account=ONE, limits=limits),
        f.CashMoved(account=ONE, amount=Decimal(-5), reason="追加"),
        f.DaySettled(account=ONE, trading_day=DAY, next_day=NEXT_DAY, prices={RB: Decimal(3700)}, provisional=(RB,)),
        f.SettlementCorrected(
            account=ONE,
            trading_day=DAY,
            prices={RB: f.PriceCorrected(was=Decimal(3700), price=Decimal("3690.5"), difference=Decimal(-190))},
        ),
        f.PositionEnded(account=ONE, trading_day=DAY, ending=ended(), into=RB),
        f.CombinationMoved(
            account=ONE,
            trading_day=DAY,
            combined=Combined(first=RB, second=I, flag=HedgeFlag.HEDGE, side=Side.BUY, lots=3),
        ),
        f.ReportQuarantined(account=ONE, key="k", code="NO_FEE", reason="没有手续费", row="{}", trading_day=DAY),
        f.OrderRecorded(order=order, wire_key=WireKey("w"), reference=1, terms=ordered, cause=cause, trading_day=DAY),
        f.OrderSent(account=ONE, order=order),
        f.OrderAccepted(account=ONE, order=order, exchange=exchange, sys_id=sys_id, exchange_at=0),
        f.OrderRejected(account=ONE, order=order, code="22", text="资金不足"),
        f.OrderFilled(
            account=ONE,
            order=order,
            exchange=exchange,
            sys_id=sys_id,
            trade=TradeId("1"),
            trading_day=DAY,
            side=Side.BUY,
            instrument=RB,
            lots=1,
            price=Decimal(3690),
            fee=Decimal(3),
            exchange_at=0,
            is_last=False,
        ),
        f.OrderCancelled(account=ONE, order=order, unfilled=2, why="用户撤单"),
        f.OrderExpired(account=ONE, order=order, unfilled=2),
        f.OrderUnknown(account=ONE, order=order, why="3 秒内没有回报"),
        f.OrderVoided(account=ONE, order=order, why="两次查询都没有"),
        f.OrderRefused(terms=ordered, cause=cause, findings=(WARNING,)),
        f.CancelWanted(account=ONE, order=order, person=TRADER, device=device(TRADER), reason="人工撤单"),
        f.CancelRecorded(account=ONE, order=order, person=TRADER, device=device(TRADER), reason="人工撤单"),
        f.CancelRefused(account=ONE, order=order, code="26", text="已成交"),
        f.ExternalOrderSeen(
            account=ONE, exchange=exchange, sys_id=sys_id, wire_key=WireKey("x"), terms=ordered, filled=1
        ),
        f.ConfirmationRequested(confirmation=parked, findings=()),
        f.ConfirmationDecided(
            account=ONE,
            confirmation=parked.confirmation,
            decision=ConfirmationEvent.REJECT,
            person=CHECKER,
            device=device(CHECKER),
            reason="价格不好",
        ),
        f.StrategyStarted(account=ONE, strategy=GRID, settings=grid_settings(), version=1, person=TRADER),
        f.StrategyPaused(account=ONE, strategy=GRID, reason="人工暂停"),
        f.StrategyResumed(account=ONE, strategy=GRID),
        f.StrategyStopped(account=ONE, strategy=GRID, reason="人工停止"),
        f.StrategyWinding(account=ONE, strategy=GRID, then=Rest.STOPPED, reason="人工停止"),
        f.StrategyMarked(account=ONE, strategy=GRID, at=0, mark=m.RangeEntered(price=Decimal(800))),
        f.StrategyChanged(account=ONE, strategy=GRID, settings=grid_settings(), version=2, person=TRADER),
        requested(),
        f.ExerciseWithdrawalSent(account=ONE, request=ASKED, person=TRADER),
        f.ExerciseMoved(account=ONE, request=ASKED, state=ExerciseState.DONE, lots=2),
        f.ExerciseExpected(account=ONE, options=(InstrumentId("DCE.i2101-C-820"),)),
        f.ConditionalPlaced(
            account=ONE,
            conditional=WAITS,
            wanted=wanted(reaches(3705), send()),
            due=(0,),
            ends_at=None,
            person=TRADER,
            device=device(TRADER),
        ),
        f.ConditionalChanged(
            account=ONE,
            conditional=WAITS,
            version=2,
            wanted=wanted(reaches(3705), close()),
            due=(0,),
            ends_at=None,
            person=TRADER,
            device=device(TRADER),
        ),
        f.ConditionalMoved(
            account=ONE, conditional=WAITS, event=ConditionalEvent.FAIL, person=None, reason="rb2101 可平 0 手"
        ),
        f.ConditionalMissed(account=ONE, conditional=WAITS, parts=(0,)),
        f.ConditionalWatched(account=ONE, conditional=WAITS, parts=(0,)),
        f.ConditionalShrunk(account=ONE, conditional=WAITS, version=2, lots=1, reason="持仓减到 1 手"),
        f.ConditionalTriggered(account=ONE, conditional=WAITS, seen="rb2101 买价 3705", clearing=(order,)),
        f.ConditionalReleased(account=ONE, conditional=WAITS, orders=(order,)),
        f.ReversalBegan(
            account=ONE,
            reversal=REVERSAL,
            wanted=Reversal(terms=to_reverse()),
            closes=(order,),
            person=TRADER,
            device=device(TRADER),
        ),
        f.ReversalOpened(account=ONE, reversal=REVERSAL, opens=(order,)),
        f.ReversalResumed(
            account=ONE, reversal=REVERSAL, price=Decimal(3699), closes=(), person=TRADER, device=device(TRADER)
        ),
        f.ReversalMoved(account=ONE, reversal=REVERSAL, event=ReversalEvent.STOP, person=None, reason="没有开仓"),
        f.OtcBooked(account=ONE, terms=FORWARD, person=TRADER, confirmation=ConfirmationId("c")),
        f.OtcMarked(account=ONE, number="YQ-1", mark=FormulaMark(), person=TRADER),
        f.OtcEnded(account=ONE, ending=ENDING, person=TRADER, confirmation=ConfirmationId("c")),
        f.AccountTaken(account=ONE, person=TRADER, device=device(TRADER)),
        f.AlertAcknowledged(account=ONE, alert=3, person=TRADER),
        f.LevelAcknowledged(account=ONE, scope=scope, signal="position_use", level=Level.ORANGE, person=RISK),
        f.LevelChanged(
            account=ONE,
            scope=scope,
            signal="position_use",
            value="96.00",
            threshold="≥ 95 %",
            before=Level.YELLOW,
            after=Level.ORANGE,
            at=0,
        ),
        f.LevelReleased(account=ONE, scope=scope, first=RISK, second=SECOND_RISK, reason="已减仓"),
        f.KillSwitched(account=ONE, scope=Scope(), person=RISK, device=device(RISK), reason="异常"),
        f.KillReleased(account=ONE, scope=Scope(), first=RISK, second=SECOND_RISK, reason="已查明"),
        f.ReleaseAsked(account=ONE, scope=Scope(strategy=GRID), person=RISK, reason="已查明"),
        f.AlertRaised(account=ONE, level=Level.ORANGE, code="LEG_BROKEN", instrument=RB, sentence="缺 2 手"),
        f.StatementReconciled(account=ONE, result=DIFFERING, person=RISK, device=device(RISK)),
        f.StatementRefused(account=ONE, refusal=REFUSAL, person=RISK, device=device(RISK)),
        f.SandboxRecorded(account=ONE, result=sandbox_result(), person=RISK, device=device(RISK)),
        f.LinkLost(account=ONE, why="前置断开"),
        f.BarrierBegan(account=ONE, session="s", at=0),
        f.Reconciled(account=ONE, query=1, at=0, differences=("多 1 手",)),
        f.BarrierPassed(account=ONE, session="s"),
        f.CommandDone(account=ONE, command=CommandId("c"), ok=False, code="NO_ROLE", sentence="没有下单权限。"),
        f.DocumentSaved(person=TRADER, name="draft", version=1, body="{}"),
        f.GroupSaved(person=TRADER, name="子公司", version=1, members=()),
        f.BatchOrdered(person=TRADER, batch=BATCH, at=1, group="子公司", order=ORDER, parts=PARTS),
        taken(),
        f.BatchMoved(account=ONE, batch=BATCH, state=PartState.DROPPED, code="LINK_LOST", sentence="连接断开。"),
    ]
