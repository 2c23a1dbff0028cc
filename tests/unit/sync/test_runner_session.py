"""The runner's half of a connection: who gets in, how old a command may be, and how much anybody may say."""

from __future__ import annotations

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import KillSwitched, OrderRecorded
from terminal.domain.ids import AccountId, CommandId, DeviceId, PersonId, ProductId, TenantId
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Scope
from terminal.sync import messages as m
from terminal.sync.runner_session import FLOOD, KILLS_PER_SECOND, MESSAGES_PER_SECOND, MOST_HISTORIES, Stage
from terminal.sync.wire import encode
from tests.engine_world import CHECKER, COLLEAGUE, ONE, OTHER, TRADER, terms
from tests.sync_rig import MS, SECOND, Rig, only

KILL = c.Kill(account=ONE, scope=Scope(), reason="演练")


@pytest.fixture
def rig():
    return Rig()


def code(session):
    return session.ended.code if session.ended is not None else ""


# --- getting in --------------------------------------------------------------------------------------------------


def test_a_desk_that_says_hello_is_welcomed_with_its_roles_heads_and_market(rig):
    session = rig.session()
    rig.say(session, rig.hello())
    (welcome,) = only(rig.hear(session), m.Welcome)
    assert session.stage is Stage.OPEN
    assert (welcome.person, welcome.device, welcome.tenant) == (TRADER, "zhao-desk", "house")
    assert set(welcome.roles) == {ONE}
    assert set(welcome.heads) == {"tenant:house", "account:A1", f"person:{TRADER}"}
    assert welcome.universe == rig.house.universe


def test_a_desk_has_five_seconds_to_say_hello(rig):
    session = rig.session()
    rig.now += 5 * SECOND
    session.tick(rig.now)
    assert session.stage is Stage.GREETING
    rig.now += 1
    session.tick(rig.now)
    assert code(session) == "NO_HELLO"


def test_nothing_is_heard_before_hello(rig):
    session = rig.session()
    assert rig.say(session, rig.order()) is None
    assert code(session) == "NO_HELLO"


def test_a_second_hello_is_out_of_turn(rig):
    session = rig.greeted()
    rig.say(session, rig.hello())
    assert code(session) == "OUT_OF_TURN"


@pytest.mark.parametrize(("least", "most", "taken"), [(1, 1, True), (1, 9, True), (2, 9, False), (0, 0, False)])
def test_the_versions_must_overlap(rig, least, most, taken):
    session = rig.session()
    rig.say(session, rig.hello(protocol_min=least, protocol_max=most))
    assert (session.stage is Stage.OPEN) is taken
    assert taken or code(session) == "NO_COMMON_VERSION"


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"proof": "guess"}, "口令"),
        ({"proof": ""}, "口令"),
        ({"person": PersonId("mallory")}, "没有人员"),
        ({"device": DeviceId("sun-desk")}, "名下"),
        ({"public_key": "ab" * 31}, "公钥"),
    ],
)
def test_who_may_not_come_in_is_told_why_and_sent_away(rig, fields, what):
    session = rig.session()
    rig.say(session, rig.hello(**fields))
    assert code(session) == "REFUSED"
    assert what in session.ended.sentence
    assert rig.hear(session) == []


def test_who_only_asks_whether_a_proof_is_good_is_told_and_never_let_in(rig):
    session = rig.session()
    rig.say(session, rig.hello(public_key=""))
    assert code(session) == "PROVEN"
    assert session.guest is None
    assert rig.hear(session) == []
    wrong = rig.session()
    rig.say(wrong, rig.hello(public_key="", proof="guess"))
    assert code(wrong) == "REFUSED"


def test_a_frame_or_a_desk_of_another_tenant_ends_the_connection(rig):
    session = rig.greeted()
    rig.say(session, m.Ping(nonce=1, mono=1, tenant=TenantId("rival")))
    assert code(session) == "OTHER_TENANT"
    other = rig.session()
    rig.say(other, rig.hello(tenant=TenantId("rival")))
    assert code(other) == "OTHER_TENANT"


def test_bytes_that_are_no_frame_end_the_connection_and_nothing_after_them_is_heard(rig):
    session = rig.greeted()
    session.receive(b"{", rig.now)
    assert code(session) == "BAD_FRAME"
    assert rig.say(session, rig.order()) is None


# --- how old a command is ----------------------------------------------------------------------------------------


def test_an_order_in_time_is_carried_out_and_answered(rig):
    session = rig.greeted()
    result = rig.carry_out(session, rig.say(session, rig.order()))
    assert (result.status, result.ok) == ("OK", True)
    assert only(rig.hear(session), m.Result) == [result]


@pytest.mark.parametrize(("late_ms", "taken"), [(0, True), (3_000, True), (3_001, False), (60_000, False)])
def test_an_order_lives_three_seconds_from_the_press(rig, late_ms, taken):
    session = rig.greeted()
    wanted = rig.say(session, rig.order(late_ms=late_ms))
    assert (wanted is not None) is taken
    if not taken:
        (result,) = only(rig.hear(session), m.Result)
        assert (result.status, result.code, result.ok) == ("EXPIRED", "EXPIRED", False)


def test_a_desk_cannot_grant_its_order_more_time_than_its_kind_has(rig):
    session = rig.greeted()
    assert rig.say(session, rig.order(late_ms=3_001, ttl_ms=10**9)) is None
    assert rig.say(session, rig.order("c2", late_ms=500, ttl_ms=400)) is None  # but less, if it likes
    assert rig.say(session, rig.order("c3", ttl_ms=-5, late_ms=1)) is None


def test_bytes_held_back_for_a_minute_arrive_expired_whatever_the_clocks_say(rig):
    # Given a desk whose monotonic clock began somewhere else entirely
    skew = -123_456 * SECOND
    session = rig.session()
    rig.say(session, rig.hello())
    (ping,) = only(rig.hear(session), m.Ping)
    rig.now += 20 * MS
    rig.say(session, m.Pong(nonce=ping.nonce, mono=ping.mono, own_mono=rig.now + skew))
    # When an order pressed now arrives at once, and another one a minute later
    pressed = rig.now + skew
    order = encode(
        m.Cmd(
            cmd_id=CommandId("c1"), device_seq=1, kind="submit_order", body=body(), pressed_mono=pressed, ttl_ms=3_000
        )
    )
    assert session.receive(order, rig.now) is not None
    rig.now += 60 * SECOND
    held_back = session.receive(order.replace(b'"c1"', b'"c2"'), rig.now)
    assert rig.carry_out(session, held_back).code == "EXPIRED"
    (result,) = only(rig.hear(session), m.Result)
    assert "60.0 秒" in result.sentence


def body():
    return c.SubmitOrder(terms=terms(Side.BUY, 1, 3690))


def test_a_pong_that_was_delayed_on_its_way_back_makes_no_order_younger(rig):
    # The desk answered at once; the answer lay in the link for two seconds. The middle of the trip would be 1 s wrong.
    session = rig.session()
    rig.say(session, rig.hello())
    (ping,) = only(rig.hear(session), m.Ping)
    answered = rig.now
    rig.now += 2 * SECOND
    rig.say(session, m.Pong(nonce=ping.nonce, mono=ping.mono, own_mono=answered))
    assert rig.say(session, rig.order(late_ms=3_001)) is None


def test_clocks_that_drift_are_measured_anew(rig):
    # A desk whose clock runs slow falls behind by 50 ms with each PING; after a minute only the latest count.
    session = rig.greeted()
    for number in range(1, 40):
        rig.now += 5 * SECOND
        session.tick(rig.now)
        (ping,) = only(rig.hear(session), m.Ping)
        rig.say(session, m.Pong(nonce=ping.nonce, mono=ping.mono, own_mono=rig.now + 50 * MS * number))
    fast = 39 * 50  # the desk's clock is ahead by so much
    assert rig.say(session, rig.order("c1", late_ms=1_000 - fast)) is not None
    assert rig.say(session, rig.order("c2", late_ms=4_000 - fast)) is None


def test_before_the_first_pong_nothing_that_opens_is_carried_out_and_a_kill_is(rig):
    session = rig.session()
    rig.say(session, rig.hello())
    assert rig.say(session, rig.order()) is None
    (result,) = only(rig.hear(session), m.Result)
    assert result.code == "NO_CLOCK"
    assert rig.say(session, rig.command(KILL, "c2", ttl_ms=10**7)) is not None


def test_a_press_in_the_future_is_of_another_clock(rig):
    session = rig.greeted()
    assert rig.say(session, rig.order(late_ms=-501)) is None
    (result,) = only(rig.hear(session), m.Result)
    assert result.code == "BAD_CLOCK"
    assert rig.say(session, rig.command(KILL, "c2", late_ms=-501, ttl_ms=10**7)) is not None  # the switch asks no clock


def test_a_desk_whose_clock_is_set_right_just_then_still_orders(rig):
    session = rig.greeted()
    wanted = rig.say(session, rig.order(late_ms=-450))
    assert wanted is not None
    assert wanted.until == rig.now + 3 * SECOND  # and lives no longer than a press of now


def test_what_was_refused_stays_refused_when_a_copy_comes_in_time(rig):
    session = rig.session()
    rig.say(session, rig.hello())
    (ping,) = only(rig.hear(session), m.Ping)
    order = rig.order()
    assert rig.say(session, order) is None  # NO_CLOCK
    rig.say(session, m.Pong(nonce=ping.nonce, mono=ping.mono, own_mono=rig.now))
    rig.carry_out(session, rig.say(session, order))
    first, second = only(rig.hear(session), m.Result)
    assert (second.status, second.code) == ("DUPLICATE", first.code)


@pytest.mark.parametrize("late_ms", [-2_000, 3_001])
def test_what_was_refused_stays_refused_over_another_connection_and_with_another_stamp(rig, late_ms):
    session = rig.greeted()
    order = rig.order(late_ms=late_ms)
    assert rig.say(session, order) is None
    (first,) = only(rig.hear(session), m.Result)
    again = rig.greeted()
    assert rig.say(again, order) is None
    rig.carry_out(again, rig.say(again, rig.order()))  # the same name, pressed now
    results = only(rig.hear(again), m.Result)
    assert [(one.status, one.code) for one in results] == [("DUPLICATE", first.code)] * 2
    colleague = rig.greeted(COLLEAGUE)  # who uses it as well learns no more than that
    assert rig.carry_out(colleague, rig.say(colleague, rig.order())).code == "COMMAND_ID_USED"


def test_a_command_that_waited_for_its_turn_too_long_is_not_carried_out(rig):
    session = rig.greeted()
    wanted = rig.say(session, rig.order(late_ms=1_000))
    rig.now += 2_001 * MS
    result = rig.carry_out(session, wanted)
    assert (result.status, result.ok) == ("EXPIRED", False)
    assert rig.world.facts(OrderRecorded) == []


def test_a_command_that_waited_while_its_connection_ended_is_not_carried_out(rig):
    session = rig.greeted()
    wanted = rig.say(session, rig.order())
    session.close("SUPERSEDED", "在别处重新连接")
    assert not rig.carry_out(session, wanted).ok
    assert rig.world.facts(OrderRecorded) == []


def test_a_repeated_command_gets_the_first_answer_and_does_nothing(rig):
    session = rig.greeted()
    first = rig.carry_out(session, rig.say(session, rig.order()))
    again = rig.carry_out(session, rig.say(session, rig.order()))
    assert (again.status, again.sentence) == ("DUPLICATE", first.sentence)
    assert len(rig.world.facts(OrderRecorded)) == 1


# --- ping and silence --------------------------------------------------------------------------------------------


def test_a_ping_is_answered_with_its_stamp_and_our_own(rig):
    session = rig.greeted()
    rig.say(session, m.Ping(nonce=7, mono=3))
    (pong,) = only(rig.hear(session), m.Pong)
    assert (pong.nonce, pong.mono, pong.own_mono) == (7, 3, rig.now)


def test_a_desk_is_pinged_every_five_seconds_and_ended_when_it_does_not_answer_for_five(rig):
    session = rig.greeted()
    rig.now += 5 * SECOND
    session.tick(rig.now)
    assert len(only(rig.hear(session), m.Ping)) == 1
    rig.now += 5 * SECOND
    session.tick(rig.now)
    assert session.stage is Stage.OPEN
    rig.now += 1
    session.tick(rig.now)
    assert code(session) == "DEAD"


def test_a_desk_hears_something_at_least_every_second(rig):
    session = rig.greeted()
    for _ in range(20):
        rig.now += SECOND // 2
        session.tick(rig.now)
        for ping in only(rig.hear(session), m.Ping):
            rig.say(session, m.Pong(nonce=ping.nonce, mono=ping.mono, own_mono=rig.now))
        rig.now += SECOND // 2
        assert rig.hear(session)


# --- too much ----------------------------------------------------------------------------------------------------


def test_fifty_messages_a_second_are_heard_and_every_command_beyond_is_refused_by_name(rig):
    session = rig.greeted()
    results = [rig.say(session, rig.order(f"c{number}")) for number in range(MESSAGES_PER_SECOND + 2)]
    assert [result is not None for result in results] == [True] * MESSAGES_PER_SECOND + [False] * 2
    refused = only(rig.hear(session), m.Result)
    assert [(one.cmd_id, one.code) for one in refused] == [("c50", "THROTTLED"), ("c51", "THROTTLED")]
    rig.now += SECOND // 10
    assert rig.say(session, rig.order("c60")) is not None


def test_a_kill_is_carried_out_however_much_its_desk_has_sent(rig):
    session = rig.greeted()
    for number in range(MESSAGES_PER_SECOND + FLOOD // 2):
        rig.say(session, rig.order(f"c{number}"))
        rig.hear(session)
    for number in range(KILLS_PER_SECOND + 5):
        assert rig.carry_out(session, rig.say(session, rig.command(KILL, f"k{number}", ttl_ms=10**7))).ok
    assert len(rig.world.facts(KillSwitched)) == KILLS_PER_SECOND + 5
    assert rig.say(session, rig.order("c-last")) is None  # the kills made no room for anything else


def test_kills_in_their_own_room_bring_a_desk_no_nearer_to_a_flood(rig):
    session = rig.greeted()
    for number in range(2 * FLOOD):
        rig.now += SECOND // KILLS_PER_SECOND
        assert rig.say(session, rig.command(KILL, f"k{number}", ttl_ms=10**7)) is not None
    assert session.stage is Stage.OPEN


def test_a_flood_of_kills_is_carried_out_and_ends_the_connection(rig):
    session = rig.greeted()
    taken = [rig.say(session, rig.command(KILL, f"k{number}", ttl_ms=10**7)) for number in range(2 * FLOOD)]
    assert sum(one is not None for one in taken) == KILLS_PER_SECOND + FLOOD
    assert code(session) == "FLOOD"


def test_what_is_not_a_command_is_throttled_without_a_result(rig):
    session = rig.greeted()
    for number in range(MESSAGES_PER_SECOND + 1):
        rig.say(session, m.Ping(nonce=number, mono=1))
    assert len(only(rig.hear(session), m.Throttle)) == 1


def test_a_flood_is_closed_even_if_it_pauses_now_and_then(rig):
    session = rig.greeted()
    for number in range(2 * FLOOD):
        rig.now += SECOND // 500  # ten times the rate
        rig.say(session, m.Ping(nonce=number, mono=1))
        rig.hear(session)
    assert code(session) == "FLOOD"


@pytest.mark.parametrize("frame", [m.Credit(applied={}), m.Pong(nonce=999, mono=1, own_mono=1)])
def test_answers_to_nothing_are_counted_like_any_message(rig, frame):
    session = rig.greeted()
    for _ in range(FLOOD + 2 * MESSAGES_PER_SECOND):
        rig.say(session, frame)
        rig.hear(session)
    assert code(session) == "FLOOD"


def test_a_desk_that_asks_and_reads_nothing_is_closed(rig):
    session = rig.greeted()
    for number in range(400):
        rig.now += SECOND // 40
        rig.say(session, m.Ping(nonce=number, mono=1))
    assert code(session) == "SLOW"


def test_many_histories_asked_for_at_once_come_a_part_at_a_time_and_close_nothing(rig):
    session = rig.greeted()
    rig.hear(session)
    for number in range(45):
        rig.say(session, m.FetchBasis(request=number, product=ProductId("RB"), before=10**18))
    first = [len(session.pump(rig.now)) for _ in range(3)]
    assert max(first) <= 2
    assert [chunk.request for chunk in only(rig.hear(session), m.Chunk)] == list(range(3, 45))
    assert session.stage is Stage.OPEN


def test_only_so_many_histories_wait(rig):
    session = rig.greeted()
    for number in range(MOST_HISTORIES + 1):
        rig.now += SECOND // 40
        rig.say(session, m.FetchBasis(request=number, product=ProductId("RB"), before=10**18))
    assert len(only(rig.hear(session), m.Throttle)) == 1


# --- what others may not learn -----------------------------------------------------------------------------------


def test_an_account_that_may_not_be_seen_is_answered_like_one_that_is_not_there(rig):
    session = rig.greeted()
    answers = [rig.carry_out(session, rig.say(session, rig.order(f"c-{name}", account=name))) for name in (OTHER, "ZZ")]
    assert [one.code for one in answers] == ["UNKNOWN_ACCOUNT"] * 2
    assert answers[0].sentence.replace(OTHER, "?") == answers[1].sentence.replace("ZZ", "?")


def test_a_preview_of_an_account_that_may_not_be_seen_is_that_of_one_that_is_not_there(rig):
    session = rig.greeted()
    for number, name in enumerate((OTHER, AccountId("ZZ"))):
        wanted = c.CancelAll(account=name)
        rig.say(session, m.FetchPreview(request=number, body=wanted))
    first, second = (one.preview for one in only(rig.hear(session), m.Previewed))
    assert first.sentence.replace(OTHER, "?") == second.sentence.replace("ZZ", "?")
    assert (first.verdict, first.findings, first.details) == (second.verdict, second.findings, second.details)


def test_a_desk_that_leaves_says_whether_the_runner_may_end_too(rig):
    for said, meant in (("STOP", "STOP"), ("BYE", "BYE"), ("whatever", "BYE")):
        session = rig.greeted(CHECKER)
        rig.say(session, m.Bye(code=said, sentence=""))
        assert code(session) == meant
