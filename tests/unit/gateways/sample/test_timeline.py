from __future__ import annotations

from itertools import pairwise

from terminal.domain.days.calendar import instant, show
from terminal.gateways.sample.scenario import DEMO, Scenario, living
from terminal.gateways.sample.timeline import Call, Timeline, lay_out
from tests.unit.gateways.sample.played import reference

DAY = 20250304


def of(scenario: Scenario, *names: str) -> Timeline:
    calendar = reference().calendar
    known = {str(session): session for session in calendar.sessions}
    return lay_out(calendar, scenario, frozenset(known[name] for name in names), DAY)


def clock(at: int) -> str:
    return show(at)[11:19]


def test_windows_stand_around_every_opening_break_and_close() -> None:
    timeline = of(DEMO, "SHFE.2300", "CFFEX.index")
    windows = [
        (clock(chunk.begins_at), clock(chunk.begins_at + chunk.steps * 500_000_000)) for chunk in timeline.chunks
    ]
    assert windows == [
        ("21:00:00", "21:00:30"),
        ("22:59:30", "23:00:00"),
        ("09:00:00", "09:00:30"),
        ("09:30:00", "09:30:30"),
        ("10:14:30", "10:15:00"),
        ("10:30:00", "10:30:30"),
        ("11:29:30", "11:30:00"),
        ("13:00:00", "13:00:30"),
        ("13:30:00", "13:30:30"),
        ("14:59:30", "15:00:00"),
    ]
    assert clock(timeline.settles_at) == "15:05:00"


def test_each_template_opens_with_its_own_auction_and_its_result() -> None:
    calls = [moment for moment in of(DEMO, "SHFE.2300", "CFFEX.index").moments if isinstance(moment, Call)]
    assert [(clock(call.at), call.matched, sorted(call.sessions)) for call in calls] == [
        ("20:55:00", False, ["SHFE.2300"]),
        ("20:59:00", True, ["SHFE.2300"]),
        ("09:25:00", False, ["CFFEX.index"]),
        ("09:29:00", True, ["CFFEX.index"]),
    ]


def test_whole_sessions_are_covered_without_a_hole() -> None:
    timeline = of(Scenario(window_steps=None), "SHFE.2300")
    assert timeline.steps == (2 * 60 + 225) * 60 * 2
    assert max(chunk.steps for chunk in timeline.chunks) <= 240


def test_a_living_market_is_windows_up_to_a_moment_and_whole_from_it_on() -> None:
    timeline = of(living(instant(DAY, 13, 35)), "SHFE.2300", "CFFEX.index")
    played = [
        (clock(chunk.begins_at), chunk.steps) for chunk in timeline.chunks if chunk.begins_at < instant(DAY, 13, 35)
    ]
    assert played[-3:] == [("11:29:30", 60), ("13:00:00", 60), ("13:30:00", 60)]
    whole = [chunk for chunk in timeline.chunks if chunk.begins_at >= instant(DAY, 13, 35)]
    ends = [chunk.begins_at + chunk.steps * 500_000_000 for chunk in whole]
    assert [chunk.begins_at for chunk in whole] == [instant(DAY, 13, 35), *ends[:-1]]
    assert ends[-1] == instant(DAY, 15)


def test_a_day_after_that_moment_jumps_only_while_nothing_is_open() -> None:
    timeline = of(living(instant(DAY - 1, 13, 30)), "SHFE.2300", "CFFEX.index")
    jumps = [
        (clock(before.begins_at + before.steps * 500_000_000), clock(after.begins_at))
        for before, after in pairwise(timeline.chunks)
        if before.begins_at + before.steps * 500_000_000 != after.begins_at
    ]
    assert jumps == [("23:00:00", "09:00:00"), ("11:30:00", "13:00:00")]


def test_an_instant_of_a_snapshot_lies_in_its_chunk() -> None:
    timeline = of(DEMO, "SHFE.2300")
    assert clock(timeline.instant(0, 500_000_000)) == "21:00:00"
    assert clock(timeline.instant(60, 500_000_000)) == "22:59:30"
    assert clock(timeline.instant(timeline.steps, 500_000_000)) == "15:00:00"
