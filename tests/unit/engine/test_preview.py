"""What an order would do is said before it is sent, and is what happens."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import Offset, Side, TimeCondition
from terminal.domain.words.risk import Scope, Verdict
from tests.engine_world import FAR, NEXT_NIGHT, ONE, RB, RISK, TRADER, VIEWER, I, World, device, instruments, terms
from tests.unit.engine.foreseen import ask, order


def test_an_order_says_what_it_is_what_it_costs_and_that_it_may() -> None:
    found = ask(World(), order(Side.BUY, 10, 3701))
    assert found.verdict is Verdict.ALLOW
    assert found.sentence == "买开 rb2101 10 手 @3701 合约价值 ¥370,100 保证金(8%) ¥29,608 手续费 ¥30.00 · 可以报出"
    assert (found.value, found.margin, found.fee) == (370_100, 29_608, 30)
    (child,) = found.children
    assert (child.terms, child.margin, child.fee) == (terms(Side.BUY, 10, 3701), 29_608, 30)


def test_a_large_order_says_why_it_needs_a_second_person() -> None:
    world = World()
    found = ask(world, order(Side.BUY, 200, 3700))
    assert found.verdict is Verdict.CONFIRM2
    assert found.sentence.endswith(" · 需复核")
    assert "需由另一人复核" in found.findings[0].sentence
    assert "超过复核线 5,000,000.00 元" in found.findings[0].sentence
    assert [finding.code for finding in found.findings] == ["ORDER_VALUE_LARGE"]
    assert world.order(Side.BUY, 200, 3700).code == "CONFIRM2"


def test_the_findings_are_those_of_the_gate() -> None:
    world = World()
    found = ask(world, order(Side.BUY, 1500, 3701))
    done = world.order(Side.BUY, 1500, 3701)
    assert found.verdict is Verdict.DENY
    assert done.sentence in [finding.sentence for finding in found.findings]
    assert found.sentence.endswith(" · 不能报出")  # each reason stands once, among the findings
    assert done.code in {finding.code for finding in found.findings}


def test_a_wrong_role_is_said_before_anything_the_gate_finds() -> None:
    found = ask(World(), order(Side.BUY, 1, 3701), by=VIEWER)
    assert found.verdict is Verdict.DENY
    assert found.sentence.endswith("不能报出：wang 没有下单权限")


def test_a_desk_that_does_not_hold_the_account_is_told_who_does() -> None:
    world = World()
    world.account.holder = (RISK, device(RISK))
    found = ask(world, order(Side.BUY, 1, 3701))
    assert found.verdict is Verdict.DENY
    assert found.sentence.endswith("不能报出：账户 A1 由 li@li-desk 持有，先接管才能操作")
    world.account.holder = (TRADER, device(TRADER))
    assert ask(world, order(Side.BUY, 1, 3701)).verdict is Verdict.ALLOW


def test_barrier_and_kill_switch_are_said() -> None:
    world = World()
    world.account.barrier.passed = False
    found = ask(world, order(Side.BUY, 1, 3701))
    assert (found.verdict, "对账尚未完成" in found.findings[0].sentence) == (Verdict.DENY, True)
    world.account.barrier.passed = True
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="异常"))
    found = ask(world, order(Side.BUY, 1, 3701))
    assert (found.verdict, "已一键停止" in found.findings[0].sentence) == (Verdict.LOCK, True)


def aged_position(today: int, yesterday: int) -> World:
    world = World()
    world.buy(yesterday, 3701)
    world.show_at(NEXT_NIGHT)
    world.wait(3)
    world.buy(today, 3701)
    world.show()
    position = world.account.book.position(RB, terms(Side.BUY, 1, 1).hedge_flag)
    assert (position.long_today, position.long_yesterday) == (today, yesterday)
    return world


def test_a_close_of_so_many_lots_is_split_over_yesterday_s_and_today_s() -> None:
    world = aged_position(20, 30)
    found = ask(world, order(Side.SELL, 40, 3700, offset=Offset.CLOSE), split=True)
    assert found.verdict is Verdict.ALLOW
    assert [(child.terms.offset, child.terms.lots, child.fee, child.margin) for child in found.children] == [
        (Offset.CLOSE_YESTERDAY, 30, 90, None),
        (Offset.CLOSE_TODAY, 10, 30, None),
    ]
    assert found.sentence == (
        "卖平 rb2101 40 手 @3700（平昨 30 手 + 平今 10 手） 合约价值 ¥1,480,000 手续费 ¥120.00 · 可以报出"
    )
    for child in found.children:
        assert world.do(TRADER, c.SubmitOrder(terms=child.terms)).ok
    assert world.net() == 10


def test_without_splitting_a_close_means_yesterday_s_lots_where_the_exchange_says_so() -> None:
    world = aged_position(20, 30)
    found = ask(world, order(Side.SELL, 40, 3700, offset=Offset.CLOSE))
    assert found.verdict is Verdict.DENY
    assert "rb2101 多头可平 30 手，要平 40 手，超出 10 手" in found.sentence


def test_a_close_that_names_its_day_is_not_split() -> None:
    world = aged_position(20, 30)
    found = ask(world, order(Side.SELL, 15, 3700, offset=Offset.CLOSE_TODAY), split=True)
    assert [(child.terms.offset, child.terms.lots) for child in found.children] == [(Offset.CLOSE_TODAY, 15)]
    assert found.verdict is Verdict.ALLOW


def test_closing_more_than_is_held_is_denied_with_the_numbers() -> None:
    world = aged_position(20, 30)
    found = ask(world, order(Side.SELL, 51, 3700, offset=Offset.CLOSE), split=True)
    assert found.verdict is Verdict.DENY
    assert found.sentence.endswith("不能报出：rb2101 多头可平 50 手，要平 51 手，超出 1 手；请减少手数或先撤平仓单")


def test_lots_under_a_working_close_cannot_be_closed_again() -> None:
    world = World()
    world.buy(10, 3701)
    world.close_long(6, 3790)
    assert ask(world, order(Side.SELL, 5, 3700, offset=Offset.CLOSE), split=True).verdict is Verdict.DENY
    assert ask(world, order(Side.SELL, 4, 3700, offset=Offset.CLOSE), split=True).verdict is Verdict.ALLOW


def test_a_close_with_nothing_to_close_has_no_parts() -> None:
    found = ask(World(), order(Side.BUY, 5, 3701, offset=Offset.CLOSE), split=True)
    assert (found.verdict, found.children) == (Verdict.DENY, ())
    assert "空头可平 0 手" in found.sentence
    assert found.fee is None
    assert "手续费" not in found.sentence  # nothing of it can be sent: that costs nothing, which is not a price


def test_a_close_of_more_than_there_is_names_no_fee_for_a_part_of_it() -> None:
    found = ask(aged_position(20, 30), order(Side.SELL, 51, 3700, offset=Offset.CLOSE), split=True)
    assert found.fee is None
    assert "合约价值 ¥1,887,000 · 不能报出" in found.sentence


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (order(Side.BUY, 0, 3701), "手数应为正整数"),
        (order(Side.BUY, -4, 3701, offset=Offset.CLOSE), "手数应为正整数"),
        (order(Side.BUY, 1, Decimal("NaN")), "不是有效数字"),
        (order(Side.BUY, 1, Decimal("Infinity")), "不是有效数字"),
        (order(Side.BUY, 10**9, 3701), "不是有效数字"),
        (order(Side.BUY, 1, 3701, account=AccountId("A9")), "没有账户 A9"),
        (order(Side.BUY, 1, 3701, instrument=InstrumentId("SHFE.xx2101")), "没有合约 SHFE.xx2101"),
    ],
)
def test_what_is_no_order_at_all_is_denied_with_a_sentence(body: c.SubmitOrder, sentence: str) -> None:
    found = ask(World(), body, split=True)
    assert found.verdict is Verdict.DENY
    assert sentence in found.sentence


@pytest.mark.parametrize(
    ("rate", "words"), [(None, "保证金(每手 ¥2,500) ¥25,000"), ("0.08", "保证金(8% + 每手 ¥2,500) ¥54,608")]
)
def test_an_order_says_the_margin_a_lot_binds(rate: str | None, words: str) -> None:
    world = World()
    known = replace(instruments()[RB], margin_rate=None if rate is None else Decimal(rate), broker_margin_add=None)
    world.state.tenant.instruments[RB] = replace(known, margin_by_lot=Decimal(2500))
    assert words in ask(world, order(Side.BUY, 10, 3701)).sentence


def test_what_nobody_knows_is_said_to_be_unknown() -> None:
    world = World()
    known = instruments()[RB]
    world.state.tenant.instruments[RB] = replace(known, margin_rate=None, fees=replace(known.fees, open=None))
    found = ask(world, order(Side.BUY, 1, 3701))
    assert (found.margin, found.fee) == (None, None)
    assert "保证金未知 手续费未知" in found.sentence
    assert found.verdict is Verdict.DENY


@settings(max_examples=40, deadline=None)
@given(
    side=st.sampled_from(Side),
    offset=st.sampled_from(Offset),
    lots=st.sampled_from([1, 5, 60, 140, 900, 1500]),
    ticks=st.integers(-120, 120),
    instrument=st.sampled_from([RB, FAR, I]),
    condition=st.sampled_from(TimeCondition),
)
def test_what_is_foreseen_is_what_happens_and_asking_changes_nothing(
    side: Side, offset: Offset, lots: int, ticks: int, instrument: InstrumentId, condition: TimeCondition
) -> None:
    world = World()
    world.buy(5, 3701)
    world.sell(5, "830", instrument=I)
    world.show()
    known = instruments()[instrument]
    bid = world.quotes[instrument][0]
    assert bid is not None
    price = Decimal(bid) + ticks * known.tick
    wanted = c.SubmitOrder(terms=terms(side, lots, price, instrument=instrument, offset=offset, condition=condition))
    found = ask(world, wanted)
    done = world.do(TRADER, wanted)
    if found.verdict <= Verdict.WARN:
        assert (done.ok, done.code) == (True, "OK")
    elif found.verdict is Verdict.CONFIRM2:
        assert (done.ok, done.code) == (True, "CONFIRM2")
    else:
        assert not done.ok
        assert done.code in {finding.code for finding in found.findings}
