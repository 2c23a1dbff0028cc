"""The rule of two contracts that the manual prints, and settings and plans of such rules."""

from __future__ import annotations

import re
from typing import Final

from tests.own_rule import MANUAL

PAIR: Final = re.findall(r"```python\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)[2]

# Long the one and short the other where they stand close, the other way where they stand apart.
LEAD: Final = """
from terminal.strategies.own.code import Aim, Number
TITLE = "跟着领头的"
SAMPLE_SECONDS = 2
WINDOW = 12
CONTRACTS = ("lead", "follow")
TARGETS = ("follow",)
NUMBERS = (Number("lots", "手数", "手", least=1, most=9, value=2),)

def aim(numbers, seen):
    lead = seen["lead"]
    if len(lead.prices) < 6:
        return None
    up = lead.prices[-1] >= lead.mean(6)
    return {"follow": Aim(numbers["lots"] if up else -numbers["lots"], f"领头的{'在' if up else '不在'}均价之上")}

def wakes(numbers, coming):
    lead, held = coming["lead"], coming["follow"].held
    return {"follow": ~(((lead.prices[lead.first:] >= lead.mean(6)) & (held > 0))
                        | ((lead.prices[lead.first:] < lead.mean(6)) & (held < 0)))}
"""

CONTRACTS: Final = """
[[strategy]]
id = "{name}"
kind = "own"
account = "A"
code = "{name}.py"
contracts = [{contracts}]
"""


def table(name: str, **contracts: tuple[str, int]) -> str:
    """Return a plan's table of a rule of these contracts: each by its name, with the most lots, 0 where it is seen."""
    each = (
        f'{{ name = "{called}", instrument = "{instrument}"{f", max_lots = {most}" if most else ""} }}'
        for called, (instrument, most) in contracts.items()
    )
    return CONTRACTS.format(name=name, contracts=", ".join(each))
