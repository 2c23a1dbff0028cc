"""Set strategies up and change them: a form for each kind, a preview that has to agree first, the button that sends.

Drafts are kept per account, kind and strategy, so that looking at another tab, another strategy or another account
loses nothing. What is previewed is exactly what is sent: every change of the form, of its name or of the version it
builds on makes another command, and the answer to the one before counts no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.commands import ChangeStrategy, CommandBody, StartStrategy
from terminal.domain.ids import StrategyId
from terminal.widgets.strategy.bench_view import BenchView
from terminal.widgets.strategy.draft import Draft, free_name
from terminal.widgets.strategy.faults import faults_of
from terminal.widgets.strategy.form import NOBODY
from terminal.widgets.strategy.forms import FORMS
from terminal.widgets.strategy.ground import Ground
from terminal.widgets.strategy.misfits import misfits_of
from terminal.widgets.strategy.parked import Parked
from terminal.widgets.strategy.status import BAD, BLOCKING, FINE, OVERTAKEN, UNSEEN, conflict_of, go_of, status_of
from terminal.widgets.strategy.words import KINDS, StrategyKind, kind_of

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, CommandId, ConfirmationId, InstrumentId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote
    from terminal.engine.screen import ApprovalCard, Hand, Preview, ResultLine, StrategyCard
    from terminal.widgets.strategy.form import StrategyForm


class StrategyBench:
    """Decide what the forms of one account's strategies hold, and what may be sent; `view` is what is seen of it."""

    def __init__(self, view: BenchView, hand: Hand) -> None:
        self.view = view
        self._hand = hand
        self._account: AccountId | None = None
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._cards: dict[StrategyId, StrategyCard] = {}
        self._taken: set[str] = set()
        self._why = ""
        self._said = ("", FINE)
        self._asked: tuple[int, CommandBody] | None = None
        self._answer: Preview | None = None
        self._sent: dict[CommandId, CommandBody] = {}
        self._waiting: CommandId | None = None
        self._parked = Parked()
        self._quotes: dict[InstrumentId, Quote] = {}
        self._ground = Ground()
        self._forms: dict[StrategyKind, StrategyForm] = {}
        self._drafts: dict[tuple[AccountId | None, StrategyKind, StrategyId | None], Draft] = {}
        self._current: dict[StrategyKind, Draft] = {}
        view.tabs.currentChanged.connect(self._turn)
        view.name.textEdited.connect(self._named)
        view.name.editingFinished.connect(self.refresh)
        view.new_button.clicked.connect(self.begin)
        view.mine_button.clicked.connect(lambda: self._take_side(mine=True))
        view.latest_button.clicked.connect(lambda: self._take_side(mine=False))
        view.drop_button.clicked.connect(self.drop)
        view.preview_button.clicked.connect(self.ask)
        view.start_button.clicked.connect(self.start)
        self.refresh()

    @property
    def kind(self) -> StrategyKind:
        """Return the kind whose form is shown."""
        return StrategyKind(self.view.tabs.currentIndex())

    def form(self, kind: StrategyKind) -> StrategyForm:
        """Return the form of a kind; it is made when it is first wanted, for each is a hundred widgets."""
        if kind not in self._forms:
            form = self._forms[kind] = self.view.host(kind, FORMS[kind])
            form.ground = self._ground
            form.show_instruments(self._instruments)
            form.show_quotes(self._quotes)
            self._use(kind, self._draft(kind, None))
            form.edited.connect(lambda: self._edited(kind))
        return self._forms[kind]

    @property
    def draft(self) -> Draft:
        """Return the draft in the form shown."""
        self.form(self.kind)
        return self._current[self.kind]

    @property
    def answer(self) -> Preview | None:
        """Return the answer to a preview of exactly what the form says now."""
        return self._answer if self._asked is not None and self._asked[1] == self._body() else None

    # --- what comes in ---------------------------------------------------------------------------------------------

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """Take the listed contracts."""
        self._instruments = {instrument.id: instrument for instrument in instruments}
        for form in self._forms.values():
            form.show_instruments(self._instruments)

    def show_quotes(self, quotes: dict[InstrumentId, Quote]) -> None:
        """Take the latest quotes."""
        self._quotes |= quotes
        for kind, form in self._forms.items():
            form.show_quotes(quotes)
            if (kind is not self.kind or self._asked is None) and form.follow_clock():
                self._edited(kind, by_clock=True)

    def show_ground(self, ground: Ground) -> None:
        """Take what suggestions for the account shown start from."""
        if ground != self._ground:
            self._ground = ground
            for form in self._forms.values():
                form.show_ground(ground)

    def show_account(self, account: AccountId | None) -> None:
        """Turn to an account; the drafts of the one before are kept."""
        if account == self._account:
            return
        before, self._account = self._account, account
        self._void()
        self._said = ("", FINE)
        for kind, form in self._forms.items():
            if before is None:  # what was typed before there was an account is meant for the first one
                self._current[kind].settings = form.settings(account or NOBODY)
                self._drafts[account, kind, None] = self._current[kind]
            else:
                self._use(kind, self._draft(kind, None))

    def show_cards(self, cards: dict[StrategyId, StrategyCard], taken: set[str]) -> None:
        """Take the strategies of the account; `taken` are the names no new strategy may have."""
        self._cards, self._taken = cards, taken
        for kind in self._forms:
            draft = self._current[kind]
            latest = cards.get(draft.strategy) if draft.strategy else None
            was_refused = draft.refused
            if latest is not None and draft.meet(latest):
                self._use(kind, draft)
            elif was_refused and draft.dirty and not draft.conflict and kind is self.kind:
                self._said = (OVERTAKEN, BAD)
        self.refresh()

    def show_previews(self, previews: dict[int, Preview]) -> None:
        """Take answers; only the one to the last question counts."""
        if self._asked is not None and self._asked[0] in previews:
            self._answer = previews[self._asked[0]]
            self.refresh()
            self.view.point_out(self.form(self.kind), self._answer)

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of the commands sent from here."""
        for line in results:
            body = self._sent.get(line.command)
            if body is None:
                continue
            if line.code != "UNANSWERED":
                del self._sent[line.command]
            if line.command == self._waiting:
                self._waiting = None
            self._settle(line, body)
            self._parked.follow(line.confirmation)
        self.show_approvals({})

    def show_approvals(self, cards: dict[ConfirmationId, ApprovalCard]) -> None:
        """Take what became of confirmations; of what was sent from here the foot says it."""
        self._parked.take(cards)
        self._said = self._parked.news(self._account) or self._said
        self.refresh()

    def allow(self, why: str) -> None:
        """Say why nothing may be started or changed now, empty where it may."""
        if why != self._why:
            if why:
                self._void()
            self._why = why
            self.refresh()

    def restart(self) -> None:
        """Forget what was asked: the answers may be lost. Drafts stay."""
        self._void()
        self._waiting = None
        self._cards = {}
        self.refresh()

    # --- what a person does ----------------------------------------------------------------------------------------

    def change(self, card: StrategyCard) -> None:
        """Put a strategy's settings into the form of its kind, or the draft already begun."""
        kind = kind_of(card.settings)
        self._use(kind, self._draft(kind, card))
        self.view.tabs.setCurrentIndex(kind)
        self._said = ("", FINE)
        self.refresh()

    def fill(self, settings: StrategySettings, own: frozenset[str] | None = None) -> None:
        """Begin a new strategy with settings; `own` are the given ones, `None` all: the others are suggested."""
        kind = kind_of(settings)
        draft = self._drafts[self._account, kind, None] = Draft(settings=settings, own=own)
        self._use(kind, draft)
        self.view.tabs.setCurrentIndex(kind)
        if own is not None:
            self.form(kind).changed()
        self.refresh()

    def send(self, body: CommandBody) -> CommandId:
        """Send a command whose result is told in the foot."""
        command = self._hand.send(body)
        self._sent[command] = body
        self._said = ("", FINE)
        self.refresh()
        return command

    def tell(self, sentence: str) -> None:
        """Say in the foot why a press did nothing; it stands until something is done."""
        self._said = (sentence, BAD)
        self.refresh()

    def ask(self) -> None:
        """Ask what starting or changing would do."""
        body = self._body()
        if body is None or not self.view.preview_button.isEnabled():
            return
        self._said, self._answer = ("", FINE), None
        self._asked = (self._hand.preview(body), body)
        self.refresh()

    def start(self) -> None:
        """Send exactly what the preview agreed to."""
        body, answer = self._body(), self.answer
        if body is None or answer is None or not self.view.start_button.isEnabled():
            return
        self._void()
        if not self.view.is_read():
            self.tell(UNSEEN)
            return
        self.draft.note_sent(body)
        self._waiting = self.send(body)
        self._said = ("已发送，等待运行器的结果…", FINE)
        self.refresh()

    def drop(self) -> None:
        """Give the draft up: a change returns to the strategy's settings, a new one to the suggestions."""
        kind, draft = self.kind, self.draft
        if draft.card is not None:
            draft.use_latest()
        else:
            draft = self._drafts[self._account, kind, None] = Draft()
        self._use(kind, draft)
        self.refresh()

    def begin(self) -> None:
        """Turn to the new strategy of this kind; a change already begun is kept."""
        self._use(self.kind, self._draft(self.kind, None))
        self.refresh()

    # --- inside ----------------------------------------------------------------------------------------------------

    def _draft(self, kind: StrategyKind, card: StrategyCard | None) -> Draft:
        key = (self._account, kind, card.strategy if card else None)
        if key not in self._drafts:
            self._drafts[key] = Draft.of(card) if card else Draft()
        draft = self._drafts[key]
        if card is not None:
            draft.meet(card)
        return draft

    def _use(self, kind: StrategyKind, draft: Draft) -> None:
        form = self.form(kind)
        self._current[kind] = draft
        self._void()
        if draft.settings is None:
            form.clear()
        else:
            form.load(draft.settings, draft.own)
        form.fix(draft.card.settings if draft.card is not None else None)
        draft.settings = form.settings(self._account or NOBODY)

    def _edited(self, kind: StrategyKind, *, by_clock: bool = False) -> None:
        draft, form = self._current[kind], self.form(kind)
        draft.settings = form.settings(self._account or NOBODY)
        if draft.card is None:
            draft.own = frozenset(form.own)
        if kind is self.kind and not by_clock:
            self._void()
            self._said = ("", FINE)
        self.refresh()

    def _named(self, text: str) -> None:
        self.draft.name = text.strip()
        self._void()
        self.refresh()

    def _void(self) -> None:
        self._asked = self._answer = None

    def _name(self) -> StrategyId:
        if (given := self.draft.given_name) is not None:
            return given
        contracts = self.form(self.kind).contracts()
        product = self._instruments.get(contracts[0]) if contracts else None
        what = f"-{product.product_name}" if product else ""
        return StrategyId(free_name(f"{KINDS[self.kind]}{what}", self._taken))

    def _body(self) -> StartStrategy | ChangeStrategy | None:
        account, settings, card = self._account, self.draft.settings, self.draft.card
        if account is None or settings is None:
            return None
        if card is None:
            return StartStrategy(account=account, strategy=self._name(), settings=settings)
        return ChangeStrategy(account=account, strategy=card.strategy, base_version=card.version, settings=settings)

    def _faults(self) -> dict[str, str]:
        form, settings, card = self.form(self.kind), self.draft.settings, self.draft.card
        if settings is None:
            return form.blanks()
        return misfits_of(settings, form.instruments, card) | faults_of(settings, form.instruments) | form.blanks()

    def _settle(self, line: ResultLine, body: CommandBody) -> None:
        self._said = (line.sentence, FINE if line.ok else BAD)
        if isinstance(body, StartStrategy) and line.ok:
            kind = kind_of(body.settings)
            draft = self._drafts.get((body.account, kind, None))
            if draft is not None and draft.settings == body.settings:
                fresh = self._drafts[body.account, kind, None] = Draft()
                if self._current.get(kind) is draft:
                    self._use(kind, fresh)
        if isinstance(body, ChangeStrategy):
            kind = kind_of(body.settings)
            draft = self._drafts.get((body.account, kind, body.strategy))
            if draft is not None and line.ok and line.code == "OK":
                draft.make(body)
            elif draft is not None and line.code == "CONFLICT":
                draft.refuse(body.base_version)
                if draft is self.draft:  # the box above the foot says it, with both values
                    self._said = (OVERTAKEN, BAD) if draft.is_overtaken(body) else ("", FINE)
            elif draft is not None and line.code == "CONFIRM2" and draft.settings == body.settings:
                draft.use_latest()  # it waits for a second person: until then the strategy is what its card says
                if self._current.get(kind) is draft:
                    self._use(kind, draft)

    def _take_side(self, *, mine: bool) -> None:
        draft = self.draft
        if mine:
            draft.use_mine()
        else:
            draft.use_latest()
            self._use(self.kind, draft)
        self._void()
        self._said = ("", FINE)
        self.refresh()

    def _turn(self, tab: int) -> None:
        self.view.stack.setCurrentIndex(tab)
        self.refresh()

    # --- what is seen ----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what holds now: faults, conflict, preview, and which buttons may be pressed."""
        view, draft, name = self.view, self.draft, self._name()
        faults = self._faults()
        touched = draft.card is not None or draft.dirty or draft.own  # else it is no fault of who may press nothing
        self.form(self.kind).show_faults(faults if touched or not self._why else {})
        taken = f"策略 {name} 已存在，请换一个名称。" if draft.card is None and name in self._taken else ""
        view.show_name(name, fixed=draft.card is not None, fault=taken)
        self._show_conflict(draft)
        wrong = taken or (f"有 {len(faults)} 处要改，见各栏下的说明。" if faults else "")
        idle = draft.card is not None and not draft.dirty
        may_ask = not (self._why or draft.conflict or draft.waits or wrong or idle or self._waiting is not None)
        answer = self.answer
        if answer is not None:
            view.preview.show_preview(answer)
        elif self._asked is not None and self._asked[1] == self._body():
            view.preview.wait()
        else:
            view.preview.hide()
        view.preview_button.setEnabled(may_ask)
        agreed = answer is not None and answer.verdict not in BLOCKING
        view.offer(go_of(draft, answer), allowed=may_ask and agreed)
        view.drop_button.setEnabled(draft.dirty or (draft.card is None and draft.own != frozenset()))
        view.new_button.setEnabled(draft.card is not None)
        view.say(*self._status(wrong))

    def _status(self, wrong: str) -> tuple[str, str]:
        sentence, state = self._said
        told = f"▲ {sentence}" if state == BAD else sentence
        if self._why:  # a press that did nothing is told all the same: what lowers risk may be pressed
            return f"{told if state == BAD else ''} ■ {self._why}".strip(), BAD
        return (told, state) if sentence else status_of(self.draft, self.answer, wrong=wrong)

    def _show_conflict(self, draft: Draft) -> None:
        conflict = conflict_of(draft)
        if conflict is None:
            self.view.end_conflict()
            return
        self._void()  # what was foreseen was foreseen of the version before
        self.view.mine_button.setEnabled(draft.may_rebase)
        self.view.latest_button.setEnabled(draft.may_rebase)
        self.view.show_conflict(*conflict)
