"""What cannot be traded or measured is listed with its reason and never ranked."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.parameters.pair import Pair, PairKind, PairLeg
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.product import Fee, Fees
from terminal.reports.scan.samples import Resolve
from terminal.reports.scan.scan import Scan
from tests import bar_tapes, tapes
from tests.scan_tapes import DAY, FAR, NEAR, found, legs, minute, only, swing, tape, why

MOVED = swing(110)


def test_too_few_samples_are_counted(tmp_path: Path) -> None:
    recording = tape(tmp_path, legs(swing(110, 59)))
    assert why(found(recording)) == ("TOO_FEW", "样本不足：59 个，至少 60 个")
    assert only(found(recording, at_least=59)).observations == 59


def test_a_spread_that_never_moved_has_no_figures(tmp_path: Path) -> None:
    assert why(found(tape(tmp_path, legs([100] * 70)))) == ("UNMOVED", "70 个样本里价差没有变动")


def test_a_spread_that_does_not_come_back_has_no_half_life(tmp_path: Path) -> None:
    reason, sentence = why(found(tape(tmp_path, legs([100 + place // 2 for place in range(70)]))))
    assert reason == "NOT_REVERTING"
    assert sentence.startswith("看不出回归均值：t = ")
    assert sentence.endswith("应低于 −2.93")


def test_one_side_alone_is_named(tmp_path: Path) -> None:
    told = legs(MOVED)
    told[FAR][-1] = (told[FAR][-1][0], (3600, None))
    assert why(found(tape(tmp_path, told))) == ("STUCK", f"SHFE.{FAR} 只有买价")


def test_a_contract_at_its_limit_is_named_though_both_sides_are_shown(tmp_path: Path) -> None:
    told = legs(swing(500))
    assert why(found(tape(tmp_path, told, upper=4100))) == ("STUCK", f"SHFE.{NEAR} 封在涨停")


def test_a_limit_price_that_only_the_plan_states_counts(tmp_path: Path) -> None:
    minutes = [(minute(place), 3600 + gap, 3600) for place, gap in enumerate(MOVED)]
    recording = tapes.read(bar_tapes.spread(tmp_path / "rb.csv", "RB2401-RB2405", minutes))

    def scanned(upper: int) -> Scan:
        def stated(name: InstrumentId, on: int) -> DayFacts | None:
            assert on == DAY
            return DayFacts(instrument=name, trading_day=on, upper_limit=upper) if name.endswith(NEAR) else None

        return found(recording, stated=stated)

    assert why(scanned(3710)) == ("STUCK", f"SHFE.{NEAR} 封在涨停")  # where the last bar closed
    assert only(scanned(3711)).legs[0].reckoned


def test_an_old_quote_is_told_with_its_age(tmp_path: Path) -> None:
    told = legs(MOVED)
    told[NEAR].append((minute(62), (3700, 3701)))
    reason, sentence = why(found(tape(tmp_path, told)))
    assert reason == "STALE"
    assert sentence == f"SHFE.{FAR} 的报价已过 120 秒（最长 60 秒）：2023-10-10 10:00:00.000"


def test_a_quote_from_before_the_opening_decides_nothing_after_it(tmp_path: Path) -> None:
    told = {FAR: [(minute(0) - 30_000_000_000, (3600, 3601))], NEAR: [(minute(0) + 20_000_000_000, (3700, 3701))]}
    reason, sentence = why(found(tape(tmp_path, told)))
    assert (reason, sentence) == ("STALE", f"SHFE.{FAR} 的报价是开盘前的：2023-10-10 08:59:30.000")


@pytest.mark.parametrize("seconds", [1, 300, 899])
def test_in_a_break_nothing_is_ranked(seconds: int, tmp_path: Path) -> None:
    told = legs([*swing(110, 75), 100])
    at = minute(75) + seconds * 1_000_000_000
    assert why(found(tape(tmp_path, told), at=at)) == ("OUTSIDE_SESSION", f"SHFE.{NEAR} 不在连续交易时段")


def test_a_recording_that_goes_on_after_the_close_is_judged_at_the_close(tmp_path: Path) -> None:
    told = legs(swing(110), start=75)  # 10:15 to 11:30, less the break
    assert minute(134) < minute(135)
    told[NEAR].append((minute(135), (3710, 3711)))
    told[FAR].append((minute(135), (3600, 3601)))
    after = tape(tmp_path, told)
    assert found(after).at == minute(135)
    assert only(found(after)).name == f"{NEAR} - {FAR}"


def test_a_contract_whose_night_is_over_is_outside_its_session(tmp_path: Path) -> None:
    # Steel trades to 23:00, gold to 02:30.
    evening = instant(20231009, 22, 50)
    told = {
        NEAR: [(evening + place * MINUTE_NS, (3700 + place % 3, 3703)) for place in range(11)],
        "au2312": [(evening + place * MINUTE_NS, (460, 461)) for place in range(12)],
    }
    both = Pair(
        name="钢金",
        kind=PairKind.CROSS_PRODUCT,
        legs=(
            PairLeg(name=f"SHFE.{NEAR}", coefficient=Decimal(1), lots=1),
            PairLeg(name="SHFE.au2312", coefficient=Decimal(-100), lots=-1),
        ),
        months=None,
    )
    recording = tape(tmp_path, told, upper=5000, lower=100)
    assert why(found(recording, pairs=[both])) == ("OUTSIDE_SESSION", f"SHFE.{NEAR} 不在连续交易时段")
    at = evening + 10 * MINUTE_NS
    assert why(found(recording, pairs=[both], at=at))[0] == "TOO_FEW"  # at 23:00 the last quote still counts


def test_fees_nobody_knows_are_no_zero(tmp_path: Path) -> None:
    recording = tape(tmp_path, legs(MOVED))
    fees = Fees(open=Fee(by_lot=Decimal(1)), close=Fee(by_lot=Decimal(1)))

    def without(symbol: str, day: int) -> Instrument:
        return msgspec.structs.replace(tapes.resolve(symbol, day), fees=fees)

    told = found(recording, resolve=without)
    assert why(told) == ("FEES_UNKNOWN", f"SHFE.{NEAR} 的平今手续费未知，请写进方案的 [[instrument]]")


def test_of_a_close_that_may_be_today_the_dearer_fee_is_taken(tmp_path: Path) -> None:
    recording = tape(tmp_path, legs(MOVED))

    def charged(close: int, today: int) -> Decimal:
        amounts = {"open": 1, "close": close, "close_today": today}
        fees = Fees(**{name: Fee(by_lot=Decimal(amount)) for name, amount in amounts.items()})
        resolve: Resolve = lambda symbol, day: msgspec.structs.replace(tapes.resolve(symbol, day), fees=fees)  # noqa: E731
        return only(found(recording, resolve=resolve)).fees

    assert charged(2, 5) == 2 * (1 + 5)
    assert charged(2, 0) == 2 * (1 + 2)


@pytest.mark.parametrize(("window", "at_least"), [(3, 3), (60, 61), (2_000_000, 60), (60, 0)])
def test_a_window_that_measures_nothing_is_refused(window: int, at_least: int, tmp_path: Path) -> None:
    recording = tape(tmp_path, legs(MOVED))
    with pytest.raises(UserError, match=f"窗口 {window}，至少 {at_least}"):
        found(recording, window=window, at_least=at_least)


def test_an_instant_outside_the_recording_is_refused(tmp_path: Path) -> None:
    recording = tape(tmp_path, legs(MOVED))
    with pytest.raises(UserError, match="不在行情之内"):
        found(recording, at=minute(61))
