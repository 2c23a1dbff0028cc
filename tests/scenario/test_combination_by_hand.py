"""A person trades the exchange's combination of two months as one order (E2): entered, judged, approved, cancelled."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.batch_commands import SaveGroup, SubmitBatch
from terminal.domain.fact.facts import (
    CancelRecorded,
    CommandDone,
    ConfirmationDecided,
    OrderFilled,
    OrderRecorded,
    OrderRefused,
)
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.batch import BatchOrder, Member
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState
from terminal.domain.orders.order import Offset, OrderState, PriceKind, Side
from terminal.domain.reports import QueryAnswer
from terminal.domain.words.risk import Scope, Verdict
from terminal.engine.confirmations.approval import stored_of
from terminal.engine.exchange.leg_reports import answer_by_legs
from terminal.engine.records.snapshot import freeze, thaw
from terminal.store.journal import SqliteJournal
from terminal.store.verify import verify
from tests.engine_market import FAR_ORE, OPENING_QUOTES, ORE_SPREAD
from tests.engine_world import CHECKER, LIMITS, ONE, RISK, TENANT, TRADER, I, Price, Shown, World
from tests.scenario.combining import nets, ore, show
from tests.scenario.conftest import Begin
from tests.scenario.waiting_orders import reaches, send, wanted
from tests.unit.engine.foreseen import ask, order

LARGE = replace(LIMITS, confirm_value_yuan=Decimal(400_000))  # both legs of 2 lots, at 896 and 864, are 352 000


def spread(world: World, side: Side, lots: int, price: str, *, offset: Offset = Offset.OPEN) -> CommandDone:
    return world.order(side, lots, price, instrument=ORE_SPREAD, offset=offset)


def test_a_person_buys_the_combination_at_what_shows_and_both_legs_fill(begin: Begin) -> None:
    world = ore(begin)
    done = spread(world, Side.BUY, 3, "30.5")
    assert done.ok, done.sentence
    # One order went out, of the combination; two are booked, each with its own price.
    (sent,) = world.wire.sent
    assert (sent.terms.instrument, sent.terms.price, sent.terms.price_kind) == (
        ORE_SPREAD,
        Decimal("30.5"),
        PriceKind.LIMIT,
    )
    assert [(one.instrument, one.side, one.lots, one.price) for one in world.facts(OrderFilled)] == [
        (I, Side.BUY, 3, Decimal("830.5")),
        (FAR_ORE, Side.SELL, 3, Decimal(800)),
    ]
    assert nets(world) == (3, -3)
    assert [one.lots for one in world.account.book.combinations()] == [3]
    # And it is closed as one order too.
    assert spread(world, Side.SELL, 3, "29.5", offset=Offset.CLOSE).ok
    assert nets(world) == (0, 0)


def test_a_resting_one_fills_in_part_in_both_legs_and_one_cancel_takes_back_the_rest(begin: Begin) -> None:
    world = ore(begin)
    # Given an order below what shows, which rests
    assert spread(world, Side.BUY, 3, "30").ok
    assert {row.state for row in world.account.orders.values()} == {OrderState.LIVE}
    # When two lots come for it
    show(world, near=("829.5", "830"), lots=2)
    assert {(row.state, row.filled) for row in world.account.orders.values()} == {(OrderState.PARTIAL, 2)}
    # Then the person cancels the combination by its name, and both legs end with one cancel.
    done = world.do(TRADER, c.CancelAll(account=ONE, instrument=ORE_SPREAD))
    assert done.sentence == "已撤 1 笔"
    assert len(world.wire.cancelled) == 1
    assert len(world.facts(CancelRecorded)) == 2
    assert {(row.state, row.filled) for row in world.account.orders.values()} == {(OrderState.CANCELLED, 2)}
    assert nets(world) == (2, -2)


def test_before_it_is_sent_both_legs_are_told_with_margin_and_fee(begin: Begin) -> None:
    world = ore(begin)
    found = ask(world, order(Side.BUY, 2, "30.5", instrument=ORE_SPREAD))
    assert found.verdict is Verdict.ALLOW
    first, second = found.children
    assert (first.terms.instrument, first.terms.side, first.fee) == (I, Side.BUY, 6)
    assert (second.terms.instrument, second.terms.side, second.fee) == (FAR_ORE, Side.SELL, 6)
    assert first.margin is not None
    assert second.margin is not None
    # What is said to be frozen is what is frozen.
    assert found.margin == first.margin + second.margin
    assert found.fee == 12
    world.wire.hold_orders = True
    assert spread(world, Side.BUY, 2, "30.5").ok
    assert world.account.book.view(world.engine.columns.last_price).frozen_margin == found.margin
    assert "买开 SP i2101&i2105 2 手 @30.5" in found.sentence
    # And what it binds as a combination, the larger leg's alone, is what is bound then.
    world.arrive()
    bound = world.account.book.view(world.engine.columns.last_price).margin
    (saved,) = found.details
    assert "只收较大一腿的保证金" in saved
    assert f"约 ¥{bound:,.0f}" in saved


# --- what the rules say -----------------------------------------------------------------------------------------------


def test_a_limit_of_one_leg_refuses_the_whole_and_names_the_leg(begin: Begin) -> None:
    world = ore(begin, limits=replace(LIMITS, position_lots_by_instrument={FAR_ORE: 2}))
    found = ask(world, order(Side.BUY, 3, "30.5", instrument=ORE_SPREAD))
    assert found.verdict is Verdict.DENY
    done = spread(world, Side.BUY, 3, "30.5")
    assert not done.ok
    assert "i2105" in done.sentence
    (refused,) = world.facts(OrderRefused)
    assert (refused.terms.instrument, refused.combination) == (FAR_ORE, ORE_SPREAD)
    assert world.wire.sent == []
    assert world.facts(OrderRecorded) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("DCE.SP i2105&i2101", "这两腿的组合是 SP i2101&i2105"),
        ("DCE.SP i2101&i2109", "DCE.i2109 不在当前市场里"),
        ("DCE.SPX i2101&i2105", "组合是 SP i2101&i2105"),
        ("DCE.SP i2101", "没有可交易的合约"),
        ("DCE.SP i2101&", "代码写法不对"),
        ("SHFE.SP rb2101&rb2105", "SHFE 没有 SP 这种螺纹钢的组合"),
    ],
)
def test_what_no_exchange_lists_is_refused_with_what_to_do(begin: Begin, name: str, said: str) -> None:
    world = ore(begin)
    for sentence in (
        world.order(Side.BUY, 1, "30.5", instrument=InstrumentId(name)).sentence,
        ask(world, order(Side.BUY, 1, "30.5", instrument=InstrumentId(name))).sentence,
    ):
        assert said in sentence or "没有合约" in sentence
    assert world.wire.sent == []


@pytest.mark.parametrize(("lots", "said"), [(0, "正整数"), (100_000, "最大下单量")])
def test_wrong_lots_are_refused(begin: Begin, lots: int, said: str) -> None:
    world = ore(begin, limits=replace(LIMITS, position_lots=1_000_000, max_value_yuan=Decimal(10**12)))
    done = spread(world, Side.BUY, lots, "30.5")
    assert not done.ok
    assert said in done.sentence


def test_it_is_a_limit_order_on_the_combinations_grid(begin: Begin) -> None:
    world = ore(begin)
    wanted = order(Side.BUY, 1, "30.5", instrument=ORE_SPREAD).terms
    market = world.do(TRADER, c.SubmitOrder(terms=replace(wanted, price_kind=PriceKind.MARKET)))
    assert (market.ok, "只接受限价" in market.sentence) == (False, True)
    assert "最小变动价位 0.5" in spread(world, Side.BUY, 1, "30.2").sentence
    # A difference may be negative, and far from what shows it only rests.
    assert spread(world, Side.BUY, 1, "-10").ok


def test_a_close_of_more_than_a_leg_holds_is_refused(begin: Begin) -> None:
    world = ore(begin)
    world.buy(2, "830.5", instrument=I)
    done = spread(world, Side.SELL, 2, "29.5", offset=Offset.CLOSE)
    assert not done.ok
    assert "i2105" in done.sentence
    assert "可平空头持仓只有 0 手" in done.sentence


def test_two_of_its_own_may_rest_on_both_sides_as_long_as_they_do_not_meet(begin: Begin) -> None:
    world = ore(begin)
    assert spread(world, Side.SELL, 1, "40").ok
    # One that would meet the other is refused, one below it rests.
    crossed = spread(world, Side.BUY, 1, "40")
    assert not crossed.ok
    assert "自成交" in crossed.sentence
    assert spread(world, Side.BUY, 1, "20").ok
    # An order on a leg may meet the leg, wherever it trades.
    assert "自成交" in world.order(Side.BUY, 1, "830", instrument=I).sentence


def test_the_same_again_within_moments_is_asked_about_and_another_price_is_not(begin: Begin) -> None:
    world = ore(begin)
    assert spread(world, Side.BUY, 1, "20").code == "OK"
    assert spread(world, Side.BUY, 1, "21").code == "OK"
    again = spread(world, Side.BUY, 1, "20")
    assert again.code == "CONFIRM2"
    assert "可能是重复下单" in again.sentence
    # And what waits is known by its number when it comes once more.
    world.wait(5)
    assert world.parked.confirmation.confirmation in spread(world, Side.BUY, 1, "20").sentence


# --- the second person ------------------------------------------------------------------------------------------------


def test_a_large_one_waits_for_a_second_person_and_then_goes_out_once(begin: Begin) -> None:
    world = ore(begin, limits=LARGE)
    assert spread(world, Side.BUY, 3, "30.5").code == "CONFIRM2"
    assert world.wire.sent == []
    done = world.decide(CHECKER, world.parked)
    assert done.ok, done.sentence
    assert "买开 SP i2101&i2105 3 手 @30.5" in done.sentence
    assert [one.terms.instrument for one in world.wire.sent] == [ORE_SPREAD]
    assert nets(world) == (3, -3)


def test_a_yes_is_void_when_the_difference_has_moved_away(begin: Begin) -> None:
    world = ore(begin, limits=LARGE)
    spread(world, Side.BUY, 3, "30.5")
    show(world, near=("834", "834.5"))
    done = world.decide(CHECKER, world.parked)
    assert (done.ok, done.code) == (False, "STALE")
    assert "超出允许漂移" in done.sentence
    assert world.wire.sent == []


def test_how_far_it_has_moved_is_measured_by_what_shows_and_not_by_what_was_traded_last(begin: Begin) -> None:
    # Given a far month in which nobody trades: what was traded last stays
    shown: dict[InstrumentId, Shown] = {**OPENING_QUOTES, I: ("830", "830.5"), FAR_ORE: ("800", "800.5")}
    last: dict[InstrumentId, Price] = {I: "830.5", FAR_ORE: "790"}
    world = ore(begin, limits=LARGE)
    world.show(shown, last=last)
    spread(world, Side.BUY, 3, "30.5")
    assert stored_of(world.parked).reference_price == 30
    # When the far month's quotes rise, the difference falls and the yes is void
    world.show({**shown, FAR_ORE: ("815", "815.5")}, last=last)
    done = world.decide(CHECKER, world.parked)
    assert (done.code, "由 30.00 变为 15.00" in done.sentence) == ("STALE", True), done.sentence
    # And when one lot trades there and nothing that shows has moved, the yes holds.
    world.show(shown, last=last)
    world.wait(5)
    spread(world, Side.BUY, 3, "30.5")
    world.show(shown, last={I: "830.5", FAR_ORE: "800.5"})
    assert world.decide(CHECKER, world.parked).ok
    assert world.facts(ConfirmationDecided)[-2].reference_price == 30


def test_a_leg_that_shows_one_side_alone_is_taken_at_its_last_price(begin: Begin) -> None:
    world = ore(begin, limits=LARGE)
    spread(world, Side.BUY, 3, "30.5")
    world.show({**OPENING_QUOTES, I: ("830", "830.5"), FAR_ORE: ("800", None)}, last={I: "830.5", FAR_ORE: "790"})
    done = world.decide(CHECKER, world.parked)
    assert (done.code, "变为 40.25" in done.sentence) == ("STALE", True), done.sentence


def test_its_maker_changes_it_before_anybody_has_decided(begin: Begin) -> None:
    world = ore(begin, limits=LARGE)
    spread(world, Side.BUY, 3, "30.5")
    old = world.parked.confirmation.confirmation
    wanted = order(Side.BUY, 2, "30.5", instrument=ORE_SPREAD).terms
    edit = c.EditOrder(account=ONE, confirmation=old, terms=wanted)
    assert ask(world, edit).verdict is Verdict.ALLOW
    assert world.do(TRADER, edit).code == "OK"
    assert world.account.confirmations[old].state is ConfirmationState.SUPERSEDED
    assert nets(world) == (2, -2)


# --- stopping ------------------------------------------------------------------------------------------------------


def test_a_kill_switch_over_one_leg_takes_the_order_back_and_voids_what_waits(begin: Begin) -> None:
    world = ore(begin, limits=LARGE)
    assert spread(world, Side.BUY, 1, "20").code == "OK"
    assert spread(world, Side.BUY, 3, "21").code == "CONFIRM2"
    # When the far month is stopped
    assert world.do(RISK, c.Kill(account=ONE, scope=Scope(instrument=FAR_ORE), reason="x")).ok
    # Then what rested is gone in both legs, what waited is void, and nothing new opens.
    assert {row.state for row in world.account.orders.values()} == {OrderState.CANCELLED}
    assert world.facts(ConfirmationDecided)[-1].decision is ConfirmationEvent.REVOKE
    assert not spread(world, Side.BUY, 1, "19").ok


def test_what_it_holds_is_flattened_leg_by_leg_also_under_the_kill_switch(begin: Begin) -> None:
    world = ore(begin)
    assert spread(world, Side.BUY, 2, "30.5").ok
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="x"))
    for name, side, price in ((I, Side.SELL, "830"), (FAR_ORE, Side.BUY, "800.5")):
        wanted = order(side, 2, price, offset=Offset.CLOSE, instrument=name).terms
        assert world.do(TRADER, c.ClosePosition(account=ONE, terms=wanted)).ok
    assert nets(world) == (0, 0)
    assert world.account.book.combinations() == []


def test_a_combination_can_be_closed_under_the_kill_switch(begin: Begin) -> None:
    world = ore(begin)
    assert spread(world, Side.BUY, 2, "30.5").ok
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="x"))
    assert spread(world, Side.SELL, 2, "29.5", offset=Offset.CLOSE).ok
    assert nets(world) == (0, 0)


def test_it_outlives_a_restart(begin: Begin) -> None:
    world = ore(begin)
    assert spread(world, Side.BUY, 2, "20").ok
    world.restart()
    world.wait(3)
    show(world)
    assert {row.state for row in world.account.orders.values()} == {OrderState.LIVE}
    near, _ = world.account.live
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=near)).ok
    assert {row.state for row in world.account.orders.values()} == {OrderState.CANCELLED}


def test_conditional_orders_groups_and_position_acts_say_that_they_take_no_combination(begin: Begin) -> None:
    world = ore(begin)
    waits = wanted(reaches(3705), send(lots=1, price=3707, instrument=ORE_SPREAD))
    placed = world.do(TRADER, c.PlaceConditional(account=ONE, wanted=waits))
    assert (placed.ok, "SP i2101&i2105 是组合合约" in placed.sentence) == (False, True)
    world.do(TRADER, SaveGroup(name="一组", base_version=0, members=(Member(account=ONE, multiplier=Decimal(1)),)))
    several = BatchOrder(instrument=ORE_SPREAD, side=Side.BUY, offset=Offset.OPEN, lots=1, price=Decimal("30.5"))
    batch = world.do(TRADER, SubmitBatch(group="一组", group_version=1, order=several))
    assert (batch.ok, "SP i2101&i2105 是组合合约" in batch.sentence) == (False, True)
    close = order(Side.SELL, 1, "29.5", offset=Offset.CLOSE, instrument=ORE_SPREAD).terms
    for body in (
        c.ClosePosition(account=ONE, terms=close),
        c.LockPosition(account=ONE, terms=replace(close, offset=Offset.OPEN)),
        c.ReversePosition(account=ONE, terms=close),
    ):
        assert not world.do(TRADER, body).ok
        assert ask(world, body).verdict is Verdict.DENY
    assert world.wire.sent == []


@pytest.mark.parametrize("approved", [False, True])
def test_the_auditor_finds_the_yes_and_both_legs_to_be_one(begin: Begin, tmp_path: Path, *, approved: bool) -> None:
    journal = SqliteJournal(tmp_path, TENANT)
    world = ore(begin, limits=LARGE if approved else LIMITS, journal=journal)
    spread(world, Side.BUY, 3, "30.5")
    if approved:
        assert world.decide(CHECKER, world.parked).ok
    assert nets(world) == (3, -3)
    world.check()
    world.sound = False
    journal.close()
    found = verify(tmp_path)
    assert found.ok, found


def test_an_answer_is_taken_apart_only_where_it_names_a_combination_also_after_a_snapshot(begin: Begin) -> None:
    world = ore(begin)
    assert spread(world, Side.BUY, 2, "20").ok
    assert world.buy(1, "830.5", instrument=I).state is OrderState.FILLED
    answers: list[QueryAnswer] = []

    def keep(answer: QueryAnswer) -> QueryAnswer:
        answers.append(answer)
        return answer

    world.wire.rewrite = keep
    world.cut()
    (told,) = [one for one in answers if one.account == ONE]
    copy = thaw(freeze(world.state, accounts=None, persons=frozenset())).accounts[ONE]
    for account in (world.account, copy):
        apart = answer_by_legs(account, told)
        assert [one.wire_key for one in apart.orders] == list(account.by_wire)  # both legs in the place of one
        others = replace(told, orders=tuple(one for one in told.orders if one.terms.instrument == I))
        assert answer_by_legs(account, others) is others
