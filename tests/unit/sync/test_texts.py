"""What a person types is bounded before it becomes a record that every desk is sent."""

from __future__ import annotations

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.facts import DocumentSaved, KillSwitched
from terminal.domain.ids import StrategyId
from terminal.domain.order import Side
from terminal.domain.risk_words import Scope
from terminal.domain.typed_text import LONGEST_TEXT
from terminal.sync import messages as m
from tests.engine_world import ONE, TRADER, terms
from tests.sync_rig import Rig, only


@pytest.fixture
def rig():
    return Rig()


def refused(rig, body, command="c1"):
    session = rig.greeted()
    assert rig.say(session, rig.command(body, command)) is None
    (result,) = only(rig.hear(session), m.Result)
    assert len(result.cmd_id) <= 64
    return result.code


def order(reason):
    return c.SubmitOrder(terms=terms(Side.BUY, 1, 3690), reason=reason)


@pytest.mark.parametrize("reason", ["长" * (LONGEST_TEXT + 1), '"' * 100_000, "两\n行", "\u202e倒写", "\x00"])
def test_a_reason_is_short_and_visible(rig, reason):
    assert refused(rig, order(reason)) == "BAD_TEXT"


@pytest.mark.parametrize("name", ["", " ", "c" * 65, "c" * 60_000, "a\nb"])
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


def test_a_kill_is_carried_out_whatever_was_typed_beside_it(rig):
    session = rig.greeted(TRADER)
    kill = c.Kill(account=ONE, scope=Scope(), reason="停\n" + "长" * 1_000)
    assert rig.carry_out(session, rig.say(session, rig.command(kill))).ok
    (fact,) = rig.world.facts(KillSwitched)
    assert fact.reason == "停" + "长" * (LONGEST_TEXT - 1)
