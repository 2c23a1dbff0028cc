"""Cash is whole 分, never more than there is, and no one person's way out of a level (SAFETY 6, I29)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import LevelChanged
from terminal.domain.fact.facts import CashMoved, CommandDone, Role, RolesGranted
from terminal.domain.ids import PersonId
from terminal.domain.words.risk import Level, Scope, Verdict
from terminal.engine.confirmations.approval import stored_of
from terminal.engine.previews.command import preview
from terminal.engine.screen import Preview
from terminal.engine.turn import RUNNER, Turn
from terminal.shell.picture.approvals import title_of
from terminal.shell.picture.decided import done_by
from tests.engine_world import ADMIN, CHECKER, LIMITS, ONE, RB, RISK, SECOND_RISK, World, device, run

CASH = Decimal(20_000_000)


def cash(amount: str) -> c.MoveCash:
    return c.MoveCash(account=ONE, amount=Decimal(amount), reason="划转")


def seen(world: World, person: PersonId, amount: str) -> Preview:
    return preview(world.engine.look, person, device(person), 1, cash(amount), split_close=False)


def moved(world: World) -> list[Decimal]:
    return [fact.amount for fact in world.facts(CashMoved)]


def say(world: World, *facts: RolesGranted | LevelChanged) -> None:
    turn = Turn(world.state, world.at, "plan", RUNNER)
    for fact in facts:
        turn.say(fact)
    run(world.runner.commit(turn))


def stand_at(world: World, level: Level, signal: str = "risk_degree") -> None:
    before = Level.NORMAL
    say(
        world,
        LevelChanged(
            account=ONE, scope=Scope(), signal=signal, value="1", threshold="", before=before, after=level, at=world.at
        ),
    )


def turn_red(world: World) -> None:
    """Have a risk officer, who may trade as well, open five lots, and tighten the limit below them."""
    say(world, RolesGranted(account=ONE, person=RISK, name="李", roles=(Role.TRADER, Role.RISK)))
    world.buy(5, 3710, by=RISK)
    world.wait(3)
    tight = c.ChangeLimits(account=ONE, base_version=1, limits=replace(LIMITS, position_lots=4))
    assert world.do(SECOND_RISK, tight).code == "OK"
    world.wait(4)
    assert [row.scope for row in world.account.levels.values() if row.level is Level.RED] == [Scope(instrument=RB)]


@pytest.mark.parametrize(
    ("amount", "code", "why"),
    [
        ("0", "BAD_AMOUNT", "整数分"),
        ("0.00001", "BAD_AMOUNT", "整数分"),
        ("-0.005", "BAD_AMOUNT", "整数分"),
        ("-20000000.01", "NOT_AVAILABLE", "超过可用 ¥20,000,000.00"),
        ("-400000000", "NOT_AVAILABLE", "出金 ¥400,000,000.00"),
    ],
)
def test_what_cannot_be_is_not_booked_and_its_preview_says_so(world: World, amount: str, code: str, why: str) -> None:
    before = moved(world)
    shown = seen(world, RISK, amount)
    answer = world.do(RISK, cash(amount))
    assert (answer.ok, answer.code) == (False, code)
    assert why in answer.sentence
    assert (shown.verdict, shown.sentence) == (Verdict.DENY, f"不能执行：{answer.sentence}")
    assert moved(world) == before


@pytest.mark.parametrize("amount", ["0.01", "-20000000.00", "400000000"])
def test_what_is_there_goes_out_and_anything_comes_in(world: World, amount: str) -> None:
    assert seen(world, ADMIN, amount).verdict is Verdict.ALLOW
    assert world.do(ADMIN, cash(amount)).code == "OK"
    assert moved(world)[-1] == Decimal(amount)


def test_margin_is_not_there_to_go_out(world: World) -> None:
    world.buy(5, 3710)
    world.wait(1)
    left = world.account.book.view(world.engine.columns.last_price).available
    assert left < CASH
    assert world.do(RISK, cash(f"{-left - Decimal('0.01')}")).code == "NOT_AVAILABLE"
    assert world.do(RISK, cash(f"{-left}")).ok


@pytest.mark.parametrize(
    ("level", "signal", "code"),
    [
        (Level.RED, "risk_degree", "CONFIRM2"),
        (Level.RED, "zombie", "CONFIRM2"),
        (Level.ORANGE, "risk_degree", "CONFIRM2"),
        (Level.ORANGE, "day_loss", "OK"),
        (Level.YELLOW, "risk_degree", "OK"),
    ],
)
def test_money_comes_into_an_account_at_red_or_at_orange_by_its_risk_degree_by_two_persons(
    world: World, level: Level, signal: str, code: str
) -> None:
    stand_at(world, level, signal)
    shown = seen(world, RISK, "5000")
    assert shown.verdict is (Verdict.CONFIRM2 if code == "CONFIRM2" else Verdict.ALLOW)
    assert world.do(RISK, cash("5000")).code == code
    assert (Decimal(5000) in moved(world)) is (code == "OK")
    assert world.do(RISK, cash("-1")).code == "OK"  # what goes out takes no level's cause away


def test_the_second_person_sees_what_it_is_and_books_it_once(world: World) -> None:
    stand_at(world, Level.RED)
    asked = world.do(RISK, cash("5000"))
    assert "入金 ¥5,000.00需复核" in asked.sentence
    row = world.parked
    assert title_of(stored_of(row)) == "入金 ¥5,000.00"
    assert done_by(stored_of(row)) == "已记账"
    assert world.decide(RISK, row).code == "MAKER_IS_CHECKER"
    answer = world.decide(CHECKER, row)
    assert (answer.ok, answer.sentence) == (True, "复核通过，已入金 ¥5,000.00")
    assert moved(world)[-1] == Decimal(5000)
    assert world.facts(CashMoved)[-1].reason == "划转"
    assert world.decide(SECOND_RISK, row).code == "NOT_PENDING"
    assert moved(world).count(Decimal(5000)) == 1
    world.restart()
    assert moved(world).count(Decimal(5000)) == 1


def test_who_caused_the_red_neither_asks_for_the_money_nor_agrees(world: World) -> None:
    turn_red(world)
    refused = world.do(RISK, cash("5000"))
    assert refused.code == "CAUSING_TRADER"
    assert seen(world, RISK, "5000").verdict is Verdict.DENY
    assert world.do(SECOND_RISK, cash("5000")).code == "CONFIRM2"
    assert world.decide(RISK, world.parked).code == "CAUSING_TRADER"
    assert Decimal(5000) not in moved(world)
    assert world.decide(CHECKER, world.parked).ok


def test_two_without_risk_among_them_book_nothing_at_red(world: World) -> None:
    stand_at(world, Level.RED)
    assert world.do(ADMIN, cash("5000")).code == "CONFIRM2"
    answer: CommandDone = world.decide(CHECKER, world.parked)
    assert (answer.ok, answer.code) == (False, "NO_ROLE")
    assert world.decide(SECOND_RISK, world.parked).ok
