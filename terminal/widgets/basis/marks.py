"""Mark alarms on the curve of a basis: yellow circle, orange triangle, red square; colour and shape say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term
from terminal.widgets.basis.graph_library import pg
from terminal.widgets.parts import figures

if TYPE_CHECKING:
    from terminal.widgets.basis.alarms import Alarm
    from terminal.widgets.basis.tracks import Track
    from terminal.widgets.dress.look import Look

SIZE: Final = 11
REACH: Final = 9.0  # pixels from its middle at which the mouse is on a mark
SHAPES: Final = {Level.YELLOW: "o", Level.ORANGE: "t1", Level.RED: "s"}
WORDS: Final = {Level.YELLOW: Term.YELLOW_ALARM, Level.ORANGE: Term.ORANGE_ALARM, Level.RED: Term.RED_ALARM}


class Mark(NamedTuple):
    """Hold where an alarm stands: number of the step, and its value."""

    number: int
    value: float
    alarm: Alarm


class Marks:
    """Hold the marks of the track on screen; `item` belongs into the plot."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self.item = pg.ScatterPlotItem(pxMode=True)
        self._alarms: Sequence[Alarm] = ()
        self._placed: tuple[Track | None, int] = (None, -1)
        self.shown: list[Mark] = []

    def show_alarms(self, alarms: Sequence[Alarm], track: Track | None) -> None:
        """Mark these alarms and no others."""
        self._alarms = alarms
        self._placed = (None, -1)
        self.place(track)

    def place(self, track: Track | None) -> None:
        """Put every mark on the step in which its alarm was raised; nothing where they stand already."""
        era = track.era if track is not None else 0
        if self._placed == (track, era):
            return
        self._placed = (track, era)
        self.shown = []
        for alarm in self._alarms if track is not None and track.count else ():
            found = track.value_at(alarm.at) if track is not None else None
            if found is not None:
                self.shown.append(Mark(*found, alarm))
            if track is not None and not track.is_final(alarm.at):
                self._placed = (None, -1)  # the last sample of that moment may still come
        self.paint()

    def paint(self) -> None:
        """Draw the marks in the colours of the look."""
        tokens = self._look.tokens
        inks = {Level.YELLOW: tokens.yellow_mark, Level.ORANGE: tokens.orange, Level.RED: tokens.red}
        edge = pg.mkPen(tokens.panel, width=1)
        brushes = {level: pg.mkBrush(ink) for level, ink in inks.items()}
        self.item.setVisible(bool(self.shown))  # painting none takes half a millisecond
        self.item.setData(
            x=[mark.number for mark in self.shown],
            y=[mark.value for mark in self.shown],
            symbol=[SHAPES[mark.alarm.level] for mark in self.shown],
            brush=[brushes[mark.alarm.level] for mark in self.shown],
            pen=edge,
            size=SIZE,
        )

    def near(self, x: float, y: float, pixel: tuple[float, float]) -> list[str]:
        """Return what the marks at a place say; `pixel` is how much of x and y one pixel is."""
        width, height = pixel
        return [
            f"{figures.clock(mark.alarm.at)} {WORDS[mark.alarm.level]}：{mark.alarm.sentence}"
            for mark in self.shown
            if abs(mark.number - x) <= REACH * width and abs(mark.value - y) <= REACH * height
        ]
