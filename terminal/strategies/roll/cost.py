"""Say what a roll cost (DOMAIN 4.8, 5.5).

A long roll sells near and buys far and pays far - near; a short one pays near - far, so its cost is mostly negative
in contango: it receives. Slippage is what it paid beyond the middle prices at its beginning.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from terminal.domain.orders.order import Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.words.amount_text import MINUS

TONNES: Final = "吨"
POINTS: Final = "点"


class RollCost(NamedTuple):
    """Hold a roll's cost: per quotation unit, per tonne where lots are counted in tonnes, fees and all in, in yuan.

    `mid` and `slippage` are per quotation unit, as prices are; a price times `units_per_tonne` is yuan per tonne.
    """

    per_unit: Decimal
    per_tonne: Decimal | None
    mid: Decimal | None
    slippage: Decimal | None
    fees_yuan: Decimal
    all_in_yuan: Decimal
    quote_unit: str = "元/吨"
    units_per_tonne: Decimal = Decimal(1)

    @property
    def told_units(self) -> Decimal:
        """Return by what a price is multiplied to be told in the unit this cost is told in."""
        return Decimal(1) if self.per_tonne is None else self.units_per_tonne

    @property
    def money(self) -> str:
        """Return in what a price is told: yuan, or points."""
        return POINTS if self.per_tonne is None and self.quote_unit == POINTS else "元"

    @property
    def title(self) -> str:
        """Return the name of the cost with its unit: 每吨成本; of goods that are not counted in tonnes 每克成本."""
        per = TONNES if self.per_tonne is not None else self.quote_unit.partition("/")[2]
        return f"每{per}成本" if per else "成本" if self.money == POINTS else "单位成本"


def roll_cost(
    instrument: Instrument,
    side: Side,
    *,
    lots: int,
    near_value: Decimal,
    far_value: Decimal,
    fees: Decimal,
    near_mid: Decimal | None,
    far_mid: Decimal | None,
) -> RollCost:
    """Return the cost of `lots` rolled; the values are sums of lots x price over the fills of each leg.

    `side` is the position's: BUY is a long roll.
    """
    paid = side.sign * (far_value - near_value)
    per_unit = paid / lots
    yuan = paid * instrument.multiplier
    # Gold's lots have a weight too, but nobody reckons them in tonnes.
    in_tonnes = instrument.lot_unit.startswith(TONNES) or instrument.quote_unit.endswith(f"/{TONNES}")
    tonnes = instrument.tonnes_per_lot if in_tonnes else None
    mid = side.sign * (far_mid - near_mid) if near_mid is not None and far_mid is not None else None
    return RollCost(
        per_unit=per_unit,
        per_tonne=yuan / (lots * tonnes) if tonnes else None,
        mid=mid,
        slippage=None if mid is None else per_unit - mid,
        fees_yuan=fees,
        all_in_yuan=yuan + fees,
        quote_unit=instrument.quote_unit,
        units_per_tonne=instrument.multiplier / tonnes if tonnes else Decimal(1),
    )


def roll_yield(side: Side, near: Decimal, far: Decimal, days: int) -> Decimal:
    """Return 年化展期收益 of a position's side as a fraction a year; `days` are calendar days between the two expiries.

    (near / far − 1) × 365 / days for a long position (BUY), the opposite for a short one: contango costs the long.
    """
    return side.sign * (near / far - 1) * 365 / days


def cost_sentence(cost: RollCost) -> str:
    """Return the cost as a sentence for people: what was paid, the middle and the slippage all in one unit."""
    paid, units = cost.per_unit if cost.per_tonne is None else cost.per_tonne, cost.told_units
    slip = ""
    if cost.mid is not None and cost.slippage is not None:
        slip = f"（中间价差 {amount(cost.mid * units)}，滑点 {amount(cost.slippage * units)}）"
    what = f"{cost.title} {amount(paid)} {cost.money}{slip}"
    return f"{what}，手续费 {amount(cost.fees_yuan)} 元，合计 {amount(cost.all_in_yuan)} 元"


def amount(number: Decimal, places: int = 2) -> str:
    """Return an amount with commas and U+2212."""
    return f"{round(number, places) + 0:,.{places}f}".replace("-", MINUS)
