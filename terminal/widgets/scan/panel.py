"""Rank the spreads that stand away from their mean, explain each number, and fill the form of a strategy with one.

Nothing here orders anything or starts anything: what a press does is look, and put a draft into the form of the
strategies, whose own preview and checks come after. The ranks, means and fees are those of a scan; the price, z and
what a set would earn follow the quotes, some rows a frame.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import islice
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton

from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.parameters.pair import PairKind
from terminal.domain.words.scan_terms import ScanTerm
from terminal.domain.words.terms import Term
from terminal.widgets.parts import figures
from terminal.widgets.parts.buttons import Weight, button
from terminal.widgets.parts.empty_state import EmptyState
from terminal.widgets.parts.grid import Grid
from terminal.widgets.parts.icons import Sign
from terminal.widgets.parts.panel import PADDING, Panel
from terminal.widgets.parts.rows import Rows
from terminal.widgets.parts.segments import Segments
from terminal.widgets.parts.steady_combo import SteadyCombo
from terminal.widgets.scan.columns import COLUMNS, OF_BOTH, WHY, ScanRow
from terminal.widgets.scan.empty import LEFT_OUT, PAYING, after, before
from terminal.widgets.scan.facts import facts
from terminal.widgets.scan.now import now_of, places_of
from terminal.widgets.scan.search import ScanSearch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote
    from terminal.engine.mailbox import Drained
    from terminal.widgets.dress.look import Look

PER_FRAME: Final = 100  # spreads that are reckoned anew in one frame: a millisecond or two
FRAMES: Final = 30  # after which every one is, for its quotes grow old
LEAST_PRODUCT: Final = 120  # pixels: four characters, and some more
FACTS_HEIGHT: Final = 72  # pixels: four lines, and more scrolls, so that no choice of a row moves the rows
HINT: Final = "选中一行：这里写明每个数字怎样算出。回车或双击，把它填成价差策略的草案；不发送，不启动。"
TIPS: Final = ("扫描时扣了成本净利为正的", "排了名的全部", "不排名的，各写原因")
NAME: Final = "{name}（{ratio}）"

Key = tuple[PairKind, str]


class ScanPanel(Panel):
    """Show what a scan found; `draft_wanted` tells the settings of a spread, without an account, to be filled in."""

    draft_wanted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__("scanner", ScanTerm.SCANNER, look)
        self.search = ScanSearch(self)
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._quotes: dict[InstrumentId, Quote] = {}
        self._rows: dict[Key, ScanRow] = {}
        self._of_leg: dict[InstrumentId, list[Key]] = {}
        self._dirty: dict[Key, None] = {}
        self._at, self._frame = 0, 0
        self._offline, self._is_begun = False, False
        self._shown = self.search.found
        self.products = SteadyCombo()
        self.products.setAccessibleName(f"{ScanTerm.SCANNER}{Term.PRODUCT}")
        self.products.setMinimumWidth(LEAST_PRODUCT)
        self.products.addItem(ScanTerm.EVERY_PRODUCT, "")
        self.products.activated.connect(lambda _: self._show_rows())
        self.view = Segments(
            (ScanTerm.PAYING, ScanTerm.RANKED, ScanTerm.LEFT_OUT), name=f"{ScanTerm.SCANNER}筛选", tips=TIPS
        )
        self.view.chosen.connect(lambda _: self._show_rows())
        self.scan_button = QToolButton()
        self.scan_button.setObjectName("footButton")
        self.scan_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.scan_button.clicked.connect(self._press_scan)
        for control in (self.products, self.view, self.scan_button):
            self.title.add(control)
        self.rows: Rows[ScanRow] = Rows(COLUMNS, self)
        self.grid = Grid(self.rows, look, name=ScanTerm.SCANNER)
        self.body.addWidget(self.grid, 1)
        self.empty = EmptyState(self.grid.viewport(), look, sign=Sign.LIST, title="", text="", next_step="")
        self.facts, self.draft_button = QLabel(), button(ScanTerm.MAKE_DRAFT, Weight.MAIN)
        self.body.addWidget(self._foot())
        self.grid.selectionModel().selectionChanged.connect(lambda *_: self._show_facts())
        self.grid.activated.connect(lambda _: self._want_draft())
        self.draft_button.clicked.connect(self._want_draft)
        self.search.changed.connect(self._show_search)
        self._show_search()
        self._show_rows()

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """Take the listed contracts: what their prices are worth, and what they are called."""
        self._instruments = {instrument.id: instrument for instrument in instruments}
        self._fill_products()
        self._dirty |= dict.fromkeys(self._rows)

    def take(self, drained: Drained) -> None:
        """Take what came; a scan begins by itself once, when the panel is first looked at while the market runs."""
        if drained.link is not None and drained.link.is_old != self._offline:
            self._offline = drained.link.is_old
            self._dirty |= dict.fromkeys(self._rows)
        self._quotes |= drained.quotes
        for name in drained.quotes:
            self._dirty |= dict.fromkeys(self._of_leg.get(name, ()))
        if drained.clock is not None:
            self._at = drained.clock.at
        if not self._is_seen():
            return
        if drained.clock is not None and not self._is_begun and not self.search.why_not:
            self._is_begun = True
            self.search.start()
        self._frame += 1
        if not self._frame % FRAMES:
            self._dirty |= dict.fromkeys(self._rows)
        self._reckon_some()
        self.grid.flush()

    def _is_seen(self) -> bool:
        return self.isVisible() and not self.grid.visibleRegion().isEmpty()

    def _press_scan(self) -> None:
        self._is_begun = True
        if self.search.runs:
            self.search.cancel()
        else:
            self.search.start()

    def _show_search(self) -> None:
        search = self.search
        self.scan_button.setText(ScanTerm.STOP_SCAN if search.runs else ScanTerm.SCAN)
        self.scan_button.setAccessibleName(self.scan_button.text())
        self.scan_button.setEnabled(not search.why_not)
        self.scan_button.setToolTip(search.why_not or "扫描运行器每分钟记下的行情；只算，不下单")
        if search.found is not self._shown:
            self._shown = search.found
            self._take_found()
        self._show_note()
        self._show_empty()

    def _take_found(self) -> None:
        found = self.search.found
        if found is None:
            return
        self._rows, self._of_leg = {}, {}
        for one, draft in zip(found.ranked, found.drafts, strict=True):
            uneven = one.ratio.replace("1", "").strip(":") != ""
            key = (one.kind, one.name)
            self._rows[key] = ScanRow(
                name=NAME.format(name=one.name, ratio=one.ratio) if uneven else one.name,
                kind=one.kind,
                one=one,
                draft=draft,
                places=places_of(one, self._instruments),
                window=found.settings.window,
            )
            for leg in one.legs:
                self._of_leg.setdefault(leg.instrument, []).append(key)
        for other in found.left_out:
            self._rows[other.kind, other.name] = ScanRow(other.name, other.kind, sentence=other.sentence)
        self._fill_products()
        self._dirty = dict.fromkeys(self._rows)
        self._reckon_some()
        self._show_rows()

    def _reckon_some(self) -> None:
        for key in list(islice(self._dirty, PER_FRAME)):  # those ranked first come first
            del self._dirty[key]
            row = self._rows.get(key)
            if row is None or row.one is None:
                continue
            now = now_of(row.one, self._instruments, self._quotes)
            old = self._offline or (now is not None and now.is_old(self._at))
            made = row._replace(now=now, old=old, places=places_of(row.one, self._instruments))
            if made != row:
                self._rows[key] = made
                self.rows.put(key, made)
                if key == self._chosen():
                    self._show_facts()

    # --- what is shown ------------------------------------------------------------------------------------------------

    def _show_rows(self) -> None:
        found, view = self.search.found, self.view.index
        for place in range(len(COLUMNS)):
            self.grid.show_column(place, shown=place in OF_BOTH or (place == WHY) is (view == LEFT_OUT))
        if found is not None:
            shown: dict[Hashable, ScanRow] = {}
            if view == LEFT_OUT:
                named = [((one.kind, one.name), one.instruments) for one in found.left_out]
            else:
                ranked = [one for one in found.ranked if view != PAYING or one.net > 0]
                named = [((one.kind, one.name), tuple(leg.instrument for leg in one.legs)) for one in ranked]
            for key, legs in named:
                if self._is_wanted(legs):
                    shown[key] = self._rows[key]
            self.rows.replace(shown)
        self._show_note()
        self._show_empty()
        self._show_facts()

    def _is_wanted(self, legs: Iterable[InstrumentId]) -> bool:
        wanted = self.products.currentData()
        known = (self._instruments.get(name) for name in legs)
        return not wanted or any(one is not None and one.product == wanted for one in known)

    def _fill_products(self) -> None:
        found, wanted = self.search.found, self.products.currentData()
        if found is None:
            return
        of_ranked = (leg.instrument for one in found.ranked for leg in one.legs)
        of_others = (name for one in found.left_out for name in one.instruments)
        names: dict[ProductId, str] = {}
        for name in (*of_ranked, *of_others):
            known = self._instruments.get(name)
            if known is not None:
                names[known.product] = known.product_name
        self.products.clear()
        self.products.addItem(ScanTerm.EVERY_PRODUCT, "")
        for product in sorted(names):
            self.products.addItem(names[product], product)
        self.products.setCurrentIndex(max(0, self.products.findData(wanted)))

    def _show_note(self) -> None:
        found = self.search.found
        counted = f"{self.rows.rowCount()} 对 · 截至 {figures.day_and_clock(found.at)}" if found is not None else ""
        told = self.search.sentence if found is not None else ""
        self.title.note(f"{counted} · {told}" if counted and told else counted)

    def _show_empty(self) -> None:
        found = self.search.found
        if found is None:
            self.empty.say(*before(self.search), warn=self.search.is_bad)
        else:
            self.empty.say(*after(found, self.view.index, of_one_product=bool(self.products.currentData())))
        self.empty.setVisible(not self.rows.rowCount())

    def _show_facts(self) -> None:
        row = self._rows.get(key) if (key := self._chosen()) is not None else None
        why = row.draft.why_not if row is not None and row.draft is not None else ""
        told = HINT if row is None else facts(row, self._instruments)
        self.facts.setText(f"{told}\n{why}" if why else told)
        self.draft_button.setEnabled(row is not None and row.draft is not None and row.draft.settings is not None)
        self.draft_button.setToolTip(why or "在策略面板里填好腿、比例与两个价；不发送，不启动，先预览")

    def _chosen(self) -> Key | None:
        chosen = self.grid.selectionModel().selectedRows()
        key = self.rows.key(chosen[0].row()) if chosen else None
        return key if isinstance(key, tuple) else None

    def _want_draft(self) -> None:
        row = self._rows.get(key) if (key := self._chosen()) is not None else None
        settings: SpreadSettings | None = row.draft.settings if row is not None and row.draft is not None else None
        if settings is not None:
            self.draft_wanted.emit(settings)

    def _foot(self) -> QFrame:
        foot = QFrame()
        foot.setObjectName("panelFoot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(PADDING, 6, PADDING, 6)
        row.setSpacing(PADDING)
        self.facts.setObjectName("footNote")
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setWordWrap(True)
        self.facts.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        scroll = QScrollArea()
        scroll.setObjectName("panelScroll")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFixedHeight(FACTS_HEIGHT)
        scroll.setWidget(self.facts)
        for ground in (scroll.viewport(), self.facts):
            ground.setAutoFillBackground(False)  # that of the foot shows through
        row.addWidget(scroll, 1)
        row.addWidget(self.draft_button, alignment=Qt.AlignmentFlag.AlignTop)
        return foot
