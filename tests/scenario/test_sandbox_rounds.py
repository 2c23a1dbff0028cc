"""No strategy of an account that asks for it trades before it has come through the sandbox: three full rounds (H8)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec
import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRecorded, SandboxRecorded
from terminal.domain.fact.sandbox import Disturbance, SandboxResult, SandboxRound
from terminal.domain.ids import AccountId, DeviceId, InstrumentId, PersonId, StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings, OutOfRange, StrategySettings
from terminal.domain.words.risk import Verdict
from terminal.engine.records.journal import Actor
from terminal.strategies.roll.halves import halves_of
from tests.engine_world import CHECKER, FAR, LIMITS, ONE, OTHER, RB, RISK, SECOND_RISK, TRADER, World, run
from tests.picture_desk import Desk
from tests.picture_settings import GRID, grid_settings
from tests.scenario.between import LOTS, ask_for, between, held, net, walk
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL
from tests.scenario.test_roll import roll
from tests.unit.engine.foreseen import ask, start

ALL: Final = tuple(Disturbance)
LIVE: Final = replace(LIMITS, sandbox_rounds=3)
OWNER: Final = Actor(PersonId("local:zhang"), DeviceId("local-reconcile"))


def played(drill: int, settings: StrategySettings | None = None, **changes: Any) -> SandboxRound:
    one = SandboxRound(
        strategy=GRID,
        settings=grid_settings() if settings is None else settings,
        person=TRADER,
        program="test",
        tape_sha256="ab" * 32,
        plan_sha256="cd" * 32,
        drill=drill,
        began_at=1,
        reached_at=2,
        orders=9,
        lots=12,
        met=ALL if drill else (),
    )
    return replace(one, **changes)


def hand_in(world: World, *rounds: SandboxRound, account: AccountId = ONE) -> tuple[bool, str]:
    turn, ok, sentence = world.engine.hand_in(OWNER, account, SandboxResult(rounds=rounds))
    run(world.runner.commit(turn))
    return ok, sentence


def go_live(world: World, settings: StrategySettings, strategy: StrategyId = GRID) -> None:
    """Start a strategy, and have a second person agree."""
    assert world.do(TRADER, start(settings, strategy)).code == "CONFIRM2"
    assert strategy not in world.account.strategies
    assert world.decide(RISK, world.parked).code == "OK"
    assert strategy in world.account.strategies


@pytest.fixture
def live(begin: Begin) -> World:
    return begin(limits=LIVE)


def test_a_strategy_starts_only_after_three_full_rounds_and_says_how_far_it_has_come(live: World) -> None:
    # Given an account that asks for three rounds
    done = live.do(TRADER, start(grid_settings()))
    assert (done.ok, done.code) == (False, "NOT_REHEARSED")
    assert done.sentence == (
        f"策略 {GRID}：账户 {ONE} 要求先在沙盘走满 3 轮（含断线、拒单、重启演练），这样的设置现在是沙盘 0/3 轮；"
        "请用 hengduo sandbox 走完，再用 --hand-in 交来。"
    )
    # When two have been handed in, then it is still refused, and the preview says so before anybody presses
    assert hand_in(live, played(0), played(1)) == (True, f"沙盘 2 轮已登记到账户 {ONE}，其中新的全流程 2 轮。")
    assert "沙盘 2/3 轮" in live.do(TRADER, start(grid_settings())).sentence
    found = ask(live, start(grid_settings()))
    assert found.verdict is Verdict.DENY
    assert "沙盘 2/3 轮" in found.sentence
    # With the third it starts once a second person agrees, and trades, and the record says who handed in what.
    hand_in(live, played(2))
    assert "沙盘 3/3 轮" in ask(live, start(grid_settings())).details
    go_live(live, grid_settings())
    live.show()
    assert live.facts(OrderRecorded)
    assert [(one.person, len(one.result.rounds)) for one in live.facts(SandboxRecorded)] == [
        ("local:zhang", 2),
        ("local:zhang", 1),
    ]
    (card,) = Desk(live).strategies.values()
    assert card.sentence.endswith("，沙盘 3/3 轮")


def test_no_strategy_goes_live_on_one_persons_word_and_the_checker_sees_whose_rounds_they_are(live: World) -> None:
    # Given rounds that the machine's owner has handed in, and that nobody has played again
    hand_in(live, played(0), played(1))
    hand_in(live, played(2, tape_sha256="ef" * 32), played(3, program="older", tape_sha256="12" * 32))
    # When a trader asks to start far below the value that needs a checker
    why = "实盘账户启动策略须复核（沙盘 3 轮，行情 abababab、efefefef，方案 cdcdcdcd，交来人 命令行（zhang））"
    found = ask(live, start(grid_settings()))
    done = live.do(TRADER, start(grid_settings()))
    # Then it waits, and preview, answer and card say the same
    assert (found.verdict, done.code) == (Verdict.CONFIRM2, "CONFIRM2")
    assert f"需复核：{why}" in found.sentence
    assert f"需复核：策略 {GRID} {why}" in done.sentence
    assert live.parked.confirmation.why == f"策略 {GRID} {why}"
    live.show()
    assert not live.facts(OrderRecorded)
    # and whoever asked is not the one who agrees.
    assert live.decide(TRADER, live.parked).code == "MAKER_IS_CHECKER"
    assert GRID not in live.account.strategies
    assert live.decide(RISK, live.parked).code == "OK"
    live.show()
    assert live.facts(OrderRecorded)


def test_either_half_of_a_roll_between_live_accounts_waits_for_a_second_person_of_its_own_account(begin: Begin) -> None:
    # The near account is live, and the far one is or is not.
    for far, waiting in ((LIMITS, {ONE}), (LIVE, {ONE, OTHER})):
        world = held(begin, limits=LIVE, far=far)
        for account, one in zip((ONE, OTHER), halves_of(between()), strict=True):
            hand_in(world, *(played(drill, one) for drill in range(3)), account=account)
        assert ask_for(world).code == "CONFIRM2"
        parked = {name: [*one.pending.values()] for name, one in world.state.accounts.items() if one.pending}
        assert parked.keys() == waiting
        assert all("实盘账户启动策略须复核（沙盘 3 轮，" in one.confirmation.why for (one,) in parked.values())
        walk(world, 9)
        assert net(world, OTHER, FAR) == 0
        assert all(world.decide(CHECKER, one).ok for (one,) in parked.values())
        walk(world, 80)
        assert (net(world, ONE, RB), net(world, OTHER, FAR)) == (0, LOTS)


def test_many_tapes_are_counted_not_listed_and_a_large_task_says_its_value_too(live: World) -> None:
    large = later(lines=8, lots_per_line=10)
    hand_in(live, *(played(drill, large, tape_sha256=f"{drill}a" * 32) for drill in range(1, 6)))
    assert live.do(TRADER, start(large)).code == "CONFIRM2"
    why = live.parked.confirmation.why
    assert "沙盘 5 轮，行情 1a1a1a1a、2a2a2a2a、3a3a3a3a 等 5 个，方案" in why
    assert "，总价值 " in why
    assert "须复核" in ask(live, start(large, StrategyId("other"))).sentence
    assert "，总价值超过 " in ask(live, start(large, StrategyId("other"))).sentence


def test_a_strategy_that_runs_takes_up_another_rehearsed_manner_only_with_a_second_person(live: World) -> None:
    other = later(out_of_range=OutOfRange.STOP)
    for settings in (later(), other):
        hand_in(live, *(played(drill, settings) for drill in range(3)))
    go_live(live, later())
    body = c.ChangeStrategy(account=ONE, strategy=GRID, base_version=1, settings=other)
    found, done = ask(live, body), live.do(TRADER, body)
    assert (found.verdict, done.code) == (Verdict.CONFIRM2, "CONFIRM2")
    assert "实盘账户改换打法须复核（沙盘 3 轮，" in live.parked.confirmation.why
    assert live.decide(RISK, live.parked).code == "OK"
    assert live.account.strategies[GRID].settings == other


def test_where_nobody_asks_for_rounds_nothing_is_gated_or_said(begin: Begin) -> None:
    world = begin()
    assert not any("沙盘" in line for line in ask(world, start(grid_settings())).details)
    assert world.do(TRADER, start(grid_settings())).code == "OK"
    (card,) = Desk(world).strategies.values()
    assert "沙盘" not in card.sentence


def test_the_same_tape_with_the_same_drill_is_one_round_however_often_it_is_played(live: World) -> None:
    hand_in(live, *(played(1, began_at=at) for at in range(2)), played(2))
    hand_in(live, played(1))
    assert "沙盘 2/3 轮" in live.do(TRADER, start(grid_settings())).sentence
    hand_in(live, played(1, tape_sha256="ef" * 32))
    go_live(live, grid_settings())


@pytest.mark.parametrize("missing", ALL)
def test_three_calm_rounds_are_no_fault_drill(live: World, missing: Disturbance) -> None:
    met = tuple(one for one in ALL if one is not missing)
    hand_in(live, *(played(drill, met=met) for drill in range(3)))
    word = {Disturbance.LINK: "断线", Disturbance.REJECTION: "拒单", Disturbance.RESTART: "重启"}[missing]
    assert f"沙盘 3/3 轮，缺{word}演练" in live.do(TRADER, start(grid_settings())).sentence
    hand_in(live, played(3, met=(missing,)))
    go_live(live, grid_settings())


@pytest.mark.parametrize(
    "changes",
    [{"program": "older"}, {"faults": ("没有成交",)}],
    ids=["played by another version", "not full"],
)
def test_rounds_that_prove_nothing_do_not_count(live: World, changes: dict[str, Any]) -> None:
    hand_in(live, *(played(drill, **changes) for drill in range(4)))
    assert "沙盘 0/3 轮" in live.do(TRADER, start(grid_settings())).sentence


def test_rounds_of_another_version_are_told_apart_when_they_are_handed_in(live: World) -> None:
    rounds = (played(0), played(1, program="0.9"), played(2, program="0.9"), played(3, program="0.9", faults=("x",)))
    ok, sentence = hand_in(live, *rounds)
    assert ok
    assert sentence == (
        f"沙盘 4 轮已登记到账户 {ONE}，其中新的全流程 1 轮；"
        "另有 2 轮由其他版本的程序（0.9）走，不算数，请用运行器的版本（test）重新走。"
    )
    # And that is what the gate counts.
    assert "沙盘 1/3 轮" in live.do(TRADER, start(grid_settings())).sentence


def later(**changes: Any) -> GridSettings:
    settings = grid_settings()
    assert isinstance(settings, GridSettings)
    return replace(settings, **changes)


@pytest.mark.parametrize(
    "tested",
    [
        later(instrument=InstrumentId("DCE.i2009")),
        later(anchor=Decimal(700), lower=Decimal(500), upper=Decimal(720), stop=Decimal(490)),
        later(lots_per_line=30),
        later(lines=30),
    ],
    ids=["another month", "other prices", "more lots", "more lines"],
)
def test_a_tape_of_the_past_speaks_for_the_months_and_prices_of_today_and_for_no_more_lots(
    live: World, tested: GridSettings
) -> None:
    hand_in(live, *(played(drill, tested) for drill in range(3)))
    go_live(live, later())


@pytest.mark.parametrize(
    "tested",
    [
        later(lots_per_line=2, instrument=InstrumentId("SHFE.rb2101")),
        later(lots_per_line=2, side=Side.SELL),
        later(lots_per_line=2, step=Decimal(5)),
        later(lots_per_line=1),
        later(lots_per_line=2, lines=2),
        later(lots_per_line=2, trail_to=Decimal(900)),
    ],
    ids=["another product", "the other side", "another step", "fewer lots", "fewer lines", "it followed the price"],
)
def test_what_trades_in_another_manner_or_in_larger_size_was_not_rehearsed(live: World, tested: GridSettings) -> None:
    hand_in(live, *(played(drill, tested) for drill in range(3)))
    assert "沙盘 0/3 轮" in live.do(TRADER, start(later(lots_per_line=2))).sentence


def test_a_strategy_that_runs_changes_to_what_was_rehearsed_or_to_less(live: World) -> None:
    hand_in(live, *(played(drill) for drill in range(3)))
    go_live(live, later())

    def change(version: int, settings: GridSettings) -> str:
        body = c.ChangeStrategy(account=ONE, strategy=GRID, base_version=version, settings=settings)
        foreseen = ask(live, body)
        done = live.do(TRADER, body)
        assert ("沙盘 0/3 轮" in foreseen.sentence) == (done.code == "NOT_REHEARSED")
        return done.code

    # Others than were rehearsed are refused, also where a checker would have had to say yes
    assert change(1, later(out_of_range=OutOfRange.STOP)) == "NOT_REHEARSED"
    assert change(1, later(lots_per_line=200)) == "NOT_REHEARSED"
    # A lower stop is no other manner, and fewer lots are no larger size.
    assert change(1, later(stop=Decimal(690))) == "OK"
    # And when the account comes to ask for rounds of a strategy that runs already, it goes on.
    assert live.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    assert live.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID)).ok


def test_a_grid_that_a_roll_takes_to_the_later_month_needs_another_yes_and_no_other_rounds(live: World) -> None:
    # Given a live grid of rebar with its rounds, and a live roll that takes it along
    rebar = GridSettings(
        account=ONE,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3705),
        step=Decimal(10),
        lines=2,
        lots_per_line=2,
        stop=Decimal(3670),
        lower=Decimal(3680),
        upper=Decimal(3710),
    )
    along = roll(lots=2, strategies=(GRID,))
    hand_in(live, *(played(drill, rebar) for drill in range(3)))
    hand_in(live, *(played(drill, along, tape_sha256="ef" * 32) for drill in range(3)))
    go_live(live, rebar)
    live.wait(3)
    live.show({RB: (3690, 3691)})
    live.wait(3)
    assert live.net(RB) == 2
    go_live(live, along, ROLL)
    live.wait(60)
    # Then it is bound to far and stands still, for the second person agreed to the contract before,
    row = live.account.strategies[GRID]
    assert live.account.strategies[ROLL].status is StrategyStatus.FINISHED
    assert isinstance(row.settings, GridSettings)
    assert (row.settings.instrument, row.status) == (FAR, StrategyStatus.PAUSED)
    resume = c.ResumeStrategy(account=ONE, strategy=GRID)
    assert (ask(live, resume).verdict, live.do(TRADER, resume).code) == (Verdict.DENY, "NOT_APPROVED")
    # and goes on once one agrees to this one: its manner is the same, and no further round is asked for.
    assert Desk(live).strategies[GRID].sentence.endswith("，沙盘 3/3 轮")
    again = c.ChangeStrategy(account=ONE, strategy=GRID, base_version=row.version, settings=row.settings)
    assert live.do(TRADER, again).code == "CONFIRM2"
    assert live.decide(RISK, live.parked).ok
    assert live.do(TRADER, resume).ok
    # In a larger size it is not rehearsed, there as here.
    larger = replace(again, base_version=row.version, settings=replace(row.settings, lots_per_line=3))
    assert live.do(TRADER, larger).code == "NOT_REHEARSED"


def test_asking_for_fewer_rounds_takes_a_second_person_and_fewer_than_three_is_no_answer(live: World) -> None:
    for wanted in (1, 2, -1):
        body = c.ChangeLimits(account=ONE, base_version=1, limits=replace(LIVE, sandbox_rounds=wanted))
        done = live.do(RISK, body)
        assert (done.ok, done.code) == (False, "BAD_LIMITS")
        assert done.sentence == f"启动前沙盘轮数应为 0（模拟账户，不要求）或不少于 3，现为 {wanted}。"
    # None at all: another person of risk has to agree
    done = live.do(RISK, c.ChangeLimits(account=ONE, base_version=1, limits=replace(LIVE, sandbox_rounds=0)))
    assert done.code == "CONFIRM2"
    assert "放宽限额：启动前沙盘轮数" in live.parked.confirmation.why
    assert live.do(TRADER, start(grid_settings())).code == "NOT_REHEARSED"
    assert live.decide(SECOND_RISK, live.parked).ok
    assert live.do(TRADER, start(grid_settings())).code == "OK"
    # More of them is tighter, and holds at once.
    done = live.do(RISK, c.ChangeLimits(account=ONE, base_version=2, limits=replace(LIVE, sandbox_rounds=5)))
    assert done.code == "OK"


def test_rounds_stay_on_record_over_a_restart_until_another_program_trades(live: World) -> None:
    hand_in(live, *(played(drill) for drill in range(3)))
    large = later(lines=8, lots_per_line=10)
    hand_in(live, *(played(drill, large) for drill in range(3)))
    live.restart()
    assert live.do(TRADER, start(large)).code == "CONFIRM2"
    parked = live.parked
    go_live(live, grid_settings(), StrategyId("other"))
    # What waits for a checker when the program is replaced would be traded by code that nobody has rehearsed.
    live.state.tenant.version = "newer"
    done = live.decide(RISK, parked)
    assert done.code == "STALE"
    assert "沙盘 0/3 轮" in done.sentence
    live.state.tenant.version = "test"


@pytest.mark.parametrize(
    "rounds",
    [
        (),
        (played(1, tape_sha256="ab"),),
        (played(1, lots=0),),
        (played(1, reached_at=0),),
        (played(-1),),
    ],
    ids=["nothing", "no digest", "full without a fill", "full without a goal", "no such drill"],
)
def test_what_cannot_be_a_round_is_not_put_on_record(live: World, rounds: tuple[SandboxRound, ...]) -> None:
    assert hand_in(live, *rounds) == (
        False,
        "沙盘结果自相矛盾或是空的，没有登记；请重新运行 hengduo sandbox。",
    )
    assert live.facts(SandboxRecorded) == []


def test_a_round_is_the_same_after_a_journey_over_the_wire() -> None:
    one = played(2)
    assert msgspec.json.decode(msgspec.json.encode(one), type=SandboxRound) == one
