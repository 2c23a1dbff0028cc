"""Read the limits of a plan: `[limits]`, `[account.limits]`, and the limits a command sets."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.domain.parameters.limits import Limits
from terminal.domain.sandbox import wrong_rounds

if TYPE_CHECKING:
    from terminal.shell.plans.lines import Path
    from terminal.shell.plans.listing import PlanListing
    from terminal.shell.plans.text import PlanText, Raw

_NOT_HERE: Final = {
    "version": "version 由程序编号，不在方案中写。",
    "is_hedge_account": "是否套保账户请在 [[account]] 中写 hedge = true。",
}
_BY_INSTRUMENT: Final = ("position_lots_by_instrument", "quote_max_age_by_instrument")
_ENDINGS: Final = ("_fraction", "margin_confirm", "margin_max")


def read_limits(text: PlanText, listing: PlanListing, raw: Raw, path: Path) -> Limits:
    """Return limits with the values that are written; a negative or impossible one is a `UserError` with its line."""
    limits = text.convert(raw, Limits, path)
    for name, sentence in _NOT_HERE.items():
        if name in raw:
            raise text.wrong((*path, name), sentence)
    for name in raw:
        _check(text, getattr(limits, name), (*path, name), fraction=name.endswith(_ENDINGS))
    wrong = wrong_rounds(limits.sandbox_rounds)
    if wrong:
        raise text.wrong((*path, "sandbox_rounds"), f"限额 sandbox_rounds {wrong}。")
    for name in _BY_INSTRUMENT:
        for instrument in getattr(limits, name):
            listing.check(instrument, (*path, name, instrument))
    return limits


def _check(text: PlanText, value: object, path: Path, *, fraction: bool) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _check(text, inner, (*path, key), fraction=fraction)
    elif isinstance(value, int | Decimal):
        if value < 0:
            raise text.wrong(path, f"限额 {path[-1]} 不能为负，现为 {value}。")
        if fraction and value > 1:
            raise text.wrong(path, f"限额 {path[-1]} 是比例，应在 0 到 1 之间，现为 {value}。")
