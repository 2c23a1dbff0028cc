"""Say what a roll cost (DOMAIN 4.8, 5.5).

A long roll sells near and buys far and pays far - near; a short one pays near - far, so its cost is mostly negative
in contango: it receives. Slippage is what it paid beyond the middle prices at its beginning.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from terminal.domain.orders.order import Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.words.amount_text import MINUS


class RollCost(NamedTuple):
    """Hold a roll's cost: per quotation unit, per tonne where a lot's tonnes are known, fees and all in, in yuan."""

    per_unit: Decimal
    per_tonne: Decimal | None
    mid: Decimal | None
    slippage: Decimal | None
    fees_yuan: Decimal
    all_in_yuan: Decimal


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
    tonnes = instrument.tonnes_per_lot
    mid = side.sign * (far_mid - near_mid) if near_mid is not None and far_mid is not None else None
    return RollCost(
        per_unit=per_unit,
        per_tonne=yuan / (lots * tonnes) if tonnes else None,
        mid=mid,
        slippage=None if mid is None else per_unit - mid,
        fees_yuan=fees,
        all_in_yuan=yuan + fees,
    )


def roll_yield(side: Side, near: Decimal, far: Decimal, days: int) -> Decimal:
    """Return 年化展期收益 of a position's side as a fraction a year; `days` are calendar days between the two expiries.

    (near / far − 1) × 365 / days for a long position (BUY), the opposite for a short one: contango costs the long.
    """
    return side.sign * (near / far - 1) * 365 / days


def cost_sentence(cost: RollCost) -> str:
    """Return the cost as a sentence for people."""
    what, paid = ("单位", cost.per_unit) if cost.per_tonne is None else ("每吨", cost.per_tonne)
    slip = ""
    if cost.mid is not None and cost.slippage is not None:
        slip = f"（中间价差 {amount(cost.mid)}，滑点 {amount(cost.slippage)}）"
    return f"{what}成本 {amount(paid)} 元{slip}，手续费 {amount(cost.fees_yuan)} 元，合计 {amount(cost.all_in_yuan)} 元"


def amount(number: Decimal, places: int = 2) -> str:
    """Return an amount with commas and U+2212."""
    return f"{round(number, places) + 0:,.{places}f}".replace("-", MINUS)
