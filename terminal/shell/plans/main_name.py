"""Name a product's main contract (主力连续) in a plan, and refuse it where nobody follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from terminal.shell.plans.lines import Path
    from terminal.shell.plans.text import PlanText, Raw

MAIN: Final = ".main"  # behind a product, where a backtest is to follow its main contract
_KEYS: Final = ("instrument", "near", "far")


def refuse_main(text: PlanText, raw: Raw, path: Path) -> None:
    """Refuse a `[[strategy]]` on a main contract: whoever follows it has written real contracts in its place."""
    places: list[tuple[Path, object]] = [((*path, key), raw[key]) for key in _KEYS if key in raw]
    legs = raw.get("legs")
    for place, leg in enumerate(legs if isinstance(legs, list) else []):
        if isinstance(leg, dict):
            places.append(((*path, "legs", place, "instrument"), leg.get("instrument")))
    for where, name in places:
        if isinstance(name, str) and name.endswith(MAIN):
            raise text.wrong(
                where, "主力连续只能在 hengduo backtest 里当网格与自编策略的合约；请写真实合约，由移仓换月。"
            )
