"""Write small plans for the tests, and read them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from terminal.domain.errors import UserError
from terminal.shell.plans.plan import Plan, read_plan
from tests.tapes import reference

HEAD: Final = """\
seed = 7
tenant = "DEMO"
"""

CAST: Final = """\
[limits]
position_lots = 100

[[account]]
id = "A"
cash = 1_000_000

[[person]]
id = "maker"
roles = { A = ["trader"] }

[[person]]
id = "checker"
roles = { A = ["checker", "risk"] }
"""

GRID: Final = """\
[[strategy]]
id = "g"
kind = "grid"
account = "A"
instrument = "SHFE.rb2101"
side = "BUY"
anchor = 3700
step = 10
lines = 3
lots_per_line = 1
lower = 3600
upper = 3800
stop = 3590
"""


def order(what: str = "", *, do: str = "submit", at: str = "+1s") -> str:
    """Return a command for one order; `what` adds lines."""
    return f"""\
[[command]]
do = "{do}"
at = "{at}"
by = "maker"
account = "A"
instrument = "SHFE.rb2101"
side = "BUY"
offset = "OPEN"
lots = 2
price = 3700
{what}
"""


def plan_file(folder: Path, *parts: str) -> Path:
    path = folder / "plan.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def plan(folder: Path, *parts: str) -> Plan:
    return read_plan(plan_file(folder, *parts), reference())


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_plan(path, reference())
    return caught.value.message
