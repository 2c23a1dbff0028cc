"""What is exercised by itself on an option's last day counts in money and limits, and people are told in time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from terminal.domain.commands import Kill, SubmitOrder
from terminal.domain.days.calendar import instant
from terminal.domain.fact.exercise import ExerciseExpected
from terminal.domain.orders.exercise import Choice
from terminal.domain.orders.order import Side
from terminal.domain.parameters.limits import HedgeBound
from terminal.domain.reports import Traded
from terminal.domain.view import AccountView
from terminal.domain.words.risk import Scope
from terminal.engine.books.exercise import PASSES_LIMIT
from tests.engine_market import CALL, LATER, PUT, WITH_OPTIONS, instruments
from tests.engine_world import DAY, LIMITS, ONE, RISK, TRADER, I, World, terms
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.test_exercise import SHOWN, alerts, ask, holding, look, row, settle, unmarked, wish
from tests.scenario.test_exercise_limits import TWO_LOTS, buy

RATE = Decimal("0.08") * 100
CALLS, PUTS = 3 * 820 * RATE, 2 * 840 * RATE


def money(world: World) -> AccountView:
    return world.account.book.view(unmarked)


def expected(world: World) -> list[tuple[str, ...]]:
    return [fact.options for fact in world.facts(ExerciseExpected)]


def seen(begin: Begin, **options: Any) -> World:
    """Return a world in which a minute has gone by since the options of the last day were bought."""
    world = holding(begin, instant(DAY, 13, 30), **options)
    world.show_at(instant(DAY, 13, 32))
    return world


def test_what_is_in_the_money_on_its_last_day_is_frozen_for_and_what_is_not_is_not(begin: Begin) -> None:
    world = seen(begin)
    both = CALLS + PUTS if not instruments()[I].larger_side else max(CALLS, PUTS)
    assert expected(world)[-1] == (CALL, PUT), "the later call does not end today"
    assert (money(world).frozen_margin, money(world).frozen_commission) == (both, Decimal(10))
    world.show({I: ("845", "845.5")})
    world.show_at(instant(DAY, 13, 34))
    assert expected(world)[-1] == (CALL,), "the puts at 840 are out of the money"
    assert money(world).frozen_margin == CALLS
    world.restart()
    assert money(world).frozen_margin == CALLS
    count = len(expected(world))
    world.wait(130)
    assert len(expected(world)) == count, "it is stated when it changes, not every minute"
    settle(world)
    # The next day is the last one of the later call.
    assert (money(world).frozen_margin, world.account.exercises.expected) == (2 * 810 * RATE, (LATER,))


@pytest.mark.parametrize("answered", [False, True])
def test_what_is_bought_on_its_last_day_counts_in_the_judgement_right_after_its_fill(
    begin: Begin, *, answered: bool
) -> None:
    world = begin(at=instant(DAY, 13, 30), universe=WITH_OPTIONS, limits=TWO_LOTS)
    world.show(SHOWN)
    world.wait(2)
    if answered:  # the fill is heard of in a complete answer only
        world.wire.lose = (Traded,)
    world.buy(2, "14.5", instrument=CALL)
    world.wait(31 * answered)
    assert expected(world)[-1] == (CALL,)
    refused = world.do(TRADER, SubmitOrder(terms=buy(1)))
    assert (refused.code, "超过持仓限额 2 手" in refused.sentence) == ("POSITION_LIMIT", True)
    # What is not in the money, or lives on, is not expected; what was expected stays.
    assert world.order(Side.BUY, 1, "22.5", instrument=LATER).ok
    assert expected(world) == [(CALL,)]
    world.restart()
    assert money(world).frozen_margin == 2 * 820 * RATE


def test_a_request_speaks_for_its_lots(begin: Begin) -> None:
    world = seen(begin)
    assert ask(world, wish(PUT, 2, Choice.ABANDON)).ok
    assert money(world).frozen_margin == CALLS
    assert ask(world, wish(CALL, 1, Choice.ABANDON)).ok
    assert money(world).frozen_margin == 2 * 820 * RATE
    assert ask(world, wish(CALL, 1)).ok
    assert (money(world).frozen_margin, money(world).frozen_commission) == (2 * 820 * RATE, Decimal(4)), "once"
    world.close_long(1, "14", instrument=CALL)
    assert money(world).frozen_margin == 820 * RATE


def test_orders_see_what_comes_by_itself_in_money_and_limit(begin: Begin) -> None:
    world = seen(begin, limits=msgspec.structs.replace(TWO_LOTS, position_lots_by_instrument={I: 4}))
    refused = world.do(TRADER, SubmitOrder(terms=buy(2)))
    assert (refused.code, "多头 5 手，超过持仓限额 4 手" in refused.sentence) == ("POSITION_LIMIT", True)
    assert world.do(TRADER, SubmitOrder(terms=buy(1))).ok


def test_an_order_that_leaves_too_little_for_it_is_refused_in_a_sentence(begin: Begin) -> None:
    world = seen(begin, cash=62_000)
    refused = world.do(TRADER, SubmitOrder(terms=buy(3)))
    assert refused.code == "AVAILABLE_NEGATIVE"
    assert "本交易日到期自动行权的 i2101-C-820 3 手" in refused.sentence


def test_a_request_for_what_comes_by_itself_is_judged_once(begin: Begin) -> None:
    world = seen(begin, limits=msgspec.structs.replace(TWO_LOTS, position_lots_by_instrument={I: 3}))
    before = money(world)
    told = look(world, wish(CALL, 3))
    assert "保证金 ¥0.00 → ¥19,680.00" in told.details
    assert ask(world, wish(CALL, 3)).ok, "three lots, not six"
    assert money(world) == before
    over = ask(world, wish(LATER, 1))
    assert (over.ok, "4 手，超过持仓限额 3 手" in over.sentence) == (False, True)


def test_what_will_pass_a_limit_is_told_of_before_the_close_with_the_remedy(begin: Begin) -> None:
    world = seen(begin, limits=TWO_LOTS)
    assert alerts(world, PASSES_LIMIT) == []
    world.show_at(instant(DAY, 14, 1))
    (told,) = alerts(world, PASSES_LIMIT)
    assert told.startswith("i2101-C-820 今天到期，多头 3 手实值将自动行权，得到 i2101 多 3 手：")
    assert "超过持仓限额 2 手" in told
    assert told.endswith("不要请在 15:30 前申请放弃，或收盘前平仓。")
    world.show_at(instant(DAY, 14, 3))
    world.restart()
    world.show_at(instant(DAY, 14, 4))
    assert len(alerts(world, PASSES_LIMIT)) == 1


def test_what_was_abandoned_in_time_passes_no_limit(begin: Begin) -> None:
    world = seen(begin, limits=TWO_LOTS)
    assert ask(world, wish(CALL, 1, Choice.ABANDON)).ok
    world.show_at(instant(DAY, 14, 1))
    assert alerts(world, PASSES_LIMIT) == []


@pytest.mark.parametrize("tonnes", [-300, -200])
def test_what_comes_by_itself_counts_among_the_hedges(begin: Begin, tonnes: int) -> None:
    bound = HedgeBound(
        group="铁矿石", physical_tonnes=Decimal(tonnes), weights={instruments()[I].product: Decimal(100)}
    )
    limits = msgspec.structs.replace(LIMITS, hedge_bounds=(bound,), hedge_confirm_fraction=Decimal(1))
    world = seen(begin, limits=limits)
    refused = world.do(TRADER, SubmitOrder(terms=terms(Side.BUY, 1, "830.5", instrument=I)))
    assert refused.code == "HEDGE_ABOVE_EXPOSURE"
    world.show_at(instant(DAY, 14, 1))
    told = alerts(world, PASSES_LIMIT)
    assert ["套保 300 吨，超过现货敞口与已批预期交易之和 200 吨" in one for one in told] == [True] * (tonnes == -200)


def test_a_kill_says_that_it_comes_all_the_same(begin: Begin) -> None:
    world = seen(begin)
    said = world.do(RISK, Kill(account=ONE, scope=Scope(), reason="停")).sentence
    assert "i2101-C-820、i2101-P-840 本交易日到期，实值仍会自动行权，不要请申请放弃" in said


def test_the_window_says_what_is_frozen_and_that_it_is_expected(begin: Begin) -> None:
    world = seen(begin)
    desk = Desk(world, person=TRADER)
    assert "本交易日到期自动行权的 i2101-C-820 3 手" in desk.books[ONE].frozen_for
    ask(world, wish(LATER, 1))
    assert row(world).stands
