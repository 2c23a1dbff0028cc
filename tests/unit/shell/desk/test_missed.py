from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import ConfirmationDecided
from terminal.domain.ids import AccountId, StrategyId
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Level, Scope
from terminal.engine.standing import LevelRow
from terminal.engine.state import AccountState
from terminal.shell.desk.missed import Glance, glance, missed
from tests.engine_world import CHECKER, COLLEAGUE, LIMITS, ONE, RB, RISK, SECOND_RISK, TRADER, World
from tests.scenario.waiting_orders import place, reaches, send, wanted
from tests.trading_days import days, go_on
from tests.two_desks_people import GRID, SETTINGS


def said(before: Glance, world: World, person=TRADER) -> list[str]:
    decided = {fact.confirmation: fact for fact in world.facts(ConfirmationDecided) if fact.person or fact.reason}
    found = missed(before, world.state, person=person, decided=decided)
    return [] if found is None else list(found.sentences)


def test_nothing_happened_is_nothing_said():
    world = World()
    assert missed(glance(world.state), world.state, person=TRADER) is None


def test_what_stops_trading_comes_first_then_what_was_ordered_then_positions_then_strategies():
    world = World()
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=SETTINGS))
    before = glance(world.state)
    world.buy(2, 3701)
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练"))
    lines = said(before, world)
    assert lines[0] == "A1 已被一键停止：整个账户"
    places = [
        next(place for place, line in enumerate(lines) if what in line)
        for what in (
            "买开 rb2101 2 手 @3701 全部成交",
            "笔成交",
            "A1 rb2101 净持仓 无持仓 → 多 2 手",
            "策略 grid 运行 → ",
        )
    ]
    assert places == sorted(places)


def test_an_account_whose_name_says_strategy_and_a_strategy_called_so_double_no_word():
    world = World()
    named = StrategyId("策略甲")
    for name in (GRID, named):
        world.do(TRADER, c.StartStrategy(account=ONE, strategy=name, settings=SETTINGS))
    world.state.accounts[ONE].name = "样例贸易 · 策略"
    other = AccountId("A2")
    world.state.accounts[other] = AccountState(other, "", "inv", Decimal(1), 20200821)
    before = glance(world.state)
    for name in (GRID, named):
        world.do(TRADER, c.PauseStrategy(account=ONE, strategy=name))
    assert [line for line in said(before, world) if "策略" in line and "→" in line] == [
        "A1 策略 grid 运行 → 暂停",
        "A1 策略甲 运行 → 暂停",
    ]


def test_a_kill_that_stood_before_is_no_news_and_its_release_is():
    world = World()
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练"))
    before = glance(world.state)
    assert said(before, world) == []
    for person in (RISK, SECOND_RISK):
        world.do(person, c.Release(account=ONE, scope=Scope(), reason="已查明"))
    assert said(before, world) == ["A1 已解除一键停止：整个账户，仍为橙色，开仓须复核"]
    released = glance(world.state)
    world.wait(122)
    assert said(before, world) == ["A1 已解除一键停止：整个账户"]
    assert said(released, world) == ["A1 风险级别 橙色 → 正常：整个账户"]


def test_each_own_confirmation_is_named_with_its_outcome_and_only_what_lapsed_is_to_be_asked_for_again():
    world = World()
    names = []
    for lots in (301, 302, 303, 304):
        world.order(Side.BUY, lots, 3690)
        names.append(world.parked)
    before = glance(world.state)
    world.decide(CHECKER, names[0])
    world.decide(RISK, names[1], decision=ConfirmationEvent.REJECT)
    world.do(TRADER, c.WithdrawOrder(account=ONE, confirmation=names[2].confirmation.confirmation))
    world.wait(15 * 60 + 1)
    lines = [line for line in said(before, world) if line.startswith("A1 C0")]
    assert lines == [
        "A1 C000001 sun批准 买开 rb2101 301 手 @3690，已报出，现未成交",
        "A1 C000002 li驳回 买开 rb2101 302 手 @3690：不同意",
        "A1 C000003 买开 rb2101 303 手 @3690 已撤回",
        "A1 C000004 买开 rb2101 304 手 @3690 超过复核时限，没有执行；仍需要时请重新提交",
    ]
    assert [line for line in said(before, world) if "重新提交" in line] == lines[3:]
    found = missed(before, world.state, person=TRADER)
    assert found is not None
    assert found.confirmations == {row.confirmation.confirmation for row in names}


def test_what_a_kill_revoked_or_a_moved_price_made_stale_is_said_as_such():
    world = World()
    world.order(Side.BUY, 301, 3690)
    stale = world.parked
    world.order(Side.BUY, 302, 3690)
    before = glance(world.state)
    world.show({RB: (3790, 3791)})
    world.decide(CHECKER, stale)
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练"))
    first, second = (line for line in said(before, world) if line.startswith("A1 C0"))
    assert first.startswith("A1 C000001 sun批准 买开 rb2101 301 手 @3690，但情况已变化，没有执行：")
    assert first.endswith("，请重新提交")
    assert second == "A1 C000002 买开 rb2101 302 手 @3690 已作废，没有执行：一键停止：演练"


def test_a_checker_is_told_how_many_of_others_came_and_how_many_have_an_outcome():
    world = World()
    world.order(Side.BUY, 301, 3690)
    before = glance(world.state)
    world.decide(CHECKER, world.parked)
    world.order(Side.BUY, 302, 3690)
    lines = said(before, world, RISK)
    assert lines[-2:] == ["A1 他人新提交 1 项待复核", "A1 他人提交的 1 项待复核已有结果"]
    assert "A1 策略和他人的委托：新 1 笔" in lines


def test_own_orders_are_named_and_those_of_others_counted_by_how_they_ended():
    world = World()
    world.buy(1, 3690)
    world.buy(3, 3691, by=COLLEAGUE)
    before = glance(world.state)
    world.do(RISK, c.CancelAll(account=ONE))
    lines = said(before, world)
    (own,) = (line for line in lines if "买开" in line)
    assert own.startswith("A1 买开 rb2101 1 手 @3690 已撤")
    assert "A1 策略和他人的委托：已撤 1 笔" in lines


def test_who_took_the_account_over_is_said_by_name_and_from_whom():
    world = World()
    world.do(TRADER, c.TakeAccount(account=ONE))
    before = glance(world.state)
    world.do(COLLEAGUE, c.TakeAccount(account=ONE))
    assert said(before, world) == ["A1 已由 qian@qian-desk 接管（原为 zhao@zhao-desk）"]


def test_limits_and_levels_are_said_with_what_they_were():
    world = World()
    before = glance(world.state)
    world.account.limits = replace(LIMITS, version=2, position_lots=900)
    world.account.levels["x"] = LevelRow(scope=Scope(), signal="day_loss", level=Level.ORANGE)
    lines = said(before, world)
    assert lines[0] == "A1 风险级别 正常 → 橙色：整个账户"
    assert lines[1:] == ["A1 限额已改：持仓限额 1000 → 900"]


def test_an_order_nobody_knows_the_fate_of_is_told_after_the_absence_it_became_so_in_and_after_no_other():
    world = World()
    world.wire.lose_orders = True
    before = glance(world.state)
    world.buy(1, 3690)
    world.wait(5)
    assert said(before, world) == ["A1 1 笔委托状态不明，请核对"]
    away_again = glance(world.state)
    assert said(away_again, world) == []
    world.buy(1, 3691)
    world.wait(5)
    assert "A1 1 笔委托状态不明，请核对" in said(away_again, world)


def test_of_orders_forgotten_with_their_day_the_number_is_said_and_of_strategies_that_they_are_over():
    world = World()
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=StrategyId("g"), settings=SETTINGS)).ok
    world.wait(2)
    before = glance(world.state)
    world.buy(1, 3701)
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=StrategyId("g"))).ok
    for day in days(4)[1:]:
        go_on(world, day)
    assert not world.account.strategies
    told = said(before, world)
    assert "1 笔更早交易日的新委托，已经结束" in " ".join(told)
    assert any("策略 g 运行 → 已结束" in one for one in told)
    assert any("1 笔成交" in one for one in told)


def test_a_look_stays_as_it_was_while_the_state_goes_on():
    world = World()
    before = glance(world.state)
    world.buy(1, 3701)
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练"))
    assert before != glance(world.state)
    assert before[ONE].kills == {}
    assert before[ONE].orders == {}


def test_what_waited_and_went_out_or_could_not_is_said_to_whose_it_was():
    world = World()
    for price in (3690, 3700):
        place(world, wanted(reaches(3705), send(Side.BUY if price == 3690 else Side.SELL, 2, price)))
    waits = place(world, wanted(reaches(3800), send()))
    before = glance(world.state)
    world.show({RB: (3705, 3706)})
    lines = [line for line in said(before, world) if "条件单" in line]
    assert lines == [
        "A1 条件单 A1-T000001（买开 rb2101 2 手 @3690）已触发：rb2101 买价 3705；已报单 A1-00000001",
        "A1 条件单 A1-T000002（卖开 rb2101 2 手 @3700）已触发：rb2101 买价 3705；委托 A1-00000002 已报出，全部成交",
    ]
    assert waits.stands
    assert not [line for line in said(before, world, person=COLLEAGUE) if "条件单" in line]
