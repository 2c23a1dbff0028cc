#!/usr/bin/env python3
"""Write resources/calendar/holidays.csv from the sessions that exchange_calendars knows for Shanghai (XSHG).

Development only: `python tools/make_calendar.py` rewrites the table, `--check` says whether it is still what
the library gives. Shanghai's stock days and the futures days have been the same since 2012. The table ends
with the last year whose holidays the library knows; run this again when the State Council has published the
next year.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta
from pathlib import Path

import exchange_calendars

FIRST = date(2012, 1, 1)
SATURDAY = 5
TABLE = Path(__file__).parent.parent / "resources" / "calendar" / "holidays.csv"


def holiday_table() -> str:
    """Return the table's text: its span, and every weekday inside it without trading."""
    calendar = exchange_calendars.get_calendar("XSHG", start=FIRST.isoformat())
    sessions = {session.date() for session in calendar.sessions}
    last = date(max(sessions).year, 12, 31)
    naturals = (FIRST + timedelta(days=shift) for shift in range((last - FIRST).days + 1))
    closed = [day for day in naturals if day.weekday() < SATURDAY and day not in sessions]
    lines = [
        "# Weekdays on which the Chinese futures exchanges stay closed; weekends are never trading days.",
        "# Written by tools/make_calendar.py from exchange_calendars (XSHG); do not edit by hand.",
        "day,what",
        f"{FIRST.isoformat()},first",
        f"{last.isoformat()},last",
        *(f"{day.isoformat()},closed" for day in closed),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the table, or compare it with `--check`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when the table differs")
    wanted = holiday_table()
    if parser.parse_args().check:
        if TABLE.read_text(encoding="utf-8") == wanted:
            return 0
        sys.stderr.write(f"{TABLE} differs from exchange_calendars; run tools/make_calendar.py\n")
        return 1
    TABLE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
