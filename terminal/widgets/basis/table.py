"""List every product's basis beside each other, so that one far from its usual is seen at once."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Signal

from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.words.terms import Term
from terminal.engine.prices.basis import Basis
from terminal.widgets.basis.window import DAYS
from terminal.widgets.parts import figures
from terminal.widgets.parts.empty_state import EmptyState
from terminal.widgets.parts.grid import Grid
from terminal.widgets.parts.icons import Sign
from terminal.widgets.parts.panel import Panel
from terminal.widgets.parts.rows import Column, Kind, Rows, Tone, tone_of

if TYPE_CHECKING:
    from terminal.domain.products.instrument import Instrument
    from terminal.widgets.basis.tracks import Standing, Tracks
    from terminal.widgets.dress.look import Look

FRAMES: Final = 15  # statistics are taken anew twice a second
FAR: Final = 2  # standard deviations from the mean that are worth a look


class BasisRow(NamedTuple):
    """Hold one product: its latest sample, where that stands, and from when it is looked at."""

    name: str
    sample: Basis
    standing: Standing | None
    at: int  # of the market clock
    offline: bool
    places: int

    @property
    def stale(self) -> bool:
        """Return whether a leg is too old; offline every one is."""
        return self.offline or self.at >= min(self.sample.spot_until, self.sample.future_until)


def _grey(row: BasisRow, tone: Tone) -> Tone:
    return Tone.DIM if row.stale else tone


def _mean(row: BasisRow) -> str:
    return figures.ABSENT if row.standing is None else figures.signed(row.standing.mean, 1)


def _sigmas(row: BasisRow) -> str:
    known = row.standing.sigmas if row.standing else None
    return figures.ABSENT if known is None else f"{figures.signed(known, 1)}σ"


def _sigmas_tone(row: BasisRow) -> Tone:
    known = row.standing.sigmas if row.standing else None
    return _grey(row, Tone.WARN if known is not None and abs(known) >= FAR else Tone.PLAIN)


COLUMNS: Final[tuple[Column[BasisRow], ...]] = (
    Column(Term.PRODUCT, 68, lambda row: row.name, kind=Kind.NAME, tone=lambda row: _grey(row, Tone.PLAIN)),
    Column(
        Term.SPOT,
        70,
        lambda row: figures.number(row.sample.spot_price, row.places),
        tone=lambda row: _grey(row, Tone.QUIET),
        number=lambda row: row.sample.spot_price,
    ),
    Column(
        Term.FUTURE,
        70,
        lambda row: figures.number(row.sample.future_price, row.places),
        tone=lambda row: _grey(row, Tone.QUIET),
        number=lambda row: row.sample.future_price,
        flash=lambda row: row.sample.future_price,
    ),
    Column(
        Term.BASIS,
        62,
        lambda row: figures.signed(row.sample.value, row.places),
        tone=lambda row: _grey(row, tone_of(row.sample.value)),
        number=lambda row: row.sample.value,
        tip="现货 − 期货（主力）；任一腿过期或离线时为灰色",
    ),
    Column(
        Term.MEAN,
        66,
        _mean,
        tone=lambda row: _grey(row, Tone.QUIET),
        number=lambda row: row.standing.mean if row.standing else None,
        tip=f"最近 {DAYS} 个交易日的均值，按交易时间每 5 秒一格；采样不足时从最早的采样起。与走势图同一窗口",
    ),
    Column(
        Term.DEVIATION,
        62,
        _sigmas,
        tone=_sigmas_tone,
        number=lambda row: row.standing.sigmas if row.standing else None,
        tip=f"离均值几个标准差，与均值同一窗口（最近 {DAYS} 个交易日）；2σ 以上为橙色",
    ),
    Column(
        Term.RANK,
        54,
        lambda row: f"{row.standing.permille // 10}%" if row.standing else figures.ABSENT,
        tone=lambda row: _grey(row, Tone.QUIET),
        number=lambda row: row.standing.permille if row.standing else None,
        tip="已有采样（每 5 秒一个）中低于当前基差的比例",
    ),
)


class BasisTable(Panel):
    """Show all products; `picked` tells the product of the row a person chose."""

    picked = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__("basis_table", Term.BASIS_TABLE, look)
        self.rows: Rows[BasisRow] = Rows(COLUMNS, self)
        self.grid = Grid(self.rows, look, name=Term.BASIS_TABLE)
        self.body.addWidget(self.grid)
        self.empty = EmptyState(
            self.grid.viewport(),
            look,
            sign=Sign.LIST,
            title="等待基差",
            text="有现货报价的品种会列在这里。",
            next_step="列出之后，点选一行，上方画出它的走势。",
        )
        self.grid.selectionModel().currentRowChanged.connect(lambda index: self._pick(index.row()))
        self._tracks: Tracks | None = None
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._changed: set[ProductId] = set()
        self._frame = 0

    def furnish(self, tracks: Tracks) -> None:
        """Take the samples to show."""
        self._tracks = tracks

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """Take the contracts' names."""
        self._instruments = {instrument.id: instrument for instrument in instruments}

    def show_changed(self, changed: set[ProductId], at: int, *, offline: bool = False) -> None:
        """Note what changed; called once per frame, shown every `FRAMES`."""
        self._changed |= changed
        self._frame += 1
        if self._tracks is None or self._frame % FRAMES:
            return
        shown: dict[Hashable, BasisRow] = {}
        for product, track in self._tracks.by_product.items():
            if track.latest is None:
                continue
            place = self.rows.place(product)
            standing = track.standing() if place is None or product in self._changed else self.rows.row(place).standing
            future = self._instruments.get(track.latest.future)
            name = future.product_name if future else product
            places = figures.basis_places(track.latest.spot_price, future)
            shown[product] = BasisRow(name, track.latest, standing, at, offline, places)
        self._changed.clear()
        self.rows.replace(shown)
        self.empty.setVisible(not shown)
        self.title.note(f"{len(shown)} 个品种" if shown else "")

    def show_selected(self, product: ProductId) -> None:
        """Mark the row of a product."""
        place = self.rows.place(product)
        if place is not None and place != self.grid.currentIndex().row():
            self.grid.selectRow(place)

    def _pick(self, place: int) -> None:
        if place >= 0:
            self.picked.emit(self.rows.key(place))
