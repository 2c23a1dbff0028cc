"""Ask, before the last desk of an embedded runner goes, what becomes of the strategies that still run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from terminal.domain.terms import Term

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget


def ask_before_closing(
    parent: QWidget, running: Sequence[str], leave: Callable[[], None], stop_and_leave: Callable[[], None]
) -> QMessageBox:
    """Open the question; the answer calls one of the two, and nothing happens when the person stays."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("退出衡舵")
    box.setText(f"还有 {len(running)} 个策略在本机运行器上运行：{'、'.join(running)}。")
    box.setInformativeText(
        "后台继续运行：策略照常交易，下次打开接着看。停止运行器：不再交易，挂单留在交易所，下次打开继续。"
    )
    keep = box.addButton(Term.KEEP_RUNNING, QMessageBox.ButtonRole.AcceptRole)
    stop = box.addButton(Term.STOP_RUNNER, QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton(Term.STAY, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(stay)
    keep.clicked.connect(leave)
    stop.clicked.connect(stop_and_leave)
    box.open()
    return box
