"""Spot that nobody will buy any more for a stopped spread is said so, and what was sold back leaves at the average."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import StrategyMarked
from terminal.domain.fact.spot_marks import SpotConfirmed, SpotOverdue, SpotWaived
from terminal.domain.orders.order import Offset, Side
from terminal.domain.spot_commands import ConfirmSpot
from terminal.domain.words.risk import Level, Verdict
from terminal.simulation.rough.spot_judge import SpotJudge
from tests.engine_world import CHECKER, LIMITS, NEXT_DAY, ONE, SPOT, TRADER, VIEWER, I, World
from tests.picture_desk import Desk
from tests.scenario.carrying import begin as start_it
from tests.scenario.carrying import card, carry, confirm, memory, ore, quote, stated, waive
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, alerts, stop
from tests.unit.engine.foreseen import ask

WAIVER = ConfirmSpot(account=ONE, strategy=SPREAD, side=Side.BUY, tonnes=Decimal(500), waived="期货已平")


def sold(world: World) -> World:
    quote(world, 880)
    start_it(world, carry())
    ore(world, 835)
    return world


def bare(world: World) -> World:
    stop(sold(world))
    world.wait(2)
    return world


def stopped(world: World) -> World:
    bare(world)
    close(world, 5)
    return world


def close(world: World, lots: int) -> None:
    assert world.order(Side.BUY, lots, Decimal(836), instrument=I, offset=Offset.CLOSE).ok
    world.wait(3)


def test_i_follow_the_reminder_and_it_comes_no_more(world: World) -> None:
    # Given five sold lots whose spot cannot be had, and the reminder that says what to do then
    sold(world)
    world.show_at(world.at + 31 * 60 * 1_000_000_000)
    world.wait(3)
    (alert,) = alerts(world, "SPOT_OVERDUE")
    assert "做不到就停止策略、平掉期货一侧，再在策略卡上按“落实现货”说不做了" in alert.sentence
    # When I do that
    stop(world)
    world.wait(2)
    assert world.order(Side.BUY, 5, Decimal(836), instrument=I, offset=Offset.CLOSE).ok
    world.wait(3)
    assert world.net(I) == 0
    done = waive(world, 500)
    said = "买入现货 i.日照港 500 吨不做了，现货一侧不再提醒；它成交的 i2101 净卖出 5 手由你们平掉，请核对持仓"
    assert (done.code, done.sentence) == ("OK", said)
    # Then the card asks for nothing, the record names me and why, and no purchase; and in time it is forgotten.
    assert "买入现货 i.日照港 500 吨不做了" in card(world)
    assert "未落实" not in card(world)
    assert stated(world)[-1] == SpotWaived(spot=SPOT, tonnes=Decimal(500), reason="期货已平", person=TRADER)
    assert not [one for one in stated(world) if isinstance(one, SpotConfirmed)]
    assert (memory(world).spot.done, memory(world).spot.paid) == (0, 0)
    world.restart()
    assert world.refolded().state_hash() == world.state.state_hash()
    for day in (NEXT_DAY, 20200825, 20200826, 20200827):
        world.show_at(instant(day, 10))
        world.wait(3)
    assert len(alerts(world, "SPOT_OVERDUE")) == 1
    assert SPREAD not in world.account.strategies


def test_a_part_may_be_waived_the_rest_bought_and_a_wrong_word_taken_back(world: World) -> None:
    stopped(world)
    assert waive(world, 200).sentence.startswith("买入现货 i.日照港 200 吨不做了，还有买入现货 i.日照港 300 吨未落实")
    assert "现在最多还能落实买入 300 吨" in confirm(world, 301).sentence
    assert waive(world, 200, done=Decimal(0)).code == "CONFLICT"
    assert confirm(world, 300, done=Decimal(200)).sentence.endswith("现货一侧已全部落实")
    assert waive(world, 1).sentence.startswith(f"策略 {SPREAD}：现在没有要买入的现货")
    assert "可以不做了" in waive(world, 201, side=Side.SELL).sentence
    assert waive(world, 200, side=Side.SELL).ok
    assert "现货未落实 2 手 · 买入现货 i.日照港 200 吨" in card(world)
    assert "不做了" not in card(world)


def test_the_judge_of_simulations_reckons_a_waiver_as_no_more_owed(world: World) -> None:
    stopped(world)
    waive(world, 200)
    world.show_at(world.at + 31 * 60 * 1_000_000_000)
    world.wait(3)
    last = stated(world)[-1]
    assert isinstance(last, SpotOverdue)
    assert (last.undone, last.lots) == (Decimal(300), Decimal(3))
    judge = SpotJudge()
    assert [wrong for fact in world.facts(StrategyMarked) for wrong in judge.kept(fact)] == []


def test_a_spread_that_runs_is_stopped_before_its_spot_is_waived(world: World) -> None:
    sold(world)
    done = waive(world, 500)
    assert done.code == "NOT_STOPPED"
    assert "请先停止策略" in done.sentence
    assert memory(world).spot.waived == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (replace(WAIVER, tonnes=Decimal(501)), "TOO_MUCH"),
        (replace(WAIVER, side=Side.SELL), "TOO_MUCH"),
        (replace(WAIVER, waived=" "), "BAD_REASON"),
        (replace(WAIVER, price=Decimal(880)), "BAD_PRICE"),
        (replace(WAIVER, contract="HT-1"), "BAD_PRICE"),
        (replace(WAIVER, tonnes=Decimal(0)), "BAD_WEIGHT"),
        (replace(WAIVER, waived=""), "BAD_PRICE"),
    ],
)
def test_what_is_no_waiver_is_not_noted(world: World, body: ConfirmSpot, code: str) -> None:
    stopped(world)
    assert ask(world, body).verdict is Verdict.DENY
    assert world.do(TRADER, body).code == code
    assert memory(world).spot.waived == 0


def test_who_only_looks_may_not_waive(world: World) -> None:
    stopped(world)
    assert world.do(VIEWER, WAIVER).code == "NO_ROLE"
    assert ask(world, WAIVER).verdict is Verdict.ALLOW


def test_what_is_sold_back_leaves_the_average_of_the_rest_as_it_was(world: World) -> None:
    sold(world)
    confirm(world, 500, 880)
    ore(world, 809)
    confirm(world, 300, 900, side=Side.SELL)
    assert "已落实净买入 200 吨（均价 880）" in card(world)
    confirm(world, 199, 950, side=Side.SELL)
    assert "已落实净买入 1 吨（均价 880）" in card(world)


def test_a_purchase_said_at_a_wrong_price_is_taken_back_at_it(world: World) -> None:
    sold(world)
    confirm(world, 300, 878)
    confirm(world, 200, 8800)
    confirm(world, 200, 8800, side=Side.SELL)
    confirm(world, 200, 883)
    assert "已落实净买入 500 吨（均价 880）" in card(world)


def test_futures_that_are_still_there_are_left_without_their_spot_by_two_persons_only(world: World) -> None:
    # Given five sold lots nobody has closed, and a spread that is stopped
    bare(world)
    preview = ask(world, WAIVER)
    assert preview.verdict is Verdict.CONFIRM2
    # When one person says the spot will not be bought
    done = waive(world, 500)
    # Then it waits for another one, who reads what stays unhedged; and the reminder goes on until then.
    assert done.code == "CONFIRM2"
    assert "账户还持有 i2101 空 5 手，没有现货对着，须由另一人复核，或先平掉" in done.sentence
    assert memory(world).spot.waived == 0
    desk = Desk(world, person=CHECKER)
    (asked,) = desk.approvals.values()
    assert asked.title == f"策略 {SPREAD}：买入现货 500 吨不做了"
    assert asked.reason == "期货已平"
    assert "账户还持有 i2101 空 5 手，没有现货对着；同意之后不再提醒" in asked.details
    assert world.decide(TRADER, world.parked).code == "MAKER_IS_CHECKER"
    # When that person agrees
    decided = world.decide(CHECKER, world.parked)
    # Then it is noted as its maker's word, under the approval.
    assert decided.ok, decided.sentence
    assert "不做了" in decided.sentence
    assert stated(world)[-1] == SpotWaived(spot=SPOT, tonnes=Decimal(500), reason="期货已平", person=TRADER)
    assert memory(world).spot.waived == 500
    assert world.refolded().state_hash() == world.state.state_hash()
    # And it is taken back by one person: the reminder may come again.
    assert waive(world, 500, side=Side.SELL).code == "OK"


def test_a_waiver_that_no_longer_fits_when_it_is_approved_comes_to_nothing(world: World) -> None:
    bare(world)
    assert waive(world, 500).code == "CONFIRM2"
    parked = world.parked
    assert confirm(world, 300).ok
    done = world.decide(CHECKER, parked)
    assert done.code == "STALE"
    assert "现在最多还有买入 200 吨可以不做了" in done.sentence
    assert memory(world).spot.waived == 0


def test_lots_that_the_bought_spot_stands_for_are_not_bare(world: World) -> None:
    # Given three hundred tonnes bought against five lots, of which two have been closed
    bare(world)
    assert confirm(world, 300).ok
    close(world, 2)
    # Then the rest of the spot is one person's to waive; with a lot more there it would not be.
    assert waive(world, 200).code == "OK"


def test_one_lot_more_than_the_bought_spot_stands_for_asks_for_a_second_person(world: World) -> None:
    bare(world)
    assert confirm(world, 300).ok
    close(world, 1)
    assert "i2101 空 1 手" in waive(world, 200).sentence
    assert waive(world, 200).code == "CONFIRM2"


def test_bought_spot_whose_futures_are_closed_is_left_unhedged_by_two_persons_only(world: World) -> None:
    # Given five hundred tonnes bought against five sold lots, and the futures gone back
    sold(world)
    assert confirm(world, 500).ok
    ore(world, 809)
    assert world.net(I) == 0
    stop(world)
    world.wait(2)
    # When one person says the spot will not be sold
    body = replace(WAIVER, side=Side.SELL, waived="留作自用")
    assert ask(world, body).verdict is Verdict.CONFIRM2
    done = waive(world, 500, side=Side.SELL)
    # Then it waits for another one, who reads what stays unhedged.
    assert done.code == "CONFIRM2"
    assert "已落实买入的现货 i.日照港 有 500 吨没有期货对着，须由另一人复核，或先了结并落实" in done.sentence
    (asked,) = Desk(world, person=CHECKER).approvals.values()
    assert "已落实买入的现货 i.日照港 有 500 吨没有期货对着；同意之后不再提醒" in asked.details
    assert world.decide(CHECKER, world.parked).ok
    assert memory(world).spot.waived == -500


def test_under_a_red_level_two_persons_still_say_that_spot_will_not_be_traded(begin: Begin) -> None:
    # Given five sold lots without their spot, and a loss of theirs that has made the account red
    world = bare(begin(limits=replace(LIMITS, day_loss_yuan=Decimal(10_000))))
    world.show({I: (869, 870)}, after=2)
    world.wait(3)
    assert any(row.level is Level.RED for row in world.account.levels.values())
    # When the trader, whose order it was, says the spot will not be bought
    assert waive(world, 500).code == "CONFIRM2"
    # Then another person may agree to it: it is no limit and no cash.
    decided = world.decide(CHECKER, world.parked)
    assert decided.ok, decided.sentence
    assert memory(world).spot.waived == 500
