"""Read the legs of a plan's spread that are written as a formula (`formula`, `ratio`, `active`, `pay_up_ticks`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.instrument import Kind
from terminal.domain.spread_formula import FormulaError, read_legs
from terminal.shell.plans.tables import FormulaTable

if TYPE_CHECKING:
    from terminal.domain.instrument import Instrument
    from terminal.shell.plans.lines import Path
    from terminal.shell.plans.listing import PlanListing
    from terminal.shell.plans.text import PlanText, Raw

_KEYS: Final = FormulaTable.__struct_fields__


def with_legs(text: PlanText, listing: PlanListing, raw: Raw, path: Path) -> Raw:
    """Return a `[[strategy]]` of a spread with legs in the place of its formula; one without is returned as it is."""
    if "formula" not in raw:
        return raw
    if "legs" in raw:
        raise text.wrong((*path, "legs"), "legs 与 formula 只能写一种，请删去一种。")
    table = text.convert({key: raw[key] for key in _KEYS if key in raw}, FormulaTable, path)

    def find(name: str) -> Instrument | None:
        try:
            found = listing.latest(name)
        except UserError:
            return None
        return None if found.kind is Kind.SPOT else found

    try:
        legs = read_legs(table.formula, table.ratio, find)
    except FormulaError as wrong:
        raise text.wrong((*path, wrong.field), wrong.message) from None
    lead = find(table.active)
    if lead is None or all(leg.instrument != lead.id for leg in legs):
        raise text.wrong((*path, "active"), f"主动腿 {table.active} 不在公式里，请写公式中的一个合约。")
    return {key: value for key, value in raw.items() if key not in _KEYS} | {
        "legs": [
            msgspec.to_builtins(
                msgspec.structs.replace(
                    leg, active=leg.instrument == InstrumentId(lead.id), pay_up_ticks=table.pay_up_ticks
                )
            )
            for leg in legs
        ]
    }
