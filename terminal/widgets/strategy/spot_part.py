"""Make a spread's form one of a spread against spot (期现价差): which sets are held, their tonnes, the reminder."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.domain.orders.order import Side
from terminal.domain.parameters.lasting import SPOT_SIDE_FREE
from terminal.domain.parameters.spot_side import SpotSide, SpotTax
from terminal.domain.products.instrument import Kind
from terminal.domain.words.spot_terms import SPOT_TAXES, SPOT_WAYS, SpotWay
from terminal.widgets.strategy.words import NAMES_OF_SPOT

if TYPE_CHECKING:
    from collections.abc import Collection

    from terminal.domain.parameters.strategy import SpreadLeg
    from terminal.widgets.strategy.form import StrategyForm

FIRST: Final = SpotSide(tonnes=Decimal(100))


class SpotPart:
    """Hold the fields of the spot side in a spread's form; they are hidden while it has none."""

    def __init__(self, form: StrategyForm) -> None:
        self._form = form
        self._is_fixed = False
        self.way = form.choice("spot_side", SPOT_WAYS)
        self.way.setToolTip(
            "期现价差：手数为 0 的现货一腿由人买卖，终端只交易期货；做多是持有买入的套，到卖出价差了结，做空相反"
        )
        self.tonnes = form.number("tonnes", whole=False)
        self.tonnes.setToolTip("一套要由人买卖的现货吨数；一般等于一套期货的吨数")
        self.tax = form.choice("tax", SPOT_TAXES)
        self.tax.setToolTip("报进来的现货价含不含增值税；与期货报价口径不同时预览会提醒")
        self.minutes = form.number("alert_minutes")
        self.minutes.setToolTip("期货成交后，现货这么久还没有落实就报橙色提醒；休市的时间也算")
        self.financing = form.number("financing_percent", whole=False)
        self.financing.setToolTip("持有现货占用资金的年利率，0 至 100；单利、365 天，算到主动腿最后交易日。0 是不计")
        self.storage = form.number("storage_yuan", whole=False)
        self.storage.setToolTip("一吨现货一个自然日的仓储费，元，0 至 1,000。与资金一起加在现货价上判价；0 是不计")

    @property
    def side(self) -> SpotSide | None:
        """Return what the fields say; `None` for no spot side."""
        way = SpotWay(self.way.value)
        if way is SpotWay.NONE:
            return None
        return SpotSide(
            tonnes=self.tonnes.value,
            side=Side.BUY if way is SpotWay.LONG else Side.SELL,
            tax=SpotTax(self.tax.value),
            alert_minutes=int(self.minutes.value),
            financing_percent=self.financing.value,
            storage_yuan=self.storage.value,
        )

    def fill(self, side: SpotSide | None) -> None:
        """Put a spot side into the fields, exactly."""
        shown = FIRST if side is None else side
        way = SpotWay.LONG if shown.side is Side.BUY else SpotWay.SHORT
        self.way.put(SpotWay.NONE if side is None else way)
        self.tonnes.put(shown.tonnes)
        self.tax.put(shown.tax)
        self.minutes.put(shown.alert_minutes)
        self.financing.put(shown.financing_percent)
        self.storage.put(shown.storage_yuan)
        self.show()

    def show(self) -> None:
        """Show the fields only where they count."""
        there = self.way.value != SpotWay.NONE
        for name in NAMES_OF_SPOT:
            field = self._form.fields[name]
            field.setVisible(there)
            field.control.setEnabled(there and (not self._is_fixed or name in SPOT_SIDE_FREE))

    def fix(self, *, fixed: bool) -> None:
        """Close what lasts while the spread runs, or open it."""
        self._is_fixed = fixed
        self.show()

    def suggest(self, own: Collection[str], legs: tuple[SpreadLeg, ...]) -> None:
        """Offer the tonnes that make of a yuan of the spread what the active leg makes of it."""
        known = self._form.instruments
        spot = next((leg for leg in legs if leg.instrument in known and known[leg.instrument].kind is Kind.SPOT), None)
        lead = next((leg for leg in legs if leg.active and leg.instrument in known and leg.coefficient), None)
        if "tonnes" in own or spot is None or lead is None or not lead.lots or not spot.coefficient:
            return
        worth = known[lead.instrument].multiplier * abs(lead.lots) / abs(lead.coefficient)
        self.tonnes.put(round(worth * abs(spot.coefficient), 3))
