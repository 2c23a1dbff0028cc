"""Bugs to plant in the product, one at a time: each loses something that rough markets judge."""

from __future__ import annotations

import msgspec

from terminal.domain.fact.control import StrategyStatus
from terminal.engine import receive, sleep
from terminal.engine.alert import stating
from terminal.engine.alert.naked import OverBreak
from terminal.engine.book import standing
from terminal.engine.orders import gate
from terminal.engine.strategy import carrying
from terminal.risk.session_guard import session_guard
from terminal.risk.table import RULES
from terminal.risk.tradable import tradable
from terminal.shell import runner
from terminal.strategies.children import Ledger
from terminal.strategies.execution import price
from terminal.strategies.grid import strategy as grid
from terminal.strategies.legs import pursue
from terminal.strategies.own import memory as own_memory
from terminal.strategies.own import strategy as own
from terminal.strategies.roll import memory as roll_memory
from terminal.strategies.roll import pace
from terminal.strategies.roll import strategy as roll
from terminal.strategies.roll.memory import NEAR_LEG
from terminal.strategies.sight import Sight
from terminal.strategies.spread import exits, quotes, rounds
from terminal.strategies.spread import moment as spread_moment
from terminal.strategies.spread import strategy as spread
from terminal.strategies.table import strategy_of
from terminal.strategies.target import need
from terminal.strategies.target import strategy as target


def breaks_are_not_looked_at(patch):
    def careless(view, instrument):
        quote = view.quote(instrument)
        return None if quote is None else Sight(view.instrument(instrument), quote, 1 << 60, fresh=True)

    for module in (roll, spread, grid):
        patch.setattr(module, "look", careless)
    # Two controls would each refuse what such a strategy wants (C1, C15).
    patch.setattr(gate, "RULES", tuple(rule for rule in RULES if rule not in {session_guard, tradable}))


def what_is_under_way_is_forgotten(patch):
    patch.setattr(Ledger, "reserved", lambda *_: 0)
    patch.setattr(Ledger, "ready", lambda *_, **__: True)


def a_restart_forgets_what_a_strategy_holds(patch):
    original = runner.fold_journal

    def fold(journal):
        state, at = original(journal)
        for account in state.accounts.values():
            for row in account.strategies.values():
                row.memory = strategy_of(row.settings).begin(row.settings)
        return state, at

    patch.setattr(runner, "fold_journal", fold)


def a_leg_that_stands_alone_is_told_to_nobody(patch):
    patch.setattr(stating, "alert_of", lambda *_: None)
    patch.setattr(receive, "show_naked", lambda *_: None)
    patch.setattr(OverBreak, "look_at", lambda *_: None)


def the_limit_of_an_execution_is_overlooked(patch):
    patch.setattr(price, "limit_ticks", lambda settings, tick: settings.side.sign * (1 << 40))


def what_others_have_under_way_is_not_counted(patch):
    patch.setattr(standing, "_coming", lambda *_: ())


def the_tax_in_the_price_of_the_goods_is_forgotten(patch):
    patch.setattr(target, "standing_of", lambda settings, view, name: need.standing_of(_untaxed(settings), view, name))


def _untaxed(settings):
    return msgspec.structs.replace(settings, tax_adjusted=False)


def a_proposal_is_traded_before_anybody_agrees(patch):
    patch.setattr(target, "goes", lambda *_: True)


def a_rule_gets_twice_what_it_asks_for(patch):
    patch.setattr(own, "pursue", lambda draft, sight, leg, want: pursue(draft, sight, leg, _doubled(want)))


def what_a_rule_holds_of_its_other_contract_is_forgotten(patch):
    original = own_memory.fold_own

    def fold(settings, memory, fact, tag, at):
        original(settings, memory, fact, tag, at)
        for held in memory.others.values():
            held.net = 0

    patch.setattr(own, "fold_own", fold)


def _doubled(want):
    return want._replace(lack=want.lack * 2)


def far_in_the_other_account_is_told_of_one_lot_too_many(patch):
    original = roll_memory._fold_fellow

    def fold(memory, mark, at):
        original(memory, mark, at)
        if mark.leg == NEAR_LEG and mark.lots:
            memory.near.net += 1

    patch.setattr(roll_memory, "_fold_fellow", fold)


def a_strategy_at_rest_is_asked_as_if_it_ran(patch):
    for module in (receive, sleep, carrying):
        patch.setattr(module, "DECIDING", frozenset(StrategyStatus))
    patch.setattr(gate, "_running", lambda *_: True)


def a_roll_begins_whatever_its_timings_say(patch):
    patch.setattr(roll, "satisfied", lambda *_: True)


def the_slices_of_a_roll_are_all_due_at_once(patch):
    patch.setattr(pace, "slices_due", lambda timing, _: timing.slices)


def what_is_given_up_is_opened_against_itself(patch):
    patch.setattr(spread_moment, "closing_lots", lambda *_: 0)


def the_cancels_of_quotes_are_not_rationed(patch):
    patch.setattr(quotes, "why_rationed", lambda *_, **__: "")
    patch.setattr(quotes, "rest_time", lambda *_: 0)


def a_refused_hedge_holds_nothing_back(patch):
    for module in (rounds, quotes):
        patch.setattr(module, "may_lead", lambda *_: True)


def the_exits_of_a_spread_are_not_looked_at(patch):
    patch.setattr(exits.ExitWatch, "look", lambda *_: False)


def an_exit_is_judged_by_the_price_of_opening(patch):
    original = exits.reached

    def reached(settings, direction, quote):
        return original(settings, direction, quote._replace(buy=quote.sell, sell=quote.buy))

    patch.setattr(exits, "reached", reached)
