from __future__ import annotations

from msgspec.structs import replace

from terminal.domain.days.calendar import instant
from terminal.domain.days.spans import TradingSpan, traded_time, trading_spans
from tests.engine_market import DAY, NEXT_DAY, RB, instruments, reference

CALENDAR = reference().calendar
REBAR = instruments()[RB]
HOUR = 3_600_000_000_000


def spans(since: int, until: int) -> tuple[TradingSpan, ...]:
    return trading_spans(CALENDAR, REBAR, since, until)


def test_a_friday_afternoon_goes_on_at_night_and_on_monday() -> None:
    found = spans(instant(DAY, 14, 30), instant(NEXT_DAY, 10, 20))
    assert found == (
        (instant(DAY, 14, 30), instant(DAY, 15)),
        (instant(DAY, 21), instant(DAY, 23)),
        (instant(NEXT_DAY, 9), instant(NEXT_DAY, 10, 15)),
    )


def test_within_a_break_and_over_a_weekend_nothing_trades() -> None:
    assert spans(instant(DAY, 10, 15), instant(DAY, 10, 30)) == ()
    assert spans(instant(DAY, 23), instant(NEXT_DAY, 9)) == ()
    assert spans(instant(DAY, 10), instant(DAY, 10)) == ()


def test_what_is_traded_since_an_instant_counts_within_one_trading_day_without_its_breaks_and_night() -> None:
    def traded(since: int, until: int) -> int | None:
        return traded_time(CALENDAR, REBAR, since, until)

    assert traded(instant(NEXT_DAY, 11, 29), instant(NEXT_DAY, 13, 31)) == HOUR // 30
    assert traded(instant(DAY, 22), instant(NEXT_DAY, 10)) == 2 * HOUR  # Friday's night is Monday's
    assert traded(instant(DAY, 14), instant(NEXT_DAY, 10)) is None
    assert traded(0, HOUR) is None


def test_nothing_is_known_beyond_the_calendar_the_last_day_and_without_a_template() -> None:
    assert spans(0, HOUR) == ()
    assert spans(instant(20990101), instant(20990102)) == ()
    window = instant(DAY, 9), instant(NEXT_DAY, 10)
    expired = replace(REBAR, expiry=DAY)
    assert trading_spans(CALENDAR, expired, *window)[-1].ends_at == instant(DAY, 15)
    assert trading_spans(CALENDAR, replace(REBAR, session=None), *window) == ()
    assert len(trading_spans(CALENDAR, REBAR, 0, instant(DAY, 9, 1))) > 100
