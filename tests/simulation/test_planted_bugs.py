"""Plant bugs in the product, one at a time, and see that the simulation catches each of them (SAFETY 10)."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest

from terminal.domain.days.calendar import natural_day
from terminal.domain.fact import facts as f
from terminal.domain.orders.confirmation import stored_hash
from terminal.domain.orders.order import TRANSITIONS, OrderEvent, OrderState
from terminal.domain.reports import LinkUp
from terminal.domain.words.risk import Level
from terminal.engine import commands as wishes
from terminal.engine import fold, look, pace, receive
from terminal.engine.alert import levels
from terminal.engine.book.scopes import scope_key
from terminal.engine.conditional import release as conditional_release
from terminal.engine.confirmations import approval, circumstances
from terminal.engine.exchange import answers
from terminal.engine.exchange.silence import REPORT_WITHIN
from terminal.engine.fold import apply
from terminal.engine.folds import orders as order_fold
from terminal.engine.orders import by_hand, gate
from terminal.engine.orders import intents as orders
from terminal.engine.ports import WireCancel, WireOrder
from terminal.engine.receive import Engine
from terminal.engine.records.journal import JournalError
from terminal.engine.reversal import reversals
from terminal.engine.strategy import carrying, unwanted
from terminal.engine.turn import Ask, Said, Turn
from terminal.engine.wishes import latches as latch_wishes
from terminal.engine.wishes import stale
from terminal.risk.price_collar import price_collar
from terminal.risk.table import RULES
from terminal.shell.runner import Runner
from terminal.strategies.grid.strategy import GridStrategy

DAYS = 60
SEED = 20261121
UNKNOWN = OrderState.UNKNOWN


# --- the bugs --------------------------------------------------------------------------------------------------


def send_before_commit(patch):
    async def commit(self, turn):
        for effect in turn.effects:
            match effect:
                case WireOrder():
                    await self.gateway.submit(effect)
                case WireCancel():
                    await self.gateway.cancel(effect)
                case Ask():
                    await self.gateway.query(effect.account, effect.query)
        if turn.said:
            self._append(turn)
        if self._told is not None:
            self._told(turn, self._running)

    patch.setattr(Runner, "commit", commit)


def a_fact_is_folded_and_not_journaled(patch):
    def say(self, fact, *, by=None):
        apply(self.state, fact, self.at)
        if not isinstance(fact, f.CancelRefused):
            self.said.append(Said(fact, self.cause, by or self.actor))

    patch.setattr(Turn, "say", say)


def resend_on_reconnect(patch):
    original = Engine._report

    def report(self, item):
        turn = original(self, item)
        if isinstance(item, LinkUp):
            for account in self.state.accounts.values():
                for row in account.live.values():
                    if row.state is UNKNOWN:
                        turn.do(WireOrder(wire_key=row.wire_key, account=account.account, terms=row.terms))
        return turn

    patch.setattr(Engine, "_report", report)


def timeout_means_rejected(patch):
    def lose_silent(turn, account):
        for row in list(account.live.values()):
            if row.state is OrderState.SENT and turn.at - row.recorded_at > REPORT_WITHIN:
                turn.say(f.OrderRejected(account=account.account, order=row.order, code="TIMEOUT", text=""))

    patch.setattr(receive, "lose_silent", lose_silent)


def cut_means_cancelled(patch):
    def lose_link(turn, account, why):
        turn.say(f.LinkLost(account=account.account, why=why))
        for row in list(account.live.values()):
            turn.say(f.OrderCancelled(account=account.account, order=row.order, unfilled=row.remaining, why=why))

    patch.setattr(receive, "lose_link", lose_link)


def an_unknown_order_is_not_lost_anew_with_its_session(patch):
    # Found by this simulation: an order that was UNKNOWN before the cut was declared void 30 s after it became so,
    # not 30 s after its session had died.
    def lose_link(turn, account, why):
        turn.say(f.LinkLost(account=account.account, why=why))
        for row in list(account.live.values()):
            if row.state in {OrderState.RECORDED, OrderState.SENT}:
                turn.say(f.OrderUnknown(account=account.account, order=row.order, why=why))

    patch.setattr(receive, "lose_link", lose_link)


def found_recorded_means_never_sent(patch):
    def lose_link(turn, account, why):
        turn.say(f.LinkLost(account=account.account, why=why))
        for row in list(account.live.values()):
            if row.state is OrderState.RECORDED:
                turn.say(f.OrderVoided(account=account.account, order=row.order, why=why))
            elif row.state is OrderState.SENT:
                turn.say(f.OrderUnknown(account=account.account, order=row.order, why=why))

    patch.setattr(receive, "lose_link", lose_link)


def void_at_the_first_absence(patch):
    patch.setattr(answers, "ABSENT_QUERIES", 1)
    patch.setattr(answers, "ABSENT_APART", 0)
    patch.setattr(answers, "ABSENT_AFTER", 0)


def fill_key_without_exchange(patch):
    original = answers._fill

    def fill(turn, look, account, row, report, booked):
        key = (report.trading_day, report.trade, report.sys_id, report.side)
        if all((day, trade, number, side) != key for day, _, trade, number, side in account.fills):
            return original(turn, look, account, row, report, booked)
        return True

    patch.setattr(answers, "_fill", fill)


def a_fill_is_booked_each_time_it_is_told(patch):
    original = answers._fill

    def fill(turn, look, account, row, report, booked):
        key = (report.trading_day, report.exchange, report.trade, report.sys_id, report.side)
        if row.remaining >= report.lots:
            account.fills.pop(key, None)
        return original(turn, look, account, row, report, booked)

    patch.setattr(answers, "_fill", fill)


def a_removal_ends_the_order_before_its_fills(patch):
    def remove(turn, row, report):
        if not row.ended:
            turn.say(f.OrderCancelled(account=row.terms.account, order=row.order, unfilled=report.unfilled, why=""))

    patch.setattr(answers, "_remove", remove)
    patch.setattr(answers, "awaits_fills", lambda *_: False)
    patch.setitem(TRANSITIONS, (OrderState.CANCELLED, OrderEvent.COMPLETE), OrderState.CANCELLED)


def late_reports_move_an_order_back(patch):
    for state in (OrderState.PARTIAL, OrderState.FILLED, OrderState.CANCELLED):
        patch.setitem(TRANSITIONS, (state, OrderEvent.ACCEPT), OrderState.LIVE)
    original = answers._accept

    def accept(turn, row, report):
        row.sys_id = None
        original(turn, row, report)

    patch.setattr(answers, "_accept", accept)


def the_barrier_passes_with_the_login(patch):
    original = Engine._report

    def report(self, item):
        turn = original(self, item)
        if isinstance(item, LinkUp):
            for account in self.state.accounts.values():
                turn.say(f.BarrierPassed(account=account.account, session=item.session))
        return turn

    patch.setattr(Engine, "_report", report)


def differences_are_not_seen(patch):
    patch.setattr(answers, "_differences", lambda *_: [])


def red_is_ignored(patch):
    for module in (gate, order_fold, look, unwanted, circumstances):
        patch.setattr(module, "worst_level", lambda *_: Level.NORMAL)
    patch.setattr(levels, "pause_strategies", lambda *_: None)


def the_kill_switch_is_ignored(patch):
    for module in (gate, order_fold, unwanted, reversals, fold):
        patch.setattr(module, "is_killed", lambda *_: False)
    patch.setattr(latch_wishes, "pause_strategies", lambda *_: None)
    patch.setattr(look.Look, "opening_allowed", lambda *_: True)


def nothing_is_cancelled_by_a_lock(patch):
    patch.setattr(Engine, "_sweep", lambda *_: None)


def the_message_rate_is_not_counted(patch):
    # Neither the gate knows it then, which refuses what people open, nor the engine, which paces the rest.
    patch.setattr(order_fold, "count_message", lambda *_: None)


def the_daily_band_is_not_looked_at(patch):
    patch.setattr(gate, "RULES", tuple(rule for rule in RULES if rule is not price_collar))


def approvals_do_not_expire(patch):
    patch.setattr(approval, "expire", lambda *_, **__: None)
    original = approval.check_decision

    def check_decision(turn, *args):
        at, turn.at = turn.at, 0
        try:
            return original(turn, *args)
        finally:
            turn.at = at

    patch.setattr(approval, "check_decision", check_decision)


def a_drifted_price_is_no_reason_to_ask_again(patch):
    patch.setattr(stale, "DRIFT_TICKS", 10**6)


def self_match_ignores_unknown(patch):
    original = gate.gather

    def gather(*args, **kwargs):
        check = original(*args, **kwargs)
        check.jointly = [[row for row in rows if row.state is not UNKNOWN] for rows in check.jointly]
        return check

    patch.setattr(gate, "gather", gather)


def self_match_looks_at_one_account(patch):
    original = gate.gather

    def gather(*args, **kwargs):
        check = original(*args, **kwargs)
        check.jointly = [check.working]
        return check

    patch.setattr(gate, "gather", gather)


def unknown_orders_reserve_nothing(patch):
    original = gate._worst_lots

    def worst_lots(account, terms):
        doubtful = sum(
            row.remaining
            for row in account.live.values()
            if row.state in {UNKNOWN, OrderState.LIVE} and row.terms.instrument == terms.instrument
        )
        return tuple(lots - doubtful for lots in original(account, terms))

    patch.setattr(gate, "_worst_lots", worst_lots)


def the_approval_hash_leaves_the_price_out(patch):
    original = stored_hash

    def without_price(stored):
        return original(re.sub(r'"price":"[^"]*"', "", stored))

    patch.setattr(approval, "stored_hash", without_price)


def makers_may_approve_their_own_orders(patch):
    original = approval.check_decision

    def check_decision(turn, account, confirmation, order_hash, signature, decision, person, device):
        row = account.confirmations.get(confirmation)
        if row is not None and person == row.confirmation.maker and row.state == "PENDING":
            return row
        return original(turn, account, confirmation, order_hash, signature, decision, person, device)

    patch.setattr(approval, "check_decision", check_decision)


def one_person_releases_alone(patch):
    def release(turn, _look, account, command, body):
        who = command.person
        if scope_key(body.scope) in account.kills:
            turn.say(f.KillReleased(account=account.account, scope=body.scope, first=who, second=who, reason=""))
        return "OK", "已解除"

    patch.setattr(latch_wishes, "release", release)


def large_orders_need_nobody(patch):
    def judge(look, terms, cause, *, parent, **_):
        return gate.judge(look, terms, cause, parent=parent, approved=True)

    patch.setattr(by_hand, "judge", judge)


def late_commands_are_carried_out(patch):
    patch.setattr(wishes, "in_time", lambda *_: None)


def a_repeated_command_is_done_again(patch):
    original = wishes.carry_out

    def carry_out(turn, look, command):
        for account in look.state.accounts.values():
            account.commands.pop(command.command, None)
        return original(turn, look, command)

    patch.setattr(wishes, "carry_out", carry_out)


def the_day_rolls_by_the_date(patch):
    patch.setattr(look.Look, "trading_day", property(lambda self: natural_day(self.columns.at)))


def a_full_disk_does_not_stop_trading(patch):
    original = Runner._append

    def append(self, turn):
        with suppress(JournalError):
            original(self, turn)

    patch.setattr(Runner, "_append", append)


def cancels_are_not_recorded(patch):
    def cancel_order(turn, row, _reason):
        if row.ended or row.state is UNKNOWN or row.cancel_at is not None:
            return False
        row.cancel_at = turn.at
        turn.do(WireCancel(account=row.terms.account, wire_key=row.wire_key, exchange=row.exchange, sys_id=row.sys_id))
        return True

    for module in (carrying, orders, unwanted, wishes):
        patch.setattr(module, "cancel_order", cancel_order)


def nobody_asks_about_unknown_orders(patch):
    patch.setattr(pace, "ASK_AGAIN", 10**18)
    patch.setattr(pace, "RECONCILE_EVERY", 10**18)
    original = pace.Pace.ask

    def ask(self, turn, state, account):
        if turn.cause == "report":
            original(self, turn, state, account)

    patch.setattr(pace.Pace, "ask", ask)


def a_grid_forgets_what_its_lines_hold(patch):
    original = GridStrategy.fold

    def forget(self, settings, memory, fact, tag, at):
        original(self, settings, memory, fact, tag, at)
        if isinstance(fact, f.OrderFilled):
            memory.held = [0] * settings.lines

    patch.setattr(GridStrategy, "fold", forget)


def large_orders_that_waited_need_nobody(patch):
    def judge(look, terms, cause, *, parent, **_):
        return gate.judge(look, terms, cause, parent=parent, approved=True)

    patch.setattr(conditional_release, "judge", judge)


def guards_do_not_go_down_with_the_position(patch):
    patch.setattr(answers, "follow_fill", lambda *_: None)


# By what each is caught: the invariants its first violation may name; "engine", "journal" and "runner" where the
# product itself stops before anything worse.
BUGS = {
    send_before_commit: "I1",
    a_fact_is_folded_and_not_journaled: "I2",
    resend_on_reconnect: "I4",
    timeout_means_rejected: "I5",
    cut_means_cancelled: "I3 I5 I11",
    an_unknown_order_is_not_lost_anew_with_its_session: "I5",
    found_recorded_means_never_sent: "I5",
    void_at_the_first_absence: "I5",
    fill_key_without_exchange: "I3 I8 I9",
    a_fill_is_booked_each_time_it_is_told: "journal I8 I9",
    a_removal_ends_the_order_before_its_fills: "I5 I8",
    late_reports_move_an_order_back: "engine I3 I5 I10",
    the_barrier_passes_with_the_login: "I7",
    differences_are_not_seen: "I9",
    red_is_ignored: "I21",
    the_kill_switch_is_ignored: "I21",
    nothing_is_cancelled_by_a_lock: "I21",
    the_message_rate_is_not_counted: "C8",
    the_daily_band_is_not_looked_at: "C1",
    approvals_do_not_expire: "I23",
    a_drifted_price_is_no_reason_to_ask_again: "I23",
    self_match_ignores_unknown: "C14",
    self_match_looks_at_one_account: "C14",
    unknown_orders_reserve_nothing: "I6",
    the_approval_hash_leaves_the_price_out: "I23",
    makers_may_approve_their_own_orders: "engine I24",
    one_person_releases_alone: "I21",
    large_orders_need_nobody: "I19",
    late_commands_are_carried_out: "I18",
    a_repeated_command_is_done_again: "journal engine I17",
    the_day_rolls_by_the_date: "engine I3 I9 I14",
    a_full_disk_does_not_stop_trading: "I1 runner",
    cancels_are_not_recorded: "I1",
    nobody_asks_about_unknown_orders: "I5 I7 runner",
    a_grid_forgets_what_its_lines_hold: "I11",
    large_orders_that_waited_need_nobody: "I19",
    guards_do_not_go_down_with_the_position: "C13",
}

# Seed and world that last showed a bug which is long in showing itself: looked at before all others.
SEEN_IN = {
    a_drifted_price_is_no_reason_to_ask_again: (SEED + 1, 18),
    large_orders_that_waited_need_nobody: (SEED, 6),
    the_daily_band_is_not_looked_at: (SEED, 5),
    the_day_rolls_by_the_date: (SEED, 4),
    self_match_ignores_unknown: (SEED, 4),
}


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_the_simulation_catches(bug, played, monkeypatch):
    bug(monkeypatch)
    # Sixty days may hold no moment at which a bug shows: twice sixty must.
    places = (*([SEEN_IN[bug]] if bug in SEEN_IN else ()), (SEED, None), (SEED + 1, None))
    runs = (played(DAYS, seed, only=world, stop=True).violations for seed, world in places)
    violations = next(filter(None, runs), ())
    assert violations, f"{bug.__name__} went unnoticed in {DAYS} days, twice"
    first, second = violations[0].sentence.split()[:2]
    assert (second if first == "the" else first) in BUGS[bug].split(), violations[0].sentence
