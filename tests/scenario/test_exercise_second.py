"""A request to exercise waits for a second person where the order that opened its futures would, and no longer."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain.commands import EditOrder, Kill, WithdrawOrder
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact.exercise import ExerciseRequested
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState
from terminal.domain.orders.exercise import Choice, ExerciseState
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.words.risk import Scope, Verdict
from terminal.engine.previews.command import preview
from terminal.store.journal import SqliteJournal
from terminal.store.verify import verify
from tests.engine_market import CALL, LATER, terms
from tests.engine_world import CHECKER, DAY, LIMITS, ONE, RB, RISK, TENANT, TRADER, I, World, device
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.test_exercise import AFTERNOON, ask, holding, look, row, settle, unmarked, wish

LARGE = msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(100_000))


def parked(begin: Begin, at: int = AFTERNOON, **options: object) -> World:
    """Return a world in which two lots, worth 162 000 yuan, wait for a second person."""
    world = holding(begin, at, only=(LATER,), limits=LARGE, **options)
    done = ask(world, wish(LATER, 2))
    assert (done.ok, done.code) == (True, "CONFIRM2"), done.sentence
    return world


def state(world: World) -> ConfirmationState:
    return world.parked.state


def test_a_large_one_waits_and_nothing_is_sent_or_frozen(begin: Begin) -> None:
    world = holding(begin, only=(LATER,), limits=LARGE)
    world.buy(1, "22.5", instrument=LATER)
    foreseen = look(world, wish(LATER, 2))
    assert (foreseen.verdict, foreseen.sentence.endswith("需复核")) == (Verdict.CONFIRM2, True)
    assert "价值 162,000.00 元，超过复核线 100,000.00 元" in foreseen.details[0]
    done = ask(world, wish(LATER, 2))
    assert done.code == "CONFIRM2"
    assert "复核以前没有向交易所提交，最迟 15:30" in done.sentence
    assert (world.wire.requested, world.account.exercises.rows) == ([], {})
    assert world.account.book.view(unmarked).frozen_margin == 0
    assert ask(world, wish(LATER, 1)).code == "OK", "one lot is below the line"


def test_a_yes_sends_just_what_was_approved_and_is_used_once(begin: Begin, tmp_path: Path) -> None:
    world = parked(begin, journal=SqliteJournal(tmp_path, TENANT))
    done = world.decide(CHECKER, world.parked)
    assert (done.ok, "已提交申请 A1-X000001：i2101-C-810 行权 2 手（投机）" in done.sentence) == (True, True)
    assert (row(world).state, row(world).confirmation) == (ExerciseState.TAKEN, world.parked.confirmation.confirmation)
    assert state(world) is ConfirmationState.CONSUMED
    assert not world.decide(CHECKER, world.parked).ok
    assert len(world.facts(ExerciseRequested)) == len(world.wire.requested) == 1
    settle(world)
    assert row(world).state is ExerciseState.DONE
    world.check()
    world.sound = False
    assert isinstance(world.journal, SqliteJournal)
    world.journal.close()
    assert verify(tmp_path).ok


def test_a_no_sends_nothing(begin: Begin) -> None:
    world = parked(begin)
    assert world.decide(CHECKER, world.parked, decision=ConfirmationEvent.REJECT).ok
    assert (state(world), world.wire.requested) == (ConfirmationState.REJECTED, [])


def test_nobody_approves_his_own(begin: Begin) -> None:
    world = parked(begin)
    assert world.decide(TRADER, world.parked).code == "MAKER_IS_CHECKER"


def test_it_expires_at_the_exchanges_hour_and_nothing_is_sent(begin: Begin) -> None:
    world = parked(begin, at=instant(DAY, 14, 58))
    assert world.parked.confirmation.expires_at == world.at + 15 * 60 * SECOND_NS
    assert world.do(TRADER, WithdrawOrder(account=ONE, confirmation=world.parked.confirmation.confirmation)).ok
    world.show_at(instant(DAY, 15, 20))
    assert ask(world, wish(LATER, 2)).code == "CONFIRM2"
    assert world.parked.confirmation.expires_at == instant(DAY, 15, 30)
    world.show_at(instant(DAY, 15, 30))
    assert state(world) is ConfirmationState.EXPIRED
    assert not world.decide(CHECKER, world.parked).ok
    assert world.wire.requested == []


def test_it_is_no_order_and_none_takes_its_place(begin: Begin) -> None:
    world = parked(begin)
    edit = EditOrder(
        account=ONE,
        confirmation=world.parked.confirmation.confirmation,
        terms=terms(Side.BUY, 1, "830.5", instrument=I),
    )
    foreseen = preview(world.engine.look, TRADER, device(TRADER), 1, edit, split_close=False)
    done = world.do(TRADER, edit)
    assert (done.code, foreseen.verdict, done.sentence) == ("NOT_AN_ORDER", Verdict.DENY, foreseen.sentence)
    assert (state(world), world.net(I)) == (ConfirmationState.PENDING, 0)


@pytest.mark.parametrize("scope", [Scope(), Scope(instrument=LATER), Scope(instrument=I)])
def test_a_kill_voids_it(begin: Begin, scope: Scope) -> None:
    world = parked(begin)
    world.do(RISK, Kill(account=ONE, scope=scope, reason="停"))
    assert state(world) is ConfirmationState.REVOKED
    assert not world.decide(CHECKER, world.parked).ok


def test_everything_is_judged_again_when_the_yes_comes(begin: Begin) -> None:
    world = parked(begin)
    world.close_long(1, "22", instrument=LATER)
    done = world.decide(CHECKER, world.parked)
    assert (done.code, "只有 1 手" in done.sentence) == ("STALE", True)
    assert world.wire.requested == []


def test_what_would_open_more_than_was_approved_is_stale(begin: Begin) -> None:
    world = holding(begin, limits=msgspec.structs.replace(LARGE, confirm_value_yuan=Decimal(80_000)))
    assert world.order(Side.SELL, 2, "830", instrument=I).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).ok
    assert ask(world, wish(CALL, 3, nets=True)).code == "CONFIRM2"
    asked = world.parked
    assert world.order(Side.BUY, 1, "830.5", instrument=I, offset=Offset.CLOSE).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).ok
    done = world.decide(CHECKER, asked)
    assert (done.code, "现在要开 2 手，复核的是 1 手" in done.sentence) == ("STALE", True)
    assert world.wire.requested == []


def test_a_price_that_ran_away_makes_it_stale(begin: Begin) -> None:
    world = parked(begin)
    world.show({I: ("815", "815.5")})
    assert world.decide(CHECKER, world.parked).code == "STALE"


def test_lots_that_wait_are_spoken_for_but_may_be_abandoned(begin: Begin) -> None:
    world = holding(begin, limits=LARGE)
    assert ask(world, wish(CALL, 3)).code == "CONFIRM2"
    again = ask(world, wish(CALL, 3))
    assert (again.ok, "另有 3 手在等复核" in again.sentence) == (False, True)
    assert ask(world, wish(CALL, 3, Choice.ABANDON)).ok
    assert world.decide(CHECKER, world.parked).code == "STALE"


def test_near_a_limit_a_second_person_is_asked_as_of_an_order(begin: Begin) -> None:
    limits: Limits = msgspec.structs.replace(LIMITS, position_lots_by_instrument={I: 2})
    world = holding(begin, only=(LATER,), limits=limits)
    asked = ask(world, wish(LATER, 2))
    assert (asked.code, "需由另一人复核" in asked.sentence) == ("CONFIRM2", True)
    assert world.decide(CHECKER, world.parked).ok
    assert row(world).state is ExerciseState.TAKEN


def test_beyond_half_of_the_days_loss_a_second_person_is_asked_as_of_an_order(begin: Begin) -> None:
    world = holding(begin, limits=msgspec.structs.replace(LIMITS, day_loss_yuan=Decimal(20_000)))
    world.buy(10, 3701)
    world.show({RB: (3560, 3561)})
    world.wait(3)
    assert world.order(Side.BUY, 2, "830.5", instrument=I).code == "CONFIRM2"
    done = ask(world, wish(LATER, 2))
    assert (done.code, "超过限额 20,000.00 元 的一半" in done.sentence) == ("CONFIRM2", True), done.sentence
    assert world.decide(CHECKER, world.parked).ok
    assert row(world).state is ExerciseState.TAKEN


def test_a_restart_keeps_what_waits(begin: Begin) -> None:
    world = parked(begin)
    world.restart()
    world.wait(2)
    assert world.decide(CHECKER, world.parked).ok
    assert row(world).state is ExerciseState.TAKEN


def test_the_window_shows_the_numbers_and_the_row_that_it_waits(begin: Begin) -> None:
    world = parked(begin)
    checkers, makers = Desk(world, person=CHECKER), Desk(world, person=TRADER)
    (card,) = checkers.approvals.values()
    assert card.title == "期权申请：i2101-C-810 行权 2 手（投机）"
    assert card.may_decide
    assert any(one.startswith("批准后按行权价得到 i2101 多 2 手 @810，手续费 ¥4.00") for one in card.details)
    assert any("15:30；过时没有复核就不提交" in one for one in card.details)
    shown = {one.name: (one.before, one.after) for one in card.figures}
    assert shown["持仓 i2101"] == ("0", "多 2") or "多 2" in shown["持仓 i2101"][1]
    assert shown["保证金（含挂单）"] == ("¥0", "¥12,960")
    assert "可用" in shown
    (line,) = [one for one in makers.books[ONE].options if one.instrument == LATER]
    assert line.waiting == (wish(LATER, 2),)
    assert AFTERNOON < card.expires_at <= instant(DAY, 15, 30)
