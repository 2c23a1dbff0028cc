"""Find a contract by what a person types: code, 中文, first letters of its 拼音, or exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QEvent, QRect, QStringListModel, Qt, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView

from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.words.terms import Term
from terminal.widgets.parts.held_key import HeldKey
from terminal.widgets.parts.initials import initials

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent

    from terminal.domain.ids import InstrumentId

MOST_SHOWN: Final = 12
LIST_WIDTH: Final = 300
EXCHANGES: Final = {str(one.name): one for one in (Term.SHFE, Term.INE, Term.DCE, Term.CZCE, Term.GFEX, Term.CFFEX)}
FOUND: Final = frozenset({Kind.FUTURE, Kind.COMBINATION})
PREFIX: Final = 3
"""The worst rank of what begins as the typed does; beyond it a word is only found inside."""
ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class Candidate(NamedTuple):
    """Hold a contract and what it can be found by."""

    instrument: Instrument
    code: str
    letters: str
    exchange: str

    @property
    def label(self) -> str:
        """Return what the list shows."""
        return f"{code_of(self.instrument)}　{self.instrument.name}　{self.exchange}"

    @property
    def is_single(self) -> bool:
        """Return whether it is no combination: those begin as their first legs do, and never stand in their way."""
        return self.instrument.kind is not Kind.COMBINATION

    def is_named(self, word: str) -> bool:
        """Return whether a lower-case word is the whole code, with or without the exchange."""
        return word in (self.code, self.instrument.id.lower())

    def rank(self, word: str) -> int | None:
        """Return how well a lower-case word finds the contract, 0 best; `None` where it does not."""
        name = self.instrument.name.lower()
        tests = (
            self.is_named(word),
            self.code.startswith(word) or ("." in word and self.instrument.id.lower().startswith(word)),
            self.is_single and self.letters.startswith(word),
            self.is_single and name.startswith(word),
            word in name or word in self.code or word in self.letters,
            self.instrument.exchange.lower().startswith(word) or word in self.exchange,
        )
        return next((place for place, found in enumerate(tests) if found), None)


def code_of(instrument: Instrument) -> str:
    """Return a contract's code as its exchange writes it."""
    return instrument.id.partition(".")[2]


def matches(typed: str, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Return the contracts that every typed word finds, best first."""
    return tuple(one for _, one in _ranked(typed, candidates))


def sure_match(typed: str, candidates: tuple[Candidate, ...]) -> Candidate | None:
    """Return the contract that Enter may take unasked: its code in full, or the only one that begins so.

    `c2505` is inside sc2505 too: a hedger of corn who presses Enter must never be given crude oil.
    """
    begun = [one for rank, one in _ranked(typed, candidates) if rank <= PREFIX]
    named = [one for one in begun if one.is_named(typed.strip().lower())]
    sure = named or begun
    return sure[0] if len(sure) == 1 else None


def _ranked(typed: str, candidates: tuple[Candidate, ...]) -> list[tuple[int, Candidate]]:
    words = typed.lower().split()
    ranked = []
    for candidate in candidates:
        ranks = [rank for word in words if (rank := candidate.rank(word)) is not None]
        if words and len(ranks) == len(words):
            ranked.append((max(ranks), candidate))
    return sorted(ranked, key=lambda one: one[0])


class ContractFinder(QLineEdit):
    """Let a person type for a contract; `picked` tells its id, `entered` that Enter asks for the next field.

    What was typed and finds no single contract stays in the field as its `search`, and `searched` tells of each change.
    """

    picked = Signal(str)
    entered = Signal()
    searched = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("ticketField")
        self.setAccessibleName(Term.INSTRUMENT)
        self.setPlaceholderText("代码/名称/拼音")
        self._held = HeldKey()
        self._candidates: tuple[Candidate, ...] = ()
        self._found: tuple[Candidate, ...] = ()
        self._instrument: Instrument | None = None
        self._labels = QStringListModel(self)
        self.popup = QListView()
        self.popup.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._completer = QCompleter(self._labels, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(MOST_SHOWN)
        self._completer.setWidget(self)
        self._completer.setPopup(self.popup)
        self.popup.setObjectName("finderPopup")
        self.popup.setAccessibleName(f"{Term.INSTRUMENT}候选")
        self._completer.activated.connect(self._pick_label)
        self.textEdited.connect(self._search)
        self.textChanged.connect(self.searched)

    def changeEvent(self, event: QEvent) -> None:
        """Dress the list as the window is: Qt takes it out of every window, so that it inherits no sheet."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self.popup.setStyleSheet(self.window().styleSheet())

    @property
    def search(self) -> str | None:
        """Return what the field says in the place of the chosen contract; `None` while it shows that, or none is."""
        typed = self.text().strip()
        chosen = self._instrument
        codes = ("",) if chosen is None else (code_of(chosen).lower(), chosen.id.lower())
        return None if typed.lower() in codes else typed

    @property
    def named(self) -> bool:
        """Return whether the field holds the whole code of a listed contract, which Enter takes."""
        return self._named() is not None

    def offer(self, instruments: tuple[Instrument, ...], trading_day: int) -> None:
        """Offer these futures and combinations, but for those whose last trading day is over."""
        self._candidates = tuple(
            Candidate(one, code_of(one).lower(), initials(one.name), EXCHANGES.get(one.exchange, one.exchange))
            for one in instruments
            if one.kind in FOUND and (one.expiry is None or one.expiry >= trading_day)
        )
        if self.popup.isVisible():
            marked = self._marked()
            self._search(self.text())
            if marked is not None and marked in self._found:
                self._mark(marked)  # the row a person moved to stays theirs
        else:
            self._found = ()

    def show_instrument(self, instrument: Instrument | None) -> None:
        """Show a contract as the chosen one, in the place of whatever was typed; `None` empties the field."""
        self._instrument = instrument
        self._found = ()
        self.popup.hide()
        self.setText(self._chosen_code())

    def renew(self, instrument: Instrument | None) -> None:
        """Take the chosen contract as it is listed now; a search that stands goes on."""
        chosen, now = (one.id if one else None for one in (self._instrument, instrument))
        if self.search is None or chosen != now:
            self.show_instrument(instrument)
        else:
            self._instrument = instrument

    def begin(self, typed: QKeyEvent) -> None:
        """Begin a new search with a key that was pressed elsewhere."""
        self.clear()
        self.keyPressEvent(typed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the marked candidate on Enter; everything else types."""
        if event.key() not in ENTER:
            super().keyPressEvent(event)
            return
        event.accept()
        if self._held.repeats(event):
            return
        marked = self._marked() if self.popup.isVisible() else None
        if marked is not None:
            self._pick(marked.instrument.id)
        else:
            self._settle()
        if self.search is None:
            self.entered.emit()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Note what is let go, to know a held key by."""
        self._held.let_go(event)
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take a code that was typed in full; an emptied field goes back to what was chosen."""
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self._settle()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Mark the whole code, so that typing replaces it."""
        super().mouseReleaseEvent(event)
        if not self.hasSelectedText():
            self.selectAll()

    def _search(self, typed: str) -> None:
        self._found = matches(typed, self._candidates)[:MOST_SHOWN]
        self._labels.setStringList([one.label for one in self._found])
        if not self._found:
            self.popup.hide()
            return
        self._completer.complete(QRect(0, 0, max(LIST_WIDTH, self.width()), self.height()))
        self._mark(sure_match(typed, self._candidates))

    def _mark(self, candidate: Candidate | None) -> None:
        row = self._found.index(candidate) if candidate in self._found else -1
        self.popup.setCurrentIndex(self.popup.model().index(row, 0))  # row -1 is no row

    def _marked(self) -> Candidate | None:
        row = self.popup.currentIndex().row()
        return self._found[row] if 0 <= row < len(self._found) else None

    def _pick_label(self, label: str) -> None:
        for one in self._found:
            if one.label == label:
                self._pick(one.instrument.id)

    def _pick(self, instrument: InstrumentId) -> None:
        found = next((one.instrument for one in self._candidates if one.instrument.id == instrument), None)
        if found is not None:  # it may have ended while the list stood open
            self.show_instrument(found)
            self.picked.emit(instrument)

    def _settle(self) -> None:
        exact = self._named()
        if exact is not None and (self._instrument is None or exact.instrument.id != self._instrument.id):
            self._pick(exact.instrument.id)
        elif not self.search:
            self.show_instrument(self._instrument)

    def _named(self) -> Candidate | None:
        typed = self.text().strip().lower()
        return next((one for one in self._candidates if one.is_named(typed)), None)

    def _chosen_code(self) -> str:
        return code_of(self._instrument) if self._instrument else ""
