"""Read the legs of a plan's spread that are written as a formula and its lot ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.parameters.spread_formula import FormulaError, read_legs
from terminal.domain.products.instrument import SPOT, Kind
from terminal.shell.plans.tables import FormulaTable, TypedSpread

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import SpreadLeg
    from terminal.domain.products.instrument import Instrument
    from terminal.shell.plans.lines import Path
    from terminal.shell.plans.listing import PlanListing
    from terminal.shell.plans.text import PlanText, Raw

_KEYS: Final = FormulaTable.__struct_fields__
_TYPED: Final = TypedSpread.__struct_fields__


def with_legs(text: PlanText, listing: PlanListing, raw: Raw, path: Path) -> Raw:
    """Return a `[[strategy]]` of a spread with legs in the place of its formula; one without is returned as it is."""
    if "formula" not in raw:
        return raw
    table = text.convert({key: raw[key] for key in _KEYS if key in raw}, FormulaTable, path)
    legs = _legs(text, listing, raw, path, spot=True)
    lead = _find(listing, table.active, spot=True)
    if lead is None or all(leg.instrument != lead.id for leg in legs):
        raise text.wrong((*path, "active"), f"主动腿 {table.active} 不在公式里，请写公式中的一个合约。")
    whole = [
        msgspec.structs.replace(leg, active=leg.instrument == lead.id, pay_up_ticks=table.pay_up_ticks) for leg in legs
    ]
    return {key: value for key, value in raw.items() if key not in _KEYS} | {"legs": msgspec.to_builtins(whole)}


def with_rows(text: PlanText, listing: PlanListing, raw: Raw, path: Path) -> Raw:
    """Return a `[[spread]]` with its rows of legs in the place of its formula; one without is returned as it is."""
    if "formula" not in raw:
        return raw
    legs = _legs(text, listing, raw, path, spot=False)  # these have lots
    rows = [[leg.instrument, str(leg.coefficient), leg.lots] for leg in legs]
    return {key: value for key, value in raw.items() if key not in _TYPED} | {"legs": rows}


def _legs(text: PlanText, listing: PlanListing, raw: Raw, path: Path, *, spot: bool) -> tuple[SpreadLeg, ...]:
    if "legs" in raw:
        raise text.wrong((*path, "legs"), "legs 与 formula 只能写一种，请删去一种。")
    typed = text.convert({key: raw[key] for key in _TYPED if key in raw}, TypedSpread, path)
    try:
        return read_legs(typed.formula, typed.ratio, lambda name: _find(listing, name, spot=spot))
    except FormulaError as wrong:
        raise text.wrong((*path, wrong.field), wrong.message) from None


def _find(listing: PlanListing, name: str, *, spot: bool) -> Instrument | None:
    places = (name, f"{SPOT}.{name}") if "." in name else (name,)  # spot may be written without its exchange
    for one in places:
        try:
            found = listing.latest(one)
        except UserError:
            continue
        return found if spot or found.kind is not Kind.SPOT else None
    return None
