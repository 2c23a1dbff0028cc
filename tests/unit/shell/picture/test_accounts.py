from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, show
from terminal.domain.fact.facts import AlertRaised, KillSwitched, LevelChanged
from terminal.domain.ids import InstrumentId, PersonId
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Level, Scope
from terminal.engine.fold import apply
from terminal.engine.records.journal import Actor
from terminal.engine.screen import AlertLine, ReleaseAsk
from terminal.engine.standing import AlertRow, KillRow, LevelRow
from terminal.engine.turn import RUNNER
from terminal.engine.wishes.releases import HOLDS_NS
from terminal.engine.wording import short
from tests.engine_world import (
    CHECKER,
    LIMITS,
    ONE,
    OTHER,
    RB,
    RISK,
    SECOND_RISK,
    TRADER,
    VIEWER,
    I,
    World,
    device,
)
from tests.picture_desk import Desk


def redrawn(desk: Desk) -> None:
    desk.begin(past=desk.past)
    desk.show()


def test_an_account_that_is_reconciled_and_limited_may_open() -> None:
    desk = Desk(World())
    line = desk.accounts[ONE]
    assert (line.opening_allowed, line.why_closed, line.linked, line.level) == (True, "", True, Level.NORMAL)
    assert (line.killed, line.reds, line.release_asks, line.holder, line.name) == ((), (), (), None, ONE)


def test_without_limits_an_account_is_closed_with_a_reason() -> None:
    line = Desk(World(limits=None)).accounts[ONE]
    assert not line.opening_allowed
    assert line.why_closed == "账户没有设置限额，不能开仓；请风控人员先设置。"


def test_a_lost_link_closes_the_account_until_it_is_reconciled() -> None:
    world = World()
    desk = Desk(world)
    world.wire.cut()
    world.steps(1)
    desk.look()
    line = desk.accounts[ONE]
    assert not line.opening_allowed
    assert "不能开仓" in line.why_closed
    assert [alert.key for alert in desk.alerts if alert.account == ONE] in ([f"link:{ONE}"], [f"barrier:{ONE}"])
    world.drain()
    desk.look()
    assert desk.accounts[ONE].opening_allowed
    assert desk.alerts == ()


def test_a_kill_switch_closes_the_account_and_says_who_asks_to_release_it() -> None:
    world = World()
    desk = Desk(world)
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="价格异常"))
    desk.look()
    line = desk.accounts[ONE]
    assert line.why_closed == "账户已一键停止，只可平仓；须两人解除后再开仓。"
    assert (line.killed, line.release_asks) == ((Scope(),), ())
    (alert,) = desk.alerts
    assert (alert.key, alert.level, alert.since) == (f"kill:{ONE}:account", Level.RED, world.at)
    assert alert.sentence == f"已一键停止整个账户：禁止开仓（{TRADER} {show(world.at)[11:19]}：价格异常）"
    world.do(RISK, c.Release(account=ONE, scope=Scope(), reason="已查明"))
    desk.look()
    assert desk.accounts[ONE].release_asks == (ReleaseAsk(scope=Scope(), person=RISK, name=RISK),)
    assert desk.alerts[0].advice == f"{RISK} 已申请解除（已查明），需另一人确认"
    world.do(SECOND_RISK, c.Release(account=ONE, scope=Scope(), reason="已查明"))
    desk.look()
    assert desk.accounts[ONE].opening_allowed
    assert desk.accounts[ONE].level is Level.ORANGE


def test_a_released_kill_switch_is_said_with_who_and_when_until_the_rule_has_brought_it_down() -> None:
    world = World()
    desk = Desk(world)
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="价格异常"))
    world.do(RISK, c.Release(account=ONE, scope=Scope(), reason="先查"))
    world.do(SECOND_RISK, c.Release(account=ONE, scope=Scope(), reason="已查明"))
    desk.look()
    said = (
        f"整个账户一键停止由{RISK}与{SECOND_RISK} {show(world.at)[11:19]} 解除（{RISK}：先查；{SECOND_RISK}：已查明）"
    )
    (alert,) = desk.alerts
    assert (alert.level, alert.since, alert.sentence) == (Level.ORANGE, world.at, f"橙色：{said}")
    assert alert.advice == "开仓须复核，策略逐个恢复；橙色 120 秒后恢复正常"
    assert desk.said()[-2:] == [
        f"整个账户一键停止由{RISK}与{SECOND_RISK}解除：已查明",
        "整个账户一键停止已解除：级别由红色降至橙色",
    ]
    # Pulled again, the switch alone is said: of the release before it nothing is left to read.
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="又异常"))
    desk.look()
    assert [alert.key for alert in desk.alerts] == [f"kill:{ONE}:account"]
    for person in (RISK, SECOND_RISK):
        world.do(person, c.Release(account=ONE, scope=Scope(), reason="又查明"))
    world.wait(122)
    desk.look()
    assert (desk.alerts, desk.accounts[ONE].level) == ((), Level.NORMAL)


def test_a_desk_that_has_not_heard_of_the_release_says_it_in_the_same_words() -> None:
    world = World()
    for person, body in (
        (TRADER, c.Kill(account=ONE, scope=Scope(instrument=RB), reason="价格异常")),
        (RISK, c.Release(account=ONE, scope=Scope(instrument=RB), reason="查")),
        (SECOND_RISK, c.Release(account=ONE, scope=Scope(instrument=RB), reason="查")),
    ):
        assert world.do(person, body).ok
    desk = Desk(world)
    desk.begin()  # as from a runner's snapshot
    desk.show()
    (alert,) = desk.alerts
    both = f"{RISK}与{SECOND_RISK} {show(world.at)[11:19]}"
    assert (alert.sentence, alert.instrument) == (f"橙色：合约 {short(RB)}一键停止由{both} 解除（查）", RB)


def test_a_request_to_release_that_nobody_confirms_is_shown_as_lapsed_when_it_lapses() -> None:
    world = World()
    desk = Desk(world)
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="价格异常"))
    world.do(RISK, c.Release(account=ONE, scope=Scope(), reason="已查明"))
    asked_at, day = world.at, world.engine.look.trading_day
    desk.look()
    desk.picture.quotes({}, asked_at + HOLDS_NS, day)
    assert (desk.show().accounts, desk.accounts[ONE].release_asks[0].lapsed) == ({}, False)
    desk.picture.quotes({}, asked_at + HOLDS_NS + 1, day)
    desk.show()
    assert desk.accounts[ONE].release_asks == (ReleaseAsk(scope=Scope(), person=RISK, name=RISK, lapsed=True),)
    assert desk.alerts[0].advice == f"{RISK} 的解除申请无人确认，已失效；查明原因后两人解除，其中一人须为风控"
    desk.picture.quotes({}, asked_at + HOLDS_NS + 2, day)
    drained = desk.show()
    assert (drained.accounts, drained.alerts) == ({}, None)  # it lapses once


def test_a_request_made_anew_after_it_lapsed_stands_again() -> None:
    world = World()
    desk = Desk(world)
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="价格异常"))
    world.do(RISK, c.Release(account=ONE, scope=Scope(), reason="已查明"))
    desk.look()
    world.wait(HOLDS_NS // SECOND_NS + 1)
    desk.look()
    assert [ask.lapsed for ask in desk.accounts[ONE].release_asks] == [True]
    world.do(SECOND_RISK, c.Release(account=ONE, scope=Scope(), reason="已查明"))
    desk.look()
    assert desk.accounts[ONE].release_asks == (ReleaseAsk(scope=Scope(), person=SECOND_RISK, name=SECOND_RISK),)
    assert desk.accounts[ONE].killed == (Scope(),)


def test_a_kill_of_one_contract_leaves_the_account_open() -> None:
    world = World()
    desk = Desk(world)
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(instrument=RB), reason="价格异常"))
    desk.look()
    assert desk.accounts[ONE].opening_allowed
    (alert,) = desk.alerts
    assert alert.instrument == RB
    assert alert.sentence == f"已一键停止合约 rb2101：禁止开仓（{TRADER} {show(world.at)[11:19]}：价格异常）"


def test_how_much_others_have_waiting_is_counted_for_whoever_may_take_the_account_over() -> None:
    world = World()
    first, second = Desk(world, TRADER), Desk(world, CHECKER)
    for lots in (390, 391):
        world.order(Side.BUY, lots, 3690)
    for desk in (first, second):
        desk.look()
    assert (first.accounts[ONE].parked_by_others, second.accounts[ONE].parked_by_others) == (0, 2)
    world.decide(CHECKER, world.parked)
    second.look()
    assert second.accounts[ONE].parked_by_others == 1


def test_who_holds_the_account_closes_it_for_other_desks_and_not_for_their_own() -> None:
    desk = Desk(World())
    desk.account.holder = (TRADER, device(TRADER))
    redrawn(desk)
    line = desk.accounts[ONE]
    assert line.why_closed == "账户由 zhao@zhao-desk 持有，本终端不能下单，撤单与停止不受限；接管后可下单。"
    assert (line.holder, line.holder_name, line.holder_device) == (TRADER, TRADER, device(TRADER))
    desk.account.holder = (CHECKER, device(CHECKER))
    redrawn(desk)
    assert desk.accounts[ONE].opening_allowed


@pytest.mark.parametrize(("level", "allowed"), [(Level.YELLOW, True), (Level.ORANGE, True), (Level.RED, False)])
def test_a_level_of_the_whole_account_closes_it_at_red_only(level: Level, allowed: bool) -> None:
    desk = Desk(World())
    desk.account.levels["account|risk_degree"] = LevelRow(scope=Scope(), signal="risk_degree", level=level, since=5)
    redrawn(desk)
    line = desk.accounts[ONE]
    assert (line.opening_allowed, line.level) == (allowed, level)


def test_a_level_that_rose_says_signal_value_and_line() -> None:
    world = World(limits=replace(LIMITS, position_lots=100, position_confirm_fraction=Decimal(1)))
    desk = Desk(world)
    world.buy(96, 3701)
    world.wait(3)
    desk.look()
    (alert,) = desk.alerts
    assert alert.level is Level.ORANGE
    at = show(alert.since)[11:16]
    assert alert.sentence == f"橙色：合约 rb2101持仓占限额 {at} 达 96.00 %（线 ≥ 95 %）"
    assert alert.advice == "减少该合约持仓，或由风控调整限额"
    assert alert.instrument == RB


def test_a_level_whose_cause_is_gone_says_so_and_asks_for_nothing() -> None:
    # Given a level that a large position raised
    world = World(limits=replace(LIMITS, position_lots=100, position_confirm_fraction=Decimal(1)))
    desk = Desk(world)
    world.buy(96, 3701)
    world.wait(3)
    # When a little is closed, the figure is below the line, yet not far enough
    assert world.close_long(4, 3700).ok
    desk.look()
    (alert,) = desk.alerts
    assert alert.level is Level.ORANGE
    assert alert.sentence.endswith("达 96.00 %（线 ≥ 95 %），现为 92.0 %")
    assert alert.advice == "低于 90 % 满 120 秒才自行降级"
    # When all of it is closed, nobody is told to reduce what is not there
    assert world.close_long(92, 3700).ok
    desk.look()
    (alert,) = desk.alerts
    assert alert.sentence.endswith("达 96.00 %（线 ≥ 95 %），现为 0.0 %")
    assert alert.advice == "不用处理：满 120 秒自行降级"
    # When it has come down a step
    world.wait(122)
    desk.look()
    (alert,) = desk.alerts
    assert alert.level is Level.YELLOW
    at = show(alert.since)[11:16]
    assert alert.sentence == (f"黄色：合约 rb2101持仓占限额 {at} 由更高级别降下，当时 0.00 %（线 ≥ 80 %），现为 0.0 %")
    assert alert.advice == "不用处理：满 60 秒自行降级"
    world.wait(62)
    desk.look()
    assert desk.alerts == ()


def test_a_red_level_whose_cause_is_gone_says_that_it_does_not_come_down_by_itself() -> None:
    world = World(limits=replace(LIMITS, day_loss_yuan=Decimal(10_000)))
    world.buy(10, 3701)
    desk = Desk(world)
    for price in (3590, 3590, 3590, 3700, 3700, 3700):
        world.show({RB: (price, price + 1)})
        world.wait(1)
    desk.look()
    (alert,) = desk.alerts
    assert alert.level is Level.RED
    assert alert.sentence.endswith(f"（线 ≥ 100 %），现为 {alert.sentence.rpartition(' ')[0].rpartition(' ')[2]} %")
    assert alert.advice == "原因已消，但红色不自行解除：须两人解除，其中一人须为风控"


def number_of(line: AlertLine) -> int | None:
    return line.acknowledge.alert if isinstance(line.acknowledge, c.AcknowledgeAlert) else None


def alert_row(number: int, level: Level, at: int, instrument: InstrumentId | None = RB) -> AlertRow:
    return AlertRow(
        number=number, level=level, code="LEG_BROKEN", instrument=instrument, sentence=f"第{number}件", at=at
    )


def test_alerts_stand_worst_first_and_then_oldest_first() -> None:
    desk = Desk(World())
    for number, level, at in ((1, Level.YELLOW, 1), (2, Level.ORANGE, 9), (3, Level.ORANGE, 4), (4, Level.YELLOW, 0)):
        desk.account.open_alerts[number] = alert_row(number, level, at)
    desk.state.accounts[OTHER].kills["account"] = KillRow(scope=Scope(), person=RISK, reason="停", at=1)
    redrawn(desk)
    assert [(alert.level, number_of(alert)) for alert in desk.alerts] == [
        (Level.RED, None),
        (Level.ORANGE, 3),
        (Level.ORANGE, 2),
        (Level.YELLOW, 4),
        (Level.YELLOW, 1),
    ]
    assert len({alert.key for alert in desk.alerts}) == len(desk.alerts)


def test_a_raised_alert_can_be_acknowledged_by_its_number_and_says_what_to_do() -> None:
    desk = Desk(World())
    desk.account.open_alerts[7] = alert_row(7, Level.ORANGE, 3, I)
    redrawn(desk)
    (alert,) = desk.alerts
    assert (number_of(alert), alert.sentence, alert.instrument, alert.since) == (7, "第7件", I, 3)
    assert alert.advice == "看策略能否自行补齐；久不补齐时人工平掉多出的腿"


def test_a_doubtful_order_stands_as_an_alert_until_the_exchange_has_spoken() -> None:
    world = World()
    desk = Desk(world)
    world.wire.hold_orders = True
    row = world.buy(1, 3690)
    world.wait(4)
    desk.look()
    mine = [alert for alert in desk.alerts if alert.key == f"unknown:{row.order}"]
    assert [alert.sentence for alert in mine] == ["买开 rb2101 1 手 @3690 状态未知"]
    world.wire.hold_orders = False
    world.arrive()
    world.wait(10)
    desk.look()
    assert f"unknown:{row.order}" not in {alert.key for alert in desk.alerts}


def test_a_second_pull_of_the_switch_does_not_make_the_alert_younger() -> None:
    world = World()
    desk = Desk(world)
    for at in (100, 200):
        fact = KillSwitched(account=ONE, scope=Scope(), person=RISK, device=device(RISK), reason="异常")
        apply(desk.state, fact, at)
        desk.saw(fact, at, Actor(RISK, device(RISK)))
    desk.show()
    assert [alert.since for alert in desk.alerts] == [100]


@pytest.mark.parametrize(("person", "number"), [(TRADER, 1), (CHECKER, 1), (VIEWER, None)])
def test_an_alert_is_offered_for_acknowledgement_to_who_may(person: PersonId, number: int | None) -> None:
    desk = Desk(World(), person)
    desk.state.accounts[ONE].open_alerts[1] = alert_row(1, Level.ORANGE, 9)
    redrawn(desk)
    assert [(alert.sentence, number_of(alert)) for alert in desk.alerts] == [("第1件", number)]


def test_a_level_is_acknowledged_by_one_person_stands_on_and_says_who_has_seen_it() -> None:
    world = World(limits=replace(LIMITS, position_lots=100, position_confirm_fraction=Decimal(1)))
    desks = {person: Desk(world, person) for person in (TRADER, CHECKER, VIEWER)}
    world.buy(96, 3701)
    world.wait(3)
    wish = c.AcknowledgeLevel(account=ONE, scope=Scope(instrument=RB), signal="position_use", level=Level.ORANGE)
    for person, desk in desks.items():
        desk.look()
        (line,) = desk.alerts
        assert line.acknowledge == (None if person == VIEWER else wish)
        assert (line.seen, line.escalates_at) == ("", line.since + 60 * SECOND_NS)  # on every desk
    assert world.do(CHECKER, wish).ok
    for desk in desks.values():
        desk.account.members[CHECKER].name = "张敏"
        desk.look()
        (line,) = desk.alerts
        assert (line.level, line.acknowledge, line.escalates_at) == (Level.ORANGE, None, None)
        assert line.seen == f"张敏 已看 {show(world.at)[11:16]}"
        assert desk.said()[-1] == "已确认合约 rb2101持仓占限额橙色级别"
    rises = LevelChanged(
        account=ONE, scope=wish.scope, signal=wish.signal, value="101.00", threshold="> 100 %",
        before=Level.ORANGE, after=Level.RED, at=world.at + 1,
    )  # fmt: skip
    apply(desk.state, rises, rises.at)
    desk.saw(rises, rises.at, RUNNER)
    desk.show()
    (line,) = desk.alerts
    assert (line.level, line.seen, line.escalates_at) == (Level.RED, "", rises.at + 60 * SECOND_NS)


def test_a_yellow_level_waits_for_nobody() -> None:
    desk = Desk(World())
    desk.account.levels["account|risk_degree"] = LevelRow(
        scope=Scope(), signal="risk_degree", level=Level.YELLOW, since=5
    )
    redrawn(desk)
    (line,) = desk.alerts
    assert (line.acknowledge, line.escalates_at, line.seen) == (None, None, "")


def test_what_nobody_has_seen_stands_before_what_somebody_has() -> None:
    desk = Desk(World())
    desk.account.open_alerts[1] = alert_row(1, Level.ORANGE, 9)
    desk.account.levels["account|risk_degree"] = LevelRow(
        scope=Scope(), signal="risk_degree", level=Level.ORANGE, since=5, value="85.00", seen_by=RISK, seen_at=7
    )
    redrawn(desk)
    assert [line.seen for line in desk.alerts] == ["", f"{RISK} 已看 {show(7)[11:16]}"]


def test_what_a_person_took_over_or_acknowledged_is_told_and_shown() -> None:
    world = World(limits=replace(LIMITS, position_lots=None))
    desk = Desk(world)
    world.do(TRADER, c.TakeAccount(account=ONE))
    desk.look()
    assert desk.accounts[ONE].holder == TRADER
    assert desk.said()[-1] == "zhao@zhao-desk 接管账户；由其下单、启动与恢复策略，其他终端仍可撤单、停止策略与一键停止"
    fact = AlertRaised(account=ONE, level=Level.ORANGE, code="LEG_NAKED", instrument=RB, sentence="缺 2 手")
    world.account.alerts += 1
    world.account.open_alerts[1] = alert_row(1, Level.ORANGE, world.at)
    apply(desk.state, fact, world.at)
    desk.saw(fact, world.at, RUNNER)
    desk.show()
    assert [number_of(alert) for alert in desk.alerts] == [1]
    assert world.do(TRADER, c.AcknowledgeAlert(account=ONE, alert=1)).ok
    desk.look()
    assert desk.alerts == ()
    assert desk.said()[-1] == "已确认第 1 号提醒"


def test_who_may_take_no_part_in_a_release_is_said_beforehand_by_name() -> None:
    world = World()
    trader, risk = Desk(world, TRADER), Desk(world, RISK)
    world.buy(2, 3690)  # it rests, and the kill switch takes it back
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="价格异常"))
    for desk in (trader, risk):
        desk.account.members[TRADER].name = "赵强"
        desk.look()
    (bar,) = trader.accounts[ONE].release_bars
    assert (bar.scope, bar.names) == (Scope(), ("赵强",))
    assert bar.why_not == "赵强（您）今日在该范围内的开仓与此有关，不能参与解除；须另外两人"
    (bar,) = risk.accounts[ONE].release_bars
    assert (bar.names, bar.why_not) == (("赵强",), "")
    world.account.members[TRADER].name = "赵强"
    refused = world.do(TRADER, c.Release(account=ONE, scope=Scope(), reason="已查明"))
    assert (refused.code, refused.sentence[:2]) == ("CAUSING_TRADER", "赵强")


def test_whoever_could_only_be_refused_as_the_second_of_two_is_told_so() -> None:
    world = World()
    checker, risk = Desk(world, CHECKER), Desk(world, SECOND_RISK)
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="价格异常"))
    world.do(TRADER, c.Release(account=ONE, scope=Scope(), reason="已查明"))
    checker.look()
    risk.look()
    (bar,) = checker.accounts[ONE].release_bars
    assert bar.why_not == f"{TRADER} 已申请，第二人须是风控人员；您没有风控权限，不能确认解除"
    assert risk.accounts[ONE].release_bars == ()


def test_a_release_waits_for_the_reconciliation_and_says_so() -> None:
    world = World()
    desk = Desk(world, RISK)
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="价格异常"))
    desk.look()
    assert desk.accounts[ONE].release_bars == ()
    desk.account.barrier.differences = ("持仓不符",)
    redrawn(desk)
    assert desk.accounts[ONE].release_bars[0].why_not == "尚未与交易所对账一致，不能解除；一致之后再解除"
