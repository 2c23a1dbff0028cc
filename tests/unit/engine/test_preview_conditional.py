"""A preview of an order that waits says when, what, and what its release would meet, and writes nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.ids import ConditionalId, PersonId
from terminal.domain.market import DayFacts
from terminal.domain.orders import conditional as d
from terminal.domain.words.risk import Verdict
from terminal.engine.previews.command import preview
from terminal.engine.screen import Preview
from tests.engine_world import COLLEAGUE, DAY, FAR, ONE, RB, SPOT, TRADER, VIEWER, I, World, device
from tests.scenario.waiting_orders import BELOW, close, place, reaches, send, wanted


def quoted() -> World:
    world = World()
    world.show()  # what came with the login was there before the barrier
    return world


def asked(world: World, body: c.CommandBody, *, by: PersonId = TRADER) -> Preview:
    before = world.state.state_hash()
    found = preview(world.engine.look, by, device(by), 7, body, split_close=True)
    assert (world.state.state_hash(), found.request) == (before, 7)
    return found


def placing(wish: d.Conditional) -> c.PlaceConditional:
    return c.PlaceConditional(account=ONE, wanted=wish)


def test_it_says_when_what_how_long_and_what_it_would_cost() -> None:
    found = asked(quoted(), placing(wanted(reaches(3705), send(price=3701))))
    assert found.verdict is Verdict.ALLOW
    assert found.sentence == (
        "rb2101 买价 ≥ 3705 时 买开 rb2101 2 手 @3701，当日有效（到 2020-08-21 15:00）"
        " · 若此刻触发：可以报出，手续费 ¥6.00，触发时再检查一次风险"
    )
    assert [child.terms.lots for child in found.children] == [2]


def test_one_that_holds_already_says_that_it_goes_at_the_next_quote() -> None:
    found = asked(quoted(), placing(wanted(reaches(3699), send(price=3701))))
    assert (found.verdict, "条件现已满足" in found.sentence) == (Verdict.WARN, True)


def test_what_a_second_person_would_see_is_said_and_bars_nothing() -> None:
    found = asked(quoted(), placing(wanted(reaches("831", instrument=I), send(lots=70, price="830.5", instrument=I))))
    assert (found.verdict, "需复核" in found.sentence) == (Verdict.WARN, True)
    assert "ORDER_VALUE_LARGE" in [one.code for one in found.findings]


def test_a_close_of_what_is_not_held_says_so() -> None:
    found = asked(quoted(), placing(wanted(reaches(3690, BELOW), close(2))))
    assert (found.verdict, "可平 0 手" in found.sentence) == (Verdict.WARN, True)


def test_that_the_exchange_is_closed_now_is_no_finding_about_one_that_waits_for_the_opening() -> None:
    world = World(at=instant(DAY, 14, 59, 59))
    world.show_at(instant(DAY, 15), facts=[DayFacts(instrument=RB, trading_day=DAY, settlement=3700)])
    found = asked(world, placing(wanted(d.MarketOpens(instrument=RB), send(price=3701), d.Validity.SESSION)))
    assert "NOT_TRADING_NOW" not in [one.code for one in found.findings]
    assert "rb2101 开盘（2020-08-21 21:00）" in found.sentence


@pytest.mark.parametrize(
    ("wish", "by", "said"),
    [
        (wanted(reaches("3705.5"), send()), TRADER, "最小变动价位"),
        (wanted(reaches(3705), send()), VIEWER, "没有下条件单权限"),
        (wanted(d.MarketOpens(instrument=RB), send()), TRADER, "晚于有效期"),
    ],
)
def test_what_cannot_be_placed_says_why(wish: d.Conditional, by: PersonId, said: str) -> None:
    found = asked(quoted(), placing(wish), by=by)
    assert (found.verdict, said in found.sentence) == (Verdict.DENY, True)


def test_an_edit_over_another_version_and_steering_say_what_they_would_do() -> None:
    world = World()
    row = place(world, wanted(reaches(3705), send()))
    name, other = row.conditional, wanted(reaches(3710), send())
    edit = c.EditConditional(account=ONE, conditional=name, base_version=3, wanted=other)
    assert "已是第 1 版" in asked(world, edit).sentence
    gone = ConditionalId("A1-T000009")
    assert (
        "不存在"
        in asked(world, c.EditConditional(account=ONE, conditional=gone, base_version=1, wanted=other)).sentence
    )
    pause, resume = (kind(account=ONE, conditional=name) for kind in (c.PauseConditional, c.ResumeConditional))
    assert asked(world, pause).sentence == f"条件单 {name} 暂停"
    assert asked(world, resume).verdict is Verdict.DENY
    assert "没有编号" in asked(world, c.WithdrawConditional(account=ONE, conditional=gone)).sentence
    assert asked(world, c.WithdrawConditional(account=ONE, conditional=name), by=VIEWER).verdict is Verdict.DENY


def test_taking_over_says_how_many_of_others_would_lapse() -> None:
    world = World()
    place(world, wanted(reaches(3705), send()))
    assert "他人的 1 张开仓条件单将失效" in asked(world, c.TakeAccount(account=ONE), by=COLLEAGUE).sentence


def test_it_says_what_a_spread_is_now_or_that_there_is_none() -> None:
    world = quoted()
    spread = d.SpreadReaches(instrument=RB, less=FAR, way=BELOW, value=Decimal(80))
    basis = d.BasisReaches(instrument=I, spot=SPOT, way=BELOW, value=Decimal(20))
    found = asked(world, placing(wanted(d.AnyOf(parts=(spread, basis)), send(price=3701))))
    assert "rb2101−rb2105 卖出价差 现为 98，i.日照港−i2101 最新价 基差 现在没有，暂不触发" in found.sentence
