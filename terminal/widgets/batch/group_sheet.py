"""Let a trader make and edit a group of accounts: a name, and a multiplier for each account that belongs to it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from terminal.domain.batch_commands import SaveGroup
from terminal.domain.orders.batch import FINEST_MULTIPLIER, LARGEST_MULTIPLIER, Member
from terminal.domain.words.terms import Term
from terminal.domain.words.typed_text import LONGEST_NAME, is_name
from terminal.widgets.account.title import account_title
from terminal.widgets.parts.buttons import Weight, button
from terminal.widgets.parts.toned import mark

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId
    from terminal.engine.batch.line import GroupLine

SIZE: Final = (460, 460)
NEW: Final = f"新建{Term.ACCOUNT_GROUP}"
EDIT: Final = f"修改{Term.ACCOUNT_GROUP}"
FIELD_WIDTH: Final = 120
NOT_IN: Final = "不在组里"
RULE: Final = (
    "每个账户的手数 = 倍数 × 下单手数的整数部分，不足一手的不报。倍数留空，这个账户就不在组里；填 0，留在组里但不报。"
)
NUMBER: Final = re.compile(rf"\d{{1,4}}(\.\d{{1,{FINEST_MULTIPLIER}}})?")


class GroupSheet(QDialog):
    """Show one group; `saved` gives the wish. It stays open until the answer: a no keeps what was typed."""

    saved = Signal(object)

    def __init__(
        self, parent: QWidget, group: GroupLine | None, accounts: dict[AccountId, str], taken: frozenset[str]
    ) -> None:
        super().__init__(parent)
        self._group, self._taken = group, taken
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = NEW if group is None else EDIT
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.name = QLineEdit("" if group is None else group.name)
        self.name.setReadOnly(group is not None)
        self.name.setPlaceholderText("如 华东子公司")
        self.name.setObjectName("ticketField")
        self.name.setAccessibleName(f"{Term.ACCOUNT_GROUP}名称")
        self.fields: dict[AccountId, QLineEdit] = {}
        self._names = accounts
        self.fault = QLabel()
        self.fault.setObjectName("ticketFault")
        self.fault.setWordWrap(True)
        self.fault.setTextFormat(Qt.TextFormat.PlainText)
        self.fault.hide()
        self.save_button = button(Term.SAVE, Weight.MAIN)
        self.delete_button = button("删除这一组", Weight.DANGER)
        self.leave_button = button(Term.LEAVE_UNCHANGED)
        self._lay_out()
        self.save_button.clicked.connect(self._save)
        self.delete_button.clicked.connect(self._delete)
        self.leave_button.clicked.connect(self.reject)
        self.save_button.setDefault(True)

    def say(self, sentence: str) -> None:
        """Say what is wrong, or that it is being saved."""
        self.fault.setText(sentence)
        self.fault.setVisible(bool(sentence))

    def _lay_out(self) -> None:
        known = {} if self._group is None else {one.account: one.multiplier for one in self._group.members}
        inner = QWidget()
        grid = QGridLayout(inner)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setColumnStretch(0, 1)
        # A member this person may no longer order for stays in sight: leaving it out is theirs to decide.
        for row, account in enumerate(dict.fromkeys([*self._names, *known])):
            field = QLineEdit(f"{known[account].normalize():f}" if account in known else "")
            field.setObjectName("ticketField")
            field.setPlaceholderText(NOT_IN)
            field.setFixedWidth(FIELD_WIDTH)
            title = account_title(account, self._names.get(account, ""))
            field.setAccessibleName(f"{title} {Term.MULTIPLIER}")
            label = QLabel(title if account in self._names else f"{title}（已没有下单权限）")
            label.setTextFormat(Qt.TextFormat.PlainText)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
            self.fields[account] = field
        grid.setRowStretch(len(self.fields), 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        rule = QLabel(RULE)
        rule.setWordWrap(True)
        rule.setObjectName("alertAdvice")
        buttons = QHBoxLayout()
        buttons.addWidget(self.delete_button)
        self.delete_button.setVisible(self._group is not None)
        buttons.addStretch(1)
        buttons.addWidget(self.leave_button)
        buttons.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addWidget(self.name)
        column.addWidget(rule)
        column.addWidget(scroll, 1)
        column.addWidget(self.fault)
        column.addLayout(buttons)
        self.resize(*SIZE)
        first = next(iter(self.fields.values()), self.name)
        (self.name if self._group is None else first).setFocus(Qt.FocusReason.OtherFocusReason)

    def _save(self) -> None:
        name, members = self.name.text().strip(), []
        for field in self.fields.values():
            mark(field, "wrong", "false")
        if not is_name(name):
            self._blame(self.name, f"请写组名，1 至 {LONGEST_NAME} 个字。")
            return
        if self._group is None and name in self._taken:
            self._blame(self.name, f"已有账户组“{name}”，请换一个名称，或去修改那一组。")
            return
        for account, field in self.fields.items():
            text = field.text().strip()
            if not text:
                continue
            if not NUMBER.fullmatch(text) or Decimal(text) > LARGEST_MULTIPLIER:
                what = f"倍数应为 0 至 {LARGEST_MULTIPLIER} 的数，最多 {FINEST_MULTIPLIER} 位小数，如 1.5。"
                self._blame(field, f"{account}：{what}")
                return
            members.append(Member(account=account, multiplier=Decimal(text)))
        if not members:
            self.say("组里还没有账户：给至少一个账户填上倍数，如 1。")
            return
        self._ask(name, tuple(members))

    def _delete(self) -> None:
        if self._group is not None:
            self._ask(self._group.name, ())

    def _ask(self, name: str, members: tuple[Member, ...]) -> None:
        self.say("正在保存…")
        version = 0 if self._group is None else self._group.version
        self.saved.emit(SaveGroup(name=name, base_version=version, members=members))

    def _blame(self, field: QLineEdit, sentence: str) -> None:
        mark(field, "wrong", "true")
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.say(sentence)
