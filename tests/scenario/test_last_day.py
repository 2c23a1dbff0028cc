"""What is still held when its last day is over leaves the account, by the exchange's word (DOMAIN 4.12)."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import (
    AlertRaised,
    BarrierPassed,
    DaySettled,
    OrderFilled,
    PositionEnded,
    Reconciled,
    ReportQuarantined,
)
from terminal.domain.ids import ExchangeId, TradeId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.products.ending import How
from terminal.domain.reports import Ended, QueryAnswer, Removed, Traded
from terminal.engine.check import check_all
from terminal.engine.exchange.quarantine import CODE
from terminal.engine.records.snapshot import freeze, thaw
from tests.engine_world import RB, World
from tests.scenario.conftest import Begin

LAST_DAY, AFTER = 20210115, 20210118
HELD = HedgeFlag.SPECULATION


def to_the_last_day(begin: Begin) -> World:
    """Return a world with two lots bought at 3701, on the last day of the contract, its settlement said at 3900."""
    world = begin()
    world.buy(2, 3701)
    world.show_at(instant(LAST_DAY, 9, 30), {RB: (3890, 3891)})
    world.show(facts=[DayFacts(instrument=RB, trading_day=LAST_DAY, settlement=3900)])
    return world


def told(world: World) -> Ended:
    (fact,) = world.facts(PositionEnded)
    return Ended(
        account=fact.account,
        exchange=ExchangeId("SHFE"),
        trading_day=fact.trading_day,
        ending=fact.ending,
        into=fact.into,
    )


def test_a_future_held_on_its_last_day_is_delivered_at_its_settlement(begin: Begin) -> None:
    world = to_the_last_day(begin)
    before = world.account.book.view(world.engine.columns.last_price)
    world.show_at(instant(AFTER, 9))
    # Then both lots are gone on both sides, the profit of the last day is in the account, and the barrier passes.
    ending = told(world).ending
    assert (ending.how, ending.lots, ending.price) == (How.DELIVERED, 2, Decimal(3900))
    assert (world.net(), world.lots_there()) == (0, 0)
    after = world.account.book.view(world.engine.columns.last_price)
    assert (after.equity - before.equity, after.margin) == (Decimal(2 * 10 * 9) + Decimal("0.5") * 20, 0)
    assert world.facts(DaySettled)[-2].prices == {}
    assert world.account.barrier.passed
    assert world.facts(BarrierPassed)
    assert world.refolded().state_hash() == world.state.state_hash()


def test_the_word_of_an_end_counts_once_however_often_it_is_told(begin: Begin) -> None:
    world = to_the_last_day(begin)
    world.show_at(instant(AFTER, 9))
    equity = world.account.book.view(world.engine.columns.last_price).equity
    world.tell(told(world), told(world))
    world.restart()
    world.cut()
    assert len(world.facts(PositionEnded)) == 1
    assert world.facts(ReportQuarantined) == []
    assert world.account.book.view(world.engine.columns.last_price).equity == equity


def test_the_word_of_an_end_that_comes_after_the_roll_gives_the_same_lots_and_equity(begin: Begin) -> None:
    world = to_the_last_day(begin)
    world.wire.hold = (Ended,)
    world.show_at(instant(AFTER, 9))
    assert (world.net(), world.lots_there()) == (2, 0)
    assert not world.account.barrier.passed, "nothing opens while the positions differ"
    world.tell_held()
    world.wait(10)
    assert (world.net(), world.account.barrier.passed) == (0, True)
    view = world.account.book.view(world.engine.columns.last_price)
    assert view.equity == 20_000_000 + 2 * 10 * (3900 - 3701) - world_fee(world)


def test_the_word_of_an_end_that_comes_after_a_missed_day_counts_once_and_as_much(begin: Begin) -> None:
    world = to_the_last_day(begin)
    world.wire.hold = (Ended,)
    world.show_at(instant(20210119, 9))
    settled = [(one.trading_day, one.missed) for one in world.facts(DaySettled) if one.account == world.account.account]
    assert settled[-2:] == [(LAST_DAY, False), (AFTER, True)]
    world.tell_held()
    world.tell(told(world))
    assert len(world.facts(PositionEnded)) == 1
    assert world.net() == 0
    view = world.account.book.view(world.engine.columns.last_price)
    assert view.equity == 20_000_000 + 2 * 10 * (3900 - 3701) - world_fee(world)
    assert world.refolded().state_hash() == world.state.state_hash()


def world_fee(world: World) -> Decimal:
    return sum((fill.fee for fill in world.facts(OrderFilled)), Decimal(0))


def test_an_end_that_cannot_be_is_put_aside(begin: Begin) -> None:
    world = to_the_last_day(begin)
    world.show_at(instant(AFTER, 9))
    end = told(world)
    before = world.account.book.canonical()
    changes: tuple[dict[str, object], ...] = ({"lots": 5}, {"side": Side.SELL}, {"how": How.LAPSED})
    for number, change in enumerate(changes):
        ending = msgspec.structs.replace(end.ending, number=f"X{number}", **change)
        world.tell(msgspec.structs.replace(end, trading_day=AFTER, ending=ending))
    assert {fact.code for fact in world.facts(ReportQuarantined)} == {"NOT_HELD", "CANNOT_END_SO"}
    assert len(world.facts(ReportQuarantined)) == 3
    assert world.account.book.canonical() == before


@pytest.mark.parametrize(
    ("field", "told_as"),
    [("price", one) for one in ("NaN", "sNaN", "Infinity", "-3900", "0", "1E+400000")]
    + [("fee", one) for one in ("NaN", "-5", "Infinity")],
)
def test_an_end_at_what_is_no_price_is_put_aside_until_it_is_told_right(begin: Begin, field: str, told_as: str) -> None:
    world = to_the_last_day(begin)
    world.wire.hold = (Ended,)
    world.show_at(instant(AFTER, 9))
    world.wire.hold = ()
    (end,) = [one for one in world.wire.take_held() if isinstance(one, Ended)]
    before = world.account.book.canonical()
    wrong = msgspec.structs.replace(end, ending=msgspec.structs.replace(end.ending, **{field: Decimal(told_as)}))
    for _ in range(2):
        world.tell(wrong)
    (fact,) = world.facts(ReportQuarantined)
    assert (fact.code, told_as in fact.row) == ("BAD_PRICE", True)
    assert [alert.code for alert in world.account.open_alerts.values() if alert.code == CODE] == [CODE]
    assert world.account.book.canonical() == before
    world.restart()
    world.tell(end)
    world.wait(6)
    assert (world.net(), world.refolded().state_hash()) == (0, world.state.state_hash())


def test_a_close_whose_end_was_lost_holds_none_of_the_lots_that_were_delivered(begin: Begin) -> None:
    # Given a close that rests on the last day, and an exchange whose word of its expiry comes late
    world = to_the_last_day(begin)
    world.order(Side.SELL, 1, 3899, offset=Offset.CLOSE_YESTERDAY)
    (row,) = world.account.live.values()
    world.wire.hold = (Removed, QueryAnswer)
    # When the lots are delivered
    world.show_at(instant(AFTER, 9))
    # Then they are gone whole, the close may still be heard of and holds nothing
    assert told(world).ending.lots == 2
    assert not row.ended
    assert world.net() == 0
    assert world.account.book.check() == []
    # And when it is heard of, everything agrees.
    world.tell_held()
    world.wait(10)
    assert row.ended
    assert world.account.barrier.passed
    assert world.account.book.check() == []
    assert world.refolded().state_hash() == world.state.state_hash()


def test_a_fill_of_a_close_whose_lots_were_all_delivered_is_put_aside(begin: Begin) -> None:
    # Given a close whose lots were delivered, and which has not been heard of since
    world = to_the_last_day(begin)
    world.order(Side.SELL, 1, 3899, offset=Offset.CLOSE_YESTERDAY)
    (row,) = world.account.live.values()
    world.wire.hold = (Removed, QueryAnswer)
    world.show_at(instant(AFTER, 9))
    before = world.account.book.canonical()
    # When the exchange says that it filled all the same
    assert row.sys_id is not None
    world.tell(
        Traded(
            account=row.terms.account,
            wire_key=row.wire_key,
            exchange=ExchangeId("SHFE"),
            sys_id=row.sys_id,
            trade=TradeId("99"),
            trading_day=LAST_DAY,
            side=Side.SELL,
            instrument=RB,
            lots=1,
            price=Decimal(3899),
            exchange_at=instant(LAST_DAY, 14, 59),
        )
    )
    # Then no lot and no yuan moves, and people read why.
    (fact,) = world.facts(ReportQuarantined)
    assert fact.code == "NOTHING_TO_CLOSE"
    assert [one.sentence for one in world.account.open_alerts.values() if one.code == CODE] == [
        f"成交 99（1 手）没有入账：{fact.reason}。"
    ]
    assert world.account.book.canonical() == before
    world.tell_held()


def test_a_close_that_filled_before_the_delivery_and_is_heard_of_after_it_is_booked_whole(begin: Begin) -> None:
    world = to_the_last_day(begin)
    world.wire.hold = (Traded, Removed)
    world.order(Side.SELL, 1, 3889, offset=Offset.CLOSE_YESTERDAY)
    world.wait(1)
    world.show_at(instant(AFTER, 9))
    assert (told(world).ending.lots, world.net()) == (1, 1)
    world.tell_held()
    world.wait(10)
    assert (world.net(), world.lots_there()) == (0, 0)
    assert world.facts(ReportQuarantined) == []
    assert world.account.barrier.passed
    assert world.refolded().state_hash() == world.state.state_hash()


@pytest.mark.parametrize("only_by_answer", [False, True])
def test_an_end_of_lots_whose_fill_comes_late_is_booked_after_the_fill(begin: Begin, only_by_answer: bool) -> None:
    # Given lots bought on the last day, whose fill is still under way when their delivery is told
    world = begin()
    world.show_at(instant(LAST_DAY, 9, 30), {RB: (3700, 3701)})
    world.wire.hold = (Traded,)
    world.wire.rewrite = lambda answer: msgspec.structs.replace(answer, trades=())
    world.buy(2, 3701)
    world.show(facts=[DayFacts(instrument=RB, trading_day=LAST_DAY, settlement=3900)])
    world.show_at(instant(AFTER, 9))
    # Then the delivery waits, in the journal and in snapshots too, and is told once
    assert {fact.code for fact in world.facts(ReportQuarantined)} == {"NOT_HELD"}
    assert world.facts(PositionEnded) == []
    assert world.refolded().state_hash() == world.state.state_hash()
    copy = thaw(freeze(world.state, accounts=None, persons=frozenset()))
    assert copy.state_hash() == world.state.state_hash()
    world.tell(*copy.accounts[world.account.account].ends_aside.values())
    assert len(world.facts(ReportQuarantined)) == 1
    # And when the fill is heard of, by its own word or by an answer, the lots are gone and the money is right.
    world.wire.rewrite = None
    if only_by_answer:
        world.restart()
    else:
        world.tell_held()
    world.wait(10)
    assert [fact.ending.lots for fact in world.facts(PositionEnded)] == [2]
    assert (world.net(), world.lots_there(), world.account.ends_aside) == (0, 0, {})
    assert world.account.barrier.passed
    assert all(not fact.differences for fact in world.facts(Reconciled))
    view = world.account.book.view(world.engine.columns.last_price)
    assert view.equity == 20_000_000 + 2 * 10 * (3900 - 3701) - world_fee(world)
    assert check_all(world.state) == []


def test_an_end_at_a_price_that_stands_in_is_said_once(begin: Begin) -> None:
    world = begin()
    world.buy(2, 3701)
    world.show_at(instant(LAST_DAY, 9, 30))
    world.show({RB: (3890, 3891)}, last={RB: 3890})
    world.show_at(instant(AFTER, 9))
    assert world.lots_there() == 2, "nobody has said a settlement price of the last day yet"
    world.show_at(instant(AFTER + 1, 9))
    assert (world.net(), world.lots_there()) == (0, 0)
    assert world.facts(PositionEnded)[-1].ending.price == Decimal(3890)
    (told,) = [alert for alert in world.facts(AlertRaised) if alert.code == "ENDED_UNSETTLED"]
    assert told.sentence.endswith("交割 2 手：当日结算价一直没有给出，按最后已知价了结，请与结算单核对。")


def test_nothing_is_sent_in_a_contract_whose_last_day_has_passed(begin: Begin) -> None:
    world = to_the_last_day(begin)
    assert world.order(Side.BUY, 1, 3891).ok, "its last day is a day like another"
    world.show_at(instant(LAST_DAY, 21, 1), {RB: (3890, 3891)})
    sent = len(world.account.orders)
    done = world.order(Side.BUY, 1, 3891)
    assert (done.code, "最后交易日 2021-01-15 已过" in done.sentence) == ("LAST_DAY_PASSED", True), done.sentence
    assert len(world.account.orders) == sent
