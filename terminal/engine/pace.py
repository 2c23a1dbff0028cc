"""Hold the pace of an engine: when something is next due, and what it last asked or saw.

Nothing of it is journaled; a start builds it again.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from terminal.domain.fact.facts import DaySettled, OrderFilled, OrderSent, Reconciled, SettlementCorrected
from terminal.domain.orders.order import OrderState
from terminal.engine.alert.handover import Handover
from terminal.engine.alert.levels import Watch
from terminal.engine.exchange.proven import Proven
from terminal.engine.exchange.silence import is_doubtful
from terminal.engine.exercise.watch import ExerciseWatch
from terminal.engine.records.journal import account_of, is_of_account
from terminal.engine.turn import Ask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.fact.facts import Fact, OrderRecorded
    from terminal.domain.ids import AccountId
    from terminal.engine.state import AccountState, State, StrategyRow
    from terminal.engine.turn import Said, Turn

SECOND: Final = 1_000_000_000
RECONCILE_EVERY: Final = 30 * SECOND
ASK_AGAIN: Final = 5 * SECOND
LOOK_EVERY: Final = SECOND
MOVING: Final = frozenset({DaySettled, SettlementCorrected, OrderFilled})  # what may move settlement prices waited for
JUMP: Final = 2 * SECOND  # a longer step of the market clock is a break, not waiting


def only_agrees(fact: Fact) -> bool:
    """Return whether a fact says no more than that an account agrees with the exchange."""
    return isinstance(fact, Reconciled) and not (fact.differences or fact.absent)


def _moves_settlements(fact: Fact) -> bool:
    return not isinstance(fact, OrderFilled) or fact.late is not None


class Pace:
    """Hold one engine's pace; instants are market clock, UTC ns."""

    def __init__(self) -> None:
        self.due = 0  # when what time demands is looked at next
        self.day_ends = 0  # when the trading day of the latest batch does
        self.steady = 0  # market time without its jumps
        self.live = False  # nothing is decided while the past is being read
        self.held_back = False  # a cancel found no room in the message rate
        self.news = 0  # turns that stated more than that an account agrees with the exchange
        self._agreed: dict[AccountId, int] = {}  # the news when an account last agreed
        self.settlings = 0  # facts that moved what settlement prices are waited for
        # What the market had said, and the settlings, when late settlement prices were last looked for.
        self.corrected = (0, 0)
        self.wakes: list[list[StrategyRow]] | None = None  # by slot; `None` where the strategies may have changed
        # Whom time or a person has ask next, naked ones above all, by identity: its contracts may say nothing.
        self.naked: dict[int, StrategyRow] = {}
        self.sent: list[OrderRecorded] = []
        self.watches: dict[AccountId, Watch] = {}
        self.exercises = ExerciseWatch()
        self.handover = Handover()
        self.proven: dict[AccountId, Proven] = defaultdict(Proven)
        self._asked: dict[AccountId, int] = {}
        self._queries: dict[AccountId, tuple[int, int]] = {}  # the latest number, and the last order sent before it

    def watch(self, account: AccountId) -> Watch:
        """Return what watches an account's levels."""
        found = self.watches.get(account)
        if found is None:
            found = self.watches[account] = Watch()
        return found

    def take(self, said: Sequence[Said]) -> None:
        """Take what a turn stated."""
        fact = said[0].fact
        if len(said) == 1 and isinstance(fact, Reconciled) and only_agrees(fact):
            self._agreed[fact.account] = self.news
            self.proven[fact.account].agreed_at = fact.at
            return
        self.news += 1
        for one in said:
            fact = one.fact
            if type(fact) in MOVING:
                self.settlings += _moves_settlements(fact)
            if is_of_account(fact):
                self.proven[account_of(fact)].agreed_at = None

    def say_sent(self, turn: Turn) -> None:
        """State that the orders of the turn before went out."""
        for recorded in self.sent:
            row = turn.state.accounts[recorded.terms.account].orders[recorded.order]
            if row.state is OrderState.RECORDED:
                turn.say(OrderSent(account=recorded.terms.account, order=recorded.order))
        self.sent = []

    def agrees(self, account: AccountId) -> bool:
        """Return whether an account's latest answer only agreed, and nothing but such answers was stated since.

        The same answer once more states the same once more.
        """
        return self._agreed.get(account) == self.news

    def agreed(self, account: AccountId) -> None:
        """Take an answer that agrees, stated or not: what was news before it is none for it."""
        self._agreed[account] = self.news

    def ask(self, turn: Turn, state: State, account: AccountId) -> None:
        """Ask the exchange for everything about an account."""
        turn.do(self.question(turn.at, state, account))

    def question(self, at: int, state: State, account: AccountId) -> Ask:
        """Return the question for everything about an account, which counts as asked at a market instant."""
        self._asked[account] = at
        number = self._queries.get(account, (0, 0))[0] + 1  # of its own: facts carry it
        self._queries[account] = number, state.accounts[account].reference
        return Ask(account, number)

    def asks_at(self, account: AccountState) -> int:
        """Return from when on a linked account is asked about again."""
        doubtful = not account.barrier.passed or is_doubtful(account)
        every = ASK_AGAIN if doubtful or account.barrier.differences else RECONCILE_EVERY
        return self._asked.get(account.account, 0) + every

    def sent_before(self, account: AccountId, query: int) -> int:
        """Return the last order sent before a query; 0 where another one was asked since."""
        number, sent = self._queries.get(account, (0, 0))
        return sent if query == number else 0
