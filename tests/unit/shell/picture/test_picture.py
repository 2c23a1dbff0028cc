from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import HOUR_NS
from terminal.domain.fact.facts import BarrierPassed, InstrumentListed
from terminal.domain.ids import AccountId, ConfirmationId, InstrumentId, OrderId
from terminal.domain.market import Batch
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.engine.book.lines import Book
from terminal.engine.fold import apply
from terminal.engine.mailbox import Drained, LatestMailbox
from terminal.engine.receive import Engine
from terminal.engine.records.journal import Record
from terminal.engine.records.snapshot import freeze, thaw
from terminal.engine.screen import DECIDED_LISTED, Document
from terminal.engine.state import State
from terminal.engine.turn import RUNNER, Said, Turn
from terminal.gateways.sample.market import SampleMarket
from terminal.shell.picture.book import BookMaker
from terminal.shell.picture.past import Past
from terminal.shell.picture.picture import Picture
from tests.engine_world import CHECKER, FAR, NEXT_NIGHT, ONE, OTHER, RB, TRADER, I, World, device, reference, run
from tests.picture_desk import Desk
from tests.picture_settings import GRID, grid_settings
from tests.sample_room import sample_runner


def books_of(engine: Engine) -> dict[AccountId, Book]:
    maker = BookMaker(
        marks=engine.columns.last_price,
        quotes=engine.columns.quote,
        days_to_expiry=engine.look.days_to_expiry,
        instruments=engine.state.tenant.instruments,
    )
    return {name: maker.book(account, engine.columns.at) for name, account in engine.state.accounts.items()}


def busy_world() -> World:
    world = World()
    world.buy(5, 3701)
    world.sell(2, "830", instrument=I)
    world.buy(3, 3690)  # rests
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_settings()))
    world.show()
    world.order(Side.BUY, 200, 3700)  # parked
    world.show({RB: (3702, 3703), I: ("829", "829.5")})
    return world


def everything(desk: Desk) -> list[object]:
    # A book that nothing moved keeps the moment it was made at.
    books = {name: replace(book, at=0) for name, book in desk.books.items()}
    lanes = (desk.orders, desk.accounts, desk.strategies, desk.approvals, desk.alerts, desk.trades)
    return [books, *lanes]


def test_a_contract_that_ends_beyond_this_program_s_calendar_costs_one_figure_and_not_the_desk() -> None:
    world = busy_world()
    known, last = world.state.tenant.instruments[RB], reference().calendar.last
    for expiry, is_known in ((last, True), (last + 10_000, False), (None, False)):
        turn = Turn(world.state, world.at, "plan", RUNNER)
        turn.say(InstrumentListed(instrument=replace(known, expiry=expiry)))
        run(world.runner.commit(turn))
        lines = {line.instrument: line for line in Desk(world).books[ONE].positions}
        assert (lines[RB].days_to_expiry is not None) is is_known
        assert lines[I].days_to_expiry is not None


def test_a_book_is_the_one_the_runner_would_make_at_the_same_moment() -> None:
    world = busy_world()
    desk = Desk(world)
    assert desk.books == books_of(world.engine)
    assert [line.lots for line in desk.books[ONE].positions] == [1, 2, 5]
    world.show({RB: (3650, 3652)})
    world.close_long(2, 3650)
    desk.look()
    assert desk.books[ONE] == books_of(world.engine)[ONE]


def test_what_can_be_closed_of_todays_and_of_yesterdays_lots_is_what_no_working_close_holds() -> None:
    world = World()
    world.buy(5, 3701)
    world.sell(4, "830", instrument=I)
    world.show_at(NEXT_NIGHT)
    world.buy(3, 3701)
    world.close_long(2, 3800, offset=Offset.CLOSE_YESTERDAY)  # both rest
    world.close_long(1, 3800, offset=Offset.CLOSE_TODAY)
    desk = Desk(world)
    lines = {line.instrument: line for line in desk.books[ONE].positions}
    split = [(one.lots, one.closable, one.closable_today, one.closable_yesterday) for one in lines.values()]
    assert dict(zip(lines, split, strict=True)) == {RB: (8, 5, 2, 3), I: (4, 4, 0, 4)}
    assert {name: one.lockable for name, one in lines.items()} == {RB: 5, I: 4}
    world.sell(2, 3900)  # a lock that rests as well
    desk.look()
    assert {line.instrument: line.lockable for line in desk.books[ONE].positions} == {RB: 3, I: 4}


def test_a_book_follows_the_trading_day() -> None:
    world = busy_world()
    desk = Desk(world)
    before = {line.instrument: line.days_to_expiry for line in desk.books[ONE].positions}
    world.show_at(NEXT_NIGHT)
    desk.look()
    after = {line.instrument: line.days_to_expiry for line in desk.books[ONE].positions}
    assert desk.books == books_of(world.engine)
    assert {name: (days or 0) - 1 for name, days in before.items()} == after
    assert all(line.today == 0 for line in desk.books[ONE].positions)


def test_over_the_sample_market_state_and_books_are_the_runner_s() -> None:
    calendar = reference().calendar
    market = SampleMarket(seed=7, reference=reference(), start=calendar.begins_at(20_250_106))
    runner = sample_runner(market, reference())
    said: list[tuple[Said, int]] = []
    runner._told = lambda turn, _: said.extend((one, turn.at) for one in turn.said)
    run(runner.begin())
    engine = runner.engine
    assert engine is not None
    # A desk that comes later begins with what was journaled before.
    state, mailbox, read = State(), LatestMailbox(), 0
    picture = Picture(mailbox, calendar, CHECKER, device(CHECKER))
    past = Past()
    picture.restart(state, past)
    changed = set(range(len(engine.columns.universe)))
    for _ in range(400):
        item = run(runner.gateway.next())
        assert item is not None
        run(runner.take(item))
        if isinstance(item, Batch):
            changed.update(item.slots.tolist())
    for entry in runner.journal.replay(read):
        record = entry.record
        assert isinstance(record, Record)
        apply(state, record.fact, record.utc)
        picture.saw(record.fact, past.saw(state, record.fact, record.utc, record.actor, record.cause))
    names = [engine.columns.universe[slot] for slot in changed]
    quotes = {name: quote for name in names if (quote := engine.columns.quote(name)) is not None}
    picture.quotes(quotes, engine.columns.at, engine.look.trading_day)
    picture.flush()
    drained = mailbox.drain()
    assert state.state_hash() == runner.state.state_hash()
    assert drained.books == books_of(engine)
    assert sum(len(book.positions) for book in drained.books.values()) >= 6
    running = {name for account in runner.state.accounts.values() for name in account.strategies}
    assert set(drained.strategies) == running != set()
    assert len(drained.trades) == sum(len(account.fills) for account in state.accounts.values())


def test_what_is_shown_after_many_facts_is_what_a_restart_would_show() -> None:
    world = World()
    desk = Desk(world)
    for step in (
        lambda: world.buy(5, 3701),
        lambda: world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_settings())),
        lambda: world.order(Side.BUY, 200, 3700),
        lambda: world.show({I: ("827", "827.5")}),
        lambda: world.show({I: ("835", "835.5"), RB: (3690, 3691)}),
        lambda: world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)),
        world.cut,
        lambda: world.show({RB: (3695, 3696)}),
    ):
        step()
        desk.look()
    shown = everything(desk)
    desk.begin(past=desk.past)
    assert desk.show().restarted
    assert desk.trades
    assert everything(desk) == shown


def other_machine(desk: Desk) -> Desk:
    """Sit down at a machine that has heard nothing: all it has is a snapshot of the first one's state."""
    other = Desk(World())
    other.state = thaw(freeze(desk.state, accounts=None, persons=frozenset({CHECKER})))
    other.begin()
    other.picture.quotes(desk._quotes, desk.world.at, desk.world.engine.look.trading_day)
    other.show()
    return other


def test_a_desk_that_joins_by_a_snapshot_shows_the_trades_and_why_orders_ended() -> None:
    world = busy_world()
    row = world.buy(1, 3600)
    world.do(TRADER, c.CancelOrder(account=ONE, order=row.order))
    world.wire.hold_orders = True
    world.buy(1, 3701)
    world.wait(5)
    desk = Desk(world)
    other = other_machine(desk)
    assert other.orders == desk.orders
    assert other.trades == desk.trades
    assert len(desk.trades) == 3
    assert {line.note.partition("：")[0] for line in other.orders.values()} == {"", "人工撤单", "状态未知"}


def test_a_restart_tells_the_events_of_before_in_the_same_words_and_each_trade_once() -> None:
    world = busy_world()
    desk = Desk(world)
    told, trades = list(desk.events), list(desk.trades)
    desk.begin(past=Past.thaw(desk.past.freeze()))
    desk.show()
    assert (desk.events, desk.trades) == (told, trades)
    world.buy(1, 3703)
    desk.look()
    assert desk.trades[:-1] == trades
    assert desk.trades[-1].price == 3703
    assert [event.number for event in desk.events] == list(range(1, len(desk.events) + 1))


def test_after_a_restart_lists_hold_nothing_that_ended_on_an_earlier_day() -> None:
    world = busy_world()
    desk = Desk(world)
    ended = [name for name, row in desk.account.orders.items() if row.ended]
    assert ended
    assert desk.trades
    world.show_at(NEXT_NIGHT)
    resting = world.buy(1, 3600)
    desk.look()
    desk.begin(past=desk.past)
    desk.show()
    assert desk.trades == []
    assert set(desk.orders) == {*desk.account.live} >= {resting.order}
    assert desk.orders.keys().isdisjoint(ended)


@pytest.mark.parametrize(
    ("state", "why", "note"),
    [
        (OrderState.REJECTED, "资金不足", "交易所拒绝：资金不足"),
        (OrderState.VOID, "查询无此委托", "没有报出：查询无此委托"),
        (OrderState.UNKNOWN, "", "状态未知；等交易所确认，请勿重报"),
        (OrderState.EXPIRED, "", "收盘失效"),
        (OrderState.CANCELLED, "人工撤单", "人工撤单"),
        (OrderState.PARTIAL, "已成交", "撤单未被接受：已成交"),
        (OrderState.FILLED, "", ""),
    ],
)
def test_a_note_says_what_happened_and_why(state: OrderState, why: str, note: str) -> None:
    desk = Desk(busy_world())
    row = next(iter(desk.account.orders.values()))
    row.state, row.note = state, why
    desk.begin(past=desk.past)
    desk.show()
    assert desk.orders[row.order].note == note


def test_after_a_snapshot_of_another_history_its_trades_are_gone() -> None:
    desk = Desk(busy_world())
    assert desk.trades
    other = State()
    for entry in World().journal.replay():
        assert isinstance(entry.record, Record)
        apply(other, entry.record.fact, entry.record.utc)
    desk.state = other
    desk.begin()
    desk.show()
    assert (desk.trades, desk.orders, desk.strategies) == ([], {}, {})
    assert set(desk.accounts) == {ONE, OTHER}


def test_a_restart_tells_the_orders_of_the_day_and_those_still_to_be_heard_of() -> None:
    world = busy_world()
    world.wire.hold_orders = True
    world.buy(1, 3701)
    world.wait(5)
    desk = Desk(world)
    rows = desk.account.orders
    assert {OrderState.UNKNOWN, OrderState.LIVE, OrderState.FILLED} <= {row.state for row in rows.values()}
    desk.begin()
    desk.show()
    assert desk.orders.keys() == rows.keys()
    for row in rows.values():
        row.trading_day -= 1
    desk.begin()
    desk.show()
    assert desk.orders.keys() == {name for name, row in rows.items() if not row.ended} != rows.keys()


def test_a_restart_tells_the_orders_of_all_accounts_in_the_order_they_were_made_in() -> None:
    desk = Desk(busy_world())
    rows = desk.account.orders
    for at, row in enumerate(rows.values()):
        row.recorded_at -= at % 2 * HOUR_NS
    desk.account.trades.clear()
    other = desk.state.accounts[OTHER].orders
    name, row = next(iter(rows.items()))
    other[name] = rows.pop(name)
    other[name].terms = replace(row.terms, account=OTHER)
    desk.begin()
    told = list(desk.show().orders.values())
    assert {line.terms.account for line in told} == {ONE, OTHER}
    assert [line.recorded_at for line in told] == sorted(line.recorded_at for line in told)


def test_a_restart_tells_what_waits_what_has_waited_here_and_the_latest_that_were_decided() -> None:
    desk = Desk(busy_world())
    kept = desk.account.confirmations
    (waiting,) = desk.account.pending.values()
    asked = waiting.confirmation

    def decide(prefix: str) -> list[ConfirmationId]:
        names = [ConfirmationId(f"{prefix}{number}") for number in range(DECIDED_LISTED + 5)]
        for name in names:
            kept[name] = replace(
                waiting, confirmation=replace(asked, confirmation=name), state=ConfirmationState.REJECTED
            )
        return names

    older, latest = decide("a"), decide("b")
    desk.begin()
    told = desk.show().approvals
    assert set(latest[-DECIDED_LISTED:]) | {asked.confirmation} <= told.keys()
    assert not told.keys() & set(older)
    waiting.state = ConfirmationState.REJECTED
    desk.account.pending.clear()
    decide("c")
    desk.begin()
    assert desk.show().approvals[asked.confirmation].state is ConfirmationState.REJECTED


def test_a_restart_that_breaks_off_leaves_nothing_of_what_was_shown_before() -> None:
    desk = Desk(busy_world())
    assert desk.orders
    broken = thaw(freeze(desk.state, accounts=None, persons=frozenset({CHECKER})))
    broken.accounts[ONE].trades[0] = replace(broken.accounts[ONE].trades[0], order=OrderId("nowhere"))
    with pytest.raises(KeyError):
        desk.picture.restart(broken, desk.past)
    drained = desk.mailbox.drain()
    assert (drained.restarted, drained.orders) == (True, {})


def test_a_flush_posts_nothing_when_nothing_changed() -> None:
    desk = Desk(busy_world())
    assert desk.show() == Drained()


def test_a_quote_of_a_contract_nobody_holds_or_trades_makes_nothing_anew() -> None:
    world = busy_world()
    desk = Desk(world)
    world.grow({FAR: (3500, 3501)})
    desk.picture.quotes({FAR: desk._quotes[FAR]}, world.at, 20_200_821)
    assert desk.show() == Drained()


def test_a_quote_of_a_held_contract_makes_its_book_anew_and_no_order() -> None:
    world = busy_world()
    desk = Desk(world)
    desk.picture.quotes({RB: desk._quotes[RB]._replace(bid=3710, ask=3711)}, world.at, 20_200_821)
    drained = desk.show()
    assert set(drained.books) == {ONE}
    book = drained.books[ONE]
    assert book.money.position_profit > 0
    assert book.by_trade.balance + book.by_trade.floating_profit == book.money.equity
    assert drained.orders == {}
    assert drained.strategies == {}


def test_of_many_orders_only_the_changed_one_is_posted() -> None:
    world = World()
    rows = [world.buy(1, 3600 + number) for number in range(12)]
    desk = Desk(world)
    assert set(desk.orders) == {row.order for row in rows}
    world.do(TRADER, c.CancelOrder(account=ONE, order=rows[3].order))
    drained = desk.look()
    assert set(drained.orders) == {rows[3].order}
    line = drained.orders[rows[3].order]
    assert (line.state, line.note, line.cancel_asked, line.source) == (OrderState.CANCELLED, "人工撤单", False, TRADER)


def test_orders_and_trades_name_who_wanted_them() -> None:
    world = World()
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_settings()))
    world.show()
    world.buy(1, 3701)
    world.show({I: ("827", "827.5")})
    desk = Desk(world)
    assert {line.source for line in desk.orders.values()} == {TRADER, GRID}
    assert {trade.source for trade in desk.trades} == {TRADER, GRID}
    trade = next(one for one in desk.trades if one.source == TRADER)
    assert (trade.instrument, trade.side, trade.lots, trade.price, trade.fee) == (RB, Side.BUY, 1, 3701, 3)


def test_an_order_says_why_it_ended_or_is_in_doubt() -> None:
    world = World()
    world.wire.hold_orders = True
    row = world.buy(1, 3701)
    world.wait(5)
    desk = Desk(world)
    line = desk.orders[row.order]
    assert line.state is OrderState.UNKNOWN
    assert line.note.startswith("状态未知：")
    assert "请勿重报" in line.note


def test_events_are_numbered_without_gaps_and_in_the_order_of_the_journal() -> None:
    desk = Desk(busy_world())
    assert [event.number for event in desk.events] == list(range(1, len(desk.events) + 1))
    assert [event.at for event in desk.events] == sorted(event.at for event in desk.events)


def test_an_order_the_gate_refused_is_told_once() -> None:
    world = World()
    desk = Desk(world)
    told = len(desk.events)
    done = world.order(Side.BUY, 10_000, 3701)
    desk.look()
    assert not done.ok
    assert [done.sentence in sentence for sentence in desk.said()[told:]] == [True]


@pytest.mark.parametrize("name", [RB, I])
def test_a_mark_is_the_one_the_engine_takes(name: InstrumentId) -> None:
    world = World()
    for last in ({}, {name: world.quotes[name][0] or 0}):
        world.show(last=last)
        desk = Desk(world)
        assert desk.picture._present.mark(name) == world.engine.columns.last_price(name) is not None


def test_a_fact_that_changes_no_line_posts_none() -> None:
    world = busy_world()
    desk = Desk(world)
    session = desk.account.barrier.session
    fact = BarrierPassed(account=ONE, session=session)
    desk.saw(fact, world.at, RUNNER)
    drained = desk.show()
    assert [event.sentence for event in drained.events] == ["与交易所对账一致，可以开仓"]
    assert replace(drained, events=()) == Drained()


def test_a_waiting_card_follows_what_the_account_does_meanwhile() -> None:
    world = busy_world()
    desk = Desk(world)
    before = {one.name: one.before for one in desk.card.figures}
    assert world.account.book.net_lots()[RB] == 5
    world.buy(4, 3703)
    desk.look()
    after = {one.name: one.before for one in desk.card.figures}
    held = "持仓 rb2101（不含挂单）"
    assert (before[held], after[held]) == ("多 5 手", "多 9 手")
    assert desk.card.last_orders[0] == "买开 rb2101 4 手 @3703 全部成交"


def test_documents_of_the_person_at_the_desk_are_posted_and_nobody_else_s() -> None:
    world = World()
    desk = Desk(world)
    for person, body in ((CHECKER, '{"a":1}'), (TRADER, "{}")):
        assert world.do(person, c.SaveDocument(name="草稿", base_version=0, body=body)).ok
    drained = desk.look()
    assert drained.documents == {"草稿": Document(name="草稿", version=1, body='{"a":1}')}
    assert drained.events == ()
    desk.begin(past=desk.past)
    assert desk.show().documents == drained.documents
