"""List the products the sample market trades, with what makes each of them itself.

The figures are invented near the orders of magnitude of recent years; nothing here is a quotation. What an exchange
fixes (tick, multiplier, band, sessions, last trading day) is never here: it comes from the reference tables.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.ids import ProductId

_EVERY = tuple(range(1, 13))
_EVEN = (2, 4, 6, 8, 10, 12)
_QUARTERS = (3, 6, 9, 12)
_THIRDS = (1, 5, 9)
_STEEL_AND_APPLES = (1, 5, 10)


class Sector(IntEnum):
    """Name the groups whose products move together."""

    FERROUS = 0
    METAL = 1
    ENERGY = 2
    FARM = 3
    FINANCE = 4
    NEW_ENERGY = 5


class SampleProduct(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one product of the sample market.

    `price` is the level the price keeps returning to, yuan. `carry` is the usual yearly slope of the term structure:
    positive for far contracts dearer. `months` are delivery months, `listed` how many of them trade at a time;
    `index_months` lists this month, the next and two quarters instead. The main contract changes `roll_days` trading
    days before its last one. `open_interest` is of all contracts, `flow` the main contract's lots per snapshot,
    `depth` its usual lots at a price, `width` its usual distance from bid to ask in ticks. `spot_place` is
    `None` where no spot price is quoted; `spot_premium` and `spot_step` are yuan. `band` is the daily price band as a
    fraction, used where the reference tables know none.
    """

    product: ProductId
    sector: Sector
    price: float
    carry: float
    months: tuple[int, ...]
    listed: int = 4
    index_months: bool = False
    roll_days: int
    open_interest: int
    flow: int
    depth: int
    width: int = 1
    spot_place: str | None = None
    spot_premium: float = 0.0
    spot_step: float = 5.0
    may_lock: bool = True
    band: str = "0.07"


SAMPLE_PRODUCTS: tuple[SampleProduct, ...] = (
    SampleProduct(
        product=ProductId("SHFE.rb"),
        sector=Sector.FERROUS,
        price=3300.0,
        carry=0.02,
        months=_STEEL_AND_APPLES,
        roll_days=35,
        open_interest=2_600_000,
        flow=60,
        depth=260,
        spot_place="上海",
        spot_premium=70.0,
        spot_step=10.0,
        may_lock=False,
    ),
    SampleProduct(
        product=ProductId("SHFE.cu"),
        sector=Sector.METAL,
        price=78000.0,
        carry=0.01,
        months=_EVERY,
        roll_days=22,
        open_interest=520_000,
        flow=14,
        depth=24,
        spot_place="上海",
        spot_premium=-60.0,
        spot_step=5.0,
        may_lock=False,
    ),
    SampleProduct(
        product=ProductId("SHFE.au"),
        sector=Sector.METAL,
        price=560.0,
        carry=0.025,
        months=_EVEN,
        roll_days=40,
        open_interest=380_000,
        flow=16,
        depth=12,
        width=2,
    ),
    SampleProduct(
        product=ProductId("SHFE.ru"),
        sector=Sector.ENERGY,
        price=15200.0,
        carry=0.06,
        months=_THIRDS,
        roll_days=35,
        open_interest=240_000,
        flow=20,
        depth=40,
        spot_place="上海",
        spot_premium=-380.0,
        spot_step=25.0,
    ),
    SampleProduct(
        product=ProductId("INE.sc"),
        sector=Sector.ENERGY,
        price=560.0,
        carry=-0.05,
        months=_EVERY,
        roll_days=22,
        open_interest=70_000,
        flow=10,
        depth=10,
        width=2,
    ),
    SampleProduct(
        product=ProductId("DCE.i"),
        sector=Sector.FERROUS,
        price=790.0,
        carry=-0.08,
        months=_THIRDS,
        roll_days=35,
        open_interest=900_000,
        flow=34,
        depth=150,
        spot_place="日照港",
        spot_premium=14.0,
        spot_step=1.0,
        may_lock=False,
    ),
    SampleProduct(
        product=ProductId("DCE.m"),
        sector=Sector.FARM,
        price=3050.0,
        carry=-0.03,
        months=_THIRDS,
        roll_days=35,
        open_interest=3_200_000,
        flow=70,
        depth=500,
        spot_place="张家港",
        spot_premium=60.0,
        spot_step=10.0,
        may_lock=False,
    ),
    SampleProduct(
        product=ProductId("DCE.j"),
        sector=Sector.FERROUS,
        price=1900.0,
        carry=-0.04,
        months=_THIRDS,
        roll_days=35,
        open_interest=42_000,
        flow=5,
        depth=12,
        spot_place="天津港",
        spot_premium=-40.0,
        spot_step=10.0,
    ),
    SampleProduct(
        product=ProductId("CZCE.TA"),
        sector=Sector.ENERGY,
        price=5700.0,
        carry=0.02,
        months=_THIRDS,
        roll_days=35,
        open_interest=1_900_000,
        flow=60,
        depth=600,
        spot_place="华东",
        spot_premium=-30.0,
        spot_step=5.0,
    ),
    SampleProduct(
        product=ProductId("CZCE.AP"),
        sector=Sector.FARM,
        price=8100.0,
        carry=0.03,
        months=_STEEL_AND_APPLES,
        roll_days=35,
        open_interest=180_000,
        flow=12,
        depth=30,
        spot_place="栖霞",
        spot_premium=260.0,
        spot_step=50.0,
    ),
    SampleProduct(
        product=ProductId("CZCE.SR"),
        sector=Sector.FARM,
        price=6050.0,
        carry=-0.03,
        months=_THIRDS,
        roll_days=35,
        open_interest=620_000,
        flow=26,
        depth=160,
        spot_place="南宁",
        spot_premium=120.0,
        spot_step=10.0,
    ),
    SampleProduct(
        product=ProductId("CFFEX.IF"),
        sector=Sector.FINANCE,
        price=3650.0,
        carry=-0.03,
        months=_EVERY,
        index_months=True,
        roll_days=2,
        open_interest=260_000,
        flow=12,
        depth=8,
        width=2,
        may_lock=False,
    ),
    SampleProduct(
        product=ProductId("CFFEX.T"),
        sector=Sector.FINANCE,
        price=106.0,
        carry=-0.01,
        months=_QUARTERS,
        listed=3,
        roll_days=12,
        open_interest=230_000,
        flow=12,
        depth=60,
        may_lock=False,
    ),
    SampleProduct(
        product=ProductId("GFEX.si"),
        sector=Sector.NEW_ENERGY,
        price=11800.0,
        carry=0.05,
        months=_EVERY,
        roll_days=30,
        open_interest=360_000,
        flow=16,
        depth=50,
        spot_place="华东",
        spot_premium=250.0,
        spot_step=50.0,
    ),
    SampleProduct(
        product=ProductId("GFEX.lc"),
        sector=Sector.NEW_ENERGY,
        price=78000.0,
        carry=0.06,
        months=_EVERY,
        roll_days=30,
        open_interest=420_000,
        flow=18,
        depth=14,
        spot_place="华东",
        spot_premium=600.0,
        spot_step=100.0,
    ),
)


def chosen(wanted: tuple[ProductId, ...]) -> tuple[SampleProduct, ...]:
    """Return the wanted products in the table's order, all of them for an empty wish; unknown ones are refused."""
    known = {product.product for product in SAMPLE_PRODUCTS}
    for product in wanted:
        if product not in known:
            raise UserError(f"样例行情没有品种 {product}，可选：{'、'.join(sorted(known))}。")
    return tuple(product for product in SAMPLE_PRODUCTS if not wanted or product.product in wanted)
