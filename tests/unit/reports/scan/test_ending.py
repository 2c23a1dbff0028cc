"""What ends before it can have come back is not ranked, and how long the rest still trades is told."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.products.instrument import Instrument
from terminal.reports.scan.samples import Resolve
from terminal.reports.scan.scan import Scan, Step
from terminal.reports.scan.shown import lines
from tests import bar_tapes, tapes
from tests.scan_tapes import DAY, FAR, FAR_BID, NEAR, found, only, tape, why

COUNT = 80


def gaps() -> list[int]:
    """Return a spread that comes back by a third of its way a minute: half of it in about two."""
    noise = np.random.default_rng(3).normal(0, 3, COUNT)
    away, told = 0.0, []
    for one in noise:
        away = 0.7 * away + float(one)
        told.append(100 + round(away))
    return [*told[:-1], 110]


def scanned(folder: Path, *, until: int, expiry: int | None) -> Scan:
    """Scan minutes that end at an instant, of two months whose nearer one has its last trading day then."""
    at = [until - (COUNT - 1 - place) * MINUTE_NS for place in range(COUNT)]
    told = {
        NEAR: [(one, (FAR_BID + gap, FAR_BID + gap + 1)) for one, gap in zip(at, gaps(), strict=True)],
        FAR: [(one, (FAR_BID, FAR_BID + 1)) for one in at],
    }

    def resolve(name: str, day: int) -> Instrument:
        known = tapes.resolve(name, day)
        return msgspec.structs.replace(known, expiry=expiry) if name.endswith(NEAR) else known

    ends: Resolve = resolve
    return found(tape(folder, told), resolve=ends)


@pytest.mark.parametrize("clock", [(14, 50), (14, 59)])
def test_a_month_that_ends_today_is_left_out_however_long_it_still_trades(
    tmp_path: Path, clock: tuple[int, int]
) -> None:
    told = scanned(tmp_path, until=instant(DAY, *clock), expiry=DAY)
    assert why(told) == ("ENDS_FIRST", "SHFE.rb2401 今天是最后交易日，只平不开")


@pytest.mark.parametrize(("expiry", "ends"), [(20231011, True), (20231020, False)])
def test_a_month_that_ends_before_half_a_way_back_of_days_is_left_out(
    tmp_path: Path, expiry: int, *, ends: bool
) -> None:
    # Given a spread that comes half its way back in two days, one sample each day, and a month that ends in one or more
    calendar, days = tapes.reference().calendar, [DAY]
    while len(days) < COUNT:
        days.insert(0, calendar.previous_day(days[0]))
    files = []
    for symbol, prices in ((NEAR, [FAR_BID + gap for gap in gaps()]), (FAR, [FAR_BID] * COUNT)):
        bars = [bar_tapes.days(day, [price])[0] for day, price in zip(days, prices, strict=True)]
        files.append(bar_tapes.tqsdk(tmp_path / f"SHFE.{symbol}_1day.csv", bars))

    def resolve(name: str, day: int) -> Instrument:
        return msgspec.structs.replace(tapes.resolve(name, day), expiry=expiry if name.endswith(NEAR) else None)

    told = found(tapes.read(*files), resolve=resolve, step=Step.DAY)
    if ends:
        reason, sentence = why(told)
        assert reason == "ENDS_FIRST"
        assert sentence.startswith("SHFE.rb2401 只交易到 20231011（还有 1.0 个交易日），不到一个半衰期：")
    else:
        assert only(told).days_left == calendar.days_between(DAY, expiry)


@pytest.mark.parametrize(("expiry", "left"), [(20231011, 1), (20231016, 4)])
def test_before_its_last_day_the_close_is_no_end_and_the_days_are_told(tmp_path: Path, expiry: int, left: int) -> None:
    told = scanned(tmp_path, until=instant(DAY, 14, 59), expiry=expiry)
    assert only(told).days_left == left
    table = list(lines(told))
    assert "剩余 = 最早到期的一腿还有几个交易日；今天到期的、不到一个半衰期的不排名。" in table
    head, row = table[1].split(), table[2].split()
    assert row[head.index("剩余") - len(head)] == str(left)  # the name has blanks


def test_the_leg_that_ends_first_counts_and_one_whose_end_is_unknown_does_not(tmp_path: Path) -> None:
    one = only(scanned(tmp_path, until=instant(DAY, 14, 59), expiry=None))
    far = tapes.resolve(f"SHFE.{FAR}", DAY).expiry
    assert far is not None
    assert one.days_left == tapes.reference().calendar.days_between(DAY, far)
