"""Hold the limits of an account: typed values that rules read and people change by commands."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import InstrumentId, ProductId

NANOSECONDS = 1_000_000_000


class HedgeBound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """State one hedge group's physical exposure and plan (C5): + is long price risk, in tonnes.

    `weights` gives the tonnes one lot of each product stands for in the group. Until the spot-futures book exists the
    plan file states `physical_tonnes`.
    """

    group: str
    physical_tonnes: Decimal
    planned_tonnes: Decimal = Decimal(0)  # approved forecast transactions, same sign convention
    weights: dict[ProductId, Decimal]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold the numbers of controls C1-C18 for one account (SAFETY 5); yuan, lots, seconds or fractions as named.

    A `None` limit means nobody set it: the control that needs it refuses (SAFETY I20) unless it says otherwise.
    """

    version: int = 1
    # C2 order size. The plan (套保方案) lists lots still authorised per product; outside it a checker is needed.
    confirm_value_yuan: Decimal = Decimal(5_000_000)
    max_value_yuan: Decimal = Decimal(50_000_000)
    hedge_plan_lots: dict[ProductId, int] | None = None
    # C3 collar
    collar_confirm_ticks: int = 10
    collar_confirm_fraction: Decimal = Decimal("0.005")
    collar_max_fraction: Decimal = Decimal("0.02")
    feed_max_age_seconds: int = 3
    quote_max_age_seconds: int = 60  # C3b
    quote_max_age_by_instrument: dict[InstrumentId, int] = {}
    # C4 position per instrument, lots (long and short each); None = no trading
    position_lots: int | None = None
    position_lots_by_instrument: dict[InstrumentId, int] = {}
    position_confirm_fraction: Decimal = Decimal("0.8")
    # C5
    hedge_bounds: tuple[HedgeBound, ...] = ()
    hedge_confirm_fraction: Decimal = Decimal("0.9")
    # C6 risk degree
    margin_confirm: Decimal = Decimal("0.70")
    margin_max: Decimal = Decimal("0.80")
    # C7 day loss; None = no limit was set
    day_loss_yuan: Decimal | None = None
    strategy_day_loss_yuan: Decimal | None = None
    is_hedge_account: bool = False
    # C8 messages
    messages_per_second_average: int = 5  # over 10 s
    messages_in_one_second: int = 8
    # C9, C10, C11
    duplicate_window_seconds: int = 2
    repeats_in_window: int = 30  # 60 s
    refusals_in_window: int = 3  # 30 s
    working_orders_confirm: int = 60
    working_orders_max: int = 150
    working_orders_per_instrument: int = 40
    # H8: full rounds in the sandbox before a strategy may start or trade otherwise; 0 = a simulated account
    sandbox_rounds: int = 0
