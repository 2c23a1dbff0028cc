"""Let a person set up an execution (算法执行): how many lots of what, the worst price, the window, the style."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import HOUR_NS, MINUTE_NS
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.parameters.strategy import CurvePart, ExecutionSettings, ExecutionStyle, StrategySettings
from terminal.domain.words.execution_texts import curve_text, read_curve, read_moment
from terminal.domain.words.settings import CAPTIONS, FLAGS, OFFSETS, ORDER_SIDES, STYLES, moment
from terminal.domain.words.terms import Term
from terminal.widgets.parts import figures
from terminal.widgets.strategy.fields import Field, in_columns
from terminal.widgets.strategy.form import Readout, StrategyForm
from terminal.widgets.strategy.texts import TextBox

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote

APART: Final = 5  # ticks between the opposite price and the suggested limit
UNREAD: Final = {
    "begins_at": "读不懂，请写成 2020-08-21 13:45:00。",
    "ends_at": "读不懂，请写成 2020-08-21 13:45:00。",
    "curve": "读不懂，请写成 09:00-10:15 30, 10:30-11:30 20（时段与权重）。",
}
# Which styles a field serves; the others serve all.
SERVES: Final = {
    "slice_seconds": {ExecutionStyle.TWAP, ExecutionStyle.VWAP},
    "curve": {ExecutionStyle.VWAP},
    "shown_lots": {ExecutionStyle.ICEBERG},
    "max_pay_up_ticks": {ExecutionStyle.BEST},
}
NUMBERS: Final = ("total_lots", "slice_seconds", "shown_lots", "chase_seconds", "max_chases", "max_pay_up_ticks")


class ExecutionForm(StrategyForm):
    """Hold the settings of an execution."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.instrument = self.contract("instrument")
        self.style_choice = self.choice("style", STYLES)
        self.side = self.choice("side", ORDER_SIDES)
        self.offset = self.choice("offset", OFFSETS)
        self.hedge_flag = self.choice("hedge_flag", FLAGS)
        self.limit = self.number("limit", whole=False)
        self.limit.setToolTip("最差的成交价：买入不高于它，卖出不低于它")
        self.begins_at, self.ends_at = self._moment("begins_at"), self._moment("ends_at")
        self.curve = TextBox[tuple[CurvePart, ...]](
            CAPTIONS["curve"][0], (), read=read_curve, write=curve_text, example="09:00-10:15 30, …", parent=self
        )
        self._typed("curve", self.curve)
        self.curve.setToolTip("各时段的成交量或权重，照您自己的统计填写；窗口之外的不用，自动归一")
        self.numbers = {name: self.number(name) for name in NUMBERS}
        self.participation = self.number("participation_percent")
        self.participation.setToolTip("每个交易日，成交与在途不超过市场成交量的百分之几")
        self.participation.say_zero("不限")
        self.readout = Readout((Term.LAST, "对手价", "限价离对手价", Term.STRATEGY_VALUE), self, priced=(0, 1, 2))
        self._suggested_for = InstrumentId("")
        self._clock = 0  # of the market, UTC ns
        self._is_fixed = False
        self.rows = in_columns(list(self.fields.values()))
        self.add(self.rows)
        self.add(self.readout)
        self.column.addStretch(1)
        self.clear()

    def settings(self, account: AccountId) -> ExecutionSettings:
        """Return what the form says; a contract not chosen yet is an empty name."""
        return ExecutionSettings(
            account=account,
            instrument=self.instrument.instrument,
            style=ExecutionStyle(self.style_choice.value),
            side=Side(self.side.value),
            offset=Offset(self.offset.value),
            hedge_flag=HedgeFlag(self.hedge_flag.value),
            limit=self.limit.value,
            begins_at=self.begins_at.value,
            ends_at=self.ends_at.value,
            curve=self.curve.value,
            participation_percent=int(self.participation.value) or None,
            **{name: int(box.value) for name, box in self.numbers.items()},
        )

    def fill(self, settings: StrategySettings) -> None:
        """Put settings into the fields, exactly."""
        if not isinstance(settings, ExecutionSettings):
            return
        self.instrument.put(settings.instrument)
        self.style_choice.put(settings.style)
        self.side.put(settings.side)
        self.offset.put(settings.offset)
        self.hedge_flag.put(settings.hedge_flag)
        self.limit.put(settings.limit)
        self.begins_at.put(settings.begins_at)
        self.ends_at.put(settings.ends_at)
        self.curve.put(settings.curve)
        self.participation.put(settings.participation_percent or 0)
        for name, box in self.numbers.items():
            box.put(getattr(settings, name))
        self._choose_style()

    def fix(self, settings: StrategySettings | None) -> None:
        """Close what lasts, and what the style does not use all the same."""
        super().fix(settings)
        self._is_fixed = settings is not None
        self._choose_style()

    def blanks(self) -> dict[str, str]:
        """Return the fields in which there is no number, no time or no curve."""
        unread = (("begins_at", self.begins_at.unread), ("ends_at", self.ends_at.unread), ("curve", self.curve.unread))
        return super().blanks() | {name: UNREAD[name] for name, is_unread in unread if is_unread}

    def reset(self) -> None:
        """Put every field to what holds without a market."""
        self._suggested_for = InstrumentId("")
        self.fill(
            ExecutionSettings(
                account=AccountId(""),
                instrument=InstrumentId(""),
                style=ExecutionStyle.TWAP,
                side=Side.BUY,
                total_lots=60,
                limit=Decimal(0),
                begins_at=0,
                ends_at=0,
            )
        )

    def suggest(self) -> None:
        """Begin at the next minute of the market's clock, for an hour, some ticks beyond the opposite price."""
        self._choose_style()
        self.suggest_flag(self.hedge_flag)
        self.suggest_contract(self.instrument)
        instrument = self.instruments.get(self.instrument.instrument)
        if instrument is None:
            return
        self.limit.step, self.limit.snaps = instrument.tick, True
        quote = self.quotes.get(instrument.id)
        if quote is None or instrument.id == self._suggested_for:
            return  # once per contract: a price or a time that is being looked at does not move by itself
        self._suggested_for = instrument.id
        self._suggest_from(instrument, quote)

    def show_quotes(self, quotes: dict[InstrumentId, Quote]) -> None:
        """Take the latest quotes; the latest of all is the market's clock, also for a contract that rests."""
        self._clock = max([self._clock, *(quote.received_at for quote in quotes.values())])
        super().show_quotes(quotes)

    def follow_clock(self) -> bool:
        """Begin at the next minute from now until a person has set a time: a form may lie open for an hour."""
        if not self._suggested_for or self.begins_at.hasFocus() or self.ends_at.hasFocus():
            return False
        before = self.begins_at.value, self.ends_at.value
        self._suggest_window()
        return before != (self.begins_at.value, self.ends_at.value)

    def show_market(self) -> None:
        """Show the last price, the opposite one, how far the limit is from it, and what all lots are worth at it."""
        instrument = self.instruments.get(self.instrument.instrument)
        if instrument is None:
            self.readout.show_values(*[figures.ABSENT] * 4)
            return
        quote, side, limit = self.quotes.get(instrument.id), Side(self.side.value), self.limit.value
        opposite = None if quote is None else quote.ask if side is Side.BUY else quote.bid
        apart = None if opposite is None else (limit - instrument.price(opposite)) * side.sign
        worth = instrument.value(limit, int(self.numbers["total_lots"].value))
        self.readout.show_values(
            figures.price(quote.last if quote else None, instrument),
            figures.price(opposite, instrument),
            figures.ABSENT if apart is None else f"{figures.signed(apart, figures.decimals(instrument.tick))} 元",
            f"{figures.number(worth)} 元",
        )

    def _suggest_from(self, instrument: Instrument, quote: Quote) -> None:
        side = Side(self.side.value)
        opposite = quote.ask if side is Side.BUY else quote.bid
        at = opposite if opposite is not None else quote.last
        if at is not None and "limit" not in self.own:
            self.limit.put(instrument.price(at + side.sign * APART))
        self._suggest_window()

    def _suggest_window(self) -> None:
        begins_at = (self._clock // MINUTE_NS + 1) * MINUTE_NS
        if "begins_at" not in self.own:
            self.begins_at.put(begins_at)
        if "ends_at" not in self.own:
            self.ends_at.put(max(begins_at, self.begins_at.value) + HOUR_NS)

    def _choose_style(self) -> None:
        style = ExecutionStyle(self.style_choice.value)
        for name, styles in SERVES.items():
            self.fields[name].setVisible(style in styles)
        self.rows.arrange([field for name, field in self.fields.items() if style in SERVES.get(name, {style})])

    def _moment(self, name: str) -> TextBox[int]:
        box = TextBox[int](
            CAPTIONS[name][0], 0, read=read_moment, write=moment, example="年-月-日 时:分:秒", parent=self
        )
        self._typed(name, box)
        return box

    def _typed(self, name: str, box: TextBox[int] | TextBox[tuple[CurvePart, ...]]) -> None:
        box.edited.connect(lambda: self._touched(name))
        self.fields[name] = Field(CAPTIONS[name][0], box, self)
