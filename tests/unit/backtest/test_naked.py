"""Measure naked legs over markets in which the far month shows too few lots to be rolled into at once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from terminal.backtest.report import StrategyReport
from terminal.backtest.run import Ran, backtest
from terminal.backtest.trades import Fill
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.ids import InstrumentId
from terminal.shell.plans.plan import read_plan
from tests import tapes
from tests.e2e import own_market as own

NEAR, FAR = InstrumentId("CZCE.AP010"), InstrumentId("CZCE.AP101")
LOTS: Final = 4
ROLL: Final = """
[[instrument]]
id = "CZCE.AP101"
broker_margin_add = "0.02"
fees.close_today = {{ by_lot = 20 }}

[[strategy]]
id = "roll"
kind = "roll"
account = "A"
at = "{at}"
near = "CZCE.AP010"
far = "CZCE.AP101"
side = "BUY"
lots = 4
batch_lots = 4
timings = [{{ type = "days_to_expiry", days = 400 }}]
"""


# A second account, one who trades in both, and where far goes.
BETWEEN: Final = """
far_account = "B"

[[account]]
id = "B"
cash = 2_000_000

[[person]]
id = "both"
roles = {{ A = ["trader"], B = ["trader"] }}
"""


def play(
    folder: Path, *, first: tuple[int, int, int], last: tuple[int, int, int], thick_from: int, roll: str = ROLL
) -> Ran:
    """Play a market from `first` to `last` (hour, minute, second), quoted once a second while it is open.

    The far month shows one lot, and six from `thick_from` (UTC ns) on. Four lots are bought two seconds after the
    beginning and begin to be rolled three seconds later.
    """
    day = "20200731"
    begin, end = instant(20200731, *first), instant(20200731, *last)
    shut = instant(20200731, 10, 15), instant(20200731, 10, 30)
    for symbol, base in (("AP010", 7000), ("AP101", 7100)):
        rows = [tapes.ctp_row(symbol, day, "08:59:00", volume="0")]
        for number, at in enumerate(range(begin, end, SECOND_NS)):
            if shut[0] < at < shut[1]:
                continue
            lots = "1" if symbol == "AP101" and at < thick_from else "6"
            rows.append(
                tapes.ctp_row(
                    symbol, day, clock(at), last=f"{base}.00", bid=f"{base - 1}.00", bid_lots="9", ask=f"{base + 1}.00",
                    ask_lots=lots, volume=str(100 + number), interest="1000.00",
                )
            )  # fmt: skip
        tapes.write_tape(folder / f"{symbol}.csv", tapes.CTP_COLUMNS, rows)
    bought, rolled = (f"2020-07-31 {clock(begin + seconds * SECOND_NS)}" for seconds in (2, 5))
    plan = own.write_plan(
        folder / "plan.toml",
        own.APPLE,
        own.order(bought, NEAR, "BUY OPEN", LOTS, "7005"),
        roll.format(at=rolled),
    )
    return backtest([*folder.glob("*.csv")], plan=read_plan(plan, tapes.reference()), reference=tapes.reference())


def clock(at: int) -> str:
    seconds = (at - instant(20200731)) // SECOND_NS
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def roll_of(ran: Ran, name: str = "roll") -> StrategyReport:
    return next(one for one in ran.report.strategies if one.strategy == name)


def lacked(ran: Ran, *, closed_ns: int = 0) -> tuple[Decimal, Decimal]:
    """Return seconds and lot-seconds from the fills alone; `closed_ns` lie in the longest wait and do not count."""
    lack, since, seconds, lot_seconds = 0, 0, 0, 0
    longest = max(later.at_ns - earlier.at_ns for earlier, later in zip(rolled(ran), rolled(ran)[1:], strict=False))
    for one in rolled(ran):
        passed = one.at_ns - since
        if lack:
            passed -= closed_ns if passed == longest else 0
            seconds += passed
            lot_seconds += passed * lack
        lack += one.lots if one.instrument == NEAR else -one.lots
        since = one.at_ns
    assert lack == 0
    return Decimal(seconds) / SECOND_NS, Decimal(lot_seconds) / SECOND_NS


def rolled(ran: Ran) -> list[Fill]:
    return [fill for fill in ran.fills if fill.strategy in {"roll", "roll-远月"}]


@pytest.mark.parametrize("seconds", [20, 40])
def test_a_leg_is_naked_from_the_fill_that_bared_it_to_the_one_that_covered_it(seconds: int, tmp_path: Path) -> None:
    ran = play(tmp_path, first=(9, 0, 0), last=(9, 2, 0), thick_from=instant(20200731, 9, 0, seconds))
    roll = roll_of(ran)
    assert roll.status == "FINISHED"
    assert roll.naked is not None
    assert (roll.naked.seconds, roll.naked.lot_seconds) == lacked(ran)
    assert roll.naked.seconds > 5
    assert roll.naked.most_lots >= 1
    # What is lacking is ten tonnes a lot at 7100, whatever the clock says.
    assert roll.naked.yuan_seconds == roll.naked.lot_seconds * 71_000
    assert roll.naked.most_yuan == roll.naked.most_lots * 71_000


def test_a_break_in_which_nobody_can_hedge_does_not_count(tmp_path: Path) -> None:
    ran = play(tmp_path, first=(10, 14, 30), last=(10, 31, 0), thick_from=instant(20200731, 10, 30, 5))
    roll = roll_of(ran)
    assert roll.naked is not None
    assert rolled(ran)[0].at_ns < instant(20200731, 10, 15)
    assert rolled(ran)[-1].at_ns > instant(20200731, 10, 30)
    assert (roll.naked.seconds, roll.naked.lot_seconds) == lacked(ran, closed_ns=900 * SECOND_NS)


def test_a_roll_says_what_a_tonne_cost(tmp_path: Path) -> None:
    ran = play(tmp_path, first=(9, 0, 0), last=(9, 2, 0), thick_from=instant(20200731, 9, 0, 20))
    roll, fills = roll_of(ran).roll, rolled(ran)
    assert roll is not None
    far, near = (sum(one.price * one.lots for one in fills if one.instrument == name) for name in (FAR, NEAR))
    assert roll.lots == LOTS
    assert roll.per_tonne == roll.per_unit == (far - near) / LOTS  # quoted in yuan a tonne
    assert roll.fees == sum(one.fee for one in fills)
    assert roll.all_in == (far - near) * 10 + roll.fees
    assert roll.slippage == roll.per_unit - 100  # the middles stood a hundred apart


def test_a_roll_between_accounts_tells_each_accounts_own_figures_and_the_cost_of_both_once(tmp_path: Path) -> None:
    late = instant(20200731, 9, 0, 20)
    ran = play(tmp_path, first=(9, 0, 0), last=(9, 2, 0), thick_from=late, roll=ROLL + BETWEEN)
    near, far = roll_of(ran), roll_of(ran, "roll-远月")
    assert [(one.account, one.status, one.activity.lots) for one in (near, far)] == [
        ("A", "FINISHED", LOTS),
        ("B", "FINISHED", LOTS),
    ]
    assert [(one.account, one.activity.fees) for one in (near, far)] == [
        (name, sum(fill.fee for fill in rolled(ran) if fill.account == name)) for name in ("A", "B")
    ]
    held = {one.account: [(held.instrument, held.long_today) for held in one.positions] for one in ran.report.accounts}
    assert held == {"A": [], "B": [(FAR, LOTS)]}
    # The account that lacks far lots is the one in which they are opened; the one that closes near lacks nothing.
    assert far.naked is not None
    assert (far.naked.seconds, far.naked.lot_seconds) == lacked(ran)
    assert near.naked is not None
    assert near.naked.lot_seconds == 0
    assert far.roll is None
    assert near.roll is not None
    assert (near.roll.lots, near.roll.fees) == (LOTS, sum(one.fee for one in rolled(ran)))
