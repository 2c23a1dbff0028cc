"""Why a roll whose timings are met has not begun: each reason, once a day, and only what lasts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import PositionMissing, RollBegan
from terminal.domain.fact.roll_marks import BeginHeld
from terminal.domain.parameters.strategy import Combine, DaysToExpiry, Manual
from terminal.strategies.children import SECOND
from tests.unit.strategies.rolling import FAR, NEAR, market, memory, world
from tests.unit.strategies.world import World


def minutes(made: World, count: int) -> None:
    for _ in range(count * 6):
        made.wait(10)
        made.step()


def told(made: World) -> list[str]:
    return [mark.why for mark in made.of(BeginHeld)]


def at_the_limit(made: World) -> None:
    made.show(NEAR, 3210, None, limits=(3000, 3210))


def unquoted(made: World) -> None:
    del made.quotes[FAR]


def nothing_opened(made: World) -> None:
    made.closed_to_opening.add(FAR)


def soon_over(made: World) -> None:
    made.phase(Phase.CONTINUOUS, ends_in=400)


@pytest.mark.parametrize(
    ("hinder", "name", "why"),
    [
        (at_the_limit, NEAR, "rb2510封在涨停"),
        (unquoted, FAR, "rb2601本段交易还没有行情"),
        (nothing_opened, FAR, "rb2601现在不能开仓（风险级别、一键停止、结算单、限额或对账）"),
        (soon_over, NEAR, "离休市不够一次追价（600 秒另加 3 秒）"),
    ],
)
def test_each_reason_is_told_once_a_day(hinder: Callable[[World], None], name: str, why: str) -> None:
    made = world(chase_seconds=600)
    for day in (1, 2):
        hinder(made)
        minutes(made, 6)
        assert told(made) == [why] * day
        made.end_day()
        market(made)
    assert {mark.instrument for mark in made.of(BeginHeld)} == {name}
    made.closed_to_opening.clear()
    made.step()
    assert made.of(RollBegan)


def test_a_roll_begun_while_nobody_quotes_far_tells_so_after_a_minute_and_names_the_contract() -> None:
    made = world()
    made.wait(120)
    unquoted(made)
    for _ in range(6):  # the first quotes of a session, or of a login, come one by one
        made.step()
        made.wait(10)
    assert told(made) == []
    made.step()
    assert told(made) == ["rb2601本段交易还没有行情"]


def test_a_roll_that_far_is_quoted_for_within_a_minute_begins_with_the_price_it_first_saw() -> None:
    made = world(timings=(DaysToExpiry(days=3), Manual()), combine=Combine.ALL)
    made.wait(120)
    unquoted(made)
    made.step()
    made.wait(10)
    market(made)
    made.step()
    minutes(made, 2)
    assert told(made) == []
    met, unmet = memory(made).timings
    assert (met.far_mid, unmet.far_mid) == (Decimal(3251), None)  # when both were quoted, not when nobody did
    assert made.at - met.since > made.at - met.met_at == 120 * SECOND


def test_a_quote_that_is_old_is_a_reason() -> None:
    made = world()
    made.closed_to_opening.add(FAR)
    made.step()
    made.wait(70, refresh=False)
    made.step()
    assert told(made) == ["rb2510的行情超过 60 秒没有更新"]


def test_another_kind_of_reason_is_told_the_same_day_and_none_again() -> None:
    made = world()
    for _ in range(3):
        nothing_opened(made)
        minutes(made, 2)
        for ask in (None, 3252):
            made.show(FAR, 3250, ask, limits=(3000, 3250))
            minutes(made, 1)
        market(made)
    assert [why[6:] for why in told(made)] == ["现在不能开仓（风险级别、一键停止、结算单、限额或对账）", "封在涨停"]


def test_what_is_over_within_a_minute_is_not_told() -> None:
    made = world(days=4)
    minutes(made, 5)
    made.expiry[NEAR] = 3
    made.show(FAR, 3250, None)
    for _ in range(5):
        made.wait(10)
        made.step()
    market(made)
    made.step()
    assert made.of(RollBegan)
    assert told(made) == []


def test_a_roll_that_is_not_due_tells_no_reason() -> None:
    made = world(timings=(DaysToExpiry(days=1),))
    made.show(FAR, 3250, None)
    minutes(made, 5)
    del made.quotes[FAR]
    minutes(made, 5)
    assert told(made) == []


def test_lots_that_are_missing_have_a_statement_of_their_own() -> None:
    made = world(held=0)
    made.show(FAR, 3250, None)
    minutes(made, 5)
    unquoted(made)
    minutes(made, 5)
    assert len(made.of(PositionMissing)) == 1
    assert told(made) == []


def test_a_break_is_no_reason() -> None:
    made = world()
    nothing_opened(made)
    made.phase(Phase.BREAK, ends_in=900)
    minutes(made, 14)
    made.phase(Phase.CONTINUOUS)
    made.refresh()
    for _ in range(5):
        made.step()
        made.wait(10)
    assert told(made) == []
