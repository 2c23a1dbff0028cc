"""Hold the strategies of an account, a card each.

They stand in the order they were started, which is the same at every desk and after every start: a card keeps its place
whatever its status, and a new one stands below the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from terminal.domain.ids import StrategyId
from terminal.domain.words.terms import Term
from terminal.widgets.parts.empty_state import FETCHING
from terminal.widgets.parts.panel import PADDING
from terminal.widgets.strategy.card import CardView

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from terminal.engine.screen import StrategyCard
    from terminal.widgets.parts.empty_state import Words

NO_STRATEGY: Final = "还没有策略。在下面选移仓、价差、网格、互转或自动配平，填好参数，先预览再启动。"


class CardList(QScrollArea):
    """Hold the cards, each in its place. The signals carry the strategy; `wishes` tells of another `wish`."""

    selected = Signal(str)
    change = Signal(str)
    agree = Signal(str)
    spot = Signal(str)
    pause = Signal(str)
    resume = Signal(str)
    stop = Signal(str)
    passed_over = Signal(str)
    wishes = Signal()

    def __init__(self, parent: QWidget, *, after: QWidget) -> None:
        super().__init__(parent)
        self.after = after  # what the Tab key reaches before the cards
        self.setObjectName("strategyCards")
        self.setAccessibleName(Term.STRATEGIES)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.views: dict[StrategyId, CardView] = {}
        self._order: list[StrategyId] = []
        self._wanted: StrategyId | None = None
        self.empty = QLabel(FETCHING[0])  # nothing is claimed before the runner's first word
        self.empty.setObjectName("strategyEmpty")
        self.empty.setWordWrap(True)
        inner = self._inner = QWidget(self.viewport())
        inner.setObjectName("strategyCardsInner")
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(PADDING, 8, PADDING, 8)
        self._column.setSpacing(6)
        self._column.addWidget(self.empty)
        self.setWidget(inner)
        self.verticalScrollBar().rangeChanged.connect(self._note_range)
        self._why = ("", "")
        self._unknown: Words | None = FETCHING

    @property
    def wish(self) -> int:
        """Return the height that shows every card."""
        return self._inner.sizeHint().height() if self.views else 44

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell when the cards want another height."""
        if event.type() is QEvent.Type.LayoutRequest and watched is self.widget():
            self.wishes.emit()
        return super().eventFilter(watched, event)

    def sizeHint(self) -> QSize:
        """Return the size that shows every card."""
        return QSize(super().sizeHint().width(), self.wish)

    def show_cards(self, cards: list[StrategyCard]) -> None:
        """Show these cards and no others."""
        shown = {card.strategy for card in cards}
        for gone in [name for name in self.views if name not in shown]:
            view = self.views.pop(gone)
            self._column.removeWidget(view)
            view.hide()
            view.deleteLater()
        cards.sort(key=lambda card: (card.place, card.strategy))
        for place, card in enumerate(cards):
            view = self.views.get(card.strategy) or self._new(card)
            if self._column.indexOf(view) != place:
                self._column.insertWidget(place, view)
            view.show_card(card)
            view.show()  # at once, for nothing hidden takes the focus; but filled: a bar in sight paints each value
        self.empty.setVisible(not cards)
        order = [card.strategy for card in cards]
        if order != self._order:
            self._order, last = order, self.after
            for name in order:
                last = self.views[name].chain(last)
        self._reveal()

    def reveal(self, strategy: StrategyId) -> None:
        """Bring a card into sight as soon as it is there, unless somebody has the cursor on the cards."""
        self._wanted = strategy
        self._reveal()

    @property
    def none(self) -> str:
        """Return in a few words that there is no card."""
        told = None if self._unknown == FETCHING else self._unknown
        return told[0] if told else f"尚无{Term.STRATEGIES}"

    def show_age(self, unknown: Words | None) -> None:
        """Take what is said without a card while every card is of before the link was cut; `None` while it is not."""
        self._unknown = unknown
        self.empty.setText("，".join(unknown[:2]) if unknown else NO_STRATEGY)
        for view in self.views.values():
            view.show_age(old=unknown is not None)

    def allow(self, why_not: str, why_not_rest: str) -> None:
        """Say why strategies may not be changed, and why not brought to rest."""
        self._why = (why_not, why_not_rest)
        for view in self.views.values():
            view.allow(why_not, why_not_rest)

    def choose(self, strategy: StrategyId | None) -> None:
        """Show which card's settings are in the form."""
        for name, view in self.views.items():
            view.choose(chosen=name == strategy)

    def _reveal(self) -> None:
        view = self.views.get(self._wanted) if self._wanted is not None else None
        self._wanted = self._wanted if view is None else None
        if view is not None and not self.underMouse():
            # Not now: a layout gives a new card its place with the next event.
            QTimer.singleShot(0, view, lambda: self.ensureWidgetVisible(view, 0, 0))

    def _note_range(self, _least: int, most: int) -> None:
        # The bar holds the old place still. Beyond the new end it is drawn back, and every card with it.
        if self.verticalScrollBar().value() > most:
            for view in self.views.values():
                view.rest_anew()

    def _new(self, card: StrategyCard) -> CardView:
        view = CardView(card, self._inner)
        name = card.strategy
        for mine, ours in (
            (view.selected, self.selected),
            (view.change, self.change),
            (view.agree, self.agree),
            (view.spot, self.spot),
            (view.pause, self.pause),
            (view.resume, self.resume),
            (view.stop, self.stop),
            (view.passed_over, self.passed_over),
        ):
            mine.connect(lambda ours=ours: ours.emit(name))
        view.allow(*self._why)
        view.show_age(old=self._unknown not in {None, FETCHING})
        self.views[name] = view
        return view
