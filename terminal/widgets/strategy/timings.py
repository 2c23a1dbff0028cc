"""Let a person list the timings of a roll: one row each, with its own fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec.structs import asdict, replace
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from terminal.domain.ids import InstrumentId
from terminal.domain.parameters.lasting import lasts
from terminal.domain.parameters.strategy import BasisReading, DaysToExpiry, Timing
from terminal.domain.parameters.timing_kinds import READINGS, TIMING_KINDS, Part, Sort, TimingKind, tag_of
from terminal.domain.words.terms import Term
from terminal.widgets.strategy.fields import ChoiceBox, fix
from terminal.widgets.strategy.numbers import NumberBox

Box = NumberBox | ChoiceBox | QLineEdit
_CHOICES: Final[dict[Sort, dict[str, str]]] = {
    Sort.YES: {"yes": "是", "no": "否"},
    Sort.READING: {reading.value: word for reading, word in READINGS.items()},
}
_WIDTHS: Final = {Sort.SPOT: 116, Sort.DAY: 84, Sort.READING: 80, Sort.YES: 72}
BESIDE: Final = Qt.AlignmentFlag.AlignBottom  # of boxes that stand below their captions
MAY_BE_NONE: Final = "policy_day"  # the one day that need not be given: 0 says so
_NUMBER_WIDTHS: Final = {
    "ratio": 70, "batches": 70, "ticks": 62, "slices": 62, "yuan": 62, "days": 58, "sample_seconds": 58, "window": 58,
    "at_least": 58, "permille": 58, "deviations": 58, "slack": 58,
}  # fmt: skip


class TimingRow(QWidget):
    """Hold one timing; `edited` tells that it changed, `removed` that it is wanted no more."""

    edited = Signal()
    removed = Signal()

    def __init__(self, timing: Timing, parent: QWidget) -> None:
        super().__init__(parent)
        self.kind = ChoiceBox(Term.TIMING, parent=self)
        for tag, kind in TIMING_KINDS.items():
            self.kind.addItem(kind.name, tag)
        self.kind.setFixedWidth(96)
        self.kind.edited.connect(self._change_kind)
        self.remove = QPushButton("移除")
        self.remove.setProperty("look", "quiet")
        self.remove.clicked.connect(self.removed)
        self.fault = QLabel()
        self.fault.setObjectName("fieldFault")
        self.fault.setWordWrap(True)
        self.fault.hide()
        self.boxes: list[Box] = []
        self.weight = NumberBox(Term.WEIGHT, "权", whole=True, parent=self)
        self.weight.setToolTip("加权组合里这个时机算多少")
        self.weight.setFixedWidth(56)
        self.weight.put(1)
        self.weight.edited.connect(self.edited)
        self.weight.hide()
        self._numbers = QHBoxLayout()
        self._numbers.setSpacing(4)
        self._weighs = QLabel(Term.WEIGHT, self)
        self._weighs.setObjectName("fieldCaption")
        self._weighs.setBuddy(self.weight)
        self._weighs.hide()
        self._parts, self._foot = QHBoxLayout(), QHBoxLayout()
        for line in (self._parts, self._foot):
            line.setSpacing(6)
        self._parts.addWidget(self.kind, alignment=BESIDE)
        self._parts.addLayout(self._numbers)
        self._parts.addStretch(1)
        self._parts.addWidget(self.remove, alignment=BESIDE)
        self._foot.addWidget(self._weighs)
        self._foot.addWidget(self.weight)
        self._foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(self._parts)
        column.addLayout(self._foot)
        column.addWidget(self.fault)
        self.put(timing)

    @property
    def timing(self) -> Timing:
        """Return the timing."""
        kind = TIMING_KINDS[self.kind.value]
        values = {part.field: _read(part, box) for part, box in zip(kind.parts, self.boxes, strict=True)}
        return replace(kind.fresh, **values)

    @property
    def blank(self) -> bool:
        """Return whether a number is missing."""
        numbers = [box for box in self.boxes if isinstance(box, NumberBox)]
        if not self.weight.isHidden():
            numbers.append(self.weight)
        return any(box.blank for box in numbers)

    def put(self, timing: Timing) -> None:
        """Show a timing without telling anybody."""
        self.kind.put(tag_of(timing))
        self._lay(TIMING_KINDS[self.kind.value], asdict(timing))

    def weigh(self, *, weighed: bool) -> None:
        """Ask for the weight, or no more: it stands on a second line with 移除, for beside the longest none is left."""
        self._weighs.setVisible(weighed)
        self.weight.setVisible(weighed)
        here, there = (self._foot, self._parts) if weighed else (self._parts, self._foot)
        there.removeWidget(self.remove)
        here.removeWidget(self.remove)
        here.addWidget(self.remove, alignment=BESIDE)

    def name(self, place: int) -> None:
        """Tell screen readers which timing this is."""
        self.kind.setAccessibleName(f"{Term.TIMING} {place}")
        self.remove.setAccessibleName(f"移除{Term.TIMING} {place}")

    def chain(self, before: QWidget) -> QWidget:
        """Take this row's place in the order of the Tab key, after another widget; return its last one."""
        for control in (self.kind, *self.boxes, self.weight, self.remove):
            if control is not before:
                QWidget.setTabOrder(before, control)
            before = control
        return before

    def say(self, fault: str) -> None:
        """Say what is wrong, or nothing."""
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))
        for box in self.boxes:
            box.setAccessibleDescription(fault)

    def fix(self, why: str) -> None:
        """Close what lasts for the life of a roll and say why, or open it."""
        for control in (self.kind, self.remove):
            fix(control, why)
        for part, box in zip(TIMING_KINDS[self.kind.value].parts, self.boxes, strict=True):
            fix(box, "" if part.free else why)

    def _change_kind(self) -> None:
        self.put(TIMING_KINDS[self.kind.value].fresh)
        self.edited.emit()

    def _lay(self, kind: TimingKind, values: dict[str, object]) -> None:
        while (item := self._numbers.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        self.boxes = []
        for part in kind.parts:
            place = QWidget(self)
            box = self._box(part, f"{kind.name}{part.name}", place)
            box.setToolTip(f"{part.name}：{part.tip}")
            box.setFixedWidth(_width(part))
            _show(box, values[part.field])
            _caption(part.name, box, place)
            self._numbers.addWidget(place)
            self.boxes.append(box)
        self.chain(self.kind)

    def _box(self, part: Part, name: str, parent: QWidget) -> Box:
        if part.sort is Sort.SPOT:
            line = QLineEdit(parent)
            line.setAccessibleName(name)
            line.setPlaceholderText("SPOT.…")
            line.textEdited.connect(self.edited)
            return line
        if part.sort in _CHOICES:
            choice = ChoiceBox(name, parent=parent)
            for value, word in _CHOICES[part.sort].items():
                choice.addItem(word, value)
            choice.edited.connect(self.edited)
            return choice
        number = NumberBox(name, part.unit, whole=part.sort is not Sort.EXACT, parent=parent)
        if part.sort is Sort.EXACT:
            number.step = Decimal("0.1")
        if part.field == MAY_BE_NONE:
            number.say_zero("无")
        number.edited.connect(self.edited)
        return number


def _caption(caption: str, box: Box, place: QWidget) -> None:
    # Without its caption a number may be any: a bare 0 says nothing of a company's last day.
    above = QLabel(caption, place)
    above.setObjectName("fieldCaption")
    above.setBuddy(box)
    column = QVBoxLayout(place)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(1)
    column.addWidget(above)
    column.addWidget(box)


def _width(part: Part) -> int:
    if part.sort in _WIDTHS:
        return _WIDTHS[part.sort]
    return 92 if len(part.unit) > 1 else _NUMBER_WIDTHS.get(part.field, 76)


def _show(box: Box, value: object) -> None:
    if isinstance(box, NumberBox):
        box.put(value if isinstance(value, Decimal | int) else 0)
    elif isinstance(box, ChoiceBox):
        box.put(("yes" if value else "no") if isinstance(value, bool) else str(value))
    else:
        box.setText(str(value))


def _read(part: Part, box: Box) -> object:
    if isinstance(box, NumberBox):
        whole = int(box.value)
        return box.value if part.sort is Sort.EXACT else (whole or None) if part.field == MAY_BE_NONE else whole
    if isinstance(box, ChoiceBox):
        return box.value == "yes" if part.sort is Sort.YES else BasisReading(box.value)
    return InstrumentId(box.text().strip())


class TimingRows(QWidget):
    """Hold the timings in order."""

    edited = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[TimingRow] = []
        self._why = ""
        self._weighed = False
        caption = QLabel(Term.TIMING)
        caption.setObjectName("fieldCaption")
        self.add = QPushButton("添加时机")
        self.add.setAccessibleName("添加移仓时机")
        self.add.setProperty("look", "quiet")
        self.add.clicked.connect(self._add)
        self.fault = QLabel()
        self.fault.setObjectName("fieldFault")
        self.fault.hide()
        head = QHBoxLayout()
        head.addWidget(caption)
        head.addStretch(1)
        self._column = QVBoxLayout()
        self._column.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(head)
        column.addLayout(self._column)
        column.addWidget(self.fault)
        head.addWidget(self.add)

    @property
    def weights(self) -> tuple[int, ...]:
        """Return the weight of each timing; none where they are not weighed."""
        return tuple(int(row.weight.value) for row in self.rows) if self._weighed else ()

    def weigh(self, *, weighed: bool) -> None:
        """Ask for a weight of each timing, or no more."""
        self._weighed = weighed
        for row in self.rows:
            row.weigh(weighed=weighed)

    @property
    def timings(self) -> tuple[Timing, ...]:
        """Return the timings."""
        return tuple(row.timing for row in self.rows)

    def put(self, timings: tuple[Timing, ...], weights: tuple[int, ...] = ()) -> None:
        """Show timings without telling anybody."""
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []
        for timing in timings:
            self._append(timing)
        for row, weight in zip(self.rows, weights, strict=False):
            row.weight.put(weight)

    def fix(self, *, fixed: bool) -> None:
        """Close what lasts for the life of a roll, or open it."""
        self._why = lasts(Term.TIMING) if fixed else ""
        fix(self.add, self._why)
        for row in self.rows:
            row.fix(self._why)

    def say(self, faults: dict[str, str]) -> None:
        """Say which timing is wrong."""
        none = faults.get("timings", "")
        self.fault.setText(none)
        self.fault.setVisible(bool(none))
        for place, row in enumerate(self.rows):
            row.say(faults.get(f"timings.{place}", ""))

    def _add(self) -> None:
        self._append(DaysToExpiry(days=5)).kind.setFocus()
        self.edited.emit()

    def _append(self, timing: Timing) -> TimingRow:
        row = TimingRow(timing, self)
        row.fix(self._why)
        row.weigh(weighed=self._weighed)
        row.edited.connect(self.edited)
        row.removed.connect(lambda: self._remove(row))
        self.rows.append(row)
        self._column.addWidget(row)
        row.show()  # at once: a layout would show it with the next event only, and nothing hidden takes the focus
        row.name(len(self.rows))
        before: QWidget = self.add
        for one in self.rows:
            before = one.chain(before)
        return row

    def _remove(self, row: TimingRow) -> None:
        self.add.setFocus()
        self.rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        for place, left in enumerate(self.rows, 1):
            left.name(place)
        self.edited.emit()
