from __future__ import annotations

from datetime import date, timedelta

import exchange_calendars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.days.calendar import (
    DAY_NS,
    HOUR_NS,
    Calendar,
    instant,
    natural_day,
    number,
    parse_holidays,
    show,
    time_of_day,
    to_date,
)
from terminal.domain.days.dated import TableText
from terminal.domain.days.sessions import Phase, SessionId, SessionTable, parse_exceptions, parse_sessions
from terminal.domain.errors import UserError
from terminal.store.reference import load_calendar, load_reference, read_resource

CALENDAR = load_calendar()
REBAR, GOLD, COPPER = SessionId("SHFE.2300"), SessionId("SHFE.0230"), SessionId("SHFE.0100")
APPLE, COTTON, ORE = SessionId("CZCE.day"), SessionId("CZCE.2300"), SessionId("DCE.2300")
INDEX, BOND = SessionId("CFFEX.index"), SessionId("CFFEX.bond")
YEARS = st.integers(instant(20170103), instant(20261231, 16, 59))


def phase(session: SessionId, at: int) -> Phase:
    return CALENDAR.session(session, at).phase


@pytest.mark.filterwarnings("ignore::Warning")  # the library's own use of pandas, not ours
def test_the_table_is_what_exchange_calendars_says_for_shanghai() -> None:
    shanghai = exchange_calendars.get_calendar("XSHG", start="2012-01-01")
    library = tuple(number(session.date()) for session in shanghai.sessions)
    assert CALENDAR.trading_days(20120101, 20261231) == tuple(day for day in library if day <= 20261231)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (instant(20200821, 13, 37), 20200821),
        (instant(20200821, 16, 59, 59), 20200821),
        (instant(20200821, 17), 20200824),
        (instant(20200821, 21, 5), 20200824),  # Friday night
        (instant(20200822, 1, 30), 20200824),  # its end on Saturday
        (instant(20200823, 12), 20200824),  # Sunday
        (instant(20200824, 2), 20200824),  # Monday before dawn
        (instant(20170422, 2, 30), 20170424),
        (instant(20200930, 21, 5), 20201009),  # eve of National Day
        (instant(20201009, 2), 20201009),  # the first morning after it
        (instant(20181008, 20, 59, 30), 20181009),
        (instant(20170424, 23, 29, 59), 20170425),
        (instant(20261230, 18), 20261231),
    ],
)
def test_an_evening_belongs_to_the_next_trading_day(at: int, day: int) -> None:
    assert CALENDAR.trading_day(at) == day


def test_dates_outside_the_table_are_refused_with_a_sentence() -> None:
    for at in (instant(20261231, 17), instant(20280101), instant(20111231, 16)):
        with pytest.raises(UserError, match="超出交易日历"):
            CALENDAR.trading_day(at)
    with pytest.raises(UserError, match="20270101"):
        CALENDAR.next_day(20270101)
    with pytest.raises(UserError, match="之后的交易日"):
        CALENDAR.next_day(20261231)
    with pytest.raises(UserError, match="之前的交易日"):
        CALENDAR.previous_day(20120104)
    with pytest.raises(UserError, match="不是交易日"):
        CALENDAR.day_plan(REBAR, 20201005)


def test_every_hour_of_fifteen_years_has_one_trading_day_and_it_never_goes_back() -> None:
    days = [CALENDAR.trading_day(at) for at in range(instant(20120101), instant(20261231, 17), HOUR_NS)]
    assert days == sorted(days)
    assert set(days) == set(CALENDAR.trading_days(20120101, 20261231))


def test_ten_years_of_every_session_have_no_gap_and_no_overlap() -> None:
    days = CALENDAR.trading_days(20170103, 20261231)
    for session in CALENDAR.sessions:
        end = CALENDAR.begins_at(days[0])
        for day in days:
            if session == "GFEX.day" and day < 20221222:
                end = CALENDAR.ends_at(day)
                continue
            for interval in CALENDAR.day_plan(session, day):
                assert interval.begins_at == end < interval.ends_at
                assert interval.trading_day == day
                end = interval.ends_at
            assert end == CALENDAR.ends_at(day)


@given(YEARS)
def test_a_session_agrees_with_the_account_about_the_trading_day(at: int) -> None:
    for session in (REBAR, GOLD, APPLE, BOND):
        found = CALENDAR.session(session, at)
        assert found.begins_at <= at < found.ends_at
        assert found.trading_day == CALENDAR.trading_day(at)
        assert found.remaining(at) > 0


@given(YEARS, YEARS)
def test_an_answer_does_not_depend_on_what_was_asked_before(first: int, second: int) -> None:
    fresh = load_calendar()
    CALENDAR.session(GOLD, first)
    assert CALENDAR.session(GOLD, second) == fresh.session(GOLD, second)


@given(YEARS)
def test_nothing_trades_outside_day_and_night_hours(at: int) -> None:
    hour = time_of_day(at) // HOUR_NS
    if 3 <= hour < 8 or 16 <= hour < 20:
        assert {phase(session, at) for session in (REBAR, GOLD, COTTON, INDEX, BOND)} == {Phase.CLOSED}


@pytest.mark.parametrize(
    ("session", "at", "expected"),
    [
        (REBAR, instant(20200821, 21, 5), Phase.CONTINUOUS),
        (GOLD, instant(20200822, 1, 30), Phase.CONTINUOUS),  # Saturday
        (GOLD, instant(20200822, 2, 30), Phase.CLOSED),
        (GOLD, instant(20201009, 2), Phase.CLOSED),  # the morning after a holiday had no night
        (REBAR, instant(20200930, 21, 5), Phase.CLOSED),  # holiday eve
        (REBAR, instant(20201009, 8, 57), Phase.AUCTION),  # so the auction moves to the morning
        (REBAR, instant(20200821, 23, 30), Phase.CLOSED),
        (GOLD, instant(20200821, 23, 30), Phase.CONTINUOUS),
        (COPPER, instant(20200822, 0, 59, 59), Phase.CONTINUOUS),
        (COPPER, instant(20200822, 1), Phase.CLOSED),
        (REBAR, instant(20200821, 10, 20), Phase.BREAK),
        (REBAR, instant(20200821, 12), Phase.BREAK),
        (REBAR, instant(20200821, 15), Phase.CLOSED),
        (REBAR, instant(20200821, 20, 57), Phase.AUCTION),
        (REBAR, instant(20200821, 8, 57), Phase.CLOSED),  # before 2023-05-26 no auction after a night
        (REBAR, instant(20230525, 8, 57), Phase.CLOSED),
        (REBAR, instant(20230526, 8, 57), Phase.AUCTION),
        (APPLE, instant(20200805, 8, 57), Phase.AUCTION),
        (APPLE, instant(20200804, 21, 5), Phase.CLOSED),
        (COTTON, instant(20170424, 23, 15), Phase.CONTINUOUS),
        (COTTON, instant(20191211, 23, 15), Phase.CLOSED),
        (COTTON, instant(20191210, 23, 15), Phase.CONTINUOUS),
        (COTTON, instant(20190830, 21, 30), Phase.CLOSED),
        (ORE, instant(20190328, 23, 15), Phase.CONTINUOUS),
        (ORE, instant(20190329, 23, 15), Phase.CLOSED),
        (ORE, instant(20191225, 22, 10), Phase.CLOSED),
        (ORE, instant(20191225, 22, 27), Phase.AUCTION),
        (ORE, instant(20191225, 22, 30), Phase.CONTINUOUS),
        (GOLD, instant(20200203, 21, 5), Phase.CLOSED),  # nights suspended
        (GOLD, instant(20200429, 21, 5), Phase.CLOSED),
        (GOLD, instant(20200506, 8, 57), Phase.AUCTION),
        (GOLD, instant(20200506, 21, 5), Phase.CONTINUOUS),
        (INDEX, instant(20200821, 9, 26), Phase.AUCTION),
        (INDEX, instant(20200821, 9, 30), Phase.CONTINUOUS),
        (INDEX, instant(20200821, 15), Phase.CLOSED),
        (BOND, instant(20200821, 15, 14, 59), Phase.CONTINUOUS),
        (BOND, instant(20170424, 9, 15), Phase.CONTINUOUS),
        (BOND, instant(20200821, 9, 15), Phase.CLOSED),
        (REBAR, instant(20201007, 10), Phase.CLOSED),  # a Wednesday inside the holiday
        (REBAR, instant(20200927, 10), Phase.CLOSED),  # a Sunday worked in exchange (调休)
    ],
)
def test_phases_on_the_days_that_are_easily_got_wrong(session: SessionId, at: int, expected: Phase) -> None:
    assert phase(session, at) is expected


def test_the_auction_says_when_orders_and_cancels_are_taken() -> None:
    def taken(session: SessionId, at: int) -> tuple[bool, bool]:
        found = CALENDAR.session(session, at)
        return found.orders, found.cancels

    assert taken(REBAR, instant(20230525, 20, 57)) == (True, True)
    assert taken(REBAR, instant(20230525, 20, 59, 30)) == (False, False)
    assert taken(REBAR, instant(20230526, 8, 57)) == (True, True)
    assert taken(COTTON, instant(20230526, 8, 57)) == (False, True)
    assert taken(COTTON, instant(20231009, 8, 57)) == (True, True)  # after a holiday CZCE holds its auction here


def test_a_night_opens_only_over_an_ordinary_weekend() -> None:
    def trades(session: SessionId, day: int) -> bool:
        return CALENDAR.session(session, instant(day, 21, 30)).phase is Phase.CONTINUOUS

    assert trades(GOLD, 20200821)
    assert not trades(GOLD, 20200930)  # a Wednesday, before a week of holidays
    assert not trades(GOLD, 20180404)  # Tomb Sweeping on Thursday, Friday
    assert trades(GOLD, 20180409)
    assert not trades(APPLE, 20200821)


@pytest.mark.parametrize(
    ("session", "at", "opens"),
    [
        (REBAR, instant(20200821, 10, 20), instant(20200821, 10, 30)),
        (REBAR, instant(20200821, 10), instant(20200821, 10, 30)),
        (REBAR, instant(20200821, 15), instant(20200821, 21)),
        (REBAR, instant(20200821, 21), instant(20200824, 9)),
        (REBAR, instant(20200821, 20, 59, 59), instant(20200821, 21)),
        (GOLD, instant(20200822, 2, 30), instant(20200824, 9)),
        (GOLD, instant(20200930, 16), instant(20201009, 9)),  # National Day
        (GOLD, instant(20201005, 12), instant(20201009, 9)),
        (GOLD, instant(20200203, 16), instant(20200204, 9)),  # nights suspended
        (APPLE, instant(20200821, 16), instant(20200824, 9)),
        (INDEX, instant(20200821, 11, 45), instant(20200821, 13)),
    ],
)
def test_the_next_session_is_found_over_breaks_nights_and_holidays(session: SessionId, at: int, opens: int) -> None:
    following = CALENDAR.next_open(session, at)
    assert following is not None
    assert following.begins_at == opens


@given(YEARS)
def test_the_next_session_begins_after_the_present_one_has_ended(at: int) -> None:
    for session in (REBAR, GOLD, APPLE, BOND):
        now, after = CALENDAR.session(session, at), CALENDAR.next_open(session, at)
        assert after is not None or now.trading_day == CALENDAR.last
        if now.phase is Phase.CONTINUOUS:
            assert now.remaining(at) == now.ends_at - at > 0
            assert after is None or now.ends_at <= after.begins_at


def test_after_the_last_day_of_the_table_nothing_opens() -> None:
    assert CALENDAR.next_open(REBAR, instant(20261231, 14)) is None


def differing(*rows: str) -> SessionTable:
    text = "exchange,from,to,what,time,source\n" + "\n".join(rows)
    sessions = parse_sessions(TableText(file="sessions.csv", text=read_resource("calendar/sessions.csv")))
    return SessionTable(sessions, parse_exceptions(text, file="exceptions.csv"))


def on_day(table: SessionTable, session: SessionId, day: int) -> list[tuple[str, str]]:
    first, last, days = parse_holidays(read_resource("calendar/holidays.csv"), file="holidays.csv")
    plan = Calendar(days=days, first=first, last=last, sessions=table).day_plan(session, day)
    ends = [interval.ends_at for interval in plan]
    assert [interval.begins_at for interval in plan[1:]] == ends[:-1]
    return [(show(one.begins_at)[11:16], str(one.phase)) for one in plan]


def test_half_a_day_ends_or_begins_at_noon_and_the_auction_moves_with_it() -> None:
    morning = on_day(differing("*,2020-08-21,2020-08-21,day_until,1130,x"), APPLE, 20200821)
    assert morning[-2:] == [("10:30", "CONTINUOUS"), ("11:30", "CLOSED")]
    afternoon = on_day(differing("CZCE,2020-08-21,2020-08-21,day_from,1330,x"), APPLE, 20200821)
    assert afternoon[1:] == [("13:25", "AUCTION"), ("13:29", "AUCTION"), ("13:30", "CONTINUOUS"), ("15:00", "CLOSED")]
    other = on_day(differing("DCE,2020-08-21,2020-08-21,day_from,1330,x"), APPLE, 20200821)
    assert len(other) == len(on_day(differing(), APPLE, 20200821))
    early = on_day(differing("SHFE,2020-08-21,2020-08-21,day_until,1000,x"), REBAR, 20200821)
    assert early[-2:] == [("09:00", "CONTINUOUS"), ("10:00", "CLOSED")]
    none = on_day(differing("CFFEX,2020-08-21,2020-08-21,day_until,0900,x"), INDEX, 20200821)
    assert none == [("17:00", "CLOSED")]


def test_the_windows_of_every_exchange_since_the_day_auctions_of_2023() -> None:
    def windows(session: str, day: int) -> list[tuple[str, bool, bool]]:
        plan = CALENDAR.day_plan(SessionId(session), day)
        return [(show(one.begins_at)[11:16], one.orders, one.cancels) for one in plan if one.phase is Phase.AUCTION]

    night, morning = ("20:55", True, True), ("08:55", True, True)
    matching = [("20:59", False, False), ("08:59", False, False)]
    for session in ("SHFE.2300", "SHFE.0100", "SHFE.0230", "INE.2300", "INE.0100", "INE.0230", "DCE.2300"):
        assert windows(session, 20230525) == [night, matching[0]]
        assert windows(session, 20230526) == [night, matching[0], morning, matching[1]]
    assert windows("CZCE.2300", 20230525) == [night, matching[0]]
    assert windows("CZCE.2300", 20230526) == [night, matching[0], ("08:55", False, True), matching[1]]
    for session in ("SHFE.day", "DCE.day", "CZCE.day", "GFEX.day"):
        assert windows(session, 20230526) == [morning, matching[1]]


def test_every_product_has_known_sessions_on_every_day_of_its_life() -> None:
    reference = load_reference()
    seen: set[tuple[SessionId, int]] = set()
    for product in reference.products():
        for day in CALENDAR.trading_days(20170103, 20261231):
            try:
                terms = reference.product(product, day)
            except UserError:
                continue  # before it was listed
            for session in {terms.session, terms.last_day_session} - {None}:
                if session is not None and (session, day) not in seen:
                    seen.add((session, day))
                    plan = CALENDAR.day_plan(session, day)
                    assert any(interval.phase is Phase.CONTINUOUS for interval in plan)
                    assert plan[0].begins_at == CALENDAR.begins_at(day)
                    assert plan[-1].ends_at == CALENDAR.ends_at(day)
                    for interval in plan:  # every edge, and the instant before it
                        assert CALENDAR.session(session, interval.begins_at) is interval
                        assert CALENDAR.session(session, interval.ends_at - 1) is interval
    assert len({session for session, _ in seen}) >= 15


@pytest.mark.parametrize(
    ("symbol", "first"),
    [
        ("fu1901", 20180716),  # javatrader has no night for it before
        ("sc1809", 20180326),
        ("ao2311", 20230619),
        ("PX405", 20230915),
        ("ad2511", 20250610),
        ("bz2603", 20250708),
        ("PX405C8000", 20230915),  # options from the same day on
        ("zn2010C20000", 20200810),
        ("si2308", 20221222),  # no night at all
    ],
)
def test_no_night_belongs_to_a_products_first_trading_day(symbol: str, first: int) -> None:
    reference = load_reference()
    listed, later = reference.find(symbol, first), reference.find(symbol, CALENDAR.next_day(first))
    session, usual = listed.session, later.session
    assert session is not None
    assert usual is not None
    evening = instant(CALENDAR.previous_day(first), 21, 30)
    assert phase(session, evening) is Phase.CLOSED
    assert phase(session, instant(first, 8, 57)) is Phase.AUCTION
    assert phase(session, instant(first, 9)) is Phase.CONTINUOUS
    # The first night is the one after that day, whichever of the two names is asked.
    tonight = instant(first, 21, 30)
    assert phase(session, tonight) is phase(usual, tonight)
    opens = [CALENDAR.next_open(one, instant(first, 15)) for one in (session, usual)]
    assert opens[0] == opens[1]
    assert phase(session, tonight) is (Phase.CLOSED if symbol.startswith("si") else Phase.CONTINUOUS)


def test_sessions_are_refused_where_they_are_not_known() -> None:
    with pytest.raises(UserError, match=r"SHFE\.2300"):
        CALENDAR.session(REBAR, instant(20150105, 10))
    with pytest.raises(UserError, match=r"没有名为 SHFE\.0500"):
        CALENDAR.session(SessionId("SHFE.0500"), instant(20200821, 10))


def test_counting_trading_days() -> None:
    assert CALENDAR.next_day(20200821) == 20200824
    assert CALENDAR.next_day(20200930) == 20201009
    assert CALENDAR.previous_day(20201009) == 20200930
    assert CALENDAR.previous_day(20201004) == 20200930
    assert CALENDAR.days_between(20200930, 20201009) == 1
    assert CALENDAR.days_between(20201009, 20200930) == -1
    assert CALENDAR.days_between(20200803, 20200807) == 4
    assert CALENDAR.trading_days(20200803, 20200807) == (20200803, 20200804, 20200805, 20200806, 20200807)
    assert CALENDAR.month_days(202012) is not None
    assert CALENDAR.month_days(202701) is None
    assert CALENDAR.is_trading_day(20200821)
    assert not CALENDAR.is_trading_day(20200927)


@given(st.dates(date(2012, 2, 1), date(2026, 12, 1)))
def test_next_and_previous_undo_each_other(day: date) -> None:
    following = CALENDAR.next_day(number(day))
    assert CALENDAR.previous_day(following) <= number(day) < following
    assert CALENDAR.days_between(number(day), following) == 1
    assert CALENDAR.trading_day(instant(following, 12)) == following


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, DAY_NS - 1))
def test_wall_clock_and_instant_are_each_others_inverse(day: date, ns: int) -> None:
    at = instant(number(day), ns=ns)
    assert natural_day(at) == number(day)
    assert time_of_day(at) == ns
    assert to_date(number(day)) == day
    assert instant(number(day), 24) == instant(number(day + timedelta(days=1)))


def test_an_instant_is_shown_in_shanghai_time() -> None:
    assert show(1597988230194000128) == "2020-08-21 13:37:10.194"


def test_every_lookup_inside_an_interval_returns_the_same_object() -> None:
    at = instant(20200821, 14)
    first = CALENDAR.session(REBAR, at)
    assert all(CALENDAR.session(REBAR, at + step) is first for step in range(20_000))
