"""What waits for a second person is bounded, per maker and per account, and so is every record about it (SAFETY 7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone, ConfirmationRequested
from terminal.domain.ids import ConfirmationId, PersonId, StrategyId
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.words.risk import Scope, Verdict
from terminal.domain.words.typed_text import LONGEST_NAME, LONGEST_TEXT
from terminal.engine.confirmations.waiting import MOST_OF_ACCOUNT, MOST_OF_MAKER
from terminal.engine.previews.command import preview
from terminal.sync.messages import MAX_FRAME
from tests.engine_world import CHECKER, COLLEAGUE, LIMITS, ONE, RB, RISK, TRADER, I, World, device, terms

LARGE: Final = terms(Side.BUY, 100, "830.5", instrument=I)  # 8.3 million yuan
ORDER: Final = c.SubmitOrder(terms=LARGE)
LOOSER: Final = c.ChangeLimits(account=ONE, base_version=1, limits=replace(LIMITS, position_lots=1001))
GRID: Final = c.StartStrategy(
    account=ONE,
    strategy=StrategyId("grid"),
    settings=GridSettings(
        account=ONE,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3690),
        step=Decimal(10),
        lines=10,
        lots_per_line=20,
        stop=Decimal(3500),
        lower=Decimal(3550),
        upper=Decimal(3800),
    ),
)


def crowd(world: World, count: int, *makers: PersonId) -> None:
    """Let so many orders like the first that waits wait too, of these makers in turn; no journal holds them."""
    (first,) = world.account.pending.values()
    for number in range(2, count + 1):
        name = ConfirmationId(f"A1-C9{number:05d}")
        asked = replace(first.confirmation, confirmation=name, maker=makers[number % len(makers)])
        world.account.pending[name] = world.account.confirmations[name] = replace(first, confirmation=asked)


def foreseen(world: World, person: PersonId, body: c.CommandBody) -> tuple[Verdict, str]:
    said = preview(world.engine.look, person, device(person), 1, body, split_close=False)
    return said.verdict, said.sentence


def test_one_maker_may_have_fifty_waiting_and_no_more_until_one_is_decided_or_taken_back(world: World) -> None:
    # Given as many large orders of one trader as may wait
    for _ in range(MOST_OF_MAKER):
        assert world.do(TRADER, ORDER).code == "CONFIRM2"
    before = len(world.facts(ConfirmationRequested))
    # When he asks for another
    told = foreseen(world, TRADER, ORDER)
    done = world.do(TRADER, ORDER)
    # Then it is not parked, both the preview and the answer say why, and another person still may.
    assert (done.ok, done.code) == (False, "TOO_MANY_PENDING")
    assert done.sentence == "您在账户 A1 提交的已有 50 项在等复核，最多 50 项，这一项没有提交；请先处理或撤回其中一些。"
    assert told[0] is Verdict.DENY
    assert done.sentence.removesuffix("。") in told[1]
    assert len(world.facts(ConfirmationRequested)) == before
    assert world.do(COLLEAGUE, ORDER).code == "CONFIRM2"
    # And changing one of his own takes no further place, and a place that is free again is his.
    first, second = world.pending()[:2]
    assert world.do(TRADER, c.EditOrder(account=ONE, confirmation=first, terms=replace(LARGE, lots=101))).ok
    assert world.do(TRADER, ORDER).code == "TOO_MANY_PENDING"
    assert world.do(TRADER, c.WithdrawOrder(account=ONE, confirmation=second)).ok
    assert world.do(TRADER, ORDER).code == "CONFIRM2"
    parked = world.account.confirmations[world.pending()[0]]
    assert world.decide(CHECKER, parked, decision=ConfirmationEvent.REJECT).ok
    assert world.do(TRADER, ORDER).code == "CONFIRM2"


def test_what_needs_no_second_person_passes_however_much_waits() -> None:
    world = World()
    world.do(TRADER, ORDER)
    crowd(world, MOST_OF_ACCOUNT, TRADER)
    assert world.order(Side.BUY, 1, 3690).code == "OK"
    assert world.do(RISK, c.ChangeLimits(account=ONE, base_version=1, limits=replace(LIMITS, position_lots=9))).ok
    assert world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="演练")).ok
    assert world.pending() == []


@pytest.mark.parametrize(("who", "body"), [(COLLEAGUE, ORDER), (RISK, LOOSER), (COLLEAGUE, GRID)])
def test_an_account_holds_two_hundred_whoever_asks_and_for_what(who: PersonId, body: c.CommandBody) -> None:
    world = World()
    world.do(TRADER, ORDER)
    crowd(world, MOST_OF_ACCOUNT, *(PersonId(f"p{number}") for number in range(10)))
    told = foreseen(world, who, body)
    done = world.do(who, body)
    assert (done.ok, done.code) == (False, "TOO_MANY_PENDING")
    assert done.sentence.startswith("账户 A1 已有 200 项在等复核，最多 200 项")
    assert told[0] is Verdict.DENY
    assert "最多 200 项" in told[1]
    # One less, and it waits.
    world.account.confirmations.popitem()
    world.account.pending.popitem()
    assert foreseen(world, who, body)[0] is Verdict.CONFIRM2
    assert world.do(who, body).code == "CONFIRM2"


@settings(max_examples=15)
@given(
    waiting=st.integers(1, MOST_OF_ACCOUNT),
    makers=st.integers(5, MOST_OF_ACCOUNT),
    reason=st.text(st.sampled_from('"\\长a'), min_size=LONGEST_TEXT, max_size=LONGEST_TEXT),
)
@example(waiting=MOST_OF_ACCOUNT, makers=5, reason='"' * LONGEST_TEXT)
@example(waiting=MOST_OF_ACCOUNT, makers=MOST_OF_ACCOUNT, reason="\\" * LONGEST_TEXT)
def test_no_record_about_what_waits_outgrows_a_frame_up_to_the_bound(waiting: int, makers: int, reason: str) -> None:
    world = World()
    world.do(TRADER, c.SubmitOrder(terms=LARGE, reason=reason))
    crowd(world, waiting, *(PersonId(f"{number:0{LONGEST_NAME}d}") for number in range(makers)))
    done = world.do(TRADER, c.SubmitOrder(terms=LARGE, reason=reason))
    assert done.code == ("CONFIRM2" if waiting < MOST_OF_ACCOUNT else "TOO_MANY_PENDING")
    sizes = [len(msgspec.json.encode(fact)) for fact in world.facts(ConfirmationRequested)]
    sizes += [len(msgspec.json.encode(fact)) for fact in world.facts(CommandDone)]
    assert max(sizes) < MAX_FRAME // 8
