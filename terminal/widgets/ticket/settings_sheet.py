"""Let a person set what the order ticket begins with (下单设置). It saves a document and never sends an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from terminal.domain.errors import UserError
from terminal.domain.words.terms import Term
from terminal.widgets.parts.segments import Segments
from terminal.widgets.parts.step_field import LOTS, StepField
from terminal.widgets.parts.toned import mark
from terminal.widgets.ticket.settings import (
    EXAMPLE,
    MOST_LOTS,
    PRICES,
    Orderable,
    TicketSettings,
    in_text,
    read_lots,
    read_products,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLayout

_PRICES: Final = tuple(PRICES)
LEAST_WIDTH: Final = 420
LOTS_WIDTH: Final = 132


class TicketSettingsSheet(QDialog):
    """Show settings; `saved` gives those that are wanted. Enter saves, Esc leaves without change."""

    saved = Signal(TicketSettings)

    def __init__(self, parent: QWidget, settings: TicketSettings, products: tuple[Orderable, ...]) -> None:
        super().__init__(parent)
        self._before, self._products = settings, products
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(Term.TICKET_SETTINGS)
        self.setAccessibleName(Term.TICKET_SETTINGS)
        self.setMinimumWidth(LEAST_WIDTH)
        self.after = Segments(
            (Term.BACK_TO_OPEN, Term.KEEP_CHOSEN),
            name=Term.AFTER_SENDING,
            tips=("回到开仓，并用默认价格与默认手数", "开平、价格、手数都不变"),
        )
        self.prices = Segments(tuple(PRICES.values()), name=Term.DEFAULT_PRICE)
        self.lots = StepField(Term.DEFAULT_LOTS, LOTS)
        self.lots.setPlaceholderText("同上次开仓")
        self.lots.setFixedWidth(LOTS_WIDTH)
        self.by_product = QLineEdit()
        self.by_product.setObjectName("ticketField")
        self.by_product.setAccessibleName(Term.LOTS_BY_PRODUCT)
        self.by_product.setPlaceholderText(f"如 {EXAMPLE}")
        self.lots_fault, self.product_fault = _fault(), _fault()
        self.save_button, self.leave_button = QPushButton(Term.SAVE), QPushButton(Term.LEAVE_UNCHANGED)
        self._lay_out()
        self._show(settings)
        self.lots.stepped.connect(self._step)
        self.save_button.clicked.connect(self._save)
        self.leave_button.clicked.connect(self.reject)

    def _show(self, settings: TicketSettings) -> None:
        self.after.mark(0 if settings.reopens else 1)
        self.prices.mark(_PRICES.index(settings.price))
        self.lots.setText("" if settings.lots is None else str(settings.lots))
        self.by_product.setText(in_text(settings, self._products))

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 14, 16, 14)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        left = Qt.AlignmentFlag.AlignLeft
        for row, (caption, part, fault) in enumerate(
            (
                (Term.AFTER_SENDING, self.after, None),
                (Term.DEFAULT_PRICE, self.prices, None),
                (Term.DEFAULT_LOTS, self.lots, self.lots_fault),
                (Term.LOTS_BY_PRODUCT, self.by_product, self.product_fault),
            )
        ):
            grid.addWidget(QLabel(caption), 2 * row, 0)
            grid.addWidget(part, 2 * row, 1, Qt.AlignmentFlag(0) if part is self.by_product else left)
            if fault is not None:
                grid.addWidget(fault, 2 * row + 1, 1)
        grid.addLayout(self._buttons(), grid.rowCount(), 0, 1, 2)

    def _buttons(self) -> QLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for button, press in ((self.leave_button, ""), (self.save_button, "main")):
            button.setProperty("press", press)
            row.addWidget(button)
        self.save_button.setDefault(True)
        return row

    def _step(self, steps: int) -> None:
        self.lots.setText(str(min(MOST_LOTS, max(1, int(self.lots.text() or 0) + steps))))

    def _save(self) -> None:
        lots, products = None, self._before.products
        wrong: dict[QLineEdit, str] = {}
        try:
            lots = read_lots(self.lots.text(), self._products)
        except UserError as fault:
            wrong[self.lots] = str(fault)
        try:
            products = read_products(self.by_product.text(), self._products, self._before.products)
        except UserError as fault:
            wrong[self.by_product] = str(fault)
        for field, fault_line in ((self.lots, self.lots_fault), (self.by_product, self.product_fault)):
            said = wrong.get(field, "")
            fault_line.setText(said)
            fault_line.setVisible(bool(said))
            mark(field, "wrong", "true" if said else "false")
            field.setAccessibleDescription(said)
        self.adjustSize()
        if wrong:
            next(iter(wrong)).setFocus(Qt.FocusReason.OtherFocusReason)
            return
        price = _PRICES[self.prices.index]
        self.saved.emit(TicketSettings(reopens=self.after.index == 0, price=price, lots=lots, products=products))
        self.accept()


def _fault() -> QLabel:
    made = QLabel()
    made.setObjectName("ticketFault")
    made.setWordWrap(True)
    made.hide()
    return made
