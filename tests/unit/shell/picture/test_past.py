"""What a screen says of the past is put away with the state, and is as long as the list that shows it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import CashMoved, CommandDone, ConfirmationDecided, OrderRefused
from terminal.domain.ids import CommandId, ConfirmationId
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.orders.order import Cause, Origin, Side
from terminal.engine.turn import RUNNER
from terminal.shell.picture import past as pasts
from terminal.shell.picture.past import EVENTS, Past
from terminal.shell.picture.present import DECISIONS
from tests.engine_world import CHECKER, ONE, RISK, TRADER, World, device, terms
from tests.picture_desk import Desk
from tests.picture_settings import ROLL, roll_settings
from tests.unit.shell.picture.test_picture import busy_world


def moved(number: int) -> CashMoved:
    return CashMoved(account=ONE, amount=Decimal(number), reason="调整")


def test_of_many_events_the_last_are_kept_that_the_list_shows_and_found_again() -> None:
    state, past = World().state, Past()
    for number in range(1, EVENTS + 101):
        past.saw(state, moved(number), number, RUNNER, "timer")
    again = Past.thaw(past.freeze())
    assert again.events == past.events
    assert [line.number for line in again.events] == list(range(101, EVENTS + 101))
    line = again.saw(state, moved(1), 1, RUNNER, "timer")
    assert line is not None
    assert line.number == EVENTS + 101
    assert len(again.events) == EVENTS


def test_what_facts_said_beside_the_state_is_found_again() -> None:
    world = busy_world()
    assert world.decide(CHECKER, world.parked, decision=ConfirmationEvent.REJECT).ok
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll_settings()))
    world.show()
    desk = Desk(world)
    again = Past.thaw(desk.past.freeze())
    heard, known = vars(again.heard), vars(desk.past.heard)
    assert [name for name, kept in known.items() if not kept] == [], "what is empty is found again by anybody"
    assert heard == known
    assert again.freeze() == desk.past.freeze()


def test_a_refused_order_is_said_once_also_where_a_restart_lies_between_refusal_and_answer() -> None:
    state, past = World().state, Past()
    by_hand = Cause(origin=Origin.MANUAL, person=TRADER, device=device(TRADER))
    refused = OrderRefused(terms=terms(Side.BUY, 1, 3690), cause=by_hand, findings=())
    assert past.saw(state, refused, 1, RUNNER, "cmd:c1") is not None
    again = Past.thaw(past.freeze())
    answer = CommandDone(command=CommandId("c1"), account=ONE, ok=False, code="REFUSED", sentence="不行")
    assert again.saw(state, answer, 1, RUNNER, "cmd:c1") is None
    assert again.saw(state, answer, 1, RUNNER, "cmd:c2") is not None


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"number":"one"}'])
def test_a_past_of_another_program_is_an_empty_one(data: bytes) -> None:
    past = Past.thaw(data)
    assert (list(past.events), past.freeze()) == ([], Past().freeze())


def test_a_fact_that_cannot_be_worded_is_left_out_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state, past = World().state, Past()

    def no_words(*_: object) -> None:
        raise KeyError("nobody's")

    with monkeypatch.context() as patch:
        patch.setattr(pasts, "word", no_words)
        assert past.saw(state, moved(1), 1, RUNNER, "") is None
    assert past.is_torn
    assert "nobody's" in capsys.readouterr().err
    assert past.saw(state, moved(2), 2, RUNNER, "") is not None
    assert [line.number for line in past.events] == [1]


def test_decisions_are_remembered_of_the_latest_confirmations_only() -> None:
    heard = Past().heard
    for number in range(DECISIONS + 5):
        heard.take(decided(f"C{number}"))
    assert len(heard.decisions) == DECISIONS
    assert [*heard.decisions][:1] == ["C5"]
    assert heard.decisions[ConfirmationId(f"C{DECISIONS + 4}")] == (RISK, "不必")


def decided(name: str) -> ConfirmationDecided:
    return ConfirmationDecided(
        account=ONE,
        confirmation=ConfirmationId(name),
        decision=ConfirmationEvent.REJECT,
        person=RISK,
        device=device(RISK),
        reason="不必",
    )
