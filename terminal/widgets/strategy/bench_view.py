"""Lay out the bench of the strategy panel: tabs and name, conflict, form, preview, and the foot with its buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from terminal.domain.words.terms import Term
from terminal.domain.words.typed_text import LONGEST_NAME
from terminal.widgets.parts.bounded import Bounded
from terminal.widgets.parts.panel import PADDING
from terminal.widgets.parts.sight import is_read
from terminal.widgets.parts.toned import mark
from terminal.widgets.strategy.form import Readout
from terminal.widgets.strategy.preview import ConflictBox, PreviewBox
from terminal.widgets.strategy.status import BLOCKING
from terminal.widgets.strategy.words import KINDS, StrategyKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

    from terminal.engine.screen import Preview
    from terminal.widgets.parts.panel import Panel
    from terminal.widgets.strategy.form import StrategyForm

LEAST_FORM: Final = 72
ROW: Final = 52  # pixels: a caption and its field
BESIDE: Final = 292  # pixels of the panel that a preview and everything but the form take
BUTTON_WIDTH: Final = 76
ABOVE: Final = 4  # pixels left free around a field that is brought into sight


class FormScroll(QScrollArea):
    """Let a form be higher than the room there is."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(f"{name}参数")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._least = LEAST_FORM
        self._sought: QWidget | None = None
        self._written: QWidget | None = None  # where the keyboard was last: a preview leaves little room for the form
        self._is_followed = False  # it is in sight: whoever has scrolled away from it is not led back
        self.verticalScrollBar().valueChanged.connect(self._note_sight)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._note_keyboard)

    def keep(self, least: int) -> None:
        """Say how many pixels stay whatever else wants room."""
        if least != self._least:
            self._least = least
            self.updateGeometry()

    def enter(self) -> None:
        """Put the cursor into the first field that may be changed."""
        for control in self.viewport().findChildren(QWidget):
            if isinstance(control, QComboBox | QAbstractSpinBox) and control.isEnabled() and control.isVisible():
                control.setFocus()
                self._note_keyboard(None, control)
                QTimer.singleShot(0, self, self._show_sought)  # once what was loaded is laid out
                return

    def seek(self, field: QWidget | None) -> None:
        """Bring a field into sight, and keep it there in whatever room there is; `None` lets it go."""
        self._sought = field
        self._show_sought()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what is sought in sight, and what is being written."""
        followed = self._is_followed
        super().resizeEvent(event)
        self._is_followed = followed
        self._show_sought()

    def minimumSizeHint(self) -> QSize:
        """Return the least size."""
        return QSize(200, self._least)

    def _show_sought(self) -> None:
        self._sought, self._written = self._there(self._sought), self._there(self._written)
        field = self._sought or (self._written if self._is_followed else None)
        if field is not None:
            self.ensureWidgetVisible(field, 0, ABOVE)

    def _note_keyboard(self, _: QWidget | None, now: QWidget | None) -> None:
        if now is not None and self.viewport().isAncestorOf(now):
            self._written, self._is_followed = now, True

    def _note_sight(self) -> None:
        written = self._written = self._there(self._written)
        if written is not None:
            there = QRect(written.mapTo(self.viewport(), QPoint(0, 0)), written.size())
            self._is_followed = self.viewport().rect().intersects(there)

    def _there(self, field: QWidget | None) -> QWidget | None:
        # Rows are taken away while they are remembered: Qt deletes them under us, and until then they lie nowhere.
        if field is None or not isValid(field) or not field.isVisibleTo(self.viewport()):
            return None
        return field


class BenchView(QWidget):
    """Hold the widgets of the bench; what they do is decided elsewhere. `urgency` tells that `is_urgent` may differ."""

    urgency = Signal()

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel.widget())
        self._panel = panel
        # The Tab key follows the order in which these are made under their parent.
        self.tabs = QTabBar(self)
        self.tabs.setAccessibleName("策略类型")
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        for kind in StrategyKind:
            self.tabs.addTab(KINDS[kind])
        self.name = QLineEdit(self)
        self.name.setAccessibleName(Term.STRATEGY_NAME)
        self.name.setMaximumWidth(190)
        self.name.setMaxLength(LONGEST_NAME)
        self.new_button = _button(self, Term.NEW_STRATEGY, "quiet")
        self.new_button.setToolTip("另起一个新策略；正在修改的内容会保留")
        self.mine_button = _button(self, Term.USE_MINE, "small")
        self.latest_button = _button(self, Term.USE_LATEST, "small")
        self.mine_button.setToolTip("保留我的参数，在最新版本之上重新提交")
        self.latest_button.setToolTip("放弃我的参数，改用最新版本")
        self.conflict = ConflictBox(self.mine_button, self.latest_button, self)
        self.stack = QStackedWidget(self)
        self._scrolls = {kind: FormScroll(KINDS[kind], self.stack) for kind in StrategyKind}
        for scroll in self._scrolls.values():
            self.stack.addWidget(scroll)
        self._old = False
        self.preview = PreviewBox(self)
        self.status = QLabel(self)
        self.status.setObjectName("strategyStatus")
        self.status.setWordWrap(True)
        self.drop_button, self.preview_button = _button(self, Term.DROP_CHANGE), _button(self, Term.PREVIEW)
        self.start_button = _button(self, Term.START, "primary")
        for button in (self.drop_button, self.preview_button, self.start_button):
            button.setMinimumWidth(BUTTON_WIDTH)
        self._lay()
        for urgent in (self.conflict, self.preview):
            urgent.installEventFilter(self)

    def host(self, kind: StrategyKind, form: Callable[[QWidget], StrategyForm]) -> StrategyForm:
        """Make the form of a kind in its place."""
        scroll = self._scrolls[kind]
        made = form(scroll.viewport())
        scroll.setWidget(made)
        self.show_age(old=self._old)
        self._put_in_order(made)
        return made

    def show_age(self, *, old: bool) -> None:
        """Show whether the prices beside the fields are of before the link was cut."""
        self._old = old
        for readout in self.stack.findChildren(Readout):
            readout.show_age(old=old)

    def enter(self) -> None:
        """Put the cursor into the first field of the form."""
        form = self.stack.currentWidget()
        if isinstance(form, FormScroll):
            form.enter()

    def show_conflict(self, sentence: str, rows: tuple[tuple[str, str, str], ...]) -> None:
        """Show what two people changed; nothing can be sent before one side is taken."""
        self.conflict.show_conflict(sentence, rows)

    def end_conflict(self) -> None:
        """Show that there is nothing to choose."""
        self.conflict.hide()

    @property
    def is_urgent(self) -> bool:
        """Return whether a conflict or a preview is shown."""
        return not (self.conflict.isHidden() and self.preview.isHidden())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell when a conflict or a preview comes or goes."""
        if event.type() in {QEvent.Type.ShowToParent, QEvent.Type.HideToParent}:
            if self.preview.isHidden():
                for scroll in self._scrolls.values():
                    scroll.seek(None)
            self.urgency.emit()
        return super().eventFilter(watched, event)

    def point_out(self, form: StrategyForm, answer: Preview) -> None:
        """Bring the field a refusal is about into sight; one it names takes the keyboard from the button pressed."""
        if answer.verdict not in BLOCKING:
            return
        field, named = form.to_mend(answer.sentence.rpartition(" · ")[2])
        self._scrolls[StrategyKind(self.stack.currentIndex())].seek(field)
        if field is not None and named and self.preview_button.hasFocus():
            field.control.setFocus(Qt.FocusReason.OtherFocusReason)

    def give_way(self, room: int) -> None:
        """Have the form give way, in a panel of so many pixels: what is decided on is read beside the button."""
        spare = min(LEAST_FORM, room - BESIDE)
        row = spare if self.conflict.isHidden() and spare >= ROW else 0
        for scroll in self._scrolls.values():
            scroll.keep(row if self.is_urgent else LEAST_FORM)

    def is_read(self) -> bool:
        """Return whether the panel is in sight; one that is not comes into sight."""
        return is_read(self._panel)

    def offer(self, go: str, *, allowed: bool) -> None:
        """Say on the button what it would do, and whether it may be pressed."""
        self.start_button.setEnabled(allowed)
        self.start_button.setText(go)
        self.start_button.setAccessibleName(go)

    def say(self, sentence: str, state: str) -> None:
        """Show a sentence in the foot."""
        if sentence != self.status.text():
            self.status.setText(sentence)
            self.status.setToolTip(sentence)
            self.status.setAccessibleName(sentence)
        mark(self.status, "state", state)

    def show_name(self, name: str, *, fixed: bool, fault: str) -> None:
        """Show a strategy's name; the one of a running strategy is `fixed`. Nothing is changed under the cursor."""
        if (fixed or not self.name.hasFocus()) and name != self.name.text():
            self.name.setText(name)
            self.name.setCursorPosition(0)  # a long name shows its beginning
        self.name.setReadOnly(fixed)
        self.name.setAccessibleDescription(fault)
        self.name.setToolTip(fault or f"{Term.STRATEGY_NAME}：{name}")  # no caption: six kinds leave it no room
        mark(self.name, "wrong", "true" if fault else "false")

    def _put_in_order(self, form: QWidget) -> None:
        # A form made later stands at the end of the window's order of the Tab key; it belongs between head and foot.
        inside: list[QWidget] = []
        at: QWidget | None = form.nextInFocusChain()
        while at is not None and form.isAncestorOf(at):
            if at.focusPolicy() & Qt.FocusPolicy.TabFocus and at.focusProxy() is None:
                inside.append(at)
            at = at.nextInFocusChain()
        before: QWidget = self.new_button
        for control in inside:
            QWidget.setTabOrder(before, control)
            before = control

    def _lay(self) -> None:
        head, foot = QFrame(self), QFrame(self)
        head.setObjectName("strategyTabs")
        foot.setObjectName("strategyFoot")
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, PADDING, 0)
        row.setSpacing(6)
        row.addWidget(self.tabs)
        row.addStretch(1)
        row.addWidget(self.name, 2)
        row.addWidget(self.new_button)
        under = QVBoxLayout()
        under.setContentsMargins(PADDING, 6, PADDING, 6)
        under.setSpacing(6)
        under.addWidget(self.conflict)
        under.addWidget(self.preview)
        row = QHBoxLayout(foot)
        row.setContentsMargins(PADDING, 7, PADDING, 7)
        row.setSpacing(6)
        row.addWidget(Bounded(self.status, name="策略提示", least=36, most=54), 1)
        for button in (self.drop_button, self.preview_button, self.start_button):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(self.stack, 1)
        column.addLayout(under)
        column.addWidget(foot)


def _button(parent: QWidget, text: str, look: str = "") -> QPushButton:
    made = QPushButton(text, parent)
    made.setAccessibleName(text)
    made.setProperty("look", look)
    return made
