"""Pull the kill switch (一键停止): held for a second, so that nobody pulls it by a slip, and by no dialog.

Holding is by mouse, by Space on the button, or by Ctrl+Shift+K anywhere in the program; letting go early does nothing.
It stops the account looked at, or every account when its menu says so, one `Kill` each. No rule and no level ever bars
it: it works whenever the runner can be reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from terminal.domain.commands import Kill
from terminal.domain.fact.facts import Role
from terminal.domain.ids import AccountId, CommandId
from terminal.domain.words.risk import Scope
from terminal.domain.words.terms import Term
from terminal.domain.words.typed_text import LONGEST_TEXT
from terminal.engine.screen import Hand, LinkLine, ResultLine
from terminal.widgets.parts.buttons import Weight, dress
from terminal.widgets.parts.held_key import HeldChord
from terminal.widgets.parts.hold_button import HoldButton
from terminal.widgets.parts.icons import Sign, icon

if TYPE_CHECKING:
    from terminal.widgets.dress.look import Look

HOLD_MS: Final = 1_000
TOLD_MS: Final = 3_000  # how long the button says what became of it
KEYS: Final = "Ctrl+Shift+K"
REASON: Final = "人工一键停止"
KILL_ALL, SENT, STOPPED, FAILED, UNSURE = "全部停止", "已送出", "已停止", "停止未成", "未获回答"
HOLD_ON: Final = "按住一秒"
TEXTS: Final = (Term.KILL.value, KILL_ALL, SENT, STOPPED, FAILED, UNSURE, HOLD_ON)
UNREACHABLE: Final = (
    "运行器连不上，停止指令没有送出；请立即在运行器所在的电脑上运行 hengduo kill（--data 与工作台相同）。"
)
_RELEASED_KEYS: Final = frozenset({Qt.Key.Key_K, Qt.Key.Key_Control, Qt.Key.Key_Shift})
_WENT_AWAY: Final = frozenset({QEvent.Type.ApplicationDeactivate, QEvent.Type.WindowDeactivate})


class KillSwitch(QWidget):
    """Hold the button and its menu of scope and reason. `hold_ms` is how long it must be held.

    While the runner cannot be reached, a press is answered at once by `unreachable`: no hold makes it go anywhere.
    """

    unreachable = Signal(str)

    def __init__(self, look: Look, hand: Hand, *, hold_ms: int = HOLD_MS) -> None:
        super().__init__()
        self._look = look
        self._hand = hand
        self._link: LinkLine | None = None
        self._accounts: tuple[AccountId, ...] = ()
        self._account: AccountId | None = None
        self._sent: set[CommandId] = set()
        self._failed: list[str] = []
        self._told = ""
        self._went_nowhere = False  # what is told is that nothing was sent, for want of a runner
        self.button = HoldButton(look, TEXTS, hold_ms=hold_ms)
        dress(self.button, Weight.DANGER, name=Term.KILL)
        self.menu_button = QToolButton()
        self.menu_button.setAccessibleName(f"{Term.KILL}：范围与原因")
        self.menu_button.setToolTip("范围与原因")
        self.menu_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.button)
        row.addWidget(self.menu_button)
        self._hint = QTimer(self)
        self._hint.setSingleShot(True)
        self._hint.setInterval(TOLD_MS)
        self._hint.timeout.connect(self._show)
        self._fill_menu()
        self._chord = HeldChord(self)
        self._give_chord(self, Qt.ShortcutContext.ApplicationShortcut)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._reach_box)
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.setInterval(TOLD_MS)
        self._forget.timeout.connect(self._forget_told)
        self.button.fired.connect(self._kill)
        self.button.let_go.connect(lambda: self._watch(on=False))
        self.button.missed.connect(self._miss)
        self.button.too_short.connect(self._ask_to_hold)
        look.changed.connect(self._draw)
        self._draw()
        self._show()

    def show_link(self, link: LinkLine) -> None:
        """Take whether the runner can be reached, and what this person may stop."""
        self._link = link
        if self._went_nowhere and link.lowers_risk:
            self._went_nowhere, self._told = False, ""
        self._show()

    def show_accounts(self, accounts: tuple[AccountId, ...], shown: AccountId | None) -> None:
        """Take which accounts there are and which is looked at."""
        self._accounts, self._account = accounts, shown
        self._show()

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Say what became of a stop."""
        for result in results:
            if result.command in self._sent:
                self._take_result(result)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See the keys let go; watches only while they are held."""
        if event.type() in _WENT_AWAY:
            self.button.cancel()
        elif isinstance(event, QKeyEvent) and event.key() in _RELEASED_KEYS:
            if event.type() is QEvent.Type.KeyRelease:
                self.button.see_release(event)
            else:
                self.button.see_press(event)
        return False

    def _fill_menu(self) -> None:
        self.menu = QMenu(self)
        self.menu.setAccessibleName(Term.KILL_SCOPE)
        group = QActionGroup(self)
        self.one, self.every = QAction(self), QAction(Term.EVERY_ACCOUNT, self)
        self.menu.addSection(Term.KILL_SCOPE)
        for action in (self.one, self.every):
            action.setCheckable(True)
            group.addAction(action)
            self.menu.addAction(action)
            action.toggled.connect(self._show)
        self.one.setChecked(True)
        self.menu.addSeparator()
        self.reason = QLineEdit(REASON)
        self.reason.setObjectName("reasonEdit")
        self.reason.setMaxLength(LONGEST_TEXT)
        self.reason.setAccessibleName(f"{Term.KILL}的原因")
        held = QWidget()
        column = QVBoxLayout(held)
        column.setContentsMargins(12, 4, 12, 6)
        column.addWidget(QLabel("原因"))
        column.addWidget(self.reason)
        written = QWidgetAction(self)
        written.setDefaultWidget(held)
        self.menu.addAction(written)
        self.menu_button.clicked.connect(self._open_menu)

    def _open_menu(self) -> None:
        self.menu.popup(self.menu_button.mapToGlobal(self.menu_button.rect().bottomLeft()))

    @property
    def _wanted(self) -> tuple[AccountId, ...]:
        if self.every.isChecked():
            return self._accounts
        return (self._account,) if self._account is not None else ()

    def _barred(self) -> str:
        link = self._link
        if link is None or not link.lowers_risk:
            return UNREACHABLE
        if not self._wanted:
            return "尚无账户可停止。"
        if not any(set(link.roles.get(account, ())) - {Role.VIEWER} for account in self._wanted):
            return "您在该账户只能查看，不能停止。"
        return ""

    def _show(self) -> None:
        barred = self._barred()
        if barred:
            self.button.cancel()
        self.one.setText(f"{Term.ACCOUNT} {self._account}" if self._account else Term.ACCOUNT)
        what = "、".join(self._wanted)
        self.button.is_barred = bool(barred)
        self.button.setEnabled(barred in {"", UNREACHABLE})
        asks = self._hint.isActive() and not barred
        told = HOLD_ON if asks else self._told
        self.button.setText(told or (KILL_ALL if self.every.isChecked() else Term.KILL))
        if not self._told:
            self.button.setToolTip(barred or self._how(what))
        self.button.setAccessibleName(f"{Term.KILL} {what}".strip())
        self.button.setAccessibleDescription(barred or "按住一秒才会停止，提前松开不会停止。")

    def _give_chord(self, owner: QWidget, reach: Qt.ShortcutContext) -> None:
        shortcut = QShortcut(QKeySequence(KEYS), owner)
        shortcut.setObjectName("killChord")
        shortcut.setContext(reach)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(self._hold_by_key)

    def _reach_box(self) -> None:
        # Behind a box that wants an answer first Qt sets off no shortcut of the window: the box has one of its own.
        box = QApplication.activeModalWidget()
        if self.isVisible() and box is not None and box.findChild(QShortcut, "killChord") is None:
            self._give_chord(box, Qt.ShortcutContext.WindowShortcut)

    def _hold_by_key(self) -> None:
        if self.button.isEnabled() and self._chord.takes():
            self._watch(on=True)
            self.button.begin()

    def _watch(self, *, on: bool) -> None:
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
            if on:
                application.installEventFilter(self)

    def _kill(self) -> None:
        self._watch(on=False)
        self._hint.stop()
        reason = self.reason.text().strip() or REASON
        wanted = self._wanted
        self._failed = []
        for account in wanted:
            self._sent.add(self._hand.send(Kill(account=account, scope=Scope(), reason=reason)))
        # The wider scope and the reason are for this once; the next pull begins as the first did.
        self.one.setChecked(True)
        self.reason.setText(REASON)
        self._tell(SENT, f"{Term.KILL}已送出：{'、'.join(wanted)}")

    def _how(self, what: str) -> str:
        return f"按住 1 秒（或按住 {KEYS}）停止 {what}：禁止新开仓并撤单，平仓可以"

    def _ask_to_hold(self) -> None:
        # What became of the last stop is said again afterwards: nobody may lose "停止未成" by a tap.
        if self.isVisible() and not self._barred():
            self._hint.start()
            self._show()
            below = self.button.mapToGlobal(self.button.rect().bottomLeft())
            QToolTip.showText(below, f"没有停止：{self._how('、'.join(self._wanted))}", self.button)

    def _miss(self) -> None:
        self._watch(on=False)
        self._went_nowhere = True
        self._tell(FAILED, UNREACHABLE)
        self.unreachable.emit(UNREACHABLE)

    def _take_result(self, result: ResultLine) -> None:
        if result.code == "UNANSWERED":
            self._tell(UNSURE, result.sentence)
            return
        self._sent.discard(result.command)
        if not result.ok:
            self._failed.append(result.sentence)
        # One account that was not stopped is what must be read, however many were.
        self._tell(FAILED if self._failed else STOPPED, "；".join(self._failed) or result.sentence)

    def _tell(self, word: str, sentence: str) -> None:
        self._told = word
        self.button.setToolTip(sentence)
        self._forget.stop()
        if word not in {FAILED, UNSURE}:  # a stop that did not come about stays said until the next one
            self._forget.start()
        self._show()

    def _forget_told(self) -> None:
        self._told = ""
        self._show()

    def _draw(self) -> None:
        self.menu_button.setIcon(icon(Sign.CHEVRON, self._look.tokens.text_2))
