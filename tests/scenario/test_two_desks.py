"""Several desks on one runner: who holds an account, who has seen an alert, and what a person keeps (SAFETY 3, 4)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AccountTaken, AlertAcknowledged, CommandDone, DocumentSaved, LevelAcknowledged
from terminal.domain.ids import DeviceId, PersonId, StrategyId
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.parameters.strategy import GridSettings, OutOfRange
from terminal.domain.words.risk import Level, Scope
from terminal.domain.words.typed_text import LONGEST_NAME
from terminal.engine.wishes.desks import LARGEST_BODY, MOST_DOCUMENTS
from tests.engine_world import (
    ADMIN,
    CHECKER,
    COLLEAGUE,
    LIMITS,
    ONE,
    OTHER,
    RB,
    RISK,
    STRANGER,
    TRADER,
    VIEWER,
    World,
    device,
    terms,
)
from tests.scenario.conftest import Begin

LAPTOP: Final = DeviceId("zhao-laptop")
GRID: Final = StrategyId("grid")
TAKE: Final = c.TakeAccount(account=ONE)
BUY: Final = c.SubmitOrder(terms=terms(Side.BUY, 1, 3690))
SETTINGS: Final = GridSettings(
    account=ONE,
    instrument=RB,
    side=Side.BUY,
    anchor=Decimal(3700),
    step=Decimal(10),
    lines=3,
    lots_per_line=1,
    stop=Decimal(3600),
    lower=Decimal(3640),
    upper=Decimal(3800),
)
STOPPING: Final = msgspec.structs.replace(SETTINGS, out_of_range=OutOfRange.STOP)
START: Final = c.StartStrategy(account=ONE, strategy=GRID, settings=SETTINGS)


# --- who holds an account ----------------------------------------------------------------------------------------


def test_an_account_nobody_took_is_open_to_everybody_with_the_role(world: World) -> None:
    assert world.account.holder is None
    assert world.do(TRADER, BUY).ok
    assert world.do(COLLEAGUE, BUY).ok
    assert world.do(TRADER, BUY, using=LAPTOP).ok


def test_only_the_holder_sends_orders_and_the_other_is_told_whom_to_relieve(world: World) -> None:
    # Given that a trader has taken the account over at the desk
    assert world.do(TRADER, TAKE).ok
    # When the colleague, or the same trader at another machine, sends an order
    for person, using in ((COLLEAGUE, device(COLLEAGUE)), (TRADER, LAPTOP)):
        refused = world.do(person, BUY, using=using)
        # Then it is refused, and the sentence names who holds it, where, and what to do.
        assert refused.code == "NOT_HOLDER"
        assert str(TRADER) in refused.sentence
        assert str(device(TRADER)) in refused.sentence
        assert "接管" in refused.sentence
    assert world.account.orders == {}
    assert world.do(TRADER, BUY).ok


def test_whoever_takes_over_steers_from_then_on(world: World) -> None:
    world.do(TRADER, TAKE)
    taken = world.do(COLLEAGUE, TAKE)
    assert str(TRADER) in taken.sentence
    assert world.account.holder == (COLLEAGUE, device(COLLEAGUE))
    assert world.do(COLLEAGUE, BUY).ok
    assert world.do(TRADER, BUY).code == "NOT_HOLDER"


def test_taking_what_one_holds_already_says_nothing_new(world: World) -> None:
    world.do(TRADER, TAKE)
    assert world.do(TRADER, TAKE).ok
    assert len(world.facts(AccountTaken)) == 1


@pytest.mark.parametrize("person", [CHECKER, RISK, ADMIN, VIEWER, STRANGER])
def test_only_traders_take_an_account_over(world: World, person: PersonId) -> None:
    assert world.do(person, TAKE).code == "NO_ROLE"
    assert world.account.holder is None


def test_a_holder_of_one_account_is_none_of_another(world: World) -> None:
    world.do(TRADER, TAKE)
    order = c.SubmitOrder(terms=terms(Side.BUY, 1, 3690, account=OTHER))
    assert world.do(STRANGER, order).ok


def test_strategies_are_steered_by_the_holder_and_paused_or_stopped_by_anybody_with_the_role(world: World) -> None:
    world.do(TRADER, TAKE)
    assert world.do(COLLEAGUE, START).code == "NOT_HOLDER"
    assert world.do(TRADER, START).ok
    other = c.ChangeStrategy(account=ONE, strategy=GRID, base_version=1, settings=SETTINGS)
    assert world.do(COLLEAGUE, other).code == "NOT_HOLDER"
    assert world.do(COLLEAGUE, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    assert world.do(COLLEAGUE, c.ResumeStrategy(account=ONE, strategy=GRID)).code == "NOT_HOLDER"
    assert world.account.strategies[GRID].status is StrategyStatus.PAUSED
    assert world.do(COLLEAGUE, c.StopStrategy(account=ONE, strategy=GRID)).ok


def test_cancels_kill_approvals_and_release_never_wait_for_a_holder(world: World) -> None:
    order = world.buy(1, 3690)
    world.order(Side.BUY, 500, 3690)  # waits for a second person
    world.do(TRADER, TAKE)
    assert world.do(COLLEAGUE, c.CancelOrder(account=ONE, order=order.order)).ok
    assert order.state is OrderState.CANCELLED
    assert world.decide(CHECKER, world.parked).code == "OK"
    assert world.do(COLLEAGUE, c.CancelAll(account=ONE)).ok
    assert world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练")).ok
    world.do(RISK, c.Release(account=ONE, scope=Scope(), reason="完"))
    world.do(COLLEAGUE, c.Release(account=ONE, scope=Scope(), reason="完"))
    assert world.account.kills == {}


def test_the_holder_is_still_the_holder_after_a_restart(world: World) -> None:
    world.do(TRADER, TAKE)
    world.restart()
    assert world.do(COLLEAGUE, BUY).code == "NOT_HOLDER"
    assert world.do(TRADER, BUY).ok


# --- alerts ------------------------------------------------------------------------------------------------------


def with_an_alert(world: World) -> int:
    """Have a grid leave its bounds, which asks for people's eyes."""
    assert world.do(TRADER, msgspec.structs.replace(START, settings=STOPPING)).ok
    world.show({RB: (3630, 3631)})
    (alert,) = world.account.open_alerts
    return alert


def test_an_alert_stays_open_until_somebody_has_seen_it(world: World) -> None:
    alert = with_an_alert(world)
    row = world.account.open_alerts[alert]
    assert (row.number, row.at, row.instrument) == (1, world.at, RB)
    assert world.do(CHECKER, c.AcknowledgeAlert(account=ONE, alert=alert)).ok
    assert world.account.open_alerts == {}
    assert world.facts(AlertAcknowledged) == [AlertAcknowledged(account=ONE, alert=alert, person=CHECKER)]
    assert world.account.alerts == 1  # the count goes on


def test_an_alert_seen_already_or_never_raised_cannot_be_acknowledged(world: World) -> None:
    alert = with_an_alert(world)
    world.do(TRADER, c.AcknowledgeAlert(account=ONE, alert=alert))
    assert world.do(RISK, c.AcknowledgeAlert(account=ONE, alert=alert)).code == "ALERT_CLOSED"
    for unknown in (0, -1, alert + 1):
        assert world.do(RISK, c.AcknowledgeAlert(account=ONE, alert=unknown)).code == "UNKNOWN_ALERT"


def test_who_only_looks_or_has_no_role_on_an_account_acknowledges_nothing_there(world: World) -> None:
    alert = with_an_alert(world)
    for person in (VIEWER, STRANGER):
        assert world.do(person, c.AcknowledgeAlert(account=ONE, alert=alert)).code == "NO_ROLE"
    assert alert in world.account.open_alerts


def at_orange(begin: Begin) -> tuple[World, c.AcknowledgeLevel]:
    """Have a position stand at 96 % of its limit."""
    world = begin(limits=msgspec.structs.replace(LIMITS, position_lots=100, position_confirm_fraction=Decimal(1)))
    world.buy(96, 3701)
    world.wait(3)
    scope = Scope(instrument=RB)
    return world, c.AcknowledgeLevel(account=ONE, scope=scope, signal="position_use", level=Level.ORANGE)


def test_a_level_that_somebody_has_seen_stands_on_and_binds_as_before(begin: Begin) -> None:
    world, wish = at_orange(begin)
    before = world.account.levels
    done = world.do(CHECKER, wish)
    assert done.sentence == "已确认合约 rb2101持仓占限额橙色级别；它照样有效，直到原因消除"
    (row,) = before.values()
    assert (row.level, row.seen_by, row.seen_at) == (Level.ORANGE, CHECKER, world.at)
    assert world.facts(LevelAcknowledged) == [
        LevelAcknowledged(account=ONE, scope=wish.scope, signal=wish.signal, level=Level.ORANGE, person=CHECKER)
    ]
    assert world.order(Side.BUY, 1, 3701).code == "CONFIRM2"  # as at every orange level
    world.restart()
    (row,) = world.account.levels.values()
    assert (row.level, row.seen_by) == (Level.ORANGE, CHECKER)


def test_a_level_is_acknowledged_once_as_it_stands_and_by_who_may(begin: Begin) -> None:
    world, wish = at_orange(begin)
    for person in (VIEWER, STRANGER):
        assert world.do(person, wish).code == "NO_ROLE"
    for other in (
        msgspec.structs.replace(wish, level=Level.RED),
        msgspec.structs.replace(wish, scope=Scope()),
        msgspec.structs.replace(wish, signal="day_loss"),
    ):
        assert world.do(TRADER, other).code == "LEVEL_CHANGED"
    done = world.do(TRADER, msgspec.structs.replace(wish, level=Level.RED))
    assert done.sentence == "合约 rb2101持仓占限额现为橙色级别，没有确认；请看清现状，橙色以上再确认。"
    assert world.facts(LevelAcknowledged) == []
    assert world.do(TRADER, wish).ok
    again = world.do(RISK, wish)
    assert (again.code, again.sentence) == ("ALERT_CLOSED", "合约 rb2101持仓占限额已由 zhao 确认，无需再确认。")


# --- documents ---------------------------------------------------------------------------------------------------


def save(body: str, base: int = 0, name: str = "layout") -> c.SaveDocument:
    return c.SaveDocument(name=name, base_version=base, body=body)


def test_a_document_is_kept_changed_over_its_version_and_removed_by_an_empty_body(world: World) -> None:
    assert world.do(TRADER, save('{"left": 3}')).ok
    assert world.do(TRADER, save('{"left": 4}', 1)).ok
    kept = world.state.persons[TRADER].documents["layout"]
    assert (kept.version, kept.body) == (2, '{"left": 4}')
    world.restart()
    assert world.state.persons[TRADER].documents["layout"] == kept
    assert world.do(TRADER, save("", 2)).ok
    assert world.state.persons[TRADER].documents == {}
    assert world.do(TRADER, save("")).ok
    assert len(world.facts(DocumentSaved)) == 3


def test_two_machines_that_edit_one_document_do_not_overwrite_each_other(world: World) -> None:
    world.do(TRADER, save("[1]"))
    assert world.do(TRADER, save("[2]", 1)).ok
    lost = world.do(TRADER, save("[3]", 1), using=LAPTOP)
    assert lost.code == "CONFLICT"
    assert "第 2 版" in lost.sentence
    assert "第 1 版" in lost.sentence
    assert world.state.persons[TRADER].documents["layout"].body == "[2]"


def test_documents_of_two_persons_have_nothing_to_do_with_each_other(world: World) -> None:
    world.do(TRADER, save("[1]"))
    assert world.do(VIEWER, save("[2]")).ok
    assert world.state.persons[TRADER].documents["layout"].body == "[1]"


def test_what_a_person_keeps_leaves_no_trace_in_any_other_stream(world: World) -> None:
    world.do(TRADER, save('"secret"'), command="mine")
    found = [entry for entry in world.journal.replay() if b"mine" in entry.data or b"secret" in entry.data]
    assert {entry.record.stream for entry in found} == {f"person:{TRADER}"}
    (done,) = [one for one in world.facts(CommandDone) if one.command == "mine"]
    assert (done.account, done.person) == (None, TRADER)


def test_a_save_that_was_sent_twice_is_carried_out_once(world: World) -> None:
    first = world.do(TRADER, save("[1]"), command="twice")
    assert world.do(TRADER, save("[1]"), command="twice") == first
    assert len(world.facts(DocumentSaved)) == 1


def test_a_command_number_used_for_a_document_is_used_everywhere(world: World) -> None:
    world.do(TRADER, save("[1]"), command="same")
    assert world.do(TRADER, BUY, command="same").code == "COMMAND_ID_USED"
    assert world.do(VIEWER, save("[1]"), command="same").code == "COMMAND_ID_USED"
    world.do(TRADER, BUY, command="order")
    assert world.do(TRADER, save("[2]", 1), command="order").code == "COMMAND_ID_USED"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (save("[1]", name=""), "BAD_NAME"),
        (save("[1]", name="x" * (LONGEST_NAME + 1)), "BAD_NAME"),
        (save("[1]", name="a\nb"), "BAD_NAME"),
        (save("not json"), "BAD_DOCUMENT"),
        (save("[NaN]"), "BAD_DOCUMENT"),
        (save("[" * 30_000), "BAD_DOCUMENT"),
        (save('"\ud800"'), "BAD_DOCUMENT"),
        (save(json.dumps("x" * LARGEST_BODY)), "TOO_LARGE"),
        (save(json.dumps("图" * (LARGEST_BODY // 3), ensure_ascii=False)), "TOO_LARGE"),
        (save("[1]", 1), "CONFLICT"),
        (save("[1]", -1), "CONFLICT"),
    ],
)
def test_what_is_no_document_is_refused(world: World, wanted: c.SaveDocument, code: str) -> None:
    assert world.do(TRADER, wanted).code == code
    assert world.state.persons[TRADER].documents == {}


def test_the_largest_document_and_the_longest_name_are_kept(world: World) -> None:
    body = json.dumps("x" * (LARGEST_BODY - 2))
    assert world.do(TRADER, save(body, name="图" * LONGEST_NAME)).ok


def test_a_person_keeps_so_many_documents_and_no_more(world: World) -> None:
    for number in range(MOST_DOCUMENTS):
        assert world.do(TRADER, save("1", name=f"d{number}")).ok
    assert world.do(TRADER, save("1", name="more")).code == "TOO_MANY_DOCUMENTS"
    assert world.do(TRADER, save("2", 1, name="d7")).ok


def test_who_is_not_enrolled_keeps_nothing_and_leaves_no_stream(world: World) -> None:
    nobody = c.SaveDocument(name="layout", base_version=0, body="[1]")
    refused = world.do(PersonId("mallory"), nobody)
    assert refused.code == "UNKNOWN_PERSON"
    assert "person:mallory" not in world.journal.heads()
    assert "mallory" not in world.state.persons
