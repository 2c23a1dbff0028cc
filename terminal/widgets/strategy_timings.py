"""Let a person list the timings of a roll: one row each, with its own numbers."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple, assert_never

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from terminal.domain.lasting_settings import lasts
from terminal.domain.strategy_settings import DaysToExpiry, OpenInterestCrossover, SpreadPercentile, Timing
from terminal.domain.terms import Term
from terminal.widgets.strategy_fields import ChoiceBox, fix
from terminal.widgets.strategy_numbers import NumberBox


class TimingKind(StrEnum):
    """Name the timings as their settings do."""

    DAYS = "days_to_expiry"
    CROSSOVER = "open_interest_crossover"
    PERCENTILE = "spread_percentile"


class Part(NamedTuple):
    """Describe one number of a timing; one that is `free` may be changed while the roll runs."""

    name: str
    unit: str
    tip: str
    whole: bool = True
    width: int = 76
    free: bool = True


NAMES: Final = {
    TimingKind.DAYS: "距到期",
    TimingKind.CROSSOVER: "持仓交叉",
    TimingKind.PERCENTILE: "价差分位",
}
PARTS: Final = {
    TimingKind.DAYS: (Part("天数", "交易日", "近月剩余交易日不多于它", width=100),),
    TimingKind.CROSSOVER: (
        Part("倍数", "倍", "远月持仓量至少是近月的多少倍", whole=False, free=False),
        Part("连续", "日", "连续多少个交易日"),
    ),
    TimingKind.PERCENTILE: (
        Part("分位", "‰", "远月减近月处在窗口的最低多少（空头为最高多少）", width=62),
        Part("间隔", "秒", "每隔多少秒取一个样本", width=58, free=False),
        Part("窗口", "个", "窗口里的样本数", width=66, free=False),
        Part("预热", "个", "至少有多少样本才算", width=62),
    ),
}


class TimingRow(QWidget):
    """Hold one timing; `edited` tells that it changed, `removed` that it is wanted no more."""

    edited = Signal()
    removed = Signal()

    def __init__(self, timing: Timing, parent: QWidget) -> None:
        super().__init__(parent)
        self.kind = ChoiceBox(Term.TIMING, NAMES, parent=self)
        self.kind.setFixedWidth(106)
        self.kind.edited.connect(self._change_kind)
        self.remove = QPushButton("移除")
        self.remove.setProperty("look", "quiet")
        self.remove.clicked.connect(self.removed)
        self.fault = QLabel()
        self.fault.setObjectName("fieldFault")
        self.fault.setWordWrap(True)
        self.fault.hide()
        self.boxes: list[NumberBox] = []
        self._numbers = QHBoxLayout()
        self._numbers.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.kind)
        row.addLayout(self._numbers)
        row.addStretch(1)
        row.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.fault)
        self.put(timing)

    @property
    def timing(self) -> Timing:
        """Return the timing."""
        kind = TimingKind(self.kind.value)
        values = [box.value for box in self.boxes]
        match kind:
            case TimingKind.DAYS:
                return DaysToExpiry(days=int(values[0]))
            case TimingKind.CROSSOVER:
                return OpenInterestCrossover(ratio=values[0], days=int(values[1]))
            case TimingKind.PERCENTILE:
                permille, seconds, window, least = (int(value) for value in values)
                return SpreadPercentile(permille=permille, sample_seconds=seconds, window=window, at_least=least)
            case _:
                assert_never(kind)

    @property
    def blank(self) -> bool:
        """Return whether a number is missing."""
        return any(box.blank for box in self.boxes)

    def put(self, timing: Timing) -> None:
        """Show a timing without telling anybody."""
        match timing:
            case DaysToExpiry():
                kind, values = TimingKind.DAYS, [Decimal(timing.days)]
            case OpenInterestCrossover():
                kind, values = TimingKind.CROSSOVER, [timing.ratio, Decimal(timing.days)]
            case SpreadPercentile():
                numbers = (timing.permille, timing.sample_seconds, timing.window, timing.at_least)
                kind, values = TimingKind.PERCENTILE, [Decimal(number) for number in numbers]
            case _:
                assert_never(timing)
        self.kind.put(kind)
        self._lay(kind, values)

    def name(self, place: int) -> None:
        """Tell screen readers which timing this is."""
        self.kind.setAccessibleName(f"{Term.TIMING} {place}")
        self.remove.setAccessibleName(f"移除{Term.TIMING} {place}")

    def chain(self, before: QWidget) -> QWidget:
        """Take this row's place in the order of the Tab key, after another widget; return its last one."""
        for control in (self.kind, *self.boxes, self.remove):
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
        for part, box in zip(PARTS[TimingKind(self.kind.value)], self.boxes, strict=True):
            fix(box, "" if part.free else why)

    def _change_kind(self) -> None:
        fresh: dict[TimingKind, Timing] = {
            TimingKind.DAYS: DaysToExpiry(days=5),
            TimingKind.CROSSOVER: OpenInterestCrossover(),
            TimingKind.PERCENTILE: SpreadPercentile(),
        }
        self.put(fresh[TimingKind(self.kind.value)])
        self.edited.emit()

    def _lay(self, kind: TimingKind, values: list[Decimal]) -> None:
        while (item := self._numbers.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        self.boxes = []
        for part, value in zip(PARTS[kind], values, strict=True):
            box = NumberBox(f"{NAMES[kind]}{part.name}", part.unit, whole=part.whole, parent=self)
            if not part.whole:
                box.step = Decimal("0.1")
            box.setToolTip(f"{part.name}：{part.tip}")
            box.setFixedWidth(part.width)
            box.put(value)
            box.edited.connect(self.edited)
            self._numbers.addWidget(box)
            self.boxes.append(box)
        self.chain(self.kind)


class TimingRows(QWidget):
    """Hold the timings in order."""

    edited = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[TimingRow] = []
        self._why = ""
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
    def timings(self) -> tuple[Timing, ...]:
        """Return the timings."""
        return tuple(row.timing for row in self.rows)

    def put(self, timings: tuple[Timing, ...]) -> None:
        """Show timings without telling anybody."""
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []
        for timing in timings:
            self._append(timing)

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
