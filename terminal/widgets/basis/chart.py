"""Draw the basis of one product: curve, running mean and band, alarms, the last value, and what lies under the mouse.

Only this module, `basis_curve` and `basis_marks` import pyqtgraph, and they are imported after the first window is
painted. From left to right goes trading time, numbered in steps by the track: every minute is as wide as any other, and
breaks and nights take no room.

A frame costs the same at a million samples as at a thousand. The curve comes from the track's pyramid, already reduced
to the columns of pixels in sight, so pyqtgraph is asked to reduce or clip nothing. Mean and band are read at a few
hundred samples. And the view moves only when it moves by a pixel, for with it move the axes, which are dear.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QColor, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPolygonItem, QLabel, QVBoxLayout, QWidget

from terminal.domain.days.calendar import MINUTE_NS, natural_day
from terminal.domain.words.terms import Term
from terminal.widgets.basis.axis import LevelTexts, level_text
from terminal.widgets.basis.curve import Curve
from terminal.widgets.basis.graph_library import pg
from terminal.widgets.basis.marks import Marks
from terminal.widgets.basis.readout import beside
from terminal.widgets.basis.tag import TEXTS, LastTag
from terminal.widgets.dress.look import AXIS, Look, font
from terminal.widgets.parts import figures
from terminal.widgets.parts.rows import Tone

if TYPE_CHECKING:
    from terminal.widgets.basis.alarms import Alarm
    from terminal.widgets.basis.pyramid import Outline
    from terminal.widgets.basis.tracks import Track

BAND_ALPHA: Final = 33  # 13 %
LEAST_SPAN: Final = 120  # steps across the whole width: ten minutes
FREE: Final = 0.10  # room to the right of the last step
BAND_POINTS: Final = 300
MARGIN: Final = 0.08  # above and below
TICK_WIDTH: Final = 52  # pixels a time needs on its axis
CLOCK_STEPS: Final = (1, 5, 15, 30, 60, 120, 240)  # minutes
LEAST_COLUMNS: Final = 64
MOST_ALARMS: Final = 3  # said about the place under the mouse
LEAST_READOUT: Final = 160
LEAST_HEIGHT: Final = 70  # pixels: under two bars on the smallest screen all of it stands, with the axis of time


class Span(IntEnum):
    """Name how much of the past is shown."""

    DAY = 0
    FIVE_DAYS = 1
    MONTH = 2
    ALL = 3


DAYS: Final = {Span.DAY: 1, Span.FIVE_DAYS: 5, Span.MONTH: 21}  # trading days


class BasisChart(QWidget):
    """Show one track at a time."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setAccessibleName(Term.BASIS_CHART)
        self.setMinimumHeight(LEAST_HEIGHT)
        self._look = look
        self._track: Track | None = None
        self._era = 0
        self._following = True
        self._moving = False
        self._banded: tuple[Track | None, int, int, int] = (None, 0, 0, 0)
        self._band_extent = (0.0, 0.0)
        self.span = Span.FIVE_DAYS
        self.redraws = 0
        self._plot = pg.PlotWidget()
        item = self._plot.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setMouseEnabled(x=True, y=False)
        item.showAxis("right")
        item.hideAxis("left")
        self._view = item.getViewBox()
        self._view.disableAutoRange()
        self._view.sigRangeChangedManually.connect(self._stop_following)
        self._view.sigXRangeChanged.connect(self._note_move)
        self._view.sigResized.connect(self._draw)
        self._band = QGraphicsPolygonItem()
        self._band.setPen(Qt.PenStyle.NoPen)
        self._mean, self._curve = pg.PlotCurveItem(skipFiniteCheck=True), Curve()
        for kept in (self._band, self._mean):
            kept.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self._level = pg.InfiniteLine(angle=0)
        self._hair = pg.InfiniteLine(angle=90)
        self._hair.hide()
        self._marks = Marks(look)
        for drawn in (self._band, self._mean, self._level, *self._curve.items, self._marks.item, self._hair):
            item.addItem(drawn, ignoreBounds=True)
        self._set_up_axes(item)
        self._tag, self._hover = LastTag(look, item), QLabel(self)
        self._levels = LevelTexts(item.getAxis("right"), self._y_of_tag)
        self._tag.hide()
        self._hover.setObjectName("hoverTag")
        self._hover.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hover.setWordWrap(True)
        self._hover.hide()
        self._plot.viewport().installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 4, 2)
        column.addWidget(self._plot)
        self._hover.raise_()
        self._plot.scene().sigMouseMoved.connect(self._show_hover)
        self._plot.scene().sigMouseClicked.connect(lambda click: self.follow() if click.double() else None)
        look.changed.connect(self._take_colours)
        self._take_colours()

    def show_track(self, track: Track | None) -> None:
        """Draw a track."""
        if track is not self._track or (track is not None and track.era != self._era):
            # Its samples are numbered otherwise: what was in sight is somewhere else.
            self._following = True
            self._end_hover()
        self._track, self._era = track, 0 if track is None else track.era
        self._draw()

    def show_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Mark these alarms on the track and no others."""
        self._marks.show_alarms(alarms, self._track)

    def show_tag(self, text: str, tone: Tone) -> None:
        """Write at the last value what it is."""
        self._tag.show_text(text, tone)

    def follow(self, span: Span | None = None) -> None:
        """Show the newest samples, from now on over `span`."""
        self.span = self.span if span is None else span
        self._following = True
        self._draw()

    @property
    def shown(self) -> tuple[float, float, float, float]:
        """Return left, right, bottom and top of what is shown: steps and yuan."""
        (left, right), (bottom, top) = self._view.viewRange()
        return left, right, bottom, top

    @property
    def paints(self) -> QWidget:
        """Return the widget that is painted once a frame."""
        viewport: QWidget = self._plot.viewport()
        return viewport

    @property
    def tag(self) -> str:
        """Return the text at the last value."""
        return self._tag.text

    @property
    def readout(self) -> str:
        """Return what is said about the place under the mouse, empty while it is elsewhere."""
        return self._hover.text() if self._hover.isVisibleTo(self) else ""

    @property
    def marks(self) -> list[tuple[int, float, str]]:
        """Return the alarms on the curve: number of the step, its value, the sentence."""
        return [(mark.number, mark.value, mark.alarm.sentence) for mark in self._marks.shown]

    # --- drawing ------------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        track = self._track
        if track is None or not track.count:
            self._curve.clear()
            self._mean.setData([], [])
            self._band.setPolygon(QPolygonF())
            self._banded = (None, 0, 0, 0)
            self._level.hide()
            self._tag.hide()
            self._marks.place(None)
            return
        self.redraws += 1
        left, right = self._wanted_x(track) if self._following else self._view.viewRange()[0]
        begin = min(max(track.first, int(left)), track.count - 1)
        end = max(begin + 1, min(track.count, int(right) + 2))
        outline = track.outline(begin, end, max(LEAST_COLUMNS, int(self._view.width())))
        self._draw_band(track, begin, end, (right - left) / max(1.0, self._view.width()))
        self._move_to(left, right, outline)
        self._curve.show(outline, end - 1, track.value_of(end - 1))
        if self._level.value() != track.last_value or not self._level.isVisible():
            self._level.setValue(track.last_value)
            self._level.show()
        self._marks.place(track)
        self._place_tag()

    def _draw_band(self, track: Track, begin: int, end: int, pixel: float) -> None:
        # Filling it is half of a frame: it is drawn anew when the steps that came fill a column of pixels.
        known_track, known_era, known_begin, known_end = self._banded
        same = known_track is track and known_era == track.era and known_begin == begin
        if same and 0 <= end - known_end < pixel:
            return
        self._banded = (track, track.era, begin, end)
        numbers = _band_numbers(begin, end)
        drawn = track.band(numbers)
        self._band_extent = float(drawn.low.min()), float(drawn.high.max())
        self._mean.setData(numbers, drawn.mean)
        self._band.setPolygon(
            pg.functions.arrayToQPolygonF(
                np.concatenate((numbers, numbers[::-1])), np.concatenate((drawn.high, drawn.low[::-1]))
            )
        )

    def _wanted_x(self, track: Track) -> tuple[float, float]:
        first, last = self._first_shown(track), track.count - 1
        width = max(last - first, LEAST_SPAN)
        left, right = last - width, last + width * FREE
        now_left, now_right = self._view.viewRange()[0]
        pixel = (right - left) / max(1.0, self._view.width())
        if abs(left - now_left) < pixel and abs(right - now_right) < pixel:
            return now_left, now_right
        return float(left), float(right)

    def _first_shown(self, track: Track) -> int:
        days = DAYS.get(self.span)
        begin = 0 if days is None or days > len(track.days) else track.days[-days][1]
        return min(max(track.first, begin), track.count - 1)

    def _move_to(self, left: float, right: float, outline: Outline) -> None:
        low, high = self._band_extent
        bottom, top = min(float(outline.low.min()), low), max(float(outline.high.max()), high)
        room = max((top - bottom) * MARGIN, 1.0)
        wanted = [[left, right], [bottom - room, top + room]]
        if self._view.viewRange() != wanted:
            self._moving = True
            self._view.setRange(xRange=wanted[0], yRange=wanted[1], padding=0, disableAutoRange=False)
            self._moving = False

    def _place_tag(self) -> None:
        if self._track is None or not self._track.count:
            return
        item = self._plot.getPlotItem()
        y = self._view.mapFromView(QPointF(0.0, self._track.last_value)).y()
        inside = 0 <= y <= self._view.height()
        if inside:
            self._tag.setPos(item.getAxis("right").pos().x() + 2, self._view.pos().y() + round(y))
        self._tag.setVisible(inside)
        self._tag.cover(self._levels.make_room())

    def _y_of_tag(self) -> float | None:
        axis = self._plot.getPlotItem().getAxis("right")
        return float(self._tag.pos().y() - axis.pos().y()) if self._tag.isVisible() else None

    def _note_move(self) -> None:
        # A hand moved the view: what comes into sight is read from the pyramid.
        if not self._moving and not self._following:
            self._draw()

    def _stop_following(self) -> None:
        self._following = False
        self._draw()

    # --- axes ---------------------------------------------------------------------------------------------------------

    def _set_up_axes(self, item: Any) -> None:  # noqa: ANN401  # pyqtgraph ships no types
        bottom, right = item.getAxis("bottom"), item.getAxis("right")
        # Functions put on the instance: the class has no types to inherit from.
        bottom.tickValues = self._time_places
        bottom.tickStrings = self._time_texts
        for axis in (bottom, right):
            axis.setStyle(tickFont=font(AXIS), tickLength=0, tickTextOffset=6)
            axis.enableAutoSIPrefix(enable=False)
            axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        right.setWidth(TEXTS + 2)
        bottom.setHeight(24)

    def _time_places(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        track = self._track
        if track is None or not track.count:
            return []
        low, high = max(low, float(track.first)), min(high, float(track.count - 1))
        days = [float(first) for _, first in track.days if low <= first <= high]
        apart = (high - low) / max(size, 1.0) * TICK_WIDTH  # steps that a text is wide
        if len(days) < 3:
            # The begin of a day is kept before any time of day.
            days += _clock_marks(track, low, high, most=max(2, int(size // TICK_WIDTH)))
        return [(1.0, _thinned(days, apart))]

    def _time_texts(self, values: list[float], scale: float, spacing: float) -> list[str]:
        track = self._track
        if track is None:
            return []
        starts = {float(first): day for day, first in track.days}
        numbers = np.clip(np.array(values, np.int64), track.first, track.count - 1)
        return [
            figures.day(starts[value])[5:] if value in starts else figures.clock(int(at))[:5]
            for value, at in zip(values, track.instants(numbers), strict=True)
        ]

    # --- mouse and colours --------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Say nothing more of a place when the mouse has left it; Qt's name."""
        if event.type() is QEvent.Type.Leave:
            self._end_hover()
        return super().eventFilter(watched, event)

    def _end_hover(self) -> None:
        self._hair.hide()
        self._hover.hide()

    def _show_hover(self, scene: QPointF) -> None:
        track = self._track
        if track is None or not track.count or not self._view.sceneBoundingRect().contains(scene):
            self._end_hover()
            return
        spot = self._view.mapSceneToView(scene)
        number = min(max(round(spot.x()), track.first), track.count - 1)
        self._hair.setValue(number)
        moment = track.moment(number)
        read = "   ".join(
            (
                f"{figures.day(natural_day(moment.at))[5:]} {figures.clock(moment.at)}",
                f"{Term.SPOT} {_plain(moment.spot)}",
                f"{Term.FUTURE} {_plain(moment.future)}",
                f"{Term.BASIS} {level_text(moment.value)}",
                f"{Term.RANK} {moment.permille // 10}%",
            )
        )
        alarms = self._marks.near(spot.x(), spot.y(), self._view.viewPixelSize())
        more = [f"另有 {len(alarms) - MOST_ALARMS} 条提醒"] if len(alarms) > MOST_ALARMS else []
        self._hover.setText("\n".join((read, *alarms[:MOST_ALARMS], *more)))
        room = max(LEAST_READOUT, int(self._view.width()) - 20)
        self._hover.setMaximumWidth(room)
        self._hover.setWordWrap(False)  # Qt wraps a label that would have the room
        self._hover.setWordWrap(self._hover.sizeHint().width() > room)
        self._hover.adjustSize()
        line = self._view.mapViewToScene(QPointF(number, moment.value))
        self._hover.move(beside(self._hover.size(), line, self._view.sceneBoundingRect()))
        self._hair.show()
        self._hover.show()

    def _take_colours(self) -> None:
        tokens = self._look.tokens
        self._plot.setBackground(tokens.panel)
        self._curve.paint(tokens.accent)
        self._mean.setPen(pg.mkPen(tokens.text_3, width=1, style=Qt.PenStyle.DashLine))
        self._level.setPen(pg.mkPen(tokens.text_3, width=1, style=Qt.PenStyle.DotLine))
        self._hair.setPen(pg.mkPen(tokens.strong_line, width=1))
        wash = QColor(tokens.accent)
        wash.setAlpha(BAND_ALPHA)
        self._band.setBrush(wash)
        self._marks.paint()
        for side in ("bottom", "right"):
            axis = self._plot.getPlotItem().getAxis(side)
            axis.setPen(pg.mkPen(tokens.line))
            axis.setTextPen(pg.mkPen(tokens.text_3))


def _band_numbers(begin: int, end: int) -> Any:  # noqa: ANN401  # an array of whole numbers
    step = 1
    while end - begin > step * BAND_POINTS:
        step *= 2
    # At multiples of the step, so that it does not shimmer; and both ends always belong to it.
    inner = np.arange(begin // step * step + step, end - 1, step, dtype=np.int64)
    return np.concatenate((np.array([begin]), inner, np.array([end - 1])))


def _clock_marks(track: Track, low: float, high: float, *, most: int) -> list[float]:
    begin, end = (int(at) for at in track.instants(np.array([int(low), int(high)])))
    marks: list[float] = []
    for minutes in CLOCK_STEPS:
        step = minutes * MINUTE_NS
        round_times = np.arange(-(-begin // step) * step, end, step, dtype=np.int64)
        numbers = track.numbers_from(round_times)
        # A round time inside a break has its next step far behind it: no mark.
        near = track.instants(numbers) - round_times < step // 2
        marks = [float(number) for number in np.unique(numbers[near])]
        if len(marks) <= most:
            break
    return marks


def _thinned(places: list[float], apart: float) -> list[float]:
    kept: list[float] = []
    for place in places:
        if all(abs(place - other) >= apart for other in (*kept[:2], *kept[-1:])):
            kept.append(place)
    return kept


def _plain(value: float) -> str:
    return f"{value:,.2f}".removesuffix(".00").replace("-", figures.MINUS)
