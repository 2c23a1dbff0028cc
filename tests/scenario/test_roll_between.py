"""A roll between accounts (跨账户移仓) in the users' own words: one task, two accounts, the group never out of step."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRecorded, StrategyMarked, StrategyStarted
from terminal.domain.ids import AccountId, PersonId
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import DaysToExpiry, Half, Manual
from terminal.domain.words.risk import Scope, Verdict
from terminal.engine.fold import apply
from terminal.engine.standing import ConfirmationRow
from terminal.engine.state import State
from terminal.strategies.roll.memory import RollMemory
from tests.engine_people import COLLEAGUE
from tests.engine_world import CHECKER, FAR, LIMITS, ONE, OTHER, RB, RISK, STRANGER, TRADER, World, terms
from tests.scenario.between import (
    FAR_ROLL,
    LOTS,
    NAMES,
    alerts_in,
    ask_for,
    between,
    half,
    held,
    judge,
    net,
    order_far_by_hand,
    walk,
    walk_until_closed,
)
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL
from tests.unit.engine.foreseen import ask

FINISHED, STOPPED, PAUSED = StrategyStatus.FINISHED, StrategyStatus.STOPPED, StrategyStatus.PAUSED
RUNNING = StrategyStatus.RUNNING


def statuses(world: World) -> tuple[StrategyStatus, StrategyStatus]:
    return half(world, ONE).status, half(world, OTHER).status


# --- the whole of it -----------------------------------------------------------------------------------------------


def test_all_of_it_goes_from_one_account_to_the_other_and_the_group_is_never_beyond_its_tolerance(begin: Begin) -> None:
    # Given six near lots in the first account
    world = held(begin)
    # When they are rolled into the far month of the second
    done = ask_for(world)
    assert done.ok, done.sentence
    walk(world, 60)
    # Then both accounts stand where they should, the task is over in both, and after no fact was the group out of step.
    assert (net(world, ONE, RB), net(world, OTHER, FAR)) == (0, LOTS)
    assert (net(world, ONE, FAR), net(world, OTHER, RB)) == (0, 0)
    assert statuses(world) == (FINISHED, FINISHED)
    assert judge(world) == (LOTS, LOTS)


def test_a_short_position_goes_over_likewise(begin: Begin) -> None:
    world = begin(opening=held(begin).opening)
    world.sell(LOTS, 3700)
    assert ask_for(world, between(side=Side.SELL)).ok
    for _ in range(40):
        world.show({RB: (3699, 3700)})
        world.show({RB: (3700, 3701)})
    assert (net(world, ONE, RB), net(world, OTHER, FAR)) == (0, -LOTS)
    assert statuses(world) == (FINISHED, FINISHED)


def test_the_cost_is_reported_of_both_legs_and_of_the_fees_in_both_accounts(begin: Begin) -> None:
    world = held(begin)
    ask_for(world)
    walk(world, 60)
    near, far = half(world, ONE), half(world, OTHER)
    assert isinstance(near.memory, RollMemory)
    assert isinstance(far.memory, RollMemory)
    assert near.memory.fellow is not None
    assert near.memory.fees + near.memory.fellow.fees == 2 * LOTS * 3
    assert f"移仓完成：{world.engine.look.instrument(RB).name}" in near.reason
    assert "手续费 36.00 元" in near.reason
    assert f"本账户已开 {world.engine.look.instrument(FAR).name} {LOTS} 手，均价 " in far.reason


def test_neither_account_learns_the_others_name(begin: Begin) -> None:
    # SAFETY I25: whoever sees one account alone cannot tell from its records where the other half is.
    world = held(begin)
    ask_for(world)
    walk(world, 60)
    other = {ONE: OTHER, OTHER: ONE}
    seen = set()
    for record in world.records():
        match record.fact:
            case OrderRecorded() as fact:
                account = fact.terms.account
            case StrategyStarted() | StrategyMarked() as fact:
                account = fact.account
            case _:
                continue
        seen.add(account)
        assert other[account] not in msgspec.json.encode(record).decode()
    assert seen == {ONE, OTHER}


def test_each_accounts_records_alone_make_the_same_half(begin: Begin) -> None:
    # SAFETY I15: a desk that may see one account folds that stream only, and shows what the runner shows.
    world = held(begin)
    ask_for(world)
    walk_until_closed(world, 2)
    for account, other in ((ONE, OTHER), (OTHER, ONE)):
        alone = State()
        for record in world.records():
            if record.stream.startswith("tenant:") or record.stream == f"account:{account}":
                apply(alone, record.fact, record.utc)
        assert other not in alone.accounts
        assert alone.visible_hash([account], []) == world.state.visible_hash([account], [])


def test_near_is_never_sold_to_an_order_of_the_other_account(begin: Begin) -> None:
    # Control C14 looks at both accounts: a buyer of near who rests in the far account is no counterpart.
    world = held(begin)
    resting = terms(Side.BUY, 3, 3700, instrument=RB, account=OTHER)
    assert world.do(STRANGER, c.SubmitOrder(terms=resting)).ok
    ask_for(world, between(chase_seconds=1, pay_up_ticks=3))
    for _ in range(40):
        world.show()
    assert world.state.accounts[ONE].refused.get("SELF_MATCH", 0) > 0
    assert judge(world) == (0, 0)
    assert net(world, OTHER, RB) == 0


# --- before it starts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [STRANGER, RISK])
def test_whoever_does_not_trade_in_both_starts_nothing_in_either(begin: Begin, by: PersonId) -> None:
    world = held(begin)
    done = ask_for(world, by=by)
    assert not done.ok
    assert ROLL not in world.state.accounts[ONE].strategies
    assert FAR_ROLL not in world.state.accounts[OTHER].strategies


def test_an_account_one_has_no_part_in_is_answered_like_one_that_does_not_exist(begin: Begin) -> None:
    world = begin()  # where nobody of the first account has a part in the second
    world.buy(LOTS, 3701)
    unknown = ask_for(world, between(far_account=AccountId("A9")))
    hidden = ask_for(world)
    assert (unknown.ok, hidden.ok) == (False, False)
    assert unknown.sentence == hidden.sentence
    assert world.facts(StrategyStarted) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"far_account": ONE}, "与账户相同"),
        ({"far": RB}, "对敲"),
        ({"strategies": (ROLL,)}, "随移策略"),
        ({"half": Half.FAR, "far_account": None}, "由运行端分成两半"),
    ],
)
def test_what_cannot_be_rolled_between_accounts_is_refused_with_its_reason(
    begin: Begin, changes: dict[str, Any], why: str
) -> None:
    world = held(begin)
    done = ask_for(world, between(**changes))
    assert not done.ok
    assert why in done.sentence


def test_what_the_far_account_could_not_hold_as_a_whole_starts_in_neither(begin: Begin) -> None:
    # Two risk checks: the second account may hold four lots, and six are to come.
    world = held(begin, far=replace(LIMITS, position_lots=4))
    done = ask_for(world)
    assert done.code == "FAR_REFUSED"
    assert world.facts(StrategyStarted) == []
    walk(world)
    assert net(world, ONE, RB) == LOTS


def test_a_number_that_is_taken_in_either_account_starts_in_neither(begin: Begin) -> None:
    world = held(begin)
    own = between(account=OTHER, far_account=None, timings=(Manual(),))
    assert world.do(TRADER, c.StartStrategy(account=OTHER, strategy=FAR_ROLL, settings=own)).ok
    assert ask_for(world).code == "STRATEGY_EXISTS"
    assert ROLL not in world.state.accounts[ONE].strategies


def test_the_preview_says_of_each_account_what_it_frees_needs_and_pays_and_of_both_how_far_they_may_part(
    begin: Begin,
) -> None:
    world = held(begin)
    body = c.StartStrategy(account=ONE, strategy=ROLL, settings=between())
    seen = ask(world, body)
    assert seen.verdict is Verdict.ALLOW
    assert "A1 平近月：可以启动；A2 开远月：可以启动" in seen.sentence
    near, far, both = seen.details[:3]
    assert near.startswith("A1：平 rb2101 6 手，释放保证金约 ¥")
    assert near.endswith("手续费约 ¥18")
    assert far.startswith("A2：开 rb2105 6 手，需保证金约 ¥")
    assert "手续费约 ¥18，风险度最多 0.00% → " in far
    assert both == "两个账户合计：任何一步近月已平最多比远月已开多 2 手（单腿敞口，20 吨），移完为 0"
    assert any(one.startswith("现在启动：移仓时机已到") for one in seen.details)
    # And what the far account would refuse is refused there, by its rule.
    small = held(begin, far=replace(LIMITS, position_lots=4))
    refused = ask(small, body)
    assert refused.verdict is Verdict.DENY
    assert "A2 开远月：不能启动：开远月共 6 手过不了风控 C4" in refused.sentence
    # Who has no part in the far account is told nothing of it.
    assert ask(begin(), body).sentence.endswith("没有这个远月账户，或您在其中没有交易权限。")


def test_size_lasts_for_the_life_of_both_halves_and_the_pace_of_each_is_free(begin: Begin) -> None:
    world = held(begin)
    ask_for(world, between(timings=(Manual(),)))
    for account in (ONE, OTHER):
        row = half(world, account)
        for change in ({"lots": 4}, {"naked_lots": 1}, {"batch_lots": 1}, {"half": None}):
            changed = replace(row.settings, **change)
            body = c.ChangeStrategy(account=account, strategy=row.strategy, base_version=row.version, settings=changed)
            assert world.do(TRADER, body).code == "NOT_CHANGEABLE", change
        body = c.ChangeStrategy(
            account=account,
            strategy=row.strategy,
            base_version=row.version,
            settings=replace(row.settings, chase_seconds=7),
        )
        assert world.do(TRADER, body).ok


# --- in the middle of it -------------------------------------------------------------------------------------------


def test_a_kill_switch_in_the_far_account_stops_near_at_once_and_both_accounts_are_told(begin: Begin) -> None:
    # Given a roll that is under way
    world = held(begin)
    ask_for(world)
    walk_until_closed(world, 2)
    closed, _ = judge(world)
    # When the second account is stopped
    assert world.do(RISK, c.Kill(account=OTHER, scope=Scope(), reason="演练")).ok
    walk(world, 30)
    # Then nothing more of near is closed than was on its way, its order is taken back, and people of both are told.
    after, opened = judge(world)
    assert after - opened <= 2
    assert after < LOTS
    assert not world.state.accounts[ONE].live
    assert statuses(world) == (RUNNING, PAUSED)
    assert any("开远月的一半已暂停，停止平近月" in one for one in alerts_in(world, ONE, "FELLOW_HELD"))
    assert any("近月停下等本账户" in one for one in alerts_in(world, OTHER, "FELLOW_HELD"))
    assert closed <= after


def test_far_paused_by_a_person_makes_near_wait_and_resumed_lets_it_go_on(begin: Begin) -> None:
    world = held(begin)
    ask_for(world)
    walk_until_closed(world, 2)
    assert world.do(TRADER, c.PauseStrategy(account=OTHER, strategy=FAR_ROLL)).ok
    walk(world, 30)
    closed, opened = judge(world)
    assert closed == opened < LOTS
    assert world.do(TRADER, c.ResumeStrategy(account=OTHER, strategy=FAR_ROLL)).ok
    walk(world, 60)
    assert judge(world) == (LOTS, LOTS)
    assert statuses(world) == (FINISHED, FINISHED)


def test_near_filled_on_its_way_back_after_far_was_paused_is_told_in_both_accounts(begin: Begin) -> None:
    # Given a roll under way in step, with an order of near in the book
    world = held(begin)
    ask_for(world)
    walk_until_closed(world, 2)
    while not world.state.accounts[ONE].live:
        world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    closed, opened = judge(world)
    assert closed == opened
    # When far's half is paused, and near is filled before its order is back
    assert world.do(TRADER, c.PauseStrategy(account=OTHER, strategy=FAR_ROLL)).ok
    world.show({RB: (3702, 3703)})
    after, opened = judge(world)
    assert after > closed
    # Then people of both accounts learn what far lacks now, though they were told that the legs were in step.
    far = world.engine.look.instrument(FAR).name
    for account in (ONE, OTHER):
        (said,) = alerts_in(world, account, "LEG_NAKED")
        assert f"开远月的一半已暂停后近月又成交，远月 {far} 还缺 {after - opened} 手，恢复它即补齐" in said
        assert "人工买入开仓，或买回近月" in said
    # And resumed it catches up.
    assert world.do(TRADER, c.ResumeStrategy(account=OTHER, strategy=FAR_ROLL)).ok
    walk(world, 60)
    assert judge(world) == (LOTS, LOTS)


def test_a_limit_that_others_use_up_meanwhile_stops_near_before_far_is_refused(begin: Begin) -> None:
    # Given room for twelve far lots in the second account, and a roll of six that is under way
    world = held(begin, far=replace(LIMITS, position_lots=12, position_confirm_fraction=Decimal(1)))
    ask_for(world)
    walk_until_closed(world, 2)
    # When somebody else takes the rest of the room by hand
    _, opened = judge(world)
    assert order_far_by_hand(world, 12 - 2 - opened, 3602).ok
    walk(world, 40)
    # Then near stands still, in step, and no order of far was ever refused.
    closed, opened = judge(world)
    assert closed - opened <= 0
    assert closed < LOTS
    assert not world.state.accounts[OTHER].refused
    assert any("风控不允许再开" in one for one in alerts_in(world, ONE, "FELLOW_HELD"))


@pytest.mark.parametrize("where", [ONE, OTHER])
def test_stopped_in_either_account_it_stops_in_both_once_far_has_caught_up(begin: Begin, where: AccountId) -> None:
    world = held(begin)
    ask_for(world)
    walk_until_closed(world, 1)
    assert world.do(TRADER, c.StopStrategy(account=where, strategy=NAMES[where])).ok
    walk(world, 40)
    closed, opened = judge(world)
    assert closed == opened < LOTS
    assert statuses(world) == (STOPPED, STOPPED)


def test_taking_over_one_of_the_accounts_leaves_the_task_alone_and_its_holder_steers_that_half(begin: Begin) -> None:
    world = held(begin)
    ask_for(world)
    walk_until_closed(world, 1)
    assert world.do(COLLEAGUE, c.TakeAccount(account=OTHER)).ok
    walk(world, 60)
    assert judge(world) == (LOTS, LOTS)


def test_an_account_somebody_else_has_taken_over_is_not_rolled_into(begin: Begin) -> None:
    world = held(begin)
    assert world.do(COLLEAGUE, c.TakeAccount(account=OTHER)).ok
    done = ask_for(world)
    assert done.code == "NOT_HOLDER"
    assert COLLEAGUE not in done.sentence
    assert world.facts(StrategyStarted) == []


def test_taking_an_account_over_ends_the_half_that_waits_there_and_the_other_one_with_it(begin: Begin) -> None:
    world = held(begin, limits=replace(LIMITS, confirm_value_yuan=Decimal(100_000)))
    large(world)
    assert world.decide(CHECKER, parked_in(world, ONE)).ok
    assert world.do(COLLEAGUE, c.TakeAccount(account=OTHER)).ok
    walk(world, 10)
    assert statuses_of_near(world) is STOPPED
    assert judge(world) == (0, 0)


# --- two confirmations ---------------------------------------------------------------------------------------------


def large(world: World) -> None:
    settings = between(timings=(DaysToExpiry(days=900),))
    done = ask_for(world, settings)
    assert done.code == "CONFIRM2", done.sentence


def parked_in(world: World, account: AccountId) -> ConfirmationRow:
    return next(iter(world.state.accounts[account].pending.values()))


def test_each_account_confirms_its_own_half_and_nothing_moves_before_both_have(begin: Begin) -> None:
    world = held(begin, limits=replace(LIMITS, confirm_value_yuan=Decimal(100_000)))
    large(world)
    near, far = parked_in(world, ONE), parked_in(world, OTHER)
    assert world.decide(CHECKER, near).ok
    walk(world, 20)
    assert judge(world) == (0, 0)
    assert statuses_of_near(world) is RUNNING
    assert world.decide(CHECKER, far).ok
    walk(world, 80)
    assert judge(world) == (LOTS, LOTS)


def statuses_of_near(world: World) -> StrategyStatus:
    return half(world, ONE).status


def test_one_no_is_enough_and_the_half_that_had_its_yes_stops_without_a_trade(begin: Begin) -> None:
    world = held(begin, limits=replace(LIMITS, confirm_value_yuan=Decimal(100_000)))
    large(world)
    near, far = parked_in(world, ONE), parked_in(world, OTHER)
    assert world.decide(CHECKER, near).ok
    assert world.decide(CHECKER, far, decision=ConfirmationEvent.REJECT).ok
    walk(world, 20)
    assert statuses_of_near(world) is STOPPED
    assert "没有启动" in half(world, ONE).reason
    assert not [one for one in world.facts(OrderRecorded) if one.cause.strategy in NAMES.values()]
