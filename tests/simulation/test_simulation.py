from __future__ import annotations

import json

import pytest

from terminal.commands.main import main
from terminal.engine.pace import Pace
from tests.simulation.test_planted_bugs import the_barrier_passes_with_the_login

# What fifty days must bring with them, so that they cannot pass by doing nothing.
MUST_HAPPEN = {
    "order": "accepted cancelled expired filled recorded rejected sent unknown voided refused",
    "cancel": "recorded refused",
    "external": "order_seen",
    "zombies": "",
    "unknown": "proven_absent proven_there proven_rejected",
    "orders": "grid manual roll spread",
    "fills": "grid manual roll spread after_restart",
    "finished": "grid roll roll_between",
    "mark": (
        "batch_began chased leg_broken leg_repaired roll_began round_began round_ended range_left "
        "range_entered timing_mark position_missing fellow_told"
    ),
    "confirmation": "approve consume expire reject stale supersede withdraw",
    "attacks": "",
    "conditional": "placed changed shrunk triggered released pause resume withdraw expire fail",
    "reversal": "began opened resumed complete stop give_up",
    "command": "BAD_SIGNATURE CONFIRM2 CONFLICT EXPIRED HASH_MISMATCH MAKER_IS_CHECKER NOT_PENDING NO_ROLE OK",
    "commands": "repeated",
    "crash": (
        "before_append after_append before_send after_send after_cancel after_query between_turns "
        "disk_full disk_torn while_recovering"
    ),
    "exchange": "restarts",
    "fault": (
        "cut cut_before_send cut_after_send lost_ack lost_reject duplicate reorder delay late_order "
        "late_cancel stream_lost repeated_page answered_twice connect_fails"
    ),
    "kill": "switched released",
    "level": "yellow orange red released",
    "release": "asked",
    "signal": "day_loss_red unknown_orders_orange reconcile_red zombie_red",
    "strategy": "started paused resumed stopped",
    "limits": "set",
    "day": "settled",
    "link": "lost",
    "barrier": "began passed",
    "reconciled": "",
    "spot": "quoted",
    "cash": "moved",
    "closes": "while_locked",
    "refused": (
        "SELF_MATCH POSITION_LIMIT NOT_CLOSABLE ORDER_VALUE_LARGE LEVEL_RED LEVEL_ORANGE "
        "PRICE_FAR_THROUGH_MARKET PRICE_OFF_TICK DAY_LOSS"
    ),
}
WORDS = [f"{kind}_{end}".rstrip("_") for kind, ends in MUST_HAPPEN.items() for end in ends.split() or [""]]


def test_what_was_answered_before_a_settlement_and_heard_after_it_goes_with_its_own_day(played):
    report = played(150, 1, only=21)
    assert report.violations == ()


def test_fifty_days_of_faults_and_crashes_bring_everything_and_nothing_is_wrong(played):
    fifty_days = played(51, 1)
    assert fifty_days.violations == ()
    assert [word for word in WORDS if not fifty_days.counters.get(word)] == []


def test_the_same_seed_gives_the_same_bytes(capsys):
    outputs = []
    for _ in range(2):
        assert main(["simulate", "--days", "6", "--seed", "3", "--json"]) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]
    assert json.loads(outputs[0])["violations"] == []


def test_another_seed_gives_another_world(played):
    assert played(3, 1).digest != played(3, 2).digest


def test_a_violation_names_the_seed_and_how_to_see_it_again(monkeypatch, capsys):
    the_barrier_passes_with_the_login(monkeypatch)
    assert main(["simulate", "--days", "6", "--seed", "5", "--json"]) == 1
    said = capsys.readouterr()
    violation = json.loads(said.out)["violations"][0]
    assert violation["sentence"].startswith("I7 ")
    assert f"hengduo simulate --days 6 --seed 5 --world {violation['world']}" in said.err


def test_one_world_alone_shows_what_it_showed_among_the_others(played, monkeypatch):
    the_barrier_passes_with_the_login(monkeypatch)
    whole = played(6, 5)
    last = whole.violations[-1].world
    alone = played(6, 5, only=last)
    assert alone.violations == tuple(one for one in whole.violations if one.world == last)
    assert alone.worlds == 1


def test_what_the_product_raises_is_a_violation_and_no_traceback(played, monkeypatch):
    def broken(_self, _turn):
        raise KeyError("planted")

    monkeypatch.setattr(Pace, "say_sent", broken)
    (violation,) = played(1, 1).violations
    assert "KeyError" in violation.sentence
    assert "planted" in violation.sentence


@pytest.mark.parametrize(
    "arguments", [["--days", "0"], ["--days", "3", "--world", "1"]], ids=["no days", "no such world"]
)
def test_a_wrong_argument_is_one_sentence(arguments, capsys):
    assert main(["simulate", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
