"""Let a person set up a target (自动配平): which group and contract, where its ratio comes from, and who trades."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QLineEdit

from terminal.domain.ids import AccountId, InstrumentId, StockId
from terminal.domain.orders.order import HedgeFlag
from terminal.domain.parameters.target import (
    WHOLE,
    Aim,
    BasisTable,
    Factor,
    FactorKind,
    FactorScore,
    FixedBand,
    RatioRow,
    RatioSource,
    TargetMode,
    TargetSettings,
)
from terminal.domain.products.instrument import Kind
from terminal.domain.words.settings import AIMS, CAPTIONS, FLAGS, MODES, SOURCES, TAX_BASES, SourceKind, TaxBasis
from terminal.domain.words.terms import Term
from terminal.widgets.parts import figures
from terminal.widgets.strategy.fields import Field, in_columns
from terminal.widgets.strategy.form import Readout, StrategyForm
from terminal.widgets.strategy.typed_source import (
    UNREAD_FACTORS,
    UNREAD_ROWS,
    read_factors,
    read_rows,
    write_factors,
    write_rows,
)
from terminal.widgets.strategy.words import exact

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.domain.products.instrument import Instrument

FIXED: Final = ("low", "high")
TABLE: Final = ("spot", "rows", "tolerance", "sample_seconds", "window", "at_least")
SCORE: Final = ("spot", "factors", "lowest", "highest", "tolerance", "days", "stock")
SEEN: Final = {SourceKind.FIXED: FIXED, SourceKind.BASIS_TABLE: TABLE, SourceKind.FACTORS: SCORE}
BESIDE: Final = ("spot", "stock", "tolerance", "days", "sample_seconds", "window", "at_least", "lowest", "highest")
OF_SOURCES: Final = tuple(dict.fromkeys((*FIXED, *TABLE, *SCORE)))
FIRST: Final = FixedBand(low=Decimal(80), high=Decimal(90))
FIRST_TABLE: Final = BasisTable(
    spot=InstrumentId(""),
    rows=(
        RatioRow(upto=Decimal(20), ratio=Decimal(85)),
        RatioRow(upto=Decimal(80), ratio=Decimal(70)),
        RatioRow(upto=Decimal(100), ratio=Decimal(50)),
    ),
)
FIRST_SCORE: Final = FactorScore(
    factors=(Factor(kind=FactorKind.BASIS, weight=Decimal(1), zero=Decimal(50), one=Decimal(-50)),),
    lowest=Decimal(50),
    highest=Decimal(85),
)
FIRST_LOTS: Final = 100
TAX_TIP: Final = (
    "敞口的价格含增值税、期货盈亏不含税：一吨现货只要 1 ÷ (1 + 税率) 吨期货。"
    "按吨不折算，与 C5 相同；不含税口径的卡片同时写出按吨的比例。"
)
VAT_TIP: Final = "敞口价格所含的增值税率，大于 0、小于 100；先填品种表里的税率（一般 13，农产品等 9），与合同不同请改。"


class TargetForm(StrategyForm):
    """Hold the settings of a target; what a person has agreed to goes along unseen."""

    kinds = frozenset({Kind.FUTURE, Kind.SPOT})

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._go = 0
        self.group = self._line("group", "限额里的套保组名，如 铁矿石")
        self.instrument = self.contract("instrument")
        self.hedge_flag = self.choice("hedge_flag", FLAGS)
        self.source_kind = self.choice("source_kind", SOURCES)
        self.source_kind.edited.connect(self._choose_source)
        self.low, self.high = self.number("low", whole=False), self.number("high", whole=False)
        self.spot = self.contract("spot", Kind.SPOT)
        self.stock = self._line("stock", "登记库存时的名称，有库存因子才填，如 铁矿石港口库存")
        self.rows = self._line("rows", "分位:比例，如 20:85 80:70 100:50")
        self.factors = self._line(
            "factors", "因子 权重 零分值 满分值，如 基差 2 50 -50；波动率 1 40 10；成交量 1 0.5 2；库存 1 0.8 1.2"
        )
        self.lowest, self.highest = self.number("lowest", whole=False), self.number("highest", whole=False)
        self.tolerance = self.number("tolerance", whole=False)
        self.sample_seconds, self.samples = self.number("sample_seconds"), self.number("window")
        self.at_least, self.days = self.number("at_least"), self.number("days")
        self.mode, self.aim = self.choice("mode", MODES), self.choice("aim", AIMS)
        self.most_lots, self.batch_lots = self.number("most_lots"), self.number("batch_lots")
        self.pay_up_ticks, self.chase_seconds = self.number("pay_up_ticks"), self.number("chase_seconds")
        self.pause_seconds = self.number("pause_seconds")
        self.tax_basis = self.choice("tax_adjusted", TAX_BASES)
        self.tax_basis.setToolTip(TAX_TIP)
        self.tax_basis.edited.connect(self._choose_tax)
        self.vat_percent = self.number("vat_percent", whole=False)
        self.vat_percent.setToolTip(VAT_TIP)
        self.readout = Readout((Term.LAST, "一手", "现货"), self, priced=(0, 2))
        names = list(self.fields)
        self.add(in_columns([self.fields[name] for name in names[:6]]))
        self.add(in_columns([self.fields[name] for name in BESIDE]))
        self.add(self.fields["rows"])  # what is typed in one line needs the whole width
        self.add(self.fields["factors"])
        self.add(self.readout)
        self.add(in_columns([self.fields[name] for name in names if name not in OF_SOURCES][4:]))
        self.column.addStretch(1)
        self.clear()

    def settings(self, account: AccountId) -> TargetSettings:
        """Return what the form says; a contract not chosen yet is an empty name."""
        return TargetSettings(
            account=account,
            group=self.group.text().strip(),
            instrument=self.instrument.instrument,
            source=self._source(),
            mode=TargetMode(self.mode.value),
            aim=Aim(self.aim.value),
            most_lots=int(self.most_lots.value),
            batch_lots=int(self.batch_lots.value),
            hedge_flag=HedgeFlag(self.hedge_flag.value),
            pay_up_ticks=int(self.pay_up_ticks.value),
            chase_seconds=int(self.chase_seconds.value),
            pause_seconds=int(self.pause_seconds.value),
            go=self._go,
            tax_adjusted=self._net,
            vat_percent=self.vat_percent.value if self._net and not self.vat_percent.blank else None,
        )

    @property
    def _net(self) -> bool:
        return self.tax_basis.value == TaxBasis.NET

    def _choose_tax(self) -> None:
        self.fields["vat_percent"].setVisible(self._net)

    def _source(self) -> RatioSource:
        if self.source_kind.value == SourceKind.FIXED:
            return FixedBand(low=self.low.value, high=self.high.value)
        if self.source_kind.value == SourceKind.FACTORS:
            return FactorScore(
                factors=read_factors(self.factors.text()) or (),
                lowest=self.lowest.value,
                highest=self.highest.value,
                tolerance=self.tolerance.value,
                spot=self.spot.instrument,
                days=int(self.days.value),
                stock=StockId(self.stock.text().strip()),
            )
        return BasisTable(
            spot=self.spot.instrument,
            rows=read_rows(self.rows.text()) or (),
            tolerance=self.tolerance.value,
            sample_seconds=int(self.sample_seconds.value),
            window=int(self.samples.value),
            at_least=int(self.at_least.value),
        )

    def fill(self, settings: StrategySettings) -> None:
        """Put settings into the fields, exactly; those of the other source keep what they have."""
        if not isinstance(settings, TargetSettings):
            return
        self._go = settings.go
        self.group.setText(settings.group)
        self.instrument.put(settings.instrument)
        self.hedge_flag.put(settings.hedge_flag)
        self.mode.put(settings.mode)
        self.aim.put(settings.aim)
        for box, value in (
            (self.most_lots, settings.most_lots),
            (self.batch_lots, settings.batch_lots),
            (self.pay_up_ticks, settings.pay_up_ticks),
            (self.chase_seconds, settings.chase_seconds),
            (self.pause_seconds, settings.pause_seconds),
        ):
            box.put(value)
        self.tax_basis.put(TaxBasis.NET if settings.tax_adjusted else TaxBasis.TONNES)
        if settings.vat_percent is not None:
            self.vat_percent.put(settings.vat_percent)
        self._choose_tax()
        self._fill_source(settings.source)

    def _fill_source(self, source: RatioSource) -> None:
        if isinstance(source, FixedBand):
            self.source_kind.put(SourceKind.FIXED)
            self.low.put(source.low)
            self.high.put(source.high)
        elif isinstance(source, BasisTable):
            self.source_kind.put(SourceKind.BASIS_TABLE)
            self._fill_table(source)
        else:
            self.source_kind.put(SourceKind.FACTORS)
            self._fill_score(source)
        self._choose_source()

    def _fill_table(self, table: BasisTable) -> None:
        self.spot.put(table.spot)
        self.rows.setText(write_rows(table.rows))
        self.tolerance.put(table.tolerance)
        self.sample_seconds.put(table.sample_seconds)
        self.samples.put(table.window)
        self.at_least.put(table.at_least)

    def _fill_score(self, score: FactorScore) -> None:
        self.spot.put(score.spot)
        self.factors.setText(write_factors(score.factors))
        self.lowest.put(score.lowest)
        self.highest.put(score.highest)
        self.tolerance.put(score.tolerance)
        self.days.put(score.days)
        self.stock.setText(score.stock)

    @property
    def _seen(self) -> tuple[str, ...]:
        return SEEN[SourceKind(self.source_kind.value)]

    def _choose_source(self) -> None:
        for name in OF_SOURCES:
            self.fields[name].setVisible(name in self._seen)

    def _line(self, name: str, tip: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setAccessibleName(CAPTIONS[name][0])
        line.setPlaceholderText(tip)
        line.setToolTip(tip)
        line.textEdited.connect(lambda _: self._touched(name))
        self.fields[name] = Field(CAPTIONS[name][0], line, self)
        return line

    def blanks(self) -> dict[str, str]:
        """Return the fields of the chosen source, and the others, in which nothing can be read."""
        found = {name: why for name, why in super().blanks().items() if name not in OF_SOURCES or name in self._seen}
        if not self._net:
            found.pop("vat_percent", None)
        if "rows" in self._seen and self.rows.text().strip() and read_rows(self.rows.text()) is None:
            found["rows"] = UNREAD_ROWS
        if "factors" in self._seen and self.factors.text().strip() and read_factors(self.factors.text()) is None:
            found["factors"] = UNREAD_FACTORS
        return found

    def fix(self, settings: StrategySettings | None) -> None:
        """Close what lasts; the source is free, and counts from the next trading day on."""
        super().fix(settings)
        for name in ("source_kind", *OF_SOURCES):
            self.fields[name].fix("")

    def reset(self) -> None:
        """Put every field to what holds without a market."""
        self._fill_score(FIRST_SCORE)
        self._fill_table(FIRST_TABLE)
        self.fill(
            TargetSettings(
                account=AccountId(""),
                group="",
                instrument=InstrumentId(""),
                source=FIRST,
                most_lots=FIRST_LOTS,
            )
        )

    def suggest(self) -> None:
        """Offer the contract that is held most, the hedge group, and a spot price of the product."""
        self.suggest_flag(self.hedge_flag)
        futures = (one for one in self.instruments.values() if one.kind is Kind.FUTURE)
        if "instrument" not in self.own and not self.instrument.instrument:
            first = self.busiest() or next(futures, None)
            self.instrument.put(first.id if first is not None else InstrumentId(""))
        known = self.instruments.get(self.instrument.instrument)
        if known is None:
            return
        if "group" not in self.own:  # by the usual name where the account's limits tell none
            groups = self.ground.groups
            usual = known.product_name
            self.group.setText(usual if usual in groups or not groups else groups[0])
        if "vat_percent" not in self.own and known.vat_rate is not None:
            self.vat_percent.put(known.vat_rate * WHOLE)
        if not {"spot", "source"} & self.own:
            self.spot.put(_spot_of(known, self.instruments))

    def show_market(self) -> None:
        """Show the last price, what a lot is, and the spot price."""
        known = self.instruments.get(self.instrument.instrument)
        lot = f"{exact(known.multiplier)} {known.lot_unit}" if known else figures.ABSENT
        self.readout.show_values(self.last_of(self.instrument.instrument), lot, self.last_of(self.spot.instrument))


def _spot_of(known: Instrument, listed: dict[InstrumentId, Instrument]) -> InstrumentId:
    same = (one.id for one in listed.values() if one.kind is Kind.SPOT and one.code.lower() == known.code.lower())
    return next(same, InstrumentId(""))
