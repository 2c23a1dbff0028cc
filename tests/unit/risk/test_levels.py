from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.words.risk import Level
from terminal.risk.levels import SIGNALS, Hysteresis, Signal
from tests.unit.risk.checks import NOW, SECOND

D = Decimal
N, Y, O, R = Level.NORMAL, Level.YELLOW, Level.ORANGE, Level.RED  # noqa: E741 - as short as the table they fill


def ladder(signal: Signal, *values: str) -> list[Level]:
    return [signal.level(D(value)) for value in values]


def walk(signal: str, current: Level, *samples: tuple[str, int]) -> list[Level]:
    """Return the level after each sample of (value, seconds since the sample before)."""
    memory, at, levels = Hysteresis(SIGNALS[signal]), NOW, []
    for value, seconds in samples:
        at += seconds * SECOND
        current = memory.step(current, D(value), at)
        levels.append(current)
    return levels


def test_every_signal_of_the_table_is_there_under_its_name() -> None:
    assert set(SIGNALS) == {
        "risk_degree",
        "day_loss",
        "hedge_day_loss",
        "position_use",
        "cancel_use",
        "unknown_orders",
        "reconcile",
        "zombie",
        "kill_switch",
        "statement",
        "leg_imbalance",
    }
    assert all(name == signal.name for name, signal in SIGNALS.items())


@pytest.mark.parametrize(
    ("name", "values", "levels"),
    [
        ("risk_degree", ("69.99", "70", "79.99", "80", "89.99", "90"), [N, Y, Y, O, O, R]),
        ("day_loss", ("49.99", "50", "79.99", "80", "99.99", "100"), [N, Y, Y, O, O, R]),
        ("hedge_day_loss", ("49.99", "50", "80", "100", "1000000"), [N, Y, O, O, O]),
        ("position_use", ("79.99", "80", "95", "100", "100.01"), [N, Y, O, O, R]),
        ("unknown_orders", ("0", "3", "3.01", "60", "60.01"), [N, N, O, O, R]),
        ("reconcile", ("0", "1", "2", "3"), [N, O, R, R]),
        ("zombie", ("0", "1", "2"), [N, R, R]),
        ("leg_imbalance", ("5", "5.01", "60", "60.01"), [N, O, O, R]),
    ],
)
def test_thresholds_are_those_of_the_table(name: str, values: tuple[str, ...], levels: list[Level]) -> None:
    assert ladder(SIGNALS[name], *values) == levels


def test_a_threshold_is_shown_with_its_unit() -> None:
    assert [SIGNALS["risk_degree"].text(level) for level in Level] == ["", "≥ 70 %", "≥ 80 %", "≥ 90 %"]
    assert SIGNALS["position_use"].text(R) == "> 100 %"
    assert SIGNALS["unknown_orders"].text(O) == "> 3 秒"


def test_a_level_without_a_threshold_is_held_by_the_next_one_above() -> None:
    assert SIGNALS["zombie"].text(Y) == "≥ 1 笔"
    assert SIGNALS["hedge_day_loss"].text(R) == ""


def test_a_signal_that_is_not_driven_by_quotes_rises_at_once_and_may_jump() -> None:
    assert walk("position_use", N, ("101", 0)) == [R]
    assert walk("unknown_orders", N, ("4", 0), ("61", 1)) == [O, R]
    assert walk("zombie", N, ("1", 0)) == [R]


def test_a_signal_driven_by_quotes_needs_two_samples_a_second_apart() -> None:
    assert walk("risk_degree", N, ("95", 0), ("95", 0), ("95", 1)) == [N, N, R]
    memory = Hysteresis(SIGNALS["risk_degree"])
    assert memory.step(N, D(75), NOW) is N
    assert memory.step(N, D(75), NOW + SECOND - 1) is N
    assert memory.step(N, D(75), NOW + SECOND) is Y


def test_a_sample_below_starts_the_confirmation_again() -> None:
    assert walk("risk_degree", N, ("75", 0), ("69", 1), ("75", 1), ("75", 1)) == [N, N, N, Y]


def test_only_what_both_samples_call_for_is_confirmed() -> None:
    assert walk("risk_degree", N, ("72", 0), ("95", 1), ("95", 1)) == [N, Y, R]
    assert walk("risk_degree", N, ("95", 0), ("85", 1), ("95", 1), ("95", 1)) == [N, O, O, R]


def test_yellow_clears_after_a_minute_five_points_below_its_threshold() -> None:
    assert walk("risk_degree", Y, ("64.99", 0), ("64.99", 59), ("64.99", 1)) == [Y, Y, N]
    assert walk("risk_degree", Y, ("65", 0), ("65", 600)) == [Y, Y]


def test_orange_takes_two_minutes_and_one_step_at_a_time() -> None:
    samples = [("0", 0), ("0", 119), ("0", 1), ("0", 59), ("0", 1), ("0", 1)]
    assert walk("risk_degree", O, *samples) == [O, O, Y, Y, N, N]


def test_a_break_in_the_quiet_starts_it_again() -> None:
    assert walk("risk_degree", Y, ("60", 0), ("66", 59), ("60", 1), ("60", 59), ("60", 1)) == [Y, Y, Y, Y, N]
    assert walk("position_use", Y, ("70", 0), ("96", 59), ("70", 1), ("70", 119), ("70", 1)) == [Y, O, O, O, Y]


def test_quiet_for_orange_need_not_be_quiet_for_yellow() -> None:
    samples = [("72", 0), ("72", 120), ("72", 600), ("60", 1), ("60", 60)]
    assert walk("risk_degree", O, *samples) == [O, Y, Y, Y, N]


def test_a_signal_that_is_no_percentage_clears_below_nine_tenths() -> None:
    assert walk("leg_imbalance", O, ("4.5", 0), ("4.5", 600)) == [O, O]
    assert walk("leg_imbalance", O, ("4.49", 0), ("4.49", 120)) == [O, N]


def test_a_technical_signal_clears_at_once_when_its_cause_is_gone() -> None:
    assert walk("unknown_orders", O, ("0", 0)) == [N]
    assert walk("reconcile", N, ("1", 0), ("0", 1), ("1", 1), ("0", 0)) == [O, N, O, N]
    assert walk("unknown_orders", O, ("3", 0)) == [N]
    assert walk("reconcile", O, ("1", 0), ("0", 1)) == [O, N]


@given(
    name=st.sampled_from(sorted(SIGNALS)),
    samples=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 300)), min_size=1, max_size=30),
)
def test_red_never_clears_by_itself(name: str, samples: list[tuple[int, int]]) -> None:
    assert set(walk(name, R, *((str(value), seconds) for value, seconds in samples))) == {R}


def test_after_a_release_orange_follows_the_rule() -> None:
    assert walk("zombie", O, ("0", 0), ("0", 119), ("0", 1)) == [O, O, N]
    assert walk("unknown_orders", O, ("0", 0)) == [N]
    assert walk("zombie", O, ("1", 0)) == [R]


def test_a_release_while_the_cause_is_present_is_red_again() -> None:
    memory = Hysteresis(SIGNALS["risk_degree"])
    assert memory.step(N, D(95), NOW) is N
    assert memory.step(N, D(95), NOW + SECOND) is R
    assert memory.step(O, D(95), NOW + 2 * SECOND) is R


@given(
    name=st.sampled_from(sorted(SIGNALS)),
    current=st.sampled_from(Level),
    samples=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 90)), min_size=1, max_size=40),
)
def test_a_level_falls_one_known_step_at_a_time_and_is_never_below_what_holds_it(
    name: str, current: Level, samples: list[tuple[int, int]]
) -> None:
    signal, at = SIGNALS[name], NOW
    memory = Hysteresis(signal)
    for value, seconds in samples:
        at += seconds * SECOND
        after = memory.step(current, D(value), at)
        if after < current:
            assert current is not R
            assert signal.technical or after is signal.below(current)
            assert signal.level(D(value)) <= after
        elif after > current:
            assert signal.level(D(value)) >= after
        current = after


@given(name=st.sampled_from(sorted(SIGNALS)), value=st.decimals(0, 10_000, places=2))
def test_the_same_sample_calls_for_the_same_level(name: str, value: Decimal) -> None:
    assert SIGNALS[name].level(value) is SIGNALS[name].level(value)


def test_a_quiet_time_of_before_counts_nothing_towards_a_level_that_a_release_has_set() -> None:
    # Given a signal that was quiet for long at normal, or on its way down, when a release sets it to orange
    memory = Hysteresis(SIGNALS["kill_switch"])
    assert memory.step(O, D(0), NOW) is O
    released = NOW + 100 * SECOND
    # Then the 120 seconds begin at the release.
    assert memory.step(O, D(0), NOW + 120 * SECOND, released) is O
    assert memory.step(O, D(0), released + 120 * SECOND - 1, released) is O
    assert memory.step(O, D(0), released + 120 * SECOND, released) is N
