"""A grid in the users' own words: after a night it goes on from what it bought, and its cancels are counted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRejected, StrategyMarked
from terminal.domain.fact.marks import GridTrailed
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.market import DayFacts
from terminal.domain.orders.cancel_line import CancelLine, Exempt
from terminal.domain.orders.confirmation import Stored
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import GridSettings, OutOfRange
from terminal.domain.reports import QueryAnswer
from terminal.strategies.grid.strategy import GridStrategy
from tests import engine_market
from tests.engine_world import DAY, NEXT_DAY, NEXT_NIGHT, ONE, RB, TRADER, World
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.legs import GRID
from tests.unit.engine.foreseen import ask


def grid(**changes: Any) -> GridSettings:
    made = GridSettings(
        account=ONE,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3705),
        step=Decimal(10),
        lines=3,
        lots_per_line=2,
        stop=Decimal(3600),
        lower=Decimal(3610),
        upper=Decimal(3800),
    )
    return msgspec.structs.replace(made, **changes)


def start(world: World, settings: GridSettings) -> c.StartStrategy:
    body = c.StartStrategy(account=ONE, strategy=GRID, settings=settings)
    assert world.do(TRADER, body).ok
    return body


def working(world: World) -> list[tuple[Side, int, int]]:
    rows = world.account.live.values()
    return sorted((row.terms.side, int(row.terms.price), row.remaining) for row in rows)


def test_lines_that_expired_with_the_day_are_sent_again_on_the_next_one_and_close_its_lots_as_yesterdays(
    begin: Begin,
) -> None:
    # Given a grid with one line filled, in a recording that breaks off before the close
    world = begin(at=instant(DAY, 14, 30))
    world.show()
    start(world, grid())
    world.wait(5)
    world.show({RB: (3694, 3695)})
    world.wait(5)
    assert world.net(RB) == 2
    resting = len(working(world))
    sent = len(world.wire.sent)
    # When the exchange ends their day and the night begins
    world.show_at(NEXT_NIGHT, {RB: (3694, 3695)})
    world.wait(5)
    # Then each is sent once more, for the new day, and the exchange takes what closes the lots held over night.
    again = world.wire.sent[sent:]
    assert len(working(world)) == len(again) == resting
    assert all(f"/{NEXT_DAY}/" in one.wire_key for one in again)
    assert [one.terms.offset for one in again if one.terms.side is Side.SELL] == [Offset.CLOSE_YESTERDAY]
    assert world.facts(OrderRejected) == []


def test_what_a_login_tells_of_lines_that_expired_is_answered_on_the_next_day_too(begin: Begin) -> None:
    # Given the same, and a link that was lost over the close: the answer to the login tells that all of it expired
    world = begin(at=instant(DAY, 14, 30))
    world.sound = False  # this answer is the test's
    world.show()
    start(world, grid())
    world.wait(5)
    sent = len(world.wire.sent)

    def over(answer: QueryAnswer) -> QueryAnswer:
        ended = (msgspec.structs.replace(one, state="EXPIRED") if one.state == "LIVE" else one for one in answer.orders)
        return msgspec.structs.replace(answer, orders=tuple(ended))

    world.wire.rewrite = over
    world.cut()
    # Then nothing is sent before the next batch has come.
    assert world.account.barrier.passed
    assert working(world) == []
    assert world.wire.sent[sent:] == []


def test_a_grid_that_waits_is_not_asked_again_because_the_account_agreed_with_the_exchange(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a grid whose lines rest and that wants nothing more
    start(world, grid())
    world.wait(10)
    asked, decide = [0], GridStrategy.decide

    def counted(*given: Any, **named: Any) -> Any:
        asked[0] += 1
        return decide(*given, **named)

    monkeypatch.setattr(GridStrategy, "decide", counted)
    agreed = len(world.wire.answers)
    # When both books agree again and again, and nothing is quoted
    world.wait(130)
    # Then nobody has asked it anything; once its price comes, it trades as ever.
    assert len(world.wire.answers) - agreed >= 4
    assert asked == [0]
    world.show({RB: (3694, 3695)})
    world.wait(5)
    assert world.net(RB) == 2


@pytest.mark.parametrize("restarts", [False, True])
def test_after_a_night_gap_the_grid_goes_on_from_its_fills_and_not_from_the_last_price(
    world: World, *, restarts: bool
) -> None:
    # Given a grid that has bought its first line, and whose second line rests
    start(world, grid())
    world.wait(10)
    world.show({RB: (3694, 3695)})
    world.wait(5)
    assert world.net(RB) == 2
    assert (Side.SELL, 3705, 2) in working(world)
    # When the night opens far below every line, and the runner dies there
    world.show_at(instant(DAY, 15, 1))
    if restarts:
        world.restart()
    world.show_at(NEXT_NIGHT, {RB: (3640, 3641)})
    world.wait(20)
    if restarts:
        world.restart()
        world.wait(5)
    # Then it asks for its profit where the first line takes it, and buys nothing through the market.
    assert working(world) == [(Side.SELL, 3705, 2)]
    assert world.net(RB) == 2
    # And back among the lines it has one order at each, no second one.
    world.show_at(instant(NEXT_DAY, 9), {RB: (3690, 3691)})
    world.wait(20)
    assert working(world) == [(Side.BUY, 3675, 2), (Side.BUY, 3685, 2), (Side.SELL, 3705, 2)]


@pytest.mark.parametrize(("line", "opens"), [(3, False), (30, True)])
def test_what_a_grid_cancels_counts_toward_the_exchanges_line_and_at_it_nothing_is_opened(
    begin: Begin, line: int, *, opens: bool
) -> None:
    # Given a contract with a line of cancels, and a grid that follows the price
    rebar = msgspec.structs.replace(engine_market.instruments()[RB], cancel_line=CancelLine(line, tuple(Exempt)))
    world = begin(changed={(RB, DAY): rebar})
    body = start(world, grid(trail_to=Decimal(3790)))
    world.wait(10)
    assert len(working(world)) == 3
    # When it follows, which takes its three orders out
    world.show({RB: (3718, 3719)})
    world.wait(10)
    # Then all of them are counted: at the line it opens no more, and who starts another is told so beforehand.
    assert world.account.cancels[RB] == 3
    world.wait(60)
    assert bool(working(world)) is opens
    found = ask(world, msgspec.structs.replace(body, strategy=StrategyId("other")))
    if opens:
        assert "rb2101 今日撤单 3 次，认定线 30 次；网格的撤单计入，到线后只平不开" in found.details
    else:
        assert "红色风险级别" in found.sentence


def test_an_empty_grid_follows_the_price_and_a_restart_knows_where_it_stands(world: World) -> None:
    start(world, grid(trail_to=Decimal(3790)))
    world.wait(10)
    world.show({RB: (3718, 3719)})
    world.wait(20)
    assert working(world) == [(Side.BUY, price, 2) for price in (3688, 3698, 3708)]
    world.restart()
    world.wait(10)
    assert working(world) == [(Side.BUY, price, 2) for price in (3688, 3698, 3708)]
    moved = [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, GridTrailed)]
    assert moved == [GridTrailed(moved=Decimal(13), anchor=Decimal(3718), shifted=Decimal(13))]


def test_who_changes_a_grid_that_has_followed_reads_where_it_stands_now(world: World) -> None:
    # Given a grid that was written for 3705 and has followed to 3718
    start(world, grid(trail_to=Decimal(3790)))
    world.wait(10)
    world.show({RB: (3718, 3719)})
    world.wait(20)
    runs = world.account.strategies[GRID]
    # When its lots are to grow, and it is to follow no further
    wanted = msgspec.structs.replace(runs.settings, lots_per_line=5, trail_to=None)
    body = c.ChangeStrategy(account=ONE, strategy=GRID, base_version=runs.version, settings=wanted)
    found = ask(world, body)
    # Then lines, stop, worst and value are those it will have, in the preview as on the card of who approves.
    lines = "等差 3 条线：3708 至 3688，每条 5 手，全部成交 15 手"
    stop = "首线止盈 3718，止损 3613"
    assert {lines, stop, "区间 3623 至 3813，离开后持仓等待"} <= set(found.details)
    assert any(one.startswith("最坏：全部成交后到止损 3613 亏 12,840.00 元") for one in found.details)
    assert found.value == 15 * 10 * Decimal(3698)
    assert world.do(TRADER, body).code == "CONFIRM2"
    card = Desk(world).card
    assert {lines, stop} <= set(card.details)
    (row,) = world.account.pending.values()
    envelope = msgspec.json.decode(row.confirmation.stored, type=Stored).envelope
    assert envelope is not None
    assert envelope.total_value_yuan == 15 * 10 * Decimal(3698)


def test_a_preview_tells_the_stop_and_a_gap_through_it(world: World) -> None:
    limits = DayFacts(instrument=RB, trading_day=DAY, upper_limit=3950, lower_limit=3450)
    world.show(facts=(limits,))
    details = ask(world, c.StartStrategy(account=ONE, strategy=GRID, settings=grid())).details
    # Six lots at 3685 on the average; three yuan a lot each way.
    assert "最坏：全部成交后到止损 3600 亏 5,136.00 元（价差 5,100.00，开仓费 18.00，平仓费 18.00）" in details
    assert "跳空越过止损到 3450 亏 14,136.00 元（价差 14,100.00，开仓费 18.00，平仓费 18.00）" in details
    assert "每格一个来回净得 188.00 元" in details


def test_a_grid_whose_stop_is_gapped_over_flattens_and_says_so(world: World) -> None:
    start(world, grid(out_of_range=OutOfRange.FLATTEN))
    world.wait(10)
    world.show({RB: (3674, 3675)})
    world.wait(5)
    assert world.net(RB) == 6
    world.show_at(NEXT_NIGHT, {RB: (3550, 3551)})
    world.wait(30)
    assert world.net(RB) == 0
    assert world.account.strategies[GRID].status is StrategyStatus.FINISHED
    assert world.net(InstrumentId("DCE.i2101")) == 0
