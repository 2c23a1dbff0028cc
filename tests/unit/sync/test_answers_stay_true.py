"""A command takes effect at most once, and what a desk heard of it stays true, whatever comes again (SAFETY I17)."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.errors import UserError
from terminal.domain.fact.facts import (
    AccountTaken,
    CashMoved,
    DocumentSaved,
    KillSwitched,
    OrderRecorded,
    Role,
    RolesGranted,
)
from terminal.domain.ids import CommandId, ConfirmationId, InstrumentId
from terminal.domain.words.risk import Scope
from terminal.engine.turn import RUNNER
from terminal.sync import messages as m
from terminal.sync.refusals import MOST_REFUSALS
from terminal.sync.wire import encode
from tests.engine_world import ONE, OTHER, RISK, TRADER, run
from tests.sync_rig import MS, SECOND, Rig, only

DAY = m.OTHER_TTL_MS
CASH = c.MoveCash(account=ONE, amount=Decimal(100), reason="入金")
DRAFT = c.SaveDocument(name="草稿", base_version=0, body="1")
KILL = c.Kill(account=ONE, scope=Scope(), reason="演练")


@pytest.fixture
def rig():
    return Rig()


def full(session, rig):
    """Use up what a desk may say in a second."""
    while session._pace.takes(rig.now):
        pass


def heard(rig, session):
    return only(rig.hear(session), m.Result)


def do(rig, session, frame):
    wanted = rig.say(session, frame)
    if wanted is not None:
        rig.carry_out(session, wanted)
    return heard(rig, session)[-1]


def late(rig):
    rig.now += 4 * SECOND
    return rig.greeted()


def throttled(rig):
    session = rig.greeted()
    full(session, rig)
    return session


def without_clock(rig):
    session = rig.session()
    rig.say(session, rig.hello())
    return session


def as_it_was(frame):
    return frame


def with_unfit_text(frame):
    return msgspec.structs.replace(frame, body=msgspec.structs.replace(frame.body, reason="长" * 999))


# --- what was carried out ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("again", "changed"),
    [
        (late, as_it_was),
        (throttled, as_it_was),
        (without_clock, as_it_was),
        (Rig.greeted, with_unfit_text),
    ],
)
def test_a_copy_of_what_was_carried_out_gets_that_answer_and_no_refusal(rig, again, changed):
    order = rig.order()
    first = do(rig, rig.greeted(), order)
    assert first.ok
    copy = do(rig, again(rig), changed(order))
    assert (copy.status, copy.ok, copy.sentence) == ("DUPLICATE", True, first.sentence)
    assert len(rig.world.facts(OrderRecorded)) == 1
    assert rig.house.refusals.first(TRADER, CommandId("c1")) is None


def test_a_copy_that_would_be_refused_waits_for_the_one_that_is_being_carried_out(rig):
    first, order = rig.greeted(), rig.order()
    wanted = rig.say(first, order)
    runner, gate, answers = rig.world.runner, asyncio.Event(), []
    carry_out = runner.command

    async def slowly(command):
        await gate.wait()
        await carry_out(command)

    runner.command = slowly

    async def both():
        going = asyncio.create_task(rig.house.carry_out(first.guest, wanted.command, lambda: True))
        await asyncio.sleep(0)
        again = late(rig)
        copy = rig.say(again, order)
        assert copy is not None
        assert not again.still(copy, rig.now)
        assert heard(rig, again) == []
        waiting = asyncio.create_task(rig.house.carry_out(again.guest, copy.command, lambda: False))
        await asyncio.sleep(0)
        gate.set()
        answers.extend([await going, await waiting])

    asyncio.run(both())
    assert [(one.status, one.ok) for one in answers] == [("OK", True), ("DUPLICATE", True)]
    assert rig.house.refusals.first(TRADER, CommandId("c1")) is None
    assert not rig.house.is_under_way(CommandId("c1"))


def test_a_copy_that_was_refused_keeps_the_one_that_waits_for_its_turn_from_being_carried_out(rig):
    first, order = rig.greeted(), rig.order()
    wanted = rig.say(first, order)

    async def both():
        await rig.living._lock.acquire()
        waiting = asyncio.create_task(rig.house.carry_out(first.guest, wanted.command, lambda: True))
        await asyncio.sleep(0)
        again = throttled(rig)
        copy = again.receive(encode(order), rig.now)
        assert heard(rig, again) == []  # nothing is answered before it is written down
        refusing = asyncio.create_task(rig.house.carry_out(again.guest, order, lambda: True, copy.refused))
        await asyncio.sleep(0)
        rig.living._lock.release()
        return await refusing, await waiting

    refused, answer = asyncio.run(both())
    assert {refused.status, answer.status} == {"DENIED", "DUPLICATE"}
    assert {refused.code, answer.code} == {"THROTTLED"}
    assert rig.world.facts(OrderRecorded) == []
    assert rig.house.refusals.first(TRADER, CommandId("c1")) is None


def test_whoever_uses_the_name_of_somebody_elses_command_hears_only_that_and_nothing_is_remembered(rig):
    assert do(rig, rig.greeted(RISK), rig.command(c.SaveDocument(name="x", base_version=0, body="1"), ttl_ms=DAY)).ok
    session = throttled(rig)
    answer = do(rig, session, rig.command(DRAFT, ttl_ms=DAY))
    assert (answer.status, answer.code) == ("DENIED", "COMMAND_ID_USED")
    assert rig.house.refusals.first(TRADER, CommandId("c1")) is None
    rig.now += 2 * SECOND
    assert do(rig, session, rig.command(DRAFT, ttl_ms=DAY)).sentence == answer.sentence  # in the engine's own words


# --- what was refused --------------------------------------------------------------------------------------------


def test_a_name_that_is_unfit_is_no_name_and_refuses_no_other_command(rig):
    session = rig.greeted()
    unfit = do(rig, session, rig.order("c" * 65))
    assert (unfit.cmd_id, unfit.code) == ("c" * 64, "BAD_TEXT")
    assert do(rig, session, rig.order("c" * 64)).status == "OK"


def test_what_was_refused_unrecorded_and_forgotten_is_not_carried_out_but_a_new_press_is(rig):
    refused = rig.command(DRAFT, ttl_ms=DAY)
    rig.now += SECOND
    result = m.Result(cmd_id=CommandId(""), status="DENIED", ok=False, code="THROTTLED", sentence="")
    for number in range(MOST_REFUSALS):
        name = CommandId(f"other-{number}")
        rig.house.refusals.keep(TRADER, msgspec.structs.replace(result, cmd_id=name), rig.now)
    assert rig.house.refusals.first(TRADER, CommandId("other-0")) is not None
    rig.house.refusals.keep(TRADER, msgspec.structs.replace(result, cmd_id=CommandId("one more")), rig.now)
    assert rig.house.refusals.first(TRADER, CommandId("other-0")) is None
    rig.now += 3_600 * SECOND
    again = rig.greeted()
    assert do(rig, again, refused).code == "FORGOTTEN"
    assert rig.world.facts(DocumentSaved) == []
    assert do(rig, again, rig.command(DRAFT, "c2", ttl_ms=DAY)).ok
    assert do(rig, rig.greeted(RISK), msgspec.structs.replace(refused, cmd_id=CommandId("r1"))).ok  # each their own


def test_an_account_that_was_not_there_is_not_acted_on_later_because_a_role_was_given_meanwhile(rig):
    order = rig.command(c.TakeAccount(account=OTHER), ttl_ms=DAY)
    first = do(rig, rig.greeted(), order)
    assert first.code == "UNKNOWN_ACCOUNT"
    given = RolesGranted(account=OTHER, person=TRADER, name="赵", roles=(Role.TRADER,))
    run(rig.living.say((given,), RUNNER, "test"))
    again = rig.greeted()
    assert OTHER in again.guest.roles
    assert do(rig, again, order).sentence == first.sentence
    assert rig.world.facts(AccountTaken) == []


def restarted(rig, after):
    rig.world.restart()
    return Rig(world=rig.world, began=rig.now + after)


@pytest.mark.parametrize(
    "body",
    [
        CASH,
        DRAFT,
        c.TakeAccount(account=ONE),
        c.CancelAll(account=ONE),
        c.WithdrawOrder(account=ONE, confirmation=ConfirmationId("F1")),
        c.QuoteSpot(instrument=InstrumentId("SPOT.i.日照港"), price=Decimal(800), source="x"),
    ],
)
def test_what_a_runner_refused_is_not_carried_out_by_the_one_after_it(rig, body):
    refused = rig.command(body, ttl_ms=DAY)
    assert do(rig, throttled(rig), refused).code == "THROTTLED"
    after = restarted(rig, 5 * SECOND)
    end = after.house.end
    for again in (refused, msgspec.structs.replace(refused, pressed_mono=after.now)):
        answer = do(after, after.greeted(), again)
        assert (answer.status, answer.code) == ("DUPLICATE", "THROTTLED")
    assert after.house.end == end


@pytest.mark.parametrize("stamped_anew", [False, True])
@pytest.mark.parametrize(
    ("turned_away", "code"), [(late, "EXPIRED"), (throttled, "THROTTLED"), (without_clock, "NO_CLOCK")]
)
def test_an_order_that_was_refused_just_before_a_quick_restart_is_not_carried_out_after_it(
    rig, turned_away, code, stamped_anew
):
    refused = rig.order()
    first = do(rig, turned_away(rig), refused)
    assert first.code == code
    after = restarted(rig, SECOND)
    after.now = rig.now + 2 * SECOND
    again = msgspec.structs.replace(refused, pressed_mono=after.now) if stamped_anew else refused
    answer = do(after, after.greeted(), again)
    assert (answer.status, answer.code, answer.sentence) == ("DUPLICATE", code, first.sentence)
    assert after.world.facts(OrderRecorded) == []
    assert do(after, after.greeted(), after.order("c2")).ok


def test_what_waited_too_long_for_its_turn_or_names_no_account_of_theirs_stays_undone_after_a_restart(rig):
    session, order, elsewhere = rig.greeted(), rig.order(), rig.order("c2", account=OTHER)
    assert run(rig.house.carry_out(session.guest, order, lambda: False)).code == "EXPIRED"
    assert do(rig, session, elsewhere).code == "UNKNOWN_ACCOUNT"
    after = restarted(rig, SECOND)
    for frame, code in ((order, "EXPIRED"), (elsewhere, "UNKNOWN_ACCOUNT")):
        again = msgspec.structs.replace(frame, pressed_mono=after.now)
        answer = do(after, after.greeted(), again)
        assert (answer.status, answer.code) == ("DUPLICATE", code)


def test_a_refusal_that_cannot_be_written_down_is_not_given(rig):
    rig.world.journal._room = 0  # a full disk
    with pytest.raises(UserError):
        do(rig, throttled(rig), rig.order())


def test_a_document_that_was_never_answered_is_saved_by_the_next_runner_when_its_desk_sends_it_again(rig):
    lost = rig.command(DRAFT, ttl_ms=DAY)
    after = restarted(rig, SECOND)
    resent = msgspec.structs.replace(lost, pressed_mono=after.now)  # as `Sending` does
    assert do(after, after.greeted(last_device_seq=lost.device_seq), resent).ok
    assert len(after.world.facts(DocumentSaved)) == 1


def test_what_a_runner_carried_out_is_answered_by_the_one_after_it(rig):
    cash = rig.command(CASH, ttl_ms=DAY)
    assert do(rig, rig.greeted(RISK), cash).ok
    after = restarted(rig, SECOND)
    copy = do(after, after.greeted(RISK), cash)
    assert (copy.status, copy.ok) == ("DUPLICATE", True)
    assert len(after.world.facts(CashMoved)) == 1


def test_a_kill_is_carried_out_however_long_the_runner_has_stood(rig):
    pressed = rig.command(KILL, ttl_ms=DAY)
    after = restarted(rig, SECOND)
    assert do(after, after.greeted(), pressed).ok
    assert len(after.world.facts(KillSwitched)) == 1


# --- before the clock is measured --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "number", "waits"),
    [
        (CASH, 8, True),
        (DRAFT, 8, True),
        (c.CancelAll(account=ONE), 8, False),
        (c.CancelAll(account=ONE), 7, True),  # its desk had it before it connected: a copy, and nobody knows how old
        (KILL, 8, False),
        (KILL, 7, False),
    ],
)
def test_before_its_age_can_be_known_only_what_lowers_risk_is_carried_out_and_no_copy_but_a_kill(
    rig, body, number, waits
):
    session = rig.session()
    rig.say(session, rig.hello(last_device_seq=7))
    frame = msgspec.structs.replace(rig.command(body, ttl_ms=DAY), device_seq=number)
    assert do(rig, session, frame).code == ("NO_CLOCK" if waits else "OK")


def test_a_document_stamped_in_the_future_is_of_another_clock(rig):
    assert do(rig, rig.greeted(), rig.command(DRAFT, late_ms=-501, ttl_ms=DAY)).code == "BAD_CLOCK"


def test_what_waited_too_long_for_its_turn_stays_undone(rig):
    session, order = rig.greeted(), rig.order()
    wanted = rig.say(session, order)
    session.close("SUPERSEDED", "")
    assert (
        run(rig.house.carry_out(session.guest, wanted.command, lambda: session.still(wanted, rig.now))).code
        == "EXPIRED"
    )
    rig.now += 10 * MS
    again = do(rig, rig.greeted(), order)
    assert (again.status, again.code) == ("DUPLICATE", "EXPIRED")
    assert rig.world.facts(OrderRecorded) == []
