"""Say what a closing window waits for, once that has taken a while: what is done at once needs no word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, Qt, QTimer
from PySide6.QtWidgets import QDialog, QLabel, QProgressBar, QVBoxLayout

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

PATIENCE_MS: Final = 2_000
COUNT_MS: Final = 250
WIDTH: Final = 380
BAR_HEIGHT: Final = 6


class Waiting(QDialog):
    """Wait for a runner to stop, `longest` seconds; over a window that lives on. Nobody can close it but `end`."""

    def __init__(self, window: QWidget, title: str, longest: float) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.text, self.bar = QLabel(), QProgressBar()
        more = QLabel(f"最多等 {longest:g} 秒；没有回答就先离开，并说明该怎么办。")
        more.setObjectName("panelNote")
        self.bar.setRange(0, 0)  # it moves, for nobody knows how far this has come
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(BAR_HEIGHT)
        self.bar.setAccessibleName("等待中")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        for part in (self.text, self.bar, more):
            column.addWidget(part)
        self.setFixedWidth(WIDTH)
        self._since = QElapsedTimer()
        self._since.start()
        self._count = QTimer(self)
        self._count.setInterval(COUNT_MS)
        self._count.timeout.connect(self._tell)
        self._count.start()

    def end(self) -> None:
        """Go away; also where nothing has been said yet."""
        self._count.stop()
        self.hide()
        self.deleteLater()

    def reject(self) -> None:
        """Stay: Esc and the frame's cross do not end what is waited for."""

    def _tell(self) -> None:
        waited = self._since.elapsed()
        if waited >= PATIENCE_MS:
            self.text.setText(f"正在等本机运行器停止，已等 {waited // 1000} 秒")
            self.show()
