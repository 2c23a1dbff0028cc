"""Spot against a future, as a trader of ore uses it: the future is traded here, the spot by a person who says so."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.spot_marks import SpotConfirmed, SpotDue
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.parameters.spot_side import SpotSide, SpotTax
from terminal.domain.parameters.strategy import DaysToExpiry, RollSettings, SpreadLeg, SpreadSettings
from terminal.domain.spot_commands import ConfirmSpot
from terminal.domain.words.risk import Verdict
from tests.engine_market import AU, WITH_GOLD
from tests.engine_world import FAR, NEXT_DAY, ONE, RB, SPOT, TRADER, VIEWER, I, World
from tests.scenario.carrying import begin as start_it
from tests.scenario.carrying import card, carry, confirm, memory, ore, quote, stated
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL, SPREAD, alerts, stop
from tests.scenario.targets import ore_limits
from tests.unit.engine.foreseen import ask, start


def test_the_future_is_sold_where_the_basis_is_cheap_and_the_spot_is_put_before_me_to_buy(world: World) -> None:
    quote(world, 880)
    start_it(world, carry())
    assert ore(world, 834) == 0  # 880 - 834 = 46
    assert ore(world, 835) == -5  # 45
    (due,) = stated(world)
    assert due == SpotDue(spot=SPOT, tonnes=Decimal(500), undone=Decimal(500), price=Decimal(880))
    said = card(world)
    assert "现货未落实 5 手 · 买入现货 i.日照港 500 吨 · 约 ¥440,000 · 自 08-21 " in said
    assert "裸腿" not in said
    assert "已满 5 套，只等 ≥ 70 卖回" in said


def test_i_say_by_which_contract_it_was_bought_and_only_the_rest_stays_open(world: World) -> None:
    quote(world, 880)
    start_it(world, carry())
    ore(world, 835)
    done = confirm(world, 300, 878)
    assert (done.code, done.sentence) == (
        "OK",
        "买入现货 i.日照港 300 吨 @878 已落实，还有买入现货 i.日照港 200 吨未落实",
    )
    assert "现货 i.日照港 已落实净买入 300 吨（均价 878）" in card(world)
    assert "现货未落实 2 手 · 买入现货 i.日照港 200 吨 · 约 ¥176,000" in card(world)
    assert confirm(world, 200, 883).sentence.endswith("现货一侧已全部落实")
    assert "未落实" not in card(world)
    assert "已落实净买入 500 吨（均价 880）" in card(world)
    assert memory(world).spot.since is None
    said = [one for one in stated(world) if isinstance(one, SpotConfirmed)]
    assert [(one.tonnes, one.contract, one.person) for one in said] == [
        (Decimal(300), "HT-1", TRADER),
        (Decimal(200), "HT-1", TRADER),
    ]


def test_on_the_way_back_the_spot_is_to_be_sold(world: World) -> None:
    quote(world, 880)
    start_it(world, carry())
    ore(world, 835)
    confirm(world, 500)
    assert ore(world, 809) == 0  # 880 - 810 = 70
    assert "卖出现货 i.日照港 500 吨" in card(world)
    assert confirm(world, 500, 890, side=Side.SELL).ok
    assert "落实" not in card(world)


def test_what_was_not_bought_yet_need_not_be_sold_when_the_future_is_closed(world: World) -> None:
    quote(world, 880)
    start_it(world, carry())
    ore(world, 835)
    confirm(world, 100)
    assert ore(world, 809) == 0
    assert "卖出现货 i.日照港 100 吨" in card(world)
    last = stated(world)[-1]
    assert isinstance(last, SpotDue)
    assert (last.tonnes, last.undone) == (Decimal(-500), Decimal(-100))


@pytest.mark.parametrize(
    ("tonnes", "side", "price", "code", "why"),
    [
        ("501", Side.BUY, 880, "TOO_MUCH", "现在最多还能落实买入 500 吨"),
        ("1", Side.SELL, 880, "TOO_MUCH", "现在没有要卖出的现货"),
        ("0", Side.BUY, 880, "BAD_WEIGHT", "吨数应为正数"),
        ("0.0005", Side.BUY, 880, "BAD_WEIGHT", "最多三位小数"),
        ("100", Side.BUY, 0, "BAD_PRICE", "成交价应为正数"),
    ],
)
def test_what_cannot_have_been_bought_is_not_noted(
    world: World, tonnes: str, side: Side, price: int, code: str, why: str
) -> None:
    quote(world, 880)
    start_it(world, carry())
    ore(world, 835)
    done = confirm(world, tonnes, price, side=side)
    assert (done.ok, done.code) == (False, code)
    assert why in done.sentence
    assert memory(world).spot.done == 0


def test_two_of_us_do_not_say_the_same_purchase_twice_and_a_wrong_word_is_taken_back(world: World) -> None:
    quote(world, 880)
    start_it(world, carry())
    ore(world, 835)
    assert confirm(world, 200, done=Decimal(0)).ok
    second = confirm(world, 200, done=Decimal(0))
    assert second.code == "CONFLICT"
    assert "已有别人落实过（现为净 200 吨）" in second.sentence
    assert confirm(world, 200, side=Side.SELL).ok  # it was not ours
    assert (memory(world).spot.done, memory(world).spot.paid) == (0, 0)
    assert "买入现货 i.日照港 500 吨" in card(world)


def test_only_who_trades_may_say_it_and_only_of_a_strategy_that_has_spot(world: World) -> None:
    assert confirm(world, 1).code == "NO_STRATEGY"
    quote(world, 880)
    start_it(world, carry())
    ore(world, 835)
    body = ConfirmSpot(
        account=ONE, strategy=SPREAD, side=Side.BUY, tonnes=Decimal(1), price=Decimal(880), contract="HT-1"
    )
    assert world.do(VIEWER, body).code == "NO_ROLE"
    assert ask(world, body, by=VIEWER).verdict is Verdict.DENY
    seen = ask(world, body)
    assert (seen.verdict, seen.sentence) == (
        Verdict.ALLOW,
        "买入现货 i.日照港 1 吨 @880 已落实，还有买入现货 i.日照港 499 吨未落实",
    )
    assert ask(world, replace(body, contract=" ")).sentence.startswith("请写合同号")


def test_without_a_spot_price_that_holds_it_waits_and_says_so(world: World) -> None:
    waits = ask(world, start(carry()))
    assert any("i.日照港 没有有效的现货价" in one for one in waits.details)
    start_it(world, carry(max_sets=10, pause_seconds=60))
    assert ore(world, 835) == 0
    assert "i.日照港 没有有效的现货价，等待报价" in card(world)
    quote(world, 880)
    assert ore(world, 835) == -5
    world.show_at(instant(NEXT_DAY, 10))  # Friday's price is good on Monday
    assert ore(world, 836) == -10
    world.show_at(instant(20200825, 10))
    assert ore(world, 700) == -10  # and on Tuesday no more: a basis of 180 is not believed
    assert "i.日照港 没有有效的现货价，等待报价" in card(world)
    assert "现货未落实 10 手 · 买入现货 i.日照港 1000 吨 · 价值未知" in card(world)
    assert world.account.strategies[SPREAD].status is StrategyStatus.RUNNING


def test_spot_that_nobody_bought_is_told_after_the_set_time_and_once_a_day(world: World) -> None:
    quote(world, 880)
    start_it(world, carry())
    ore(world, 835)
    since = memory(world).spot.since
    assert since is not None
    world.show_at(since + 29 * 60 * 1_000_000_000)
    world.wait(2)
    assert alerts(world, "SPOT_OVERDUE") == []
    world.show_at(since + 30 * 60 * 1_000_000_000)
    world.wait(3)
    (alert,) = alerts(world, "SPOT_OVERDUE")
    assert "现货未落实 5 手 · 买入现货 i.日照港 500 吨 · 约 ¥440,000，自 08-21 " in alert.sentence
    assert alerts(world, "LEG_NAKED") == alerts(world, "LEG_BROKEN") == []
    world.restart()
    world.wait(3)
    assert len(alerts(world, "SPOT_OVERDUE")) == 1
    world.show_at(instant(NEXT_DAY, 10))
    world.wait(3)
    assert len(alerts(world, "SPOT_OVERDUE")) == 2
    confirm(world, 500)
    world.show_at(instant(20200825, 10))
    world.wait(3)
    assert len(alerts(world, "SPOT_OVERDUE")) == 2


def test_a_stopped_spread_still_tells_what_its_spot_side_lacks_and_takes_my_word(world: World) -> None:
    quote(world, 880)
    start_it(world, carry())
    ore(world, 835)
    stop(world)
    world.wait(2)
    assert world.account.strategies[SPREAD].status is StrategyStatus.STOPPED
    assert "现货未落实 5 手" in card(world)
    world.show_at(world.at + 31 * 60 * 1_000_000_000)
    world.wait(3)
    assert len(alerts(world, "SPOT_OVERDUE")) == 1
    assert confirm(world, 500).ok
    assert "现货未落实" not in card(world)


def test_after_a_crash_it_goes_on_from_what_was_said_and_asks_for_nothing_twice(world: World) -> None:
    quote(world, 880)
    start_it(world, carry(max_sets=10, pause_seconds=60))
    ore(world, 835)
    confirm(world, 300)
    before = card(world)
    world.restart()
    world.show({I: (835, 836)})
    world.wait(3)
    assert [one for one in card(world).split("，") if "未落实" in one] == [
        one for one in before.split("，") if "未落实" in one
    ]
    assert [type(one) for one in stated(world)] == [SpotDue, SpotConfirmed]
    assert world.refolded().state_hash() == world.state.state_hash()
    world.wait(60)
    assert ore(world, 836) == -10
    assert memory(world).spot.asked == Decimal(1000)


def test_the_preview_says_price_basis_tax_and_what_people_do(world: World) -> None:
    quote(world, 880)
    world.show({I: (835, 836)}, last={I: 835})
    found = ask(world, start(carry(max_sets=10)))
    said = "\n".join(found.details)
    assert found.sentence.startswith("启动策略")
    assert "期现价差 卖 i2101、人工买现货 i.日照港 每套 100 吨 最多 10 套" in found.sentence
    assert "买一套：买现货 i.日照港 100 吨（由人成交），卖 i2101 1 手（主动腿）" in said
    assert "每买一套买入 100 吨，每卖回一套卖出 100 吨，最多 1000 吨" in said
    assert "现货价 880 元/吨，08-21 " in said
    assert "来源：港口报价" in said
    assert "基差（现货 − i2101 最新价）45 元/吨" in said
    assert "口径：现货价与期货报价都是含税" in said
    assert "只做多，每套现货 100 吨，现货价含税，30 分钟未落实提醒" in said
    assert "手续费 6.00 元" in said
    assert "现货的运费与税不计" in said
    untaxed = carry(spot_side=SpotSide(tonnes=Decimal(50), tax=SpotTax.UNTAXED))
    said = "\n".join(ask(world, start(untaxed)).details)
    assert "口径不同：现货价不含税，i2101 报价含税" in said
    assert "合适的每套现货 100 吨" in said


def test_the_exposure_stays_what_the_limits_say_and_the_answer_tells_so(begin: Begin) -> None:
    world = begin(limits=ore_limits())
    quote(world, 880)
    start_it(world, carry())
    ore(world, 835)
    before = world.account.limits
    said = "套保组 铁矿石 的敞口按限额仍是 10000 吨，落实不改变它，合同要登记进限额"
    assert said in ask(world, start(carry(), ROLL)).details
    assert confirm(world, 500).sentence.endswith(f"现货一侧已全部落实；{said}")
    assert world.account.limits == before


def test_a_state_that_the_exposure_does_not_allow_is_refused_before_the_start(begin: Begin) -> None:
    world = begin(limits=ore_limits(Decimal(400)))
    quote(world, 880)
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=SPREAD, settings=carry()))
    assert done.code == "LEGGED_STATE"
    assert "400 吨" in done.sentence


def test_a_roll_takes_the_future_along_and_the_spot_side_stays_as_it_is(world: World) -> None:
    # Given a spread of spot against rebar that has sold two lots, and twenty tonnes that nobody has bought yet
    legs = (SPOT_LEG, replace(FUTURE, instrument=RB))
    settings = carry(legs=legs, buy_at=Decimal(10), sell_at=Decimal(500), sets=2, max_sets=2)
    settings = replace(settings, spot_side=SpotSide(tonnes=Decimal(10), alert_minutes=30))
    quote(world, 3700)
    start_it(world, settings)
    world.show({RB: (3700, 3701)})
    world.wait(4)
    assert world.net(RB) == -2
    since = memory(world).spot.since
    # When a roll takes it along
    rolled = RollSettings(
        account=ONE,
        near=RB,
        far=FAR,
        side=Side.SELL,
        lots=2,
        batch_lots=2,
        timings=(DaysToExpiry(days=900),),
        batch_pause_seconds=0,
        strategies=(SPREAD,),
    )
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=rolled)).ok
    world.wait(60)
    # Then its future is the far one, its prices have moved with it, and the same tonnes wait, since the same time.
    row = world.account.strategies[SPREAD]
    assert isinstance(row.settings, SpreadSettings)
    assert [leg.instrument for leg in row.settings.legs] == [SPOT, FAR]
    assert row.settings.buy_at > 100
    assert (world.net(RB), world.net(FAR)) == (0, -2)
    assert row.status is StrategyStatus.RUNNING
    assert memory(world).spot.since == since
    assert [type(one) for one in stated(world)] == [SpotDue]
    assert confirm(world, 20, 3690).ok


LEGS = carry().legs
SPOT_LEG, FUTURE = LEGS


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (carry(legs=(SPOT_LEG, replace(FUTURE, lots=0))), "至少要有一条期货腿"),
        (carry(legs=(replace(SPOT_LEG, active=True), replace(FUTURE, active=False))), "不能作主动腿"),
        (carry(legs=(replace(SPOT_LEG, coefficient=Decimal(0)), FUTURE)), "价格系数不能为零"),
        (carry(legs=(SPOT_LEG, FUTURE, SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=0))), "现有 2 条"),
        (carry(legs=(replace(SPOT_LEG, lots=1), FUTURE)), "要有一条现货腿（手数写 0），现有 0 条"),
        (carry(legs=(replace(SPOT_LEG, instrument=RB), FUTURE)), "只有期现价差的现货可以只看价"),
        (carry(legs=(replace(SPOT_LEG, instrument=InstrumentId("SPOT.i.天津港")), FUTURE)), "不在行情中"),
        (carry(legs=(SPOT_LEG, replace(FUTURE, instrument=AU))), "单位不同不能相减"),
        (carry(spot_side=SpotSide(tonnes=Decimal(0))), "每套现货应为正数"),
        (carry(spot_side=SpotSide(tonnes=Decimal("0.0001"))), "最多三位小数"),
        (carry(spot_side=SpotSide(tonnes=Decimal(1), alert_minutes=0)), "未落实提醒应在 1 至"),
        (carry(quoting=SpreadQuoting()), "不能挂单"),
        (carry(long_stop=Decimal(1)), "不能用于期现价差"),
        (carry(route=SpreadRoute.COMBINATION), "组合合约"),
        (carry(spot_side=None), "手数与价格系数都不能为零"),
    ],
)
def test_what_is_no_spread_against_spot_is_refused_before_it_starts(
    begin: Begin, settings: SpreadSettings, why: str
) -> None:
    world = begin(universe=WITH_GOLD)
    quote(world, 880)
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=SPREAD, settings=settings))
    assert not done.ok
    assert why in done.sentence
    assert "不能启动" in ask(world, start(settings)).sentence


def test_the_reminder_may_be_changed_while_it_runs_and_the_tonnes_may_not(world: World) -> None:
    quote(world, 880)
    start_it(world, carry())
    ore(world, 835)
    body = c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=carry())
    later = replace(body, settings=carry(spot_side=SpotSide(tonnes=Decimal(100), alert_minutes=240)))
    assert world.do(TRADER, later).ok
    more = replace(body, base_version=2, settings=carry(spot_side=SpotSide(tonnes=Decimal(90), alert_minutes=240)))
    done = world.do(TRADER, more)
    assert not done.ok
    assert "现货一侧不能在运行中修改" in done.sentence


def test_a_settled_night_forgets_a_stopped_spread_only_once_its_spot_is_done(world: World) -> None:
    quote(world, 880)
    start_it(world, carry(spot_side=SpotSide(tonnes=Decimal(100), alert_minutes=10_000)))
    ore(world, 835)
    stop(world)
    world.wait(2)
    for day in (20200825, 20200827):
        world.show_at(instant(day, 10))
        world.wait(3)
    assert SPREAD in world.account.strategies
    assert confirm(world, 500).ok
    for day in (20200831, 20200902):
        world.show_at(instant(day, 10))
        world.wait(3)
    assert SPREAD not in world.account.strategies


@pytest.mark.parametrize(
    ("side", "empty", "full"),
    [
        (Side.BUY, "，只做多，只等 ≤ 45 买入", "，已满 5 套，只等 ≥ 70 卖回"),
        (Side.SELL, "，只做空，只等 ≥ 70 卖出", "，已满 5 套，只等 ≤ 45 买回"),
    ],
)
def test_an_empty_one_that_holds_one_side_alone_names_only_the_price_it_comes_in_at(
    world: World, side: Side, empty: str, full: str
) -> None:
    # Given a spread of one side of the spot, while the price is where only the other side would come in
    quote(world, 880)
    start_it(world, carry(spot_side=SpotSide(tonnes=Decimal(100), alert_minutes=30, side=side)))
    away, there, lots = (800, 835, -5) if side is Side.BUY else (835, 800, 5)
    assert ore(world, away) == 0
    # Then its card names no price at which it does nothing, before and after it holds all it may.
    assert empty in card(world)
    assert " 买，" not in card(world)
    assert ore(world, there) == lots
    assert full in card(world)
