"""The timings of a roll between accounts are changed where they decide: in the half that closes near, not in far's."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone
from terminal.domain.ids import AccountId
from terminal.domain.parameters.strategy import Combine, DaysToExpiry, Manual
from terminal.domain.words.risk import Verdict
from tests.engine_world import ONE, OTHER, TRADER, World
from tests.scenario.between import LOTS, ask_for, between, half, held, judge, walk
from tests.scenario.conftest import Begin
from tests.unit.engine.foreseen import ask

NOW = Manual(go=True)


def wish(world: World, account: AccountId, **changes: Any) -> c.ChangeStrategy:
    row = half(world, account)
    settings = replace(row.settings, **changes)
    return c.ChangeStrategy(account=account, strategy=row.strategy, base_version=row.version, settings=settings)


def changed(world: World, account: AccountId, **changes: Any) -> CommandDone:
    return world.do(TRADER, wish(world, account, **changes))


def test_a_word_said_to_the_half_that_opens_far_is_refused_and_one_said_to_near_begins_both(begin: Begin) -> None:
    # Given a roll between accounts that waits for a person's word
    world = held(begin)
    ask_for(world, between(timings=(Manual(),)))
    # When they say it to the half that opens far
    foreseen, done = ask(world, wish(world, OTHER, timings=(NOW,))), changed(world, OTHER, timings=(NOW,))
    # Then they are told, in the preview too, that it decides nothing there, and where it does;
    said = "开远月的一半不看移仓时机，改了也不起作用；请改平近月的一半，其余设置请不要与它们一起改。"
    assert (done.ok, done.code) == (False, "NOT_CHANGEABLE")
    assert done.sentence.endswith(said)
    assert foreseen.verdict is Verdict.DENY
    assert said in foreseen.sentence
    walk(world, 10)
    assert judge(world) == (0, 0)
    # said to near's half, both go.
    assert changed(world, ONE, timings=(NOW,)).ok
    walk(world, 60)
    assert judge(world) == (LOTS, LOTS)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"combine": Combine.ALL}, "时机组合"),
        ({"batch_pause_seconds": 30}, "批间停顿"),
        ({"timings": (DaysToExpiry(days=3),), "chase_seconds": 7}, "移仓时机"),
    ],
)
def test_whatever_only_near_decides_by_is_refused_of_far_and_taken_of_near(
    begin: Begin, changes: dict[str, Any], what: str
) -> None:
    world = held(begin)
    ask_for(world, between(timings=(DaysToExpiry(days=5),)))
    refused = changed(world, OTHER, **changes)
    assert refused.code == "NOT_CHANGEABLE"
    assert f"开远月的一半不看{what}，" in refused.sentence
    assert half(world, OTHER).version == 1
    assert changed(world, ONE, **changes).ok
    assert changed(world, OTHER, chase_seconds=7, pay_up_ticks=2).ok
