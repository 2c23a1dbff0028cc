"""Show the basis of a product the person selects: both legs with their ages, where it stands, and its course."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout

from terminal.domain.days.calendar import natural_day
from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.words.terms import Term
from terminal.widgets.basis.alarms import Alarms
from terminal.widgets.parts import figures
from terminal.widgets.parts.elided import Elided, WholeOrNothing
from terminal.widgets.parts.empty_state import LOOKS, EmptyState
from terminal.widgets.parts.icons import Sign
from terminal.widgets.parts.panel import PADDING, Panel
from terminal.widgets.parts.rows import Tone, tone_of
from terminal.widgets.parts.segments import Segments
from terminal.widgets.parts.steady_combo import SteadyCombo
from terminal.widgets.parts.toned import mark, show_text

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from terminal.domain.products.instrument import Instrument
    from terminal.engine.book.lines import Book
    from terminal.engine.prices.basis import Basis
    from terminal.engine.prices.history import BasisHistory
    from terminal.engine.screen import AlertLine, EventLine, LinkLine
    from terminal.widgets.basis.chart import BasisChart
    from terminal.widgets.basis.tracks import Standing, Tracks
    from terminal.widgets.dress.look import Look

SPANS: Final = ("1日", "5日", "1月", "全部")
FRESH_NS: Final = 60 * 1_000_000_000  # older than this no price is of now
SPAN_TIPS: Final = ("最近 1 个交易日", "最近 5 个交易日", "最近 21 个交易日", "已有的全部采样")
FIVE_DAYS: Final = 1
TURNING_MS: Final = 10_000  # from the first basis on; by then somebody is reading it
WAITING: Final = (
    "等待基差",
    "一个品种的现货与期货都有报价后，这里画出它的基差。",
    "回放行情若不含现货报价，请在方案里写明现货价格。",
)
NO_RUNNER: Final = ("没有连上运行器", "现货与期货的报价都从运行器来，现在收不到。", "连上之后，这里画出基差。")
BEHIND: Final = ("正在补齐记录", "现货与期货的报价随后就到。", "补齐之后，这里画出基差。")
LEAST_PRODUCT: Final = 104  # pixels: four characters
LEGEND: Final = "虚线 {mean} · 色带 ±2σ"


class Leg(QFrame):
    """Show one leg: what it is, its price, and how old that is; a stale one is grey and says so.

    Between the two is one that still holds and is not of now: a spot price is stated once a day.
    """

    def __init__(self, caption: str) -> None:
        super().__init__()
        self.caption, self.price, self.badge = Elided("readoutCaption"), QLabel(figures.ABSENT), QLabel()
        self.caption.say(caption)
        self.price.setObjectName("readoutValue")
        self.badge.setObjectName("ageBadge")
        self.badge.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for label in (self.caption, self.price, self.badge):
            row.addWidget(label)
        row.addStretch(1)
        self.stale = False

    def show_leg(self, name: str, price: str) -> None:
        """Change what the leg is and costs."""
        self.caption.say(name)
        show_text(self.price, price, Tone.DIM if self.stale else Tone.PLAIN)
        self.setAccessibleName(f"{name} {price} {self.badge.text()}")

    def show_age(self, age: int, *, stale: bool) -> None:
        """Change how old the price is, in ns."""
        self.stale = stale
        self.badge.show()
        show_text(self.badge, f"{Term.STALE} · {figures.age(age)}前" if stale else f"{figures.age(age)}前")
        mark(self.badge, "stale", "true" if stale else "old" if age > FRESH_NS else "false")
        show_text(self.price, self.price.text(), Tone.DIM if stale else Tone.PLAIN)

    def show_no_age(self) -> None:
        """Show that there is no price yet."""
        self.stale = False
        show_text(self.badge, "")
        self.badge.hide()


def products_held(book: Book, instruments: Mapping[InstrumentId, Instrument]) -> tuple[ProductId, ...]:
    """Return the products an account holds by the margin they bind, the largest first."""
    bound: dict[ProductId, tuple[Decimal, int]] = {}
    for line in book.positions:
        known = instruments.get(line.instrument)
        if known is not None:
            margin, lots = bound.get(known.product, (Decimal(0), 0))
            bound[known.product] = margin + (line.margin or 0), lots + line.lots
    return tuple(sorted(bound, key=lambda product: bound[product], reverse=True))


class BasisPanel(Panel):
    """Show one product's basis; the chart comes with `furnish`, after the first window is painted."""

    selected = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__("basis_chart", Term.BASIS_CHART, look)
        self._look = look
        self.spans = Segments(SPANS, name=f"{Term.BASIS_CHART}范围", tips=SPAN_TIPS)
        self.products = SteadyCombo()
        self.products.setAccessibleName(f"{Term.BASIS}{Term.PRODUCT}")
        self.products.setMinimumWidth(LEAST_PRODUCT)
        self.products.setEnabled(False)
        self.products.activated.connect(
            lambda index: self.choose(ProductId(self.products.itemData(index)), self.spans.index)
        )
        self.spans.setObjectName("basisSpans")
        self.title.add(self.products)
        self.title.add(self.spans)
        self.spot, self.future = Leg(Term.SPOT), Leg(Term.FUTURE)
        self.value, self.mean, self.deviation, self.rank = (QLabel(figures.ABSENT) for _ in range(4))
        self._mean_caption = QLabel(Term.MEAN)
        self.readout = self._readout()
        self.readout.hide()
        self.body.addWidget(self.readout)
        self._place = QVBoxLayout()
        self.body.addLayout(self._place, 1)
        self._waiting = QFrame()
        self._place.addWidget(self._waiting)
        title, text, next_step = WAITING  # no link has failed yet
        self.empty = EmptyState(self._waiting, look, sign=Sign.CURVE, title=title, text=text, next_step=next_step)
        self._chart: BasisChart | None = None
        self._tracks: Tracks | None = None
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._product: ProductId | None = None
        self.chosen = ProductId("")  # what the person looks at by choice, here already or not
        self._held: tuple[ProductId, ...] = ()  # of the account looked at, the largest first
        self._turning = QTimer(self)  # while it runs, what nobody chose may still give way to what is held
        self._turning.setSingleShot(True)
        self._turning.setInterval(TURNING_MS)
        self._alarms = Alarms()
        self._offline = False

    def furnish(self, tracks: Tracks) -> None:
        """Take what is drawn; the chart is made when there is something in it."""
        self._tracks = tracks
        self.spans.choose(FIVE_DAYS)
        self.spans.chosen.connect(self._show_span)

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """Take the contracts' names."""
        self._instruments = {instrument.id: instrument for instrument in instruments}
        self._mark_alarms()

    def show_link(self, link: LinkLine) -> None:
        """Take whether the runner is heard: without it no quote comes, whatever the market."""
        cut = LOOKS if link.is_heard else NO_RUNNER
        self.empty.say(*(BEHIND if link.is_behind else cut if link.is_old else WAITING))

    def show_book(self, book: Book | None) -> None:
        """Take what the account holds: where nobody chose, the basis of its largest position is the one to show."""
        if book is not None and not self._held:
            self._held = products_held(book, self._instruments)
            self._turn_to_usual()

    def take_history(self, history: BasisHistory) -> None:
        """Put older samples of a product before those seen live; told again, only what is missing is taken."""
        if self._tracks is not None:
            self.show_changed(self._tracks.take_history(history))

    def show_alarms(self, lines: Iterable[AlertLine | EventLine]) -> None:
        """Mark on the chart the alarms that name an instrument, at the value of their moment.

        A mark stays when its alert is gone: it says that something was, not that it is.
        """
        if self._alarms.take(lines):
            self._mark_alarms()

    def show_changed(self, changed: set[ProductId]) -> None:
        """Draw what changed; a product seen for the first time joins the selector."""
        if self._tracks is None or not changed:
            return
        self._put_chart()
        known = {self.products.itemData(index) for index in range(self.products.count())}
        for product in [one for one in self._tracks.by_product if one not in known]:
            self.products.addItem(self._name(product), product)
            self.products.setEnabled(True)
        if self.products.findData(self.chosen) >= 0:
            self._turn_to(self.chosen)
        else:
            self._turn_to_usual()
        if self._product in changed:
            self._show()

    def show_now(self, at: int, *, offline: bool = False) -> None:
        """Let the ages of both legs grow to the market clock; offline nothing on show is of now, however young."""
        self._offline = offline
        sample = self._sample()
        if sample is None or self._chart is None:
            return
        self.spot.show_age(at - sample.spot_at, stale=offline or at >= sample.spot_until)
        self.future.show_age(at - sample.future_at, stale=offline or at >= sample.future_until)
        tone = self._tone(sample)
        show_text(self.value, figures.signed(sample.value, self._places(sample)), tone)
        self._chart.show_tag(self.value.text(), tone)
        for label in (self.deviation, self.rank):  # of the basis now, as the mean is not
            grey = tone is Tone.DIM or label.text() == figures.ABSENT
            show_text(label, label.text(), Tone.DIM if grey else Tone.PLAIN)

    def select(self, product: ProductId) -> None:
        """Show a product that somebody chose."""
        if product != self._product and self.products.findData(product) >= 0:
            self.chosen = product
            self._turn_to(product)

    def choose(self, product: ProductId, span: int) -> None:
        """Take what the person looks at, now or before they left: it is shown as soon as it has a basis."""
        if span != self.spans.index:
            self.spans.choose(span)
        self.chosen = product
        if self.products.findData(product) >= 0:
            self._turn_to(product)

    def _turn_to_usual(self) -> None:
        # Which sample comes first is chance: the first seconds sort it out, then nothing moves by itself any more.
        if self._product is not None and (self.chosen == self._product or not self._turning.isActive()):
            return
        known = [ProductId(self.products.itemData(index)) for index in range(self.products.count())]
        if not known:
            return
        if self._product is None:
            self._turning.start()
        listed = list(dict.fromkeys(one.product for one in self._instruments.values()))
        order = [*self._held, *listed, *known]
        self._turn_to(min(known, key=order.index))

    def _turn_to(self, product: ProductId) -> None:
        place = self.products.findData(product)
        if self._chart is None:
            return
        self.products.setCurrentIndex(place)
        if product != self._product:
            self._product = product
            self._waiting.hide()
            self.readout.show()
            self._chart.show()
            self._chart.follow()
            self._mark_alarms()
            self.selected.emit(product)
            self._show()

    def _put_chart(self) -> None:
        if self._chart is not None:
            return
        from terminal.widgets.basis.chart import BasisChart  # noqa: PLC0415  # pyqtgraph is the heaviest of all panels

        self._chart = BasisChart(self._look)
        self._chart.hide()
        self._place.addWidget(self._chart)
        self._show_span(self.spans.index)

    def _readout(self) -> QWidget:
        box = QFrame()
        grid = QGridLayout(box)
        grid.setContentsMargins(PADDING, 8, PADDING, 4)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(4)
        grid.addWidget(self.spot, 0, 0)
        grid.addWidget(self.future, 0, 1)
        row = QHBoxLayout()
        row.setSpacing(6)
        for caption, label in (
            (Term.BASIS, self.value),
            (Term.MEAN, self.mean),
            (Term.DEVIATION, self.deviation),
            (Term.RANK, self.rank),
        ):
            name = self._mean_caption if label is self.mean else QLabel(caption)
            name.setObjectName("readoutCaption")
            label.setObjectName("readoutMain" if label is self.value else "readoutValue")
            row.addWidget(name)
            row.addWidget(label)
            row.addSpacing(12)
        row.addStretch(1)
        self.legend = WholeOrNothing("readoutLegend")
        self.legend.say(LEGEND.format(mean=Term.MEAN))
        row.addWidget(self.legend)
        grid.addLayout(row, 1, 0, 1, 2)
        grid.setColumnStretch(1, 1)
        return box

    def _sample(self) -> Basis | None:
        if self._tracks is None or self._product is None:
            return None
        track = self._tracks.by_product.get(self._product)
        return None if track is None else track.latest

    def _tone(self, sample: Basis) -> Tone:
        return Tone.DIM if self.spot.stale or self.future.stale else tone_of(sample.value)

    def _places(self, sample: Basis) -> int:
        return figures.basis_places(sample.spot_price, self._instruments.get(sample.future))

    def _mark_alarms(self) -> None:
        if self._chart is not None and self._product is not None:
            self._chart.show_alarms(self._alarms.of(self._product, self._instruments))

    def _show(self) -> None:
        if self._tracks is None or self._chart is None or self._product is None:
            return
        track = self._tracks.by_product[self._product]
        self._chart.show_track(track)
        self._show_standing(track.standing())
        sample = track.latest
        if sample is None:
            # Only history so far: the legs have no price of now.
            self._show_no_legs()
            return
        places = self._places(sample)
        spot, future = self._instruments.get(sample.spot), self._instruments.get(sample.future)
        self.spot.show_leg(spot.name if spot else Term.SPOT, figures.number(sample.spot_price, places))
        self.future.show_leg(future.name if future else Term.FUTURE, figures.number(sample.future_price, places))
        self.title.note(future.quote_unit if future else "")
        self.show_now(sample.at, offline=self._offline)

    def _show_no_legs(self) -> None:
        for leg, name in ((self.spot, Term.SPOT), (self.future, Term.FUTURE)):
            leg.show_leg(name, figures.ABSENT)
            leg.show_no_age()
        show_text(self.value, figures.ABSENT, Tone.DIM)
        if self._chart is not None:
            self._chart.show_tag(figures.ABSENT, Tone.DIM)

    def _show_window(self, standing: Standing | None) -> None:
        # How far back the mean reaches, which the band and the deviation share: nobody can read it off a figure.
        mean, tip = Term.MEAN.value, ""
        if standing is not None:
            mean = f"{standing.days}日{Term.MEAN}"
            since = f"{figures.day(natural_day(standing.since))[5:]} {figures.clock(standing.since)[:5]}"
            tip = f"均值、偏离与 ±2σ 都是最近 {standing.days} 个交易日的，自 {since} 起，按交易时间每 5 秒一格"
        self._mean_caption.setText(mean)
        self.legend.say(LEGEND.format(mean=mean))
        for label in (self._mean_caption, self.mean, self.deviation, self.legend):
            label.setToolTip(tip)

    def _show_standing(self, standing: Standing | None) -> None:
        self._show_window(standing)
        if standing is None:
            for label in (self.mean, self.deviation, self.rank):
                show_text(label, figures.ABSENT, Tone.DIM)
            return
        sigmas = figures.ABSENT if standing.sigmas is None else f"{figures.signed(standing.sigmas, 1)}σ"
        show_text(self.mean, figures.signed(standing.mean, 1))
        show_text(self.deviation, sigmas)
        show_text(self.rank, f"{standing.permille // 10}%")
        self.rank.setToolTip(f"已有 {standing.samples} 个采样（每 5 秒一个）中，低于当前基差的比例")

    def _show_span(self, index: int) -> None:
        if self._chart is not None:
            self._chart.follow(type(self._chart.span)(index))

    def _name(self, product: ProductId) -> str:
        track = self._tracks.by_product[product] if self._tracks else None
        future = self._instruments.get(track.latest.future) if track and track.latest else None
        if future is None:
            future = next((known for known in self._instruments.values() if known.product == product), None)
        return future.product_name if future else product
