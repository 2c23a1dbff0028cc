"""Say what is wrong with the spot among a spread's legs, once the contracts are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.parameters.carry import carries
from terminal.domain.products.instrument import Kind
from terminal.domain.words.spot_terms import SpotTerm
from terminal.domain.words.typed_text import shown

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.engine.look import Look

TONNE: Final = "元/吨"


def spot_fault(look: Look, settings: SpreadSettings) -> str | None:
    """Return in one sentence what is wrong, or `None`.

    Spot is no exchange's: it gives a basis its price, and nothing else is only looked at. What people trade by the
    tonne has to be quoted by it, and so do the futures that stand against it.
    """
    against = settings.spot_side is not None
    if carries(settings.spot_side):
        lead = next(leg for leg in settings.legs if leg.active)
        if look.instrument(lead.instrument).expiry is None:
            return f"{shown(lead.instrument)} 的最后交易日未知，算不出{SpotTerm.CARRY}；请把资金与仓储填 0，或换合约。"
    for leg in settings.legs:
        known = look.instrument(leg.instrument)
        spot = known.kind is Kind.SPOT
        if spot and leg.lots:
            return f"{shown(leg.instrument)} 是现货，不能交易；基差网格里它只看价，手数写 0。"
        if not spot and not leg.lots:
            where = f"{SpotTerm.SPOT_SPREAD}的现货" if against else "基差网格的现货"
            return f"{shown(leg.instrument)} 的手数为 0；只有{where}可以只看价，请填手数。"
        if against and known.quote_unit != TONNE:
            return (
                f"{shown(leg.instrument)} 按{known.quote_unit}报价；{SpotTerm.SPOT_SPREAD}各腿都要按{TONNE}报价，"
                "单位不同不能相减，请换合约。"
            )
    return None
