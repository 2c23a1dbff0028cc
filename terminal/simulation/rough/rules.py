"""Write rules as people write them beside their plan (自编策略), and read them the way a plan has them read.

Two that trade, one that fails after some prices, one that asks for more than it may hold, now and then; and two that
see two contracts: one trades both, one only the second. Which it is, and its numbers, is drawn; the text is a file like
any other, and settings name it by its hash.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import HedgeFlag
from terminal.domain.parameters.own import OwnSettings
from terminal.shell.plans.own_code import with_code
from terminal.shell.plans.text import PlanText
from terminal.simulation.luck import Luck

_HEAD: Final = """
from terminal.strategies.own.code import Aim, Number
TITLE = "{title}"
SAMPLE_SECONDS = 2
WINDOW = 30
NUMBERS = (
    Number("span", "长短", "个", least=2, most=30, value=4),
    Number("lots", "手数", "手", least=1, most=20, value=2),
)
"""
_SINGLE: Final = """
def aim(numbers, seen):
    if len(seen.prices) < numbers["span"]:
        return None
    last, before = seen.prices[-1], seen.prices[-numbers["span"]]
    lots = numbers["lots"]
"""
_BODIES: Final = {
    "跟随": """
    return Aim(lots if last > before else -lots if last < before else 0, f"{before:g} 至 {last:g}")
""",
    "回归": """
    middle = sorted(seen.prices)[len(seen.prices) // 2]
    if last == middle:
        return Aim(0, "在中间")
    return Aim(-lots if last > middle else lots, f"{last:g} 对 {middle:g}")
""",
    "出错": """
    if len(seen.prices) == 30:
        raise ValueError("没有想到会有这么多价")
    return Aim(lots if len(seen.prices) % 8 < 4 else -lots, "轮流")
""",
    "贪多": """
    return Aim(lots * (1 + abs(seen.held)), "越多越好")
""",
}
_PAIR: Final = """
CONTRACTS = ("one", "two")
TARGETS = {targets}

def aim(numbers, seen):
    one, two, span = seen["one"].prices, seen["two"].prices, numbers["span"]
    if len(one) < span:
        return None
    moved = (one[-1] - one[-span]) * two[-1] - (two[-1] - two[-span]) * one[-1]
    lots = numbers["lots"] if moved > 0 else -numbers["lots"] if moved < 0 else 0
"""
_PAIRED: Final = {
    "配对": ("one", "two"),
    "领头": ("two",),
}
_ANSWERS: Final = {
    "配对": """    return {"one": Aim(-lots, "两腿"), "two": Aim(lots, "两腿")}
""",
    "领头": """    return {"two": Aim(lots, "跟着第一个")}
""",
}
_FILE: Final = "rule.py"
_NOWHERE: Final = Path("plan.toml")  # what stands in it is given, not read


def own(luck: Luck, account: AccountId, instrument: InstrumentId, flag: HedgeFlag) -> OwnSettings:
    """Return a rule for a contract, taught to the house as a plan teaches it."""
    title = luck.one_of(tuple(_BODIES), (4, 4, 1, 1))
    lots = luck.randrange(1, 8)
    head = _HEAD.format(title=title) + _SINGLE
    return _read(
        luck,
        head + _BODIES[title],
        account,
        flag,
        lots,
        {"instrument": instrument, "max_lots": lots + luck.randrange(4)},
    )


def own_of_two(luck: Luck, account: AccountId, both: tuple[InstrumentId, InstrumentId], flag: HedgeFlag) -> OwnSettings:
    """Return a rule that sees two contracts and trades both or the second alone, taught as a plan teaches it."""
    title = luck.one_of(tuple(_PAIRED))
    lots = luck.randrange(1, 5)
    traded = _PAIRED[title]
    text = _HEAD.format(title=title) + _PAIR.format(targets=traded) + _ANSWERS[title]
    contracts = [
        {"name": name, "instrument": instrument, **({"max_lots": lots + luck.randrange(4)} if name in traded else {})}
        for name, instrument in zip(("one", "two"), both, strict=True)
    ]
    return _read(luck, text, account, flag, lots, {"contracts": contracts})


def _read(
    luck: Luck, text: str, account: AccountId, flag: HedgeFlag, lots: int, contracts: dict[str, Any]
) -> OwnSettings:
    plan = PlanText(_NOWHERE, b"", files={_FILE: text.encode()})
    raw: dict[str, Any] = {
        "account": account,
        **contracts,
        "code": _FILE,
        "hedge_flag": flag.value,
        "pay_up_ticks": luck.randrange(3),
        "chase_seconds": luck.one_of((1, 2, 5)),
        "numbers": {"span": luck.randrange(2, 10), "lots": lots},
    }
    return msgspec.convert(with_code(plan, raw, ("strategy", 0)), OwnSettings)
