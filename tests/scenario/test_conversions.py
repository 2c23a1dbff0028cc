"""A hedger exchanges options for their future, and back (期权期货互转; FEATURES G1, G3, G4; DOMAIN 4.12)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised, OrderRecorded
from terminal.domain.ids import StrategyId
from terminal.domain.orders.exercise import Choice, ExerciseWish
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.parameters.strategy import GridSettings, Swap
from terminal.domain.products.option import Style
from terminal.domain.words.risk import Scope, Verdict
from terminal.engine.previews.command import preview
from tests.engine_market import CALL_830, PUT_830, instruments
from tests.engine_world import CHECKER, LIMITS, ONE, TRADER, I, World, device
from tests.scenario.conftest import Begin, relist
from tests.scenario.converting import SWAP, foresee, lots, opened, settings, start, started, tick, told

FINISHED = StrategyStatus.FINISHED
TO_THE_LAST_YUAN = replace(LIMITS, margin_confirm=Decimal(1), margin_max=Decimal(1))


def run_out(world: World, seconds: int = 30) -> None:
    """Let it work for a while with the market as it is; the last prices stand at the bids."""
    for _ in range(seconds):
        tick(world)


def with_synthetic(begin: Begin, **options: object) -> World:
    """Return a world that is long four calls and short four puts: a future made of options."""
    world = opened(begin, **options)
    world.buy(4, "40.5", instrument=CALL_830)
    world.sell(4, "39", instrument=PUT_830)
    assert lots(world) == (4, -4, 0)
    return world


def with_future(begin: Begin, side: Side = Side.BUY, **options: object) -> World:
    world = opened(begin, **options)
    (world.buy if side is Side.BUY else world.sell)(4, "830.5" if side is Side.BUY else "830", instrument=I)
    return world


def alerts(world: World, code: str) -> list[str]:
    return [one.sentence for one in world.facts(AlertRaised) if one.code == code]


# --- the verbs, both ways ---------------------------------------------------------------------------------------------


def test_call_less_put_becomes_the_future_and_the_task_ends_by_itself(begin: Begin) -> None:
    world = with_synthetic(begin)
    row = started(world, settings())
    run_out(world)
    assert lots(world) == (0, 0, 4)
    assert row.status is FINISHED
    assert row.reason == "互转完成：卖平 i2101-C-830 4 手、买平 i2101-P-830 4 手、买开 i2101 4 手"
    assert not world.account.live


@pytest.mark.parametrize("side", list(Side))
def test_a_future_of_either_side_becomes_call_and_put(begin: Begin, side: Side) -> None:
    world = with_future(begin, side)
    row = started(world, settings(to_future=False, side=side))
    run_out(world)
    assert lots(world) == (4 * side.sign, -4 * side.sign, 0)
    assert row.status is FINISHED


def test_an_option_is_exchanged_for_as_much_future_as_it_moves_with(begin: Begin) -> None:
    # Given ten calls at the money, whose delta is 0.5229 at the middle of their quotes
    world = opened(begin)
    world.buy(10, "40.5", instrument=CALL_830)
    wrong = foresee(world, settings(Swap.DELTA, lots=10, future_lots=6))
    assert wrong.verdict is Verdict.DENY
    assert "现在的 Delta 是 0.5229，等量是 i2101 5 手，填的是 6 手；请把期货手数改为 5。" in wrong.sentence
    # When the future's lots are round(0.5229 x 10), then the residual is said before, and held afterwards.
    good = settings(Swap.DELTA, lots=10, future_lots=5, naked_lots=10)
    assert "期权 −5.23 手，期货 +5 手，余 −0.23 手" in told(foresee(world, good), "i2101-C-830 隐含波动率 22.40%")[0]
    assert not [
        one for one in foresee(world, good).details if "手数比" in one or "每变 1 元" in one
    ]  # the delta's ratio
    started(world, good)
    run_out(world)
    assert lots(world) == (0, 0, 5)


@pytest.mark.parametrize(("side", "option"), [(Side.BUY, CALL_830), (Side.SELL, PUT_830)])
def test_a_future_is_replaced_by_a_bought_option_and_comes_back(begin: Begin, side: Side, option: str) -> None:
    # Given a future of a side
    world = with_future(begin, side)
    name = CALL_830 if option == CALL_830 else PUT_830
    # When it is replaced, then a bought option stands in its place: bought before the future is given up.
    started(world, settings(Swap.PROTECTIVE, to_future=False, option=name))
    run_out(world)
    assert (world.net(name), world.net(I)) == (4, 0)
    first = next(one.terms for one in world.facts(OrderRecorded) if one.cause.strategy == SWAP)
    assert (first.instrument, first.offset) == (name, Offset.OPEN)
    # And back again, under another name.
    back = settings(Swap.PROTECTIVE, to_future=True, option=name)
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=StrategyId("回来"), settings=back))
    assert done.code == "OK", done.sentence
    run_out(world)
    assert (world.net(name), world.net(I)) == (0, 4 * side.sign)


# --- the preview ------------------------------------------------------------------------------------------------------


def test_the_preview_shows_each_step_and_what_comes_is_what_was_shown(begin: Begin) -> None:
    world = with_synthetic(begin)
    answer = foresee(world, settings())
    assert answer.verdict is Verdict.ALLOW, answer.sentence
    first = "① 卖平 i2101-C-830 4 手 @40，收权利金 ¥16,000，手续费 ¥12.00，保证金 ¥42,160 → ¥42,160，"
    assert told(answer, "①") == [f"{first}可用 ¥19,957,216 → ¥19,973,204"]
    # The short puts bind 4 x (39 x 100 + max(830 x 100 x 8 % - 0, half of it)) = 42 160; the futures 4 x 6 644.
    assert "买平 i2101-P-830 4 手 @39.5，付权利金 ¥15,800" in told(answer, "②")[0]
    assert "保证金 ¥42,160 → ¥0" in told(answer, "②")[0]
    assert "买开 i2101 4 手 @830.5，手续费 ¥12.00，保证金 ¥0 → ¥26,576" in told(answer, "③")[0]
    assert told(answer, "合计")[0].startswith("合计：权利金 +¥200，手续费 ¥36.00，保证金 −¥15,584")
    started(world, settings())
    run_out(world)
    money = world.account.book.view(world.engine.columns.last_price)
    assert f"保证金 ¥0 → ¥{money.margin:,.0f}，可用" in told(answer, "③")[0]
    assert told(answer, "③")[0].endswith(f"→ ¥{money.available:,.0f}")


def test_a_swap_at_parity_earns_the_same_everywhere_and_a_protective_one_gets_a_bottom(begin: Begin) -> None:
    world = with_synthetic(begin)
    assert {one.rpartition("差 ")[2] for one in told(foresee(world, settings()), "到期标的")} == {"−¥36"}
    world = with_future(begin)
    rows = told(foresee(world, settings(Swap.PROTECTIVE, to_future=False)), "到期标的")
    # Below the strike the call lapses: 4 x 100 x 40.5 of premium, the half yuan between bid and mark, 24 of fees.
    assert [one for one in rows if "664" in one] == ["到期标的 664：换前 −¥66,400，换后 −¥16,224，差 +¥50,176"]
    assert [one for one in rows if "996" in one] == ["到期标的 996：换前 +¥66,400，换后 +¥50,176，差 −¥16,224"]


def test_american_options_are_held_to_bounds_and_never_to_an_equality(begin: Begin) -> None:
    world = with_synthetic(begin)
    (line,) = told(foresee(world, settings()), "平价")
    # F 830.5, K 830, r 2 %, 108 days: 830.5 x 0.9940996 - 830 = -4.40 and 830.5 - 830 x 0.9940996 = 5.40.
    assert "C − P 应在 −4.4 至 5.4，按要成交的价是 0.5，在之内；卖出的期权可能提前被行权" in line
    assert "F = K" not in line
    # When the call is dearer than the bounds allow, then that is said, with the edge less the fees.
    tick(world, {CALL_830: ("50", "50.5")})
    answer = foresee(world, settings())
    assert "在之外" in told(answer, "平价")[0]
    # 830 + (50 - 39.5) x 1.0059354 - 830.5 = 10.06; x 400 t = 4 024, less 36 of fees.
    assert told(answer, "互换价差") == ["互换价差约 +10.06 元，4 手共 +¥4,024，扣手续费净得 +¥3,988"]


def test_european_options_are_held_to_parity(begin: Begin) -> None:
    # Given the same pair, as if the exchange had listed it as European
    world = with_synthetic(begin)
    for name in (CALL_830, PUT_830):
        known = instruments()[name]
        assert known.option is not None
        relist(world, replace(known, option=replace(known.option, style=Style.EUROPEAN)))
    tick(world, {CALL_830: ("50", "50.5")})
    answer = foresee(world, settings())
    # Then call - put at the sides that are traded says the future: 830 + (50 - 39.5) x e^(0.02 x 108 / 365).
    assert told(answer, "平价") == [
        "平价（年利率 2%，剩 108 天）：合成期货 F = K + (C − P)·e^(rT) = 840.56，期货 830.5",
    ]
    assert told(answer, "互换价差") == ["互换价差 +10.06 元，4 手共 +¥4,024，扣手续费净得 +¥3,988"]
    # The other way round the same gap is paid: call bought at 50.5, put sold at 39, future sold at 830.
    (line,) = told(foresee(with_future_too(world), settings(to_future=False)), "互换价差")
    assert line.startswith("互换价差 −11.57 元")


def with_future_too(world: World) -> World:
    world.buy(4, "830.5", instrument=I)
    return world


def test_exercise_too_says_what_it_earns_where_before_and_after(begin: Begin) -> None:
    world = with_synthetic(begin)
    wish = ExerciseWish(
        instrument=CALL_830, flag=HedgeFlag.SPECULATION, lots=4, choice=Choice.EXERCISE, self_close=False
    )
    body = c.RequestExercise(account=ONE, wish=wish)
    answer = preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=True)
    assert answer.verdict is Verdict.WARN  # at the strike: no longer in the money
    # The premium of 4 x 100 x 40 goes, with two yuan a lot; at 996 the future has won as much as the call would have.
    assert [one for one in told(answer, "到期标的") if "996" in one or "747" in one] == [
        "到期标的 747：换前 −¥16,000，换后 −¥49,208，差 −¥33,208",
        "到期标的 996：换前 +¥50,400，换后 +¥50,392，差 −¥8",
    ]


# --- what is refused before the first order ---------------------------------------------------------------------------


def test_a_swap_whose_money_runs_out_on_the_way_is_refused_although_its_end_is_affordable(begin: Begin) -> None:
    # Given four futures that bind 26 576 of 37 000 yuan: four calls cost 16 200 before the margin is free
    world = with_future(begin, cash=37_000, limits=TO_THE_LAST_YUAN)
    done = start(world, settings(Swap.PROTECTIVE, to_future=False))
    assert done.code == "LEGGED_STATE"
    assert "互转途中若停在 i2101-C-830 多 4 手、i2101 已平 0 手（缺 4 手），可用 −¥" in done.sentence
    assert "资金不足；整组不报，请减少手数、平仓或入金。" in done.sentence
    # Then in slices of two lots it can be afforded, and it is done.
    started(world, settings(Swap.PROTECTIVE, to_future=False, naked_lots=2))
    run_out(world)
    assert lots(world) == (4, 0, 0)


def test_buying_back_a_short_put_counts_although_the_gate_asks_no_close_for_money(begin: Begin) -> None:
    # Given short puts bought back first, at a premium that the money does not cover before the future's margin is bound
    world = opened(begin, cash=60_000, limits=TO_THE_LAST_YUAN)
    world.sell(4, "39", instrument=PUT_830)
    tick(world, {PUT_830: ("200", "200.5")})
    done = start(world, settings(Swap.DELTA, side=Side.SELL, lots=4, future_lots=2, option=PUT_830))
    assert "互转途中若停在 i2101-P-830 已平 4 手" in done.sentence
    assert "资金不足" in done.sentence
    assert lots(world) == (0, -4, 0)


def test_a_legged_state_beyond_a_limit_is_refused_with_the_state_and_the_rule(begin: Begin) -> None:
    # Given two futures already, and a limit of five: four more pass it
    world = with_synthetic(begin, limits=replace(LIMITS, position_lots=5))
    world.buy(2, "830.5", instrument=I)
    done = start(world, settings())
    assert done.code == "LEGGED_STATE"
    assert "i2101 的委托过不了风控 C4" in done.sentence
    assert "途中若停在 i2101-C-830 已平 4 手" in done.sentence


def test_what_is_not_held_or_is_asked_for_or_is_a_strategys_is_not_given_up(begin: Begin) -> None:
    world = with_synthetic(begin)
    assert "要平 i2101-C-830 多头 6 手，可平只有 4 手" in start(world, settings(lots=6)).sentence
    # An order by hand takes two of the calls: they are spoken for.
    assert world.order(Side.SELL, 2, "60", instrument=CALL_830, offset=Offset.CLOSE).ok
    assert "要平 i2101-C-830 多头 4 手，可平只有 2 手" in start(world, settings()).sentence
    # Futures that a grid has bought are the grid's.
    world = opened(begin)
    grid = GridSettings(
        account=ONE,
        instrument=I,
        side=Side.BUY,
        anchor=Decimal(830),
        step=Decimal(1),
        lines=1,
        lots_per_line=4,
        stop=Decimal(800),
        lower=Decimal(829),
        upper=Decimal(835),
    )
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=StrategyId("网格"), settings=grid)).ok
    run_out(world, 2)
    tick(world, {I: ("828.5", "829")})
    run_out(world, 2)
    assert world.net(I) == 4
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=StrategyId("网格"))).ok
    run_out(world, 2)
    done = start(world, settings(to_future=False))
    assert "i2101 多头里有策略 网格 的持仓，不归它的只有 0 手；请减少手数或先停止该策略。" in done.sentence


def test_bad_legs_are_refused_in_one_sentence_that_says_what_to_do(begin: Begin) -> None:
    world = with_synthetic(begin)
    good = settings()
    call, put, future = good.legs
    for legs, said in (
        ((call, future), "合成互换要一个看涨、一个看跌，请各选一个。"),
        ((call, put), "互转的腿应是期权和它们的一个标的期货，请重新选择合约。"),
        ((call, put, replace(future, lots=-1, coefficient=Decimal(-1))), "换前换后方向相反：i2101 应买"),
        ((call, replace(put, lots=2, coefficient=Decimal(2)), future), "合成互换的看涨、看跌与期货应是同样的数量"),
        ((call, put, replace(future, closes=True)), "期权与期货应恰有一边平仓"),
    ):
        done = start(world, replace(good, legs=legs))
        assert said in done.sentence, done.sentence
        assert not done.ok
    bare = replace(good, conversion=None, sell_at=Decimal(10_000))
    assert "只有期权期货互转的腿才平已有持仓" in start(world, bare).sentence
    assert "不能是卖方" in start(world, settings(Swap.PROTECTIVE, side=Side.SELL)).sentence


# --- on the way -------------------------------------------------------------------------------------------------------


def test_it_waits_for_its_limit_and_goes_on_where_the_price_was_gone(begin: Begin) -> None:
    # Given a limit of 829.5 for the future and the put less the call: it costs 830 now
    world = with_synthetic(begin)
    row = started(world, settings(limit="829.5", naked_lots=2))
    run_out(world, 5)
    assert lots(world) == (4, -4, 0)
    # When it is there for one slice, then one slice is done, in balance; the rest waits and is done when it is back.
    tick(world, {CALL_830: ("40.5", "41")})
    tick(world, {CALL_830: ("40", "40.5")})
    run_out(world, 10)
    call, put, future = lots(world)
    assert (call, put, future) == (3, -3, 1)
    assert row.status is StrategyStatus.RUNNING
    tick(world, {CALL_830: ("40.5", "41")})
    run_out(world, 30)
    assert (lots(world), row.status) == ((0, 0, 4), FINISHED)


def test_a_restart_in_the_middle_goes_on_and_sends_nothing_twice(begin: Begin) -> None:
    world = with_synthetic(begin)
    started(world, settings(naked_lots=2))
    world.show()
    world.restart()
    run_out(world)
    assert lots(world) == (0, 0, 4)
    sent = [one.terms for one in world.facts(OrderRecorded) if one.cause.strategy == SWAP]
    assert sum(one.lots for one in sent if one.instrument == I) == 4
    assert world.account.strategies[SWAP].status is FINISHED


def test_a_leg_that_cannot_follow_is_told_and_the_options_are_taken_back(begin: Begin) -> None:
    # Given the first slice of calls sold, and a future that nobody offers any more
    world = with_synthetic(begin)
    world.wire.hold_orders = True
    started(world, settings(naked_lots=2))
    world.show()
    world.wire.hold_orders = False
    tick(world, {I: ("830", None)})
    world.arrive()
    run_out(world, 60)
    # Then people are told which leg lacks what, and every lot stands where it stood: no option is left alone.
    assert any(
        "i2101" in one and "缺 1 手" in one and "反向平掉已成交的腿" in one for one in alerts(world, "LEG_BROKEN")
    )
    call, put, future = lots(world)
    assert (call, -put, future) == (4, 4, 0)
    # And when it is offered again, the whole is done.
    tick(world, {I: ("830", "830.5")})
    run_out(world, 150)
    assert lots(world) == (0, 0, 4)


def test_lots_that_are_closed_by_hand_meanwhile_are_told_and_no_leg_goes_ahead_of_them(begin: Begin) -> None:
    world = with_synthetic(begin)
    row = started(world, settings(limit="1"))
    assert world.order(Side.BUY, 3, "39.5", instrument=PUT_830, offset=Offset.CLOSE).ok
    limit = settings()
    done = world.do(TRADER, c.ChangeStrategy(account=ONE, strategy=SWAP, base_version=1, settings=limit))
    assert "要平 i2101-P-830 空头 4 手，可平只有 1 手" in done.sentence
    run_out(world, 2)
    assert any("要平 4 手，可平只有 1 手，缺 3 手" in one for one in alerts(world, "POSITION_MISSING"))
    run_out(world, 20)
    assert (lots(world), row.status) == ((4, -1, 0), StrategyStatus.RUNNING)


def test_a_kill_switch_stops_it_with_both_sides_whole(begin: Begin) -> None:
    world = with_synthetic(begin)
    started(world, settings(naked_lots=2))
    world.show()
    run_out(world, 2)
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="试"))
    run_out(world, 20)
    call, put, future = lots(world)
    assert call + future == 4
    assert call == -put
    assert world.account.strategies[SWAP].status is StrategyStatus.PAUSED


def test_a_swap_touches_only_lots_of_its_own_flag(begin: Begin) -> None:
    # Given lots held for speculation: there are none under the hedging flag to give up
    world = opened(begin)
    for name, side, price in ((CALL_830, Side.BUY, "40.5"), (PUT_830, Side.SELL, "39")):
        assert world.order(side, 4, price, instrument=name).ok
    other = replace(settings(), hedge_flag=HedgeFlag.HEDGE)
    assert "可平只有 0 手" in start(world, other).sentence
    started(world, settings())
    run_out(world)
    causes = [one.cause for one in world.facts(OrderRecorded) if one.terms.instrument == I]
    assert [one.strategy for one in causes] == [SWAP] * len(causes)


def test_a_large_swap_waits_for_a_second_person_and_goes_stale_when_its_lots_are_gone(begin: Begin) -> None:
    # Given a task that is worth more than one person may start alone
    world = with_synthetic(begin, limits=replace(LIMITS, confirm_value_yuan=Decimal(340_000)))
    assert foresee(world, settings()).verdict is Verdict.CONFIRM2
    assert start(world, settings()).code == "CONFIRM2"
    run_out(world, 3)
    assert lots(world) == (4, -4, 0)
    # When another approves it, then it is done under that approval.
    assert world.decide(CHECKER, world.parked).ok
    run_out(world)
    assert lots(world) == (0, 0, 4)
    # And one whose lots are gone by then is not begun: the approval is used, and nothing happens.
    back = settings(to_future=False)
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=StrategyId("回来"), settings=back))
    assert done.code == "CONFIRM2"
    assert world.order(Side.SELL, 1, "830", instrument=I, offset=Offset.CLOSE).ok
    stale = world.decide(CHECKER, world.parked)
    assert stale.code == "STALE"
    assert "要平 i2101 多头 4 手，可平只有 3 手" in stale.sentence
    run_out(world, 5)
    assert lots(world) == (0, 0, 3)
