"""Show an order for a group of accounts: what each account's gate says before it, one gesture, what became of each.

States, each with what it allows:

- *nothing to order*: the ticket is not filled in, or there is no group. Groups are made and edited, past batches read.
- *asking*: the answer about exactly this order and this form of the group is not there. Nothing is sent.
- *ready*: the button sends to the accounts the answer allows; the others stand in their rows with their reasons.
- *sent*: the rows say what became of each account; what is open may be cancelled with one press. Nothing more is sent
  from here: another batch begins at the ticket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout

from terminal.domain.batch_commands import CancelBatch, SaveGroup, SubmitBatch
from terminal.domain.ids import BatchId
from terminal.domain.words.terms import Term
from terminal.widgets.batch.group_button import Asked
from terminal.widgets.batch.group_sheet import EDIT, NEW, GroupSheet
from terminal.widgets.batch.rows import (
    AFTER,
    BEFORE,
    COLUMNS,
    BatchRow,
    became,
    foreseen,
    going,
    standing,
    title_of,
)
from terminal.widgets.parts import figures
from terminal.widgets.parts.buttons import Weight, button
from terminal.widgets.parts.empty_state import EmptyState
from terminal.widgets.parts.grid import Grid
from terminal.widgets.parts.icons import Sign
from terminal.widgets.parts.rows import Rows, Tone
from terminal.widgets.parts.send_button import SendButton
from terminal.widgets.parts.steady_combo import SteadyCombo
from terminal.widgets.parts.toned import mark, show_text
from terminal.widgets.ticket.send_guard import FocusWatch, SendGuard, stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from PySide6.QtWidgets import QWidget

    from terminal.domain.ids import CommandId
    from terminal.domain.orders.batch import BatchOrder
    from terminal.engine.batch.line import BatchLine, GroupLine
    from terminal.engine.screen import Preview, ResultLine
    from terminal.widgets.batch.batches import Batches
    from terminal.widgets.dress.look import Look

SIZE: Final = (1_080, 640)
LEAST: Final = (620, 360)
ASK_AGAIN_MS: Final = 2_000  # accounts move without the sheet
NO_GROUP: Final = (
    "还没有账户组",
    "账户组是您自己的：哪几个账户，各按几倍的手数下单。",
    "下一步：点上面的“新建账户组…”，给要一起下单的账户填上倍数。",
)
NO_ORDER: Final = ("下单面板还没有填完", "", "下一步：在下单面板里填好合约、手数与价格，再点“账户组…”。")
ASKING: Final = "正在核算每个账户…"
UNANSWERED: Final = "已发送，运行器还没有答复；请等结果，不要重发。"


class BatchSheet(QDialog):
    """Show one batch, to be sent or sent; the window goes on being used. `clock` counts ms from anywhere."""

    def __init__(self, parent: QWidget, look: Look, kept: Batches, *, clock: Callable[[], int] | None = None) -> None:
        super().__init__(parent)
        self._kept = kept
        self._guard = SendGuard(clock or stopwatch())
        self._asked = Asked(None, "")
        self._request: int | None = None
        self._wish: SubmitBatch | None = None  # that was asked about last
        self._answered: SubmitBatch | None = None
        self._answer: Preview | None = None
        self._sent: CommandId | None = None  # waits for its answer
        self._under_way: tuple[BatchId, SubmitBatch] | None = None  # sent last, as long as it was not refused
        self._saving: CommandId | None = None
        self._cancelling: CommandId | None = None
        self._wanted = ""  # the group that was saved last, to be looked at once it is told
        self._told = ""  # the answer to the latest press
        self._is_bad = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(Term.GROUP_ORDER)
        self.setAccessibleName(Term.GROUP_ORDER)
        self.groups, self.views = SteadyCombo(), SteadyCombo()
        self.edit_button = button(f"{EDIT}…", name=EDIT)
        self.new_button = button(f"{NEW}…", name=NEW)
        self.cancel_button = button(Term.CANCEL_BATCH, Weight.DANGER)
        self.send_button = SendButton()
        self.title, self.sentence, self.reason = QLabel(), QLabel(), QLabel()
        self.rows: Rows[BatchRow] = Rows(COLUMNS)
        self.grid: Grid[BatchRow] = Grid(self.rows, look, name=Term.GROUP_ORDER)
        self.rows.setParent(self.grid)
        title, text, step = NO_GROUP
        self.empty = EmptyState(self.grid.viewport(), look, sign=Sign.LIST, title=title, text=text, next_step=step)
        self.group_sheet: GroupSheet | None = None
        self._lay_out()
        self._again = QTimer(self)
        self._again.setInterval(ASK_AGAIN_MS)
        self._again.timeout.connect(self.ask)
        self._again.start()
        FocusWatch(self._guard, self)
        self._connect()

    # --- what is told -------------------------------------------------------------------------------------------------

    def begin(self, asked: Asked) -> None:
        """Take what is to be ordered, and ask about it."""
        self._asked, self._told, self._is_bad = asked, "", False
        self._guard.note_change()  # no press on its way was meant for this order
        self._fill_groups()
        self._fill_views(None if asked.order is not None else next(reversed(self._kept.batches), None))
        self.groups.setFocus(Qt.FocusReason.OtherFocusReason)
        self._turn()

    def refresh(self) -> None:
        """Show what is kept by now; what is looked at stays."""
        looked_at = self.batch
        self._fill_groups()
        self._fill_views(looked_at)
        self.ask()
        self._render()

    def show_previews(self, previews: dict[int, Preview]) -> None:
        """Take the answer to the latest question; others are dropped."""
        if self._request in previews:
            self._answer, self._answered, self._request = previews[self._request], self._wish, None
            self._render()

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take the answers to what was sent from here."""
        for line in results:
            if line.command == self._sent:
                self._take_sent(line)
            elif line.command == self._cancelling:
                self._told, self._is_bad = line.sentence, not line.ok
            elif line.command == self._saving:
                self._take_saved(line)
        self._render()

    # --- what is looked at --------------------------------------------------------------------------------------------

    @property
    def group(self) -> GroupLine | None:
        """Return the group that is chosen."""
        return self._kept.groups.get(self.groups.currentText())

    @property
    def batch(self) -> BatchId | None:
        """Return the batch whose outcome is shown, `None` while one is to be sent."""
        name = self.views.currentData()
        return None if name is None else BatchId(name)

    @property
    def _line(self) -> BatchLine | None:
        return None if self.batch is None else self._kept.batches.get(self.batch)

    @property
    def wish(self) -> SubmitBatch | None:
        """Return what a press would send, `None` while it is not whole."""
        group, order = self.group, self._asked.order
        if group is None or order is None or self.batch is not None:
            return None
        return SubmitBatch(group=group.name, group_version=group.version, order=order)

    def ask(self) -> None:
        """Ask what the batch would do now, where it may be sent at all."""
        wish = self.wish
        link = self._kept.link
        if wish is None or self._sent is not None or link is None or not link.may_order or not self.isVisible():
            return
        self._wish = wish
        self._request = self._kept.hand.preview(wish)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _fill_groups(self) -> None:
        names = list(self._kept.groups)
        chosen = self._wanted if self._wanted in names else self.groups.currentText()
        self._wanted = "" if self._wanted in names else self._wanted
        with QSignalBlocker(self.groups):
            if names != [self.groups.itemText(at) for at in range(self.groups.count())]:
                self.groups.clear()
                self.groups.addItems(names)
            self.groups.setCurrentIndex(names.index(chosen) if chosen in names else 0 if names else -1)
        self.groups.setEnabled(bool(names))

    def _fill_views(self, wanted: BatchId | None) -> None:
        with QSignalBlocker(self.views):
            self.views.clear()
            self.views.addItem("新的一批", None)
            for batch in reversed(self._kept.batches.values()):
                title = f"{figures.clock(batch.at)} {batch.group} {title_of(batch.order)}"
                self.views.addItem(title, batch.batch)
            if self._under_way is not None and self._under_way[0] not in self._kept.batches:
                name, wish = self._under_way
                self.views.insertItem(1, f"{wish.group} {title_of(wish.order)}", name)
            self.views.setCurrentIndex(max(0, self.views.findData(wanted)) if wanted is not None else 0)

    def _turn(self) -> None:
        self._request = self._answer = self._answered = None
        self.ask()
        self._render()

    def _send(self, *, allowed: bool) -> None:
        wish = self.wish
        if not allowed or wish is None or self._block():
            return
        self._sent = self._kept.hand.send(wish)
        self._under_way = BatchId(self._sent), wish
        self._told, self._is_bad = "已发送，等运行器答复…", False
        # From here on the sheet shows this batch; until its fact is here there is nothing to show or to send.
        self._fill_views(BatchId(self._sent))
        self._turn()

    def _take_sent(self, line: ResultLine) -> None:
        if line.code == "UNANSWERED":
            self._told, self._is_bad = UNANSWERED, True
            return
        self._sent = None
        self._told, self._is_bad = "" if line.ok else line.sentence, not line.ok  # the rows say it better
        if not line.ok:
            self._under_way = None
            self._guard.note_change()
            self._fill_views(None)
            self._turn()

    def _cancel(self) -> None:
        batch = self.batch
        if batch is not None and self._guard.allows_click():
            self._cancelling = self._kept.hand.send(CancelBatch(batch=batch))
            self._told, self._is_bad = "已发出撤单，等运行器答复…", False
            self._render()

    def _block(self) -> str:
        # Why nothing can be sent now; empty when the button may.
        link = self._kept.link
        if link is None or not link.may_order:
            return "离线，不能下单"
        wish = self.wish
        if wish is None:
            return "没有可发送的"
        if self._answer is None or self._answered != wish:
            return "正在核算…"
        return "" if going(self._answer) else "没有账户可以报出"

    # --- showing ------------------------------------------------------------------------------------------------------

    def _render(self) -> None:
        line, group = self._line, self.group
        order = self._asked.order if self.batch is None else None if line is None else line.order
        self.title.setText("" if order is None else f"{title_of(order)} × 各账户{Term.MULTIPLIER}")
        self.title.setVisible(order is not None)
        self.edit_button.setEnabled(group is not None)
        self._show_rows(line, group)
        self._show_send(order)
        self.cancel_button.setVisible(self.batch is not None)
        self.cancel_button.setEnabled(line is not None and any(part.is_open for part in line.parts))
        now = standing(line) if line is not None else ""
        if self.batch is None:
            now = self._foreseen() if self._answer is not None and self._answered == self.wish else self._asked.why_not
        said = " · ".join(one for one in (self._told, now) if one)
        show_text(self.sentence, said, Tone.WARN if self._is_bad else Tone.PLAIN)
        self._show_reason()

    def _foreseen(self) -> str:
        answer = self._answer
        if answer is None:
            return ""
        margin = "" if answer.margin is None else f"，{Term.MARGIN}共 {figures.number(answer.margin)}"
        return f"{answer.sentence}{margin}"

    def _show_reason(self) -> None:
        # A reason is longer than its cell; the row the keyboard is on says the whole of it.
        index = self.grid.currentIndex()
        row = self.rows.row(index.row()) if index.isValid() and index.row() < self.rows.rowCount() else None
        self.reason.setVisible(row is not None)
        self.reason.setText("" if row is None else f"{row.account}：{row.word}，{row.sentence}")

    def _show_rows(self, line: BatchLine | None, group: GroupLine | None) -> None:
        rows: dict[Hashable, BatchRow] = {}
        if self.batch is not None:
            rows = {part.account: became(part) for part in line.parts} if line is not None else {}
        elif self._answer is not None and self.wish is not None:
            known = {one.account: one for one in group.members} if group is not None else {}
            rows = {one.account: foreseen(one, known.get(one.account)) for one in self._answer.accounts}
        for place in BEFORE:
            self.grid.show_column(place, shown=self.batch is None)
        for place in AFTER:
            self.grid.show_column(place, shown=self.batch is not None)
        self.rows.replace(rows)
        self.empty.setVisible(not rows)
        if not self._kept.groups:
            self.empty.say(*NO_GROUP)
        elif self.batch is None and self._asked.order is None:
            title, _, step = NO_ORDER
            self.empty.say(title, self._asked.why_not, step)
        else:
            refused = self._answer is not None and self._answered == self.wish
            self.empty.say("没有预览" if refused else ASKING, self._answer.sentence if self._answer else "", "")

    def _show_send(self, order: BatchOrder | None) -> None:
        block = self._block()
        sent_to = [] if self._answer is None else going(self._answer)
        lots = sum(row.lots for row in sent_to)
        text = block or f"{Term.SEND} {len(sent_to)} 个账户 · {lots:,} 手"
        self.send_button.setVisible(self.batch is None)
        self.send_button.setText(text)
        self.send_button.setAccessibleName(text)
        mark(self.send_button, "side", "blocked" if block or order is None else order.side.value)

    def _connect(self) -> None:
        self.groups.currentIndexChanged.connect(self._choose)
        self.views.currentIndexChanged.connect(self._choose)
        self.grid.selectionModel().currentChanged.connect(self._show_reason)
        self.new_button.clicked.connect(lambda: self._edit(None))
        self.edit_button.clicked.connect(lambda: self._edit(self.group))
        self.cancel_button.clicked.connect(self._cancel)
        self.send_button.keyed.connect(lambda: self._send(allowed=self._guard.allows_key()))
        self.send_button.clicked.connect(lambda: self._send(allowed=self._guard.allows_click()))

    def _choose(self) -> None:
        self._guard.note_change()
        self._told, self._is_bad = "", False
        self._turn()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        caption = QLabel(Term.ACCOUNT_GROUP)
        caption.setBuddy(self.groups)
        for widget in (caption, self.groups, self.edit_button, self.new_button):
            top.addWidget(widget)
        top.addStretch(1)
        top.addWidget(self.views)
        self.groups.setAccessibleName(Term.ACCOUNT_GROUP)
        self.groups.setMinimumWidth(160)
        self.views.setAccessibleName("这一批或最近的批")
        self.views.setMinimumWidth(220)
        for label, name in (
            (self.title, "alertText"),
            (self.reason, "alertAdvice"),
            (self.sentence, "decisionText"),
        ):
            label.setObjectName(name)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.send_button.setObjectName("sendButton")
        self.send_button.setAutoDefault(False)
        foot = QHBoxLayout()
        foot.addWidget(self.sentence, 1)
        foot.addWidget(self.cancel_button)
        foot.addWidget(self.send_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.title)
        column.addWidget(self.grid, 1)
        column.addWidget(self.reason)
        column.addLayout(foot)
        self.setMinimumSize(*LEAST)
        self.resize(*SIZE)

    # --- groups -------------------------------------------------------------------------------------------------------

    def _edit(self, group: GroupLine | None) -> None:
        taken = frozenset(self._kept.groups)
        self.group_sheet = GroupSheet(self, group, self._kept.accounts, taken)
        self.group_sheet.saved.connect(self._save)
        self.group_sheet.destroyed.connect(self._forget_group_sheet)
        self.group_sheet.open()

    def _save(self, wish: SaveGroup) -> None:
        self._saving = self._kept.hand.send(wish)

    def _take_saved(self, line: ResultLine) -> None:
        if not line.ok:
            if self.group_sheet is not None:
                self.group_sheet.say(line.sentence)
            return
        self._saving = None
        self._told, self._is_bad = line.sentence, False
        if self.group_sheet is not None:
            self.group_sheet.close()
        if isinstance(line.body, SaveGroup) and line.body.members:
            self._wanted = line.body.name
            self.refresh()

    def _forget_group_sheet(self) -> None:
        self.group_sheet = None
