"""Compare two sets of limits: tightening applies at once, loosening needs a second person."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from terminal.domain.settings import Limits

_NOT_SIZES = frozenset({"version", "is_hedge_account", "hedge_bounds"})


def loosens(old: Limits | None, new: Limits) -> tuple[str, ...]:
    """Return the names of limits that allow more than before; the first limits of an account loosen everything."""
    if old is None:
        return ("首次设置",)
    before, after = msgspec.structs.asdict(old), msgspec.structs.asdict(new)
    found = [name for name in before if name not in _NOT_SIZES and _allows_more(name, before[name], after[name])]
    if old.hedge_bounds != new.hedge_bounds:
        found.append("hedge_bounds")
    if old.is_hedge_account != new.is_hedge_account:
        found.append("is_hedge_account")
    return tuple(found)


def _allows_more(name: str, before: object, after: object) -> bool:
    if before == after:
        return False
    if isinstance(before, dict) or isinstance(after, dict):
        # A changed table may allow more somewhere; a person looks at it unless every entry only shrank.
        old = before if isinstance(before, dict) else {}
        new = after if isinstance(after, dict) else {}
        return not (set(new) >= set(old) and all(new[key] <= old.get(key, new[key] - 1) for key in new))
    if name == "duplicate_window_seconds":
        return Decimal(str(after)) < Decimal(str(before))
    if after is None or before is None:
        return after is None and name in {"day_loss_yuan", "strategy_day_loss_yuan", "hedge_plan_lots"}
    return Decimal(str(after)) > Decimal(str(before))
