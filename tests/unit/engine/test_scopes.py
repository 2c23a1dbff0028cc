from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain.ids import AccountId, InstrumentId, PersonId, StrategyId
from terminal.domain.words.risk import Level, Scope
from terminal.engine.book.scopes import is_killed, scope_key, worst_level
from terminal.engine.standing import KillRow, LevelRow
from terminal.engine.state import AccountState

GRID, ROLL = StrategyId("grid"), StrategyId("roll")
RB, I = InstrumentId("SHFE.rb2101"), InstrumentId("DCE.i2101")  # noqa: E741 - its own letter
ALL, OF_GRID, OF_ORE = Scope(), Scope(strategy=GRID), Scope(instrument=I)


def account() -> AccountState:
    return AccountState(AccountId("A1"), "A1", "inv", Decimal(1), 20200821)


def raised(*rows: tuple[Scope, Level]) -> AccountState:
    made = account()
    for scope, level in rows:
        made.levels[f"{scope_key(scope)}|made"] = LevelRow(scope=scope, signal="made", level=level)
    return made


def test_scopes_have_different_keys() -> None:
    assert [scope_key(scope) for scope in (ALL, OF_GRID, OF_ORE)] == ["account", "strategy:grid", f"instrument:{I}"]
    named_alike = Scope(strategy=StrategyId(I))
    assert scope_key(named_alike) != scope_key(OF_ORE)


@pytest.mark.parametrize(
    ("strategy", "instrument", "wanted"),
    [
        (None, RB, Level.YELLOW),
        (ROLL, RB, Level.YELLOW),
        (GRID, RB, Level.ORANGE),
        (None, I, Level.RED),
        (GRID, I, Level.RED),
        (None, None, Level.YELLOW),
        (GRID, None, Level.ORANGE),
    ],
)
def test_an_order_obeys_the_worst_level_that_covers_it(
    strategy: StrategyId | None, instrument: InstrumentId | None, wanted: Level
) -> None:
    made = raised((ALL, Level.YELLOW), (OF_GRID, Level.ORANGE), (OF_ORE, Level.RED))
    assert worst_level(made, strategy, instrument) is wanted


def test_without_levels_everything_is_normal() -> None:
    assert worst_level(account(), GRID, RB) is Level.NORMAL


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (ALL, {(None, RB), (None, I), (GRID, RB), (GRID, I), (ROLL, RB), (ROLL, I)}),
        (OF_GRID, {(GRID, RB), (GRID, I)}),
        (OF_ORE, {(None, I), (GRID, I), (ROLL, I)}),
    ],
)
def test_a_kill_covers_what_its_scope_names(scope: Scope, covered: set[tuple[StrategyId | None, InstrumentId]]) -> None:
    made = account()
    made.kills[scope_key(scope)] = KillRow(scope=scope, person=PersonId("risk"), reason="停", at=1)
    everything = {(strategy, name) for strategy in (None, GRID, ROLL) for name in (RB, I)}
    assert {(strategy, name) for strategy, name in everything if is_killed(made, strategy, name)} == covered


def test_without_a_kill_nothing_is_killed() -> None:
    assert not is_killed(account(), GRID, RB)
