"""An order asked for again while it waits for another person, and one changed while it waits (SAFETY 7, C9)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import ConfirmationRequested, OrderRecorded
from terminal.domain.ids import ConfirmationId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import OrderTerms, Side
from terminal.domain.words.risk import Verdict
from terminal.engine.previews.command import preview
from terminal.engine.screen import Preview
from tests.engine_world import CHECKER, COLLEAGUE, ONE, TRADER, I, World, device, terms

LARGE: Final = terms(Side.BUY, 100, "830.5", instrument=I)  # 8.3 million yuan
FIRST, AGAIN, THIRD = (ConfirmationId(f"A1-C{number:06d}") for number in (1, 2, 3))


def ask(world: World, body: c.CommandBody) -> Preview:
    return preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=False)


def edit(world: World, wanted: OrderTerms, name: ConfirmationId = FIRST) -> c.EditOrder:
    return c.EditOrder(account=ONE, confirmation=name, terms=wanted)


@pytest.mark.parametrize("seconds", [0, 600])
def test_an_order_that_waits_is_not_parked_again_without_a_word(world: World, seconds: int) -> None:
    # Given a large order that waits, for a moment or for ten minutes
    world.do(TRADER, c.SubmitOrder(terms=LARGE))
    world.wait(seconds)
    # When the very same is asked for again
    foreseen = ask(world, c.SubmitOrder(terms=LARGE))
    done = world.do(TRADER, c.SubmitOrder(terms=LARGE))
    # Then preview, answer, card and journal all say which one it repeats.
    assert done.code == "CONFIRM2"
    for said in (done.sentence, world.parked.confirmation.why, "".join(one.sentence for one in foreseen.findings)):
        assert f"与待复核 {FIRST} 完全相同" in said
    assert [one.control for one in world.facts(ConfirmationRequested)[1].findings] == ["C2", "C9"]


def test_whoever_asks_and_after_a_restart_it_is_the_same_order_again(world: World) -> None:
    world.do(TRADER, c.SubmitOrder(terms=LARGE))
    world.restart()
    done = world.do(COLLEAGUE, c.SubmitOrder(terms=LARGE))
    maker = world.account.members[TRADER].name
    assert f"与待复核 {FIRST}（{maker} 提交）完全相同" in done.sentence
    assert f"或请 {maker} 撤回 {FIRST} 再报" in done.sentence  # nobody else may withdraw it


def test_whoever_asks_for_what_he_and_another_wait_for_reads_who_may_withdraw_which(world: World) -> None:
    world.do(TRADER, c.SubmitOrder(terms=LARGE))
    world.do(COLLEAGUE, c.SubmitOrder(terms=LARGE))
    done = world.do(COLLEAGUE, c.SubmitOrder(terms=LARGE))
    assert f"先撤回 {AGAIN}、请 {world.account.members[TRADER].name} 撤回 {FIRST} 再报" in done.sentence


def test_a_small_order_is_held_too_while_its_twin_waits_and_passes_when_it_is_withdrawn(world: World) -> None:
    small = terms(Side.BUY, 1, 3700)
    assert world.do(TRADER, c.SubmitOrder(terms=small)).code == "OK"
    assert world.do(TRADER, c.SubmitOrder(terms=small)).code == "CONFIRM2"
    world.wait(5)
    done = world.do(TRADER, c.SubmitOrder(terms=small))
    assert done.code == "CONFIRM2"
    assert f"先撤回 {FIRST} 再报" in done.sentence
    for name in world.pending():
        world.do(TRADER, c.WithdrawOrder(account=ONE, confirmation=name))
    assert world.do(TRADER, c.SubmitOrder(terms=small)).code == "OK"


def test_what_differs_or_has_been_decided_is_no_repetition(world: World) -> None:
    world.do(TRADER, c.SubmitOrder(terms=LARGE))
    assert "完全相同" not in world.do(TRADER, c.SubmitOrder(terms=replace(LARGE, lots=101))).sentence
    world.decide(CHECKER, world.account.confirmations[FIRST])
    world.wait(3)
    assert "完全相同" not in world.do(TRADER, c.SubmitOrder(terms=LARGE)).sentence


def test_approving_one_of_two_equals_sends_one_and_records_that_the_other_waits(world: World) -> None:
    for _ in range(2):
        world.do(TRADER, c.SubmitOrder(terms=LARGE))
    assert world.decide(CHECKER, world.account.confirmations[FIRST]).ok
    (sent,) = world.facts(OrderRecorded)
    assert f"与待复核 {AGAIN} 完全相同" in "".join(one.sentence for one in sent.findings)
    assert world.pending() == [AGAIN]


# --- changed while it waits ---------------------------------------------------------------------------------------


def test_a_refused_edit_leaves_what_waits_as_it_was(world: World) -> None:
    # Given a large order that waits
    world.do(TRADER, c.SubmitOrder(terms=LARGE))
    body = edit(world, replace(LARGE, price=Decimal(999)))
    # When its maker wants a price the gate refuses
    foreseen = ask(world, body)
    done = world.do(TRADER, body)
    # Then the answer is a no, says that the first one waits on, and that one can still be approved.
    assert (done.ok, done.code) == (False, "PRICE_FAR_THROUGH_MARKET")
    assert done.sentence.endswith(f"原复核 {FIRST} 没有改动，仍在等待。")
    assert foreseen.verdict is Verdict.DENY
    assert foreseen.sentence.startswith(f"原复核 {FIRST} 不变，不能改为 ")
    assert world.pending() == [FIRST]
    assert world.decide(CHECKER, world.parked).ok
    assert [one.terms for one in world.wire.sent] == [LARGE]


def test_an_edit_is_no_repetition_of_what_it_replaces(world: World) -> None:
    world.do(TRADER, c.SubmitOrder(terms=LARGE))
    assert "完全相同" not in "".join(one.sentence for one in ask(world, edit(world, LARGE)).findings)
    done = world.do(TRADER, edit(world, LARGE))
    assert (done.code, "完全相同" in done.sentence) == ("CONFIRM2", False)
    assert world.account.confirmations[FIRST].state is ConfirmationState.SUPERSEDED
    assert world.pending() == [AGAIN]


def test_an_edit_to_what_waits_elsewhere_is_a_repetition(world: World) -> None:
    world.do(TRADER, c.SubmitOrder(terms=LARGE))
    world.do(TRADER, c.SubmitOrder(terms=replace(LARGE, lots=101)))
    done = world.do(TRADER, edit(world, LARGE, AGAIN))
    assert f"与待复核 {FIRST} 完全相同" in done.sentence
    assert world.pending() == [FIRST, THIRD]
