"""Hold to which business unit (经营单位) an account belongs: whose results it adds to, a desk, a factory, a firm."""

from __future__ import annotations

from typing import Final

import msgspec

from terminal.domain.ids import AccountId, DeviceId, PersonId
from terminal.domain.words.typed_text import is_visible

LONGEST_UNIT: Final = 40  # characters


class UnitAssigned(msgspec.Struct, frozen=True, kw_only=True, tag="unit_assigned"):
    """An account belongs to this unit from now on; "" is to none."""

    account: AccountId
    unit: str
    person: PersonId
    device: DeviceId


def wrong_unit(unit: str) -> str:
    """Return what is wrong with the name of a unit, "" where nothing is."""
    if len(unit) > LONGEST_UNIT or unit != unit.strip():
        return f"经营单位的名称最多 {LONGEST_UNIT} 个字，前后不留空格；没有登记，请改正。"
    if not is_visible(unit):
        return "经营单位的名称里有换行或看不见的字符；没有登记，请删去。"
    return ""
