"""A stop and a take-profit on a position go down with it, end with it, and never close a lot twice (C13)."""

from __future__ import annotations

from decimal import Decimal
from typing import Unpack

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.domain import commands as c
from terminal.domain.fact.facts import AlertRaised, CommandDone, ConditionalShrunk, OrderFilled
from terminal.domain.ids import ConditionalId
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState as S
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState
from terminal.domain.orders.order import Offset, Side
from terminal.domain.reports import Traded
from terminal.domain.words.risk import Verdict
from terminal.engine.conditional.attached import guarded_by, unguarded
from terminal.engine.conditional.release import FAILED
from terminal.engine.previews.command import preview
from terminal.engine.screen import Preview
from tests.engine_market import terms
from tests.engine_world import LIMITS, ONE, RB, RISK, TRADER, World, device
from tests.scenario.conftest import Begin
from tests.scenario.exits import STOP, TAKE, Terms, attached, exits, guard, states_and_lots
from tests.scenario.waiting_orders import BELOW, close, happen, place, reaches, send, sent, wanted


def test_a_preview_says_both_of_them_in_one_line_and_what_either_would_meet(begin: Begin) -> None:
    world = begin()
    world.buy(5, 3701)
    world.show()

    def foreseen(wishes: tuple[d.Conditional, ...]) -> Preview:
        body = c.GuardPosition(account=ONE, exits=wishes)
        return preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=False)

    found = foreseen(exits(5))
    assert found.verdict is Verdict.ALLOW
    assert found.sentence.startswith(
        "附在持仓上，随它减少、平完即止：止损 3690、止盈 3710（二择一） "
        "卖平持仓 rb2101 5 手 @对手价−2 跳（可平不足先撤平仓单），撤前有效 · 若此刻触发：可以报出"
    )
    assert [one.terms.lots for one in found.children] == [5]
    now = foreseen(exits(5, stop=3700))
    assert (now.verdict, "条件现已满足" in now.sentence) == (Verdict.WARN, True)
    assert foreseen(exits(6)).verdict is Verdict.DENY
    assert "持有 5 手，不能再附 6 手" in foreseen(exits(6)).sentence


@pytest.mark.parametrize("restarts", [False, True])
def test_they_go_down_with_the_position_and_end_with_it(begin: Begin, restarts: bool) -> None:
    world = begin()
    world.buy(5, 3701)
    attached(world, 5)
    assert world.close_long(2, 3699).ok
    assert states_and_lots(world) == [(S.WAITING, 3), (S.WAITING, 3)]
    assert [row.note for row in world.account.conditionals.rows.values()] == ["持仓减到 3 手"] * 2
    if restarts:
        world.restart()
        world.wait(6)
    assert world.close_long(3, 3699).ok
    assert [(row.state, row.note) for row in world.account.conditionals.rows.values()] == [(S.EXPIRED, "持仓已平")] * 2


def test_what_is_opened_after_the_position_was_closed_is_not_theirs(begin: Begin) -> None:
    world = begin()
    world.buy(5, 3701)
    attached(world, 5)
    assert world.close_long(4, 3699).ok
    world.buy(4, 3701)
    assert states_and_lots(world) == [(S.WAITING, 1)] * 2
    before = len(sent(world))
    world.show({RB: (STOP, STOP + 1)})
    assert [one.lots for one in sent(world, before)] == [1]
    assert (world.net(), [state for state, _ in states_and_lots(world)]) == (4, [S.RELEASED, S.EXPIRED])


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize(("bid", "gone"), [(STOP, 0), (TAKE, 1)])
def test_when_one_has_closed_the_lots_the_other_is_over(begin: Begin, bid: int, gone: int, restarts: bool) -> None:
    world = begin()
    world.buy(8, 3701)
    attached(world, 5)
    if restarts:
        world.restart()
        world.wait(6)
    before = len(sent(world))
    world.show({RB: (bid, bid + 1)})
    rows = list(world.account.conditionals.rows.values())
    assert (rows[gone].state, rows[1 - gone].state) == (S.RELEASED, S.EXPIRED)
    assert rows[1 - gone].note == f"二择一的 {rows[gone].conditional} 已成交 5 手"
    world.show({RB: (STOP + TAKE - bid, STOP + TAKE - bid + 1)})
    world.wait(3)
    assert (world.net(), [one.lots for one in sent(world, before)]) == (3, [5])


def test_of_a_profit_that_is_taken_in_part_the_stop_takes_back_the_rest_and_closes_it(begin: Begin) -> None:
    world = begin()
    world.buy(9, 3701)
    attached(world, 5, at=d.AtPrice(price=Decimal(TAKE + 1)), when=d.WhenShort.FAIL)
    before = len(sent(world))
    world.show({RB: (TAKE, TAKE + 1)}, lots=2)  # it queues at a price that is not there yet
    world.show({RB: (TAKE + 1, TAKE + 2)}, lots=2)
    stop, profit = world.account.conditionals.rows.values()
    traded = sum(one.lots for one in world.facts(OrderFilled)) - 9
    assert (profit.state, stop.state) == (S.RELEASED, S.WAITING)
    assert 0 < traded < 5
    assert stop.wanted.release.lots == 5 - traded
    world.show({RB: (STOP, STOP + 1)})
    world.wait(3)
    assert stop.state is S.RELEASED
    assert [one.lots for one in sent(world, before)] == [5, 5 - traded]
    assert (world.net(), world.account.live) == (4, {})
    assert [one for one in world.facts(AlertRaised) if one.code == FAILED] == []


def test_fills_that_come_while_it_is_taken_back_are_not_closed_again(begin: Begin) -> None:
    world = begin()
    world.buy(9, 3701)
    attached(world, 5, at=d.AtPrice(price=Decimal(TAKE + 1)))
    world.show({RB: (TAKE, TAKE + 1)})
    world.wire.hold = (Traded,)
    world.show({RB: (TAKE + 1, TAKE + 2)})  # it fills, and nobody hears of it
    before = len(sent(world))
    world.show({RB: (STOP, STOP + 1)})
    stop, _ = world.account.conditionals.rows.values()
    assert stop.state is S.TRIGGERED
    world.wire.hold = ()
    world.tell_held()
    world.wait(8)
    assert (stop.state, sent(world, before), world.net()) == (S.EXPIRED, [], 4)


def test_a_close_by_hand_takes_lots_off_what_was_placed_last(begin: Begin) -> None:
    world = begin()
    world.buy(6, 3701)
    attached(world, 2)
    attached(world, 4, take=None)
    assert guard(world, exits(1)).code == "BAD_GUARD"
    assert world.close_long(3, 3699).ok
    assert [lots for _, lots in states_and_lots(world)] == [2, 2, 1]
    assert world.close_long(2, 3699).ok
    assert [(state, lots) for state, lots in states_and_lots(world)] == [(S.WAITING, 1), (S.WAITING, 1), (S.EXPIRED, 1)]


def test_the_short_side_and_another_flag_are_other_positions(begin: Begin) -> None:
    world = begin()
    world.buy(3, 3701)
    world.sell(3, 3699)
    attached(world, 3)
    attached(world, 3, stop=TAKE, take=STOP, side=Side.BUY)
    assert world.order(Side.BUY, 1, 3701, offset=Offset.CLOSE_TODAY).ok
    assert [lots for _, lots in states_and_lots(world)] == [3, 3, 2, 2]


def test_what_waits_for_a_second_person_is_void_when_its_lots_are_closed(begin: Begin) -> None:
    world = begin(limits=msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(60_000)))
    for more in range(5):
        world.buy(1, 3701 + more)
    attached(world, 5)
    world.show({RB: (STOP, STOP + 1)})
    stop, profit = world.account.conditionals.rows.values()
    assert (stop.state, profit.state, len(world.pending())) == (S.RELEASED, S.WAITING, 1)
    assert world.close_long(1, STOP - 1).ok
    assert (world.parked.state, world.pending()) == (ConfirmationState.REVOKED, [])
    assert profit.wanted.release.lots == 4


def test_what_waits_for_a_second_person_is_void_when_the_other_goes_out(begin: Begin) -> None:
    world = begin(limits=msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(60_000)))
    for more in range(8):
        world.buy(1, 3701 + more)
    attached(world, 2)
    world.show({RB: (STOP, STOP + 1)})
    first = world.parked
    world.show({RB: (TAKE, TAKE + 1)})
    assert first.state is ConfirmationState.REVOKED
    done = world.decide(RISK, first, decision=ConfirmationEvent.APPROVE)
    assert (done.ok, len(world.pending()), world.net()) == (False, 1, 8)


@pytest.mark.parametrize("restarts", [False, True])
def test_what_its_maker_changes_while_it_waits_for_a_second_person_is_still_one_of_two(
    begin: Begin, restarts: bool
) -> None:
    world = begin(limits=msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(60_000)))
    for more in range(8):
        world.buy(1, 3701 + more)
    attached(world, 2, stop=3697, take=3704)
    world.show({RB: (3697, 3698)})
    first = world.parked.confirmation.confirmation
    changed = terms(Side.SELL, 2, 3690, offset=Offset.CLOSE_TODAY)
    assert world.do(TRADER, c.EditOrder(account=ONE, confirmation=first, terms=changed)).code == "CONFIRM2"
    again = world.parked
    assert again.confirmation.confirmation != first
    if restarts:
        world.restart()
        world.wait(6)
        again = world.account.confirmations[again.confirmation.confirmation]
    assert unguarded(world.account, guarded_by(exits(2)[0].release)) == 6
    world.show({RB: (3704, 3705)})
    assert again.state is ConfirmationState.REVOKED
    done = world.decide(RISK, again)
    assert (done.ok, world.decide(RISK, world.parked).ok, world.net()) == (False, True, 6)


def test_what_its_maker_changes_so_that_nobody_has_to_see_it_takes_its_fills_off_the_other(begin: Begin) -> None:
    world = begin(limits=msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(60_000)))
    for more in range(8):
        world.buy(1, 3701 + more)
    attached(world, 2, stop=3697, take=3704)
    world.show({RB: (3697, 3698)})
    changed = terms(Side.SELL, 1, 3690, offset=Offset.CLOSE_TODAY)
    edit = c.EditOrder(account=ONE, confirmation=world.parked.confirmation.confirmation, terms=changed)
    assert (world.do(TRADER, edit).code, world.net()) == ("OK", 7)
    assert states_and_lots(world) == [(S.RELEASED, 2), (S.WAITING, 1)]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_profit_put_beside_a_stop_later_is_one_of_two_with_it(begin: Begin, restarts: bool) -> None:
    world = begin()
    world.buy(8, 3701)
    (stop,) = attached(world, 5, take=None)

    def put(lots: int, **terms: Unpack[Terms]) -> CommandDone:
        return guard(world, exits(lots, **terms), beside=stop.conditional)

    assert "同样手数" in put(4, stop=None).sentence
    assert "只能再附一张" in put(5).sentence
    assert "条件相同" in put(5, take=None).sentence
    assert put(5, stop=None).ok
    assert (put(5, stop=None).code, "不是单独" in put(5, stop=None).sentence) == ("BAD_GUARD", True)
    if restarts:
        world.restart()
        world.wait(6)
    before = len(sent(world))
    world.show({RB: (TAKE, TAKE + 1)})
    assert [state for state, _ in states_and_lots(world)] == [S.EXPIRED, S.RELEASED]
    assert (world.net(), [one.lots for one in sent(world, before)]) == (3, [5])


@pytest.mark.parametrize("lots", [3, 6])
def test_a_change_keeps_to_its_position_and_to_what_is_not_guarded(begin: Begin, lots: int) -> None:
    world = begin()
    world.buy(8, 3701)
    stop, _ = attached(world, 5)
    attached(world, 3)
    wish = wanted(reaches(3680, BELOW), close(lots), d.Validity.GTC)
    body = c.EditConditional(account=ONE, conditional=stop.conditional, base_version=1, wanted=wish)
    done = world.do(TRADER, body)
    assert (done.code, stop.wanted.release.lots) == (("OK", 3) if lots == 3 else ("BAD_GUARD", 5))
    other = wanted(reaches(3680, BELOW), close(2, side=Side.BUY), d.Validity.GTC)
    again = msgspec.structs.replace(body, wanted=other, base_version=stop.version)
    assert world.do(TRADER, again).code == "BAD_GUARD"


def test_a_change_over_a_version_from_before_a_fill_is_refused(begin: Begin) -> None:
    world = begin()
    world.buy(5, 3701)
    stop, _ = attached(world, 5)
    assert world.close_long(2, 3699).ok
    wish = wanted(reaches(3680, BELOW), close(5), d.Validity.GTC)
    body = c.EditConditional(account=ONE, conditional=stop.conditional, base_version=1, wanted=wish)
    assert world.do(TRADER, body).code == "CONFLICT"


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ((), "BAD_GUARD"),
        (exits(6), "BAD_GUARD"),
        ((*exits(1), *exits(1, take=None)), "BAD_GUARD"),
        (exits(2, take=None) * 2, "BAD_GUARD"),
        ((*exits(2, take=None), *exits(3, stop=None)), "BAD_GUARD"),
        ((wanted(reaches(STOP, BELOW), send()),), "BAD_GUARD"),
        ((wanted(reaches(STOP, BELOW), close(0)),), "BAD_CONDITIONAL"),
    ],
)
def test_what_cannot_be_attached_is_refused_whole(begin: Begin, wishes: tuple[d.Conditional, ...], code: str) -> None:
    world = begin()
    world.buy(5, 3701)
    assert (guard(world, wishes).code, world.account.conditionals.rows) == (code, {})


def test_a_free_standing_close_is_attached_to_nothing(begin: Begin) -> None:
    world = begin()
    world.buy(5, 3701)
    row = place(world, wanted(reaches(STOP, BELOW), close(5)))
    assert world.close_long(2, 3699).ok
    assert (row.wanted.release.lots, world.facts(ConditionalShrunk)) == (5, [])
    assert unguarded(world.account, guarded_by(row.wanted.release)) == 3


ACTS = st.lists(
    st.one_of(
        st.sampled_from(["stop", "take", "flat", "cut", "restart", "silent", "heard", "wait", "buy"]),
        st.tuples(st.sampled_from(["close", "guard", "stop", "withdraw", "beside"]), st.integers(1, 4)),
    ),
    min_size=4,
    max_size=14,
)


def played(world: World, act: str | tuple[str, int]) -> None:
    match act:
        case "buy":
            world.order(Side.BUY, 2, world.quotes[RB][1] or 3701)
        case "stop" | "take":
            world.show({RB: (STOP, STOP + 1) if act == "stop" else (TAKE, TAKE + 1)}, lots=4)
        case str():
            happen(world, act)
        case ("close", lots):
            world.close_long(lots, world.quotes[RB][0] or 3700)
        case ("guard", lots):
            terms: Terms = {"at": d.AtPrice(price=Decimal(TAKE + 1))} if lots % 2 else {}
            guard(world, exits(lots, **terms))
        case ("stop", lots):
            guard(world, exits(lots, take=None))
        case ("beside", number):
            for one in world.account.conditionals.standing()[number - 1 : number]:
                guard(world, exits(one.wanted.release.lots, stop=STOP - number, take=None), one.conditional)
        case (_, number):
            rows = world.account.conditionals.standing()
            if rows:
                name = rows[number % len(rows)].conditional
                world.do(TRADER, c.WithdrawConditional(account=ONE, conditional=name))


def first_of(world: World, name: ConditionalId) -> ConditionalId:
    # Whoever stands beside another one, or has taken the place of one that did, closes the lots of the first.
    seen: list[ConditionalId] = []
    one: ConditionalId | None = name
    while one is not None and one not in seen:
        seen.append(one)
        one = world.account.conditionals.rows[one].other
    return min(seen)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_comes_no_pair_closes_more_than_it_was_attached_to(acts: list[str | tuple[str, int]]) -> None:
    world = World()
    world.buy(6, 3701)
    attached(world, 4)
    placed: dict[str, int] = {}
    for act in acts:
        played(world, act)
        world.check()
        for row in world.account.conditionals.rows.values():
            placed.setdefault(row.conditional, row.wanted.release.lots)
    world.wire.lose = ()
    world.wait(8)
    world.check()
    closed: dict[str, int] = {}
    for one in world.facts(OrderFilled):
        tag = world.account.orders[one.order].cause.tag
        if tag:
            first = first_of(world, ConditionalId(tag.removeprefix(d.TAG)))
            closed[first] = closed.get(first, 0) + one.lots
    assert all(lots <= placed[name] for name, lots in closed.items())
    assert world.net() >= 0
