"""Decide: one input in, facts and effects out.

Inputs are market batches, the exchange's reports, people's commands, and the start of a runner. The market clock is
the latest batch's; nothing here reads another one. What this object holds beside `State` and `Columns` is only pace:
when something is next due, and which strategies a slot wakes. All of it is rebuilt at a start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain import reports as r
from terminal.domain.commands import Command
from terminal.domain.fact.control import DECIDING, StrategyStatus
from terminal.domain.fact.facts import (
    BarrierBegan,
    CommandDone,
    OrderFilled,
    OrderRecorded,
    Reconciled,
    RunnerStarted,
    SpotQuoted,
)
from terminal.domain.fact.marks import Finished
from terminal.domain.fact.sandbox import SandboxResult
from terminal.domain.ids import TenantId
from terminal.domain.market import Batch
from terminal.domain.orders.intents import NOTHING
from terminal.domain.words.risk import Scope
from terminal.engine import commands as wishes
from terminal.engine.alert.alarms import BasisAlarms
from terminal.engine.alert.last_days import tell_last_days
from terminal.engine.alert.naked import show_naked, show_unlinked
from terminal.engine.alert.stating import state_mark
from terminal.engine.batch.release import advance_batches, drop_waiting
from terminal.engine.conditional.end import tell_ends
from terminal.engine.conditional.watch import ConditionalWatch
from terminal.engine.confirmations import approval
from terminal.engine.exchange import answers
from terminal.engine.exchange.combinations import reconcile_combinations, take_combination
from terminal.engine.exchange.day import correct, roll
from terminal.engine.exchange.endings import hear_end, take_ends_aside
from terminal.engine.exchange.exercises import hear_told, reconcile_exercises
from terminal.engine.exchange.leg_reports import answer_by_legs, by_legs
from terminal.engine.exchange.silence import lose_link, lose_silent
from terminal.engine.exercise.watch import expect_bought
from terminal.engine.fold import Fold, apply
from terminal.engine.look import Look
from terminal.engine.pace import JUMP, LOOK_EVERY, Pace, only_agrees
from terminal.engine.records.journal import Actor
from terminal.engine.refused import Refused
from terminal.engine.reversal.reversals import advance
from terminal.engine.sandbox.wishes import take_rounds
from terminal.engine.state import AccountState, State, StrategyRow
from terminal.engine.statement import wishes as statement_wishes
from terminal.engine.strategy.bereft import LEAVING, pause_bereft
from terminal.engine.strategy.carrying import carry_out
from terminal.engine.strategy.dozing import Dozing, waking
from terminal.engine.strategy.halves import both_of, hear, tell_unfollowed
from terminal.engine.strategy.rebinding import bind_anew, missing_said, stands_still, take_along
from terminal.engine.strategy.spot_side import look_at_spot_sides, state_spot_filled
from terminal.engine.strategy.unsound import pause_unsound
from terminal.engine.strategy.unwanted import cancel_unwanted
from terminal.engine.strategy.urgent import urgent_first
from terminal.engine.strategy.way_watch import look_at_ways
from terminal.engine.strategy.winding import asked_by_people, asked_by_time, end_winding, is_overdue
from terminal.engine.turn import RUNNER, Ask, Turn
from terminal.engine.wishes import latches as latch_wishes
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.fact.statement import Handed
    from terminal.domain.ids import AccountId
    from terminal.engine.alert.alarms import BasisAlarm
    from terminal.engine.prices.columns import Columns
    from terminal.engine.prices.spread import Spread

NOBODY = TenantId("")

Input = Batch | r.Report | Command


class Engine:
    """Hold state, columns and view of one runner and decide on each input."""

    def __init__(self, state: State, columns: Columns, calendar: Calendar, alarms: Sequence[BasisAlarm] = ()) -> None:
        self.state = state
        self.fold: Fold = apply
        self.columns = columns
        self.look = Look(state, columns, calendar)
        self.alarms = BasisAlarms(alarms)
        self.conditionals = ConditionalWatch(state, self.look)
        self.touched_spreads: list[Spread] = []
        self.result: CommandDone | None = None  # of the latest command
        self.floor = 0  # the market clock of the last record: a restart never writes an earlier one
        self._stated: set[int] = set()  # slots whose price a person said, and nobody has been told of yet
        self.pace = Pace()
        self.dozing = Dozing(self.look)

    # --- inputs -------------------------------------------------------------------------------------------------

    def start(
        self, *, market: str, plan_sha256: str, version: str, tenant: TenantId = NOBODY, exchange: str = ""
    ) -> Turn:
        """Begin a runner over a folded state: what was under way is doubtful, and nothing opens before the barrier."""
        turn = self._turn("start")
        start = self.state.tenant.starts + 1
        turn.say(
            RunnerStarted(
                tenant=tenant, start=start, market=market, exchange=exchange, plan_sha256=plan_sha256, version=version
            )
        )
        for account in self.state.accounts.values():
            drop_waiting(turn, account, "RESTARTED", "运行器在轮到它之前停止")
            pause_unsound(turn, account)
            lose_link(turn, account, "重新启动")
            approval.expire(turn, self.look, account, everything_approved=True)
        return turn

    def prepare(self) -> None:
        """Register the windows of the strategies that were folded, so that `warm` fills them."""
        self.pace.wakes = waking(self.state, self.columns)

    def warm(self, batch: Batch) -> None:
        """Take a batch of the past: columns and windows only, no decisions."""
        self.dozing.wake_all()
        self.columns.sample(self._update(batch), self.look.trades_since)

    def receive(self, item: Input) -> Turn:
        """Decide on one input; the caller makes the turn durable before anything else."""
        if isinstance(item, Batch):
            return self._batch(item)
        if isinstance(item, Command):
            turn = self._turn(f"cmd:{item.command}")
            turn.about = wishes.about(self.state, item)
            self.pace.say_sent(turn)
            turn.actor = Actor(item.person, item.device)
            self.result = wishes.carry_out(turn, self.look, item)
            return self._after_people(turn)
        return self._report(item)

    def kill(self, actor: Actor, reason: str, *, account: AccountId | None = None) -> Turn:
        """Stop an account, or all of them, on the word of whoever owns the machine (`hengduo kill`)."""
        turn = self._turn("kill")
        turn.about = None if account is None else frozenset({account})
        self.pace.say_sent(turn)
        turn.actor = actor
        for name, state in self.state.accounts.items():
            if account in {None, name}:
                latch_wishes.kill(turn, state, Scope(), reason)
        return self._after_people(turn)

    def hand_in(self, actor: Actor, account: AccountId, handed: Handed | SandboxResult) -> tuple[Turn, bool, str]:
        """Take a statement's result or rounds of the sandbox on the owner's word: say whether, and a sentence."""
        turn = self._turn("sandbox" if isinstance(handed, SandboxResult) else "statement")
        turn.about = frozenset({account})
        self.pace.say_sent(turn)
        turn.actor = actor
        try:
            home = self.state.accounts[account]
            if isinstance(handed, SandboxResult):
                sentence = take_rounds(turn, home, handed)
            else:
                _, sentence = statement_wishes.hand_in(turn, self.look, home, handed)
            ok = True
        except Refused as no:
            ok, sentence = False, no.sentence
        return self._after_people(turn), ok, sentence

    def _after_people(self, turn: Turn) -> Turn:
        self.pace.wakes, turn.actor = None, RUNNER
        self.pace.naked |= {id(row): row for row in asked_by_people(turn)}
        self._wind_down(turn)
        self._sweep(turn)
        return self._finish(turn)

    def look_again(self, slots: list[int], asked: Sequence[AccountId]) -> Turn:
        """Decide on what a batch that was passed over demands all the same: questions, and samples of its slots."""
        turn = self._turn(f"batch:{self.columns.batch}")
        for account in asked:
            self.pace.ask(turn, self.state, account)
        if slots:
            self.columns.sample(slots, self.look.trades_since)
            self._wake(turn, slots)
        return self._finish(turn)

    def agree(self, ask: Ask) -> Turn:
        """State that both books of an account agree, as an answer that says nothing new would have it."""
        turn, folded = self._turn("report"), self.state.folded
        turn.say(Reconciled(account=ask.account, query=ask.query, at=turn.at))
        self.dozing.keep(folded)
        return self._finish(turn)

    def stated(self) -> list[int]:
        """Return the slots whose price people stated since this was last asked: no batch names them."""
        slots, self._stated = sorted(self._stated), set()
        return slots

    def _turn(self, cause: str, actor: Actor = RUNNER) -> Turn:
        return Turn(self.state, max(self.columns.at, self.floor), cause, actor, self.fold)

    def _finish(self, turn: Turn) -> Turn:
        if not turn.said:
            self.pace.sent = []
            return turn  # all below follows from what was said
        kinds = {type(said.fact) for said in turn.said}
        if SpotQuoted in kinds:
            for fact in [said.fact for said in turn.said if isinstance(said.fact, SpotQuoted)]:
                self.columns.state_spot(fact.instrument, fact.price, turn.at)
                if fact.instrument in self.columns.slot_of:
                    self._stated.add(self.columns.slot_of[fact.instrument])
        if kinds & LEAVING and pause_bereft(turn, self.look):
            self._sweep(turn)
        show_naked(turn, self.look)
        if OrderFilled in kinds:
            state_spot_filled(turn, self.look)
            tell_unfollowed(turn, self.look)
        tell_ends(turn)
        self.pace.take(turn.said)
        # SENT rides the next commit: the orders of the turn before are on the wire by now.
        self.pace.sent = [said.fact for said in turn.said if type(said.fact) is OrderRecorded]
        return turn

    def _update(self, batch: Batch) -> list[int]:
        self.dozing.settle()
        if batch.at >= self.pace.day_ends:
            calendar = self.look.calendar
            if self.pace.day_ends:
                self.columns.end_day(self.look.trading_day)
            self.pace.day_ends = calendar.ends_at(calendar.trading_day(batch.at))
        return self.columns.update(batch)

    def _batch(self, batch: Batch) -> Turn:
        # Whoever looks at a batch here says in `engine.sleep` when he need not: a backtest passes over those.
        self.pace.live = True
        # What an exchange that was killed plays once more has passed by our clock already.
        passed = max(batch.at, self.floor) - max(self.columns.at, self.floor)
        self.pace.steady += min(passed, JUMP) if self.columns.batch >= 0 else 0
        slots = self._update(batch)
        turn = self._turn(f"batch:{batch.index}")
        self.columns.sample(slots, self.look.trades_since)
        self.pace.say_sent(turn)
        self.touched_spreads = self.columns.price_spreads(slots)
        if batch.at >= self.pace.due:
            self.pace.due = batch.at + LOOK_EVERY
            self._periodic(turn)
        elif self.pace.held_back:
            self._sweep(turn)
        for alert in self.alarms.judge(self.touched_spreads, batch.at):
            turn.say(alert)
        self.conditionals.judge(turn, slots)  # before strategies: a close they repeat at once would be in its way
        advance(turn, self.look)
        advance_batches(turn, self.look)
        self._wake(turn, slots)
        return self._finish(turn)

    def _report(self, report: r.Report) -> Turn:
        turn = self._turn("report")
        self.pace.say_sent(turn)
        match report:
            case r.LinkUp():
                for account in self.state.accounts.values():
                    turn.say(BarrierBegan(account=account.account, session=report.session, at=turn.at))
                    self.pace.ask(turn, self.state, account.account)
            case r.LinkDown():
                for account in self.state.accounts.values():
                    drop_waiting(turn, account, "LINK_LOST", "轮到它之前与交易所的连接断开")
                    show_unlinked(turn, self.look, account, report.why)
                    lose_link(turn, account, report.why)
            case r.QueryAnswer():
                self._answer(turn, self.state.accounts[report.account], report)
            case r.Ended():
                if report.account in self.state.accounts:
                    hear_end(turn, self.look, self.state.accounts[report.account], report)
            case r.CombinationTold():
                if report.account in self.state.accounts:
                    take_combination(turn, self.state.accounts[report.account], report)
            case r.ExerciseTold():
                if report.account in self.state.accounts:
                    hear_told(turn, self.look, self.state.accounts[report.account], report)
            case _:
                self._private(turn, report)
        return self._finish(turn)

    def _answer(self, turn: Turn, account: AccountState, answer: r.QueryAnswer) -> None:
        proven, sent = self.pace.proven[answer.account], self.pace.sent_before(answer.account, answer.query)
        self.dozing.settle()
        again = answers.reconcile(turn, self.look, account, answer_by_legs(account, answer), proven, asked_after=sent)
        expect_bought(turn, self.look, account)
        reconcile_exercises(turn, account, answer)
        reconcile_combinations(turn, account, answer)
        if again and all(only_agrees(said.fact) for said in turn.said):
            self.dozing.keep(self.state.folded - len(turn.said))
            self.pace.agreed(answer.account)
        if not answers.ends_day(turn, account):
            self._decide_all(turn, account.strategies.values(), unless_dozing=True)

    def _private(self, turn: Turn, report: answers.PrivateReport) -> None:
        account = self.state.accounts.get(report.account)
        if account is None:
            return
        row, awaits = None, False
        for part in by_legs(account, report):
            row = answers.take(turn, self.look, account, part)
            awaits |= row is not None and answers.awaits_fills(row, part)
        expect_bought(turn, self.look, account)
        take_ends_aside(turn, account, self.look.calendar)
        if row is None or awaits:
            self.pace.ask(turn, self.state, account.account)
            return
        if answers.ends_day(turn, account):
            return
        if self.pace.live:
            self.conditionals.advance(turn)
            advance(turn, self.look)
        strategy = account.strategies.get(row.cause.strategy) if row.cause.strategy is not None else None
        if strategy is not None:
            self._decide_all(turn, both_of(self.state, strategy))

    # --- what time demands --------------------------------------------------------------------------------------

    def _periodic(self, turn: Turn) -> None:
        self.columns.spot_since = self.look.spot_since()
        for account in self.state.accounts.values():
            if roll(turn, self.look, account):
                self.pace.wakes = None
                if account.linked:  # a new trading day passes the barrier anew (SAFETY 3)
                    turn.say(BarrierBegan(account=account.account, session=account.barrier.session, at=turn.at))
                    self.pace.ask(turn, self.state, account.account)
            correct(turn, self.look, account)
            approval.expire(turn, self.look, account)
            if lose_silent(turn, account):
                self.pace.ask(turn, self.state, account.account)
            if account.linked and turn.at >= self.pace.asks_at(account):
                self.pace.ask(turn, self.state, account.account)
            self.pace.watch(account.account).look_at(turn, self.look, account, steady=self.pace.steady)
            self.pace.exercises.look_at(turn, self.look, account)
            look_at_spot_sides(turn, self.look, account)
            tell_last_days(turn, self.look, account)
            self.pace.handover.look_at(turn, self.look, account)
            self.pace.naked |= {id(row): row for row in asked_by_time(self.look, account, turn.at)}
        self.pace.corrected = self.columns.said, self.pace.settlings
        self.columns.forget_days(min((one.trading_day for one in self.state.accounts.values()), default=0))
        self._sweep(turn)

    def _sweep(self, turn: Turn) -> None:
        # Cancels follow from the state, so that no kill, red level or wish can be forgotten over a restart.
        self.conditionals.tend(turn)
        self.pace.held_back = not cancel_unwanted(turn, self.look)

    # --- strategies ---------------------------------------------------------------------------------------------

    def _wake(self, turn: Turn, slots: list[int]) -> None:
        wakes = self.pace.wakes = waking(self.state, self.columns) if self.pace.wakes is None else self.pace.wakes
        if not any(account.barrier.passed for account in self.state.accounts.values()):
            return
        self.dozing.wake(slots)
        concerned = (slot for slot in slots if wakes[slot])
        woken = {id(row): row for slot in concerned for row in self.dozing.awake(slot, wakes[slot])} | self.pace.naked
        self.pace.naked = {}
        if woken:
            self._decide_all(turn, woken.values())

    def _decide_all(self, turn: Turn, rows: Iterable[StrategyRow], *, unless_dozing: bool = False) -> None:
        if not self.pace.live:
            return
        for row in urgent_first(self.look, rows):
            account = self.state.accounts[row.account]
            hear(turn, self.look, row)
            if unless_dozing and self.dozing.declared(row) is not None:
                continue
            if not (row.status in DECIDING or is_overdue(self.look, row, turn.at)) or not account.barrier.passed:
                continue
            if stands_still(self.look, account, row):
                state_mark(turn, self.look, row, missing_said(account, row))
                continue
            self.look.account = account
            kind, winding = strategy_of(row.settings), row.status is StrategyStatus.WINDING
            decision = kind.decide(row.strategy, row.settings, row.memory, self.look, winding=winding)
            look_at_ways(turn, self.look, account, row, decision)
            if winding and decision == NOTHING:
                end_winding(turn, row)
            elif decision is NOTHING:
                self.dozing.doze(row, self.pace.day_ends)
                continue
            for wanted in decision.marks:
                mark = bind_anew(self.look, account, row, wanted) if isinstance(wanted, Finished) else wanted
                if mark is None:
                    continue  # said with the next look
                state_mark(turn, self.look, row, mark)
                if take_along(turn, account, row, mark):
                    self.pace.wakes = waking(self.state, self.columns)  # at once, for the very next sample
            carry_out(turn, self.look, account, row, decision)

    def _wind_down(self, turn: Turn) -> None:
        rows = (row for account in self.state.accounts.values() for row in account.strategies.values())
        self._decide_all(turn, [row for row in rows if row.status is StrategyStatus.WINDING])
