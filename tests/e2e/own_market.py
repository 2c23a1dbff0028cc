"""Write plans for recorded markets of our own making (tests/tapes), so that nothing of ../shared is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests import tapes

HEAD: Final = """
seed = 7
tenant = "OWN"

[limits]
position_lots = 40
day_loss_yuan = 100_000

[[account]]
id = "A"
cash = 2_000_000

[[person]]
id = "trader"
roles = { A = ["trader"] }
"""

APPLE: Final = """
[[instrument]]
id = "CZCE.AP010"
broker_margin_add = "0.02"
fees.close_today = { by_lot = 20 }
"""

GRID: Final = """
[[strategy]]
id = "grid"
kind = "grid"
account = "A"
instrument = "CZCE.AP010"
side = "BUY"
anchor = 7020
step = 2
lines = 8
lots_per_line = 1
lower = 6990
upper = 7040
stop = 6980
"""


def order(at: str, instrument: str, what: str, lots: int, price: str) -> str:
    """Return a manual order, `what` being `BUY OPEN` or the like."""
    side, offset = what.split()
    return f"""
[[command]]
do = "submit"
at = "{at}"
by = "trader"
account = "A"
instrument = "{instrument}"
side = "{side}"
offset = "{offset}"
lots = {lots}
price = {price}
"""


def terms(instrument: str, fee: str, more: str = "") -> str:
    """Return what a plan says about an instrument so that the gate knows its money; `fee` is yuan a lot."""
    fees = "\n".join(f"fees.{name} = {{ by_lot = {fee} }}" for name in ("open", "close", "close_today"))
    return f"""
[[instrument]]
id = "{instrument}"
margin_rate = "0.1"
broker_margin_add = "0.02"
max_lots = 500
{fees}
{more}
"""


def write_plan(path: Path, *parts: str) -> Path:
    """Write a plan of these parts behind the head all of them share."""
    path.write_text("".join((HEAD, *parts)), encoding="utf-8")
    return path


def wave_tape(path: Path, *, seconds: int = 480) -> Path:
    """Write AP010 swinging from 7000 to 7020 and back every forty seconds, so that a grid trades all the time."""
    rows = [tapes.ctp_row("AP010", "20200731", "08:59:00", volume="0")]
    for second in range(seconds):
        bid = 7000 + abs(20 - second % 40)
        rows.append(
            tapes.ctp_row(
                "AP010", "20200731", f"09:{second // 60:02}:{second % 60:02}", last=f"{bid}.00", bid=f"{bid}.00",
                bid_lots="50", ask=f"{bid + 1}.00", ask_lots="50", volume=str(100 + second),
            )
        )  # fmt: skip
    return tapes.write_tape(path, tapes.CTP_COLUMNS, rows)
