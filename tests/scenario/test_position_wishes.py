"""Close, lock and unlock a position by its own verb: the runner plans the orders, the gate judges each (C6, C7)."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import ConfirmationRequested, OrderRecorded
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.words.risk import Scope, Verdict
from terminal.engine.previews.command import preview
from terminal.engine.screen import Preview
from terminal.engine.wording import yuan
from terminal.risk.order_size import LARGE_UNASKED
from tests.engine_market import terms
from tests.engine_world import DAY, LIMITS, NEXT_NIGHT, ONE, OTHER, RB, RISK, TRADER, VIEWER, Price, World, device
from tests.scenario.conftest import Begin, relist


def of_two_days(begin: Begin, limits: Limits = LIMITS) -> World:
    """Return a world with two of yesterday's and three of today's long lots."""
    world = begin(at=instant(DAY, 14, 59, 30), limits=limits)
    world.buy(2, 3701)
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, settlement=3700)])
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
    world.buy(3, 3701)
    return world


def wish(lots: int, price: Price, *, side: Side = Side.SELL) -> OrderTerms:
    return terms(side, lots, price, offset=Offset.CLOSE)


def sent(world: World, since: int) -> list[tuple[Side, Offset, int]]:
    recorded = world.facts(OrderRecorded)[since:]
    return [(one.terms.side, one.terms.offset, one.terms.lots) for one in recorded]


def test_a_close_of_lots_of_two_days_is_two_orders(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, c.ClosePosition(account=ONE, terms=wish(4, 3700))).ok
    assert sent(world, 2) == [(Side.SELL, Offset.CLOSE_YESTERDAY, 2), (Side.SELL, Offset.CLOSE_TODAY, 2)]
    assert world.net() == 1


def test_todays_lots_go_first_when_that_is_asked_for(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, c.ClosePosition(account=ONE, terms=wish(4, 3700), take="TODAY_FIRST")).ok
    assert sent(world, 2) == [(Side.SELL, Offset.CLOSE_TODAY, 3), (Side.SELL, Offset.CLOSE_YESTERDAY, 1)]


def test_more_than_can_be_closed_sends_nothing_and_never_opens(begin: Begin) -> None:
    world = of_two_days(begin)
    done = world.do(TRADER, c.ClosePosition(account=ONE, terms=wish(6, 3700)))
    assert (done.ok, done.code) == (False, "NOT_CLOSABLE")
    assert "可平 5 手" in done.sentence
    assert sent(world, 2) == []


def test_an_order_the_gate_refuses_stops_the_whole_wish(begin: Begin) -> None:
    world = of_two_days(begin)
    done = world.do(TRADER, c.ClosePosition(account=ONE, terms=wish(4, "3700.5")))
    assert not done.ok
    assert sent(world, 2) == []


def test_a_lock_opens_the_other_side_and_an_unlock_closes_both(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, c.LockPosition(account=ONE, terms=wish(5, 3700))).ok
    assert sent(world, 2) == [(Side.SELL, Offset.OPEN, 5)]
    held = world.account.book.position(RB, wish(1, 1).hedge_flag)
    assert (held.long, held.short, world.net()) == (5, 5, 0)
    assert not world.do(TRADER, c.LockPosition(account=ONE, terms=wish(1, 3700))).ok, "all of them are locked"
    crossing = c.UnlockPosition(account=ONE, terms=wish(3, 3700), other_price=Decimal(3701))
    assert world.do(TRADER, crossing).code == "SELF_MATCH"
    assert world.do(TRADER, c.UnlockPosition(account=ONE, terms=wish(3, 3702), other_price=Decimal(3699))).ok
    assert sent(world, 3) == [
        (Side.SELL, Offset.CLOSE_YESTERDAY, 2),
        (Side.SELL, Offset.CLOSE_TODAY, 1),
        (Side.BUY, Offset.CLOSE_TODAY, 3),
    ]
    world.show({RB: (3702, 3703)})
    world.show({RB: (3698, 3699)})
    held = world.account.book.position(RB, wish(1, 1).hedge_flag)
    assert (held.long, held.short) == (2, 2)


def test_an_unlock_of_one_side_closes_what_is_locked_and_no_more(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, c.LockPosition(account=ONE, terms=wish(4, 3700))).ok
    for lots, said in ((5, "锁着的 4 手"), (0, "手数不对")):
        done = world.do(TRADER, c.UnlockPosition(account=ONE, terms=wish(lots, 3700)))
        assert (done.ok, said in done.sentence) == (False, True)
    assert world.do(TRADER, c.UnlockPosition(account=ONE, terms=wish(3, 3701, side=Side.BUY))).ok
    assert sent(world, 3) == [(Side.BUY, Offset.CLOSE_TODAY, 3)]
    held = world.account.book.position(RB, wish(1, 1).hedge_flag)
    assert (held.long, held.short) == (5, 1)
    assert not world.do(TRADER, c.UnlockPosition(account=ONE, terms=wish(2, 3700))).ok
    assert world.do(TRADER, c.UnlockPosition(account=ONE, terms=wish(1, 3700))).ok
    held = world.account.book.position(RB, wish(1, 1).hedge_flag)
    assert (held.long, held.short) == (4, 1)


def test_a_preview_of_a_lock_says_what_it_binds_and_spares_and_of_an_unlock_what_it_frees(begin: Begin) -> None:
    world = of_two_days(begin)

    def details(body: c.CommandBody) -> tuple[str, ...]:
        return preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=False).details

    def margin() -> str:
        return yuan(world.account.book.view(world.engine.columns.last_price).margin)

    close = c.ClosePosition(account=ONE, terms=wish(4, 3700), take="YESTERDAY_FIRST")
    lock = c.LockPosition(account=ONE, terms=wish(4, 3700))
    (closed, opened) = (
        preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=False).fee for body in (close, lock)
    )
    assert closed is not None
    assert opened is not None
    told, before = details(lock), margin()
    assert told[0] == "全部成交后 多 5 手 → 多 5、空 4 手（锁仓）"
    less = closed - opened
    said = "一样" if not less else f"{'省' if less > 0 else '多付'} {yuan(abs(less), 2)}"
    assert told[2] == (
        f"手续费：改为平仓 {yuan(closed, 2)}，其中平今 2 手；锁仓 {yuan(opened, 2)}，{said}（以后解锁另付）"
    )
    assert world.do(TRADER, lock).ok
    assert told[1].startswith(f"保证金 {before} → {margin()}（")
    unlock = c.UnlockPosition(account=ONE, terms=wish(4, 3700))
    told, before = details(unlock), margin()
    assert told[0] == "全部成交后 多 5、空 4 手（锁仓） → 多 1、空 4 手（锁仓）"
    assert told[2].startswith("若改平空头：按同样的价格，手续费 ¥")
    assert world.do(TRADER, unlock).ok
    assert told[1].startswith(f"保证金 {before} → {margin()}（")


def test_who_may_not_trade_may_not_close(begin: Begin) -> None:
    world = of_two_days(begin)
    assert not world.do(VIEWER, c.ClosePosition(account=ONE, terms=wish(1, 3700))).ok
    assert sent(world, 2) == []


def test_a_preview_shows_every_order_with_its_fee_before_anything_is_sent(begin: Begin) -> None:
    world = of_two_days(begin)
    close = c.ClosePosition(account=ONE, terms=wish(4, 3700))
    found = preview(world.engine.look, TRADER, device(TRADER), 1, close, split_close=False)
    assert [(one.terms.offset, one.terms.lots) for one in found.children] == [
        (Offset.CLOSE_YESTERDAY, 2),
        (Offset.CLOSE_TODAY, 2),
    ]
    assert found.fee == sum(one.fee or 0 for one in found.children) > 0
    lock = c.LockPosition(account=ONE, terms=wish(5, 3700))
    (opened,) = preview(world.engine.look, TRADER, device(TRADER), 2, lock, split_close=False).children
    assert (opened.terms.offset, opened.margin is not None) == (Offset.OPEN, True)
    unlock = c.UnlockPosition(account=ONE, terms=wish(1, 3702), other_price=Decimal(3699))
    both = preview(world.engine.look, TRADER, device(TRADER), 3, unlock, split_close=False)
    assert "两边都可平的 0 手" in both.sentence
    assert sent(world, 2) == []


def test_a_preview_shows_what_goes_out_today_first_too_and_why_nothing_would(begin: Begin) -> None:
    world = of_two_days(begin, msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(150_000)))

    def foreseen(body: c.CommandBody) -> Preview:
        return preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=False)

    close = c.ClosePosition(account=ONE, terms=wish(4, 3700), take="TODAY_FIRST")
    shown = [(one.terms.side, one.terms.offset, one.terms.lots) for one in foreseen(close).children]
    for body in (
        c.LockPosition(account=ONE, terms=wish(6, 3700)),
        c.ClosePosition(account=ONE, terms=wish(5, 3700)),
        c.ClosePosition(account=OTHER, terms=wish(1, 3700)),
    ):
        found, done = foreseen(body), world.do(TRADER, body)
        assert (found.verdict, done.ok) == (Verdict.DENY, False)
    assert "逐笔下单" in foreseen(c.ClosePosition(account=ONE, terms=wish(5, 3700))).sentence
    assert world.do(TRADER, close).ok
    assert sent(world, 2) == shown == [(Side.SELL, Offset.CLOSE_TODAY, 3), (Side.SELL, Offset.CLOSE_YESTERDAY, 1)]


def test_what_a_second_person_must_see_is_refused_whole_however_it_is_split(begin: Begin) -> None:
    world = of_two_days(begin, msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(120_000)))
    # Two and three lots: each order stays below the line, both together do not.
    for body in (
        c.ClosePosition(account=ONE, terms=wish(5, 3700)),
        c.LockPosition(account=ONE, terms=wish(5, 3700)),
    ):
        done = world.do(TRADER, body)
        assert (done.ok, done.code) == (False, "NEEDS_SECOND")
        assert "逐笔下单" in done.sentence
    assert sent(world, 2) == []
    assert world.facts(ConfirmationRequested) == []


@pytest.mark.parametrize("wished", [True, False])
def test_under_the_kill_switch_a_large_close_waits_for_nobody_and_is_told_afterwards(
    begin: Begin, *, wished: bool
) -> None:
    world = of_two_days(begin, msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(111_035)))
    terms = msgspec.structs.replace(wish(3, 3702), offset=Offset.CLOSE_TODAY)
    body = c.ClosePosition(account=ONE, terms=wish(5, 3702)) if wished else c.SubmitOrder(terms=terms)
    # Given a close that a second person would have to see
    assert world.do(TRADER, body).code == ("NEEDS_SECOND" if wished else "CONFIRM2")
    assert sent(world, 2) == []
    assert not any(row.code == LARGE_UNASKED for row in world.account.open_alerts.values())
    # When everything is stopped
    assert world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练")).ok
    world.show(after=3)
    # Then it goes out, and an alert tells whoever was not asked; nothing opens.
    foreseen = preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=False)
    assert world.do(TRADER, body).ok
    assert sum(lots for _, _, lots in sent(world, 2)) == (5 if wished else 3)
    told = [row for row in world.account.open_alerts.values() if row.code == LARGE_UNASKED]
    assert len(told) == 1  # of the three lots: the two of yesterday are no large order
    assert all("没有等复核的减仓" in row.sentence for row in told)
    assert foreseen.verdict is Verdict.WARN
    assert not world.do(TRADER, c.SubmitOrder(terms=msgspec.structs.replace(terms, offset=Offset.OPEN))).ok
    # And whoever ordered it cannot take it off the others' screens.
    seen = c.AcknowledgeAlert(account=ONE, alert=told[0].number)
    done = world.do(TRADER, seen)
    assert (done.ok, done.code) == (False, "OWN_DOING")
    assert "须由另一人" in done.sentence
    assert world.do(RISK, seen).ok


def test_under_the_kill_switch_a_close_that_is_large_only_as_a_whole_is_told_once_and_foreseen(begin: Begin) -> None:
    world = of_two_days(begin, msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(120_000)))
    assert world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练")).ok
    world.show(after=3)
    # Two and three lots: each order stays below the line, both together do not.
    body = c.ClosePosition(account=ONE, terms=wish(5, 3700))
    foreseen = preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=False)
    assert foreseen.verdict is Verdict.WARN
    assert [(one.code, one.value) for one in foreseen.findings if one.code == LARGE_UNASKED] == [
        (LARGE_UNASKED, "185000")
    ]
    assert "告警给复核人" in foreseen.findings[-1].sentence
    assert foreseen.sentence.endswith("可以报出，有提醒")
    assert world.do(TRADER, body).ok
    assert [lots for _, _, lots in sent(world, 2)] == [2, 3]
    (told,) = [row for row in world.account.open_alerts.values() if row.code == LARGE_UNASKED]
    assert "共 2 笔委托：合计" in told.sentence
    assert told.person == TRADER
    assert told.sentence.endswith("减仓不等复核。")


@pytest.mark.parametrize("lots", [1, 2])
def test_under_the_kill_switch_the_preview_of_an_unlock_says_what_the_unlock_tells(begin: Begin, lots: int) -> None:
    world = of_two_days(begin, msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(120_000)))
    assert world.do(TRADER, c.LockPosition(account=ONE, terms=wish(2, 3700))).ok
    world.wait(3)
    assert world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练")).ok
    world.show(after=3)
    # One lot of each side is no large order; two of each are none by themselves, and one together.
    body = c.UnlockPosition(account=ONE, terms=wish(lots, 3702), other_price=Decimal(3699))
    foreseen = preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=False)
    assert world.do(TRADER, body).ok
    told = [row.code for row in world.account.open_alerts.values() if row.code == LARGE_UNASKED]
    assert [one.code for one in foreseen.findings if one.code == LARGE_UNASKED] == told
    assert len(told) == (lots == 2)


def test_an_unlock_never_leaves_one_side_waiting_for_a_second_person(begin: Begin) -> None:
    world = of_two_days(begin, msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(150_000)))
    for lots in (3, 2):
        assert world.do(TRADER, c.LockPosition(account=ONE, terms=wish(lots, 3700))).ok
    # The long side would go out in two and three lots, the short side's five together wait.
    done = world.do(TRADER, c.UnlockPosition(account=ONE, terms=wish(5, 3702), other_price=Decimal(3699)))
    assert (done.ok, done.code) == (False, "NEEDS_SECOND")
    assert sent(world, 4) == []
    assert world.facts(ConfirmationRequested) == []


def test_a_wish_larger_than_one_order_goes_out_whole_and_its_repetition_does_not(begin: Begin) -> None:
    world = of_two_days(begin)
    known = world.state.tenant.instruments[RB]
    relist(world, msgspec.structs.replace(known, max_lots=1))
    # Given a wish of three times what the exchange takes in one order
    lock = c.LockPosition(account=ONE, terms=wish(3, 3700))
    shown = preview(world.engine.look, TRADER, device(TRADER), 1, lock, split_close=False)
    # Then its equal pieces are one wish, and go out as they were previewed.
    assert world.do(TRADER, lock).ok
    assert sent(world, 2) == [(one.terms.side, one.terms.offset, one.terms.lots) for one in shown.children]
    assert [lots for _, _, lots in sent(world, 2)] == [1, 1, 1]
    # And the same again within moments is a slip.
    done = world.do(TRADER, c.LockPosition(account=ONE, terms=wish(1, 3700)))
    assert (done.ok, done.code) == (False, "NEEDS_SECOND")
    assert "完全相同" in done.sentence
    assert len(sent(world, 2)) == 3


def test_a_close_larger_than_one_order_goes_out_whole(begin: Begin) -> None:
    world = of_two_days(begin)
    known = world.state.tenant.instruments[RB]
    relist(world, msgspec.structs.replace(known, max_lots=1))
    assert world.do(TRADER, c.ClosePosition(account=ONE, terms=wish(5, 3700))).ok
    yesterday, today = (Side.SELL, Offset.CLOSE_YESTERDAY, 1), (Side.SELL, Offset.CLOSE_TODAY, 1)
    assert sent(world, 2) == [yesterday] * 2 + [today] * 3


def test_lots_that_are_being_locked_are_not_locked_twice(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, c.LockPosition(account=ONE, terms=wish(5, 3705))).ok, "it works on, above the market"
    done = world.do(TRADER, c.LockPosition(account=ONE, terms=wish(5, 3706)))
    assert (done.ok, done.code) == (False, "NOT_CLOSABLE")
    assert "未锁的 0 手" in done.sentence
    assert "开仓 A1-00000003 5 手还在委托；请先撤单，或减少手数" in done.sentence


def test_lots_that_a_resting_close_will_take_are_not_locked(begin: Begin) -> None:
    world = of_two_days(begin)
    # Given a close of three of five that rests above the market
    assert world.do(TRADER, c.ClosePosition(account=ONE, terms=wish(3, 3705))).ok
    # When more than the other two are to be locked
    lock = c.LockPosition(account=ONE, terms=wish(3, 3700))
    found = preview(world.engine.look, TRADER, device(TRADER), 1, lock, split_close=False)
    done = world.do(TRADER, lock)
    # Then it is refused, names what rests, and says what to do.
    assert (done.ok, done.code, found.verdict) == (False, "NOT_CLOSABLE", Verdict.DENY)
    assert "未锁的 2 手，不能做 3 手" in done.sentence
    assert "平仓 A1-00000003 2 手、A1-00000004 1 手还在委托；请先撤单，或减少手数" in done.sentence
    assert found.sentence == done.sentence
    # And after all of it nobody is left with more sold than bought.
    assert world.do(TRADER, c.LockPosition(account=ONE, terms=wish(2, 3700))).ok
    world.show({RB: (3705, 3706)})
    held = world.account.book.position(RB, wish(1, 1).hedge_flag)
    assert (held.long, held.short) == (2, 2)


def test_lots_that_a_reversal_closes_or_will_open_against_are_not_locked(begin: Begin) -> None:
    world = of_two_days(begin)
    # Given a reversal of four of five of which one has closed and none is opened yet
    assert world.do(TRADER, c.ReversePosition(account=ONE, terms=wish(4, 3705))).ok
    world.show({RB: (3705, 3706)}, lots=1)
    # Then the one it leaves will stand against its own opening, and is not locked besides.
    done = world.do(TRADER, c.LockPosition(account=ONE, terms=wish(1, 3705)))
    assert (done.ok, done.code) == (False, "NOT_CLOSABLE")
    assert "反手 A1-R000001 还要开 4 手；请先放弃反手，或减少手数" in done.sentence
    world.show({RB: (3705, 3706)})
    world.wait(3)
    held = world.account.book.position(RB, wish(1, 1).hedge_flag)
    assert (held.long, held.short) == (1, 4)


@pytest.mark.parametrize("other", [Side.SELL, Side.BUY])
def test_two_unlocks_that_rest_take_together_no_more_than_is_locked(begin: Begin, other: Side) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, c.LockPosition(account=ONE, terms=wish(4, 3700))).ok
    # Given five long and four short lots, and an unlock of two of the long ones that rests
    assert world.do(TRADER, c.UnlockPosition(account=ONE, terms=wish(2, 3706))).ok
    # When more than the other two are to be unlocked, of either side
    price = 3706 if other is Side.SELL else 3694
    unlock = c.UnlockPosition(account=ONE, terms=wish(3, price, side=other))
    found = preview(world.engine.look, TRADER, device(TRADER), 1, unlock, split_close=False)
    done = world.do(TRADER, unlock)
    # Then it is refused, names what rests, says what to do, and the preview has said the same.
    assert (done.ok, done.code, found.verdict) == (False, "NOT_CLOSABLE", Verdict.DENY)
    assert "锁着的 2 手，不能做 3 手；解锁 A1-00000004 2 手还在委托；请先撤单，或减少手数" in done.sentence
    assert found.sentence == done.sentence
    # What is left may be unlocked, piece by piece and no further.
    for lots in (1, 1):
        world.wait(3)
        assert world.do(TRADER, c.UnlockPosition(account=ONE, terms=wish(lots, price, side=other))).ok
    world.wait(3)
    assert "锁着的 0 手" in world.do(TRADER, c.UnlockPosition(account=ONE, terms=wish(1, price, side=other))).sentence
    # And what was not locked is closed by a close.
    assert world.do(TRADER, c.ClosePosition(account=ONE, terms=wish(1, 3706))).ok
    world.show({RB: (3706, 3707)})
    world.show({RB: (3693, 3694)})
    held = world.account.book.position(RB, wish(1, 1).hedge_flag)
    assert (held.long, held.short) == ((0, 4) if other is Side.SELL else (2, 2))


def test_an_unlock_leaves_to_a_resting_close_the_lots_it_takes(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, c.LockPosition(account=ONE, terms=wish(4, 3700))).ok
    # Given a close of the long lot that nothing stands against, and of one more
    assert world.do(TRADER, c.ClosePosition(account=ONE, terms=wish(2, 3706))).ok
    named = "平仓 A1-00000004 2 手还在委托；请先撤单"
    for body in (
        c.UnlockPosition(account=ONE, terms=wish(4, 3694, side=Side.BUY)),
        c.UnlockPosition(account=ONE, terms=wish(4, 3705)),
    ):
        done = world.do(TRADER, body)
        assert (done.code, "锁着的 3 手" in done.sentence, named in done.sentence) == ("NOT_CLOSABLE", True, True)
    assert world.do(TRADER, c.UnlockPosition(account=ONE, terms=wish(3, 3694, side=Side.BUY))).ok


def test_both_sides_are_unlocked_within_what_an_unlock_of_one_leaves(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, c.LockPosition(account=ONE, terms=wish(4, 3700))).ok
    assert world.do(TRADER, c.UnlockPosition(account=ONE, terms=wish(2, 3706))).ok
    both = c.UnlockPosition(account=ONE, terms=wish(3, 3705), other_price=Decimal(3694))
    assert "锁着的 2 手，不能做 3 手" in world.do(TRADER, both).sentence
    assert world.do(TRADER, msgspec.structs.replace(both, terms=wish(2, 3705))).ok
