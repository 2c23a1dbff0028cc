"""Draw the basis of one product: curve, running mean and band, the last value, and what lies under the mouse.

Only this module imports pyqtgraph, and it is imported after the first window is painted. Samples are drawn side by
side, whatever time lies between them: breaks and nights take no room. One `setData` per frame that has a new sample.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QGraphicsPolygonItem, QLabel, QVBoxLayout, QWidget

from terminal.domain.calendar import natural_day
from terminal.domain.terms import Term
from terminal.widgets import figures
from terminal.widgets.basis_tracks import Series, Track, band
from terminal.widgets.look import AXIS, Look, font
from terminal.widgets.rows import Tone
from terminal.widgets.toned import show_text

LINE_WIDTH: Final = 1.6
BAND_ALPHA: Final = 33  # 13 %
LEAST_SPAN: Final = 120  # samples across the whole width
FREE: Final = 0.10  # room to the right of the last sample
BAND_POINTS: Final = 600
MARGIN: Final = 0.08  # above and below


class Span(IntEnum):
    """Name how much of the past is shown."""

    DAY = 0
    FIVE_DAYS = 1
    ALL = 2


class BasisChart(QWidget):
    """Show one track at a time."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setAccessibleName(Term.BASIS_CHART)
        self._look = look
        self._track: Track | None = None
        self._series: Series | None = None
        self._following = True
        self.span = Span.FIVE_DAYS
        self.redraws = 0
        self._plot = pg.PlotWidget()
        item = self._plot.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setDownsampling(auto=True, mode="peak")
        item.setClipToView(True)
        item.setMouseEnabled(x=True, y=False)
        item.showAxis("right")
        item.hideAxis("left")
        self._view = item.getViewBox()
        self._view.disableAutoRange()
        self._view.sigRangeChangedManually.connect(self._stop_following)
        self._band = QGraphicsPolygonItem()
        self._band.setPen(Qt.PenStyle.NoPen)
        self._mean, self._curve = pg.PlotCurveItem(), pg.PlotDataItem(antialias=True)
        self._level = pg.InfiniteLine(angle=0)
        self._hair = pg.InfiniteLine(angle=90)
        self._hair.hide()
        for drawn in (self._band, self._mean, self._level, self._curve, self._hair):
            item.addItem(drawn, ignoreBounds=True)
        self._set_up_axes(item)
        self._tag, self._hover = QLabel(self), QLabel(self)
        self._tag.setObjectName("lastTag")
        self._hover.setObjectName("hoverTag")
        for label in (self._tag, self._hover):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            label.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 4, 2)
        column.addWidget(self._plot)
        for label in (self._tag, self._hover):
            label.raise_()
        self._plot.scene().sigMouseMoved.connect(self._show_hover)
        self._plot.scene().sigMouseClicked.connect(lambda click: self.follow() if click.double() else None)
        look.changed.connect(self._take_colours)
        self._take_colours()

    def show_track(self, track: Track | None) -> None:
        """Draw a track."""
        self._track = track
        self._draw()

    def show_tag(self, text: str, tone: Tone) -> None:
        """Write at the last value what it is."""
        if show_text(self._tag, text, tone):
            self._place_tag()

    def follow(self, span: Span | None = None) -> None:
        """Show the newest samples, from now on over `span`."""
        self.span = self.span if span is None else span
        self._following = True
        self._draw()

    @property
    def shown(self) -> tuple[float, float, float, float]:
        """Return left, right, bottom and top of what is shown: samples and yuan."""
        (left, right), (bottom, top) = self._view.viewRange()
        return left, right, bottom, top

    @property
    def tag(self) -> str:
        """Return the text at the last value."""
        return self._tag.text()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the tag beside the axis."""
        super().resizeEvent(event)
        self._place_tag()

    # --- drawing ------------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        track = self._track
        series = None if track is None or not track.count else track.series()
        self._series = series
        if track is None or series is None:
            self._curve.setData([], [])
            self._mean.setData([], [])
            self._band.setPolygon(QPolygonF())
            self._level.hide()
            self._tag.hide()
            return
        self.redraws += 1
        drawn = band(series.value)
        self._curve.setData(series.x, series.value)
        step = max(1, len(series.x) // BAND_POINTS)
        # The last sample always belongs to it, whatever the step.
        picks = np.append(np.arange(0, len(series.x) - 1, step), len(series.x) - 1)
        x = series.x[picks]
        self._mean.setData(x, drawn.mean[picks])
        outline_x = np.concatenate((x, x[::-1]))
        outline_y = np.concatenate((drawn.high[picks], drawn.low[picks][::-1]))
        self._band.setPolygon(pg.functions.arrayToQPolygonF(outline_x, outline_y))
        self._level.setValue(series.value[-1])
        self._level.show()
        if self._following:
            self._follow_newest(series, np.minimum(series.value, drawn.low), np.maximum(series.value, drawn.high))
        self._place_tag()

    def _follow_newest(self, series: Series, low: Any, high: Any) -> None:  # noqa: ANN401  # slices of numpy arrays
        first = self._first_shown(series)
        begin, end = float(series.x[first]), float(series.x[-1])
        width = max(end - begin, LEAST_SPAN)
        self._view.setXRange(end - width, end + width * FREE, padding=0)
        bottom, top = float(low[first:].min()), float(high[first:].max())
        room = max((top - bottom) * MARGIN, 1.0)
        self._view.setYRange(bottom - room, top + room, padding=0)

    def _first_shown(self, series: Series) -> int:
        days = self._track.days if self._track else []
        back = {Span.DAY: 1, Span.FIVE_DAYS: 5, Span.ALL: len(days)}[self.span]
        begin = days[-back][1] if 0 < back <= len(days) else 0
        return max(0, min(begin - int(series.x[0]), len(series.x) - 1))

    def _place_tag(self) -> None:
        if self._series is None or not len(self._series.x):
            return
        axis = self._plot.getPlotItem().getAxis("right")
        scene = self._view.mapViewToScene(QPointF(0.0, float(self._series.value[-1])))
        spot = self._plot.mapTo(self, self._plot.mapFromScene(QPointF(axis.sceneBoundingRect().left(), scene.y())))
        bounds = self._view.sceneBoundingRect()
        self._tag.adjustSize()
        self._tag.move(spot.x() + 2, spot.y() - self._tag.height() // 2)
        self._tag.setVisible(bounds.top() <= scene.y() <= bounds.bottom())

    def _stop_following(self) -> None:
        self._following = False
        self._place_tag()

    # --- axes ---------------------------------------------------------------------------------------------------------

    def _set_up_axes(self, item: Any) -> None:  # noqa: ANN401  # pyqtgraph ships no types
        bottom, right = item.getAxis("bottom"), item.getAxis("right")
        # Functions put on the instances: the classes have no types to inherit from.
        bottom.tickValues = self._time_places
        bottom.tickStrings = self._time_texts
        right.tickStrings = _level_texts
        for axis in (bottom, right):
            axis.setStyle(tickFont=font(AXIS), tickLength=0, tickTextOffset=6)
            axis.enableAutoSIPrefix(enable=False)
        right.setWidth(58)
        bottom.setHeight(24)

    def _time_places(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        series = self._series
        if series is None or not len(series.x):
            return []
        low, high = max(low, float(series.x[0])), min(high, float(series.x[-1]))
        days = [float(first) for _, first in (self._track.days if self._track else []) if low <= first <= high]
        if len(days) >= 3:
            return [(1.0, days[:: max(1, len(days) * 60 // max(int(size), 1) + 1)])]
        most = max(2, int(size // 90))
        step = max(1, int((high - low) / most))
        return [(float(step), [float(x) for x in range(int(low) + step // 2, int(high) + 1, step)])]

    def _time_texts(self, values: list[float], scale: float, spacing: float) -> list[str]:
        series = self._series
        if series is None:
            return []
        starts = {float(first): day for day, first in (self._track.days if self._track else [])}
        at = [int(series.at[int(value - series.x[0])]) for value in values]
        return [
            figures.day(starts[value])[5:] if value in starts else figures.clock(instant)[:5]
            for value, instant in zip(values, at, strict=True)
        ]

    # --- mouse and colours --------------------------------------------------------------------------------------------

    def _show_hover(self, scene: QPointF) -> None:
        series = self._series
        inside = series is not None and self._view.sceneBoundingRect().contains(scene)
        self._hair.setVisible(inside)
        self._hover.setVisible(inside)
        if series is None or not inside:
            return
        x = self._view.mapSceneToView(scene).x()
        place = int(np.clip(round(x - series.x[0]), 0, len(series.x) - 1))
        self._hair.setValue(series.x[place])
        at = int(series.at[place])
        self._hover.setText(
            f"{figures.day(natural_day(at))[5:]} {figures.clock(at)}   {Term.BASIS} {_level_text(series.value[place])}"
            f"   {Term.SPOT} {_plain(series.spot[place])}   {Term.FUTURE} {_plain(series.future[place])}"
        )
        self._hover.adjustSize()
        self._hover.move(10, 6)

    def _take_colours(self) -> None:
        tokens = self._look.tokens
        self._plot.setBackground(tokens.panel)
        accent = QColor(tokens.accent)
        self._curve.setPen(pg.mkPen(accent, width=LINE_WIDTH))
        self._mean.setPen(pg.mkPen(tokens.text_3, width=1, style=Qt.PenStyle.DashLine))
        self._level.setPen(pg.mkPen(tokens.text_3, width=1, style=Qt.PenStyle.DotLine))
        self._hair.setPen(pg.mkPen(tokens.strong_line, width=1))
        wash = QColor(accent)
        wash.setAlpha(BAND_ALPHA)
        self._band.setBrush(wash)
        for side in ("bottom", "right"):
            axis = self._plot.getPlotItem().getAxis(side)
            axis.setPen(pg.mkPen(tokens.line))
            axis.setTextPen(pg.mkPen(tokens.text_3))


def _level_texts(values: list[float], scale: float, spacing: float) -> list[str]:
    del scale  # pyqtgraph's word for a prefix such as k, which is off
    return [_level_text(value, spacing) for value in values]


def _level_text(value: float, spacing: float = 1.0) -> str:
    places = 0 if spacing >= 1 and float(value).is_integer() else 1
    text = f"{value:+,.{places}f}" if value else "0"
    return text.replace("-", figures.MINUS)


def _plain(value: float) -> str:
    return f"{value:,.2f}".removesuffix(".00").replace("-", figures.MINUS)
