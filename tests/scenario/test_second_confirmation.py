"""A large order waits for another person: 复核 (SAFETY 7, I23, I24)."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Final

import msgspec
import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import ConfirmationDecided, ConfirmationRequested, OrderRecorded
from terminal.domain.ids import ConfirmationId, DeviceId, PersonId
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState, Stored
from terminal.domain.orders.order import OrderState, Side
from terminal.engine.confirmations.approval import stored_of
from terminal.engine.previews.command import preview
from terminal.engine.records.journal import Actor, JournalError, records_of
from terminal.engine.turn import Said
from tests.engine_world import (
    ADMIN,
    CHECKER,
    COLLEAGUE,
    ONE,
    RISK,
    SECOND_CHECKER,
    STRANGER,
    TENANT,
    TRADER,
    VIEWER,
    I,
    World,
    device,
    sign,
    terms,
)

APPROVE, REJECT = ConfirmationEvent.APPROVE, ConfirmationEvent.REJECT
LARGE: Final = 100  # lots of iron ore, 8.3 million yuan


def park(world: World, *, lots: int = LARGE) -> None:
    done = world.order(Side.BUY, lots, "830.5", instrument=I)
    assert (done.ok, done.code) == (True, "CONFIRM2"), done.sentence


def test_an_order_above_five_million_is_parked_under_the_hash_of_its_stored_bytes(world: World) -> None:
    # When a trader buys for 8.3 million
    park(world)
    # Then nothing is sent, and what waits is the exact object, found by the SHA-256 of its bytes.
    parked = world.parked.confirmation
    assert world.wire.sent == []
    assert world.account.orders == {}
    assert parked.order_hash == hashlib.sha256(parked.stored.encode()).hexdigest()
    stored = msgspec.json.decode(parked.stored, type=Stored)
    assert (stored.tenant, stored.account) == (TENANT, ONE)
    assert stored.terms == terms(Side.BUY, LARGE, "830.5", instrument=I)
    assert (stored.maker, stored.limits_version, stored.reference_price) == (TRADER, 1, Decimal("830.25"))
    assert world.facts(ConfirmationRequested)[0].findings[0].code == "ORDER_VALUE_LARGE"


def test_an_order_of_exactly_five_million_needs_nobody(world: World) -> None:
    # 100 lots x 100 t x 500 yuan.
    world.show({I: ("500", "500.5")})
    assert world.order(Side.BUY, 100, "500", instrument=I).code == "OK"
    assert world.order(Side.BUY, 101, "500", instrument=I).code == "CONFIRM2"


def test_another_persons_signature_sends_it_once(world: World) -> None:
    park(world)
    # When the checker approves the stored hash with his own device
    done = world.decide(CHECKER, world.parked)
    # Then it is sent once, as it was stored, and the approval is used up in the same transaction.
    assert done.ok
    assert [order.terms for order in world.wire.sent] == [terms(Side.BUY, LARGE, "830.5", instrument=I)]
    (row,) = world.account.orders.values()
    assert (row.state, row.confirmation) == (OrderState.FILLED, world.parked.confirmation.confirmation)
    assert (world.parked.state, world.parked.checker) == (ConfirmationState.CONSUMED, CHECKER)
    by_cause = {record.cause for record in world.records() if isinstance(record.fact, OrderRecorded)}
    decided = {record.cause for record in world.records() if isinstance(record.fact, ConfirmationDecided)}
    assert by_cause == decided == {"cmd:c2"}


def test_the_approval_stands_in_the_record_with_person_device_and_signature(world: World) -> None:
    park(world)
    world.decide(CHECKER, world.parked)
    first = world.facts(ConfirmationDecided)[0]
    assert (first.person, first.device, first.reference_price) == (CHECKER, device(CHECKER), Decimal("830.25"))
    assert first.signature == sign(device(CHECKER), world.parked.confirmation.order_hash, APPROVE, CHECKER)


@pytest.mark.parametrize("maker", [TRADER, COLLEAGUE])
def test_the_maker_cannot_approve_even_if_he_may_check(world: World, maker: PersonId) -> None:
    # Given an order made by somebody (the colleague holds both roles)
    world.order(Side.BUY, LARGE, "830.5", instrument=I, by=maker)
    # When he approves it himself, Then it is refused and waits on.
    done = world.decide(maker, world.parked)
    assert (done.ok, done.code) == (False, "MAKER_IS_CHECKER")
    assert world.parked.state is ConfirmationState.PENDING
    assert world.wire.sent == []


def test_a_maker_cannot_approve_in_another_persons_name(world: World) -> None:
    # The colleague's own device, and the checker's name on the command.
    park(world)
    done = world.decide(CHECKER, world.parked, using=device(TRADER))
    assert (done.ok, done.code) == (False, "UNKNOWN_DEVICE")
    done = world.decide(CHECKER, world.parked, signed=sign(device(TRADER), "x", APPROVE, CHECKER))
    assert (done.ok, done.code) == (False, "BAD_SIGNATURE")
    assert world.wire.sent == []


def test_the_database_itself_refuses_a_maker_who_checks(world: World, world_on_disk: World) -> None:
    for one in (world, world_on_disk):
        park(one)
        decided = ConfirmationDecided(
            account=ONE,
            confirmation=one.parked.confirmation.confirmation,
            decision=APPROVE,
            person=TRADER,
            device=device(TRADER),
        )
        said = [Said(decided, "cmd:forged", Actor(TRADER, device(TRADER)))]
        records = records_of(said, one.journal.heads(), tenant=one.journal.tenant, epoch=1, utc=one.at)
        with pytest.raises(JournalError, match="同一人"):
            one.journal.append(records)


@pytest.mark.parametrize("person", [VIEWER, ADMIN, STRANGER])
def test_who_may_not_check_this_account_is_refused(world: World, person: PersonId) -> None:
    # The stranger checks another account; he can do nothing about this one.
    park(world)
    assert world.decide(person, world.parked).code == "NO_ROLE"
    assert world.wire.sent == []


def test_the_risk_role_may_check(world: World) -> None:
    park(world)
    assert world.decide(RISK, world.parked).ok
    assert len(world.wire.sent) == 1


def test_an_approval_of_another_hash_is_refused(world: World) -> None:
    # A checker who saw 90 lots on an altered screen signs another object.
    park(world)
    other = hashlib.sha256(world.parked.confirmation.stored.replace('"lots":100', '"lots":90').encode()).hexdigest()
    done = world.decide(CHECKER, world.parked, order_hash=other)
    assert (done.ok, done.code) == (False, "HASH_MISMATCH")
    assert world.parked.state is ConfirmationState.PENDING


def test_what_is_no_longer_what_was_parked_is_refused_under_its_own_hash(world: World) -> None:
    park(world)
    kept = world.parked.confirmation
    world.parked.confirmation = replace(kept, stored=kept.stored.replace('"lots":100', '"lots":900'))
    done = world.decide(CHECKER, world.parked)
    world.parked.confirmation = kept
    assert (done.ok, done.code) == (False, "HASH_MISMATCH")
    assert world.wire.sent == []


def forge(world: World, how: str) -> str:
    parked = world.parked.confirmation
    honest = sign(device(CHECKER), parked.order_hash, APPROVE, CHECKER)
    return {
        "empty": "",
        "not hex": "zz",
        "cut": honest[:-2],
        "one bit": f"{int(honest, 16) ^ 1:0128x}",
        "of a rejection": sign(device(CHECKER), parked.order_hash, REJECT, CHECKER),
        "for another person": sign(device(CHECKER), parked.order_hash, APPROVE, SECOND_CHECKER),
        "by another device": sign(device(SECOND_CHECKER), parked.order_hash, APPROVE, CHECKER),
    }[how]


@pytest.mark.parametrize(
    "how", ["empty", "not hex", "cut", "one bit", "of a rejection", "for another person", "by another device"]
)
def test_a_forged_signature_is_refused(world: World, how: str) -> None:
    park(world)
    done = world.decide(CHECKER, world.parked, signed=forge(world, how))
    assert (done.ok, done.code) == (False, "BAD_SIGNATURE")
    assert world.parked.state is ConfirmationState.PENDING
    assert world.wire.sent == []


def test_an_unknown_device_is_refused(world: World) -> None:
    park(world)
    done = world.decide(CHECKER, world.parked, using=DeviceId("found-in-a-taxi"))
    assert (done.ok, done.code) == (False, "UNKNOWN_DEVICE")


def test_a_replayed_approval_does_nothing(world: World) -> None:
    # Given an approval that was carried out
    park(world)
    first = world.decide(CHECKER, world.parked, command="approve-1")
    before = len(world.records())
    # When the very same command arrives again, Then the first answer comes and nothing else.
    assert world.decide(CHECKER, world.parked, command="approve-1") == first
    assert len(world.records()) == before
    # When its signature is put into a new command, Then it is refused: an approval is used once.
    assert world.decide(CHECKER, world.parked, command="approve-2").code == "NOT_PENDING"
    assert len(world.wire.sent) == 1


def test_an_approval_fits_no_other_order_however_equal(world: World) -> None:
    # Two orders with the same fields are two objects: the signature for one says nothing about the other.
    park(world)
    first = world.parked
    world.show(after=3)
    park(world)
    second = world.parked
    assert first.confirmation.order_hash != second.confirmation.order_hash
    stolen = sign(device(CHECKER), first.confirmation.order_hash, APPROVE, CHECKER)
    assert world.decide(CHECKER, second, signed=stolen).code == "BAD_SIGNATURE"
    assert world.wire.sent == []


def test_two_checkers_answer_and_the_first_wins(world: World) -> None:
    park(world)
    assert world.decide(CHECKER, world.parked).ok
    late = world.decide(SECOND_CHECKER, world.parked, decision=REJECT)
    assert (late.ok, late.code) == (False, "NOT_PENDING")
    assert "已批准并执行" in late.sentence
    assert "没有生效" in late.sentence
    assert world.parked.checker == CHECKER


def test_a_rejection_needs_the_same_proof_and_ends_it(world: World) -> None:
    park(world)
    assert world.decide(CHECKER, world.parked, decision=REJECT, signed="00").code == "BAD_SIGNATURE"
    assert world.decide(TRADER, world.parked, decision=REJECT).code == "MAKER_IS_CHECKER"
    assert world.decide(CHECKER, world.parked, decision=REJECT).ok
    assert world.parked.state is ConfirmationState.REJECTED
    assert world.decide(SECOND_CHECKER, world.parked).code == "NOT_PENDING"
    assert world.wire.sent == []


@pytest.mark.parametrize("reason", ["", "\u3000 ", "\u200b"])
def test_a_rejection_without_a_reason_decides_nothing(world: World, reason: str) -> None:
    park(world)
    asked = world.parked.confirmation
    mark = sign(device(CHECKER), asked.order_hash, REJECT, CHECKER)
    body = c.RejectOrder(
        account=ONE, confirmation=asked.confirmation, order_hash=asked.order_hash, signature=mark, reason=reason
    )
    done = world.do(CHECKER, body)
    assert (done.ok, done.code) == (False, "NO_REASON")
    assert done.sentence == "驳回必须写明原因，没有执行；请写下原因后重新下达。"
    assert world.parked.state is ConfirmationState.PENDING
    foreseen = preview(world.engine.look, CHECKER, device(CHECKER), 1, body, split_close=False)
    assert foreseen.sentence == "不能执行：驳回必须写明原因"
    assert world.do(CHECKER, msgspec.structs.replace(body, reason="价格太高")).ok


def test_the_maker_may_withdraw_and_nobody_else(world: World) -> None:
    park(world)
    name = world.parked.confirmation.confirmation
    assert world.do(COLLEAGUE, c.WithdrawOrder(account=ONE, confirmation=name)).code == "NOT_MAKER"
    assert world.do(TRADER, c.WithdrawOrder(account=ONE, confirmation=name)).ok
    assert world.parked.state is ConfirmationState.WITHDRAWN
    assert world.decide(CHECKER, world.parked).code == "NOT_PENDING"


def test_an_edit_supersedes_and_the_old_approval_is_worth_nothing(world: World) -> None:
    # Given a parked order, When its maker changes the price by one tick
    park(world)
    old = world.parked
    changed = terms(Side.BUY, LARGE, "830", instrument=I)
    done = world.do(TRADER, c.EditOrder(account=ONE, confirmation=old.confirmation.confirmation, terms=changed))
    # Then the old object is superseded and another one waits.
    assert done.code == "CONFIRM2"
    assert old.state is ConfirmationState.SUPERSEDED
    assert world.parked.confirmation.order_hash != old.confirmation.order_hash
    assert world.decide(CHECKER, old).code == "NOT_PENDING"
    assert world.decide(CHECKER, world.parked).ok
    assert [order.terms for order in world.wire.sent] == [changed]


def test_an_edit_to_a_small_order_goes_out_without_a_second_person(world: World) -> None:
    park(world)
    old = world.parked
    small = terms(Side.BUY, 5, "830.5", instrument=I)
    assert world.do(TRADER, c.EditOrder(account=ONE, confirmation=old.confirmation.confirmation, terms=small)).ok
    assert [order.terms.lots for order in world.wire.sent] == [5]
    assert old.state is ConfirmationState.SUPERSEDED


@pytest.mark.parametrize(("said", "kept"), [("船期提前，先锁三月", "船期提前，先锁三月"), ("", "修改后重新提交")])
def test_an_edited_order_is_wanted_for_the_reason_its_maker_gave(world: World, said: str, kept: str) -> None:
    asked = c.SubmitOrder(terms=terms(Side.BUY, LARGE, "830.5", instrument=I), reason=said)
    assert world.do(TRADER, asked).code == "CONFIRM2"
    for price in ("830", "829.5"):
        name = world.parked.confirmation.confirmation
        changed = terms(Side.BUY, LARGE, price, instrument=I)
        assert world.do(TRADER, c.EditOrder(account=ONE, confirmation=name, terms=changed)).code == "CONFIRM2"
        assert stored_of(world.parked).cause.reason == kept


def test_only_the_maker_edits(world: World) -> None:
    park(world)
    name = world.parked.confirmation.confirmation
    edit = c.EditOrder(account=ONE, confirmation=name, terms=terms(Side.BUY, 5, "830.5", instrument=I))
    assert world.do(COLLEAGUE, edit).code == "NOT_MAKER"
    assert world.parked.state is ConfirmationState.PENDING
    assert world.wire.sent == []


def test_an_unknown_confirmation_is_named_in_the_answer(world: World) -> None:
    park(world)
    body = c.ApproveOrder(account=ONE, confirmation=ConfirmationId("A1-C000099"), order_hash="x", signature="x")
    done = world.do(CHECKER, body)
    assert (done.ok, done.code) == (False, "UNKNOWN_CONFIRMATION")
    assert "A1-C000099" in done.sentence


def test_silence_never_approves(world: World) -> None:
    # Nobody answers for an hour of market time: nothing was sent, and it is over.
    park(world)
    world.wait(16 * 60)
    assert world.wire.sent == []
    assert world.parked.state is ConfirmationState.EXPIRED
    assert [one.decision for one in world.facts(ConfirmationDecided)] == [ConfirmationEvent.EXPIRE]
    assert world.facts(ConfirmationDecided)[0].person is None
