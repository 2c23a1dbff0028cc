"""Name a product's main contract (主力连续) in a plan, and refuse it where nobody follows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.shell.plans.lines import Path
    from terminal.shell.plans.text import PlanText, Raw

MAIN: Final = ".main"  # behind a product, where a backtest is to follow its main contract
IN_FORMULA: Final = re.compile(r"((?:[A-Za-z]+\.)?[A-Za-z]+)\.main(?![\w.])", re.ASCII)
FORMULA: Final = "formula"
_KEYS: Final = ("instrument", "near", "far")


def refuse_main(text: PlanText, raw: Raw, path: Path) -> None:
    """Refuse a `[[strategy]]` on a main contract: whoever follows it has written real contracts in its place."""
    for where, name in names_in(raw, path):
        if mains_in(where, name):
            what = "主力连续只能在 hengduo backtest 里当网格、价差各腿与看一个合约的自编策略的合约"
            raise text.wrong(where, f"{what}；请写真实合约，由移仓换月。")


def mains_in(path: Path, said: str) -> list[str]:
    """Return the products, as they are typed, whose main contract is named by what stands at a place."""
    if path[-1] == FORMULA:
        return IN_FORMULA.findall(said)
    return [said.removesuffix(MAIN)] if said.endswith(MAIN) else []


def names_in(raw: Raw, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield each place at which a `[[strategy]]` names contracts, and what stands there: a formula names several."""
    for key in (*_KEYS, FORMULA, "active"):
        if isinstance(name := raw.get(key), str):
            yield (*path, key), name
    legs = raw.get("legs")
    for place, leg in enumerate(legs if isinstance(legs, list) else []):
        if isinstance(leg, dict) and isinstance(name := leg.get("instrument"), str):
            yield (*path, "legs", place, "instrument"), name
