"""What a person types is bounded before it becomes a record that every desk is sent."""

from __future__ import annotations

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone, DocumentSaved, KillSwitched
from terminal.domain.ids import AccountId, StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Scope, Verdict
from terminal.domain.words.typed_text import LONGEST_TEXT, is_name, is_visible
from terminal.sync import messages as m
from terminal.sync.wire import WireError, read_from_desk
from tests.engine_world import ONE, terms
from tests.sync_rig import Rig, only

WHOLE = Scope()
UNSEEN = [
    "两\n行",
    "\u202e倒写",
    "\u2066隔",
    "\x00",
    "\x85",
    "制\t表",
    "零\u200b宽",
    "\ufeff头",
    "行\u2028分",
    "段\u2029分",
]


@pytest.fixture
def rig():
    return Rig()


def refused(rig, body, command="c1"):
    session = rig.greeted()
    assert rig.say(session, rig.command(body, command)) is None
    (result,) = only(rig.hear(session), m.Result)
    assert len(result.cmd_id) <= 64
    assert is_visible(result.sentence)
    assert len(result.sentence) < LONGEST_TEXT
    return result.code


def order(reason):
    return c.SubmitOrder(terms=terms(Side.BUY, 1, 3690), reason=reason)


@pytest.mark.parametrize("reason", ["长" * (LONGEST_TEXT + 1), '"' * 100_000, *UNSEEN])
def test_a_reason_is_short_and_visible(rig, reason):
    assert refused(rig, order(reason)) == "BAD_TEXT"


@pytest.mark.parametrize("gap", ["\u3000", "\u00a0", " "])
def test_a_gap_that_an_input_method_types_is_seen_and_allowed_everywhere(rig, gap):
    session = rig.greeted()
    assert rig.carry_out(session, rig.say(session, rig.command(order(f"套保{gap}移仓"), f"c{gap}1"))).ok
    document = c.SaveDocument(name=f"草稿{gap}一", base_version=0, body="1")
    assert rig.carry_out(session, rig.say(session, rig.command(document, "c2"))).ok
    stop = c.StopStrategy(account=ONE, strategy=StrategyId(f"网格{gap}甲"))
    assert rig.carry_out(session, rig.say(session, rig.command(stop, "c3"))).code == "NO_STRATEGY"


@pytest.mark.parametrize("name", ["", " ", "\u3000", "c" * 65, "c" * 60_000, "a\nb"])
def test_a_command_has_a_name(rig, name):
    assert refused(rig, order("套保"), name) == "BAD_TEXT"


@pytest.mark.parametrize("name", ["", "a\nb", "\u202eg", "g" * 65])
def test_a_strategy_has_a_name(rig, name):
    assert refused(rig, c.StopStrategy(account=ONE, strategy=StrategyId(name))) == "BAD_TEXT"


def test_a_document_that_would_not_fit_a_frame_is_refused(rig):
    body = c.SaveDocument(name="草稿", base_version=0, body=msgspec.json.encode('"' * 30_000).decode())
    assert refused(rig, body) == "BAD_TEXT"


def test_the_worst_that_is_allowed_reaches_a_desk_in_frames_of_the_agreed_size(rig):
    session = rig.greeted()
    worst = '\\"' * (LONGEST_TEXT // 2)
    rig.carry_out(session, rig.say(session, rig.command(order(worst), "c" * 64)))
    document = c.SaveDocument(name='"' * 64, base_version=0, body=msgspec.json.encode("\\" * 24_000).decode())
    assert rig.carry_out(session, rig.say(session, rig.command(document, "d" * 64))).ok
    sizes = []
    while frames := session.pump(rig.now):
        sizes += [len(frame) for frame in frames]
    assert max(sizes) <= m.MAX_FRAME
    assert max(sizes) > m.MAX_FRAME // 3  # the document went in one of them
    assert len(rig.world.facts(DocumentSaved)) == 1


def kill(rig, session, command="c1", *, account=ONE, scope=WHOLE, reason="演练"):
    body = c.Kill(account=account, scope=scope, reason=reason)
    return rig.carry_out(session, rig.say(session, rig.command(body, command, ttl_ms=m.OTHER_TTL_MS)))


def test_a_kill_is_carried_out_whatever_was_typed_beside_it(rig):
    assert kill(rig, rig.greeted(), reason="停\n" + "长" * 1_000).ok
    (fact,) = rig.world.facts(KillSwitched)
    assert fact.reason == "停" + "长" * (LONGEST_TEXT - 1)


@pytest.mark.parametrize("name", ["", "\u3000", "c" * 65, "c" * 60_000, "a\nb", "\u202ek"])
def test_a_kill_is_carried_out_whatever_it_is_called_and_answered_by_what_fits_of_that(rig, name):
    session = rig.greeted()
    assert kill(rig, session, name).ok
    assert kill(rig, session, name).ok  # the same frame again: a copy
    first, second = only(rig.hear(session), m.Result)
    assert (first.cmd_id, first.status) == (name[:64], "OK")
    assert (second.cmd_id, second.status) == (name[:64], "DUPLICATE")
    rig.now += 1
    assert kill(rig, session, name).status == "OK"  # pressed anew: a stop of its own
    facts = rig.world.facts(KillSwitched)
    assert len(facts) == 2
    done = [fact.command for fact in rig.world.facts(CommandDone)][-2:]
    assert all(is_name(command) and command.startswith("kill-") for command in done)


def test_a_kill_of_what_is_not_there_says_that_nothing_was_stopped(rig):
    session = rig.greeted()
    nowhere = kill(rig, session, "c1", account=AccountId("A\n1"))
    assert (nowhere.code, nowhere.sentence) == ("UNKNOWN_ACCOUNT", "没有账户 A\\u000a1。")
    nothing = kill(rig, session, "c2", scope=Scope(strategy=StrategyId("g" * 1_000)))
    assert (nothing.ok, nothing.code) == (False, "UNKNOWN_SCOPE")
    assert "什么也没有停止" in nothing.sentence
    assert rig.world.facts(KillSwitched) == []


@pytest.mark.parametrize("text", ["\u202e" * 300, *UNSEEN])
def test_what_the_other_side_wrote_is_repeated_short_and_visible_whoever_repeats_it(rig, text):
    session = rig.greeted()
    unknown = AccountId(text)
    said = [rig.carry_out(session, rig.say(session, rig.command(c.Kill(account=unknown, scope=Scope(), reason=""))))]
    for number, body in enumerate(
        (c.CancelAll(account=unknown), order(text), c.StopStrategy(account=ONE, strategy=text))
    ):
        rig.say(session, m.FetchPreview(request=number, body=body))
    said += [frame.preview for frame in only(rig.hear(session), m.Previewed)]
    assert len(said) == 4
    for frame in (b'{"type":"PING","nonce":1,"mono":1,%s:1}', b'{"type":%s}'):
        with pytest.raises(WireError) as wrong:
            read_from_desk(frame % msgspec.json.encode(text))
        assert is_visible(str(wrong.value))
        assert len(str(wrong.value)) < 2 * LONGEST_TEXT
    for one in said:
        assert is_visible(one.sentence)
        assert len(one.sentence) < LONGEST_TEXT


def test_a_preview_of_what_could_not_be_kept_says_so(rig):
    session = rig.greeted()
    rig.say(session, m.FetchPreview(request=1, body=order("长" * (LONGEST_TEXT + 1))))
    (frame,) = only(rig.hear(session), m.Previewed)
    assert frame.preview.verdict is Verdict.DENY
    assert f"最多 {LONGEST_TEXT} 个" in frame.preview.sentence
