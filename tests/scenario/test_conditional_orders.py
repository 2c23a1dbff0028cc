"""Orders that wait in the runner (条件单): what lets one go, what holds it back, and how it ends (C12)."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import AlertRaised, ConditionalReleased, ConditionalTriggered, OrderRefused
from terminal.domain.ids import ConditionalId
from terminal.domain.market import DayFacts
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState as S
from terminal.domain.orders.order import HedgeFlag, Offset, OrderState, Side
from terminal.domain.words.risk import Scope
from terminal.engine.books.conditional import MOST_NEW, MOST_STANDING
from terminal.engine.conditional.release import FAILED, PARKED
from tests.engine_world import (
    CHECKER,
    COLLEAGUE,
    DAY,
    FAR,
    LIMITS,
    NEXT_NIGHT,
    ONE,
    RB,
    RISK,
    TRADER,
    VIEWER,
    I,
    Price,
)
from tests.scenario.conftest import Begin
from tests.scenario.waiting_orders import ABOVE, BELOW, close, place, reaches, send, sent, wanted


def test_a_price_lets_the_order_go_once_through_the_gate_and_in_the_name_of_who_placed_it(begin: Begin) -> None:
    world = begin()
    row = place(world, wanted(reaches(3705), send(price=3707)))
    world.show({RB: (3704, 3705)})
    assert (row.state, sent(world)) == (S.WAITING, [])
    world.show({RB: (3705, 3706)})
    (terms,) = sent(world)
    assert (terms.side, terms.lots, terms.price) == (Side.BUY, 2, Decimal(3707))
    (order,) = world.account.orders.values()
    assert (order.cause.person, order.cause.tag, order.state) == (TRADER, f"conditional:{row.conditional}", "FILLED")
    assert (row.state, row.orders) == (S.RELEASED, (order.order,))
    world.show({RB: (3700, 3701)})
    world.show({RB: (3706, 3707)})
    assert len(sent(world)) == 1
    world.check()


@pytest.mark.parametrize(
    ("condition", "before", "after"),
    [
        (reaches(3705, quoted=d.Quoted.ASK), (3703, 3704), (3704, 3705)),
        (reaches(3690, BELOW), (3691, 3692), (3690, 3692)),
        (
            d.PriceWithin(instrument=RB, quoted=d.Quoted.BID, lowest=Decimal(3705), highest=Decimal(3710)),
            (3711, 3712),
            (3710, 3711),
        ),
    ],
)
def test_each_kind_of_price_condition_holds_at_its_mark(
    begin: Begin, condition: d.Condition, before: tuple[Price, Price], after: tuple[Price, Price]
) -> None:
    world = begin()
    row = place(world, wanted(condition, send(price=3715)))
    world.show({RB: before})
    assert row.state is S.WAITING
    world.show({RB: after})
    assert row.state is S.RELEASED


def test_a_last_price_counts_when_there_is_one(begin: Begin) -> None:
    world = begin()
    row = place(world, wanted(reaches(3705, quoted=d.Quoted.LAST), send(price=3702)))
    world.show({RB: (3706, 3707)})
    assert row.state is S.WAITING
    world.show({RB: (3704, 3705)}, last={RB: 3705})
    assert row.state is S.RELEASED


def test_a_price_outside_the_daily_band_triggers_nothing(begin: Begin) -> None:
    world = begin()
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, upper_limit=3750, lower_limit=3600)])
    row = place(world, wanted(reaches(3740), send(price=3740)))
    world.show({RB: (3760, 3761)})
    assert row.state is S.WAITING
    world.show({RB: (3742, 3743)})
    assert row.state is S.RELEASED


def test_the_other_leg_of_an_and_must_be_fresh(begin: Begin) -> None:
    world = begin()
    both = d.AllOf(parts=(reaches(3705), reaches(3605, instrument=FAR)))
    row = place(world, wanted(both, send(price=3720)))
    world.show({FAR: (3606, 3607)})
    world.quotes = {RB: (3700, 3701), I: ("830", "830.5")}  # the far month falls silent
    world.wait(61)
    world.show({RB: (3706, 3707)})
    assert row.state is S.WAITING
    world.show({FAR: (3606, 3607)})
    assert row.state is S.RELEASED
    assert row.seen == "rb2101 买价 3706，rb2105 买价 3606"


def test_one_part_of_an_or_is_enough(begin: Begin) -> None:
    world = begin()
    row = place(world, wanted(d.AnyOf(parts=(reaches(3705), reaches(3690, BELOW))), send(price=3701)))
    world.show({RB: (3690, 3691)})
    assert (row.state, row.seen) == (S.RELEASED, "rb2101 买价 3690")


def test_a_time_is_the_next_one_at_which_the_product_trades(begin: Begin) -> None:
    world = begin(at=instant(DAY, 11, 29, 50))
    clock = 13 * 3600 + 31 * 60
    row = place(world, wanted(d.TimeReached(instrument=RB, clock=clock), send(price=3701)))
    assert row.due == (instant(DAY, 13, 31),)
    world.show_at(instant(DAY, 13, 30, 59))
    assert row.state is S.WAITING
    world.show_at(instant(DAY, 13, 31))
    assert row.state is S.RELEASED
    done = world.do(
        TRADER, c.PlaceConditional(account=ONE, wanted=wanted(d.TimeReached(instrument=RB, clock=0), send()))
    )
    assert (done.code, "不在交易时段" in done.sentence) == ("BAD_CONDITIONAL", True)


def test_a_preset_order_goes_out_at_the_next_opening_and_ends_with_that_session(begin: Begin) -> None:
    world = begin(at=instant(DAY, 14, 59, 55))
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, settlement=3700)])
    opens = d.MarketOpens(instrument=RB)
    row = place(world, wanted(opens, send(price=3699), d.Validity.SESSION))
    assert (row.due, row.ends_at) == ((NEXT_NIGHT,), instant(DAY, 23))
    world.show_at(instant(DAY, 20, 59, 30))
    assert row.state is S.WAITING
    world.show_at(NEXT_NIGHT)
    world.wait(2)
    assert row.state is S.RELEASED
    assert world.account.orders[row.orders[0]].state is OrderState.LIVE


def test_a_break_goes_on_with_a_preset_order_of_the_break(begin: Begin) -> None:
    world = begin(at=instant(DAY, 10, 14, 59))
    world.show_at(instant(DAY, 10, 20))
    row = place(world, wanted(d.MarketOpens(instrument=RB), send(price=3699), d.Validity.SESSION))
    assert (row.due, row.ends_at) == ((instant(DAY, 10, 30),), instant(DAY, 15))


def test_break_even_is_the_open_price_with_the_fees_of_both_ways(begin: Begin) -> None:
    world = begin()
    world.buy(2, 3701)
    even = d.BreaksEven(instrument=RB, side=Side.BUY, hedge_flag=HedgeFlag.SPECULATION, way=ABOVE)
    row = place(world, wanted(even, close(2)))
    world.show({RB: (3701, 3702)})  # 6 yuan a lot of fees are 0.6 yuan of price
    assert row.state is S.WAITING
    world.show({RB: (3702, 3703)})
    assert row.state is S.RELEASED
    assert row.seen == "rb2101 现平盈亏 +¥8.00（含手续费）"
    assert world.net() == 0


def test_a_price_from_the_opposite_side_is_found_at_release_and_kept_in_the_band(begin: Begin) -> None:
    world = begin()
    world.buy(4, 3701)
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, upper_limit=4000, lower_limit=3689)])
    place(world, wanted(reaches(3695, BELOW), send(Side.SELL, 2, None, ticks=3, offset=Offset.CLOSE_TODAY)))
    place(world, wanted(reaches(3690, BELOW), send(Side.SELL, 2, None, ticks=3, offset=Offset.CLOSE_TODAY)))
    world.show({RB: (3694, 3695)})
    world.show({RB: (3690, 3691)})
    assert [terms.price for terms in sent(world, 1)] == [Decimal(3691), Decimal(3689)]


def test_what_the_gate_refuses_is_not_sent_told_of_and_never_tried_again(begin: Begin) -> None:
    world = begin()
    row = place(world, wanted(reaches(3705), send(Side.SELL, 2, 3701, offset=Offset.CLOSE_TODAY)))
    world.show({RB: (3705, 3706)})
    assert (row.state, sent(world)) == (S.FAILED, [])
    assert "可平" in row.note
    assert len(world.facts(OrderRefused)) == 1
    assert [one.code for one in world.facts(AlertRaised)] == [FAILED]
    world.show({RB: (3707, 3708)})
    assert len(world.facts(ConditionalTriggered)) == 1
    world.check()


def test_what_needs_a_second_person_is_parked_and_told_of_and_goes_out_with_the_approval(begin: Begin) -> None:
    world = begin()
    row = place(world, wanted(reaches("831", instrument=I), send(lots=70, price="832", instrument=I)))
    world.show({I: ("831", "831.5")})
    assert (row.state, row.orders, list(row.confirmations)) == (S.RELEASED, (), world.pending())
    assert [one.code for one in world.facts(AlertRaised)] == [PARKED]
    assert sent(world) == []
    assert world.parked.confirmation.maker == TRADER
    assert world.decide(CHECKER, world.parked).ok
    assert [terms.lots for terms in sent(world)] == [70]
    world.check()


@pytest.mark.parametrize("killed", [True, False])
def test_what_waited_for_a_second_person_in_vain_is_told_of(begin: Begin, *, killed: bool) -> None:
    world = begin()
    row = place(world, wanted(reaches("831", instrument=I), send(lots=70, price="832", instrument=I)))
    world.show({I: ("831", "831.5")})
    (name,) = row.confirmations
    if killed:
        assert world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练")).ok
    else:
        world.wait(15 * 60 + 2)
    told = [one.sentence for one in world.facts(AlertRaised) if one.code == FAILED]
    assert len(told) == 1
    assert f"触发后等复核的委托（{name}）没有报出" in told[0]
    assert "不会再报" in told[0]
    assert sent(world) == []


def test_a_close_too_large_as_a_whole_is_parked_piece_by_piece(begin: Begin) -> None:
    world = begin(at=instant(DAY, 14, 59, 30))
    for _ in range(2):
        world.buy(100, 3701)
        world.wait(3)
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, settlement=3700)])
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
    world.buy(100, 3701)
    row = place(world, wanted(reaches(3690, BELOW), close(250)))
    before = len(sent(world))
    world.show({RB: (3690, 3691)})
    assert (len(row.confirmations), row.orders, len(sent(world))) == (2, (), before)
    world.check()


def test_pause_holds_back_and_resume_goes_on(begin: Begin) -> None:
    world = begin()
    row = place(world, wanted(reaches(3705), send()))
    assert world.do(RISK, c.PauseConditional(account=ONE, conditional=row.conditional)).ok
    world.show({RB: (3705, 3706)})
    assert row.state is S.PAUSED
    assert world.do(RISK, c.ResumeConditional(account=ONE, conditional=row.conditional)).code == "NO_ROLE"
    assert world.do(TRADER, c.ResumeConditional(account=ONE, conditional=row.conditional)).ok
    assert row.state is S.WAITING
    world.show({RB: (3705, 3706)})
    assert row.state is S.RELEASED


def test_a_withdrawn_one_is_over_and_cannot_be_withdrawn_again(begin: Begin) -> None:
    world = begin()
    row = place(world, wanted(reaches(3705), send()))
    assert world.do(RISK, c.WithdrawConditional(account=ONE, conditional=row.conditional)).ok
    again = world.do(TRADER, c.WithdrawConditional(account=ONE, conditional=row.conditional))
    assert (again.code, row.state) == ("NOT_WAITING", S.WITHDRAWN)
    world.show({RB: (3705, 3706)})
    assert sent(world) == []
    none = world.do(TRADER, c.PauseConditional(account=ONE, conditional=ConditionalId("A1-T000009")))
    assert none.code == "NO_CONDITIONAL"


def test_an_edit_over_another_version_is_a_conflict_that_shows_both(begin: Begin) -> None:
    world = begin()
    row = place(world, wanted(reaches(3705), send()))
    name, other = row.conditional, wanted(reaches(3710), send(lots=5))
    assert world.do(TRADER, c.EditConditional(account=ONE, conditional=name, base_version=1, wanted=other)).ok
    assert (row.version, row.wanted) == (2, other)
    lost = world.do(
        TRADER,
        c.EditConditional(account=ONE, conditional=name, base_version=1, wanted=wanted(reaches(3720), send())),
    )
    assert (lost.code, "3710" in lost.sentence, "3720" in lost.sentence) == ("CONFLICT", True, True)
    world.show({RB: (3705, 3706)})
    assert row.state is S.WAITING
    world.show({RB: (3710, 3711)})
    assert row.state is S.RELEASED


def test_only_a_trader_places_one_and_a_holder_keeps_others_out(begin: Begin) -> None:
    world = begin()
    wish = c.PlaceConditional(account=ONE, wanted=wanted(reaches(3705), send()))
    assert world.do(VIEWER, wish).code == "NO_ROLE"
    assert world.do(TRADER, wish, late=4).code == "EXPIRED"
    assert world.do(COLLEAGUE, c.TakeAccount(account=ONE)).ok
    assert world.do(TRADER, wish).code == "NOT_HOLDER"


def test_taking_over_ends_what_others_have_waiting_to_open_and_keeps_what_closes(begin: Begin) -> None:
    world = begin()
    world.buy(2, 3701)
    opens, stops = place(world, wanted(reaches(3705), send())), place(world, wanted(reaches(3690, BELOW), close(2)))
    done = world.do(COLLEAGUE, c.TakeAccount(account=ONE))
    assert "1 张开仓条件单已失效" in done.sentence
    assert (opens.state, stops.state) == (S.EXPIRED, S.WAITING)
    assert "接管" in opens.note
    world.show({RB: (3690, 3691)})
    assert (stops.state, world.net()) == (S.RELEASED, 0)


def test_a_kill_switch_pauses_what_opens_and_lets_a_stop_loss_go(begin: Begin) -> None:
    world = begin()
    world.buy(2, 3701)
    opens, stops = place(world, wanted(reaches(3705), send())), place(world, wanted(reaches(3690, BELOW), close(2)))
    assert world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练")).ok
    assert (opens.state, stops.state) == (S.PAUSED, S.WAITING)
    assert world.do(TRADER, c.ResumeConditional(account=ONE, conditional=opens.conditional)).code == "NOT_WAITING"
    assert world.do(TRADER, c.PlaceConditional(account=ONE, wanted=wanted(reaches(3705), send()))).code == "STOPPED"
    world.show({RB: (3705, 3706)})
    assert (opens.state, len(sent(world))) == (S.PAUSED, 1)
    world.show({RB: (3690, 3691)})
    assert (stops.state, world.net()) == (S.RELEASED, 0)
    world.check()


def test_one_past_its_validity_expires_unseen(begin: Begin) -> None:
    world = begin(at=instant(DAY, 14, 59, 50))
    row = place(world, wanted(reaches(3705), send()))
    assert row.ends_at == instant(DAY, 15)
    world.show_at(instant(DAY, 15), {RB: (3705, 3706)})
    assert (row.state, row.note) == (S.EXPIRED, "到期")
    assert sent(world) == []


def test_one_for_longer_than_the_day_lives_through_the_settlement(begin: Begin) -> None:
    world = begin(at=instant(DAY, 14, 59, 50))
    over = place(world, wanted(reaches(3705), send()))
    row = place(world, wanted(reaches(3705), send(price=3706), d.Validity.GTC))
    day = place(world, wanted(reaches(3709), send(price=3706), d.Validity.GTD, 20200824))
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, settlement=3700)])
    world.show_at(NEXT_NIGHT)
    world.wait(2)
    assert (over.state, row.state, world.account.conditionals.new_today) == (S.EXPIRED, S.WAITING, 0)
    world.show({RB: (3705, 3706)})
    assert (row.state, day.state) == (S.RELEASED, S.WAITING)
    assert day.ends_at == instant(20200824, 15)
    world.check()


def test_an_account_has_so_many_new_ones_a_day_and_so_many_standing(begin: Begin) -> None:
    world = begin(at=instant(DAY, 14, 59, 50))
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, settlement=3700)])
    wish = wanted(reaches(3800), send(), d.Validity.GTC)
    for _ in range(MOST_NEW):
        place(world, wish)
    done = world.do(TRADER, c.PlaceConditional(account=ONE, wanted=wish))
    assert (done.code, f"已新增 {MOST_NEW} 张" in done.sentence) == ("TOO_MANY_CONDITIONALS", True)
    world.account.conditionals.new_today = 0  # as a settlement leaves it
    for _ in range(MOST_NEW):
        place(world, wish)
    world.account.conditionals.new_today = 0
    for _ in range(MOST_STANDING - 2 * MOST_NEW):
        place(world, wish)
    done = world.do(TRADER, c.PlaceConditional(account=ONE, wanted=wish))
    assert f"最多 {MOST_STANDING} 张" in done.sentence
    world.sound = False  # the count of the day was set by hand, and no record says so


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (wanted(reaches("3705.5"), send()), "最小变动价位"),
        (wanted(reaches(3705), send(lots=0)), "正整数"),
        (wanted(d.AllOf(parts=(reaches(3705),)), send()), "2 至 4 个条件"),
        (wanted(reaches(3705), send(), d.Validity.GTD), "有效至"),
        (wanted(reaches(3705), send(), d.Validity.GTD, 20200822), "有效至"),
        (wanted(reaches(3705), send(), d.Validity.GTC, 20200824), "去掉日期"),
        (wanted(reaches(3705), send(ticks=5000, price=None)), "最多 1000 跳"),
        (
            wanted(reaches(830, instrument=I), send(Side.SELL, offset=Offset.CLOSE_TODAY, instrument=I)),
            "不分平今与平昨",
        ),
        (
            wanted(
                d.PriceWithin(instrument=RB, lowest=Decimal(3710), highest=Decimal(3700)),
                send(),
            ),
            "高于上限",
        ),
        (wanted(d.MarketOpens(instrument=RB), send()), "晚于有效期"),
    ],
)
def test_what_can_never_come_to_anything_is_refused_with_what_to_do(
    begin: Begin, wish: d.Conditional, said: str
) -> None:
    world = begin()
    done = world.do(TRADER, c.PlaceConditional(account=ONE, wanted=wish))
    assert (done.code, said in done.sentence) == ("BAD_CONDITIONAL", True), done.sentence
    assert not world.account.conditionals.rows


def test_the_message_rate_holds_openings_back_for_moments_and_loses_none(begin: Begin) -> None:
    world = begin(limits=msgspec.structs.replace(LIMITS, messages_in_one_second=2))
    rows = [place(world, wanted(reaches(3705), send(lots=lots, price=3690))) for lots in range(1, 6)]
    world.show({RB: (3705, 3706)})
    assert [row.state for row in rows].count(S.RELEASED) == 2
    world.wait(3)
    assert {row.state for row in rows} == {S.RELEASED}
    assert len(world.facts(ConditionalReleased)) == 5
