"""Show the strategies of the account and let a person start, change and steer them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from terminal.domain.commands import ChangeStrategy, PauseStrategy, ResumeStrategy, StartStrategy, StopStrategy
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import Role
from terminal.domain.ids import AccountId, InstrumentId, StrategyId
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.words.terms import Term
from terminal.widgets.parts.empty_state import unknown
from terminal.widgets.parts.panel import Panel
from terminal.widgets.parts.sight import is_read
from terminal.widgets.strategy.bench import StrategyBench
from terminal.widgets.strategy.bench_view import BenchView
from terminal.widgets.strategy.cards import CardList
from terminal.widgets.strategy.ground import Ground, held_of
from terminal.widgets.strategy.permission import why_not, why_not_resume
from terminal.widgets.strategy.sheet import strategy_sheet
from terminal.widgets.strategy.spot_form import SpotDesk
from terminal.widgets.strategy.words import ENDED, StrategyKind

if TYPE_CHECKING:
    from PySide6.QtGui import QMoveEvent, QResizeEvent

    from terminal.domain.ids import ConfirmationId
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote
    from terminal.engine.book.lines import Book
    from terminal.engine.screen import AccountLine, ApprovalCard, Hand, LinkLine, Preview, ResultLine, StrategyCard
    from terminal.widgets.dress.look import Look

CARDS_SHARE: Final = 0.42  # of the panel's height at most; the rest is the form's
ONE_CARD: Final = 104  # pixels: a card in sight, and that more lie below
FORM_ROOM: Final = 352  # pixels of the panel that the form, four rows of it, and its head and foot come first with
LEAST_CARDS: Final = 58
LOW: Final = 480  # pixels: in a lower panel the cards leave the form one row beside a preview
FOUND: Final = frozenset({"legs", "buy_at", "sell_at", "sets", "max_sets", "hedge_seconds"})  # what a scan knows
PRESSED_UNSEEN: Final = "没有发送：策略面板刚才被挡住，看清后再按一次。"
PASSED_OVER: Final = "卡片刚移动过，这一下没有生效；看清是哪个策略，再按一次。"


class StrategyPanel(Panel):
    """Show one account's strategies as cards, and the settings of one of them, or of a new one, below."""

    def __init__(self, look: Look, hand: Hand) -> None:
        super().__init__("strategies", Term.STRATEGIES, look)
        self._look = look
        self._account: AccountId | None = None
        self._cards: dict[StrategyId, StrategyCard] = {}
        self._link: LinkLine | None = None
        self._book: Book | None = None  # of the account shown
        self._lines: dict[AccountId, AccountLine] = {}
        self._dress()
        self.cards = CardList(self.widget(), after=self.title.close_button)
        self.body.addWidget(self.cards)
        view = BenchView(self)
        self.body.addWidget(view, 1)
        self.bench = StrategyBench(view, hand)
        self.cards.selected.connect(lambda name: self._select(StrategyId(name)))
        self.cards.change.connect(lambda name: self._change(StrategyId(name)))
        self.cards.agree.connect(lambda name: self._agree(StrategyId(name)))
        self.spot = SpotDesk(self, hand)
        self.cards.spot.connect(lambda name: self.spot.open_over(self._cards.get(StrategyId(name))))
        self.cards.pause.connect(lambda name: self._steer(StrategyId(name), PauseStrategy))
        self.cards.resume.connect(lambda name: self._steer(StrategyId(name), ResumeStrategy))
        self.cards.stop.connect(lambda name: self._steer(StrategyId(name), StopStrategy))
        self.cards.passed_over.connect(lambda _: self.bench.tell(PASSED_OVER))
        self.cards.wishes.connect(self._share)
        view.urgency.connect(self._share)
        self.bench.view.tabs.currentChanged.connect(lambda _: self._show_chosen())
        self.bench.view.new_button.clicked.connect(lambda _: self._show_chosen())
        look.changed.connect(self._dress)
        self._show_cards()
        self._show_permission()

    def begin(self, kind: StrategyKind) -> None:
        """Turn to a new strategy of a kind, with the keyboard in its first field; a draft already begun stays."""
        self.bench.view.tabs.setCurrentIndex(kind)
        self.bench.begin()
        self._show_chosen()
        self.bench.view.enter()

    def fill(self, settings: SpreadSettings) -> None:
        """Turn to a new spread with these legs, prices and sets, for the account shown; nothing is sent.

        How the account marks its orders and how much may lack stay what the form suggests.
        """
        self.bench.fill(settings, FOUND)
        self._show_chosen()
        self.bench.view.enter()

    def restart(self) -> None:
        """Begin the list of strategies again with the cards that are shown next; unsent drafts stay.

        Until then the old ones stand: a card that comes again is the same one, for making it anew takes a frame.
        """
        self._cards.clear()
        self.bench.restart()

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """Take the listed contracts."""
        self.bench.show_instruments(instruments)

    def show_quotes(self, quotes: dict[InstrumentId, Quote]) -> None:
        """Take the latest quotes."""
        self.bench.show_quotes(quotes)

    def show_account(self, account: AccountId | None) -> None:
        """Show an account's strategies."""
        if account != self._account:
            self._account, self._book = account, None
            self.bench.show_ground(Ground())
        self.bench.show_account(account)
        self._show_ground()
        self._show_cards()
        self._show_permission()

    def show_strategies(self, cards: dict[StrategyId, StrategyCard]) -> None:
        """Take the latest cards, of any account."""
        self._cards |= cards
        self._show_cards()

    def show_previews(self, previews: dict[int, Preview]) -> None:
        """Take answers to previews; those to other panels' questions are passed over."""
        self.bench.show_previews(previews)
        self.spot.show_previews(previews)

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of commands; those of other panels are passed over."""
        self.bench.show_results(results)
        self.spot.show_results(results)
        for result in results:
            if result.ok and isinstance(result.body, StartStrategy):
                self.cards.reveal(result.body.strategy)

    def show_approvals(self, cards: dict[ConfirmationId, ApprovalCard]) -> None:
        """Take what became of confirmations; those of other panels are passed over."""
        self.bench.show_approvals(cards)

    def show_link(self, link: LinkLine) -> None:
        """Take how the desk stands to its runner."""
        self._link = link
        self.cards.show_age(unknown(link))
        self.bench.view.show_age(old=link.is_old)
        self.title.note(self._counts())
        self._show_permission()
        self._show_ground()

    def show_account_line(self, line: AccountLine) -> None:
        """Take how an account stands."""
        self._lines[line.account] = line
        self._show_permission()
        self._show_ground()

    def show_book(self, book: Book | None) -> None:
        """Take what the account holds; `None` says that it is not known yet."""
        self._book = book
        self._show_ground()

    def summary(self) -> str:
        """Return the strategies as one text."""
        return f"{Term.STRATEGIES} {self._counts()}" if self._shown() else self.cards.none

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height between cards and form."""
        super().resizeEvent(event)
        self._share()

    def moveEvent(self, event: QMoveEvent) -> None:
        """Have the cards rest: a bar that comes in above moves all of them under the cursor."""
        super().moveEvent(event)
        for view in self.cards.views.values():
            view.rest_anew()

    def _shown(self) -> dict[StrategyId, StrategyCard]:
        return {name: card for name, card in self._cards.items() if card.account == self._account}

    def _show_cards(self) -> None:
        shown = self._shown()
        self.cards.show_cards(list(shown.values()))
        self.bench.show_cards(shown, set(self._cards))
        self.title.note(self._counts())
        self._show_chosen()
        self._share()

    def _counts(self) -> str:
        statuses = [card.status for card in self._shown().values()]
        paused = statuses.count(StrategyStatus.PAUSED)
        ended = sum(status in ENDED for status in statuses)
        parts = ((len(statuses) - paused - ended, "运行中"), (paused, "暂停"), (ended, "已结束"))
        told = " · ".join(f"{count} 个{word}" for count, word in parts if count)
        may_have_gone_on = self._link is not None and self._link.is_old and ended < len(statuses)
        return f"{Term.BEFORE_CUT} {told}" if may_have_gone_on else told

    def _show_chosen(self) -> None:
        self.cards.choose(self.bench.draft.strategy)

    def _show_permission(self) -> None:
        line = self._lines.get(self._account) if self._account else None
        why = why_not(self._account, self._link, line, resting=False)
        self.cards.allow(why or why_not_resume(line), why_not(self._account, self._link, line, resting=True))
        self.bench.allow(why)

    def _show_ground(self) -> None:
        line = self._lines.get(self._account) if self._account else None
        if line is not None and self._book is not None:
            self.bench.show_ground(Ground(line.usual_flag, held_of(self._book), line.hedge_groups, self._others()))

    def _others(self) -> tuple[tuple[AccountId, str], ...]:
        roles = {} if self._link is None else self._link.roles
        names = {name: line.name for name, line in self._lines.items()}
        return tuple(
            (name, names.get(name, name))
            for name, ours in sorted(roles.items())
            if name != self._account and Role.TRADER in ours
        )

    def _select(self, name: StrategyId) -> None:
        card = self._cards.get(name)
        if card is not None and card.status not in ENDED:
            self.bench.change(card)
            self._show_chosen()

    def _change(self, name: StrategyId) -> None:
        card = self._cards.get(name)
        if card is None:
            return
        if card.status in ENDED:
            self.bench.fill(card.settings)
        else:
            self.bench.change(card)
        self._show_chosen()
        self.bench.view.enter()

    def _steer(self, name: StrategyId, wish: type[PauseStrategy | ResumeStrategy | StopStrategy]) -> None:
        card = self._cards.get(name)
        if wish is ResumeStrategy and not is_read(self):  # what lowers risk is never held back
            self.bench.tell(PRESSED_UNSEEN)
        elif card is not None:
            self.bench.send(wish(account=card.account, strategy=name))

    def _agree(self, name: StrategyId) -> None:
        card = self._cards.get(name)
        if card is None or not card.proposal[0] or not isinstance(card.settings, TargetSettings):
            return
        if not is_read(self):
            self.bench.tell(PRESSED_UNSEEN)
            return
        # Over this very version, of this very number: what has changed meanwhile is refused, never traded.
        agreed = replace(card.settings, go=card.proposal[0])
        self.bench.send(ChangeStrategy(account=card.account, strategy=name, base_version=card.version, settings=agreed))

    def _share(self) -> None:
        self.bench.view.give_way(self.height())
        tight = self.height() < LOW and self.bench.view.is_urgent
        share = min(int(self.height() * CARDS_SHARE), max(ONE_CARD, self.height() - FORM_ROOM))
        most = LEAST_CARDS if tight else max(LEAST_CARDS, share)
        # Bounds, no fixed height: what stands could never shrink again, and the window grew with every preview.
        self.cards.setMaximumHeight(min(self.cards.wish, most))
        self.cards.setMinimumHeight(min(self.cards.wish, LEAST_CARDS))
        self.cards.updateGeometry()

    def _dress(self) -> None:
        self.widget().setStyleSheet(strategy_sheet(self._look.tokens))
